package boot

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
)

// life is one run of a container's main process, from start to end. watch is its only owner: everything else (output,
// probes, samples) runs beside it and tells it by channels.
type life struct {
	box    *box
	engine Engine
	plan   plan
	mask   masker
	step   func(Step, string)
	out    *collector
	obs    Observation

	signs    []*sign
	health   *sign       // the sign that is the HEALTHCHECK, if it is one
	promised atomic.Bool // a line said that a line about readiness will follow
	settled  atomic.Bool // no line about readiness is needed any more
	inspect  container.InspectResponse

	start       time.Time
	startedAt   time.Duration // when the engine said that it had started
	stream      types.HijackedResponse
	drained     chan struct{} // closed at the end of the output
	died        <-chan container.WaitResponse
	waitErr     <-chan error
	seen        chan *sign
	lost        chan Attempt
	held        chan struct{} // a guard has made its last attempt, with success
	final       chan struct{} // closed when the guards are to make it
	guards      int           // how many have not
	closing     bool          // final is closed
	sampled     chan sample
	crew        crew
	stopAll     context.CancelFunc // ends the probes, the samples, the wait call
	mu          sync.Mutex         // guards obs.Timeline, which samples write to as well
	signalledAt time.Duration      // when the stop signal was sent
	killed      bool               // by the gate
	finished    bool
	failed      bool // the watch has not come to its end: nothing more can be learned
}

// newLife prepares a life of b. newKeep gives each stream what marks lines to be kept; step is told of progress. Either may be nil.
func newLife(b *box, role string, newKeep func() func([]byte) Worth, step func(Step, string)) *life {
	l := &life{
		box: b, engine: b.site.engine, plan: b.plan, mask: b.mask, step: step,
		out:     &collector{newKeep: newKeep},
		obs:     Observation{Role: role, Asked: b.plan.Asked, Container: b.name, MemoryLimit: int64(b.plan.spec.Memory), PidsLimit: b.plan.spec.pids()},
		drained: make(chan struct{}),
		seen:    make(chan *sign, 64), lost: make(chan Attempt, 1), held: make(chan struct{}, 64), final: make(chan struct{}), sampled: make(chan sample, 1),
		stopAll: func() {}, failed: true,
	}
	if l.step == nil {
		l.step = func(Step, string) {}
	}
	return l
}

// begin attaches to the output, asks to be told of the end, and starts the container.
func (l *life) begin(ctx context.Context) error {
	if l.box.startError != "" {
		l.notStarted(l.box.startError)
		return nil
	}
	l.step(StepStarting, "")
	l.makeSigns()
	l.watchPatterns()
	if err := l.attach(ctx); err != nil {
		return err
	}
	if err := l.await(ctx); err != nil {
		return err
	}
	if err := l.box.site.ready(ctx); err != nil {
		return err
	}
	l.start = time.Now()
	call, done := limited(ctx, callLimit)
	defer done()
	if err := l.engine.ContainerStart(call, l.box.id, container.StartOptions{}); err != nil {
		if text, ok := imageFault(err); ok && ctx.Err() == nil {
			l.notStarted(l.mask.text(text))
			return nil
		}
		return engineErr(ctx, err, "starting container %s", l.box.name)
	}
	l.startedAt = l.age()
	l.note("started", "")
	return l.look(ctx)
}

// attach opens the stream of the container's output and reads it until it ends.
func (l *life) attach(ctx context.Context) error {
	call, done := limited(ctx, callLimit)
	defer done()
	stream, err := l.engine.ContainerAttach(call, l.box.id, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return engineErr(ctx, err, "attaching to container %s", l.box.name)
	}
	l.stream = stream
	l.crew.do(func() error {
		defer close(l.drained)
		_ = l.out.copyFrom(stream.Reader) // the end of the stream is no news: the wait call tells of the end
		return nil
	})
	return nil
}

// await asks to be told of the container's end.
func (l *life) await(ctx context.Context) error {
	wait, cancel := context.WithCancel(ctx)
	err := open(ctx, cancel, func() {
		l.died, l.waitErr = l.engine.ContainerWait(wait, l.box.id, container.WaitConditionNextExit)
	})
	return engineErr(ctx, err, "waiting for container %s", l.box.name)
}

// look finds out where the container is reached, and starts the probes.
func (l *life) look(ctx context.Context) error {
	call, done := limited(ctx, quickLimit)
	defer done()
	inspect, err := l.engine.ContainerInspect(call, l.box.id)
	if err != nil {
		return engineErr(ctx, err, "inspecting container %s", l.box.name)
	}
	l.inspect = inspect
	for _, s := range l.signs {
		if s.strategy != nil {
			l.crew.do(func() error { s.pursue(ctx, l.start, l.signSeen); return nil })
		}
	}
	l.crew.do(func() error { return l.sample(ctx) })
	return nil
}

// address returns where a port of the container is reached.
func (l *life) address(port int) (string, error) {
	return address(l.inspect, l.box.site.via, l.box.site.network, port)
}

// signSeen tells the watch that a sign was seen; it never blocks.
func (l *life) signSeen(s *sign) {
	select {
	case l.seen <- s:
	default:
	}
}

// watchPatterns notes the first line that matches once:, and the first few that match forbid:.
func (l *life) watchPatterns() {
	if once := l.plan.spec.Once; !once.IsZero() {
		l.out.match(func(line rawLine) bool {
			if !once.Match(line.text) {
				return false
			}
			found := l.mask.line(line.bounded())
			l.obs.Once = &found
			return true
		})
	}
	for _, pattern := range l.plan.spec.Forbid {
		found := 0
		l.out.match(func(line rawLine) bool {
			if !pattern.Match(line.text) {
				return false
			}
			l.obs.Forbidden = append(l.obs.Forbidden, Forbidden{Pattern: pattern.String(), Line: l.mask.line(line.bounded())})
			found++
			return found == maxForbidden
		})
	}
}

// maxForbidden is how many lines are kept for each forbidden pattern.
const maxForbidden = 3

// age is the time since the start.
func (l *life) age() time.Duration { return time.Since(l.start) }

// note adds to the time line.
func (l *life) note(what, format string, args ...any) {
	at := time.Duration(0)
	if !l.start.IsZero() {
		at = l.age()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.obs.Timeline = append(l.obs.Timeline, Event{At: at, What: what, Detail: fmt.Sprintf(format, args...)})
}

func (l *life) notStarted(text string) {
	l.obs.Ended, l.obs.StartError = EndedNotStarted, text
	l.box.dead = true
	l.note("not-started", "")
}

// onEvent takes an event of the engine; it reports whether that ends the watch.
func (l *life) onEvent(e engineEvent) (ended bool) {
	if e.action == events.ActionOOM {
		l.obs.OOMEvents++
		l.note("oom", "the kernel killed a process for memory")
		return false
	}
	state, ok := e.health()
	if !ok || l.plan.Mode == Job {
		return false
	}
	l.note("health", "%s", state)
	switch {
	case state == "healthy" && l.health != nil:
		if l.health.record(result{ok: true, expected: l.health.last.Expected, actual: state}) {
			l.signSeen(l.health)
		}
	case state == "unhealthy":
		l.obs.Ended = EndedUnhealthy
		return true
	}
	return false
}

// lastHealth asks for the outcome of the latest run of the HEALTHCHECK.
func (l *life) lastHealth(ctx context.Context) {
	call, done := limited(ctx, quickLimit)
	defer done()
	inspect, err := l.engine.ContainerInspect(call, l.box.id)
	if err != nil || inspect.State == nil || inspect.State.Health == nil || len(inspect.State.Health.Log) == 0 {
		return
	}
	log := inspect.State.Health.Log
	latest := log[len(log)-1]
	actual := fmt.Sprintf("exited with %d", latest.ExitCode)
	if text := strings.TrimSpace(l.mask.text(latest.Output)); text != "" {
		actual += ": " + cutText([]byte(text), shownBody, false)
	}
	attempt := Attempt{Probe: string(ProbeHealthcheck), Expected: "the image's HEALTHCHECK exits with 0", Actual: actual, Attempts: max(len(log), inspect.State.Health.FailingStreak)}
	if l.health != nil {
		l.health.mu.Lock()
		l.health.last = attempt
		l.health.mu.Unlock()
	}
	if l.obs.Ended == EndedUnhealthy {
		l.obs.Lost = &attempt
	}
}

// closeStream ends the reading of the output. What a dead container printed has arrived or will at once; the bound is
// for a stream that the engine forgot to close.
func (l *life) closeStream() {
	if l.stream.Conn == nil {
		return
	}
	select {
	case <-l.drained:
	case <-time.After(drainLimit):
	}
	l.stream.Close()
	<-l.drained
}

// drainLimit is how long the output of a dead container is waited for.
const drainLimit = 3 * time.Second

var _ io.Closer = (*life)(nil)

// Close ends everything that runs beside the watch. It may be called more than once.
func (l *life) Close() error {
	if l.finished {
		return nil
	}
	l.finished = true
	l.stopAll()
	if l.stream.Conn != nil {
		l.stream.Close()
	}
	err := l.crew.wait()
	l.obs.Output = l.out.output(l.mask)
	return err
}
