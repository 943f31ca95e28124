package report

import (
	"strings"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// maxName is how many columns the name of an image takes in a table of images.
const maxName = 40

// heads lays out the first lines of images in columns: verdict, name, digest, platform, time.
type heads struct{ widths [4]int }

// newHeads measures the columns that the images of a report take.
func newHeads(images []gate.ImageReport) heads {
	var h heads
	for _, m := range images {
		for i, cell := range headCells(m) {
			h.widths[i] = max(h.widths[i], columns(cell))
		}
	}
	return h
}

func headCells(m gate.ImageReport) [4]string {
	return [4]string{verdictWord(m.Verdict), cutColumns(m.Name, maxName), shortDigest(m), m.Platform}
}

// head returns the first line of an image; for one that passed it also says how.
func (h heads) head(paint palette, m gate.ImageReport) string {
	cells := headCells(m)
	var b strings.Builder
	b.WriteString(paint.verdict(m.Verdict))
	b.WriteString(strings.Repeat(" ", h.widths[0]-columns(cells[0])))
	for i, cell := range cells[1:] {
		if h.widths[i+1] == 0 {
			continue
		}
		cell = pad(cell, h.widths[i+1])
		if i == 0 {
			cell = paint.bold(cell)
		}
		b.WriteString("  " + cell)
	}
	b.WriteString("  " + span(m.Duration))
	if m.Verdict == finding.Pass {
		b.WriteString(paint.dim("  " + proof(m.Boots, m.Findings)))
	}
	return strings.TrimRight(b.String(), " ")
}

// proof says by what an image passed: "ready after 812 ms (http:8080/)", "job done after 3.2 s"; or how it failed, where
// that is suppressed: "exited with code 3 after 812 ms, suppressed".
func proof(boots []boot.Observation, findings []finding.Finding) string {
	if text := excused(boots, findings); text != "" {
		return text + ", suppressed"
	}
	for _, b := range boots {
		switch {
		case isNeed(b):
			continue
		case b.Ended == boot.EndedExited && b.Exit != nil:
			return "job done " + lived(*b.Exit)
		case b.Ready && b.ReadyBy != "":
			return "ready after " + span(b.ReadyAfter) + " (" + b.ReadyBy + ")"
		case b.Ready:
			return "ready after " + span(b.ReadyAfter)
		}
	}
	return ""
}

// excused says how the first container ended that ended badly, when errors are suppressed; empty when none is, or no
// container did: then the errors are about something else than an end.
func excused(boots []boot.Observation, findings []finding.Finding) string {
	suppressed, early := false, false
	for _, f := range findings {
		if f.Severity == finding.Error && f.Suppressed != nil {
			suppressed, early = true, early || f.Rule == "boot-exit-early"
		}
	}
	for _, b := range boots {
		if suppressed && !isNeed(b) && (endedBadly(b) || early && b.Ended == boot.EndedExited) {
			return ending(b)
		}
	}
	return ""
}

// endedBadly reports whether a container did not end the way its mode asks for.
func endedBadly(b boot.Observation) bool {
	switch {
	case b.Ended == boot.EndedServed:
		return b.Stop != nil && b.Stop.Forced
	case b.Ended != boot.EndedExited || b.Exit == nil || b.Exit.Code != 0:
		return true
	}
	return b.Asked.Mode == boot.Service || b.Asked.Mode == boot.Auto && b.Ready
}

// verdictWord is how a verdict stands at the beginning of a line.
func verdictWord(v finding.Verdict) string {
	switch v {
	case finding.Pass:
		return "PASS"
	case finding.Fail:
		return "FAIL"
	default:
		return "INCONCLUSIVE"
	}
}

// palette colours text, or leaves it as it is.
type palette struct{ on bool }

// The SGR parameters in use: ECMA-48, 8.3.117.
const (
	sgrBold   = "1"
	sgrDim    = "2"
	sgrRed    = "1;31"
	sgrGreen  = "1;32"
	sgrYellow = "1;33"
	sgrCyan   = "1;36"
)

func (p palette) wrap(sgr, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p palette) bold(text string) string { return p.wrap(sgrBold, text) }

func (p palette) dim(text string) string { return p.wrap(sgrDim, text) }

// verdict returns the word for a verdict in its colour.
func (p palette) verdict(v finding.Verdict) string {
	switch v {
	case finding.Pass:
		return p.wrap(sgrGreen, verdictWord(v))
	case finding.Fail:
		return p.wrap(sgrRed, verdictWord(v))
	default:
		return p.wrap(sgrYellow, verdictWord(v))
	}
}

// rule colours text by the severity of a finding.
func (p palette) rule(s finding.Severity, text string) string {
	switch s {
	case finding.Error:
		return p.wrap(sgrRed, text)
	case finding.Warning:
		return p.wrap(sgrYellow, text)
	default:
		return p.wrap(sgrCyan, text)
	}
}
