package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const openj9Dump = "openj9-dump"

var openj9Markers = []marker{
	{text: "Unhandled exception", follow: 8},
	{text: " vmState=0x", follow: 8},
	{text: "Module_base_address=", follow: 3},
	{text: "--- Stack Backtrace ---", follow: 10},
	{text: "JVMDUMP039I Processing dump event "},
	{text: "JVMDUMP032I JVM requested "},
	{text: "JVMDUMP013I Processed dump event "},
}

// What OpenJ9 prints when it crashes (j9prt, gphandle.c) and when it writes a dump (j9dmp). From public reports; there
// is no such JVM here to ask.
var (
	j9Type    = lazyregexp.MustCompile(`^Type=(.+?) vmState=(0x[0-9A-Fa-f]+)$`)
	j9Signal  = lazyregexp.MustCompile(`\bSignal_Number=([0-9a-fA-F]+)\b`)
	j9Belongs = lazyregexp.MustCompile(`^J9Generic_Signal_Number=|^Handler1=|\bSignal_Number=|^Target=`) // right below the type
	j9Module  = lazyregexp.MustCompile(`^Module=(\S+)$`)
	j9Symbol  = lazyregexp.MustCompile(`\bSymbol=(\S+)$`)
	j9Target  = lazyregexp.MustCompile(`^Target=(\S+) \((.+)\)$`)
	j9Frame   = lazyregexp.MustCompile(`^(?:(\S.*?)(?:\+0x[0-9a-f]+)? )?\((0x[0-9A-F]+) \[(.+?)\+(0x[0-9a-f]+)\]\)$`)
	j9Event   = lazyregexp.MustCompile(`^(?:\S+ )?JVMDUMP039I \S+ dump event "(\w+)", detail "([^"]*)"`)
	j9Wrote   = lazyregexp.MustCompile(`JVMDUMP010I (\w+) dump written to (\S+)$`)
)

// judgeOpenJ9 looks for an OpenJ9 that crashed, or wrote its dumps for an OutOfMemoryError.
func judgeOpenJ9(s scene) (finding.Finding, bool) {
	event := -1
	var name, detail string
	for i, l := range s.output {
		if m := j9Event.FindStringSubmatch(l.Text); m != nil && (m[1] == "gpf" || m[1] == "abort" || m[1] == "systhrow" && m[2] == "java/lang/OutOfMemoryError") {
			event, name, detail = i, m[1], m[2]
		}
	}
	if c, at, ok := s.j9Crash(); ok && name != "systhrow" {
		return s.j9Report(c, at, event), true
	}
	if event < 0 {
		return s.javacoreAlone()
	}
	if name == "systhrow" {
		return s.j9Memory(event, detail), true
	}
	f := report(openj9Dump, "The JVM (OpenJ9) ended itself and wrote a dump"+s.javacoreWords()+".", "", "", s.j9Evidence(event)...)
	return s.j9Weight(f), true
}

// j9Crash reads what is printed of a crash, and returns the line of its type.
func (s scene) j9Crash() (finding.Crash, int, bool) {
	for i := len(s.output) - 1; i >= 0; i-- {
		m := j9Type.FindStringSubmatch(s.output[i].Text)
		if m == nil {
			continue
		}
		if above := s.above(i, 1); len(above) == 0 || above[0].Text != "Unhandled exception" || !slices.ContainsFunc(s.below(i, 3), func(l Line) bool { return j9Belongs.MatchString(l.Text) }) {
			continue
		}
		c := finding.Crash{Kind: finding.CrashSignal, Vendor: "Eclipse OpenJ9", Error: m[1] + ", vmState=" + m[2]}
		module, symbol := "", ""
		for _, l := range s.below(i, 80) {
			if strings.HasPrefix(l.Text, "JVMDUMP") {
				break
			}
			if n, err := strconv.ParseInt(group(j9Signal, l.Text), 16, 16); err == nil && c.Signal == "" {
				c.SignalNumber = int(n)
				c.Signal, _ = signalName(int(n))
			}
			module, symbol = either(module, group(j9Module, l.Text)), either(symbol, group(j9Symbol, l.Text))
			if t := j9Target.FindStringSubmatch(l.Text); t != nil {
				c.VM, c.Host = "OpenJ9 "+t[1], t[2]
			}
			if f := j9Frame.FindStringSubmatch(l.Text); f != nil && len(c.NativeFrames) < maxFrames {
				c.NativeFrames = append(c.NativeFrames, finding.Frame{Kind: "C", Library: f[3], Offset: f[4], Symbol: f[1], Text: l.Text})
			}
		}
		if module != "" {
			c.Frame = &finding.Frame{Kind: "C", Library: helperName(module), Symbol: symbol, Text: strings.TrimSpace(module + " " + symbol)}
			if len(c.NativeFrames) > 0 && c.NativeFrames[0].Library == c.Frame.Library {
				c.Frame.Offset = c.NativeFrames[0].Offset
			}
		}
		return c, i, true
	}
	return finding.Crash{}, 0, false
}

// group returns the first group of a match, or nothing.
func group(shape *lazyregexp.Regexp, text string) string {
	if m := shape.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func (s scene) j9Report(c finding.Crash, at, event int) finding.Finding {
	what := "The JVM (OpenJ9) crashed"
	if c.Signal != "" {
		what += " with " + c.Signal
	}
	kind, _, _ := strings.Cut(c.Error, ",")
	what += " (" + lower(kind) + ")"
	cause := ""
	if c.Frame != nil {
		what += " in " + c.Frame.Library
		if c.Frame.Symbol != "" {
			what += ", " + brief(c.Frame.Symbol)
		}
		if !strings.HasPrefix(c.Frame.Library, "libj9") {
			cause = fmt.Sprintf("The crash is in the native library %s, not in the JVM itself.", quote(c.Frame.Library))
		}
	}
	f := report(openj9Dump, what+s.javacoreWords()+".", cause, "", s.output[at].evidence())
	if event >= 0 {
		f.Evidence = append(f.Evidence, s.j9Evidence(event)...)
	}
	c.JRE = s.javacoreVersion()
	c.Release, _ = strconv.Atoi(group(javacoreRelease, c.JRE))
	f.Crash, f.Fingerprint = &c, crashFingerprint(c)
	if s.ExitUnknown && s.wentOn(at) {
		f.Severity = finding.Warning
	}
	return s.j9Weight(f)
}

// j9Memory reports dumps for an OutOfMemoryError. The process may go on after it: whether it ended is another judge's.
func (s scene) j9Memory(event int, detail string) finding.Finding {
	what := ""
	for _, file := range s.javacores() {
		if m := javacoreDetail.FindStringSubmatch(file.Text); m != nil && m[1] == detail {
			what = " (" + m[2] + ")"
		}
	}
	f := report(openj9Dump, "The JVM (OpenJ9) wrote its dumps because of an OutOfMemoryError"+what+".",
		"A thread asked for memory that is not there: the heap is full, or native memory, or the number of threads is at its limit.",
		"Look into the javacore file (MEMINFO, and the thread that asked) and the heap dump; raise -Xmx together with the container's memory limit, or look for what grows.",
		s.j9Evidence(event)...)
	if s.failed() && s.becauseOf(knownCauses) {
		return f
	}
	f.Severity = finding.Warning
	return f
}

// j9Weight makes a warning of a crash that the process outlived: that of a child.
func (s scene) j9Weight(f finding.Finding) finding.Finding {
	if !s.Exited || s.ExitCode == 0 && !s.ExitUnknown {
		f.Severity = finding.Warning
	}
	return f
}

// j9Evidence quotes the event and where the dumps went.
func (s scene) j9Evidence(event int) []finding.Evidence {
	quoted := []finding.Evidence{s.output[event].evidence()}
	for _, l := range s.output[event+1:] {
		if len(quoted) < 5 && j9Wrote.MatchString(l.Text) {
			quoted = append(quoted, l.evidence())
		}
	}
	return quoted
}

// The first lines of a javacore (TITLE subcomponent) that say why it was written.
var (
	javacoreEvent  = lazyregexp.MustCompile(`(?m)^1TISIGINFO\s+Dump Event "(\w+)" \([0-9a-fA-F]+\)`)
	javacoreDetail = lazyregexp.MustCompile(`(?m)^1TISIGINFO\s+Dump Event "systhrow" \([0-9a-fA-F]+\) Detail "([^"]+)" "([^"]+)"`)
	javacoreJava   = lazyregexp.MustCompile(`(?m)^1CIJAVAVERSION\s*(.+?)\s*$`)
)

// javacoreRelease is the Java release in a javacore's version.
var javacoreRelease = lazyregexp.MustCompile(`^(?:JRE|J\dRE) (?:1\.)?(\d+)\b`)

// javacoreVersion is the version of the JVM that a javacore tells: JRE 17 Linux amd64-64 (build …); else empty.
func (s scene) javacoreVersion() string {
	for _, file := range s.javacores() {
		if m := javacoreJava.FindStringSubmatch(file.Text); m != nil && javacoreEvent.MatchString(file.Text) {
			return brief(m[1])
		}
	}
	return ""
}

// javacoreWords adds the version of the JVM to a sentence.
func (s scene) javacoreWords() string {
	if version := s.javacoreVersion(); version != "" {
		return "; it is " + version
	}
	return ""
}

// javacoreAlone reports a crash that only the javacore tells of.
func (s scene) javacoreAlone() (finding.Finding, bool) {
	for _, file := range s.javacores() {
		m := javacoreEvent.FindStringSubmatchIndex(file.Text)
		if m == nil {
			continue
		}
		name := file.Text[m[2]:m[3]]
		if name != "gpf" && name != "abort" {
			continue
		}
		line := file.Text[m[0]:]
		line, _, _ = strings.Cut(line, "\n")
		f := report(openj9Dump, "The JVM (OpenJ9) crashed and wrote a javacore"+s.javacoreWords()+".", "", "",
			finding.Evidence{Source: file.Path, Line: 1 + strings.Count(file.Text[:m[0]], "\n"), Text: strings.TrimRight(line, "\r")})
		return s.j9Weight(f), true
	}
	return finding.Finding{}, false
}

// javacores are the files that are javacores. It spares the expressions the error files of other JVMs.
func (s scene) javacores() []File {
	var all []File
	for _, file := range s.Files {
		if strings.Contains(file.Text, "\n1TISIGINFO ") {
			all = append(all, file)
		}
	}
	return all
}
