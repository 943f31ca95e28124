package gate

import (
	"context"
	"errors"
	"time"

	"bootgate/gate/boot"
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
	// baseline is the image that is known to be good; nil when there is none, or none that can be compared.
	baseline *image.Candidate
	// remarks are findings about the images themselves, made before either is brought to the engine. They stand after
	// what the boots show.
	remarks []finding.Finding
}

func (s *subject) enter(phase Phase, detail string) {
	s.request.Progress.Enter(s.index, phase, detail)
}

// run finds the images and boots the candidate. Everything it made is gone when it returns, or left says why it is not.
func (s *subject) run(ctx context.Context) (outcome boot.Outcome, err, left error) {
	s.enter(Resolving, s.target.Image)
	if err := s.find(ctx); err != nil {
		return outcome, err, nil
	}
	return s.boot(ctx, s.candidate, s.enter)
}

// boot boots an image, as the target asks for it, at a place of its own. Everything it made is gone when it returns, or
// left says why it is not.
func (s *subject) boot(ctx context.Context, img *image.Candidate, enter func(Phase, string)) (outcome boot.Outcome, err, left error) {
	stand := s.newStand(ctx, s.target.Spec, enter)
	defer func() { left = stand.close(ctx) }()
	outcome, err = stand.boot(ctx, img)
	return outcome, usage(s.target.Name, err), nil
}

// settled returns findings with the remarks, and with what policy says of them, in the order of a report.
func (s *subject) settled(findings []finding.Finding, outcome boot.Outcome) []finding.Finding {
	findings = append(findings, s.remarks...)
	if s.request.Policy != nil {
		findings = s.request.Policy.Suppress.Apply(findings, s.target.Entry)
		findings = uncovered(findings, outcome)
	}
	return ordered(findings)
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
