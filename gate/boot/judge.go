package boot

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"bootgate/gate/finding"
)

// Explainer knows why processes die. It is given to Judge by who knows both rooms; its zero value explains nothing.
type Explainer struct {
	// Death returns findings that explain how a container ended, the root cause first, or none.
	Death func(Observation) []finding.Finding
	// Exit says in words how a process with this exit code ended, as the predicate of a sentence ("was killed by
	// SIGSEGV (139)"), and what that usually means, which may be empty.
	Exit func(e Exit) (what, meaning string)
	// Headline returns what a process that nothing explains said last of its own end, such as the exception it died of:
	// one line without a full stop, or nothing.
	Headline func(Observation) string
	// Known returns a finding about an end that Death did not explain with the cause that is known for it, if one is.
	Known func(Observation, finding.Finding) finding.Finding
}

// shownLines is how many of the last lines of output are shown as evidence.
const shownLines = 15

// Judge says what is wrong with what was seen. It needs no engine: the same outcome, saved and read again, gives the
// same findings.
func Judge(o Outcome, explain Explainer) []finding.Finding {
	var findings []finding.Finding
	for _, seen := range o.Boots {
		j := judge{seen: seen, explain: explain, several: len(o.Boots) > 1}
		if isNeed(seen.Role) {
			findings = append(findings, j.need()...)
			continue
		}
		findings = append(findings, j.all()...)
	}
	findings = append(findings, judgeOnce(o.Boots)...)
	return excuse(findings)
}

// excuse takes the weight off what is wrong with a candidate when something it needs was not there: it says nothing
// about the candidate then. What a candidate did well without it stays as it is.
func excuse(findings []finding.Finding) []finding.Finding {
	candidate := false
	for _, f := range findings {
		candidate = candidate || f.Rule != "host-needs" && f.Severity == finding.Error
	}
	needs := slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Rule == "host-needs" })
	if !needs || !candidate {
		return findings
	}
	for i := range findings {
		if findings[i].Rule != "host-needs" && findings[i].Severity == finding.Error {
			findings[i].Severity = finding.Warning
		}
	}
	// Who reads from the top reads the cause first.
	slices.SortStableFunc(findings, func(a, b finding.Finding) int {
		return cmp.Compare(blamesNeed(b), blamesNeed(a))
	})
	return findings
}

func blamesNeed(f finding.Finding) int {
	if f.Rule == "host-needs" {
		return 1
	}
	return 0
}

// judge looks at one observation.
type judge struct {
	seen    Observation
	explain Explainer
	// several is whether there are others, so that a sentence must say which one it is about.
	several bool
}

func (j judge) all() []finding.Finding {
	main := j.main()
	if j.seen.Role == RoleRestart {
		main = restartFindings(main)
	}
	found := append(main, j.stop()...)
	return append(found, j.log()...)
}

// main judges how the watch ended.
func (j judge) main() []finding.Finding {
	switch j.seen.Ended {
	case EndedNotStarted:
		return j.notStarted()
	case EndedExited:
		return j.exited()
	case EndedTimeout:
		return j.explained(j.timeout())
	case EndedUnhealthy:
		return j.explained(j.unhealthy())
	case EndedUnanswering:
		return j.explained(j.unanswering())
	case EndedDiskFull:
		return []finding.Finding{j.disk()}
	default:
		return j.explained()
	}
}

// explained puts what was seen between the explanations of it: the errors that brought it about come before, and what
// the container went through besides comes after.
func (j judge) explained(seen ...finding.Finding) []finding.Finding {
	errors, others := j.deaths()
	return append(append(errors, seen...), others...)
}

// deaths returns what the explainer has to say: the errors, which can explain an end, and the rest, which cannot: a
// process had outlived it.
func (j judge) deaths() (errors, others []finding.Finding) {
	if j.explain.Death == nil {
		return nil, nil
	}
	for _, f := range j.explain.Death(j.seen) {
		f.Message = j.prefix() + f.Message
		if f.Severity == finding.Error {
			errors = append(errors, f)
		} else {
			others = append(others, f)
		}
	}
	return errors, others
}

// prefix begins another's sentence where it has to say which container it is about.
func (j judge) prefix() string {
	if !j.several || j.seen.Role == RoleCandidate {
		return ""
	}
	return "In the " + j.seen.Role + ": "
}

// subject is what a sentence is about.
func (j judge) subject() string {
	if !j.several || j.seen.Role == RoleCandidate {
		return "The container"
	}
	return "The " + j.seen.Role
}

// finding makes a finding of a rule, with the last lines as evidence. The format is the predicate of the sentence.
func (j judge) finding(rule, format string, args ...any) finding.Finding {
	f := finding.New(rule, j.subject()+" "+fmt.Sprintf(format, args...)+".")
	f.Evidence = append(f.Evidence, lastEvidence(j.seen)...)
	return f
}

// lastEvidence turns the last lines of output into evidence.
func lastEvidence(seen Observation) []finding.Evidence {
	var evidence []finding.Evidence
	for _, line := range seen.Output.Last(shownLines) {
		evidence = append(evidence, line.evidence())
	}
	return evidence
}

func (l Line) evidence() finding.Evidence {
	return finding.Evidence{Source: l.Stream, Line: l.Number, Text: l.Text}
}

// evidence shows a failed attempt.
func (a Attempt) evidence() finding.Evidence {
	text := fmt.Sprintf("%s: expected %s; got %s", a.Probe, a.Expected, a.Actual)
	if a.Attempts > 1 {
		text += fmt.Sprintf(" (%d attempts)", a.Attempts)
	}
	return finding.Evidence{Source: "probe", Text: text}
}

// span writes a duration the way people say it: three digits at most.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < 100*time.Second:
		return Duration(d.Round(100 * time.Millisecond)).String()
	default:
		return Duration(d.Round(time.Second)).String()
	}
}
