package report

import (
	"fmt"
	"strings"
	"time"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// shortHex is how many hex digits of a digest are shown where space is dear: as many as Docker shows.
const shortHex = 12

// shortDigest returns the beginning of an image's digest, or of its image ID when only the engine knows it.
func shortDigest(m gate.ImageReport) string { return shortID(m.Digest, m.ImageID) }

func shortID(digest, imageID string) string {
	switch {
	case digest != "":
		return cutHex(digest)
	case imageID != "":
		return "id " + strings.TrimPrefix(cutHex(imageID), "sha256:")
	default:
		return ""
	}
}

func cutHex(digest string) string {
	algorithm, hex, found := strings.Cut(digest, ":")
	if !found {
		algorithm, hex = "", digest
	} else {
		algorithm += ":"
	}
	short, _ := splitColumns(hex, shortHex)
	return algorithm + short
}

// span renders a length of time for people: "812 ms", "3.2 s", "45 s", "2 min 5 s".
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + span(-d)
	case d < time.Second-time.Millisecond/2:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute-time.Second/2:
		return fmt.Sprintf("%.0f s", d.Seconds())
	default:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}

// size renders a number of bytes: "512 B", "34.1 KiB".
func size(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/(1<<10), "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB"} {
		if value < 1023.95 {
			break
		}
		value, unit = value/(1<<10), next
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + unit
}

// count renders a number with its noun: "1 line", "3,402 lines".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(n) + " " + noun
}

func thousands(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// exitPhrase renders an exit code: "code 1", "code 139 (SIGSEGV)", "code 137 (SIGKILL, out of memory)".
func exitPhrase(e boot.Exit) string {
	var notes []string
	if name := boot.SignalName(e.Code); name != "" {
		notes = append(notes, name)
	}
	if e.OOMKilled {
		notes = append(notes, "out of memory")
	}
	if len(notes) == 0 {
		return fmt.Sprintf("code %d", e.Code)
	}
	return fmt.Sprintf("code %d (%s)", e.Code, strings.Join(notes, ", "))
}

// ending says in a few words how a container ended: "exited with code 139 (SIGSEGV) after 2.3 s".
func ending(b boot.Observation) string {
	if b.Stop != nil && b.Stop.Forced {
		return watched(b) + ", then had to be killed"
	}
	return watched(b)
}

// lived says when a process ended: "after 2.3 s", or "after at most 2.3 s" where it is not known how long it ran.
func lived(e boot.Exit) string {
	d, atMost := e.Lived()
	if atMost {
		return "after at most " + span(d)
	}
	return "after " + span(d)
}

// watched says how the watch over a container ended.
func watched(b boot.Observation) string {
	after := " after " + span(b.Duration)
	switch b.Ended {
	case boot.EndedNotStarted:
		return "did not start"
	case boot.EndedExited:
		if b.Exit == nil {
			return "exited" + after
		}
		return "exited with " + exitPhrase(*b.Exit) + " " + lived(*b.Exit)
	case boot.EndedServed:
		return "ready after " + span(b.ReadyAfter) + ", stayed up"
	case boot.EndedTimeout:
		if b.Asked.Mode == boot.Job {
			return "not finished" + after
		}
		return "not ready" + after
	case boot.EndedUnhealthy:
		return "turned unhealthy" + after
	case boot.EndedUnanswering:
		return "stopped answering" + after
	case boot.EndedDiskFull:
		return "wrote " + size(b.DiskUsed) + " and was stopped" + after
	default:
		return "ended" + after
	}
}

// stopping says what followed the stop signal; empty when none was sent.
func stopping(s *boot.Stop) string {
	switch {
	case s == nil:
		return ""
	case s.Forced:
		return s.Signal + " ignored, killed after " + span(s.Took)
	default:
		return "ended " + span(s.Took) + " after " + s.Signal
	}
}

// memory says how much memory was used; empty when that is not known.
func memory(b boot.Observation) string {
	var parts []string
	if b.PeakMemory > 0 {
		parts = append(parts, "peak "+size(b.PeakMemory))
	}
	if b.MemoryLimit > 0 {
		parts = append(parts, "limit "+size(b.MemoryLimit))
	}
	if b.OOMEvents > 0 {
		parts = append(parts, count(b.OOMEvents, "kernel kill"))
	}
	return strings.Join(parts, ", ")
}

// missing says what a probe still wanted: "http:8080/health: expected 200-399, got connection refused (41 attempts)".
func missing(a boot.Attempt) string {
	text := fmt.Sprintf("%s: expected %s, got %s", a.Probe, a.Expected, a.Actual)
	if a.Attempts > 0 {
		text += " (" + count(a.Attempts, "attempt") + ")"
	}
	return text
}

// moments renders a time line, one item for each event: "812 ms ready (http:8080/)".
func moments(events []boot.Event) []string {
	return each(events, func(e boot.Event) string {
		text := span(e.At) + " " + e.What
		if e.Detail != "" {
			text += " (" + e.Detail + ")"
		}
		return text
	})
}

// troubled reports whether something about the end of a container deserves a look.
func troubled(b boot.Observation) bool {
	ok := b.Ended == boot.EndedServed || b.Ended == boot.EndedExited && b.Exit != nil && b.Exit.Code == 0
	return !ok || b.OOMEvents > 0 || b.Stop != nil && b.Stop.Forced
}

// isNeed reports whether a container is one the candidate needs, rather than the candidate itself.
func isNeed(b boot.Observation) bool { return strings.HasPrefix(b.Role, "need ") }

// inFocus tells for each container of an image that did not pass whether its details are worth showing: those that
// ended badly, or, when none did, all but the needs.
func inFocus(boots []boot.Observation) []bool {
	focus, bad := make([]bool, len(boots)), false
	for i, b := range boots {
		focus[i] = troubled(b)
		bad = bad || focus[i]
	}
	if !bad {
		for i, b := range boots {
			focus[i] = !isNeed(b)
		}
	}
	return focus
}

// lastLines returns the last lines a container printed, at most n, and how many it printed before them.
func lastLines(o boot.Output, n int) (lines []boot.Line, before int) {
	all := o.Tail
	if o.Dropped == 0 {
		all = append(append([]boot.Line(nil), o.Head...), o.Tail...)
	}
	lines = all[max(0, len(all)-n):]
	if len(lines) == 0 {
		return nil, o.Lines
	}
	return lines, max(0, lines[0].Number-1)
}

// quoted reports whether the findings of an image show all of the lines already.
func quoted(lines []boot.Line, findings []finding.Finding) bool {
	shown := make(map[boot.Line]bool)
	for _, f := range findings {
		if f.Suppressed != nil {
			continue
		}
		for _, e := range firstEvidence(f.Evidence) {
			shown[boot.Line{Number: e.Line, Stream: e.Source, Text: e.Text}] = true
		}
	}
	for _, line := range lines {
		if !shown[line] {
			return false
		}
	}
	return true
}

// quotes reports whether the findings quote text already.
func quotes(findings []finding.Finding, text string) bool {
	for _, f := range findings {
		for _, e := range firstEvidence(f.Evidence) {
			if f.Suppressed == nil && e.Text == text {
				return true
			}
		}
	}
	return false
}

// maxEvidence is how many lines of evidence of one finding are shown to people.
const maxEvidence = 30

func firstEvidence(all []finding.Evidence) []finding.Evidence {
	return all[:min(len(all), maxEvidence)]
}

// place renders where a finding points to; empty when it points nowhere that can be opened.
func place(l *finding.Location) string {
	if l == nil {
		return ""
	}
	switch {
	case l.File != "" && l.Line > 0 && l.Column > 0:
		return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)
	case l.File != "" && l.Line > 0:
		return fmt.Sprintf("%s:%d", l.File, l.Line)
	case l.File != "":
		return l.File
	case l.Layer != "":
		return strings.TrimSpace(l.Image + " layer " + l.Layer)
	default:
		return ""
	}
}
