package gate

import (
	"context"
	"errors"
	"sync"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
)

// control is the control boot of a subject: the baseline, under the conditions under which the candidate was booted. It
// tells a candidate that is broken from a host that cannot start anything.
type control struct {
	once    sync.Once
	cancel  context.CancelFunc
	done    chan struct{} // closed when the control boot is over, and all it made is removed
	outcome boot.Outcome
	// err and left are as those of subject.boot.
	err, left error
	// beside is set when it began while the candidate may not have ended yet.
	beside bool
	// round is the round it was made in, when it is not the first boot of the baseline; 0 otherwise.
	round int
}

// possible reports whether a control boot would tell anything: not when both are the same image.
func (s *subject) possible() bool {
	return s.baseline != nil && !s.same && s.target.Control != policy.ControlNever
}

// candidateFailed is told that the candidate has failed, though not all of it has ended yet. The control boot begins
// beside what is left to do, if the host has the memory.
func (s *subject) candidateFailed(ctx context.Context) {
	if s.possible() && s.reserve(s.target.Spec) {
		s.control.beside = true
		s.beginControl(ctx, func() { s.unreserve(s.target.Spec) })
	}
}

// decideControl begins the control boot when the outcome of the candidate asks for one, or ends one that began in vain.
// The candidate's containers have ended by then, and take no memory any more.
func (s *subject) decideControl(ctx context.Context, t trial) {
	asked := t.err == nil && (s.target.Control == policy.ControlAlways || finding.Of(s.own) == finding.Fail)
	switch {
	case s.comparable(t):
		// bootForComparison begins it, when nothing is left that would slow it down
	case asked && s.possible():
		s.beginControl(ctx, func() {})
	case !asked:
		s.dropControl()
	}
}

// beginControl begins the control boot, unless it has begun; after is called when it is over.
func (s *subject) beginControl(ctx context.Context, after func()) {
	begins := false
	s.control.once.Do(func() { begins = true })
	if !begins {
		after()
		return
	}
	ctx, s.control.cancel = context.WithCancel(ctx)
	s.control.done = make(chan struct{})
	s.controlled.Store(true)
	go func() {
		defer close(s.control.done)
		defer after()
		s.bootBaseline(ctx)
	}()
}

// bootBaseline boots the baseline as the candidate was booted.
func (s *subject) bootBaseline(ctx context.Context) {
	before := s.control.left
	s.control.err = boot.Guarded(func() (err error) {
		s.control.outcome, err, s.control.left = s.boot(ctx, s.target.Spec, s.baseline, func(phase Phase, detail string) {
			if phase != Removing {
				s.request.Progress.Enter(s.index, Control, joined(string(phase), detail))
			}
		})
		return err
	})
	s.control.left = errors.Join(before, s.control.left)
}

// dropControl ends a control boot that nobody needs any more, and forgets what it saw.
func (s *subject) dropControl() {
	s.control.once.Do(func() {}) // none begins from now on
	if s.control.done == nil {
		return
	}
	s.control.cancel()
	<-s.control.done
	s.control.outcome, s.control.done = boot.Outcome{}, nil
	var mistake *boot.PanicError
	if !errors.As(s.control.err, &mistake) {
		s.control.err = nil
	}
	s.controlled.Store(false)
}

// awaitControl waits until the control boot, if there is one, is over. One that failed beside the candidate is made again
// by itself: the two may have been in each other's way.
func (s *subject) awaitControl(ctx context.Context) {
	if s.control.done == nil {
		return
	}
	<-s.control.done
	s.control.cancel()
	if s.control.beside && s.control.err == nil && ctx.Err() == nil && finding.Of(s.judged(s.control.outcome)) != finding.Pass {
		s.bootBaseline(ctx)
	}
	s.control.beside = false // once is enough
	s.controlled.Store(false)
}

func joined(phase, detail string) string {
	if detail == "" {
		return phase
	}
	return phase + ": " + detail
}
