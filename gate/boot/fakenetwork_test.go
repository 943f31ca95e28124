package boot

import (
	"context"
	"fmt"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
)

func (f *fakeEngine) NetworkCreate(ctx context.Context, name string, options network.CreateOptions) (made network.CreateResponse, err error) {
	err = f.do(ctx, "NetworkCreate", func() error {
		f.networks[name] = &network.Inspect{ID: "net-" + name, Name: name, Labels: options.Labels, Internal: options.Internal, Options: options.Options, Containers: map[string]network.EndpointResource{}}
		made.ID = "net-" + name
		return nil
	})
	return made, err
}

func (f *fakeEngine) findNetwork(id string) (*network.Inspect, error) {
	for _, n := range f.networks {
		if n.ID == id || n.Name == id {
			return n, nil
		}
	}
	return nil, fmt.Errorf("no such network %s: %w", id, cerrdefs.ErrNotFound)
}

func (f *fakeEngine) NetworkInspect(ctx context.Context, id string, _ network.InspectOptions) (n network.Inspect, err error) {
	err = f.do(ctx, "NetworkInspect", func() error {
		if id == "bridge" && f.bridge != nil {
			n = *f.bridge
			return nil
		}
		found, err := f.findNetwork(id)
		if err == nil {
			n = *found
		}
		return err
	})
	return n, err
}

func (f *fakeEngine) NetworkConnect(ctx context.Context, id, container string, _ *network.EndpointSettings) error {
	return f.do(ctx, "NetworkConnect", func() error {
		n, err := f.findNetwork(id)
		if err == nil {
			n.Containers[container] = network.EndpointResource{}
		}
		return err
	})
}

func (f *fakeEngine) NetworkDisconnect(ctx context.Context, id, container string, _ bool) error {
	return f.do(ctx, "NetworkDisconnect", func() error {
		n, err := f.findNetwork(id)
		if err == nil {
			delete(n.Containers, container)
		}
		return err
	})
}

func (f *fakeEngine) NetworkRemove(ctx context.Context, id string) error {
	return f.do(ctx, "NetworkRemove", func() error {
		n, err := f.findNetwork(id)
		if err != nil {
			return err
		}
		busy := len(n.Containers) > 0
		for _, p := range f.containers {
			busy = busy || p.running && string(p.host.NetworkMode) == n.Name
		}
		if busy {
			return fmt.Errorf("network %s has active endpoints: %w", id, cerrdefs.ErrPermissionDenied)
		}
		delete(f.networks, n.Name)
		return nil
	})
}

func (f *fakeEngine) NetworkList(ctx context.Context, options network.ListOptions) (all []network.Summary, err error) {
	err = f.do(ctx, "NetworkList", func() error {
		for _, n := range f.networks {
			if options.Filters.MatchKVList("label", n.Labels) {
				all = append(all, *n)
			}
		}
		return nil
	})
	return all, err
}

func (f *fakeEngine) ImageList(ctx context.Context, _ image.ListOptions) (all []image.Summary, err error) {
	err = f.do(ctx, "ImageList", func() error {
		all = append(all, image.Summary{ID: "sha256:1", RepoTags: slices.Clone(f.tags)})
		return nil
	})
	return all, err
}

func (f *fakeEngine) ImageRemove(ctx context.Context, id string, _ image.RemoveOptions) (gone []image.DeleteResponse, err error) {
	err = f.do(ctx, "ImageRemove", func() error {
		f.tags = slices.DeleteFunc(f.tags, func(tag string) bool { return tag == id })
		return nil
	})
	return gone, err
}

// subscription is somebody who listens to events.
type subscription struct {
	options events.ListOptions
	queue   chan events.Message
	broken  chan error
}

func (f *fakeEngine) Events(ctx context.Context, options events.ListOptions) (<-chan events.Message, <-chan error) {
	messages, errs := make(chan events.Message), make(chan error, 1)
	s := &subscription{options, make(chan events.Message, 1024), make(chan error, 1)}
	err := f.do(ctx, "Events", func() error { f.subscribers = append(f.subscribers, s); return nil })
	if err != nil {
		errs <- err
		return messages, errs
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				errs <- ctx.Err()
				return
			case err := <-s.broken:
				errs <- err
				return
			case m := <-s.queue:
				select {
				case messages <- m:
				case <-ctx.Done():
				}
			}
		}
	}()
	return messages, errs
}

// publish tells of an event of a container. The caller holds f.mu.
func (f *fakeEngine) publish(p *process, action events.Action) {
	for _, s := range f.subscribers {
		if s.options.Filters.MatchKVList("label", p.config.Labels) && s.options.Filters.FuzzyMatch("event", string(action)) {
			s.queue <- events.Message{Type: events.ContainerEventType, Action: action, Actor: events.Actor{ID: p.id}}
		}
	}
}

// dropEvents ends the event streams with an error.
func (f *fakeEngine) dropEvents(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.subscribers {
		s.broken <- err
	}
}
