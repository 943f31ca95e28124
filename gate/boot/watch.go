package boot

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/container"
)

// Step is a step in the life of a container, for progress reports.
type Step string

// The steps, in their order.
const (
	StepNeeds    Step = "starting needs"
	StepStarting Step = "starting"
	StepWaiting  Step = "waiting until ready"
	StepRunning  Step = "running"
	StepHolding  Step = "staying up"
	StepStopping Step = "stopping"
	StepRemoving Step = "removing"
)

// clocks are the timers of a watch. A nil channel never fires.
type clocks struct {
	// within ends waiting, settle decides about a container without any sign, hold ends the watch over a ready one.
	within, settle, hold <-chan time.Time
}

// watch follows the container until the question is answered one way or the other: obs.Ended says how. An error means
// that the gate could not see, or was told to stop.
func (l *life) watch(ctx context.Context) error {
	if l.obs.Ended == EndedNotStarted {
		return nil
	}
	if l.plan.asksHealthcheck() && !l.plan.hasHealthcheck() {
		l.obs.Ended, l.health.last.Actual = EndedTimeout, noHealthcheck
		l.obs.Awaited = l.missing()
		return nil
	}
	c := clocks{within: time.After(l.plan.Within - l.age())}
	if l.plan.Mode == Job {
		l.step(StepRunning, "")
	} else {
		l.step(StepWaiting, describeWait(l.plan))
	}
	if l.plan.blind {
		c.settle = time.After(l.plan.StaysUp)
	}
	for l.obs.Ended == "" {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.box.site.runner.broken:
			return l.box.site.runner.streamErr()
		case err := <-l.waitErr:
			return l.waitFailed(ctx, err)
		case w := <-l.died:
			l.exited(w)
		case e := <-l.box.events:
			l.onEvent(e)
		case s := <-l.seen:
			l.onSign(ctx, s, &c)
		case a := <-l.lost:
			l.obs.Ended, l.obs.Lost = EndedUnanswering, &a
			l.note("unanswering", "%s: %s", a.Probe, a.Actual)
		case s := <-l.sampled:
			l.obs.Ended, l.obs.DiskUsed = EndedDiskFull, s.disk
			l.note("disk-full", "%s written", Bytes(s.disk))
		case <-c.settle:
			l.onSettle()
		case <-c.within:
			l.onLimit()
		case <-c.hold:
			l.onHold(ctx, &c)
		case <-l.held:
			l.guards--
			l.closeHold()
		}
	}
	select {
	case <-l.box.site.runner.broken: // what the stream did not tell may have been the kill of a child
		return l.box.site.runner.streamErr()
	default:
		return l.lastWord(ctx)
	}
}

// lastWord looks whether the container ended in the same moment as a timer did, and completes what was awaited.
func (l *life) lastWord(ctx context.Context) error {
	select {
	case w := <-l.died:
		l.exited(w)
	default:
	}
	switch l.obs.Ended {
	case EndedTimeout, EndedUnhealthy:
		if l.plan.hasHealthcheck() {
			l.lastHealth(ctx)
		}
		l.obs.Awaited = l.missing()
	}
	return nil
}

// onSign looks whether all requirements are met now.
func (l *life) onSign(ctx context.Context, s *sign, c *clocks) {
	if l.obs.Ready || l.plan.Mode == Job || len(l.missing()) > 0 {
		return
	}
	s.mu.Lock()
	text := s.text
	s.mu.Unlock()
	for _, seen := range l.signs {
		l.obs.Answered = l.obs.Answered || seen.wasSeen() && (seen.strategy != nil || seen == l.health)
	}
	l.ready(ctx, text, c)
}

// onSettle decides about a container that nothing is known of: it is still there, unless it has said itself that it
// has not started yet.
func (l *life) onSettle() {
	if l.obs.Ready || l.promised.Load() {
		return
	}
	l.obs.Ready, l.obs.ReadyAfter, l.obs.ReadyBy = true, l.age(), readyBlindly
	l.obs.Ended = EndedServed
	l.note("ready", "%s", l.obs.ReadyBy)
}

// readyBlindly is by what a container is ready of which nothing is known.
const readyBlindly = "it stayed up; nothing else tells when it is ready"

// unsettle takes back that a container counted as ready only because it stayed up: it did not.
func (l *life) unsettle() {
	if l.plan.blind && len(l.missing()) > 0 {
		l.obs.Ready, l.obs.ReadyAfter, l.obs.ReadyBy = false, 0, ""
	}
}

// onLimit ends waiting. A container that nothing is known of has stayed up for as long as it may take.
func (l *life) onLimit() {
	if l.plan.blind {
		l.onSettle()
	}
	if l.obs.Ended == "" {
		l.obs.Ended = EndedTimeout
		l.note("timeout", "")
	}
}

// ready begins the time in which the container must stay up.
func (l *life) ready(ctx context.Context, by string, c *clocks) {
	l.obs.Ready, l.obs.ReadyAfter, l.obs.ReadyBy = true, l.age(), by
	l.note("ready", "%s", by)
	l.step(StepHolding, by)
	l.settled.Store(true)
	c.within, c.settle = nil, nil
	staysUp := l.plan.StaysUp
	if l.plan.blind {
		staysUp = orDuration(l.plan.spec.StaysUp, DefaultStaysUp)
	}
	c.hold = time.After(staysUp)
	l.peak()
	if staysUp == 0 {
		return
	}
	for _, s := range l.signs {
		if s.strategy != nil && s.wasSeen() {
			l.guards++
			l.crew.do(func() error { s.guard(ctx, l.final, l.loseSign, l.holdSign); return nil })
		}
	}
}

// onHold ends the time in which a container must stay up. What was answering must do so once more, and a HEALTHCHECK
// that fails at that moment is watched until it succeeds or has failed as often as its image allows.
func (l *life) onHold(ctx context.Context, c *clocks) {
	if again := l.healthFails(ctx); again > 0 && l.obs.Ended == "" {
		c.hold = time.After(again)
		return
	}
	if l.obs.Ended == "" {
		close(l.final)
		l.closing = true
		l.closeHold()
	}
}

// closeHold ends the watch over a container that has held out, once every guard has said so.
func (l *life) closeHold() {
	if l.closing && l.guards == 0 && l.obs.Ended == "" {
		l.obs.Ended = EndedServed
	}
}

// healthFails looks whether the HEALTHCHECK of a ready container fails just now. It ends the watch when it has failed
// as often in a row as the image's own retries allow, and returns when to look again when it has not.
func (l *life) healthFails(ctx context.Context) time.Duration {
	if !l.plan.hasHealthcheck() || l.plan.StaysUp == 0 {
		return 0
	}
	call, done := limited(ctx, quickLimit)
	defer done()
	inspect, err := l.engine.ContainerInspect(call, l.box.id)
	if err != nil || inspect.State == nil || inspect.State.Health == nil || inspect.State.Health.FailingStreak == 0 {
		return 0
	}
	retries := l.plan.image.Healthcheck.Retries
	if retries == 0 {
		retries = defaultHealthRetries
	}
	if inspect.State.Health.FailingStreak >= retries {
		l.obs.Ended = EndedUnhealthy
		l.note("health", "%d failures in a row", inspect.State.Health.FailingStreak)
	}
	return quickHealth
}

// holdSign tells the watch that a sign still holds.
func (l *life) holdSign() {
	select {
	case l.held <- struct{}{}:
	default:
	}
}

func (l *life) loseSign(a Attempt) {
	select {
	case l.lost <- a:
	default:
	}
}

// missing returns the latest attempt at every sign of the requirements that are not met.
func (l *life) missing() []Attempt {
	met := map[int]bool{}
	for _, s := range l.signs {
		if s.wasSeen() {
			met[s.group] = true
		}
	}
	var left []Attempt
	for _, s := range l.signs {
		if !met[s.group] {
			left = append(left, s.attempt())
		}
	}
	return left
}

// exited notes the end of the main process.
func (l *life) exited(w container.WaitResponse) {
	l.obs.Ended = EndedExited
	l.unsettle()
	l.obs.Exit = &Exit{Code: int(w.StatusCode), At: l.age()}
	l.note("exited", "%d", w.StatusCode)
}

// describeWait says what a watch waits for.
func describeWait(p plan) string {
	text := ""
	for i, any := range p.signs {
		if i > 0 {
			text += " and "
		}
		text += describe(any, p.auto)
	}
	return text
}
