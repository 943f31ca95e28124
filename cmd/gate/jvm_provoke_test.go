package main_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bootgate/gate/demo"
	"bootgate/testdata/images"
	"bootgate/testdata/testimage"
)

// provoked is what a JSON report says of one image, as far as these tests look at it.
type provoked struct {
	Name     string            `json:"name"`
	Verdict  string            `json:"verdict"`
	Findings []provokedFinding `json:"findings"`
	Boots    []struct {
		Exit *struct {
			Code int `json:"code"`
		} `json:"exit"`
		Output struct {
			Dropped int            `json:"dropped"`
			Head    []provokedLine `json:"head"`
			Tail    []provokedLine `json:"tail"`
		} `json:"output"`
	} `json:"boots"`
}

type provokedLine struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

type provokedFinding struct {
	Rule        string         `json:"rule"`
	Severity    string         `json:"severity"`
	Message     string         `json:"message"`
	Cause       string         `json:"cause"`
	Remedy      string         `json:"remedy"`
	Crash       *provokedCrash `json:"crash"`
	Fingerprint string         `json:"fingerprint"`
	Evidence    []struct {
		Source string `json:"source"`
		Text   string `json:"text"`
	} `json:"evidence"`
}

type provokedCrash struct {
	Kind    string `json:"kind"`
	Signal  string `json:"signal"`
	Release int    `json:"release"`
	File    string `json:"file"`
	Frame   *struct {
		Kind    string `json:"kind"`
		Library string `json:"library"`
		Symbol  string `json:"symbol"`
	} `json:"frame"`
}

// javaHomes returns the homes of the JDKs on this machine.
func javaHomes(t testing.TB) []string {
	t.Helper()
	homes := demo.JDKs()
	if len(homes) == 0 {
		t.Fatal("this test needs a JDK: apt-get install openjdk-17-jdk-headless")
	}
	return homes
}

// provokeImage puts the image of all provocations onto the engine.
func provokeImage(t testing.TB, home string) string {
	t.Helper()
	img, err := images.Provoke(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	return testimage.Load(t, images.Config{Name: "provoke"}.Tag(), img)
}

// provocationEntry is an image in gate.yaml.
type provocationEntry struct {
	Name  string          `json:"name"`
	Image string          `json:"image"`
	Boot  provocationBoot `json:"boot"`
}

type provocationBoot struct {
	As          string            `json:"as"`
	Entrypoint  []string          `json:"entrypoint"`
	Command     []string          `json:"command"`
	Env         map[string]string `json:"env,omitempty"`
	Memory      int64             `json:"memory,omitempty"`
	Pids        int64             `json:"pids,omitempty"`
	ReadOnly    bool              `json:"read-only,omitempty"`
	User        string            `json:"user,omitempty"`
	Ready       []string          `json:"ready,omitempty"`
	StaysUp     string            `json:"stays-up,omitempty"`
	StopsWithin string            `json:"stops-within,omitempty"`
}

func entryOf(p images.Provocation, ref string) provocationEntry {
	e := provocationEntry{Name: p.Name, Image: ref, Boot: provocationBoot{
		Entrypoint: p.Entrypoint, Command: append([]string{}, p.Command...), Memory: p.Memory, Pids: p.Pids, ReadOnly: p.ReadOnly, User: p.User,
		Env: map[string]string{}, As: "job", // however slow the machine is, the end is waited for
	}}
	for _, pair := range p.Env {
		name, value, _ := strings.Cut(pair, "=")
		e.Boot.Env[name] = value
	}
	if p.Lives {
		e.Boot.As, e.Boot.Ready, e.Boot.StaysUp, e.Boot.StopsWithin = "service", []string{"log:OutOfMemoryError"}, "1s", "0s"
	}
	return e
}

// provokeAll checks the entries side by side in one run of the gate, as a user with this gate.yaml would, and returns
// what the report says of each, by name.
func provokeAll(t testing.TB, entries []provocationEntry) map[string]provoked {
	t.Helper()
	dir := t.TempDir()
	text, err := json.Marshal(map[string][]provocationEntry{"images": entries}) // JSON is YAML
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "gate.yaml"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "report.json")
	got := gateRun{
		temporary: temporary(t), dir: dir,
		args: []string{"check", "--parallel", "4", "--output", "json=" + path},
	}.run(t)
	if got.code != 1 {
		t.Fatalf("gate check exits with %d, want 1\n%s", got.code, got.stderr)
	}
	var report struct {
		Images []provoked `json:"images"`
	}
	if text, err = os.ReadFile(path); err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil {
		t.Fatal(errors.Join(err, errors.New(got.stderr)))
	}
	byName := map[string]provoked{}
	for _, img := range report.Images {
		byName[img.Name] = img
	}
	return byName
}

// TestProvocations makes Java containers die for real, in every way that a stock JDK can be brought to, on each JDK
// found: the class comes first, its facts are in the message, and there is a remedy.
func TestProvocations(t *testing.T) {
	t.Parallel()
	for _, home := range javaHomes(t) {
		t.Run(filepath.Base(home), func(t *testing.T) {
			t.Parallel()
			ref := provokeImage(t, home)
			var entries []provocationEntry
			for _, p := range images.Provocations() {
				if _, ok := expectations[p.Name]; ok && !p.Plain && p.Works(home) {
					entries = append(entries, entryOf(p, ref))
				}
			}
			got := provokeAll(t, entries)
			for _, e := range entries {
				t.Run(e.Name, func(t *testing.T) { expectations[e.Name].check(t, got[e.Name], home) })
			}
			t.Run("saved logs", func(t *testing.T) { checkSaved(t, got) })
			for _, same := range sameCrash {
				for _, name := range same[1:] {
					if a, b := got[same[0]].first().Fingerprint, got[name].first().Fingerprint; a == "" || a != b {
						t.Errorf("the fingerprint of %s is %q, that of %s %q: want the same", same[0], a, name, b)
					}
				}
			}
		})
	}
}

// first is the first finding; it is empty when there is none.
func (p provoked) first() provokedFinding {
	if len(p.Findings) == 0 {
		return provokedFinding{}
	}
	return p.Findings[0]
}

// expectation is what the first finding must be.
type expectation struct {
	// rule is its rule; empty: there is no finding at all.
	rule string
	// severity is its severity. Default error.
	severity string
	// says and remedy are regular expressions that its message and its remedy match, cause one for its cause.
	says, remedy, cause string
	// signal, frame (KIND LIBRARY SYMBOL) and file are those of the crash; all empty when there is no crash in it.
	signal, frame, file string
	// then are the rules of the findings after it.
	then []string
}

// check compares what was found.
func (e expectation) check(t *testing.T, got provoked, home string) {
	t.Helper()
	if t.Failed() || testing.Verbose() {
		defer got.log(t)
	}
	if e.rule == "" {
		if len(got.Findings) > 0 || got.Verdict != "pass" {
			t.Errorf("the verdict is %s and there are findings, want none", got.Verdict)
		}
		return
	}
	if len(got.Findings) == 0 {
		t.Fatalf("nothing was found, want %s", e.rule)
	}
	first := got.Findings[0]
	want := map[string]string{"rule": "^(" + e.rule + ")$", "severity": "^error$", "verdict": "^fail$", "message": e.says, "remedy": e.remedy, "cause": e.cause}
	if e.severity != "" {
		want["severity"], want["verdict"] = "^"+e.severity+"$", "^pass$"
	}
	have := map[string]string{"rule": first.Rule, "severity": first.Severity, "verdict": got.Verdict, "message": first.Message, "remedy": first.Remedy, "cause": first.Cause}
	for what, pattern := range want {
		if !regexp.MustCompile(pattern).MatchString(have[what]) {
			t.Errorf("its %s is %q, want a match of %s", what, have[what], pattern)
		}
	}
	if first.Remedy == "" {
		t.Error("there is no remedy")
	}
	var then []string
	for _, f := range got.Findings[1:] {
		then = append(then, f.Rule)
	}
	if a, b := strings.Join(then, " "), strings.Join(e.then, " "); a != b {
		t.Errorf("after it come %q, want %q", a, b)
	}
	e.checkCrash(t, first, home)
}

// checkCrash compares the report of the JVM.
func (e expectation) checkCrash(t *testing.T, first provokedFinding, home string) {
	t.Helper()
	if e.signal == "" && e.frame == "" && e.file == "" {
		return
	}
	if first.Crash == nil {
		t.Fatal("there is no crash in it")
	}
	frame := ""
	if f := first.Crash.Frame; f != nil {
		frame = strings.Join([]string{f.Kind, f.Library, f.Symbol}, " ")
	}
	for what, pair := range map[string][2]string{
		"signal": {e.signal, first.Crash.Signal}, "frame": {e.frame, frame}, "file": {e.file, first.Crash.File},
	} {
		if !regexp.MustCompile("^(" + pair[0] + ")$").MatchString(pair[1]) {
			t.Errorf("its %s is %q, want a match of %s", what, pair[1], pair[0])
		}
	}
	if want := demo.Release(home); first.Crash.Release != want {
		t.Errorf("it is of Java %d, want %d", first.Crash.Release, want)
	}
	if first.Fingerprint == "" {
		t.Error("it has no fingerprint")
	}
}

// log shows what was found.
func (p provoked) log(t *testing.T) {
	t.Helper()
	for _, f := range p.Findings {
		t.Logf("%s: %s %s\n  message: %s\n  cause:   %s\n  remedy:  %s\n  print:   %s", p.Name, f.Severity, f.Rule, f.Message, f.Cause, f.Remedy, f.Fingerprint)
		for _, line := range f.Evidence {
			t.Logf("    %s | %s", line.Source, line.Text)
		}
	}
}
