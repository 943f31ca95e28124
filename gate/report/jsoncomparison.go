package report

import (
	"time"

	"bootgate/gate/boot"
)

// The wire types of a comparison with the baseline.
type (
	jsonComparison struct {
		Rounds   int           `json:"rounds"`
		Measures []jsonMeasure `json:"measures"`
	}
	jsonMeasure struct {
		// What is "ready", "job", "memory", "errors" or "size"; Unit is "ms", "bytes" or "lines".
		What      string     `json:"what"`
		Unit      string     `json:"unit"`
		Candidate jsonSpread `json:"candidate"`
		Baseline  jsonSpread `json:"baseline"`
		// Ratio is null when the baseline needed nothing.
		Ratio *jsonRatio `json:"ratio"`
		// Limit is as in gate.yaml, and empty when there is none.
		Limit string `json:"limit"`
		Over  bool   `json:"over"`
	}
	jsonSpread struct {
		Median int64 `json:"median"`
		Least  int64 `json:"least"`
		Most   int64 `json:"most"`
	}
	jsonRatio struct {
		Median float64 `json:"median"`
		Least  float64 `json:"least"`
		Most   float64 `json:"most"`
	}
)

func wireComparison(c *boot.Comparison) *jsonComparison {
	if c == nil {
		return nil
	}
	return &jsonComparison{Rounds: c.Rounds, Measures: each(c.Measures, wireMeasure)}
}

func wireMeasure(m boot.Measure) jsonMeasure {
	unit, per := "bytes", int64(1)
	switch m.What {
	case boot.MeasuredReady, boot.MeasuredJob:
		unit, per = "ms", int64(time.Millisecond)
	case boot.MeasuredErrors:
		unit = "lines"
	}
	wire := func(s boot.Spread) jsonSpread { return jsonSpread{s.Median / per, s.Least / per, s.Most / per} }
	out := jsonMeasure{
		What: string(m.What), Unit: unit, Candidate: wire(m.Candidate), Baseline: wire(m.Baseline), Limit: m.Limit, Over: m.Over,
	}
	if m.Ratio.Most > 0 {
		out.Ratio = &jsonRatio{rounded(m.Ratio.Median), rounded(m.Ratio.Least), rounded(m.Ratio.Most)}
	}
	return out
}

// rounded keeps three digits behind the point.
func rounded(ratio float64) float64 { return float64(int64(ratio*1000+0.5)) / 1000 }
