package gate

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/diagnose"
	"bootgate/gate/image"

	cerrdefs "github.com/containerd/errdefs"
)

// boot resolves an image and what it needs, brings them to the engine, and runs the boot test. It fills in who the
// image is as soon as that is known. Everything it made is gone when it returns, or left says why it is not.
func (c *checker) boot(ctx context.Context, i int, target Target, report *ImageReport) (outcome boot.Outcome, err, left error) {
	enter := func(phase Phase, detail string) { c.request.Progress.Enter(i, phase, detail) }
	enter(Resolving, target.Image)
	candidate, err := c.resolve(ctx, target.Image, c.request.KeepImages)
	if err != nil {
		return outcome, err, nil
	}
	identify(report, candidate)
	site := c.runner.NewSite(ctx, target.Spec)
	shelf := &shelf{checker: c, needed: target.Spec.Longest(), pulling: func(text string) { enter(Pulling, text) }}
	defer func() {
		enter(Removing, "")
		left = errors.Join(site.Close(ctx), shelf.clear(ctx))
	}()
	test := boot.Test{
		Spec: target.Spec, NewKeep: newKeep, Lookup: c.request.Lookup,
		Step: func(step boot.Step, detail string) { enter(Phase(step), detail) },
	}
	if test.Image, err = shelf.put(ctx, candidate); err != nil {
		return outcome, err, nil
	}
	if test.Needs, err = c.needs(ctx, target.Spec.Needs, shelf); err != nil {
		return outcome, err, nil
	}
	outcome, err = c.bootAt(ctx, site, test)
	if cerrdefs.IsNotFound(err) && ctx.Err() == nil && len(outcome.Boots) == 0 {
		// Another run that had brought the image took it away again before this one could use it.
		if test.Image, err = shelf.put(ctx, candidate); err == nil {
			outcome, err = c.bootAt(ctx, site, test)
		}
	}
	return outcome, usage(target.Name, err), nil
}

// bootAt runs the boot test, and notes what kind of engine it was where something went wrong: an observation is judged
// without one.
func (c *checker) bootAt(ctx context.Context, site *boot.Site, test boot.Test) (boot.Outcome, error) {
	outcome, err := site.Boot(ctx, test)
	for i, seen := range outcome.Boots {
		if seen.Ended != boot.EndedServed {
			outcome.Boots[i].EnginePlatform = c.enginePlatform(ctx)
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

// resolve finds an image. keep leaves it on the engine afterwards if it has to be pulled.
func (c *checker) resolve(ctx context.Context, arg string, keep bool) (*image.Candidate, error) {
	candidate, err := image.Resolve(ctx, arg, image.Options{Platform: c.request.Platform, Engine: c.engine, KeepPulled: keep})
	var wrong *image.ReferenceError
	if errors.As(err, &wrong) {
		return nil, &UsageError{Err: err, Advice: wrong.Remedy()}
	}
	return candidate, err
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

// usage marks errors of a boot test that are the user's: those that are neither the engine's nor the gate's nor an
// interruption.
func usage(name string, err error) error {
	var env *boot.EnvFileError
	if errors.As(err, &env) {
		return &UsageError{Err: named(name, err)}
	}
	return err
}

// shelf holds the images that one boot test brought to the engine.
type shelf struct {
	checker  *checker
	needed   time.Duration
	pulling  func(string)
	releases []func(context.Context) error
}

// put brings an image to the engine and returns it as something to boot.
func (s *shelf) put(ctx context.Context, candidate *image.Candidate) (boot.Image, error) {
	prepared, release, err := candidate.Prepare(ctx, s.checker.marker(s.needed), s.pulling)
	if release != nil {
		s.releases = append(s.releases, release)
	}
	if err != nil {
		return boot.Image{}, err
	}
	config := candidate.Config
	img := boot.Image{
		Ref: prepared.EngineRef, Platform: candidate.Platform, Env: config.Env, Entrypoint: config.Entrypoint, Cmd: config.Cmd,
		Ports: tcpPorts(config.ExposedPorts), StopSignal: config.StopSignal,
	}
	for _, b := range builder.Buildpacks(config.Labels) {
		img.Buildpacks = append(img.Buildpacks, boot.Buildpack{ID: b.ID, Version: b.Version})
	}
	if h := config.Healthcheck; h != nil {
		img.Healthcheck = &boot.Healthcheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
	}
	return img, nil
}

// clear takes the images away again, the last first. What the engine refuses is tried again: a verdict is not to be lost
// over an image that stays for a moment.
func (s *shelf) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearLimit)
	defer cancel()
	var errs []error
	for _, release := range slices.Backward(s.releases) {
		err := release(ctx)
		for try := 0; err != nil && try < clearTries && ctx.Err() == nil; try++ {
			select {
			case <-ctx.Done():
			case <-time.After(clearPause << try):
				err = release(ctx)
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Bounds on the removal of images: how long it may take in all, how often it is tried again, and the first of the
// pauses in between, which double.
const (
	clearLimit = time.Minute
	clearTries = 5
	clearPause = 50 * time.Millisecond
)

// tcpPorts reads "8080/tcp"; other protocols cannot be probed.
func tcpPorts(exposed []string) []int {
	var ports []int
	for _, e := range exposed {
		number, protocol, _ := strings.Cut(e, "/")
		if n, err := strconv.Atoi(number); err == nil && (protocol == "" || protocol == "tcp") {
			ports = append(ports, n)
		}
	}
	return ports
}

// identify writes down who the image is.
func identify(report *ImageReport, c *image.Candidate) {
	report.Ref, report.Source = c.Ref, string(c.Source)
	report.Digest, report.ChildDigest, report.ImageID, report.Platform = c.Digest, c.ChildDigest, c.ImageID, c.Platform
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
