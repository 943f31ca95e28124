package diagnose

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

// outlived are the healthy logs in which something ran out of memory and the service lived on, with the rules of which a
// warning is right.
var outlived = map[string][]string{
	"openj9-outlived-heap-error":    {"openj9-dump", "jvm-oom-heap"},
	"worker-outlives-heap-error":    {"jvm-oom-heap"},
	"request-outlives-thread-error": {"jvm-oom-thread"},
	"pastebin-saves-raw-reports":    {"jvm-crash-signal", "jvm-oom-heap"},
	// A handler logged an error that it caught: nothing tells it from one that hit a thread.
	"camel-main": {"jvm-oom-heap"},
}

// excused are the healthy logs that would explain a failure if one followed at once, with the rules that may say so.
var excused = map[string][]string{}

// ending is a way in which a process that logged well may have ended.
type ending struct {
	name  string
	death Death
	// failed is whether it is a failure that the log does not explain.
	failed bool
}

func endings() []ending {
	java := []string{"java", "-jar", "/app.jar"}
	return []ending{
		{name: "it lives on", death: Death{Entrypoint: java}},
		{name: "it ended well", death: Death{Exited: true, Entrypoint: java}},
		{name: "it was stopped", death: Death{Exited: true, ExitCode: 143, Entrypoint: java}},
		{name: "its log was saved", death: Death{Exited: true, ExitUnknown: true}},
		{name: "it ended with 1 without a further word", death: Death{Exited: true, ExitCode: 1, Entrypoint: java}, failed: true},
		{name: "it ended with 1 under a shell", death: Death{Exited: true, ExitCode: 1, Entrypoint: []string{"/start.sh"}}, failed: true},
	}
}

// healthyLogs returns the healthy logs by their names.
func healthyLogs(t interface{ Fatal(...any) }) map[string][]Line {
	paths, err := filepath.Glob("testdata/healthy/*.log")
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string][]Line{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		logs[strings.TrimSuffix(filepath.Base(path), ".log")] = lines(string(text))
	}
	return logs
}

// observed returns the lines the gate would have kept of a log: its first and last ones, and those with a marker.
func observed(all []Line) []Line {
	const head, tail = 5, 35
	var k Keeper
	var kept []Line
	for i, l := range all {
		if k.Keep([]byte(l.Text)) || i < head || i >= len(all)-tail {
			kept = append(kept, l)
		}
	}
	return kept
}

// wrongly returns the findings that are wrong about a healthy log.
func wrongly(findings []finding.Finding, e ending, name string) []string {
	allowed := func(rules []string, f finding.Finding) bool { return slices.Contains(rules, f.Rule) }
	var wrong []string
	for _, f := range findings {
		switch {
		case f.Severity == finding.Error && e.failed && allowed(excused[name], f):
		case f.Severity != finding.Error && allowed(outlived[name], f):
		default:
			wrong = append(wrong, string(f.Severity)+" "+f.Rule+": "+f.Message+"\n\t"+quoted(f))
		}
	}
	return wrong
}

// quoted is the evidence of a finding, one piece a line.
func quoted(f finding.Finding) string {
	var all []string
	for _, e := range f.Evidence {
		all = append(all, e.Text)
	}
	return strings.Join(all, "\n\t")
}

func TestHealthyLogsAreNotTakenForFailures(t *testing.T) {
	logs := healthyLogs(t)
	if len(logs) < 74 {
		t.Fatalf("only %d healthy logs in testdata/healthy, want at least 74", len(logs))
	}
	for name, log := range logs {
		for _, e := range endings() {
			t.Run(name+"/"+e.name, func(t *testing.T) {
				for _, seen := range [][]Line{log, observed(log)} {
					e.death.Lines = seen
					if diff := cmp.Diff([]string(nil), wrongly(Diagnose(e.death), e, name)); diff != "" {
						t.Fatalf("findings on %d of %d lines (-want +got):\n%s", len(seen), len(log), diff)
					}
				}
			})
		}
	}
}

func TestTheListsOfExceptionsNameHealthyLogs(t *testing.T) {
	logs := healthyLogs(t)
	for _, list := range []map[string][]string{outlived, excused} {
		for name, rules := range list {
			if _, ok := logs[name]; !ok {
				t.Errorf("there is no testdata/healthy/%s.log", name)
			}
			for _, rule := range rules {
				if _, ok := finding.Lookup(rule); !ok {
					t.Errorf("%s: there is no rule %s", name, rule)
				}
			}
		}
	}
}

// TestHealthyLogsMixedWithOthersAreNotTakenForFailures puts lines of one healthy log between those of another, behind a
// prefix or without one; what logged them goes on after it.
func TestHealthyLogsMixedWithOthersAreNotTakenForFailures(t *testing.T) {
	logs := healthyLogs(t)
	var names []string
	for name := range logs {
		if len(outlived[name]) == 0 && len(excused[name]) == 0 {
			names = append(names, name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		mixed := mix(t, logs[rapid.SampledFrom(names).Draw(t, "one")], logs[rapid.SampledFrom(names).Draw(t, "another")])
		e := rapid.SampledFrom(endings()).Draw(t, "ending")
		for range 35 {
			mixed = append(mixed, Line{Number: len(mixed) + 1, Stream: "stderr",
				Text: "2026-02-03 04:05:06.789  INFO 1 --- [           main] com.example.Main : going on"})
		}
		e.death.Lines = mixed
		torn := func(f finding.Finding) bool { // a trace that is cut short no longer tells that it is a test's
			return f.Severity == finding.Warning && strings.HasPrefix(f.Rule, "jvm-oom-")
		}
		if wrong := wrongly(slices.DeleteFunc(Diagnose(e.death), torn), e, ""); wrong != nil {
			t.Fatalf("%s: %s", e.name, strings.Join(wrong, "\n"))
		}
	})
}

// mix puts runs of lines of another log into one, behind a prefix or without one. It puts none in front of the lines of a
// stack trace: they would belong to the trace then.
func mix(t *rapid.T, one, another []Line) []Line {
	prefix := rapid.SampledFrom([]string{"", "", "app-1  | ", "[pod/app-0/app] ", "2026-02-03T04:05:06.789Z ", "> ", "    "}).Draw(t, "prefix")
	var mixed []Line
	add := func(l Line, prefix string) {
		l.Number, l.Text = len(mixed)+1, prefix+l.Text
		mixed = append(mixed, l)
	}
	for len(one) > 0 {
		n := rapid.IntRange(1, 12).Draw(t, "run")
		for ; len(one) > 0 && (n > 0 || ofStack(one[0].Text)); n-- {
			add(one[0], "")
			one = one[1:]
		}
		for range min(rapid.IntRange(0, 4).Draw(t, "foreign"), len(another)) {
			add(another[0], prefix)
			another = another[1:]
		}
	}
	for _, l := range another {
		add(l, prefix)
	}
	return mixed
}
