package boot

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// fakeEngine is a container engine in memory. It keeps time by the clock of the bubble it runs in, and can be told to
// misbehave at any one call.
type fakeEngine struct {
	// images say, by reference, what their containers do.
	images map[string]fakeImage
	// fault says how the n-th call, counted from 1, goes wrong; nil means that none does.
	fault func(n int, call string) fault
	// interrupt is what the fault cancels calls.
	interrupt context.CancelFunc
	// wantsNetwork makes it refuse to create a container before its network is there, as some engines do.
	wantsNetwork bool
	host         string
	// bridge is what it says of its default network; nil means that there is none.
	bridge *network.Inspect

	// began is when the first container was started.
	began time.Time

	mu          sync.Mutex
	calls       []string
	containers  map[string]*process // by id
	networks    map[string]*network.Inspect
	tags        []string
	execs       map[string]*fakeExec
	subscribers []*subscription
	made        int
}

// fault is a way in which a call goes wrong.
type fault int

const (
	works fault = iota
	failsBefore
	failsAfter // the call does what it was asked to, and its answer is an error
	hangs      // until its context ends
	cancels    // the gate is interrupted while the call is under way
	panics
)

// errBroken is what a failing call answers.
var errBroken = fmt.Errorf("Error response from daemon: it broke: %w", cerrdefs.ErrInternal)

// newFake returns an engine with the given images.
func newFake(images map[string]fakeImage) *fakeEngine {
	return &fakeEngine{
		images: images, host: "unix:///var/run/docker.sock",
		containers: map[string]*process{}, networks: map[string]*network.Inspect{}, execs: map[string]*fakeExec{},
	}
}

// do runs a call with its fault.
func (f *fakeEngine) do(ctx context.Context, call string, effect func() error) error {
	f.mu.Lock()
	f.calls = append(f.calls, call)
	n := len(f.calls)
	f.mu.Unlock()
	way := works
	if f.fault != nil {
		way = f.fault(n, call)
	}
	switch way {
	case failsBefore:
		return errBroken
	case hangs:
		<-ctx.Done()
		return ctx.Err()
	case cancels:
		f.interrupt()
	case panics:
		panic("the engine's client panics in " + call)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	err := effect()
	if err == nil && way == failsAfter {
		return errBroken
	}
	return err
}

// left returns the names of everything that is still there.
func (f *fakeEngine) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.Concat(slices.Sorted(maps.Keys(f.networks)), f.tags)
	for _, p := range f.containers {
		left = append(left, p.name)
	}
	slices.Sort(left)
	return left
}

// find returns a container by id or name.
func (f *fakeEngine) find(id string) (*process, error) {
	for _, p := range f.containers {
		if p.id == id || p.name == id {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no such container %s: %w", id, cerrdefs.ErrNotFound)
}

func (f *fakeEngine) DaemonHost() string    { return f.host }
func (f *fakeEngine) ClientVersion() string { return "1.41" }

func (f *fakeEngine) ContainerCreate(ctx context.Context, config *container.Config, host *container.HostConfig, _ *network.NetworkingConfig, _ *ocispec.Platform, name string) (made container.CreateResponse, err error) {
	err = f.do(ctx, "ContainerCreate", func() error {
		img, ok := f.images[config.Image]
		if !ok {
			return fmt.Errorf("no such image %s: %w", config.Image, cerrdefs.ErrNotFound)
		}
		if img.refused != nil {
			return img.refused
		}
		if net := string(host.NetworkMode); f.wantsNetwork && net != "" && f.networks[net] == nil {
			return fmt.Errorf("network %s not found: %w", net, cerrdefs.ErrNotFound)
		}
		f.made++
		made.ID = fmt.Sprintf("id%d", f.made)
		f.containers[made.ID] = &process{engine: f, image: img, id: made.ID, name: name, config: config, host: host}
		return nil
	})
	return made, err
}

func (f *fakeEngine) ContainerAttach(ctx context.Context, id string, options container.AttachOptions) (types.HijackedResponse, error) {
	var gates, engines net.Conn
	err := f.do(ctx, "ContainerAttach", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		gates, engines = net.Pipe()
		p.attached = append(p.attached, engines)
		return nil
	})
	if err != nil {
		if gates != nil {
			gates.Close()
		}
		return types.HijackedResponse{}, err
	}
	return types.NewHijackedResponse(gates, ""), nil
}

func (f *fakeEngine) ContainerWait(ctx context.Context, id string, _ container.WaitCondition) (<-chan container.WaitResponse, <-chan error) {
	died, failed := make(chan container.WaitResponse, 1), make(chan error, 1)
	err := f.do(ctx, "ContainerWait", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		p.waiters = append(p.waiters, waiter{died, failed})
		context.AfterFunc(ctx, func() {
			select {
			case failed <- ctx.Err():
			default:
			}
		})
		return nil
	})
	if err != nil {
		failed <- err
	}
	return died, failed
}

func (f *fakeEngine) ContainerStart(ctx context.Context, id string, _ container.StartOptions) error {
	var lag time.Duration
	defer func() { time.Sleep(lag) }() // by the bubble's clock
	return f.do(ctx, "ContainerStart", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		if net := string(p.host.NetworkMode); net != "" && f.networks[net] == nil {
			return fmt.Errorf("network %s not found: %w", net, cerrdefs.ErrNotFound)
		}
		if p.image.startError != nil {
			return p.image.startError
		}
		p.again().start()
		lag = p.image.lag
		return nil
	})
}

func (f *fakeEngine) ContainerInspect(ctx context.Context, id string) (r container.InspectResponse, err error) {
	err = f.do(ctx, "ContainerInspect", func() error {
		p, err := f.find(id)
		if err == nil {
			r = p.inspect()
		}
		return err
	})
	return r, err
}

func (f *fakeEngine) ContainerInspectWithRaw(ctx context.Context, id string, _ bool) (r container.InspectResponse, _ []byte, err error) {
	err = f.do(ctx, "ContainerInspectWithRaw", func() error {
		p, err := f.find(id)
		if err == nil {
			r = p.inspect()
			size := p.disk
			r.SizeRw = &size
		}
		return err
	})
	return r, nil, err
}

func (f *fakeEngine) ContainerStatsOneShot(ctx context.Context, id string) (r container.StatsResponseReader, err error) {
	err = f.do(ctx, "ContainerStatsOneShot", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		body, err := json.Marshal(container.StatsResponse{MemoryStats: container.MemoryStats{Usage: p.image.memory}})
		r.Body = io.NopCloser(bytes.NewReader(body))
		return err
	})
	return r, err
}

func (f *fakeEngine) ContainerKill(ctx context.Context, id, signal string) error {
	return f.do(ctx, "ContainerKill", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		return p.signal(signal)
	})
}

func (f *fakeEngine) ContainerRemove(ctx context.Context, id string, options container.RemoveOptions) error {
	return f.do(ctx, "ContainerRemove", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		if p.running && !options.Force {
			return fmt.Errorf("container %s is running: %w", id, cerrdefs.ErrConflict)
		}
		p.end(137)
		delete(f.containers, p.id)
		return nil
	})
}

func (f *fakeEngine) ContainerList(ctx context.Context, options container.ListOptions) (all []container.Summary, err error) {
	err = f.do(ctx, "ContainerList", func() error {
		for _, p := range f.containers {
			if options.Filters.MatchKVList("label", p.config.Labels) {
				all = append(all, container.Summary{ID: p.id, Names: []string{"/" + p.name}, Labels: p.config.Labels})
			}
		}
		return nil
	})
	return all, err
}

func (f *fakeEngine) ContainerDiff(ctx context.Context, id string) (changes []container.FilesystemChange, err error) {
	err = f.do(ctx, "ContainerDiff", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		changes = append(changes, container.FilesystemChange{Kind: container.ChangeDelete, Path: "/old/hs_err_pid9.log"})
		for _, path := range slices.Sorted(maps.Keys(p.image.files)) {
			changes = append(changes, container.FilesystemChange{Kind: container.ChangeAdd, Path: path})
		}
		return nil
	})
	return changes, err
}

func (f *fakeEngine) ContainerStatPath(ctx context.Context, id, path string) (stat container.PathStat, err error) {
	err = f.do(ctx, "ContainerStatPath", func() error {
		p, err := f.find(id)
		if err == nil {
			_, stat, err = p.file(path)
		}
		return err
	})
	return stat, err
}

// file returns the content of a file and what the engine says of it.
func (p *process) file(path string) (content string, stat container.PathStat, err error) {
	content, ok := p.image.files[path]
	if !ok {
		content, ok = p.image.hidden[path]
	}
	if !ok {
		return "", stat, fmt.Errorf("no such file %s: %w", path, cerrdefs.ErrNotFound)
	}
	stat = container.PathStat{Name: path, Size: int64(len(content)), Mode: 0o644}
	if content == aDirectory {
		stat.Mode |= os.ModeDir
	}
	return content, stat, nil
}

func (f *fakeEngine) CopyFromContainer(ctx context.Context, id, path string) (r io.ReadCloser, stat container.PathStat, err error) {
	err = f.do(ctx, "CopyFromContainer", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		content, about, err := p.file(path)
		if err != nil {
			return err
		}
		stat = about
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		err = errors.Join(w.WriteHeader(&tar.Header{Name: path, Size: stat.Size, Mode: 0o644, Typeflag: tar.TypeReg}))
		_, werr := io.WriteString(w, content)
		r = io.NopCloser(&archive)
		return errors.Join(err, werr, w.Close())
	})
	return r, stat, err
}

// aDirectory stands for the content of a directory.
const aDirectory = "\x00directory"

// pattern returns a pattern that compiles.
func patternOf(text string) Pattern {
	p, err := ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return p
}

// lasting returns a setting's duration.
func lasting(d time.Duration) *Duration { return (*Duration)(&d) }

// signs reads probes in their one-line form, separated by " & ".
func signs(text string) Readiness {
	var all Readiness
	for _, line := range strings.Split(text, " & ") {
		p, err := ParseProbe(line)
		if err != nil {
			panic(err)
		}
		all = append(all, p)
	}
	return all
}
