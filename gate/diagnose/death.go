package diagnose

import (
	"path"
	"slices"
	"strings"

	"bootgate/gate/finding"
)

// Death is what is known of a container's end, as plain facts.
type Death struct {
	// Exited is whether the main process ended by itself. When it is false the container did not start (StartError is
	// set), or was alive until the gate killed it.
	Exited bool
	// ExitCode is the exit status of the main process, 0 to 255; it counts only when Exited.
	ExitCode int
	// OOMKilled is the engine's flag: the kernel killed a process of the container for memory.
	OOMKilled bool
	// OOMEvents counts the engine's reports of such kills while the container ran.
	OOMEvents int
	// MemoryLimit is the limit in force and PeakMemory the highest use seen, in bytes; 0 when there is none or it is
	// unknown.
	MemoryLimit, PeakMemory int64
	// StartError is the engine's error when it could not create or start the container; else empty.
	StartError string
	// Lines are what the container printed, by ascending number, the last lines included. Lines in the middle may be
	// missing, save those that Interesting asked for.
	Lines []Line
	// Entrypoint is the effective argument vector: the image's ENTRYPOINT and CMD after all overrides.
	Entrypoint []string
	// Platform is the image's and EnginePlatform the engine's, as os/arch[/variant]; empty when unknown.
	Platform, EnginePlatform string
	// JVM is whether the container is known to run a Java virtual machine.
	JVM bool
}

// Line is one line of output.
type Line struct {
	Number int    // counts from 1 over both streams
	Stream string // "stdout" or "stderr"
	Text   string // without its end
}

// Diagnose returns what explains the death: the root cause first, consequences after it. It returns nothing when no
// judge is sure.
func Diagnose(d Death) []finding.Finding {
	s := newScene(d)
	var findings []finding.Finding
	for _, judge := range []func(scene) (finding.Finding, bool){
		judgeMemory, judgeArchitecture, judgeEntrypoint, judgeLink,
	} {
		if f, ok := judge(s); ok {
			findings = append(findings, f)
		}
	}
	return findings
}

// scene is a Death prepared for the judges.
type scene struct {
	Death
	// output are the lines that hold anything, cleaned of colours.
	output []Line
	// refusal is why something could not be executed; nil when nothing says so.
	refusal *refusal
}

func newScene(d Death) scene {
	s := scene{Death: d}
	for _, l := range d.Lines {
		l.Text = clean(l.Text)
		if l.Text != "" {
			s.output = append(s.output, l)
		}
	}
	s.refusal = findRefusal(s)
	return s
}

// failed reports whether the main process ended by itself with an exit code of its own that means failure. Codes above
// 128 stand for signals.
func (s scene) failed() bool { return s.Exited && s.ExitCode > 0 && s.ExitCode < 128 }

// after counts the lines of output that follow the i-th.
func (s scene) after(i int) int { return len(s.output) - 1 - i }

// program is the name of what the container was to run; empty when it is unknown.
func (s scene) program() string {
	if len(s.Entrypoint) == 0 {
		return ""
	}
	return s.Entrypoint[0]
}

// java reports whether the container runs a JVM, as far as can be told.
func (s scene) java() bool {
	return s.JVM || slices.ContainsFunc(s.Entrypoint, func(arg string) bool { return path.Base(arg) == "java" })
}

// evidence quotes a line of output.
func (l Line) evidence() finding.Evidence {
	return finding.Evidence{Source: l.Stream, Line: l.Number, Text: l.Text}
}

// engineEvidence quotes the engine.
func engineEvidence(text string) finding.Evidence {
	return finding.Evidence{Source: "engine", Text: text}
}

// quote puts a name of the image's own into a message.
func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `'`) + `"`
}

// report makes a finding of the given rule.
func report(rule, message, cause, remedy string, evidence ...finding.Evidence) finding.Finding {
	f := finding.New(rule, message)
	f.Cause = cause
	if remedy != "" {
		f.Remedy = remedy
	}
	f.Evidence = append(f.Evidence, evidence...)
	return f
}
