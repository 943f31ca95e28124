package boot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// Site is the place of one boot test: a network and the containers on it.
type Site struct {
	runner  *Runner
	engine  Engine
	via     Reach
	number  int64
	needed  time.Duration // bound on the life of everything on it
	network string        // name; empty for the engine's own bridge
	// made is closed when the network was made or could not be; then netErr says why.
	made   chan struct{}
	netErr error

	mu    sync.Mutex
	boxes []*box
}

// NewSite begins a boot test of spec: it starts to make the network, so that it is there when the images are. Close
// must be called on every way out.
func (r *Runner) NewSite(ctx context.Context, spec Spec) *Site {
	kind := spec.Network
	s := &Site{runner: r, engine: r.engine, via: r.via, number: r.sites.Add(1), needed: spec.Longest(), made: make(chan struct{})}
	if kind == Bridge && len(spec.Needs) == 0 {
		close(s.made)
		return s
	}
	s.network = fmt.Sprintf("%s%s-%d", Prefix, r.lease.Run, s.number)
	options := network.CreateOptions{Driver: "bridge", Labels: r.lease.Labels("network", s.needed)}
	switch {
	case kind == Bridge:
	case s.via == Published:
		options.Options = map[string]string{"com.docker.network.bridge.enable_ip_masquerade": "false"}
	default:
		options.Internal = true
	}
	r.crew.do(func() error {
		defer close(s.made)
		s.netErr = Guarded(func() error { return s.makeNetwork(ctx, options) })
		return nil
	})
	return s
}

func (s *Site) makeNetwork(ctx context.Context, options network.CreateOptions) error {
	call, cancel := making(ctx)
	defer cancel()
	made, err := s.engine.NetworkCreate(call, s.network, options)
	if err != nil {
		return engineErr(ctx, err, "making network %s", s.network)
	}
	if s.runner.self == "" {
		return nil
	}
	return engineErr(ctx, s.engine.NetworkConnect(call, made.ID, s.runner.self, nil), "joining network %s", s.network)
}

// ready waits for the network.
func (s *Site) ready(ctx context.Context) error {
	select {
	case <-s.made:
		return s.netErr
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close removes everything the site made. It works even when ctx is cancelled, and tries again what the engine
// refuses; what it could not remove is in the error, and left to a sweep.
func (s *Site) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanLimit)
	defer cancel()
	<-s.made
	s.mu.Lock()
	boxes := s.boxes
	s.mu.Unlock()
	var removal crew
	var left []*box
	for _, b := range boxes {
		if !b.dead {
			left = append(left, b)
		}
		removal.do(func() error { return s.removeBox(ctx, b) })
	}
	if len(left) > 0 { // a network is not removed while a container is on it
		err := removal.wait()
		return errors.Join(err, s.removeNetwork(ctx))
	}
	removal.do(func() error { return s.removeNetwork(ctx) })
	return removal.wait()
}

// removeBox removes a container by name, which works also when the engine made it and the answer was lost.
func (s *Site) removeBox(ctx context.Context, b *box) error {
	b.unlisten()
	return insist(ctx, "removing container "+b.name, func(call context.Context) error {
		return s.engine.ContainerRemove(call, b.name, container.RemoveOptions{Force: true, RemoveVolumes: true})
	})
}

func (s *Site) removeNetwork(ctx context.Context) error {
	if s.network == "" {
		return nil
	}
	return insist(ctx, "removing network "+s.network, func(call context.Context) error {
		if self := s.runner.self; self != "" {
			_ = s.engine.NetworkDisconnect(call, s.network, self, true) // the removal tells if it mattered
		}
		return s.engine.NetworkRemove(call, s.network)
	})
}

// insist repeats a removal until the engine has done it or says that there is nothing to remove.
func insist(ctx context.Context, op string, remove func(context.Context) error) error {
	var err error
	for try := range removalTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return &EngineError{Op: op, Err: plainLimit(err)}
			case <-time.After(removalPause << (try - 1)):
			}
		}
		call, cancel := limited(ctx, quickLimit)
		err = remove(call)
		cancel()
		if err == nil || gone(err) {
			return nil
		}
	}
	return &EngineError{Op: op, Err: plainLimit(err)}
}

// A removal is tried this often, the pauses doubling from removalPause: about ten seconds in all.
const (
	removalTries = 9
	removalPause = 40 * time.Millisecond
)
