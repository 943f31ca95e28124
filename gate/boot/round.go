package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Test is one boot test: a candidate, what is asked of it, and what it needs.
type Test struct {
	Spec  Spec
	Image Image
	// Needs are the images of Spec.Needs, in the same order.
	Needs []Image
	// NewKeep returns what says, line by line of one stream of output, what is worth keeping wherever it stands; nil keeps
	// none but the first and the last lines.
	NewKeep func() func(line []byte) Worth
	// Step is told of progress; nil tells nobody.
	Step func(step Step, detail string)
	// Failed is told, once and at once, when a container of the candidate ended badly, while others may still run and
	// nothing is removed yet; nil tells nobody.
	Failed func()
	// Lookup finds a variable of the gate's own environment.
	Lookup func(name string) (string, bool)
}

// Outcome is what a boot test saw.
type Outcome struct {
	// Boots are all lives of all containers, in the order they began.
	Boots []Observation `json:"boots"`
}

// Roles of observations. Those of needs are RoleNeed and their name.
const (
	RoleCandidate   = "candidate"
	RoleReplica     = "replica"
	RoleRestart     = "restart"
	RoleSecondStart = "second start"
	RoleNeed        = "need"
)

// round is a boot test in the making.
type round struct {
	site *Site
	test Test
	plan plan
	told sync.Once // that the candidate failed

	mu    sync.Mutex
	lives []*life
}

// Boot runs a boot test. An error means that the question was not answered: an *EngineError when the engine was at
// fault, a *PanicError when the gate itself was, the context's cause when it was told to stop. The outcome then holds
// what had been seen.
func (s *Site) Boot(ctx context.Context, test Test) (Outcome, error) {
	if test.Step == nil {
		test.Step = func(Step, string) {}
	}
	if test.Failed == nil {
		test.Failed = func() {}
	}
	r := &round{site: s, test: test}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := Guarded(func() error { return r.run(ctx) })
	for _, l := range r.lives {
		err = errors.Join(err, l.Close())
	}
	return r.outcome(), err
}

// outcome collects the observations.
func (r *round) outcome() Outcome {
	var o Outcome
	for _, l := range r.lives {
		o.Boots = append(o.Boots, l.obs)
	}
	return o
}

func (r *round) run(ctx context.Context) error {
	var err error
	if r.plan, err = newPlan(r.test.Spec, r.test.Image, r.test.Lookup); err != nil {
		return err
	}
	err = r.rounds(ctx)
	return errors.Join(err, r.endAll(ctx))
}

// rounds starts the candidate in every way that is asked for, as long as each goes well.
func (r *round) rounds(ctx context.Context) error {
	if ok, err := r.startNeeds(ctx); err != nil || !ok {
		return err
	}
	first, err := r.startReplicas(ctx)
	if err != nil || !served(first...) {
		return err
	}
	if r.test.Spec.SecondStart {
		second, err := r.start(ctx, RoleSecondStart)
		if err != nil || !served(second) {
			return err
		}
	}
	if r.test.Spec.Restart {
		return r.restart(ctx, first[0])
	}
	return nil
}

// startReplicas starts the candidate as often as is asked, all at once, and watches each.
func (r *round) startReplicas(ctx context.Context) ([]*life, error) {
	lives := make([]*life, max(1, r.test.Spec.Replicas))
	boxes := make([]*box, len(lives))
	for i := range lives { // made first, so that they start as close together as can be
		role := RoleCandidate
		if i > 0 {
			role = fmt.Sprintf("%s %d", RoleReplica, i+1)
		}
		b, err := r.site.newBox(ctx, role, "", r.plan)
		if err != nil {
			return nil, err
		}
		boxes[i] = b
		lives[i] = r.newLife(b, role)
	}
	var all crew
	for _, l := range lives {
		all.do(func() error { return r.live(ctx, l) })
	}
	return lives, all.wait()
}

// start starts one more container of the candidate and watches it.
func (r *round) start(ctx context.Context, role string) (*life, error) {
	b, err := r.site.newBox(ctx, role, "", r.plan)
	if err != nil {
		return nil, err
	}
	l := r.newLife(b, role)
	return l, r.live(ctx, l)
}

// restart kills the container of a life and starts it again, as a host does after a crash.
func (r *round) restart(ctx context.Context, before *life) error {
	if before.running() {
		before.step(StepStopping, "killed, to be started again")
		if err := before.kill(ctx); err != nil {
			return err
		}
	}
	if err := before.end(ctx); err != nil {
		return err
	}
	before.box.dead = false
	return r.live(ctx, r.newLife(before.box, RoleRestart))
}

func (r *round) newLife(b *box, role string) *life {
	l := newLife(b, role, r.test.NewKeep, r.test.Step)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lives = append(r.lives, l)
	return l
}

// live runs a life of the candidate, and tells when it ended badly.
func (r *round) live(ctx context.Context, l *life) error {
	err := l.run(ctx)
	if err == nil && !l.obs.served() {
		r.told.Do(r.test.Failed)
	}
	return err
}

// run starts and watches. What runs beside the watch goes on until Close: stop and end still need it.
func (l *life) run(ctx context.Context) error {
	ctx, l.stopAll = context.WithCancel(ctx)
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.watch(ctx); err != nil {
		return err
	}
	l.failed = false
	return nil
}

// Served reports whether every container of the candidate did what was asked of it, and was started at all.
func (o Outcome) Served() bool {
	started := false
	for i := range o.Boots {
		if isNeed(o.Boots[i].Role) {
			continue
		}
		started = true
		if !o.Boots[i].served() {
			return false
		}
	}
	return started
}

// served reports whether all lives did what they were asked to, so that another round makes sense.
func served(lives ...*life) bool {
	return !slices.ContainsFunc(lives, func(l *life) bool { return !l.obs.served() })
}

// served reports whether a container did what it was there for: served, or exited with 0 where that is right.
func (o *Observation) served() bool {
	switch o.Ended {
	case EndedServed:
		return true
	case EndedExited:
		return o.Exit != nil && o.Exit.Code == 0 && (o.Asked.Mode == Job || o.Asked.Mode == Auto && !o.Answered)
	}
	return false
}

// endAll stops the candidate's containers that serve, all at once, then ends the needs, and completes the observations.
func (r *round) endAll(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := r.endEach(func(l *life) bool { return !isNeed(l.obs.Role) }, func(l *life) error {
		return errors.Join(l.stop(ctx), l.end(ctx))
	})
	return errors.Join(err, r.endEach(func(l *life) bool { return isNeed(l.obs.Role) }, func(l *life) error {
		l.lookAfter()
		return l.end(ctx)
	}))
}

// endEach ends the lives of some roles at once.
func (r *round) endEach(which func(*life) bool, end func(*life) error) error {
	var all crew
	for _, l := range r.lives {
		if !l.finished && which(l) {
			all.do(func() error { return end(l) })
		}
	}
	return all.wait()
}
