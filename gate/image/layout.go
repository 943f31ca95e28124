package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// stored is an image in an archive or layout, and where its parts are.
type stored struct {
	*found
	tree   tree
	layers []storedLayer
}

// storedLayer is one layer of a stored image.
type storedLayer struct {
	// file is its canonical name in the tree; size is how long it is there.
	file string
	size int64
	// diffID is the digest of the uncompressed layer.
	diffID v1.Hash
	// digest is that of the file; zero when nobody wrote it down, as in a `docker save` archive.
	digest v1.Hash
	// zstd says that it is compressed in a way that engines before Docker 23 cannot read.
	zstd bool
}

// layout gives out the documents of an OCI layout.
type layout struct {
	ref  string
	tree tree
}

func blobFile(h v1.Hash) string { return path.Join(blobDir, h.Algorithm, h.Hex) }

func (l layout) blob(ctx context.Context, d v1.Descriptor, what string, limit int64) ([]byte, error) {
	invalid := func(err error) error {
		if stopped := cancelled(ctx, l.ref); stopped != nil {
			return stopped
		}
		return &InvalidError{Ref: l.ref, Reason: what + " cannot be used", Err: err}
	}
	if err := checkDescriptor(d); err != nil {
		return nil, invalid(err)
	}
	raw, err := l.tree.read(ctx, blobFile(d.Digest), limit)
	if err != nil {
		return nil, invalid(err)
	}
	if err := checkBytes(raw, d); err != nil {
		return nil, invalid(err)
	}
	return raw, nil
}

func (l layout) manifest(ctx context.Context, d v1.Descriptor) (document, error) {
	raw, err := l.blob(ctx, d, "its manifest", manifestLimit)
	return document{raw: raw, mediaType: d.MediaType, digest: d.Digest}, err
}

func (l layout) config(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	return l.blob(ctx, d, "its configuration", configLimit)
}

// readLayout reads the image of an OCI layout that item names; an empty item means the only one.
func readLayout(ctx context.Context, ref string, t tree, item string, w wish) (*stored, error) {
	raw, err := t.read(ctx, indexFile, manifestLimit)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "not an OCI layout", Err: err}
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: indexFile + " cannot be read", Err: err}
	}
	chosen, err := chooseEntry(ctx, ref, index, item, w)
	if err != nil {
		return nil, err
	}
	l := layout{ref: ref, tree: t}
	root, err := l.manifest(ctx, *chosen)
	if err != nil {
		return nil, err
	}
	image, err := read(ctx, ref, l, root, w)
	if err != nil {
		return nil, err
	}
	s := &stored{found: image, tree: t}
	return s, s.locateLayers(ref)
}

// locateLayers finds the layers of an image with a manifest, and compares how long they are and how long they should be.
func (s *stored) locateLayers(ref string) error {
	for i, d := range s.parsed.Layers {
		file := s.tree.canonical(blobFile(d.Digest))
		size, ok := s.tree.size(file)
		if !ok {
			return &InvalidError{Ref: ref, Reason: fmt.Sprintf("layer %s is missing", d.Digest)}
		}
		if size != d.Size {
			return &InvalidError{Ref: ref, Reason: fmt.Sprintf("layer %s is damaged: it has %d bytes of %d", d.Digest, size, d.Size)}
		}
		s.layers = append(s.layers, storedLayer{
			file: file, size: size, diffID: s.config.RootFS.DiffIDs[i], digest: d.Digest, zstd: isZstd(d.MediaType),
		})
	}
	return nil
}

// chooseEntry chooses an entry of index.json. Entries that differ in their platform only are one image.
func chooseEntry(ctx context.Context, ref string, index *v1.IndexManifest, item string, w wish) (*v1.Descriptor, error) {
	var entries []v1.Descriptor
	var names []string
	for _, d := range index.Manifests {
		if d.Annotations[annotationReferenceType] != "" {
			continue
		}
		names = append(names, entryName(d))
		if item == "" || isCalled(entryNames(d), item) {
			entries = append(entries, d)
		}
	}
	switch {
	case len(names) == 0:
		return nil, &InvalidError{Ref: ref, Reason: indexFile + " names no image"}
	case len(entries) == 0:
		return nil, &NotFoundError{Ref: ref, Where: "the layout, which has " + strings.Join(names, ", ")}
	case len(entries) == 1:
		return &entries[0], nil
	case sameImage(entries):
		want, err := w.platform(ctx)
		if err != nil {
			return nil, err
		}
		chosen, have := child(&v1.IndexManifest{Manifests: entries}, want)
		if chosen == nil {
			return nil, &PlatformError{Ref: ref, Want: formatPlatform(want), Have: have}
		}
		return chosen, nil
	}
	return nil, several(ref, names)
}

func several(ref string, names []string) error {
	path, _, _ := strings.Cut(ref, "#")
	return &ReferenceError{
		Ref: ref, Reason: fmt.Sprintf("it holds %d images: %s", len(names), strings.Join(names, ", ")),
		Advice: fmt.Sprintf("Name one of them, as in %s#%s.", path, names[0]),
	}
}

// sameImage reports whether entries have one name and a platform each, no platform twice.
func sameImage(entries []v1.Descriptor) bool {
	seen := map[string]bool{}
	for _, d := range entries {
		if !isProgram(d) || d.Annotations[annotationRefName] != entries[0].Annotations[annotationRefName] || seen[formatPlatform(*d.Platform)] {
			return false
		}
		seen[formatPlatform(*d.Platform)] = true
	}
	return true
}

// entryNames are all an entry of index.json answers to.
func entryNames(d v1.Descriptor) []string {
	return []string{d.Annotations[annotationRefName], d.Annotations[annotationImageName], d.Digest.String()}
}

// isCalled reports whether item is one of names, or the same reference written in another way: app:1 is
// docker.io/library/app:1.
func isCalled(names []string, item string) bool {
	wanted, err := name.ParseReference(item)
	return slices.ContainsFunc(names, func(known string) bool {
		if known == item {
			return true
		}
		ref, knownErr := name.ParseReference(known)
		return err == nil && knownErr == nil && ref.Name() == wanted.Name()
	})
}

// entryName is what an entry is listed as.
func entryName(d v1.Descriptor) string {
	for _, name := range entryNames(d) {
		if name != "" {
			return name
		}
	}
	return ""
}

// errNotAnImage says that a tree has neither of the files that would make it an image.
var errNotAnImage = errors.New("it has neither " + indexFile + " (an OCI layout) nor " + savedFile + " (`docker save`)")

// readTree reads the image of an archive or a layout, whichever it is. A newer `docker save` archive is both: the layout
// in it says more.
func readTree(ctx context.Context, ref string, t tree, item string, w wish) (*stored, error) {
	_, isLayout := t.size(indexFile)
	_, isSaved := t.size(savedFile)
	switch {
	case isLayout:
		return readLayout(ctx, ref, t, item, w)
	case isSaved:
		return readSaved(ctx, ref, t, item, w)
	}
	return nil, &InvalidError{Ref: ref, Reason: "not an image", Err: errNotAnImage}
}
