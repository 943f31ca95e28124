package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

// lines are what the containers of these tests printed.
var lines = Output{Lines: 2, Head: []Line{{1, "stdout", "first"}, {2, "stderr", "second"}}}

// lastWords is the evidence they leave.
var lastWords = []finding.Evidence{{Source: "stdout", Line: 1, Text: "first"}, {Source: "stderr", Line: 2, Text: "second"}}

func TestFindingsOfAnObservation(t *testing.T) {
	auto, service, job := Asked{Mode: Auto, Within: time.Minute}, Asked{Mode: Service, Within: 90 * sec}, Asked{Mode: Job, Within: 15 * time.Minute, AtLeast: 2 * sec}
	refused := Attempt{Probe: "tcp:80", Expected: "a connection to port 80", Actual: "connection refused: nothing listens on that port", Attempts: 9}
	answered := Attempt{Probe: "http:80/", Expected: "GET http://container:80/ answers 200-399", Actual: "503 Service Unavailable", Attempts: 1}
	for _, test := range []struct {
		name    string
		seen    Observation
		message string
		remedy  string // part of it, where it is not the rule's own
		first   finding.Evidence
	}{
		{name: "a service that served", seen: Observation{Asked: service, Ended: EndedServed, Stop: stopped}},
		{name: "a job that ended with 0 in time", seen: Observation{Asked: job, Ended: EndedExited, Exit: &Exit{Ran: 2 * sec}}},
		{name: "a service that exited with 3", seen: Observation{Asked: service, Ended: EndedExited, Exit: &Exit{Code: 3, Ran: 1234 * ms}},
			message: "boot-exit: The container exited with 3 after 1.23s, before it was ready."},
		{name: "a service that exited with 0", seen: Observation{Asked: service, Ended: EndedExited, Exit: &Exit{Ran: 12345 * ms}},
			message: "boot-exit: The container exited with 0 after 12.3s, before it was ready.", remedy: "--as job"},
		{name: "a job that exited with 1", seen: Observation{Asked: job, Ended: EndedExited, Exit: &Exit{Code: 1, Ran: 754 * sec}},
			message: "boot-exit: The container exited with 1 after 12m34s."},
		{name: "a container that could not be started", seen: Observation{Asked: auto, Ended: EndedNotStarted, StartError: "no such user."},
			message: "boot-exit: The container could not be started: no such user."},
		{name: "a job that ended too soon", seen: Observation{Asked: job, Ended: EndedExited, Exit: &Exit{Ran: 80 * ms}},
			message: "boot-exit-early: The container exited with 0 after 80ms, sooner than the 2s its work takes at least."},
		{name: "a server that nothing reached", seen: Observation{Asked: service, Ended: EndedTimeout, Awaited: []Attempt{refused}},
			message: "boot-timeout: The container was not ready within 1m30s: still waiting for tcp:80.", remedy: "0.0.0.0",
			first: finding.Evidence{Source: "probe", Text: "tcp:80: expected a connection to port 80; got connection refused: nothing listens on that port (9 attempts)"}},
		{name: "a server that answered wrongly", seen: Observation{Asked: service, Ended: EndedTimeout, Awaited: []Attempt{answered, refused}},
			message: "boot-timeout: The container was not ready within 1m30s: still waiting for http:80/, tcp:80.",
			first:   finding.Evidence{Source: "probe", Text: "http:80/: expected GET http://container:80/ answers 200-399; got 503 Service Unavailable"}},
		{name: "a server of which nothing is known", seen: Observation{Asked: auto, Ended: EndedTimeout},
			message: "boot-timeout: The container was not ready within 1m: still waiting for a sign of readiness."},
		{name: "a sign that cannot show", seen: Observation{Asked: auto, Ended: EndedTimeout, Awaited: []Attempt{{Probe: "healthcheck", Actual: noHealthcheck}}},
			message: "boot-timeout: The container cannot become ready: healthcheck asks for something that is not there: the image has no HEALTHCHECK.", remedy: "Add a HEALTHCHECK"},
		{name: "a job that did not end", seen: Observation{Asked: job, Ended: EndedTimeout},
			message: "boot-timeout: The container is to be a job, and was still running after 15m.", remedy: "as: service"},
		{name: "a server that died", seen: Observation{Asked: service, Ended: EndedExited, Ready: true, ReadyAfter: sec, Exit: &Exit{Code: 3, At: 2500 * ms}},
			message: "boot-unstable: The container was ready after 1s, then exited with 3 1.5s later."},
		{name: "something that answered and ended with 0", seen: Observation{Asked: auto, Ended: EndedExited, Ready: true, Answered: true, ReadyAfter: sec, Exit: &Exit{At: 2 * sec}},
			message: "boot-unstable: The container was ready after 1s, then exited with 0 1s later.", remedy: "as: job"},
		{name: "a server that stopped answering", seen: Observation{Asked: service, Ended: EndedUnanswering, Ready: true, ReadyAfter: 20 * ms, Lost: &answered},
			message: "boot-unstable: The container was ready after 20ms, then stopped answering http:80/: 503 Service Unavailable.",
			first:   finding.Evidence{Source: "probe", Text: "http:80/: expected GET http://container:80/ answers 200-399; got 503 Service Unavailable"}},
		{name: "a server that turned unhealthy", seen: Observation{Asked: service, Ended: EndedUnhealthy, Ready: true, ReadyAfter: 20 * ms},
			message: "boot-unstable: The container was ready after 20ms, then its HEALTHCHECK turned unhealthy."},
		{name: "a server that was never healthy", seen: Observation{Asked: service, Ended: EndedUnhealthy, Lost: &Attempt{Probe: "healthcheck", Expected: "0", Actual: "exited with 1: no.", Attempts: 3}},
			message: "boot-unhealthy: The container is unhealthy, says its HEALTHCHECK: its command exited with 1: no.",
			first:   finding.Evidence{Source: "probe", Text: "healthcheck: expected 0; got exited with 1: no. (3 attempts)"}},
		{name: "a server that had to be killed", seen: Observation{Asked: service, Ended: EndedServed, Stop: &Stop{Signal: "SIGTERM", Took: 10 * sec, Forced: true}},
			message: "boot-stop: The container was still running 10s after SIGTERM and had to be killed."},
		{name: "a server whose stop signal is SIGKILL", seen: Observation{Asked: service, Ended: EndedServed, Stop: &Stop{Signal: "SIGKILL", Forced: true}}},
		{name: "a container that wrote too much", seen: Observation{Asked: service, Ended: EndedDiskFull, DiskUsed: 3 << 30},
			message: "boot-disk: The container had written 3GiB into its own file system when it was stopped."},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.seen.Role, test.seen.Output = RoleCandidate, lines
			got := Judge(Outcome{Boots: []Observation{test.seen}}, Explainer{})
			if test.message == "" {
				if len(got) > 0 {
					t.Errorf("found %v, want nothing", got)
				}
				return
			}
			if len(got) != 1 || got[0].Rule+": "+got[0].Message != test.message {
				t.Fatalf("found %v, want %q", got, test.message)
			}
			if !strings.Contains(got[0].Remedy, test.remedy) || got[0].Remedy == "" {
				t.Errorf("the remedy is %q, want one with %q", got[0].Remedy, test.remedy)
			}
			evidence := lastWords
			if test.first != (finding.Evidence{}) && got[0].Evidence[0] != test.first {
				t.Errorf("the first evidence is %+v, want %+v", got[0].Evidence[0], test.first)
			}
			if test.seen.Ended != EndedNotStarted {
				evidence = got[0].Evidence[len(got[0].Evidence)-2:]
			}
			if diff := cmp.Diff(lastWords, evidence); diff != "" {
				t.Errorf("last lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheLastFifteenLinesAreShown(t *testing.T) {
	var o Output
	for i := range 40 {
		o.Tail = append(o.Tail, Line{Number: 100 + i, Stream: "stdout", Text: fmt.Sprint(i)})
	}
	o.Head, o.Dropped, o.Lines = []Line{{1, "stdout", "x"}}, 98, 139
	seen := Observation{Role: RoleCandidate, Asked: Asked{Mode: Service}, Ended: EndedExited, Exit: &Exit{Code: 1}, Output: o}
	evidence := Judge(Outcome{Boots: []Observation{seen}}, Explainer{})[0].Evidence
	if len(evidence) != shownLines || evidence[0].Text != "25" || evidence[shownLines-1].Text != "39" {
		t.Errorf("%d lines are shown: %v", len(evidence), evidence)
	}
}

// oomKill explains every death the same way.
var oomKill = Explainer{
	Death: func(o Observation) []finding.Finding {
		if o.OOMEvents == 0 {
			return nil
		}
		return []finding.Finding{finding.New("container-oom-kill", "The kernel killed it.")}
	},
	Exit: func(e Exit) (string, string) {
		if e.Code > signalBase {
			return "killed by " + SignalName(e.Code), "somebody sent it"
		}
		return fmt.Sprintf("exited with %d (a custom code)", e.Code), ""
	},
}

func TestAnExplanationComesBeforeWhatItExplains(t *testing.T) {
	service := Asked{Mode: Service, Within: time.Minute}
	for _, test := range []struct {
		name  string
		boots []Observation
		want  []string
	}{
		{"it replaces an exit before readiness", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedExited, OOMEvents: 1, Exit: &Exit{Code: 137}}},
			[]string{"container-oom-kill: The kernel killed it."}},
		{"it replaces a failed start", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedNotStarted, OOMEvents: 1}},
			[]string{"container-oom-kill: The kernel killed it."}},
		{"it stands before an exit after readiness", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedExited, Ready: true, OOMEvents: 1, Exit: &Exit{Code: 137}}},
			[]string{"container-oom-kill: The kernel killed it.", "boot-unstable: The container was ready after 0s, then was killed by SIGKILL 0s later."}},
		{"it stands before a timeout", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedTimeout, OOMEvents: 1}},
			[]string{"container-oom-kill: The kernel killed it.", "boot-timeout: The container was not ready within 1m: still waiting for a sign of readiness."}},
		{"it stands alone when all was well otherwise", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedServed, OOMEvents: 1}},
			[]string{"container-oom-kill: The kernel killed it."}},
		{"a signal is put into words", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedExited, Exit: &Exit{Code: 139}}},
			[]string{"boot-exit: The container was killed by SIGSEGV after 0s, before it was ready."}},
		{"a code is put into words", []Observation{{Role: RoleCandidate, Asked: service, Ended: EndedExited, Exit: &Exit{Code: 3}}},
			[]string{"boot-exit: The container exited with 3 (a custom code) after 0s, before it was ready."}},
		{"of another container it says which", []Observation{
			{Role: RoleCandidate, Asked: service, Ended: EndedServed},
			{Role: "replica 2", Asked: service, Ended: EndedExited, OOMEvents: 1, Exit: &Exit{Code: 137}},
		}, []string{"container-oom-kill: In the replica 2: The kernel killed it."}},
		{"of a restart it leaves the explanation", []Observation{
			{Role: RoleCandidate, Asked: service, Ended: EndedServed},
			{Role: RoleRestart, Asked: service, Ended: EndedExited, OOMEvents: 1, Exit: &Exit{Code: 137}},
		}, []string{"container-oom-kill: In the restart: The kernel killed it.", "boot-restart: The container does not come back after a kill."}},
		{"of a need it says only what is the matter", []Observation{{Role: "need db", Asked: service, Ended: EndedExited, OOMEvents: 1, Exit: &Exit{Code: 137}}},
			[]string{`host-needs: "db", which the image needs, did not become ready: the kernel killed it.`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range Judge(Outcome{Boots: test.boots}, oomKill) {
				got = append(got, f.Rule+": "+f.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLastWordsAreSaidOfADeathThatNothingExplains(t *testing.T) {
	explain := oomKill
	explain.Headline = func(Observation) string { return "java.net.BindException: Address already in use" }
	service := Asked{Mode: Service, Within: time.Minute}
	for _, test := range []struct {
		name string
		seen Observation
		want []string
	}{
		{"an exit before readiness", Observation{Asked: service, Ended: EndedExited, Exit: &Exit{Code: 3}},
			[]string{"The container exited with 3 (a custom code) after 0s, before it was ready: java.net.BindException: Address already in use."}},
		{"an exit after readiness", Observation{Asked: service, Ended: EndedExited, Ready: true, Exit: &Exit{Code: 3}},
			[]string{"The container was ready after 0s, then exited with 3 (a custom code) 0s later: java.net.BindException: Address already in use."}},
		{"an exit after readiness that is explained", Observation{Asked: service, Ended: EndedExited, Ready: true, OOMEvents: 1, Exit: &Exit{Code: 137}},
			[]string{"The kernel killed it.", "The container was ready after 0s, then was killed by SIGKILL 0s later."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.seen.Role = RoleCandidate
			var got []string
			for _, f := range Judge(Outcome{Boots: []Observation{test.seen}}, explain) {
				got = append(got, f.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatAProcessOutlivedDoesNotExplainItsEnd(t *testing.T) {
	outlived := finding.New("jvm-oom-heap", "A worker ran out of heap.")
	outlived.Severity = finding.Warning
	explain := Explainer{Death: func(Observation) []finding.Finding { return []finding.Finding{outlived} }}
	service := Asked{Mode: Service, Within: time.Minute}
	for _, test := range []struct {
		name string
		seen Observation
		want []string
	}{
		{"an exit before readiness is still an error", Observation{Asked: service, Ended: EndedExited, Exit: &Exit{Code: 1}}, []string{"boot-exit", "jvm-oom-heap"}},
		{"an exit after readiness comes first", Observation{Asked: service, Ended: EndedExited, Ready: true, Exit: &Exit{Code: 1}}, []string{"boot-unstable", "jvm-oom-heap"}},
		{"a failed start is still an error", Observation{Asked: service, Ended: EndedNotStarted}, []string{"boot-exit", "jvm-oom-heap"}},
		{"a timeout comes first", Observation{Asked: service, Ended: EndedTimeout}, []string{"boot-timeout", "jvm-oom-heap"}},
		{"a service that served has only the warning", Observation{Asked: service, Ended: EndedServed}, []string{"jvm-oom-heap"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.seen.Role = RoleCandidate
			var got []string
			for _, f := range Judge(Outcome{Boots: []Observation{test.seen}}, explain) {
				got = append(got, f.Rule)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// someAttempt, someExit and the like draw parts of an observation.
func someAttempt() *rapid.Generator[Attempt] {
	return rapid.Custom(func(r *rapid.T) Attempt {
		text := rapid.String()
		return Attempt{Probe: text.Draw(r, "probe"), Expected: text.Draw(r, "expected"), Actual: rapid.OneOf(text, rapid.SampledFrom([]string{noHealthcheck, "connection refused"})).Draw(r, "actual"), Attempts: rapid.IntRange(0, 9).Draw(r, "attempts")}
	})
}

func someLines() *rapid.Generator[[]Line] {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) Line {
		return Line{rapid.IntRange(1, 500).Draw(r, "number"), rapid.SampledFrom([]string{"stdout", "stderr"}).Draw(r, "stream"), cutText(rapid.SliceOf(rapid.Byte()).Draw(r, "text"), 100, false)}
	}), 0, 20)
}

// someObservation draws an observation as a boot test can make it.
func someObservation() *rapid.Generator[Observation] {
	span := rapid.Map(rapid.Int64Range(0, int64(time.Hour)), func(n int64) time.Duration { return time.Duration(n) })
	return rapid.Custom(func(r *rapid.T) Observation {
		o := Observation{
			Role:  rapid.SampledFrom([]string{RoleCandidate, "replica 2", RoleRestart, RoleSecondStart, "need db"}).Draw(r, "role"),
			Asked: Asked{Mode: rapid.SampledFrom([]Mode{Auto, Service, Job}).Draw(r, "mode"), Within: span.Draw(r, "within"), AtLeast: span.Draw(r, "at least"), Once: rapid.SampledFrom([]string{"", "x+"}).Draw(r, "once")},
			Ended: rapid.SampledFrom([]Ending{EndedServed, EndedExited, EndedNotStarted, EndedTimeout, EndedUnhealthy, EndedUnanswering, EndedDiskFull}).Draw(r, "ended"),
			Ready: rapid.Bool().Draw(r, "ready"), Answered: rapid.Bool().Draw(r, "answered"), ReadyAfter: span.Draw(r, "ready after"),
			Awaited: rapid.SliceOfN(someAttempt(), 0, 3).Draw(r, "awaited"), OOMEvents: rapid.IntRange(0, 2).Draw(r, "oom"), DiskUsed: rapid.Int64Range(0, 1<<40).Draw(r, "disk"),
			Output: Output{Head: someLines().Draw(r, "head"), Tail: someLines().Draw(r, "tail"), Dropped: rapid.IntRange(0, 1).Draw(r, "dropped")},
		}
		if o.Ended == EndedNotStarted {
			o.StartError = rapid.String().Draw(r, "start error")
		}
		if o.Ended == EndedExited {
			o.Exit = &Exit{Code: rapid.IntRange(0, 255).Draw(r, "code"), At: span.Draw(r, "at"), Ran: span.Draw(r, "ran")}
		}
		if o.Ended == EndedUnanswering || o.Ended == EndedUnhealthy && rapid.Bool().Draw(r, "known") {
			lost := someAttempt().Draw(r, "lost")
			o.Lost = &lost
		}
		if o.Ended == EndedServed {
			o.Stop = &Stop{Signal: "SIGTERM", Took: span.Draw(r, "took"), Forced: rapid.Bool().Draw(r, "forced")}
		}
		if all := someLines().Draw(r, "matched"); len(all) > 1 {
			o.Once = &all[0]
			o.Forbidden = []Forbidden{{"x", all[0]}, {"x", all[1]}}
		}
		return o
	})
}

func TestASavedOutcomeIsJudgedTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seen := Outcome{Boots: rapid.SliceOfN(someObservation(), 0, 4).Draw(r, "boots")}
		data, err := json.Marshal(seen)
		if err != nil {
			r.Fatal(err)
		}
		var read Outcome
		if err := json.Unmarshal(data, &read); err != nil {
			r.Fatal(err)
		}
		want := Judge(seen, oomKill)
		if diff := cmp.Diff(want, Judge(read, oomKill)); diff != "" {
			r.Fatalf("findings (-of what was seen +of what was saved):\n%s", diff)
		}
		for _, f := range want {
			if rule, ok := finding.Lookup(f.Rule); !ok || f.Severity != rule.Severity && f.Severity != finding.Warning || f.Message == "" || f.Remedy == "" {
				r.Fatalf("the finding %+v is not complete", f)
			}
		}
		// What served, and left nothing to explain, is not held against it; anything else is.
		served := !slices.ContainsFunc(seen.Boots, func(o Observation) bool { return !o.served() })
		if !served && finding.Of(want) == finding.Pass {
			r.Fatalf("a boot that did not serve passes")
		}
	})
}
