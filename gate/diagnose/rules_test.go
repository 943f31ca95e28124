package diagnose

import (
	"slices"
	"testing"

	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

// weighed makes a finding with the words that matter here.
func weighed(rule string, severity finding.Severity) finding.Finding {
	f := finding.New(rule, "m")
	f.Severity = severity
	return f
}

func TestRulesApplyToFindings(t *testing.T) {
	own, err := ParseCauses([]byte("- {id: own, text: no space, cause: why, remedy: this}\n- {id: clone3-refused, rule: jvm-oom-native-memory, cause: ours, remedy: ours}"))
	if err != nil {
		t.Fatal(err)
	}
	warning, crash := weighed("jvm-oom-heap", finding.Warning), weighed("jvm-crash-signal", finding.Error)
	raised := weighed("jvm-oom-heap", finding.Error)
	explained := func(f finding.Finding, id, words string) finding.Finding {
		f.Cause, f.Remedy, f.Known = words, words, &finding.Known{ID: id}
		return f
	}
	memory := weighed("jvm-oom-native-memory", finding.Error)
	for _, test := range []struct {
		name        string
		rules       Rules
		death       Death
		given, want []finding.Finding
	}{
		{"without rules what was outlived stays a warning", Rules{}, Death{}, []finding.Finding{crash, warning}, []finding.Finding{crash, warning}},
		{"what is not tolerated is an error", Rules{Errors: []string{"jvm-oom-heap"}}, Death{}, []finding.Finding{warning}, []finding.Finding{raised}},
		{"an error stays one", Rules{Errors: []string{"jvm-crash-signal"}}, Death{}, []finding.Finding{crash, warning}, []finding.Finding{crash, warning}},
		{"errors come before warnings", Rules{Errors: []string{"jvm-oom-heap"}}, Death{}, []finding.Finding{weighed("jvm-oom-thread", finding.Warning), warning},
			[]finding.Finding{raised, weighed("jvm-oom-thread", finding.Warning)}},
		{"a cause of one's own replaces the built-in one of the same name", Rules{Causes: own}, Death{Lines: printed("pthread_create failed (EPERM)")},
			[]finding.Finding{memory}, []finding.Finding{explained(memory, "clone3-refused", "ours")}},
		{"a cause without a rule explains what came first, and that alone", Rules{Causes: own[:1:1]}, Death{Lines: printed("no space left")},
			[]finding.Finding{crash, warning}, []finding.Finding{func() finding.Finding {
				f := explained(crash, "own", "why")
				f.Remedy = "this"
				return f
			}(), warning}},
		{"nothing was found", Rules{Causes: own, Errors: []string{"jvm-oom-heap"}}, Death{Lines: printed("no space left")}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := append([]finding.Finding(nil), test.given...)
			if diff := cmp.Diff(test.want, test.rules.Apply(test.death, test.given)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, test.given); diff != "" {
				t.Errorf("what it was given has changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestDiagnoseReportsTheRulesOfDeaths(t *testing.T) {
	for rule, want := range map[string]bool{"jvm-oom-heap": true, "link-error": true, "buildpack-launcher": true, "boot-exit": false, "host-engine": false, "jvm-nothing": false, "jvm-changed": false} {
		if Reports(rule) != want {
			t.Errorf("%s: %v, want %v", rule, !want, want)
		}
	}
	for _, r := range finding.Rules() {
		others := []string{"boot", "builder", "host", "image", "run"}
		if !Reports(r.ID) && r.ID != jvmChanged && !slices.Contains(others, finding.Family(r.ID)) {
			t.Errorf("%s is neither a rule of deaths nor of another family", r.ID)
		}
	}
}
