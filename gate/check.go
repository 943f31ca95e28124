package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
	"bootgate/gate/policy"

	"github.com/docker/docker/api/types"
)

// Engine is what a check needs of a container engine. *client.Client of the Docker library is one.
type Engine interface {
	boot.Engine
	image.Engine
	ServerVersion(ctx context.Context) (types.Version, error)
}

// Target is one image to check, and what is asked of it.
type Target struct {
	// Name is what the report calls it. The names of a request differ.
	Name string
	// Entry is the name of the image's entry in gate.yaml; empty when it has none.
	Entry string
	// Image is the image as the user named it: a reference, or a path, with or without a scheme.
	Image string
	Spec  boot.Spec
	// Baseline is the image that is known to be good, named like Image; empty when there is none.
	Baseline string
	// Control says when the baseline is booted; empty means policy.ControlOnFailure.
	Control policy.Control
}

// Request is what to check, and how.
type Request struct {
	// Targets are checked side by side; the report has them in this order.
	Targets []Target
	// Policy gives the suppressions; nil has none.
	Policy *policy.Policy
	// Platform is os/arch[/variant] for images that come in several; empty means the engine's own.
	Platform string
	// Parallel is how many images are checked at the same time; less than 1 means 1.
	Parallel int
	// Via says how containers are reached; empty means boot.ReachAuto.
	Via boot.Reach
	// KeepImages leaves images on the engine that the check had to bring there.
	KeepImages bool
	// Progress is told what happens; nil tells nobody.
	Progress Progress
	// Lookup finds variables in the gate's own environment; nil finds those of the process.
	Lookup func(name string) (string, bool)
}

// UsageError is a mistake in the command line or gate.yaml that only shows when the images are looked at.
type UsageError struct {
	Err error
	// Advice says what to write instead, as a sentence; empty when Err says it.
	Advice string
}

func (e *UsageError) Error() string {
	if e.Advice == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + ". " + e.Advice
}

func (e *UsageError) Unwrap() error { return e.Err }

// checker is one run of Check.
type checker struct {
	request Request
	engine  Engine
	lease   *boot.Lease
	runner  *boot.Runner
	report  Report
	// origins is what each image tells of how it was made; nil for one that was not read.
	origins []*builder.Origin
	marks   int
	dirty   bool // something went wrong, so that something may be left
	// reserved is the memory that control boots take, or are about to.
	reserved int64
	mu       sync.Mutex

	platformOnce sync.Once
	platform     string // the engine's own; empty until asked for
}

// Check checks all targets of the request. connect reaches the engine; that it cannot is a finding like any other.
//
// The report is complete when the error is nil. A *UsageError means that nothing was decided because the request is
// wrong; a *boot.PanicError is a mistake in the gate; otherwise the error is the cause with which ctx was cancelled.
// Everything that was made is removed before Check returns, whatever happens.
func Check(ctx context.Context, request Request, connect func(context.Context) (Engine, error)) (Report, error) {
	begun := time.Now()
	c := &checker{request: request, report: Report{Images: make([]ImageReport, len(request.Targets))}, origins: make([]*builder.Origin, len(request.Targets))}
	if c.request.Progress == nil {
		c.request.Progress = silent{}
	}
	if c.request.Lookup == nil {
		c.request.Lookup = boot.Environ
	}
	err := boot.Guarded(func() error { return c.run(ctx, connect) })
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	c.report.Verdict = finding.Pass
	for _, img := range c.report.Images {
		c.report.Verdict = finding.Worse(c.report.Verdict, img.Verdict)
	}
	c.report.Duration = time.Since(begun)
	return c.report, err
}

func (c *checker) run(ctx context.Context, connect func(context.Context) (Engine, error)) error {
	for i, t := range c.request.Targets {
		c.report.Images[i] = ImageReport{Name: t.Name, Ref: t.Image, Verdict: finding.Inconclusive}
		c.request.Progress.Enter(i, Queued, "")
	}
	engine, err := connect(ctx)
	if err == nil {
		c.engine = engine
		err = c.open(ctx)
	}
	if err != nil {
		return c.allBlame(err)
	}
	sweeping := make(chan struct{})
	go func() {
		defer close(sweeping)
		// What a sweep cannot do now the next one may: a check does not fail for it.
		_ = boot.Guarded(func() error { _, err := boot.Sweep(ctx, engine); return err })
	}()
	go c.enginePlatform(ctx) // needed only to explain a death, and then at once
	err = c.all(ctx)
	c.noteUnmet()
	<-sweeping
	return errors.Join(err, c.close(ctx))
}

// open takes a lease and starts the runner.
func (c *checker) open(ctx context.Context) error {
	lease, err := boot.NewLease()
	if err != nil {
		return err
	}
	c.lease = lease
	c.runner, err = boot.NewRunner(ctx, c.engine, lease, c.request.Via)
	if err != nil {
		return errors.Join(err, lease.Release())
	}
	return nil
}

// close gives everything back. The lease goes last: until then nobody else sweeps what is left.
func (c *checker) close(ctx context.Context) error {
	err := c.runner.Close(ctx)
	if c.dirty {
		_, sweepErr := c.lease.SweepOwn(context.WithoutCancel(ctx), c.engine)
		err = errors.Join(err, sweepErr)
	}
	_ = c.lease.Release() // a lock file that stays is empty and of no consequence
	return err
}

// allBlame reports an error that stands in the way of every image.
func (c *checker) allBlame(err error) error {
	found, ok := blame(err)
	if !ok {
		return err
	}
	for i := range c.report.Images {
		c.report.Images[i].Findings = []finding.Finding{found}
		c.request.Progress.Finish(i, c.report.Images[i])
	}
	return nil
}

// all checks the targets, so many at a time as was asked.
func (c *checker) all(ctx context.Context) error {
	slots := make(chan struct{}, max(1, c.request.Parallel))
	var wg sync.WaitGroup
	var errs []error
	for i := range c.request.Targets {
		wg.Add(1)
		go func() {
			defer wg.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			err := boot.Guarded(func() error { return c.one(ctx, i) })
			c.mu.Lock()
			defer c.mu.Unlock()
			c.dirty = c.dirty || err != nil
			errs = append(errs, err)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// one checks the i-th target and writes its report.
func (c *checker) one(ctx context.Context, i int) error {
	begun := time.Now()
	s := &subject{checker: c, index: i, target: c.request.Targets[i], report: &c.report.Images[i]}
	t := s.run(ctx)
	if s.examined {
		c.origins[i] = &s.origin
	}
	s.report.Boots = t.outcome.Boots
	c.mu.Lock()
	c.dirty = c.dirty || t.err != nil || t.left != nil || s.control.err != nil || s.control.left != nil || s.rounds.left != nil
	c.mu.Unlock()
	findings, err := s.findings(t)
	if err != nil {
		return err
	}
	s.report.Findings = findings
	s.report.Verdict = finding.Of(findings)
	s.report.Duration = time.Since(begun)
	c.request.Progress.Finish(i, *s.report)
	return nil
}

// findings puts together what is to be said of the image, in the order of a report. An error is none about the image,
// the engine or a registry.
func (s *subject) findings(t trial) ([]finding.Finding, error) {
	findings := s.own
	cut, blamed := blame(t.err)
	switch {
	case blamed:
		findings = []finding.Finding{cut} // what was seen until then was cut short and decides nothing
		if s.request.Policy != nil {
			findings = uncovered(s.heeded(findings), t.outcome)
		}
	case t.err != nil:
		return nil, t.err
	}
	findings, err := s.contrasted(findings)
	if err != nil {
		return nil, err
	}
	if len(t.outcome.Boots) > 0 {
		findings = append(findings, s.compared(findings)...)
	}
	for _, left := range []error{t.left, s.control.left, s.rounds.left} {
		if found, ok := blame(left); ok && !blamed {
			findings = append(findings, found)
		}
	}
	return ordered(s.heeded(append(findings, s.remarks...))), nil
}

// uncovered adds what remains to be said when every explanation of a failure is suppressed: to set aside why a container
// died is not to say that it may die.
func uncovered(findings []finding.Finding, outcome boot.Outcome) []finding.Finding {
	if finding.Of(findings) != finding.Pass || outcome.Served() {
		return findings
	}
	for _, f := range findings {
		if f.Suppressed != nil && finding.Family(f.Rule) == "boot" {
			return findings // the failure itself was set aside
		}
	}
	f := finding.New("boot-exit", "The container did not do what was asked of it; the finding that says why is suppressed.")
	f.Remedy = "Suppress boot-exit as well if the image may go on all the same."
	return append([]finding.Finding{f}, findings...)
}

// ordered puts errors first, notes after warnings and suppressed findings last, and leaves the rest as the judges had them.
func ordered(findings []finding.Finding) []finding.Finding {
	var live, suppressed []finding.Finding
	for _, f := range findings {
		if f.Suppressed != nil {
			suppressed = append(suppressed, f)
		} else {
			live = append(live, f)
		}
	}
	slices.SortStableFunc(live, finding.Compare)
	return append(live, suppressed...)
}

// marker returns a fresh reference for an image that is brought to the engine and needed for at most the given time.
func (c *checker) marker(needed time.Duration) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks++
	return c.lease.Marker(c.marks, needed)
}

// silent is a Progress that tells nobody.
type silent struct{}

func (silent) Enter(int, Phase, string) {}
func (silent) Finish(int, ImageReport)  {}

// named returns err with the name of the image it is about.
func named(name string, err error) error { return fmt.Errorf("%s: %w", name, err) }
