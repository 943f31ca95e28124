package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// served is a service that was ready after so many milliseconds.
func servedAfter(ready int, change ...func(*Observation)) Outcome {
	o := Observation{
		Role: RoleCandidate, Ended: EndedServed, Ready: true, ReadyAfter: time.Duration(ready) * time.Millisecond, ReadyBy: "http:8080/",
		PeakMemory: 100 << 20, Asked: Asked{Mode: Service, ImageSize: 200 << 20},
	}
	for _, f := range change {
		f(&o)
	}
	return Outcome{Boots: []Observation{{Role: RoleNeed + " db", Ended: EndedServed, PeakMemory: 1}, o}}
}

// doneAfter is a job that exited with 0 after so many milliseconds.
func doneAfter(ran int) Outcome {
	return servedAfter(0, func(o *Observation) {
		o.Asked.Mode, o.Ended, o.Ready, o.ReadyAfter, o.ReadyBy = Job, EndedExited, false, 0, ""
		o.Exit = &Exit{At: time.Hour, Ran: time.Duration(ran) * time.Millisecond}
	})
}

func memory(mib int64) func(*Observation) { return func(o *Observation) { o.PeakMemory = mib << 20 } }
func errorCount(n int) func(*Observation) { return func(o *Observation) { o.Output.Errors = n } }
func imageSize(mib int64) func(*Observation) {
	return func(o *Observation) { o.Asked.ImageSize = mib << 20 }
}

func TestWhatIsBeyondTheBaselineIsWarnedOf(t *testing.T) {
	none := 0
	all := Spec{SlowerThan: 2, MemoryOver: 1.5, ErrorsOver: &none, SizeOver: 1.2}
	for _, test := range []struct {
		name string
		pair Pair
		spec Spec
		want []string
	}{
		{"the same is no difference", Pair{servedAfter(1000), servedAfter(1000)}, all, nil},
		{"exactly so many times as long is not more", Pair{servedAfter(2000), servedAfter(1000)}, all, nil},
		{"ready later than that", Pair{servedAfter(3200), servedAfter(1500)}, all,
			[]string{"boot-slower: The container was ready after 3.2s, that of the baseline after 1.5s: 2.1 times as long. The limit is slower-than: 2x."}},
		{"many times as long, but hardly longer", Pair{servedAfter(110), servedAfter(10)}, all, nil},
		{"many times as long", Pair{servedAfter(12000), servedAfter(100)}, all,
			[]string{"boot-slower: The container was ready after 12s, that of the baseline after 100ms: 120 times as long. The limit is slower-than: 2x."}},
		{"a job that takes longer, without the engine's own time", Pair{doneAfter(3000), doneAfter(1000)}, all,
			[]string{"boot-slower: The container had done its work after 3s, that of the baseline after 1s: 3.0 times as long. The limit is slower-than: 2x."}},
		{"a job beside a service has no time in common", Pair{doneAfter(3000), servedAfter(100)}, all, nil},
		{"nothing tells when it is ready", Pair{servedAfter(9000, func(o *Observation) { o.ReadyBy = readyBlindly }), servedAfter(100)}, all, nil},
		{"more memory", Pair{servedAfter(1000, memory(151)), servedAfter(1000)}, all,
			[]string{"boot-memory: The container used up to 151MiB of memory, that of the baseline 100MiB: 1.5 times as much. The limit is memory-over: 1.5x."}},
		{"more memory, but little", Pair{servedAfter(1000, memory(17)), servedAfter(1000, memory(1))}, all, nil},
		{"memory that was not measured", Pair{servedAfter(1000, memory(999)), servedAfter(1000, memory(0))}, all, nil},
		{"more errors", Pair{servedAfter(1000, errorCount(3)), servedAfter(1000, errorCount(2))}, all,
			[]string{"boot-errors: The container printed 3 lines of the level error, that of the baseline 2 lines: 1 more. The limit is errors-over: 0."}},
		{"fewer errors", Pair{servedAfter(1000), servedAfter(1000, errorCount(2))}, all, nil},
		{"a larger image", Pair{servedAfter(1000, imageSize(300)), servedAfter(1000)}, all,
			[]string{"image-size: The image takes 300MiB on the engine, the baseline 200MiB: 1.5 times as much. The limit is size-over: 1.2x."}},
		{"nothing was asked for", Pair{servedAfter(99000, memory(9000), errorCount(9), imageSize(9000)), servedAfter(1)}, Spec{Rounds: 1}, nil},
		{"everything at once", Pair{servedAfter(9000, memory(900), errorCount(1), imageSize(900)), servedAfter(1000)}, all, []string{
			"boot-slower: The container was ready after 9s, that of the baseline after 1s: 9.0 times as long. The limit is slower-than: 2x.",
			"boot-memory: The container used up to 900MiB of memory, that of the baseline 100MiB: 9.0 times as much. The limit is memory-over: 1.5x.",
			"boot-errors: The container printed 1 line of the level error, that of the baseline 0 lines: 1 more. The limit is errors-over: 0.",
			"image-size: The image takes 900MiB on the engine, the baseline 200MiB: 4.5 times as much. The limit is size-over: 1.2x.",
		}},
		{"the candidate did not come up: it is judged for that", Pair{servedAfter(9000, func(o *Observation) { o.Ended = EndedTimeout }), servedAfter(1)}, all, nil},
		{"the baseline did not come up", Pair{servedAfter(9000), servedAfter(1, func(o *Observation) { o.Ended = EndedTimeout })}, all, []string{
			"boot-baseline: The boot is not compared with that of the baseline: it did not do in its own boot what was asked of it."}},
		{"the baseline was never booted", Pair{servedAfter(9000), Outcome{}}, all, []string{
			"boot-baseline: The boot is not compared with that of the baseline: it did not do in its own boot what was asked of it."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, findings := Compare([]Pair{test.pair}, test.spec)
			if diff := cmp.Diff(test.want, sentences(findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			over := 0
			for _, m := range c.Measures {
				if m.Over {
					over++
				}
			}
			if over != len(findings) && c.Rounds > 0 {
				t.Errorf("%d measures are over a limit, and there are %d findings", over, len(findings))
			}
		})
	}
}

func sentences(findings []finding.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+": "+f.Message)
	}
	return all
}

// rounds are pairs of services that were ready after so many milliseconds.
func rounds(times ...[2]int) []Pair {
	var pairs []Pair
	for _, r := range times {
		pairs = append(pairs, Pair{servedAfter(r[0]), servedAfter(r[1])})
	}
	return pairs
}

func TestSeveralRoundsTellNoiseFromADifference(t *testing.T) {
	spec := Spec{SlowerThan: 2}
	for _, test := range []struct {
		name  string
		pairs []Pair
		want  []string
	}{
		{"one slow boot of three", rounds([2]int{9000, 1000}, [2]int{1000, 1000}, [2]int{1100, 1000}), nil},
		{"a slow moment slows down both", rounds([2]int{9000, 8000}, [2]int{1000, 1000}, [2]int{8000, 9000}), nil},
		{"slower in each round", rounds([2]int{3000, 1000}, [2]int{2500, 1000}, [2]int{8000, 3000}), []string{
			"boot-slower: The container was ready after 3s, that of the baseline after 1s: 3.0 times as long, in the median of 3 rounds (2.5 to 3.0 times). The limit is slower-than: 2x."}},
		{"slower in one of two rounds", rounds([2]int{1000, 1000}, [2]int{4000, 1000}), nil},
		{"much faster in one of two rounds", rounds([2]int{174, 877}, [2]int{2070, 460}), nil},
		{"slower in both rounds", rounds([2]int{3000, 1000}, [2]int{5000, 2000}), []string{
			"boot-slower: The container was ready after 4s, that of the baseline after 1.5s: 2.7 times as long, in the median of 2 rounds (2.5 to 3.0 times). The limit is slower-than: 2x."}},
		{"slower in two of four rounds", rounds([2]int{3000, 1000}, [2]int{3000, 1000}, [2]int{1000, 1000}, [2]int{1900, 1000}), nil},
		{"slower in most rounds, but not by the medians of both", rounds([2]int{2100, 1000}, [2]int{2300, 1100}, [2]int{1000, 9000}), nil},
		{"jobs of which one ended before the engine dated its start", []Pair{{doneAfter(0), doneAfter(1000)}, {doneAfter(9000), doneAfter(1000)}}, []string{
			"boot-baseline: The time is not compared with that of the baseline: the engine could not tell of each job how long it ran."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, findings := Compare(test.pairs, spec)
			if diff := cmp.Diff(test.want, sentences(findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAWarningHasTheNumbersOfEveryRoundAndTheErrors(t *testing.T) {
	limit := 1
	logged := func(o *Observation) {
		o.Output.Errors = 2
		o.Output.Head = []Line{{1, "stdout", "12:00:00 INFO at work"}, {2, "stderr", "12:00:01 ERROR no stock"}}
	}
	pairs := []Pair{{servedAfter(3000, logged), servedAfter(1000)}, {servedAfter(4000, logged), servedAfter(1000)}}
	c, findings := Compare(pairs, Spec{SlowerThan: 2, ErrorsOver: &limit})
	want := []finding.Evidence{
		{Source: "round 1", Text: "3s, baseline 1s"}, {Source: "round 2", Text: "4s, baseline 1s"},
		{Source: "stderr", Line: 2, Text: "12:00:01 ERROR no stock"},
	}
	var got []finding.Evidence
	for _, f := range findings {
		got = append(got, f.Evidence...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	wantMeasures := []Measure{
		{What: MeasuredReady, Candidate: Spread{3_500_000_000, 3_000_000_000, 4_000_000_000}, Baseline: Spread{1_000_000_000, 1_000_000_000, 1_000_000_000},
			Ratio: Times{3.5, 3, 4}, Limit: "2x", Over: true},
		{What: MeasuredMemory, Candidate: Spread{100 << 20, 100 << 20, 100 << 20}, Baseline: Spread{100 << 20, 100 << 20, 100 << 20}, Ratio: Times{1, 1, 1}},
		{What: MeasuredErrors, Candidate: Spread{2, 2, 2}, Limit: "1", Over: true},
		{What: MeasuredSize, Candidate: Spread{200 << 20, 200 << 20, 200 << 20}, Baseline: Spread{200 << 20, 200 << 20, 200 << 20}, Ratio: Times{1, 1, 1}},
	}
	if diff := cmp.Diff(Comparison{Rounds: 2, Measures: wantMeasures}, c, cmpopts.IgnoreUnexported(Measure{})); diff != "" {
		t.Errorf("comparison (-want +got):\n%s", diff)
	}
}

// drawPairs draws pairs of boots that may have ended in any way.
func drawPairs(t *rapid.T) []Pair {
	outcome := rapid.Custom(func(t *rapid.T) Outcome {
		o := servedAfter(rapid.IntRange(-1, 100000).Draw(t, "ready"), memory(rapid.Int64Range(-1, 4096).Draw(t, "memory")),
			errorCount(rapid.IntRange(0, 10).Draw(t, "errors")), imageSize(rapid.Int64Range(-1, 4096).Draw(t, "size")))
		last := &o.Boots[len(o.Boots)-1]
		last.Ended = rapid.SampledFrom([]Ending{EndedServed, EndedServed, EndedExited, EndedTimeout}).Draw(t, "ended")
		if rapid.Bool().Draw(t, "exit") {
			last.Asked.Mode = Job
			last.Exit = &Exit{Code: rapid.IntRange(0, 1).Draw(t, "code"), Ran: time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "ran"))}
		}
		return o
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pair {
		return Pair{outcome.Draw(t, "candidate"), outcome.Draw(t, "baseline")}
	}), 0, 5).Draw(t, "pairs")
}

func TestObservationsCompareAlikeAfterTheyWereSaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := drawPairs(t)
		limit := rapid.IntRange(0, 5).Draw(t, "limit")
		spec := Spec{SlowerThan: 2, MemoryOver: 1.5, SizeOver: 1, ErrorsOver: &limit}
		c, findings := Compare(pairs, spec)
		saved, err := json.Marshal(pairs)
		if err != nil {
			t.Fatal(err)
		}
		var again []Pair
		if err := json.Unmarshal(saved, &again); err != nil {
			t.Fatal(err)
		}
		cAgain, findingsAgain := Compare(again, spec)
		if diff := cmp.Diff(c, cAgain, cmp.AllowUnexported(Measure{})) + cmp.Diff(findings, findingsAgain); diff != "" {
			t.Error(diff)
		}
		for _, m := range c.Measures {
			if !slices.IsSorted([]int64{m.Candidate.Least, m.Candidate.Median, m.Candidate.Most}) || !slices.IsSorted([]float64{m.Ratio.Least, m.Ratio.Median, m.Ratio.Most}) {
				t.Errorf("a median is not in the middle: %+v", m)
			}
		}
	})
}

func TestRatiosAreWrittenWithAnX(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Ratio
		err        string
	}{
		{"a whole number", "2x", 2, ""},
		{"a fraction, with white space", " 1.5 x ", 1.5, ""},
		{"no more at all", "1x", 1, ""},
		{"without its x", "2", 0, `ratio "2" has no x: write it as 2x`},
		{"less than one", "0.5x", 0, `ratio "0.5x" is out of range: write 1x to 1000x`},
		{"beyond all reason", "1001x", 0, `ratio "1001x" is out of range: write 1x to 1000x`},
		{"a percentage", "150%", 0, `"150%" is not a ratio: write it as 2x or 1.5x`},
		{"nothing", "", 0, `"" is not a ratio: write it as 2x or 1.5x`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseRatio(test.text)
			if got != test.want || errorText(err) != test.err {
				t.Errorf("got %v, %q; want %v, %q", got, errorText(err), test.want, test.err)
			}
			if again, err := ParseRatio(fmt.Sprint(got)); got != 0 && (err != nil || again != got) {
				t.Errorf("%s is read as %v (%v)", got, again, err)
			}
		})
	}
}
