package image

import (
	"context"
	"slices"

	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Record is what is written about an image beyond what a boot needs: how it came to be, and what it consists of.
type Record struct {
	// Annotations are those of the image's own manifest. An image of the engine, or of a `docker save` archive without an
	// OCI layout, has none.
	Annotations map[string]string
	// IndexAnnotations are those of the index the image was chosen from, and of its entry there; nil without an index.
	IndexAnnotations map[string]string
	// Attestations are the manifests in the index that say something about this image, such as BuildKit's provenance.
	Attestations []Attestation
	// History is how the image was put together, the first step first. For an image of the engine it is empty until
	// ReadHistory.
	History []Step
	// Layers are the layers from the lowest to the top.
	Layers []Layer
}

// Layer is one layer of an image.
type Layer struct {
	// Digest is that of the layer as it is stored; empty where nobody wrote it down (the engine, `docker save`).
	Digest string
	// DiffID is the digest of the uncompressed layer.
	DiffID string
	// MediaType is as the manifest says; empty where there is none.
	MediaType string
	// Size is how many bytes are stored; 0 when nobody says, as for an image of the engine.
	Size int64
}

// Step is one entry of an image's history.
type Step struct {
	Author, CreatedBy, Comment string
	// Empty is set for a step that made no layer.
	Empty bool
}

// Attestation is a manifest that says something about an image.
type Attestation struct {
	// Type is as the index says: "attestation-manifest".
	Type   string
	Digest string
	Size   int64
}

// maxAttestations is how many attestations of one image are noted; BuildKit makes one.
const maxAttestations = 16

// record returns what was found out about the image.
func (f *found) record() Record {
	r := Record{IndexAnnotations: f.indexAnnotations, Attestations: f.attestations}
	for _, step := range f.config.History {
		r.History = append(r.History, Step{Author: step.Author, CreatedBy: step.CreatedBy, Comment: step.Comment, Empty: step.EmptyLayer})
	}
	for i, diffID := range f.config.RootFS.DiffIDs {
		layer := Layer{DiffID: diffID.String()}
		if f.parsed != nil && i < len(f.parsed.Layers) {
			d := f.parsed.Layers[i]
			layer.Digest, layer.MediaType, layer.Size = d.Digest.String(), string(d.MediaType), d.Size
		}
		r.Layers = append(r.Layers, layer)
	}
	if f.parsed != nil {
		r.Annotations = f.parsed.Annotations
	}
	return r
}

// note takes from an index what it says about the image that was chosen from it.
func (f *found) note(index *v1.IndexManifest, chosen *v1.Descriptor) {
	f.indexAnnotations = map[string]string{}
	for _, annotations := range []map[string]string{index.Annotations, chosen.Annotations} {
		for key, value := range annotations {
			f.indexAnnotations[key] = value
		}
	}
	for _, d := range index.Manifests {
		kind := d.Annotations[annotationReferenceType]
		if kind == "" || d.Annotations[annotationReferenceDigest] != chosen.Digest.String() || len(f.attestations) == maxAttestations {
			continue
		}
		f.attestations = append(f.attestations, Attestation{Type: kind, Digest: d.Digest.String(), Size: d.Size})
	}
}

// historian is an engine that can be asked how an image came to be.
type historian interface {
	ImageHistory(ctx context.Context, id string, opts ...client.ImageHistoryOption) ([]image.HistoryResponseItem, error)
}

// ReadHistory asks the engine for the history of an image of its own, which costs a request. What any other source tells
// is in the record already.
func (c *Candidate) ReadHistory(ctx context.Context) error {
	engine, ok := c.options.Engine.(historian)
	if c.Source != FromEngine || !ok || len(c.Record.History) > 0 {
		return nil
	}
	steps, err := engine.ImageHistory(ctx, c.ImageID)
	if err != nil {
		if stopped := cancelled(ctx, c.Name); stopped != nil {
			return stopped
		}
		return &EngineError{Ref: c.Name, Doing: "asking for its history", Err: err}
	}
	slices.Reverse(steps) // the engine begins with the last
	for _, step := range steps {
		c.Record.History = append(c.Record.History, Step{CreatedBy: step.CreatedBy, Comment: step.Comment, Empty: step.Size == 0})
	}
	return nil
}

// engineLayers are the layers of an engine's image: it does not say how they were stored.
func engineLayers(diffIDs []string) []Layer {
	var layers []Layer
	for _, id := range diffIDs {
		layers = append(layers, Layer{DiffID: id})
	}
	return layers
}
