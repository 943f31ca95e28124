package gate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// find resolves the candidate and the baseline side by side, and writes down who they are. An error is about the
// candidate, or about how the request is written: that a baseline cannot be had is a remark, and the candidate is judged
// without it.
func (s *subject) find(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var baseline *image.Candidate
	var baselineErr error
	var wg sync.WaitGroup
	if s.target.Baseline != "" {
		wg.Go(func() {
			baselineErr = boot.Guarded(func() (err error) {
				baseline, err = s.resolve(ctx, s.target.Baseline, s.request.KeepImages)
				return err
			})
		})
	}
	candidate, err := s.resolve(ctx, s.target.Image, s.request.KeepImages)
	if err != nil {
		cancel() // nothing is compared with an image that is not there
		wg.Wait()
		return err
	}
	wg.Wait()
	s.candidate = candidate
	identify(s.report, candidate)
	if s.target.Baseline == "" {
		return nil
	}
	return s.takeBaseline(ctx, baseline, baselineErr)
}

// takeBaseline notes the baseline, or why it cannot be had.
func (s *subject) takeBaseline(ctx context.Context, baseline *image.Candidate, err error) error {
	found, blamed := blame(err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && !blamed:
		return s.wrongBaseline(err)
	case err != nil:
		f := finding.New("image-baseline", "There is nothing to compare the image with: the baseline cannot be had: "+found.Message)
		f.Remedy = found.Remedy
		s.remarks = append(s.remarks, f)
		return nil
	case !samePlatform(baseline.Platform, s.candidate.Platform):
		s.remarks = append(s.remarks, finding.New("image-baseline", fmt.Sprintf(
			"There is nothing to compare the image with: the baseline is for %s, the image for %s.", baseline.Platform, s.candidate.Platform)))
		return nil
	}
	if old, new := builder.Read(baseline).Kind(), builder.Read(s.candidate).Kind(); !old.Comparable(new) {
		f := finding.New("image-baseline", fmt.Sprintf("There is nothing to compare the image with: the baseline %s is %s, the image %s.", s.target.Baseline, old, new))
		f.Remedy = "Name the image that ran before this one; `gate diff OLD NEW` says what changed from one builder to another."
		s.remarks = append(s.remarks, f)
		return nil
	}
	s.baseline, s.same = baseline, sameImage(baseline, s.candidate)
	if s.same {
		f := finding.New("image-baseline", "The baseline is the image itself: there is nothing to compare it with.")
		f.Severity = finding.Note
		f.Remedy = "Nothing need be done where this image is the one that runs already; else name the one that ran before it."
		s.remarks = append(s.remarks, f)
	}
	s.report.Baseline = &Baseline{Name: s.target.Baseline, Identity: identityOf(baseline)}
	s.compareBaseline()
	return nil
}

// wrongBaseline says of a mistake in the request that it is about the baseline.
func (s *subject) wrongBaseline(err error) error {
	var wrong *UsageError
	if errors.As(err, &wrong) {
		return &UsageError{Err: fmt.Errorf("the baseline of %s: %w", s.target.Name, wrong.Err), Advice: wrong.Advice}
	}
	return err
}

// samePlatform compares two os/arch[/variant]; a variant that only one of them names is no difference.
func samePlatform(a, b string) bool {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(one), len(other)) {
		if one[i] != other[i] {
			return false
		}
	}
	return true
}

// sameImage reports whether two images are one, wherever they were found: an engine may call an image by its manifest's
// digest, or by that of its configuration.
func sameImage(a, b *image.Candidate) bool {
	for _, one := range []string{a.ImageID, a.ChildDigest, a.Digest} {
		if one != "" && slices.Contains([]string{b.ImageID, b.ChildDigest, b.Digest}, one) {
			return true
		}
	}
	return false
}

// identify writes down who the candidate is.
func identify(report *ImageReport, c *image.Candidate) {
	who := identityOf(c)
	report.Ref, report.Source = who.Ref, who.Source
	report.Digest, report.ChildDigest, report.ImageID, report.Platform = who.Digest, who.ChildDigest, who.ImageID, who.Platform
}

func identityOf(c *image.Candidate) Identity {
	return Identity{
		Ref: c.Ref, Source: string(c.Source), Digest: c.Digest, ChildDigest: c.ChildDigest, ImageID: c.ImageID, Platform: c.Platform,
	}
}
