package image

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"

	"github.com/docker/docker/client"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// LayerReader is given one layer: its index in Record.Layers, and its tar, uncompressed. It may leave some of it unread.
type LayerReader func(i int, content io.Reader) error

// maxLayer is how many bytes of an uncompressed layer are read, so that a small layer that unfolds without end does not
// hold a gate up for ever.
const maxLayer = 32 << 30

// layered is an origin whose layers can be read.
type layered interface {
	// layers hands out layers as they are stored.
	layers(ctx context.Context, which []int, use LayerReader) error
}

// ReadLayers reads layers, named by their indices in Record.Layers, one after the other in that order. Each is held against its digests to its end, also where use leaves some of it unread: what use has seen counts
// only when ReadLayers returns nil. An error of use is returned as it is, and ends the reading.
//
// No layer is ever held in memory. Those of an engine's image pass through a file in the temporary folder: an engine
// gives out images only as a whole.
func (c *Candidate) ReadLayers(ctx context.Context, which []int, use LayerReader) error {
	for _, i := range which {
		if i < 0 || i >= len(c.Record.Layers) {
			return fmt.Errorf("image %q: it has %d layers, there is none with the index %d", c.Name, len(c.Record.Layers), i)
		}
	}
	if len(which) == 0 {
		return nil
	}
	source, ok := c.origin.(layered)
	if local, isEngine := c.origin.(*engineOrigin); isEngine {
		copied, done, err := local.save(ctx, c)
		if err != nil {
			return err
		}
		defer done()
		source, ok = copied, true
	}
	if !ok {
		return fmt.Errorf("image %q: its layers cannot be read from %s", c.Name, c.Source)
	}
	return source.layers(ctx, which, func(i int, stored io.Reader) error {
		return c.readLayer(ctx, i, stored, use)
	})
}

// usedError is an error of who uses a layer, rather than of the layer.
type usedError struct{ error }

func (e usedError) Unwrap() error { return e.error }

// readLayer uncompresses a layer and holds it against its diff ID. An error of stored is returned as it is.
func (c *Candidate) readLayer(ctx context.Context, i int, stored io.Reader, use LayerReader) error {
	source := &hashing{r: stored, hash: sha256.New()}
	damaged := func(err error) error {
		switch stopped := cancelled(ctx, c.Name); {
		case stopped != nil:
			return stopped
		case source.err != nil:
			return source.err
		}
		return &damagedError{err: err}
	}
	plain, closePlain, err := uncompressed(source)
	if err != nil {
		_, _ = io.Copy(io.Discard, source) // it may not be what its digest says either
		return damaged(err)
	}
	defer closePlain()
	hashed := &hashing{r: io.LimitReader(plain, maxLayer+1), hash: sha256.New()}
	if err := use(i, hashed); err != nil && hashed.err == nil {
		return usedError{err}
	}
	_, _ = io.Copy(io.Discard, hashed)
	_, _ = io.Copy(io.Discard, source) // what comes after the end of a compressed stream
	want := c.Record.Layers[i].DiffID
	switch got := "sha256:" + hex.EncodeToString(hashed.hash.Sum(nil)); {
	case source.err != nil, hashed.err != nil:
		return damaged(hashed.err)
	case hashed.n > maxLayer:
		return damaged(fmt.Errorf("uncompressed it is longer than %d GiB", maxLayer>>30))
	case got != want:
		return damaged(fmt.Errorf("uncompressed it has the digest %s, the configuration says %s", got, want))
	}
	return nil
}

// damagedError says what is wrong with a layer that was read.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// hashing is a reader that hashes what is read, and remembers an error.
type hashing struct {
	r    io.Reader
	hash hash.Hash
	n    int64
	err  error
}

func (h *hashing) Read(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.r.Read(p)
	h.hash.Write(p[:n])
	h.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		h.err = err
	}
	return n, err
}

// The first bytes of compressed layers: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// zstdWindow bounds the memory that a Zstandard layer may ask for: the widest that its own tool makes by default.
const zstdWindow = 128 << 20

// uncompressed takes the compression off a layer. It looks at the first bytes: media types are often wrong.
func uncompressed(stored io.Reader) (plain io.Reader, done func(), err error) {
	buffered := bufio.NewReaderSize(stored, 64<<10)
	magic, err := buffered.Peek(len(zstdMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		unzipped, err := gzip.NewReader(buffered)
		return unzipped, func() {}, err
	case bytes.Equal(magic, zstdMagic):
		decoder, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, nil, err
		}
		return decoder, decoder.Close, nil
	}
	return buffered, func() {}, nil
}

func (o *registryOrigin) layers(ctx context.Context, which []int, use LayerReader) error {
	for _, i := range which {
		d := o.image.parsed.Layers[i]
		var used usedError
		var damaged *damagedError
		_, err := o.repo.blob(ctx, d, func(blob io.Reader) ([]byte, error) {
			err := use(i, blob)
			if errors.As(err, &damaged) {
				// Whose fault it is depends on whether the registry gave out what was asked for, which shows at the end.
				if _, rest := io.Copy(io.Discard, blob); rest != nil {
					return nil, rest
				}
			}
			return nil, err
		})
		switch {
		case err == nil:
		case errors.As(err, &used):
			return used.error
		case errors.As(err, &damaged):
			return &InvalidError{Ref: o.repo.ref, Reason: fmt.Sprintf("layer %s is damaged", d.Digest), Err: damaged.err}
		default:
			return o.repo.explain(ctx, "layer "+d.Digest.String(), err)
		}
	}
	return nil
}

func (o *storedOrigin) layers(ctx context.Context, which []int, use LayerReader) error {
	for _, i := range which {
		layer := o.image.layers[i]
		err := o.image.tree.each(ctx, map[string]bool{layer.file: true}, func(_ string, content io.Reader) error {
			hashed := &hashing{r: content, hash: sha256.New()}
			if err := use(i, hashed); err != nil {
				return err
			}
			if got := hex.EncodeToString(hashed.hash.Sum(nil)); layer.digest != (v1.Hash{}) && got != layer.digest.Hex {
				return fmt.Errorf("it has the digest sha256:%s", got)
			}
			return nil
		})
		var used usedError
		switch stopped := cancelled(ctx, o.ref); {
		case err == nil:
		case stopped != nil:
			return stopped
		case errors.As(err, &used):
			return used.error
		default:
			return &InvalidError{Ref: o.ref, Reason: fmt.Sprintf("layer %s is damaged", layer.diffID), Err: err}
		}
	}
	return nil
}

// saver is an engine that can be asked for an image as a whole.
type saver interface {
	ImageSave(ctx context.Context, ids []string, opts ...client.ImageSaveOption) (io.ReadCloser, error)
}

// save copies an engine's image to a file in the temporary folder, which done removes.
func (o *engineOrigin) save(ctx context.Context, c *Candidate) (_ *storedOrigin, done func(), err error) {
	failed := func(err error) error {
		if stopped := cancelled(ctx, c.Name); stopped != nil {
			return stopped
		}
		return &EngineError{Ref: c.Name, Doing: "reading its layers", Err: err}
	}
	engine, ok := c.options.Engine.(saver)
	if !ok {
		return nil, nil, failed(errors.New("the engine cannot give images out"))
	}
	file, err := os.CreateTemp("", "gate-layers-*.tar")
	if err != nil {
		return nil, nil, failed(err)
	}
	done = func() { file.Close(); os.Remove(file.Name()) }
	defer func() {
		if err != nil {
			done()
		}
	}()
	stream, err := engine.ImageSave(ctx, []string{o.id})
	if err != nil {
		return nil, nil, failed(err)
	}
	defer stream.Close()
	if _, err := io.Copy(file, stream); err != nil {
		return nil, nil, failed(err)
	}
	files, err := openArchive(ctx, file.Name())
	if err != nil {
		return nil, nil, failed(err)
	}
	saved, err := readTree(ctx, c.Name, files, "", c.ownPlatform())
	if err != nil {
		return nil, nil, err
	}
	if !slices.Equal(diffIDs(c.Record.Layers), diffIDs(saved.record().Layers)) {
		return nil, nil, failed(errors.New("it gives out another image than it shows"))
	}
	return &storedOrigin{ref: c.Name, image: saved}, done, nil
}

// ownPlatform wishes for the platform that the image has.
func (c *Candidate) ownPlatform() wish {
	own, err := parsePlatform(c.Name, c.Platform)
	return wish{otherwise: func(context.Context) (v1.Platform, error) { return own, err }}
}

func diffIDs(layers []Layer) []string {
	var ids []string
	for _, layer := range layers {
		ids = append(ids, layer.DiffID)
	}
	return ids
}
