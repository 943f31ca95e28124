package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// Where only the last lines of a log were saved, and the JVM printed its whole report (-XX:+ErrorFileToStdout), the header
// is lost. The body has the signal and the stack.

// bodySignal is the line of the body that tells the signal. Programs that are no JVM write no name into it.
var bodySignal = lazyregexp.MustCompile(`^siginfo: ?si_signo[:=] ?(?:(\d+) \()?(SIG[A-Z]+)\b`)

// bodyLines is how many lines of a body come before the one that tells the signal, at the most.
const bodyLines = 400

// findBody looks for a report without its header. The log begins in the middle of it, so it holds no other's words about
// a crash: the body is there from the first lines on, and the line about the signal stands between the stack and the
// registers.
func findBody(lines []Line) []start {
	for i, l := range lines[:min(len(lines), bodyLines)] {
		before, _, found := strings.Cut(l.Text, "siginfo:")
		if !found {
			continue
		}
		prefix, ok := transport(before)
		if !ok || !bodySignal.MatchString(core(l.Text, prefix)) {
			continue
		}
		inBody := func(l Line) bool { return ofBody(core(l.Text, prefix)) }
		if slices.ContainsFunc(lines[:min(i+1, reportWithin)], inBody) && registersFollow(lines[i+1:], prefix) {
			return []start{{prefix: prefix, same: bodySignal.FindString(core(l.Text, prefix)), headless: true}}
		}
		return nil
	}
	return nil
}

// ofBody reports whether a line is one that only error reports have.
func ofBody(text string) bool {
	for _, begin := range []string{"Java VM: ", "Problematic frame:", "Current thread (0x", "Native frames: (", "Java frames: (", "siginfo:",
		"If you would like to submit a bug report", "---------------  S U M M A R Y", "---------------  T H R E A D"} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	_, ok := parseFrame(text)
	return ok
}

// registersFollow reports whether the registers come next.
func registersFollow(lines []Line, prefix string) bool {
	for _, l := range lines[:min(len(lines), 3)] {
		if strings.HasPrefix(core(l.Text, prefix), "Registers:") {
			return true
		}
	}
	return false
}

// signalOfBody takes the signal from the body.
func (r *reportReader) signalOfBody(text string, l Line) {
	m := bodySignal.FindStringSubmatch(text)
	if m == nil {
		return
	}
	r.quote(l)
	r.Kind, r.Signal, r.written = finding.CrashSignal, m[2], true
	r.SignalNumber, _ = strconv.Atoi(m[1])
}
