package image_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"bootgate/gate/image"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
)

// swallowing is an engine that takes any image and keeps nothing but its length: what a test measures is the gate.
type swallowing struct {
	id     string
	loaded int64
}

func (e *swallowing) ImageInspect(context.Context, string, ...client.ImageInspectOption) (dockerimage.InspectResponse, error) {
	if e.loaded == 0 {
		return dockerimage.InspectResponse{}, cerrdefs.ErrNotFound
	}
	return dockerimage.InspectResponse{ID: e.id}, nil
}

func (e *swallowing) ImageLoad(_ context.Context, input io.Reader, _ ...client.ImageLoadOption) (dockerimage.LoadResponse, error) {
	var err error
	e.loaded, err = io.Copy(io.Discard, input)
	return dockerimage.LoadResponse{Body: io.NopCloser(strings.NewReader("{}"))}, err
}

func (e *swallowing) ImagePull(context.Context, string, dockerimage.PullOptions) (io.ReadCloser, error) {
	return nil, cerrdefs.ErrNotImplemented
}

func (e *swallowing) ImageTag(context.Context, string, string) error { return nil }

func (e *swallowing) ImageRemove(context.Context, string, dockerimage.RemoveOptions) ([]dockerimage.DeleteResponse, error) {
	return nil, nil
}

func (e *swallowing) ServerVersion(context.Context) (types.Version, error) {
	return types.Version{Os: "linux", Arch: runtime.GOARCH}, nil
}

// totalAlloc is how much was ever allocated, so that no garbage collection can hide any of it.
func totalAlloc() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func TestAnArchiveIsPreparedInLittleMemory(t *testing.T) {
	const size = 64 << 20
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	write(t, big, "", 0o644)
	must(t, os.Truncate(big, size)) // a hole
	img, err := image.Make(image.Recipe{Files: []image.File{{Path: "/big", Source: big}}})
	must(t, err)
	layers, err := img.Layers()
	must(t, err)
	layer, err := layers[0].Uncompressed()
	must(t, err)
	defer layer.Close()
	config, err := img.RawConfigFile()
	must(t, err)
	file, err := os.Create(filepath.Join(dir, "saved.tar"))
	must(t, err)
	defer file.Close()
	out := tar.NewWriter(file)
	add := func(name string, size int64, r io.Reader) {
		must(t, out.WriteHeader(&tar.Header{Name: name, Size: size, Typeflag: tar.TypeReg, Mode: 0o644}))
		_, err := io.Copy(out, r)
		must(t, err)
	}
	const layerSize = size + 512 + 1024 // header, content, end
	add("layer.tar", layerSize, layer)
	add("config.json", int64(len(config)), bytes.NewReader(config))
	manifest := `[{"Config":"config.json","Layers":["layer.tar"]}]`
	add("manifest.json", int64(len(manifest)), strings.NewReader(manifest))
	must(t, out.Close())

	engine := &swallowing{}
	c, err := resolve(t, file.Name(), image.Options{Engine: engine})
	must(t, err)
	engine.id = c.ImageID
	before := totalAlloc()
	_, _, err = c.Prepare(t.Context(), "bootgate.invalid/run-memory:1", nil)
	must(t, err)
	if used := totalAlloc() - before; used > 8<<20 {
		t.Errorf("allocated %d bytes in all to load %d", used, int64(size))
	}
	if engine.loaded < size {
		t.Errorf("the engine was sent %d bytes", engine.loaded)
	}
}
