package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// Where two JVMs print to one place at the same time, their reports get mixed line by line, and a report that is read as
// one would have the signal of one JVM and the frame of the other. It shows in what a report says once, and these say
// twice.

// another reports whether the line that says what happened is of another crash than the one read before: at another
// place, or in another process.
func (r *reportReader) another(before, now, pid string) bool {
	if before == "" || before == now && pid == strconv.Itoa(r.PID) {
		return false
	}
	r.mixed = true
	return true
}

// differ compares two versions where both are known. One may be torn.
func (r *reportReader) differ(before, now string) {
	if before != "" && now != "" && !strings.HasPrefix(before, now) && !strings.HasPrefix(now, before) {
		r.mixed = true
	}
}

// firstGroup returns what the first group of a pattern holds of a line; empty when there is none.
func firstGroup(pattern *lazyregexp.Regexp, line string) string {
	if m := pattern.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// frameOfHeader compares a frame in the header, where the JVM writes one, with the one read before. Its mark tells it from
// those of the stack.
func (r *reportReader) frameOfHeader(text string, l Line) {
	if r.Frame == nil || r.mixed || len(text) < 3 || text[1] != ' ' || !marked(l.Text, r.prefix) {
		return
	}
	if f, ok := parseFrame(text); ok {
		r.mixed = !sameFrame(*r.Frame, f)
	}
}

// sameFrame reports whether two frames can be one and the same. What another thread wrote into one may have torn it.
func sameFrame(a, b finding.Frame) bool {
	switch {
	case a.Library != "" || b.Library != "":
		return a.Library == b.Library && a.Offset == b.Offset
	case a.Symbol != "" || b.Symbol != "":
		return strings.HasPrefix(a.Symbol, b.Symbol) || strings.HasPrefix(b.Symbol, a.Symbol)
	}
	return a.Offset == b.Offset
}

// contradictory reports whether the run-time and the virtual machine are of different Java releases.
func (c *crash) contradictory() bool {
	vm := hotspot8.ReplaceAllString(firstGroup(vmVersion, c.VM), "8.0_$1-$2")
	jre := firstGroup(runtimeVersion, c.JRE)
	return vm != "" && jre != "" && release(vm) != release(jre)
}

// dropUnsure leaves of a mixed report what the line says that it was known by.
func (c *crash) dropUnsure() {
	c.Crash = finding.Crash{Kind: c.Kind, Signal: c.Signal, SignalNumber: c.SignalNumber, PC: c.PC, PID: c.PID, TID: c.TID, Site: c.Site}
	c.has, c.overflowed, c.bugs = map[part]bool{}, false, ""
}
