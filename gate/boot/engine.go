package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Engine is what a boot needs of a container engine: the methods of the Docker client it calls, and no more.
type Engine interface {
	ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, networking *network.NetworkingConfig, platform *ocispec.Platform, name string) (container.CreateResponse, error)
	ContainerAttach(ctx context.Context, id string, options container.AttachOptions) (types.HijackedResponse, error)
	ContainerWait(ctx context.Context, id string, condition container.WaitCondition) (<-chan container.WaitResponse, <-chan error)
	ContainerStart(ctx context.Context, id string, options container.StartOptions) error
	ContainerInspect(ctx context.Context, id string) (container.InspectResponse, error)
	ContainerInspectWithRaw(ctx context.Context, id string, getSize bool) (container.InspectResponse, []byte, error)
	ContainerStatsOneShot(ctx context.Context, id string) (container.StatsResponseReader, error)
	ContainerKill(ctx context.Context, id, signal string) error
	ContainerRemove(ctx context.Context, id string, options container.RemoveOptions) error
	ContainerList(ctx context.Context, options container.ListOptions) ([]container.Summary, error)
	ContainerDiff(ctx context.Context, id string) ([]container.FilesystemChange, error)
	ContainerStatPath(ctx context.Context, id, path string) (container.PathStat, error)
	CopyFromContainer(ctx context.Context, id, path string) (io.ReadCloser, container.PathStat, error)
	ContainerExecCreate(ctx context.Context, id string, options container.ExecOptions) (container.ExecCreateResponse, error)
	ContainerExecAttach(ctx context.Context, id string, options container.ExecAttachOptions) (types.HijackedResponse, error)
	ContainerExecInspect(ctx context.Context, id string) (container.ExecInspect, error)
	NetworkCreate(ctx context.Context, name string, options network.CreateOptions) (network.CreateResponse, error)
	NetworkInspect(ctx context.Context, id string, options network.InspectOptions) (network.Inspect, error)
	NetworkConnect(ctx context.Context, id, container string, settings *network.EndpointSettings) error
	NetworkDisconnect(ctx context.Context, id, container string, force bool) error
	NetworkRemove(ctx context.Context, id string) error
	NetworkList(ctx context.Context, options network.ListOptions) ([]network.Summary, error)
	ImageList(ctx context.Context, options image.ListOptions) ([]image.Summary, error)
	ImageRemove(ctx context.Context, id string, options image.RemoveOptions) ([]image.DeleteResponse, error)
	Events(ctx context.Context, options events.ListOptions) (<-chan events.Message, <-chan error)
	DaemonHost() string
	ClientVersion() string
}

// EngineError says that the engine did not do its part: it could not be reached, or refused something for a reason
// that does not lie in the image. Nothing was learned about the image.
type EngineError struct {
	// Op is what was being done, such as "creating container bootgate-1f2e-candidate".
	Op  string
	Err error
}

func (e *EngineError) Error() string { return e.Op + ": " + e.Err.Error() }
func (e *EngineError) Unwrap() error { return e.Err }

// engineErr wraps err unless it is nil or only says that the caller gave up.
func engineErr(ctx context.Context, err error, op string, args ...any) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &EngineError{Op: fmt.Sprintf(op, args...), Err: plainLimit(err)}
}

// plainLimit says what it means that a call ran into its limit: the context's own words would be about the gate.
func plainLimit(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errCallLimit) {
		return fmt.Errorf("%w in time: %w", errCallLimit, err)
	}
	return err
}

// Bounds on single calls to the engine. They are far beyond what a working engine needs, even a busy one: past them it
// hangs.
const (
	callLimit  = 2 * time.Minute
	quickLimit = 20 * time.Second
)

var errCallLimit = errors.New("no answer from the engine")

// limited bounds one call.
func limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w within %s", errCallLimit, limit))
}

// makeLimit is how much longer a call that makes something may take once the caller has given up.
const makeLimit = 15 * time.Second

// making bounds a call that makes something. Such a call is not broken off when ctx ends: the engine would finish it all
// the same, after the removal had found nothing to remove.
func making(ctx context.Context) (context.Context, context.CancelFunc) {
	call, cancel := limited(context.WithoutCancel(ctx), callLimit)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(makeLimit, cancel)
		context.AfterFunc(call, func() { timer.Stop() })
	})
	return call, func() { stop(); cancel() }
}

// open bounds a call that begins a stream. cancel ends the stream; it is called when the call itself does not return in
// time, or when ctx ends meanwhile, and then the reason is returned.
func open(ctx context.Context, cancel context.CancelFunc, call func()) error {
	limit, done := limited(ctx, callLimit)
	defer done()
	stop := context.AfterFunc(limit, cancel)
	call()
	if !stop() {
		return context.Cause(limit)
	}
	return nil
}

// gone reports whether err says that the thing is not there, which is what a removal wants.
func gone(err error) bool { return cerrdefs.IsNotFound(err) }
