package gate

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// contrasted returns the findings about the candidate with what the control boot makes of them. An error is one of the
// gate's own, or an interruption.
func (s *subject) contrasted(own []finding.Finding) ([]finding.Finding, error) {
	c := &s.control
	if c.err != nil {
		return s.uncontrolled(own, c.err)
	}
	if c.done == nil {
		return own, nil
	}
	seen := s.judged(c.outcome)
	boots := asBaseline(c.outcome.Boots)
	if c.round > 0 {
		seen, boots = inRound(c.round, seen), ofRound(c.round, boots)
	}
	result := &ControlBoot{Verdict: finding.Of(seen), Findings: ordered(seen), Boots: boots}
	s.report.Baseline.Control = result
	switch verdict := finding.Of(own); {
	case verdict == finding.Fail && result.Verdict == finding.Pass:
		return append([]finding.Finding{s.regression(decisive(own))}, own...), nil
	case verdict == finding.Fail:
		return append([]finding.Finding{s.hostCannotStart(decisive(own), result)}, asWarnings(own)...), nil
	case verdict == finding.Pass && result.Verdict != finding.Pass:
		f := finding.New("image-baseline", fmt.Sprintf(
			"The baseline %s fails under the conditions in which the image passes: %s", s.target.Baseline, decisive(seen).Message))
		f.Remedy = "Name an image as the baseline that is good under these conditions: this one cannot tell a broken image from a broken host."
		return append(own, f), nil
	}
	return own, nil
}

// uncontrolled says what it means that the control boot did not come to its end. When the reason is the baseline's, the
// candidate is judged as if there were none; when it is the engine's or the host's, nothing tells any more whether the
// candidate's failure is its own.
func (s *subject) uncontrolled(own []finding.Finding, err error) ([]finding.Finding, error) {
	found, blamed := blame(err)
	if !blamed {
		return nil, err
	}
	rule, _ := finding.Lookup(found.Rule)
	if !rule.Inconclusive || found.Rule == "host-registry" || finding.Of(own) != finding.Fail {
		f := finding.New("image-baseline", fmt.Sprintf("The baseline %s could not be booted to compare: %s", s.target.Baseline, found.Message))
		f.Remedy = found.Remedy
		return append(own, f), nil
	}
	found.Message = fmt.Sprintf("The image failed, and the control boot of its baseline %s was cut short: %s", s.target.Baseline, found.Message)
	return append([]finding.Finding{found}, asWarnings(own)...), nil
}

// asBaseline returns the observations of a control boot under the name of what was booted.
func asBaseline(boots []boot.Observation) []boot.Observation {
	named := slices.Clone(boots)
	for i := range named {
		if named[i].Role == boot.RoleCandidate {
			named[i].Role = RoleBaseline
		}
	}
	return named
}

// RoleBaseline is the role of the first container of a control boot.
const RoleBaseline = "baseline"

// decisive returns the first finding that counts: there is one where a verdict is not pass.
func decisive(findings []finding.Finding) finding.Finding {
	for _, f := range findings {
		if f.Counts() {
			return f
		}
	}
	return finding.Finding{}
}

// asWarnings takes the weight off findings that may be none of the image's fault.
func asWarnings(findings []finding.Finding) []finding.Finding {
	lighter := slices.Clone(findings)
	for i := range lighter {
		if lighter[i].Severity == finding.Error {
			lighter[i].Severity = finding.Warning
		}
	}
	return lighter
}

// hostCannotStart says that a baseline that is known to be good fails as well.
func (s *subject) hostCannotStart(lead finding.Finding, control *ControlBoot) finding.Finding {
	other := decisive(control.Findings)
	f := finding.New("host-cannot-start", fmt.Sprintf(
		"Neither the image nor its baseline %s, which is known to be good, comes up here. The image: %s The baseline: %s",
		s.target.Baseline, lead.Message, other.Message))
	if lead.Rule == other.Rule {
		f.Cause = "Both fail alike, so that this host, or what the two are given (limits, settings, network, needs), is the likeliest cause."
	} else {
		f.Cause = "They fail in different ways: the image may be broken, too, but a host on which a good image fails cannot tell."
	}
	f.Evidence = append(lastWords("candidate", s.report.Boots), lastWords(RoleBaseline, control.Boots)...)
	return f
}

// lastPrinted is how many of the last lines of each are quoted.
const lastPrinted = 5

// lastWords quotes the last that the container printed which ended badly, or the engine said of it; where none did, that
// of the first.
func lastWords(who string, boots []boot.Observation) []finding.Evidence {
	if len(boots) == 0 {
		return nil
	}
	seen := boots[max(0, slices.IndexFunc(boots, endedBadly))]
	if seen.StartError != "" {
		return []finding.Evidence{{Source: who + ", engine", Text: seen.StartError}}
	}
	var quoted []finding.Evidence
	for _, line := range seen.Output.Last(lastPrinted) {
		quoted = append(quoted, finding.Evidence{Source: who + ", " + line.Stream, Line: line.Number, Text: line.Text})
	}
	if len(quoted) > 0 {
		return quoted
	}
	for _, a := range seen.Awaited {
		quoted = append(quoted, finding.Evidence{Source: who + ", probe", Text: fmt.Sprintf("%s: expected %s; got %s", a.Probe, a.Expected, a.Actual)})
	}
	return quoted
}

// endedBadly reports whether a container did not end as it was to.
func endedBadly(seen boot.Observation) bool {
	alone := boot.Outcome{Boots: []boot.Observation{seen}}
	if alone.Served() || seen.Ended == boot.EndedServed {
		return false
	}
	return !strings.HasPrefix(seen.Role, boot.RoleNeed) || seen.Exit == nil || seen.Exit.Code != 0
}
