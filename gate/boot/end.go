package boot

import (
	"context"
	"errors"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
)

// stop sends the stop signal to a container that served, and waits for its end. Without any time to end in, it is not
// asked to: end kills it.
func (l *life) stop(ctx context.Context) error {
	if l.obs.Ended != EndedServed || !l.running() {
		return nil
	}
	if l.plan.StopsWithin == 0 {
		l.peak()
		return nil
	}
	l.step(StepStopping, "")
	l.peak()
	signal := l.plan.stopSignal()
	begun := time.Now()
	l.note("stop-signal", "%s", signal)
	if err := l.signal(ctx, signal); err != nil {
		return err
	}
	l.obs.Stop = &Stop{Signal: signal}
	l.signalledAt = begun.Sub(l.start)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-l.waitErr:
		return l.waitFailed(ctx, err)
	case w := <-l.died:
		l.obs.Stop.Took = time.Since(begun)
		l.obs.Exit = &Exit{Code: int(w.StatusCode), At: l.age()}
		l.note("exited", "%d", w.StatusCode)
		return nil
	case <-time.After(l.plan.StopsWithin):
		l.obs.Stop.Took, l.obs.Stop.Forced = time.Since(begun), true
		return l.kill(ctx)
	}
}

// signal sends a signal; that the container has just ended is no error.
func (l *life) signal(ctx context.Context, signal string) error {
	call, done := limited(ctx, quickLimit)
	defer done()
	err := l.engine.ContainerKill(call, l.box.id, signal)
	if err == nil || gone(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	return engineErr(ctx, err, "sending %s to container %s", signal, l.box.name)
}

// kill ends a container that is still running, and waits until it is gone.
func (l *life) kill(ctx context.Context) error {
	l.note("killed", "by the gate")
	l.killed = true
	if err := l.signal(ctx, "SIGKILL"); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-l.waitErr:
		return l.waitFailed(ctx, err)
	case <-l.died:
		return nil
	case <-time.After(killLimit):
		return &EngineError{Op: "killing container " + l.box.name, Err: errors.New("it does not end")}
	}
}

// waitFailed notes that the end of the container will not be told any more.
func (l *life) waitFailed(ctx context.Context, err error) error {
	l.failed = true
	return engineErr(ctx, err, "waiting for container %s", l.box.name)
}

// killLimit is how long a killed container may take to be gone; an engine under load takes seconds.
const killLimit = 30 * time.Second

// running reports whether the main process may still be there.
func (l *life) running() bool {
	return l.obs.Ended != EndedNotStarted && l.obs.Exit == nil && !l.killed
}

// end completes the observation: it kills what is left, reads what a death left behind, and closes the output.
func (l *life) end(ctx context.Context) error {
	if l.obs.Ended == EndedNotStarted || l.failed {
		return l.finish()
	}
	if l.running() {
		if err := l.kill(ctx); err != nil {
			return err
		}
	}
	l.obs.Duration = l.age()
	call, done := limited(ctx, quickLimit)
	defer done()
	inspect, err := l.engine.ContainerInspect(call, l.box.id)
	if err != nil {
		return engineErr(ctx, err, "inspecting container %s", l.box.name)
	}
	l.box.dead = true
	if state := inspect.State; state != nil && l.obs.Exit != nil {
		l.obs.Exit.OOMKilled = state.OOMKilled
		if ran, dated := ran(state); dated {
			l.obs.Exit.Ran = min(ran, l.obs.Exit.At)
			l.endedBefore()
			if isNeed(l.obs.Role) { // nobody watched it end
				l.obs.Exit.At = min(l.obs.Exit.At, l.startedAt+l.obs.Exit.Ran)
			}
		}
		if state.Error != "" && l.obs.StartError == "" {
			l.obs.StartError = l.mask.text(state.Error)
		}
	}
	if l.obs.Exit != nil && l.obs.Exit.Code != 0 && l.obs.Stop == nil {
		l.closeStream() // what it printed last may say where it left something
		if l.obs.Files, err = l.leftFiles(ctx); err != nil {
			return err
		}
	}
	return l.finish()
}

// endedBefore corrects what was seen when the process turns out to have ended by itself before the stop signal was sent:
// an engine under load says so late. The engine's clock is not compared with this host's, only lengths of time are: a
// process that was alive when the signal was sent ran at least from when it was known to have started until then.
func (l *life) endedBefore() {
	if l.obs.Stop == nil || l.obs.Stop.Forced || l.obs.Exit.Ran >= l.signalledAt-l.startedAt {
		return
	}
	l.obs.Ended, l.obs.Stop = EndedExited, nil
	l.obs.Exit.At = l.startedAt + l.obs.Exit.Ran
	l.note("exited", "before the stop signal, says the engine")
	l.unsettle()
}

// ran returns for how long at least a process ran by the engine's clock, and whether the engine has dated its start and its
// end at all. Docker dates the start when its own work on it is done, and a quick process may have ended by then (seen with
// 20.10 on a busy host): nothing is known of such a one but that it ended before.
func ran(state *container.State) (atLeast time.Duration, dated bool) {
	started, err := time.Parse(time.RFC3339Nano, state.StartedAt)
	finished, err2 := time.Parse(time.RFC3339Nano, state.FinishedAt)
	if err != nil || err2 != nil || started.IsZero() || finished.IsZero() {
		return 0, false
	}
	return max(0, finished.Sub(started)), true
}

// finish waits for the last of the output and ends everything beside the watch.
func (l *life) finish() error {
	if l.obs.Ended == EndedNotStarted || l.failed {
		l.stopAll()
		if l.stream.Conn != nil {
			l.stream.Close() // what never ran, or cannot be seen, prints nothing more, and the engine keeps the stream open
		}
	}
	l.closeStream()
	err := l.Close()
	for {
		select {
		case e := <-l.box.events:
			if e.action == events.ActionOOM { // its health does not matter any more
				l.onEvent(e)
			}
		default:
			if exit := l.obs.Exit; exit != nil && exit.OOMKilled && l.obs.OOMEvents == 0 {
				l.obs.OOMEvents = 1 // the event that the engine's flag is from is still on its way
			}
			return err
		}
	}
}
