package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// packer writes a stored image as the one archive that every engine can load: manifest.json for Docker's own image
// store, and, when there is a manifest, an OCI layout for the containerd store, whose image is then the very manifest
// that was resolved. All under a single tag, whatever the archive was tagged before.
//
// Layers stream through it and are held against their digests on the way. That happens here, because an engine tells a
// damaged layer from its own trouble in words only.
type packer struct {
	ref      string
	image    *stored
	out      *tar.Writer
	progress func(done, all int64)
	done     int64
	all      int64
}

// write writes the archive to w. Errors about the image are of type *InvalidError; others are those of w or of ctx.
func (p *packer) write(ctx context.Context, w io.Writer, tag string) error {
	p.out = tar.NewWriter(w)
	byFile := map[string]storedLayer{}
	files := map[string]bool{}
	for _, layer := range p.image.layers {
		if !files[layer.file] {
			p.all += layer.size
		}
		byFile[layer.file], files[layer.file] = layer, true
	}
	err := p.image.tree.each(ctx, files, func(file string, content io.Reader) error {
		return p.layer(byFile[file], content)
	})
	if err == nil {
		err = p.unpackZstd(ctx, byFile)
	}
	if err == nil {
		err = p.documents(tag)
	}
	if err == nil {
		return p.out.Close()
	}
	var typed Problem
	if errors.As(err, &typed) || errors.Is(err, errEngineGone) {
		return err
	}
	if stopped := cancelled(ctx, p.ref); stopped != nil {
		return stopped
	}
	return &InvalidError{Ref: p.ref, Reason: "it cannot be read to its end", Err: err}
}

// name is what a layer is called in the archive.
func (l storedLayer) name() string {
	if l.digest == (v1.Hash{}) {
		return l.diffID.Hex + ".tar"
	}
	return blobFile(l.digest)
}

// loadName is what manifest.json calls a layer: the file itself, or its uncompressed twin.
func (l storedLayer) loadName() string {
	if l.zstd {
		return l.diffID.Hex + ".tar"
	}
	return l.name()
}

// layer copies one layer and checks it.
func (p *packer) layer(layer storedLayer, content io.Reader) error {
	if err := p.header(layer.name(), layer.size); err != nil {
		return err
	}
	check, err := newCheck(layer)
	if err != nil {
		return &InvalidError{Ref: p.ref, Reason: "a layer cannot be checked", Err: err}
	}
	n, err := io.Copy(io.MultiWriter(p.out, check, p), content)
	damage := check.finish()
	switch {
	case err != nil:
		return err
	case n != layer.size:
		return p.damaged(layer, fmt.Errorf("it has %d bytes of %d", n, layer.size))
	case damage != nil:
		return p.damaged(layer, damage)
	}
	return nil
}

// Write counts what was copied, and tells.
func (p *packer) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	if p.progress != nil {
		p.progress(p.done, p.all)
	}
	return len(b), nil
}

func (p *packer) damaged(layer storedLayer, err error) error {
	digest := layer.digest
	if digest == (v1.Hash{}) {
		digest = layer.diffID
	}
	return &InvalidError{Ref: p.ref, Reason: fmt.Sprintf("layer %s is damaged", digest), Err: err}
}

// unpackZstd adds uncompressed twins of the layers that an older engine could not read. A tar entry begins with its
// size, so that each is read twice: nothing is kept in memory or on disk.
func (p *packer) unpackZstd(ctx context.Context, byFile map[string]storedLayer) error {
	for file, layer := range byFile {
		if !layer.zstd {
			continue
		}
		size := int64(0)
		for _, to := range []func(io.Reader) error{
			func(r io.Reader) (err error) { size, err = io.Copy(io.Discard, r); return err },
			func(r io.Reader) error {
				if err := p.header(layer.loadName(), size); err != nil {
					return err
				}
				_, err := io.Copy(p.out, r)
				return err
			},
		} {
			err := p.image.tree.each(ctx, map[string]bool{file: true}, func(_ string, content io.Reader) error {
				unpacked, err := zstd.NewReader(content, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
				if err != nil {
					return err
				}
				defer unpacked.Close()
				return to(unpacked)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *packer) header(name string, size int64) error {
	return p.out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: epoch().Time})
}

func (p *packer) file(name string, content []byte) error {
	if err := p.header(name, int64(len(content))); err != nil {
		return err
	}
	_, err := p.out.Write(content)
	return err
}

// documents writes everything but the layers.
func (p *packer) documents(tag string) error {
	config := p.image.imageID.Hex + ".json"
	if p.image.parsed != nil {
		config = blobFile(p.image.imageID)
		if err := p.layoutFiles(tag); err != nil {
			return err
		}
	}
	if err := p.file(config, p.image.rawConfig); err != nil {
		return err
	}
	entry := savedImage{Config: config, RepoTags: []string{tag}, Layers: []string{}}
	for _, layer := range p.image.layers {
		entry.Layers = append(entry.Layers, layer.loadName())
	}
	return p.json(savedFile, []savedImage{entry})
}

func (p *packer) layoutFiles(tag string) error {
	manifest := p.image.manifest
	mediaType := p.image.parsed.MediaType
	if mediaType == "" {
		mediaType = manifest.mediaType
	}
	if mediaType == "" {
		mediaType = types.OCIManifestSchema1
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{{
		MediaType: mediaType, Digest: manifest.digest, Size: int64(len(manifest.raw)),
		Annotations: map[string]string{annotationImageName: tag, annotationRefName: tagOf(tag)},
	}}}
	if err := p.file(layoutFile, []byte(layoutContent)); err != nil {
		return err
	}
	if err := p.file(blobFile(manifest.digest), manifest.raw); err != nil {
		return err
	}
	return p.json(indexFile, index)
}

func (p *packer) json(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return p.file(name, raw)
}
