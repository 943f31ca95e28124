package boot

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// Reach says how the gate's probes reach a container.
type Reach string

// The ways to reach a container.
const (
	// ReachAuto is ByAddress where the container's network is on this host, else Published.
	ReachAuto Reach = "auto"
	// ByAddress connects to the container's own address.
	ByAddress Reach = "address"
	// Published has the engine publish the probed ports on its loopback interface. An internal network cannot do
	// that, so an isolated boot then gets a network whose packets leave without address translation instead: what it
	// sends finds no way back.
	Published Reach = "published"
)

// Runner runs boot tests on one engine.
type Runner struct {
	engine Engine
	lease  *Lease
	via    Reach
	self   string // the container the gate itself runs in, if the engine knows it; else ""
	sites  atomic.Int64
	stop   context.CancelFunc
	crew   crew

	mu      sync.Mutex
	boxes   map[string]chan<- engineEvent // by container id
	eventsC error                         // why the event stream ended, once it has
	broken  chan struct{}                 // closed when the event stream ended
}

// engineEvent is one of the events of a container the watcher cares for.
type engineEvent struct {
	action events.Action
}

// NewRunner prepares for boot tests on engine: it takes part in the engine's event stream and finds out how containers
// can be reached. Close must be called on every way out. Errors are *EngineError.
func NewRunner(ctx context.Context, engine Engine, lease *Lease, via Reach) (*Runner, error) {
	stream, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &Runner{engine: engine, lease: lease, via: via, stop: cancel, boxes: map[string]chan<- engineEvent{}, broken: make(chan struct{})}
	if err := open(ctx, cancel, func() { r.subscribe(stream) }); err != nil {
		return nil, errors.Join(engineErr(ctx, err, "listening to the engine's events"), r.Close(ctx))
	}
	if via == ReachAuto || via == "" {
		if err := r.findReach(ctx); err != nil {
			return nil, errors.Join(err, r.Close(ctx))
		}
	}
	return r, nil
}

// Close ends the event stream and waits for what still runs beside. Its sites must have been closed.
func (r *Runner) Close(ctx context.Context) error {
	r.stop()
	return r.crew.wait()
}

// subscribe starts to listen to the engine's events about containers of this run.
func (r *Runner) subscribe(ctx context.Context) {
	messages, errs := r.engine.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)),
		filters.Arg("label", LabelRun+"="+r.lease.Run),
		filters.Arg("event", string(events.ActionOOM)),
		filters.Arg("event", string(events.ActionHealthStatus)),
	)})
	r.crew.do(func() error {
		defer close(r.broken)
		for {
			select {
			case m := <-messages:
				r.deliver(m)
			case err := <-errs:
				if ctx.Err() == nil {
					r.mu.Lock()
					r.eventsC = err
					r.mu.Unlock()
				}
				return nil
			}
		}
	})
}

// deliver hands an event to the container it is about.
func (r *Runner) deliver(m events.Message) {
	r.mu.Lock()
	c := r.boxes[m.Actor.ID]
	r.mu.Unlock()
	if c == nil {
		return
	}
	select {
	case c <- engineEvent{action: m.Action}:
	default: // the watcher is behind by a whole buffer: it knows enough
	}
}

// listen registers for the events of a container until the returned function is called.
func (r *Runner) listen(id string) (<-chan engineEvent, func()) {
	c := make(chan engineEvent, 64)
	r.mu.Lock()
	r.boxes[id] = c
	r.mu.Unlock()
	return c, func() {
		r.mu.Lock()
		delete(r.boxes, id)
		r.mu.Unlock()
	}
}

// streamErr returns why the event stream ended.
func (r *Runner) streamErr() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.eventsC
	if err == nil {
		err = errors.New("the stream was closed")
	}
	return &EngineError{Op: "listening to the engine's events", Err: err}
}

// health is the state in a health event: "healthy" or "unhealthy".
func (e engineEvent) health() (string, bool) {
	state, ok := strings.CutPrefix(string(e.action), string(events.ActionHealthStatus)+": ")
	return state, ok
}

// cleanLimit bounds the removal of what a boot test made.
const cleanLimit = time.Minute
