package gate

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// subject is one target while it is checked.
type subject struct {
	*checker
	index  int
	target Target
	report *ImageReport
	// candidate is the image under test; nil until it was found.
	candidate *image.Candidate
	// origin is what the candidate tells of how it was made, once it has been examined.
	origin   builder.Origin
	examined bool
	// baseline is the image that is known to be good; nil when there is none, or none that can be compared.
	baseline *image.Candidate
	// same is set when the baseline is the candidate itself.
	same bool
	// remarks are findings about the images themselves, made before either is brought to the engine. They stand after
	// what the boots show.
	remarks []finding.Finding
	// own are the findings about the candidate's own boot, as policy wants them.
	own []finding.Finding

	control control
	rounds  rounds
	// controlled is set while the control boot is what people wait for.
	controlled atomic.Bool
}

// enter tells what happens to the candidate.
func (s *subject) enter(phase Phase, detail string) {
	if !s.controlled.Load() {
		s.request.Progress.Enter(s.index, phase, detail)
	}
}

// trial is how the boot of an image went.
type trial struct {
	outcome boot.Outcome
	// err says why it did not come to its end; left, what of it could not be removed.
	err, left error
}

// run finds the images and boots the candidate, and the baseline where that is called for. Everything that was made is
// gone when it returns, or the trial says why it is not.
func (s *subject) run(ctx context.Context) trial {
	s.enter(Resolving, s.target.Image)
	if err := s.find(ctx); err != nil {
		return trial{err: err}
	}
	if fails, err := s.examine(ctx); fails || err != nil {
		return trial{err: err}
	}
	t := s.bootCandidate(ctx)
	s.bootForComparison(ctx, t)
	return s.further(ctx, t)
}

// bootCandidate boots the candidate. The control boot, if there is one, is over when it returns.
func (s *subject) bootCandidate(ctx context.Context) (t trial) {
	stand := s.newStand(ctx, s.target.Spec, s.enter)
	classes, forget := s.examineClasses(ctx)
	stand.admit = classes
	decided := false
	defer func() {
		forget()
		if !decided {
			s.dropControl()
		}
		t.left = stand.close(ctx)
		s.awaitControl(ctx)
	}()
	t.outcome, t.err = stand.boot(ctx, s.candidate, func() { s.candidateFailed(ctx) })
	t.err = usage(s.target.Name, t.err)
	if s.report.NotBooted != "" {
		return t
	}
	s.own = s.judged(t.outcome)
	if t.err == nil && finding.Of(s.own) == finding.Pass {
		s.hold(ctx, s.candidate)
	}
	s.decideControl(ctx, t)
	decided = true
	return t
}

// boot boots an image under spec, at a place of its own. Everything it made is gone when it returns, or left says why it
// is not.
func (s *subject) boot(ctx context.Context, spec boot.Spec, img *image.Candidate, enter func(Phase, string)) (outcome boot.Outcome, err, left error) {
	stand := s.newStand(ctx, spec, enter)
	defer func() { left = stand.close(ctx) }()
	outcome, err = stand.boot(ctx, img, nil)
	if err == nil && len(s.rounds.pairs) == 0 {
		s.hold(ctx, img)
	}
	return outcome, usage(s.target.Name, err), nil
}

// judged returns what the judges say of a boot, as policy wants it.
func (s *subject) judged(outcome boot.Outcome) []finding.Finding {
	findings := s.heeded(boot.Judge(outcome, explainer(s.request.Policy)))
	if s.request.Policy == nil {
		return findings
	}
	return uncovered(findings, outcome)
}

// heeded returns findings with those marked that policy suppresses.
func (s *subject) heeded(findings []finding.Finding) []finding.Finding {
	if s.request.Policy == nil {
		return findings
	}
	return s.request.Policy.Suppress.Apply(findings, s.target.Entry)
}

// resolve finds an image. keep leaves it on the engine afterwards if it has to be pulled.
func (c *checker) resolve(ctx context.Context, arg string, keep bool) (*image.Candidate, error) {
	candidate, err := image.Resolve(ctx, arg, image.Options{Platform: c.request.Platform, Engine: c.engine, KeepPulled: keep})
	var wrong *image.ReferenceError
	if errors.As(err, &wrong) {
		return nil, &UsageError{Err: err, Advice: wrong.Remedy()}
	}
	return candidate, err
}

// usage marks errors of a boot test that are the user's: those that are neither the engine's nor the gate's nor an
// interruption.
func usage(name string, err error) error {
	var env *boot.EnvFileError
	if errors.As(err, &env) {
		return &UsageError{Err: named(name, err)}
	}
	return err
}

// platformLimit bounds the question for the engine's platform, without which an explanation is a little poorer.
const platformLimit = 5 * time.Second

// enginePlatform asks the engine once; empty when it does not say.
func (c *checker) enginePlatform(ctx context.Context) string {
	c.platformOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), platformLimit)
		defer cancel()
		if v, err := c.engine.ServerVersion(ctx); err == nil {
			c.platform = v.Os + "/" + v.Arch
		}
	})
	return c.platform
}
