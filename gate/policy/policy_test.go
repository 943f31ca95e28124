package policy_test

import (
	"testing"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/diagnose"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
	"bootgate/gate/version"

	"github.com/google/go-cmp/cmp"
)

// today is the day on which the files of the tests are read.
var today = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func parse(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("gate.yaml", []byte(text), today)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestImagesAreFoundByNameAndByReference(t *testing.T) {
	p := parse(t, `
images:
  - {name: etl, image: ghcr.io/acme/ndw-etl}
  - {name: etl-once, image: "ghcr.io/acme/ndw-etl:once"}
  - {name: web, image: nginx}
  - {name: local, image: "docker:acme/web:dev"}
  - {name: archive, image: "tar:build/image.tar"}
`)
	if image, ok := p.ByName("web"); !ok || image.Image != "nginx" {
		t.Errorf("web is %v, %v", image, ok)
	}
	if image, ok := p.ByName("webb"); ok {
		t.Errorf("webb is %v", image)
	}
	const digest = "@sha256:9b86ae6a6c0a9ea09a0bd0b4d3c4b2b2d5a8f0f4e6d7c8b9a0f1e2d3c4b5a697"
	for _, test := range []struct {
		name, ref string
		want      []string
	}{
		{"without a tag, as it is written", "ghcr.io/acme/ndw-etl", []string{"etl"}},
		{"with the tag that is written", "ghcr.io/acme/ndw-etl:once", []string{"etl-once"}},
		{"with another tag all of the repository", "ghcr.io/acme/ndw-etl:1.2", []string{"etl", "etl-once"}},
		{"with a tag and a digest", "ghcr.io/acme/ndw-etl:1.2" + digest, []string{"etl", "etl-once"}},
		{"with a scheme", "registry:ghcr.io/acme/ndw-etl" + digest, []string{"etl", "etl-once"}},
		{"a name that the engine completes", "docker.io/library/nginx:1.27", []string{"web"}},
		{"a short name", "nginx:1.27", []string{"web"}},
		{"an image of the engine", "acme/web:prod", []string{"local"}},
		{"an archive, as it is written", "tar:build/image.tar", []string{"archive"}},
		{"another registry", "quay.io/acme/ndw-etl:1.2", nil},
		{"a longer name", "ghcr.io/acme/ndw-etl-2", nil},
		{"a path", "./image.tar", nil},
		{"nothing", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, image := range p.ByReference(test.ref) {
				got = append(got, image.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSuppressionsMarkTheFindingsTheyCover(t *testing.T) {
	p := parse(t, `
images:
  - {name: etl, image: etl}
  - {name: web, image: web}
suppress:
  - {rule: boot-log, image: etl, reason: waiting for a fix upstream, owner: platform, until: 2027-01-31}
  - {rule: boot-stop, reason: known, until: 2026-11-20}
  - {rule: builder-known-bad, known: lifecycle-0.21.2-export, reason: known, until: 2026-11-20}
`)
	log, stop := finding.New("boot-log", "a"), finding.New("boot-stop", "b")
	engine := finding.New("host-engine", "c")
	bad, other := finding.New("builder-known-bad", "d"), finding.New("builder-known-bad", "e")
	bad.Known, other.Known = &finding.Known{ID: "lifecycle-0.21.2-export"}, &finding.Known{ID: "acme"}
	marked := func(f finding.Finding, s finding.Suppression) finding.Finding { f.Suppressed = &s; return f }
	known := finding.Suppression{Reason: "known", Until: "2026-11-20"}
	for _, test := range []struct {
		name, image string
		given, want []finding.Finding
	}{
		{"the image that is named", "etl", []finding.Finding{log, stop},
			[]finding.Finding{marked(log, finding.Suppression{Reason: "waiting for a fix upstream", Owner: "platform", Until: "2027-01-31"}), marked(stop, known)}},
		{"another image", "web", []finding.Finding{log, stop}, []finding.Finding{log, marked(stop, known)}},
		{"an image without a name", "", []finding.Finding{log, stop}, []finding.Finding{log, marked(stop, known)}},
		{"the known cause that is named", "etl", []finding.Finding{other, bad, finding.New("builder-known-bad", "f")}, []finding.Finding{other, marked(bad, known), finding.New("builder-known-bad", "f")}},
		{"what must not be suppressed", "etl", []finding.Finding{engine}, []finding.Finding{engine}},
		{"what was suppressed already", "etl", []finding.Finding{marked(stop, finding.Suppression{Reason: "first"})}, []finding.Finding{marked(stop, finding.Suppression{Reason: "first"})}},
		{"nothing", "etl", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, p.Suppress.Apply(test.given, test.image)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	given := []finding.Finding{stop}
	p.Suppress.Apply(given, "web")
	if given[0].Suppressed != nil {
		t.Error("the findings that were given have changed")
	}
	if rogue := (policy.Suppressions{{Rule: "host-engine"}}).Apply([]finding.Finding{engine}, ""); rogue[0].Suppressed != nil {
		t.Error("a suppression that Parse would refuse took effect")
	}
}

func TestADayLastsUntilItsEndInUTC(t *testing.T) {
	day, err := policy.ParseDate("2027-01-31")
	if err != nil {
		t.Fatal(err)
	}
	for moment, want := range map[string]bool{
		"2027-01-30T23:59:59Z":      false,
		"2027-01-31T23:59:59Z":      false,
		"2027-02-01T00:00:00Z":      true,
		"2027-02-01T00:30:00+01:00": false,
		"2027-01-31T20:00:00-05:00": true,
	} {
		now, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if day.Over(now) != want {
			t.Errorf("at %s, %s is over: %v, want %v", moment, day, !want, want)
		}
	}
}

func TestAPolicyHoldsWhatTheFileSays(t *testing.T) {
	text := func(s string) *string { return &s }
	length := func(d time.Duration) *boot.Duration { v := boot.Duration(d); return &v }
	pattern, err := boot.ParsePattern("sync (run|start)")
	if err != nil {
		t.Fatal(err)
	}
	day, err := policy.ParseDate("2027-01-31")
	if err != nil {
		t.Fatal(err)
	}
	java17, err := version.ParseJavaRange("17")
	if err != nil {
		t.Fatal(err)
	}
	available, err := diagnose.ParsePattern(`HikariPool-\d+ - Connection is not available`)
	if err != nil {
		t.Fatal(err)
	}
	versions := func(text string) version.Range {
		r, err := version.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	job := boot.Spec{As: boot.Job, Within: length(90 * time.Second), Env: boot.Env{"SPRING_PROFILES_ACTIVE": text("gate")}}
	for _, test := range []struct {
		name, text string
		want       policy.Policy
	}{
		{"an empty file", "", policy.Policy{}},
		{"a file of comments", "# gate.yaml\n---\n# nothing yet\n", policy.Policy{}},
		{"sections without entries", "images:\nsuppress:\n", policy.Policy{}},
		{"an image that is booted without further wishes", "images:\n  - name: web\n    image: nginx\n    boot:\n", policy.Policy{Images: []policy.Image{{Name: "web", Image: "nginx"}}}},
		{"a job with what it needs", `
images:
  - name: ndw-etl
    image: ghcr.io/acme/ndw-etl
    boot:
      as: job
      within: 90s
      env: {SPRING_PROFILES_ACTIVE: gate}
      needs:
        - {name: db, image: "postgres:16", ready: {tcp: 5432}}
      once: sync (run|start)
      replicas: 2
      cpus: 0.5
suppress:
  - {rule: boot-log, image: ndw-etl, reason: "waiting for a fix", owner: platform, until: 2027-01-31}
`, policy.Policy{
			Images: []policy.Image{{Name: "ndw-etl", Image: "ghcr.io/acme/ndw-etl", Boot: boot.Spec{
				As: boot.Job, Within: length(90 * time.Second), Env: boot.Env{"SPRING_PROFILES_ACTIVE": text("gate")},
				Needs: []boot.Need{{Name: "db", Image: "postgres:16", Ready: boot.Readiness{{Kind: boot.ProbeTCP, Port: 5432}}}},
				Once:  pattern, Replicas: 2, CPUs: 0.5,
			}}},
			Suppress: policy.Suppressions{{Rule: "boot-log", Image: "ndw-etl", Reason: "waiting for a fix", Owner: "platform", Until: day}},
		}},
		{"versions of the builder", "builder:\n  versions: '>= 0.4.540, != 0.4.541'\n", policy.Policy{
			Builder: builder.Rules{Versions: builder.Versions{"builder": versions(">= 0.4.540, != 0.4.541")}},
		}},
		{"versions by what they are of, and something bad", `
builder:
  versions:
    lifecycle: 0.2
    paketo-buildpacks/bellsoft-liberica: ">= 11, != 11.2.0"
  known-bad:
    - id: acme-agent-2.1
      buildpack: {id: acme/agent, version: 2.1.0}
      remedy: Take 2.1.1.
`, policy.Policy{Builder: builder.Rules{
			Versions: builder.Versions{"lifecycle": versions("0.2"), "paketo-buildpacks/bellsoft-liberica": versions(">= 11, != 11.2.0")},
			KnownBad: []builder.KnownBad{{ID: "acme-agent-2.1", Buildpack: &builder.BuildpackRange{ID: "acme/agent", Version: versions("2.1.0")}, Remedy: "Take 2.1.1."}},
		}}},
		{"causes of one's own, and what is not tolerated", `
diagnose:
  causes:
    - id: pool-too-small
      rule: [jvm-oom-heap, spring-start-failure]
      text: 'HikariPool-\d+ - Connection is not available'
      jre: 17
      cause: The pool is too small.
      remedy: Raise it.
  errors: [jvm-oom-heap]
`, policy.Policy{Diagnose: diagnose.Rules{
			Causes: []diagnose.Cause{{
				ID: "pool-too-small", Rule: diagnose.Words{"jvm-oom-heap", "spring-start-failure"}, JRE: java17,
				Text: diagnose.Patterns{available}, Cause: "The pool is too small.", Remedy: "Raise it.",
			}},
			Errors: []string{"jvm-oom-heap"},
		}}},
		{"values that look like something else", `
images:
  - name: web
    image: web
    boot:
      env: {PORT: 8080, DEBUG: true, RATIO: 1.50, MASK: 0x1F, EMPTY: "", OWN: , SINCE: 2024-01-01, ANSWER: yes, TILDE: "~", TEXT: !!str null}
      user: 1000
      memory: 536870912
      stays-up: 0
      command: [serve, 8080, true]
      ready: {http: {port: 8080, status: 204, headers: {X-Try: 1}}}
`, policy.Policy{Images: []policy.Image{{Name: "web", Image: "web", Boot: boot.Spec{
			Env: boot.Env{"PORT": text("8080"), "DEBUG": text("true"), "RATIO": text("1.50"), "MASK": text("0x1F"), "EMPTY": text(""), "OWN": nil,
				"SINCE": text("2024-01-01"), "ANSWER": text("yes"), "TILDE": text("~"), "TEXT": text("null")},
			User: "1000", Memory: 512 << 20, StaysUp: length(0), Command: boot.Command{"serve", "8080", "true"},
			Ready: boot.Readiness{{Kind: boot.ProbeHTTP, Port: 8080, Path: "/", Status: boot.StatusSet{{From: 204, To: 204}}, Headers: map[string]string{"X-Try": "1"}}},
		}}}}},
		{"anchors, aliases and merge keys", `
images:
  - name: a
    image: &repo etl
    boot: &job
      as: job
      within: 90s
      env: &env {SPRING_PROFILES_ACTIVE: gate}
  - {name: b, image: *repo, boot: *job}
  - name: c
    image: *repo
    boot: {<<: [{as: service, within: 5s}, *job], as: job, within: 90s}
`, policy.Policy{Images: []policy.Image{{Name: "a", Image: "etl", Boot: job}, {Name: "b", Image: "etl", Boot: job}, {Name: "c", Image: "etl", Boot: job}}}},
		{"a byte order mark, Windows line ends and a directive", "\ufeff%YAML 1.2\r\n---\r\nimages:\r\n- name: web\r\n  image: nginx\r\n...\r\n",
			policy.Policy{Images: []policy.Image{{Name: "web", Image: "nginx"}}}},
		{"a command over several lines", "images:\n- name: a\n  image: b\n  boot:\n    command: >-\n      java\n      -jar 'my app.jar'\n",
			policy.Policy{Images: []policy.Image{{Name: "a", Image: "b", Boot: boot.Spec{Command: boot.Command{"java", "-jar", "my app.jar"}}}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.want.Path = "gate.yaml"
			if diff := cmp.Diff(&test.want, parse(t, test.text)); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			checkSchema(t, test.text, true)
		})
	}
}
