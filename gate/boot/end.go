package boot

import (
	"context"
	"errors"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
)

// stop sends the stop signal to a container that served, and waits for its end.
func (l *life) stop(ctx context.Context) error {
	if l.obs.Ended != EndedServed {
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
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-l.waitErr:
		return engineErr(ctx, err, "waiting for container %s", l.box.name)
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
		return engineErr(ctx, err, "waiting for container %s", l.box.name)
	case <-l.died:
		return nil
	case <-time.After(killLimit):
		return &EngineError{Op: "killing container " + l.box.name, Err: errors.New("it does not end")}
	}
}

// killLimit is how long a killed container may take to be gone; an engine under load takes seconds.
const killLimit = 30 * time.Second

// running reports whether the main process may still be there.
func (l *life) running() bool {
	return l.obs.Ended != EndedNotStarted && l.obs.Exit == nil && !l.killed
}

// end completes the observation: it kills what is left, reads what a death left behind, and closes the output.
func (l *life) end(ctx context.Context) error {
	if l.obs.Ended == EndedNotStarted {
		return l.finish(ctx)
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
		l.obs.Exit.Ran = ran(state, l.obs.Exit.At)
		if state.Error != "" && l.obs.StartError == "" {
			l.obs.StartError = l.mask.text(state.Error)
		}
	}
	if l.obs.Exit != nil && l.obs.Exit.Code != 0 && l.obs.Stop == nil {
		l.obs.Files = l.leftFiles(ctx)
	}
	return l.finish(ctx)
}

// ran returns how long a process ran by the engine's clock, or otherwise when the engine does not say.
func ran(state *container.State, otherwise time.Duration) time.Duration {
	started, err := time.Parse(time.RFC3339Nano, state.StartedAt)
	finished, err2 := time.Parse(time.RFC3339Nano, state.FinishedAt)
	if err != nil || err2 != nil || finished.Before(started) {
		return otherwise
	}
	return finished.Sub(started)
}

// finish waits for the last of the output and ends everything beside the watch.
func (l *life) finish(ctx context.Context) error {
	if l.obs.Ended == EndedNotStarted {
		l.stopAll()
		if l.stream.Conn != nil {
			l.stream.Close() // a container that never ran prints nothing, and the engine keeps the stream open
		}
	}
	l.closeStream()
	err := l.Close()
	for drained := false; !drained; {
		select {
		case e := <-l.box.events:
			l.onEvent(e)
		default:
			drained = true
		}
	}
	l.obs.Output = l.out.output(l.mask)
	return err
}
