package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// DiffRequest is which two images to compare.
type DiffRequest struct {
	// Old and New are the images as the user named them: references or paths, with or without a scheme.
	Old, New string
	// Platform is os/arch[/variant] for images that come in several; empty means one that both have.
	Platform string
	// Alike asks that nothing differs: any difference is a failure then.
	Alike bool
}

// Difference is the outcome of one run of `gate diff`.
type Difference struct {
	// Verdict is finding.Pass when both images could be read, unless they were asked to be alike.
	Verdict  finding.Verdict
	Old, New DiffSide
	// Changes say nothing when an image could not be read.
	Changes builder.Changes
}

// Read reports whether both images could be read.
func (d Difference) Read() bool { return len(d.Old.Findings)+len(d.New.Findings) == 0 }

// DiffSide is one of two images.
type DiffSide struct {
	// Name is what the command line called it.
	Name string
	Identity
	// Problems are labels that should be there and are not, or that cannot be read.
	Problems []builder.Problem
	// Findings say why it could not be read.
	Findings []finding.Finding
}

// Diff reads what is written on two images, side by side, and says what changed. connect reaches the engine, and is called
// only when an image may be there. That an image cannot be read is a finding; the error is a *UsageError, a
// *boot.PanicError or the cause with which ctx was cancelled.
func Diff(ctx context.Context, request DiffRequest, connect func(context.Context) (Engine, error)) (Difference, error) {
	l := &looker{connect: connect}
	d := Difference{Verdict: finding.Pass, Old: DiffSide{Name: request.Old}, New: DiffSide{Name: request.New}}
	old, new, err := l.both(ctx, request, &d)
	if ctx.Err() != nil {
		return d, context.Cause(ctx)
	}
	if err != nil {
		return d, err
	}
	d.Verdict = finding.Of(slices.Concat(d.Old.Findings, d.New.Findings))
	if !d.Read() {
		return d, nil
	}
	err = boot.Guarded(func() error {
		before, after := origins(old, new)
		d.Old.Problems, d.New.Problems = before.Origin.Problems, after.Origin.Problems
		d.Changes = builder.Compare(before, after)
		return nil
	})
	if request.Alike && d.Changes.Any() {
		d.Verdict = finding.Fail
	}
	return d, err
}

// both finds the two images at the same time.
func (l *looker) both(ctx context.Context, request DiffRequest, d *Difference) (old, new *image.Candidate, err error) {
	var wg sync.WaitGroup
	var errs [2]error
	find := func(i int, arg string, to **image.Candidate) {
		defer wg.Done()
		errs[i] = boot.Guarded(func() (err error) { *to, err = l.find(ctx, arg, request.Platform); return err })
	}
	wg.Add(2)
	go find(0, request.Old, &old)
	find(1, request.New, &new)
	wg.Wait()
	if old != nil && new != nil {
		old, new = l.align(ctx, old, new)
	}
	return old, new, errors.Join(d.Old.note(old, errs[0]), d.New.note(new, errs[1]))
}

// align takes another image of a multi-platform one, where the two that were found are for different platforms. A
// difference that stays is one of the images.
func (l *looker) align(ctx context.Context, old, new *image.Candidate) (*image.Candidate, *image.Candidate) {
	if old.Platform == new.Platform {
		return old, new
	}
	if new.ChildDigest != "" {
		if c, err := l.find(ctx, new.Name, old.Platform); err == nil && c.Digest == new.Digest {
			return old, c
		}
	}
	if old.ChildDigest != "" {
		if c, err := l.find(ctx, old.Name, new.Platform); err == nil && c.Digest == old.Digest {
			return c, new
		}
	}
	return old, new
}

// note writes down who an image is, or why it could not be read.
func (s *DiffSide) note(c *image.Candidate, err error) error {
	if found, ok := blame(err); ok {
		s.Findings = []finding.Finding{found}
		return nil
	}
	if err != nil {
		return err
	}
	s.Identity = identityOf(c)
	return nil
}

// compared says what changed from one image to another.
func compared(old, new *image.Candidate) builder.Changes { return builder.Compare(origins(old, new)) }

// origins reads what two images tell. Sizes count only where both are stored alike: an engine has its images
// uncompressed, and so have some archives.
func origins(old, new *image.Candidate) (before, after builder.Side) {
	before, after = sideOf(old), sideOf(new)
	if storage(old) == storage(new) {
		return before, after
	}
	for _, side := range []*builder.Side{&before, &after} {
		side.Size = 0
		side.Origin.Layers = slices.Clone(side.Origin.Layers)
		for i := range side.Origin.Layers {
			side.Origin.Layers[i].Size = 0
		}
	}
	return before, after
}

func sideOf(c *image.Candidate) builder.Side {
	config := c.Config
	side := builder.Side{
		Origin: builder.Read(c), Platform: c.Platform, Env: config.Env, Entrypoint: config.Entrypoint, Cmd: config.Cmd,
		User: config.User, WorkDir: config.WorkingDir, StopSignal: config.StopSignal, Ports: config.ExposedPorts,
		Labels: config.Labels, Size: c.Size,
	}
	if config.Healthcheck != nil {
		side.Healthcheck = config.Healthcheck.Test
	}
	return side
}

// storage says how the sizes of an image's layers were counted.
func storage(c *image.Candidate) string {
	if c.Source == image.FromEngine {
		return "engine"
	}
	for _, layer := range c.Record.Layers {
		if strings.HasSuffix(layer.MediaType, "gzip") || strings.HasSuffix(layer.MediaType, "zstd") {
			return "compressed"
		}
	}
	return "plain"
}
