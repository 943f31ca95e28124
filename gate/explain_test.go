package gate

import (
	"encoding/json"
	"testing"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
	"bootgate/gate/policy"

	"github.com/google/go-cmp/cmp"
)

// parsePolicy reads a gate.yaml.
func parsePolicy(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("gate.yaml", []byte(text), time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// observed is a container that printed lines and ended.
func observed(lines ...string) boot.Observation {
	seen := boot.Observation{
		Role: boot.RoleCandidate, Ended: boot.EndedExited, Exit: &boot.Exit{Code: 1}, EnginePlatform: "linux/amd64",
		Asked: boot.Asked{
			Mode: boot.Job, Command: []string{"java", "-Xmx64m", "-jar", "/app.jar"}, Platform: "linux/amd64",
			Environment: []string{"BPL_JVM_THREAD_COUNT", "PATH"}, Buildpacks: []boot.Buildpack{{ID: "acme/own", Version: "1.2.3"}},
		},
	}
	for i, text := range lines {
		seen.Output.Tail = append(seen.Output.Tail, boot.Line{Number: i + 1, Stream: "stderr", Text: text})
	}
	seen.Output.Lines = len(lines)
	return seen
}

const missing = "/app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory"

func TestACauseOfOnesOwnExplainsAnEndThatNoJudgeDoes(t *testing.T) {
	p := parsePolicy(t, `
diagnose:
  causes:
    - {id: licence, text: 'LICENCE-\d+ has expired', cause: The licence server was moved., remedy: Set LICENCE_URL.}
`)
	served := observed("up", "LICENCE-17 has expired")
	served.Ready, served.Asked.Mode = true, boot.Service
	for rule, seen := range map[string]boot.Observation{"boot-exit": observed("LICENCE-17 has expired"), "boot-unstable": served} {
		findings := boot.Judge(boot.Outcome{Boots: []boot.Observation{seen}}, explainer(p))
		if len(findings) != 1 || findings[0].Rule != rule || findings[0].Known == nil || findings[0].Remedy != "Set LICENCE_URL." {
			t.Errorf("%s: findings are %+v", rule, findings)
		}
	}
}

func TestAnObservationThatWasSavedIsJudgedAgainWithoutAnEngine(t *testing.T) {
	p := parsePolicy(t, `
diagnose:
  causes:
    - id: no-libpq
      rule: link-error
      buildpack: {id: ^acme/own$, version: '>= 1, < 2'}
      env: BPL_JVM_THREAD_COUNT
      flag: -Xmx
      text: libpq
      cause: Our base image lost it.
      remedy: Use the one of last week.
      link: https://wiki.example.com/libpq
`)
	outcome := boot.Outcome{Boots: []boot.Observation{observed(missing)}}
	outcome.Boots[0].Exit.Code = 127
	findings := boot.Judge(outcome, explainer(p))
	if len(findings) != 1 || findings[0].Rule != "link-error" {
		t.Fatalf("findings are %+v", findings)
	}
	want := finding.Known{ID: "no-libpq", Link: "https://wiki.example.com/libpq"}
	if diff := cmp.Diff(&want, findings[0].Known); diff != "" {
		t.Errorf("known cause (-want +got):\n%s", diff)
	}
	if got := findings[0].Cause + " " + findings[0].Remedy; got != "Our base image lost it. Use the one of last week." {
		t.Errorf("cause and remedy are %q", got)
	}
	saved, err := json.Marshal(outcome)
	if err != nil {
		t.Fatal(err)
	}
	var read boot.Outcome
	if err := json.Unmarshal(saved, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(findings, boot.Judge(read, explainer(p))); diff != "" {
		t.Errorf("findings of the saved outcome (-before +after):\n%s", diff)
	}
}
