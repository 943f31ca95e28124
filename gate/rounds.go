package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
	"bootgate/gate/image"
	"bootgate/gate/policy"
)

// rounds are the boots of the candidate and its baseline that are compared.
type rounds struct {
	mu sync.Mutex // guards held and what is on it
	// pairs are all that were made, the first boot of each among them; none when nothing is compared.
	pairs []boot.Pair
	// held keeps both images on the engine until the last round is over; nil when nothing has to be held.
	held *shelf
	// holding guards held: a control boot may begin while the candidate's is not over.
	holding sync.Mutex
	// trouble says why nothing is compared.
	trouble []finding.Finding
	// left says what could not be removed.
	left error
}

// compares reports whether the boot of the candidate is to be compared with one of the baseline.
func (s *subject) compares() bool { return s.target.Spec.Compares() && s.possible() }

// comparable reports whether the trial of the candidate went so well that it is compared with the baseline.
func (s *subject) comparable(t trial) bool {
	return s.compares() && t.err == nil && t.outcome.Served() && finding.Of(s.own) == finding.Pass
}

// bootForComparison boots the baseline as the first to compare the candidate with. Nothing of the candidate's own boot runs
// any more by then, and neither is removed while the other starts.
func (s *subject) bootForComparison(ctx context.Context, t trial) {
	if s.comparable(t) {
		s.beginControl(ctx, func() {})
		s.awaitControl(ctx)
	}
}

// hold keeps an image on the engine that has more than one boot before it. Each boot brings and releases it by itself, too:
// what cannot be held only costs time.
func (s *subject) hold(ctx context.Context, img *image.Candidate) {
	if s.target.Spec.Rounds < 2 || !s.compares() {
		return
	}
	s.rounds.mu.Lock()
	defer s.rounds.mu.Unlock()
	s.rounds.holding.Lock()
	defer s.rounds.holding.Unlock()
	if s.rounds.held == nil {
		boots := 2 * time.Duration(s.target.Spec.Rounds)
		s.rounds.held = &shelf{checker: s.checker, needed: boots * s.target.Spec.Longest()}
	}
	_, _ = s.rounds.held.put(ctx, img)
}

// further boots candidate and baseline in turns, when both have come up once and more rounds are asked for. It returns
// the trial of the candidate with what went wrong: an image that fails in any of its boots fails.
func (s *subject) further(ctx context.Context, t trial) trial {
	if s.rounds.held != nil {
		defer func() { s.rounds.left = errors.Join(s.rounds.left, s.rounds.held.clear(ctx)) }()
	}
	if !s.comparable(t) || s.control.done == nil || s.control.err != nil || finding.Of(s.judged(s.control.outcome)) != finding.Pass {
		return t
	}
	s.rounds.pairs = []boot.Pair{{Candidate: t.outcome, Baseline: s.control.outcome}}
	for number := 2; number <= s.target.Spec.Rounds; number++ {
		pair, ok := s.round(ctx, number, &t)
		if !ok {
			s.rounds.pairs = nil
			break
		}
		s.rounds.pairs = append(s.rounds.pairs, pair)
	}
	return t
}

// round boots both once more. It returns false when that ends the comparison: the candidate failed, which fails its trial,
// or something else did.
func (s *subject) round(ctx context.Context, number int, t *trial) (boot.Pair, bool) {
	candidate := s.again(ctx, number, boot.RoleCandidate, s.candidate)
	if candidate.err != nil {
		t.err = s.cutShort(number, candidate.err)
		return boot.Pair{}, false
	}
	if found := s.judged(candidate.outcome); finding.Of(found) != finding.Pass {
		s.own = append(s.own, inRound(number, found)...)
		t.outcome.Boots = append(t.outcome.Boots, ofRound(number, candidate.outcome.Boots)...)
		if finding.Of(found) == finding.Fail { // where the gate could not tell, there is nobody to blame
			s.controlRound(ctx, number)
		}
		return boot.Pair{}, false
	}
	baseline := s.again(ctx, number, RoleBaseline, s.baseline)
	if baseline.err != nil {
		t.err = s.cutShort(number, baseline.err)
		return boot.Pair{}, false
	}
	if found := s.judged(baseline.outcome); finding.Of(found) != finding.Pass {
		s.incomparable("in round %d it failed: %s", number, decisive(found).Message)
		return boot.Pair{}, false
	}
	return boot.Pair{Candidate: candidate.outcome, Baseline: baseline.outcome}, true
}

// controlRound makes the control boot anew, for a candidate that failed in a round: an earlier boot of the baseline says
// nothing about a host that may have broken since.
func (s *subject) controlRound(ctx context.Context, number int) {
	t := s.again(ctx, number, RoleBaseline, s.baseline)
	s.control.outcome, s.control.err, s.control.round = t.outcome, t.err, number
}

// again boots an image for a round. The ways to start a second time are left out: they come after what is compared.
func (s *subject) again(ctx context.Context, number int, who string, img *image.Candidate) trial {
	spec := s.target.Spec
	spec.Restart, spec.SecondStart, spec.Once = false, false, boot.Pattern{}
	var t trial
	t.outcome, t.err, t.left = s.boot(ctx, spec, img, func(phase Phase, detail string) {
		if phase != Removing {
			s.enter(Comparing, fmt.Sprintf("round %d of %d, %s: %s", number, spec.Rounds, who, joined(string(phase), detail)))
		}
	})
	s.rounds.left = errors.Join(s.rounds.left, t.left)
	return t
}

// cutShort takes note of a round that did not come to its end. An error that is nobody's fault but the gate's, or an
// interruption, is returned.
func (s *subject) cutShort(number int, err error) error {
	cut, blamed := blame(err)
	if !blamed {
		return err
	}
	s.incomparable("round %d was cut short: %s", number, cut.Message)
	return nil
}

// incomparable notes why nothing is compared.
func (s *subject) incomparable(format string, args ...any) {
	s.rounds.trouble = append(s.rounds.trouble, boot.Incomparable(fmt.Sprintf(format, args...)))
}

// compared returns what the comparison with the baseline shows, or why there is none; own are the findings about the
// candidate.
func (s *subject) compared(own []finding.Finding) []finding.Finding {
	always := s.target.Control == policy.ControlAlways && s.target.Baseline == ""
	if !s.target.Spec.Compares() && !always || finding.Of(own) != finding.Pass {
		return nil
	}
	if len(s.rounds.pairs) == 0 {
		if len(s.rounds.trouble) == 0 {
			s.sayIncomparable()
		}
		return s.rounds.trouble
	}
	comparison, findings := boot.Compare(s.rounds.pairs, s.target.Spec)
	if comparison.Rounds > 0 {
		s.report.Comparison = &comparison
	}
	return findings
}

// sayIncomparable notes why the baseline was not booted to compare, or to what that came. What is wrong with it is said
// elsewhere.
func (s *subject) sayIncomparable() {
	switch {
	case s.target.Baseline == "":
		s.incomparable("no baseline is known")
	case s.baseline == nil:
		s.incomparable("it cannot be had")
	case s.same:
		return // a note about the baseline says so
	case s.target.Control == policy.ControlNever:
		s.incomparable("the control boot is switched off")
		s.rounds.trouble[0].Remedy = "Let the baseline be booted (--control on-failure), or ask for no comparison."
	case s.control.err != nil:
		s.incomparable("it could not be booted")
	default:
		s.incomparable("it did not do in its own boot what was asked of it")
	}
}

// inRound says of findings in which round they were made.
func inRound(number int, found []finding.Finding) []finding.Finding {
	for i := range found {
		found[i].Message = fmt.Sprintf("In round %d: %s", number, found[i].Message)
	}
	return found
}

// ofRound says of observations in which round they were made.
func ofRound(number int, boots []boot.Observation) []boot.Observation {
	for i := range boots {
		boots[i].Role = fmt.Sprintf("%s of round %d", boots[i].Role, number)
	}
	return boots
}
