package gate_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/text/encoding/unicode"

	"bootgate/gate"
	"bootgate/gate/finding"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// savedLog is a log of a process that failed. Its file begins with a sentence about it and with settings, one to a line:
//
//	exit: 139        the exit code, where it is known
//	oom-killed       the engine says so
//	as: WAY          how the log is changed before it is read; a key of ways
//	front: TEXT      stands in front of each line; %d in it is the number of the line, in three digits
//	alone            nothing may stand in front of it
//
// Then come the log and what is to be said of it.
type savedLog struct {
	request gate.DiagnoseRequest
	archive *txtar.Archive
	log     string
}

// ways are how logs get changed on their way from a JVM to a file.
var ways = map[string]func(string) string{
	"crlf":         func(log string) string { return strings.ReplaceAll(log, "\n", "\r\n") },
	"utf-16":       utf16,
	"gzip":         zipped,
	"lost marks":   lostMarks,
	"doubled":      func(log string) string { return eachLine(log, func(_ int, l string) string { return l + "\n" + l }) },
	"newest first": newestFirst,
	"json-file":    func(log string) string { return eachLine(log, jsonFile) },
	"events":       events,
	"events as text": func(log string) string {
		return eachLine(log, func(n int, l string) string {
			return fmt.Sprintf("EVENTS\t1736071200000\t%s\t1736071200%03d", l, n%1000)
		})
	},
	"events as table": func(log string) string {
		return "timestamp,message\n" + eachLine(log, func(n int, l string) string {
			return fmt.Sprintf(`1736071200%03d,"%s"`, n%1000, strings.ReplaceAll(l, `"`, `""`))
		})
	},
	"routed": func(log string) string {
		return eachLine(log, func(_ int, l string) string {
			return `{"@timestamp":"2026-01-05T10:00:00Z","message":` + quotedJSON(l) + `,"kubernetes":{"pod":"shop-5f7c9-abcde"}}`
		})
	},
	"gone on": func(log string) string {
		return strings.Repeat("10:00:00.000 [main] INFO  com.example.Main - working\n", 400) + log
	},
}

func eachLine(log string, change func(n int, line string) string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(log) {
		n++
		b.WriteString(change(n, strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

func utf16(log string) string {
	encoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(log, "\n", "\r\n"))
	if err != nil {
		panic(err)
	}
	return encoded
}

func zipped(log string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, log)
	_ = w.Close()
	return b.String()
}

func lostMarks(log string) string {
	return eachLine(log, func(_ int, l string) string { return strings.TrimPrefix(strings.TrimPrefix(l, "#"), " ") })
}

func newestFirst(log string) string {
	lines := slices.Collect(strings.Lines(log))
	slices.Reverse(lines)
	return strings.Join(lines, "")
}

func jsonFile(n int, line string) string {
	return fmt.Sprintf(`{"log":%s,"stream":"stderr","time":"2026-01-02T03:04:05.%09dZ"}`, strconv.Quote(line+"\n"), n)
}

// events writes a log as `aws logs get-log-events` prints it.
func events(log string) string {
	entries := eachLine(log, func(n int, l string) string {
		return fmt.Sprintf("        {\n            \"timestamp\": 1736071200%03d,\n            \"message\": %s,\n            \"ingestionTime\": 1736071209999\n        },", n%1000, quotedJSON(l))
	})
	return "{\n    \"events\": [\n" + strings.TrimSuffix(entries, ",\n") + "\n    ],\n    \"nextForwardToken\": \"f/1\"\n}\n"
}

func quotedJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

func readSavedLog(t *testing.T, path string) *savedLog {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files) == 0 || archive.Files[0].Name != "log" {
		t.Fatalf("%s: the first file is to be named log", path)
	}
	saved := &savedLog{archive: archive, log: string(archive.Files[0].Data)}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "exit":
			code, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			saved.request.ExitCode = &code
		case "oom-killed":
			saved.request.OOMKilled = true
		case "front":
			saved.log = eachLine(saved.log, func(n int, l string) string {
				return strings.ReplaceAll(value, "%d", fmt.Sprintf("%03d", n)) + " " + l
			})
		case "as":
			change, ok := ways[value]
			if !ok {
				t.Fatalf("%s: there is no way %q", path, value)
			}
			saved.log = change(saved.log)
		}
	}
	saved.request.Inputs = []gate.DiagnoseInput{{Name: "app.log", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(saved.log)), nil
	}}}
	return saved
}

// described is all that findings say, for a person to read through.
func described(findings []finding.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s\n", f.Severity, f.Rule)
		for _, part := range []struct{ name, text string }{{"message", f.Message}, {"cause", f.Cause}, {"remedy", f.Remedy}} {
			if part.text != "" {
				fmt.Fprintf(&b, "  %s: %s\n", part.name, part.text)
			}
		}
		if f.Known != nil {
			fmt.Fprintf(&b, "  known: %+v\n", *f.Known)
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  %s:%d: %s\n", e.Source, e.Line, e.Text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestSavedLogsOfFailures reads every log of diagnose/testdata/failing as `gate diagnose` does and compares what it says
// with what stands in the same file. With -update it writes that down instead: read it then, word for word.
func TestSavedLogsOfFailures(t *testing.T) {
	paths, err := filepath.Glob("diagnose/testdata/failing/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 50 {
		t.Errorf("only %d logs, want at least 50", len(paths))
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			saved := readSavedLog(t, path)
			diagnosis, err := gate.Diagnose(t.Context(), saved.request)
			if err != nil {
				t.Fatal(err)
			}
			if err := diagnosis.Unread(); err != nil {
				t.Fatal(err)
			}
			got := described(diagnosis.Inputs[0].Findings)
			if *update {
				saved.archive.Files = append(saved.archive.Files[:1], txtar.File{Name: "said", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(saved.archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(saved.archive.Files) < 2 {
				t.Fatal("nothing says what is expected: run with -update, and read it")
			}
			if diff := cmp.Diff(string(saved.archive.Files[1].Data), got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheLauncherMayHaveTheFirstWord moves what the launcher says of a JVM that could not set itself up, which goes to
// stderr, up through what the JVM says of it, which goes to stdout: a log of both has them in any order.
func TestTheLauncherMayHaveTheFirstWord(t *testing.T) {
	paths, err := filepath.Glob("diagnose/testdata/failing/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, path := range paths {
		saved := readSavedLog(t, path)
		log := saved.log
		jvm, launcher := strings.Index(log, "Error occurred during initialization of "), strings.Index(log, "Error: Could not create the Java Virtual Machine.")
		if jvm < 0 || launcher < jvm {
			continue
		}
		moved++
		want := firstRule(t, saved)
		said, end := strings.Split(strings.TrimSuffix(log[:launcher], "\n"), "\n"), log[launcher:]
		for at := len(said) - 1; at >= max(0, len(said)-4); at-- {
			saved.log = strings.Join(said[:at], "\n") + "\n" + strings.TrimSuffix(end, "\n") + "\n" + strings.Join(said[at:], "\n") + "\n"
			if got := firstRule(t, saved); got != want {
				t.Errorf("%s: the first rule is %q, want %q of\n%s", path, got, want, saved.log)
			}
		}
	}
	if moved < 3 {
		t.Errorf("only %d logs have both, want at least 3", moved)
	}
}

// firstRule returns the rule of the first finding about a log; empty when there is none.
func firstRule(t *testing.T, saved *savedLog) string {
	t.Helper()
	diagnosis, err := gate.Diagnose(t.Context(), saved.request)
	if err != nil {
		t.Fatal(err)
	}
	if findings := diagnosis.Inputs[0].Findings; len(findings) > 0 {
		return findings[0].Rule
	}
	return ""
}

// fronts are what tools put in front of lines.
var fronts = []string{
	"app-1  | ", "[pod/app-5f7c9-abcde/app] ", "2026-01-02T03:04:05.006Z ", "2026-01-02T03:04:05.006000000Z stdout F ",
	"Jan 16 04:00:01 host-1 app[812]: ", "#14 4.123 ",
}

// TestHealthySavedLogsPass reads every log of diagnose/testdata/healthy as `gate diagnose` does, as it is and in all the
// ways in which logs get changed. Where a failure follows, it has nothing to say but the exit code and what was thrown
// last.
func TestHealthySavedLogsPass(t *testing.T) {
	paths, err := filepath.Glob("diagnose/testdata/healthy/*.log")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Error("there are no healthy logs")
	}
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".log"), func(t *testing.T) {
			healthyAs(t, "as it is", string(text))
			// A part of the logs in each way: all of them in all ways would take minutes with the race detector.
			for w, front := range fronts {
				if w%3 == i%3 {
					healthyAs(t, front, eachLine(string(text), func(_ int, l string) string { return front + l }))
				}
			}
			for w, name := range slices.Sorted(maps.Keys(ways)) {
				if w%5 == i%5 {
					healthyAs(t, name, ways[name](string(text)))
				}
			}
		})
	}
}

// healthyAs reads a healthy log that was changed in some way.
func healthyAs(t *testing.T, way, log string) {
	t.Helper()
	one := 1
	in := gate.DiagnoseInput{Name: "app.log", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(log)), nil }}
	for _, exit := range []*int{nil, &one} {
		diagnosis, err := gate.Diagnose(t.Context(), gate.DiagnoseRequest{Inputs: []gate.DiagnoseInput{in}, ExitCode: exit})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range diagnosis.Inputs[0].Findings {
			if f.Severity == finding.Error && (exit == nil || f.Rule != "boot-exit") {
				t.Errorf("%s: %s", way, described([]finding.Finding{f}))
			}
		}
	}
}

// TestHealthyLinesInFrontHideNoFailure puts a healthy log in front of one of a failure, as where a service worked well
// before it died: the same has to be said of it. What the engine's runtime or a shell says of a program that it cannot
// execute is alone in a log, so that those are left out.
func TestHealthyLinesInFrontHideNoFailure(t *testing.T) {
	healthy, err := filepath.Glob("diagnose/testdata/healthy/*.log")
	if err != nil {
		t.Fatal(err)
	}
	failing, err := filepath.Glob("diagnose/testdata/failing/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range failing {
		saved := readSavedLog(t, path)
		comment := string(saved.archive.Comment)
		said := string(saved.archive.Files[1].Data)
		if strings.Contains(comment, "\nas: ") || strings.Contains(comment, "\nfront: ") || strings.Contains(comment, "\nalone\n") ||
			strings.Contains(said, "error wrong-architecture") || strings.Contains(said, "error entrypoint-missing") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			for j := range 5 {
				before := healthy[(i*7+j*13)%len(healthy)]
				text, err := os.ReadFile(before)
				if err != nil {
					t.Fatal(err)
				}
				saved := readSavedLog(t, path)
				saved.log = string(text) + saved.log
				diagnosis, err := gate.Diagnose(t.Context(), saved.request)
				if err != nil {
					t.Fatal(err)
				}
				want, _, _ := strings.Cut(said, "\n")
				got, _, _ := strings.Cut(described(diagnosis.Inputs[0].Findings), "\n")
				if got != want {
					t.Errorf("after %s the first finding is %q, want %q", before, got, want)
				}
			}
		})
	}
}
