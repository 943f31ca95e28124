package finding

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryRuleIsComplete(t *testing.T) {
	id := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !id.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("rule id %q is not in kebab case, or is there twice", r.ID)
		}
		seen[r.ID] = true
		if r.Summary == "" || r.Explanation == "" || r.Remedy == "" || r.Severity == "" {
			t.Errorf("rule %s lacks words: %+v", r.ID, r)
		}
		if r.Inconclusive != (Family(r.ID) == "host") {
			t.Errorf("rule %s: only the family host- blames the machine, and all of it does", r.ID)
		}
	}
}

func TestWhatFindingsAddUpTo(t *testing.T) {
	suppressed := New("boot-exit", "m")
	suppressed.Suppressed = &Suppression{Reason: "known", Until: "2027-01-31"}
	warning := New("boot-exit", "m")
	warning.Severity = Warning
	for _, test := range []struct {
		name     string
		findings []Finding
		want     Verdict
		exit     int
	}{
		{"nothing was found", nil, Pass, 0},
		{"an error of the image", []Finding{New("boot-exit", "m")}, Fail, 1},
		{"an error of the machine", []Finding{New("host-engine", "m")}, Inconclusive, 3},
		{"both, in one order", []Finding{New("host-engine", "m"), New("boot-exit", "m")}, Fail, 1},
		{"both, in the other", []Finding{New("boot-exit", "m"), New("host-engine", "m")}, Fail, 1},
		{"a warning", []Finding{warning}, Pass, 0},
		{"what is suppressed", []Finding{suppressed}, Pass, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Of(test.findings)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if got.ExitCode() != test.exit {
				t.Errorf("exit code %d, want %d", got.ExitCode(), test.exit)
			}
		})
	}
}

func TestTheWorseOfTwoVerdicts(t *testing.T) {
	for _, test := range []struct{ a, b, want Verdict }{
		{Pass, Pass, Pass}, {Pass, Inconclusive, Inconclusive}, {Inconclusive, Pass, Inconclusive},
		{Fail, Inconclusive, Fail}, {Inconclusive, Fail, Fail}, {Pass, Fail, Fail},
	} {
		if got := Worse(test.a, test.b); got != test.want {
			t.Errorf("Worse(%s, %s) = %s, want %s", test.a, test.b, got, test.want)
		}
	}
}

func TestWhatIsNoVerdictCannotPass(t *testing.T) {
	if got := Verdict("").ExitCode(); got != 3 {
		t.Errorf("exit code %d, want 3", got)
	}
}

func TestAFindingOfARuleThatIsNotThereIsAMistakeInTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New did not panic")
		}
	}()
	New("boot-nothing", "m")
}
