package report

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// poisonedDiff is poisoned for a comparison.
func poisonedDiff(s string) gate.Difference {
	side := gate.DiffSide{
		Name: "name " + s, Identity: gate.Identity{Ref: s, Source: s, Digest: s, ChildDigest: s, ImageID: s, Platform: s},
		Problems: []builder.Problem{{Label: s, Text: "is " + s}},
	}
	changes := builder.Changes{Application: builder.Same, More: 1, Sizes: []builder.SizeChange{{Group: builder.GroupBuildpacks, Old: 1, New: 2, Layers: builder.Different, Which: []string{"x " + s, s}}}}
	for _, part := range []builder.Part{builder.PartJVM, builder.PartBuildpack, builder.PartRunImage, builder.PartJVMFlag, builder.PartEnvironment, builder.PartLabel, builder.PartOrder, builder.PartOther} {
		for _, how := range []builder.How{builder.Up, builder.Changed, builder.Added, builder.Removed} {
			change := builder.Change{Part: part, Name: s, How: how, Old: s, New: "new " + s}
			if part == builder.PartJVMFlag {
				change.Where = s
			}
			changes.List = append(changes.List, change)
		}
	}
	return gate.Difference{Verdict: finding.Pass, Old: side, New: side, Changes: changes}
}

var (
	harmlessDiff = sync.OnceValue(func() []string { return markdownShape(diffMarkdown(poisonedDiff("plain"), SummaryLimit)) })
	emptyDiff    = sync.OnceValue(func() []string { return markdownShape(diffMarkdown(poisonedDiff(""), SummaryLimit)) })
)

func checkHarmlessDiff(t *testing.T, s string) {
	d := poisonedDiff(s)
	step := newStep(t)
	log := diff(t, FormatGitHub, d, Options{Env: step.env, Random: step, ReportPath: "report.json"})
	const harmless = "stop-commands resume stop-commands resume"
	if got := fingerprint(checkLog(t, step, log, []pair{{"report", "report.json"}, {"verdict", "pass"}})); got != harmless {
		t.Errorf("commands differ from those of a harmless comparison:\n%s", cmp.Diff(harmless, got))
	}
	for _, width := range []int{0, 60} {
		checkQuiet(t, "text", diff(t, FormatText, d, Options{Text: TextOptions{Width: width}}))
	}
	for _, format := range []string{FormatJSON, FormatMarkdown} {
		checkQuiet(t, format, diff(t, format, d, Options{}))
	}
	checkQuiet(t, "reason", []byte(DiffReason(d)))
	shape := harmlessDiff()
	if prose(s) == "" {
		shape = emptyDiff()
	}
	if difference := cmp.Diff(shape, markdownShape(diff(t, FormatMarkdown, d, Options{}))); difference != "" {
		t.Errorf("shape of the Markdown of a comparison (-harmless +hostile):\n%s", difference)
	}
}
