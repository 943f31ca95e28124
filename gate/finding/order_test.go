package finding

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatEndedAProcessComesFirstAndNotesLast(t *testing.T) {
	findings := []Finding{{Rule: "c", Severity: Note}, {Rule: "a", Severity: Warning}, {Rule: "b", Severity: Error}, {Rule: "e", Severity: Note}, {Rule: "d", Severity: Error}}
	slices.SortStableFunc(findings, Compare)
	var got []string
	for _, f := range findings {
		got = append(got, f.Rule)
	}
	if diff := cmp.Diff([]string{"b", "d", "a", "c", "e"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestFindingsAreTheSameWhenTheySayTheSame(t *testing.T) {
	one := Finding{Rule: "boot-exit", Message: "It ended.", Evidence: []Evidence{{Source: "stderr", Line: 3}}}
	for _, c := range []struct {
		name   string
		change func(*Finding)
		want   bool
	}{
		{"nothing differs", func(*Finding) {}, true},
		{"the remedy does not count", func(f *Finding) { f.Remedy = "Look." }, true},
		{"another rule", func(f *Finding) { f.Rule = "boot-unstable" }, false},
		{"another message", func(f *Finding) { f.Message = "It went." }, false},
		{"other evidence", func(f *Finding) { f.Evidence = nil }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := one
			c.change(&other)
			if got := one.Same(other); got != c.want {
				t.Errorf("Same = %v, want %v", got, c.want)
			}
		})
	}
}
