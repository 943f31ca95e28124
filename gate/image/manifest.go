package image

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Limits on documents that are read into memory. The OCI distribution specification asks registries to take manifests
// of 4 MiB; configurations have no limit of their own, and grow with the image's history.
const (
	manifestLimit = 4 << 20
	configLimit   = 8 << 20
)

// document is a manifest or an index as it was found.
type document struct {
	raw       []byte
	mediaType types.MediaType
	digest    v1.Hash
}

// documents gives out the manifests and configurations of one repository or layout. What it returns has the digest and
// size that the descriptor says; errors are of this package's types.
type documents interface {
	manifest(ctx context.Context, d v1.Descriptor) (document, error)
	config(ctx context.Context, d v1.Descriptor) ([]byte, error)
}

// wish is the platform somebody wants.
type wish struct {
	// asked is set when it was named; then an image for another one is an error.
	asked *v1.Platform
	// otherwise gives the platform to choose from an index when none was named.
	otherwise func(context.Context) (v1.Platform, error)
}

func (w wish) platform(ctx context.Context) (v1.Platform, error) {
	if w.asked != nil {
		return *w.asked, nil
	}
	return w.otherwise(ctx)
}

// found is an image as its manifest and configuration describe it.
type found struct {
	// index is the digest of the index it was chosen from; zero when it was named itself.
	index v1.Hash
	// manifest is its own manifest; it is empty when there is none (see saved).
	manifest document
	parsed   *v1.Manifest
	// imageID is the digest of rawConfig.
	imageID   v1.Hash
	rawConfig []byte
	config    *configFile
	// indexAnnotations and attestations are what the index says about it.
	indexAnnotations map[string]string
	attestations     []Attestation
}

// read follows a manifest or index to the image for the platform wished for.
func read(ctx context.Context, ref string, docs documents, root document, w wish) (*found, error) {
	var f found
	kind, err := kindOf(root)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "its manifest cannot be used", Err: err}
	}
	if kind == kindIndex {
		f.index = root.digest
		if root, err = f.readChild(ctx, ref, docs, root, w); err != nil {
			return nil, err
		}
		if kind, err = kindOf(root); err != nil || kind != kindImage {
			return nil, &InvalidError{Ref: ref, Reason: fmt.Sprintf("manifest %s of the index is not an image", root.digest), Err: err}
		}
	}
	f.manifest = root
	if f.parsed, err = parseManifest(root.raw); err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "its manifest cannot be used", Err: err}
	}
	if f.rawConfig, err = docs.config(ctx, f.parsed.Config); err != nil {
		return nil, err
	}
	f.imageID = f.parsed.Config.Digest
	if err := f.readConfig(ref, w); err != nil {
		return nil, err
	}
	if len(f.config.RootFS.DiffIDs) != len(f.parsed.Layers) {
		return nil, &InvalidError{Ref: ref, Reason: fmt.Sprintf("its manifest has %d layers, its configuration %d",
			len(f.parsed.Layers), len(f.config.RootFS.DiffIDs))}
	}
	return &f, nil
}

// readConfig reads the configuration, and holds its platform against the one that was asked for.
func (f *found) readConfig(ref string, w wish) error {
	var err error
	if f.config, err = parseConfig(f.rawConfig); err != nil {
		return &InvalidError{Ref: ref, Reason: "its configuration cannot be read", Err: err}
	}
	have := f.config.platform()
	if w.asked != nil && have.Architecture != "" && !runsOn(have, *w.asked) {
		return &PlatformError{Ref: ref, Want: formatPlatform(*w.asked), Have: []string{formatPlatform(have)}}
	}
	return nil
}

// readChild reads the manifest of an index for the platform wished for.
func (f *found) readChild(ctx context.Context, ref string, docs documents, root document, w wish) (document, error) {
	index, err := v1.ParseIndexManifest(bytes.NewReader(root.raw))
	if err != nil {
		return document{}, &InvalidError{Ref: ref, Reason: "its index cannot be read", Err: err}
	}
	want, err := w.platform(ctx)
	if err != nil {
		return document{}, err
	}
	chosen, have := child(index, want)
	if chosen == nil {
		if only := onlyProgram(index); only != nil {
			f.note(index, only)
			return docs.manifest(ctx, *only)
		}
		if len(have) == 0 {
			return document{}, &InvalidError{Ref: ref, Reason: "its index names no image"}
		}
		return document{}, &PlatformError{Ref: ref, Want: formatPlatform(want), Have: have}
	}
	f.note(index, chosen)
	return docs.manifest(ctx, *chosen)
}

// onlyProgram returns the one manifest of an index that names no platforms; its configuration will tell.
func onlyProgram(index *v1.IndexManifest) *v1.Descriptor {
	if len(index.Manifests) != 1 || index.Manifests[0].Platform != nil {
		return nil
	}
	return &index.Manifests[0]
}

// The kinds of manifest.
type kind int

const (
	kindUnknown kind = iota
	kindImage
	kindIndex
)

// kindOf tells an image from an index by what is in the document: media types are often wrong in registries and absent
// in layouts. A document that could be read as both is refused (CVE-2021-41190).
func kindOf(d document) (kind, error) {
	var shape struct {
		SchemaVersion int             `json:"schemaVersion"`
		Config        *struct{}       `json:"config"`
		Manifests     json.RawMessage `json:"manifests"`
		Layers        json.RawMessage `json:"layers"`
	}
	if err := json.Unmarshal(d.raw, &shape); err != nil {
		return kindUnknown, err
	}
	isImage, isIndex := shape.Config != nil || shape.Layers != nil, shape.Manifests != nil
	switch {
	case shape.SchemaVersion == 1:
		return kindUnknown, errors.New("it has the format of Docker 1.9 (schema 1), which engines no longer run")
	case isImage && isIndex:
		return kindUnknown, errors.New("it is an image and an index at once")
	case isIndex:
		return kindIndex, nil
	case isImage:
		return kindImage, nil
	}
	return kindUnknown, errors.New("it is neither an image manifest nor an index")
}

// parseManifest reads an image manifest and refuses what is not an image to run: charts, signatures, attestations.
func parseManifest(raw []byte) (*v1.Manifest, error) {
	m, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if t := m.Config.MediaType; !t.IsConfig() && t != configOctetStream && t != "" {
		return nil, fmt.Errorf("it is no container image: its configuration is a %s", t)
	}
	for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if err := checkDescriptor(d); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// checkDescriptor refuses digests that are no digests, which must not become part of a path, and negative sizes.
func checkDescriptor(d v1.Descriptor) error {
	if _, err := v1.NewHash(d.Digest.String()); err != nil {
		return fmt.Errorf("%q is no digest: %w", d.Digest, err)
	}
	if d.Size < 0 {
		return fmt.Errorf("%s has the size %d", d.Digest, d.Size)
	}
	return nil
}

// checkBytes holds bytes against their descriptor.
func checkBytes(raw []byte, d v1.Descriptor) error {
	hasher, err := v1.Hasher(d.Digest.Algorithm)
	if err != nil {
		return err
	}
	hasher.Write(raw)
	if got := hex.EncodeToString(hasher.Sum(nil)); got != d.Digest.Hex {
		return fmt.Errorf("%s has the digest %s:%s and %d of %d bytes", d.Digest, d.Digest.Algorithm, got, len(raw), d.Size)
	}
	if d.Size != int64(len(raw)) {
		return fmt.Errorf("%s has %d bytes, its descriptor says %d", d.Digest, len(raw), d.Size)
	}
	return nil
}

// candidate returns what is known of the image for a caller to look at.
func (f *found) candidate() *Candidate {
	c := &Candidate{
		ImageID: f.imageID.String(), Config: bootConfig(&f.config.Config), Platform: formatPlatform(f.config.platform()),
		Size: int64(len(f.rawConfig)), Record: f.record(),
	}
	if f.parsed == nil {
		return c
	}
	c.Digest = f.manifest.digest.String()
	if f.index != (v1.Hash{}) {
		c.Digest, c.ChildDigest = f.index.String(), f.manifest.digest.String()
	}
	for _, layer := range f.parsed.Layers {
		c.Size += layer.Size
	}
	return c
}

// isZstd reports whether a layer is compressed with Zstandard.
func isZstd(t types.MediaType) bool { return strings.HasSuffix(string(t), zstdSuffix) }
