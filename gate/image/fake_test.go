package image_test

import (
	"context"
	"io"
	"runtime"
	"strings"

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
