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
	// ExitUnknown is whether all that is known is what was printed: whether the process ended, and how, can only be
	// told from that. Exited is true and ExitCode 0 then.
	ExitUnknown bool
	// Saved is whether everything known comes from a saved log, and from what somebody says of the end: the limits that
	// were in force are not known then.
	Saved bool
	// OOMKilled is the engine's flag: the kernel killed a process of the container for memory.
	OOMKilled bool
	// OOMEvents counts the engine's reports of such kills while the container ran.
	OOMEvents int
	// MemoryLimit is the limit in force and PeakMemory the highest use seen, in bytes; 0 when there is none or it is
	// unknown.
	MemoryLimit, PeakMemory int64
	// PidsLimit is how many processes and threads the container may have; 0 when it is unknown.
	PidsLimit int64
	// StartError is the engine's error when it could not create or start the container; else empty.
	StartError string
	// Lines are what the container printed, by ascending number, the last lines included. Lines in the middle may be
	// missing, save those that a Keeper asked for. Where a saved log begins with its newest line the numbers descend.
	Lines []Line
	// Files are the reports the process left: HotSpot's error files, OpenJ9's javacores.
	Files []File
	// Entrypoint is the effective argument vector: the image's ENTRYPOINT and CMD after all overrides.
	Entrypoint []string
	// Platform is the image's and EnginePlatform the engine's, as os/arch[/variant]; empty when unknown.
	Platform, EnginePlatform string
	// Environment holds the names of the environment variables the image sets.
	Environment []string
	// Buildpacks are those that took part in building the image; empty when it was not made by any, or unknown.
	Buildpacks []Buildpack
}

// File is a report that a dead process left.
type File struct {
	Path string
	// Text is its content, possibly cut at its end.
	Text string
}

// Buildpack is a Cloud Native Buildpack: its id ("paketo-buildpacks/bellsoft-liberica") and version ("8.7.0").
type Buildpack struct{ ID, Version string }

// Line is one line of output.
type Line struct {
	Number int    // counts from 1 over both streams
	Stream string // "stdout" or "stderr"; of a saved log its name, or that of the service
	Text   string // without its end
	// Service is whose line it is in a log that holds those of several; else empty.
	Service string
	// Follows is whether nothing is missing between the line and the one before it, whatever their numbers are: lines of
	// other services, or the repetition of a line.
	Follows bool
}

// scene is a Death prepared for the judges.
type scene struct {
	Death
	// output are the lines that hold anything, cleaned of colours.
	output []Line
	// throwables are the Java stack traces in the output, by their first line.
	throwables []*throwable
	// startLine is where a saved log has the engine's error; nil when it has none.
	startLine *Line
	// refusal is why something could not be executed; nil when nothing says so.
	refusal *refusal
	// crash is what a JVM wrote about its own end; nil when there is no such report.
	crash *crash
	// gaps are the lines of output in front of which others are missing.
	gaps map[int]bool
	// refused is the thread whose lack ended a JVM; nil when nothing says so.
	refused *refusedThread
	// shortages are the times that a JVM ran out of something, in the order of the output.
	shortages []shortage
}

func newScene(d Death) scene {
	d = d.Masked()
	s := scene{Death: d}
	gaps, number := map[int]bool{}, 0
	s.gaps = gaps
	for _, l := range d.Lines {
		if apart := l.Number - number; number > 0 && apart != 1 && apart != -1 && !l.Follows {
			gaps[len(s.output)] = true
		}
		number = l.Number
		l.Text = clean(l.Text)
		if l.Text != "" {
			s.output = append(s.output, l)
		}
	}
	withoutStamps(s.output)
	s.throwables = readThrowables(s.output, gaps)
	if s.startLine = findStartError(d, s.output); s.startLine != nil {
		s.StartError = s.startLine.Text
	}
	s.refusal = findRefusal(s)
	s.crash = findCrash(d, s.output)
	s.refused = findRefusedThread(s)
	s.shortages = findShortages(s)
	return s
}

// failed reports whether the main process ended by itself with an exit code of its own that means failure. Codes above
// 128 stand for signals.
func (s scene) failed() bool {
	return s.Exited && (s.ExitUnknown || s.ExitCode > 0 && s.ExitCode < 128)
}

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
	return slices.ContainsFunc(s.Entrypoint, func(arg string) bool { return path.Base(arg) == "java" }) ||
		slices.ContainsFunc(s.output, func(l Line) bool {
			return pickedUp.MatchString(l.Text) || strings.HasPrefix(l.Text, "Calculated JVM Memory Configuration: ")
		})
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

// stopped takes the full stop away behind a sentence that was cut.
func stopped(sentence string) string {
	if cut, ok := strings.CutSuffix(sentence, "…."); ok {
		return cut + "…"
	}
	return sentence
}

// report makes a finding of the given rule.
func report(rule, message, cause, remedy string, evidence ...finding.Evidence) finding.Finding {
	f := finding.New(rule, stopped(message))
	f.Cause = stopped(cause)
	if remedy != "" {
		f.Remedy = remedy
	}
	f.Evidence = append(f.Evidence, evidence...)
	return f
}
