package gate

import (
	"context"
	"errors"

	"bootgate/gate/boot"
	"bootgate/gate/diagnose"
	"bootgate/gate/image"

	cerrdefs "github.com/containerd/errdefs"
)

// stand is where images are booted under one set of conditions: a site of its own, and the images that were brought to
// the engine for it.
type stand struct {
	checker *checker
	spec    boot.Spec
	enter   func(Phase, string)
	site    *boot.Site
	shelf   *shelf
	// admit is asked when all is on the engine, and before anything is started; nil lets everything through.
	admit func() (bool, error)
}

// newStand begins to make a place for a boot under spec. enter is told what happens. close must be called on every way
// out.
func (c *checker) newStand(ctx context.Context, spec boot.Spec, enter func(Phase, string)) *stand {
	return &stand{
		checker: c, spec: spec, enter: enter, site: c.runner.NewSite(ctx, spec),
		shelf: &shelf{checker: c, needed: spec.Longest(), pulling: func(text string) { enter(Pulling, text) }},
	}
}

// close removes everything that was made; the error says what is left. It works when ctx is cancelled, too.
func (s *stand) close(ctx context.Context) error {
	s.enter(Removing, "")
	return errors.Join(s.site.Close(ctx), s.shelf.clear(ctx))
}

// boot brings an image and what it needs to the engine, and runs the boot test, unless it is not admitted. failed is told when the image has failed;
// it may be nil.
func (s *stand) boot(ctx context.Context, img *image.Candidate, failed func()) (outcome boot.Outcome, err error) {
	test := boot.Test{
		Spec: s.spec, NewKeep: newKeep, Lookup: s.checker.request.Lookup, Failed: failed,
		Step: func(step boot.Step, detail string) { s.enter(Phase(step), detail) },
	}
	if test.Image, err = s.shelf.put(ctx, img); err != nil {
		return outcome, err
	}
	if test.Needs, err = s.checker.needs(ctx, s.spec.Needs, s.shelf); err != nil {
		return outcome, err
	}
	if s.admit != nil {
		if ok, err := s.admit(); !ok {
			return outcome, err
		}
	}
	outcome, err = s.bootTest(ctx, test)
	if cerrdefs.IsNotFound(err) && ctx.Err() == nil && len(outcome.Boots) == 0 {
		// Another run that had brought the image took it away again before this one could use it.
		if test.Image, err = s.shelf.put(ctx, img); err == nil {
			outcome, err = s.bootTest(ctx, test)
		}
	}
	return outcome, err
}

// bootTest runs the boot test, and notes what kind of engine it was where something went wrong: an observation is judged
// without one.
func (s *stand) bootTest(ctx context.Context, test boot.Test) (boot.Outcome, error) {
	outcome, err := s.site.Boot(ctx, test)
	for i, seen := range outcome.Boots {
		if seen.Ended != boot.EndedServed {
			outcome.Boots[i].EnginePlatform = s.checker.enginePlatform(ctx)
		}
	}
	return outcome, err
}

// newKeep says which lines of a stream the judges have a use for.
func newKeep() func([]byte) boot.Worth {
	var k diagnose.Keeper
	return func(line []byte) boot.Worth {
		switch {
		case !k.Keep(line):
			return boot.Worthless
		case k.Common():
			return boot.Common
		}
		return boot.Rare
	}
}

// needs resolves and brings the images a candidate needs. What is wrong with them says nothing about the candidate.
// They stay on the engine: unlike candidates they are the same ones every time.
func (c *checker) needs(ctx context.Context, needs []boot.Need, shelf *shelf) ([]boot.Image, error) {
	var images []boot.Image
	for _, need := range needs {
		candidate, err := c.resolve(ctx, need.Image, true)
		if err == nil {
			var img boot.Image
			img, err = shelf.put(ctx, candidate)
			images = append(images, img)
		}
		if err != nil {
			return nil, &needError{name: need.Name, err: err}
		}
	}
	return images, nil
}

// needError says that something the candidate needs cannot be had.
type needError struct {
	name string
	err  error
}

func (e *needError) Error() string {
	return "getting " + e.name + ", which the image needs: " + e.err.Error()
}
func (e *needError) Unwrap() error { return e.err }
