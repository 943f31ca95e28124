package boot

import (
	"fmt"
	"slices"
	"time"

	"bootgate/gate/finding"
	"bootgate/gate/loglevel"
)

// Pair is a boot of a candidate, and one of its baseline under the same conditions.
type Pair struct {
	Candidate Outcome `json:"candidate"`
	Baseline  Outcome `json:"baseline"`
}

// Comparison says how the boots of a candidate went beside those of its baseline.
type Comparison struct {
	// Rounds is how often both were booted.
	Rounds int
	// Measures are what was seen of both, in the order of the constants. What one of the two did not tell is not there.
	Measures []Measure
}

// Measured is what is compared.
type Measured string

// What is compared. Times are in nanoseconds, memory and size in bytes.
const (
	// MeasuredReady is the time from the start until it was ready.
	MeasuredReady Measured = "ready"
	// MeasuredJob is how long a job ran until it exited with 0.
	MeasuredJob Measured = "job"
	// MeasuredMemory is the peak of memory.
	MeasuredMemory Measured = "memory"
	// MeasuredErrors counts the lines whose level is error or graver.
	MeasuredErrors Measured = "errors"
	// MeasuredSize is the size of the image on the engine.
	MeasuredSize Measured = "size"
)

// Measure is one thing that was compared.
type Measure struct {
	What Measured
	// Candidate and Baseline are what was seen of each in all rounds.
	Candidate, Baseline Spread
	// Ratio is how many times as much the candidate needed as the baseline: by the medians of both, and at least and at
	// most in one round; zero when a baseline needed nothing.
	Ratio Times
	// Limit is what was asked for, as it is written in gate.yaml; empty when nothing was.
	Limit string
	// Over is set when the candidate is beyond the limit.
	Over bool

	// rounds are the numbers themselves, in pairs.
	rounds [][2]int64
}

// Spread sums up a number that was seen several times.
type Spread struct{ Median, Least, Most int64 }

// Times sums up a ratio that was seen several times. Median is that of two medians, which lies between the others.
type Times struct{ Median, Least, Most float64 }

// What a candidate may always need more, however large the ratio: less than that is noise.
const (
	timeFloor   = 100 * time.Millisecond
	memoryFloor = 16 << 20
	sizeFloor   = 1 << 20
)

// Compare compares boots of a candidate with boots of its baseline, which were made in turns, and warns of what is beyond
// the limits of spec: when the medians of both are further apart than that, by more than noise, and so are the numbers of more
// than half of the pairs, whose boots stood next to each other in time, so that what slows down both is no difference.
//
// Nothing is compared when a boot went wrong: of the candidate, which is judged for it elsewhere, or of the baseline, which
// is noted.
func Compare(pairs []Pair, spec Spec) (Comparison, []finding.Finding) {
	var seen [][2]*Observation
	for _, p := range pairs {
		switch candidate, baseline := p.Candidate.first(), p.Baseline.first(); {
		case candidate == nil || !p.Candidate.Served():
			return Comparison{}, nil
		case baseline == nil || !p.Baseline.Served():
			return Comparison{}, []finding.Finding{Incomparable("it did not do in its own boot what was asked of it")}
		default:
			seen = append(seen, [2]*Observation{candidate, baseline})
		}
	}
	if len(seen) == 0 {
		return Comparison{}, nil
	}
	c := Comparison{Rounds: len(seen)}
	var findings []finding.Finding
	for _, k := range comparisons(seen[0][0], spec) {
		m, ok := k.measure(seen)
		if !ok {
			if k.what == MeasuredJob && k.limit != 0 && endedAll(seen) {
				findings = append(findings, finding.New("boot-baseline",
					"The time is not compared with that of the baseline: the engine could not tell of each job how long it ran."))
			}
			continue
		}
		c.Measures = append(c.Measures, m)
		if m.Over {
			findings = append(findings, k.warn(m, seen))
		}
	}
	return c, findings
}

// Incomparable is the note that a boot is not compared with one of the baseline; why is a clause about the baseline.
func Incomparable(why string) finding.Finding {
	return finding.New("boot-baseline", "The boot is not compared with that of the baseline: "+why+".")
}

// endedAll reports whether everything that was booted was a job.
func endedAll(seen [][2]*Observation) bool {
	return !slices.ContainsFunc(seen, func(pair [2]*Observation) bool {
		return pair[0].Ended != EndedExited || pair[1].Ended != EndedExited
	})
}

// first returns the first container of the image itself; nil when there is none.
func (o Outcome) first() *Observation {
	for i := range o.Boots {
		if o.Boots[i].Role == RoleCandidate {
			return &o.Boots[i]
		}
	}
	return nil
}

// kind is a way to compare two boots.
type kind struct {
	what Measured
	rule string
	// of reads the number; it returns false when it is not known.
	of func(*Observation) (int64, bool)
	// limit and key are the largest ratio that is not warned of, and where it is written; more is instead of limit the
	// largest difference.
	key   string
	limit Ratio
	more  *int
	// floor is the difference that is never warned of.
	floor int64
	// show writes a number; sentence says what happened, with two numbers, and as ends it: 2 times as long.
	show         func(int64) string
	sentence, as string
}

// comparisons returns what is compared, for a candidate that ended as it did.
func comparisons(candidate *Observation, spec Spec) []kind {
	took := kind{
		what: MeasuredReady, rule: "boot-slower", of: (*Observation).untilReady, key: "slower-than", limit: spec.SlowerThan,
		floor: int64(timeFloor), show: showTime, sentence: "The container was ready after %s, that of the baseline after %s", as: "as long",
	}
	if candidate.Ended == EndedExited {
		took.what, took.of = MeasuredJob, (*Observation).untilDone
		took.sentence = "The container had done its work after %s, that of the baseline after %s"
	}
	return []kind{
		took,
		{
			what: MeasuredMemory, rule: "boot-memory", of: func(o *Observation) (int64, bool) { return o.PeakMemory, o.PeakMemory > 0 },
			key: "memory-over", limit: spec.MemoryOver, floor: memoryFloor, show: showBytes,
			sentence: "The container used up to %s of memory, that of the baseline %s", as: "as much",
		},
		{
			what: MeasuredErrors, rule: "boot-errors", of: func(o *Observation) (int64, bool) { return int64(o.Output.Errors), true },
			key: "errors-over", more: spec.ErrorsOver, show: showLines,
			sentence: "The container printed %s of the level error, that of the baseline %s",
		},
		{
			what: MeasuredSize, rule: "image-size", of: func(o *Observation) (int64, bool) { return o.Asked.ImageSize, o.Asked.ImageSize > 0 },
			key: "size-over", limit: spec.SizeOver, floor: sizeFloor, show: showBytes,
			sentence: "The image takes %s on the engine, the baseline %s", as: "as much",
		},
	}
}

// untilReady is when the container was ready. One of which nothing tells when that is has no such time.
func (o *Observation) untilReady() (int64, bool) {
	return int64(o.ReadyAfter), o.Ended == EndedServed && o.ReadyBy != readyBlindly && o.ReadyAfter > 0
}

// untilDone is how long a job ran, where the engine told that.
func (o *Observation) untilDone() (int64, bool) {
	if o.Ended != EndedExited || o.Exit == nil {
		return 0, false
	}
	return int64(o.Exit.Ran), o.Exit.Ran > 0
}

// measure puts the numbers of all rounds together. It returns false when one of them is not known.
func (k kind) measure(seen [][2]*Observation) (Measure, bool) {
	m := Measure{What: k.what}
	var candidates, baselines []int64
	var ratios []float64
	for _, pair := range seen {
		a, known := k.of(pair[0])
		b, alsoKnown := k.of(pair[1])
		if !known || !alsoKnown {
			return m, false
		}
		candidates, baselines = append(candidates, a), append(baselines, b)
		m.rounds = append(m.rounds, [2]int64{a, b})
		if b > 0 {
			ratios = append(ratios, float64(a)/float64(b))
		}
	}
	m.Candidate, m.Baseline = Spread(spread(candidates)), Spread(spread(baselines))
	if len(ratios) == len(seen) {
		m.Ratio = Times(spread(ratios))
		ratio := float64(m.Candidate.Median) / float64(m.Baseline.Median)
		m.Ratio.Median = min(max(ratio, m.Ratio.Least), m.Ratio.Most) // both medians are rounded
	}
	switch {
	case k.more != nil:
		m.Limit = fmt.Sprint(*k.more)
	case k.limit != 0:
		m.Limit = k.limit.String()
	}
	over := 0
	for _, r := range m.rounds {
		if k.beyond(r[0], r[1]) {
			over++
		}
	}
	m.Over = 2*over > len(m.rounds) && k.beyond(m.Candidate.Median, m.Baseline.Median)
	return m, true
}

// beyond reports whether a number of a candidate is beyond the limit, if there is one, beside that of its baseline.
func (k kind) beyond(candidate, baseline int64) bool {
	switch {
	case k.more != nil:
		return candidate-baseline > int64(*k.more)
	case k.limit != 0 && baseline > 0:
		return float64(candidate)/float64(baseline) > float64(k.limit) && candidate-baseline > k.floor
	}
	return false
}

// spread sums up numbers, of which there is at least one. The median of an even count lies between the middle two.
func spread[N int64 | float64](numbers []N) struct{ Median, Least, Most N } {
	sorted := slices.Sorted(slices.Values(numbers))
	low, high := sorted[(len(sorted)-1)/2], sorted[len(sorted)/2]
	return struct{ Median, Least, Most N }{low + (high-low)/2, sorted[0], sorted[len(sorted)-1]}
}

// warn says that the candidate is beyond a limit, with the numbers of every round.
func (k kind) warn(m Measure, seen [][2]*Observation) finding.Finding {
	text := fmt.Sprintf(k.sentence, k.show(m.Candidate.Median), k.show(m.Baseline.Median))
	if k.more != nil {
		text += fmt.Sprintf(": %d more", m.Candidate.Median-m.Baseline.Median)
	} else {
		text += fmt.Sprintf(": %s times %s", times(m.Ratio.Median), k.as)
	}
	if len(m.rounds) > 1 && k.what != MeasuredSize {
		text += fmt.Sprintf(", in the median of %d rounds", len(m.rounds))
		if k.more == nil {
			text += fmt.Sprintf(" (%s to %s times)", times(m.Ratio.Least), times(m.Ratio.Most))
		}
	}
	f := finding.New(k.rule, fmt.Sprintf("%s. The limit is %s: %s.", text, k.key, m.Limit))
	if len(m.rounds) > 1 && m.Candidate.Most-m.Candidate.Least+m.Baseline.Most-m.Baseline.Least > 0 {
		for i, r := range m.rounds {
			f.Evidence = append(f.Evidence, finding.Evidence{
				Source: fmt.Sprintf("round %d", i+1), Text: fmt.Sprintf("%s, baseline %s", k.show(r[0]), k.show(r[1])),
			})
		}
	}
	if k.what == MeasuredErrors {
		f.Evidence = append(f.Evidence, errorLines(seen[0][0])...)
	}
	return f
}

// shownErrors is how many lines of the level error are shown.
const shownErrors = 10

// errorLines returns the first lines of the level error that were kept.
func errorLines(o *Observation) []finding.Evidence {
	var evidence []finding.Evidence
	for _, line := range o.Output.All() {
		if len(evidence) < shownErrors && loglevel.IsError([]byte(line.Text)) {
			evidence = append(evidence, line.evidence())
		}
	}
	return evidence
}

func showTime(n int64) string  { return span(time.Duration(n)) }
func showBytes(n int64) string { return Bytes(n).String() }

func showLines(n int64) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// times writes a ratio with what is worth knowing of it.
func times(ratio float64) string {
	if ratio >= 10 {
		return fmt.Sprintf("%.0f", ratio)
	}
	return fmt.Sprintf("%.1f", ratio)
}
