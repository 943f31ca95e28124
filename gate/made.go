package gate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// examine judges the candidate by what it tells of how it was made: from its manifest and configuration, and the statement
// on its build where its index names one, before anything of it is pulled. It reports whether the candidate fails for that.
func (s *subject) examine(ctx context.Context) (fails bool, err error) {
	var rules builder.Rules
	if s.request.Policy != nil {
		rules = s.request.Policy.Builder
	}
	s.origin = builder.Read(s.candidate)
	s.examined = true
	if s.origin.App != nil { // of others nobody asks for the builder
		if s.origin, err = withProvenance(ctx, s.origin, s.candidate); err != nil {
			return false, err
		}
	}
	return s.remark(rules.Judge(s.origin, s.candidate.Ref)), nil
}

// withProvenance adds what the statement on how an image was built tells, where its index names one. What cannot be read in
// it is said beside what the labels tell, and so is that it is not there: copies often leave it behind, and an image that
// nothing states the builder of is judged by its labels.
func withProvenance(ctx context.Context, o builder.Origin, c *image.Candidate) (builder.Origin, error) {
	if o.Provenance == nil {
		return o, nil
	}
	statements, err := c.ReadAttestations(ctx)
	var missing *image.NotFoundError
	var invalid *image.InvalidError
	switch {
	case errors.As(err, &missing):
		return o.WithoutProvenance("is not where the image is"), nil
	case errors.As(err, &invalid):
		return o.WithoutProvenance("cannot be used: " + invalid.Reason), nil
	case err != nil:
		return o, err
	}
	return o.WithProvenance(statements), nil
}

// classesLimit is how many bytes of layers are read to find out which Java the application's classes need, as they are
// stored. A layer beyond it is not looked at.
const classesLimit = 64 << 20

// classesPatience is how long the start of an image waits for that, once all is on the engine. Reading the layers mostly
// takes no longer than pulling them; a registry that keeps the gate waiting must not keep the boot, which tells as much.
const classesPatience = 20 * time.Second

// examineClasses begins to look whether the application's classes need a newer JVM than the image has, beside the pull of
// the image. admit waits for the answer, and reports whether the image may be started; forget ends the search, and must be
// called.
//
// Nothing is read of an image that tells of no JVM, nor of one that only the engine has: an engine gives out images as a
// whole, 80 MB in 0.7 s, which is longer than most take to start, and the death itself tells as much. For the same reason nothing
// becomes of layers that cannot be read here.
func (s *subject) examineClasses(ctx context.Context) (admit func() (bool, error), forget func()) {
	if s.origin.JVM == nil || s.origin.JVM.Release == 0 || s.candidate.Source == image.FromEngine {
		return nil, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var found []finding.Finding
	var err error
	go func() {
		defer close(done)
		err = boot.Guarded(func() error {
			contents, err := builder.DeepApplication(ctx, s.candidate, s.origin, classesLimit)
			if err == nil {
				found = builder.JudgeClasses(s.origin.WithContents(contents, s.candidate.Config.Env), s.candidate.Ref)
			}
			return err
		})
	}()
	admit = func() (bool, error) {
		select {
		case <-done:
		case <-time.After(classesPatience):
			cancel()
			<-done
		}
		var mistake *boot.PanicError
		if errors.As(err, &mistake) {
			return false, err
		}
		return !s.remark(found), nil
	}
	return admit, func() { cancel(); <-done }
}

// remark notes findings about the candidate, and reports whether it fails for them: then it is not booted, and the report
// says why. What is suppressed is noted, too.
func (s *subject) remark(findings []finding.Finding) (fails bool) {
	s.remarks = append(s.remarks, findings...)
	var rules []string
	for _, f := range s.heeded(findings) {
		if f.Counts() && !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	if len(rules) == 0 {
		return false
	}
	s.report.NotBooted = "it fails for " + strings.Join(rules, " and ") + " before it is started"
	return true
}
