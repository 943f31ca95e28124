package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/pkg/stdcopy"
)

// fakeImage says what containers of an image do.
type fakeImage struct {
	// life is the main process; what it returns is its exit code. nil waits to be stopped.
	life func(p *process) int
	// onSignal answers a signal other than SIGKILL: with an exit code, or with stays. nil exits with 0.
	onSignal func(p *process, signal string) int
	// refused and startError are what the engine says instead of making and starting a container.
	refused, startError error
	// exec runs a command in the container.
	exec func(p *process, command []string) (code int, output string)
	// files are in the container when it has ended, by path.
	files map[string]string
	// hidden are files in the container that the engine does not list, such as those on a volume.
	hidden map[string]string
	memory uint64 // bytes in use
	// lag is how long the engine works on a start after the process has begun. Only then it dates the start, and answers.
	lag time.Duration
	// forgets keeps the output stream open after the end.
	forgets bool
	// undying outlives SIGKILL, and ends only when the container is removed.
	undying bool
}

// stays says that a signal does not end a process.
const stays = -1

// process is a container of the fake engine, in one of its runs. The engine's lock guards it.
type process struct {
	engine *fakeEngine
	image  fakeImage
	id     string
	name   string
	config *container.Config
	host   *container.HostConfig

	starts     int
	running    bool
	ended      chan struct{} // closed at the end of the present run
	attached   []net.Conn
	waiters    []waiter
	code       int
	oomKilled  bool
	disk       int64
	health     *container.Health
	startedAt  time.Time
	finishedAt time.Time
}

// waiter is somebody who waits for the end.
type waiter struct {
	died   chan<- container.WaitResponse
	failed chan<- error
}

// again returns the next run of the container. The caller holds the engine's lock, as with all methods that do not say
// otherwise.
func (p *process) again() *process {
	next := *p
	p.engine.containers[p.id] = &next
	return &next
}

// start runs the process.
func (p *process) start() {
	p.starts++
	p.running, p.ended, p.startedAt, p.oomKilled = true, make(chan struct{}), time.Now(), false
	if p.engine.began.IsZero() {
		p.engine.began = p.startedAt
	}
	life := p.image.life
	if life == nil {
		life = func(p *process) int { return p.wait() }
	}
	go func() {
		code := life(p)
		p.engine.mu.Lock()
		defer p.engine.mu.Unlock()
		p.end(code)
	}()
}

// end notes the end of the process, closes its output and tells who waits.
func (p *process) end(code int) {
	if !p.running {
		return
	}
	p.running, p.code, p.finishedAt = false, code, time.Now()
	close(p.ended)
	if !p.image.forgets {
		for _, conn := range p.attached {
			conn.Close()
		}
	}
	p.attached = nil
	for _, w := range p.waiters {
		w.died <- container.WaitResponse{StatusCode: int64(code)}
	}
	p.waiters = nil
}

func (p *process) signal(signal string) error {
	if !p.running {
		return fmt.Errorf("container %s is not running: %w", p.name, cerrdefs.ErrConflict)
	}
	code := 0
	switch {
	case signal == "SIGKILL" && p.image.undying:
		code = stays
	case signal == "SIGKILL":
		code = 137
	case p.image.onSignal != nil:
		code = p.image.onSignal(p, signal)
	}
	if code != stays {
		p.end(code)
	}
	return nil
}

func (p *process) inspect() container.InspectResponse {
	base := &container.ContainerJSONBase{ID: p.id, Name: "/" + p.name, HostConfig: p.host, State: &container.State{
		Running: p.running, ExitCode: p.code, OOMKilled: p.oomKilled, Health: p.health,
		StartedAt: p.startedAt.Add(p.image.lag).UTC().Format(time.RFC3339Nano), FinishedAt: p.finishedAt.UTC().Format(time.RFC3339Nano),
	}}
	settings := &container.NetworkSettings{Networks: map[string]*network.EndpointSettings{}}
	if p.running {
		settings.Networks[string(p.host.NetworkMode)] = &network.EndpointSettings{IPAddress: "192.0.2.1"}
	}
	return container.InspectResponse{ContainerJSONBase: base, NetworkSettings: settings}
}

// What follows is for lives. It takes the engine's lock itself, and ends the goroutine of a process that was killed.

// say prints a line to stdout; warn one to stderr.
func (p *process) say(line string)  { p.print(stdcopy.Stdout, line+"\n") }
func (p *process) warn(line string) { p.print(stdcopy.Stderr, line+"\n") }

func (p *process) print(stream stdcopy.StdType, text string) {
	p.engine.mu.Lock()
	attached := slices.Clone(p.attached)
	p.engine.mu.Unlock()
	for _, conn := range attached {
		// Nobody may read any more: then it is lost, as with a real engine.
		_, _ = stdcopy.NewStdWriter(conn, stream).Write([]byte(text))
	}
	p.checkEnd()
}

func (p *process) checkEnd() {
	select {
	case <-p.ended:
		runtime.Goexit()
	default:
	}
}

// sleep lets time pass.
func (p *process) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.ended:
		runtime.Goexit()
	case <-timer.C:
	}
}

// wait waits until it is stopped.
func (p *process) wait() int {
	<-p.ended
	runtime.Goexit()
	return 0
}

// do runs a change of the container's state.
func (p *process) do(change func()) {
	p.engine.mu.Lock()
	defer p.engine.mu.Unlock()
	change()
}

// becomes tells of a state of the HEALTHCHECK, whose command had the given output.
func (p *process) becomes(state string, code int, output string) {
	p.do(func() {
		p.health = &container.Health{Status: state, Log: []*container.HealthcheckResult{{ExitCode: code, Output: output}}}
		if code != 0 {
			p.health.FailingStreak = 3
		}
		p.engine.publish(p, events.Action("health_status: "+state))
	})
}

// oom tells that the kernel killed a process of the container.
func (p *process) oom() { p.do(func() { p.engine.publish(p, events.ActionOOM) }) }

// loseWait ends the wait calls with an error.
func (p *process) loseWait(err error) {
	p.do(func() {
		for _, w := range p.waiters {
			w.failed <- err
		}
		p.waiters = nil
	})
}

// fakeExec is a command in a container.
type fakeExec struct {
	process *process
	command []string
	running bool
	code    int
	// asked counts how often its state was asked for.
	asked int
}

func (f *fakeEngine) ContainerExecCreate(ctx context.Context, id string, options container.ExecOptions) (made container.ExecCreateResponse, err error) {
	err = f.do(ctx, "ContainerExecCreate", func() error {
		p, err := f.find(id)
		if err != nil {
			return err
		}
		if !p.running {
			return fmt.Errorf("container %s is not running: %w", p.name, cerrdefs.ErrConflict)
		}
		made.ID = fmt.Sprintf("exec%d", len(f.execs))
		f.execs[made.ID] = &fakeExec{process: p, command: options.Cmd, running: true}
		return nil
	})
	return made, err
}

func (f *fakeEngine) ContainerExecAttach(ctx context.Context, id string, _ container.ExecAttachOptions) (types.HijackedResponse, error) {
	var gates, engines net.Conn
	err := f.do(ctx, "ContainerExecAttach", func() error {
		e, ok := f.execs[id]
		if !ok {
			return fmt.Errorf("no such exec %s: %w", id, cerrdefs.ErrNotFound)
		}
		gates, engines = net.Pipe()
		go e.run(f, engines)
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

// run runs the command, and closes its output before its end is known.
func (e *fakeExec) run(f *fakeEngine, out net.Conn) {
	defer out.Close()
	code, output := 127, "not found"
	if e.process.image.exec != nil {
		code, output = e.process.image.exec(e.process, e.command)
	}
	_, _ = io.Copy(stdcopy.NewStdWriter(out, stdcopy.Stderr), strings.NewReader(output))
	out.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	e.code = code
}

func (f *fakeEngine) ContainerExecInspect(ctx context.Context, id string) (r container.ExecInspect, err error) {
	err = f.do(ctx, "ContainerExecInspect", func() error {
		e, ok := f.execs[id]
		if !ok {
			return errors.New("no such exec")
		}
		e.asked++
		r.Running, r.ExitCode = e.asked == 1, e.code
		return nil
	})
	return r, err
}
