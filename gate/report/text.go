package report

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// TextOptions say what the output of Text may use.
type TextOptions struct {
	// Color allows colours, as SGR sequences of ECMA-48.
	Color bool
	// Width is the width of the terminal in columns. 0 means unknown: then no line is broken.
	Width int
}

// minWidth is the narrowest terminal that lines are broken for.
const minWidth = 40

// lastShown is how many of the last lines of a container are shown in the text.
const lastShown = 15

// Text writes a report for people at a terminal. Images that passed come first and take one line each; those that did
// not come last, with what happened, why, what to do, and the last lines the container printed; the verdict of all is
// the last line.
func Text(w io.Writer, r gate.Report, opt TextOptions) error {
	p := newPrinter(opt)
	p.report(cleaned(r))
	p.verdict(r.Verdict, because(cleaned(r), false))
	if _, err := w.Write(p.buf.Bytes()); err != nil {
		return fmt.Errorf("writing the text report: %w", err)
	}
	return nil
}

// printer lays out cleaned values as text.
type printer struct {
	buf   bytes.Buffer
	paint palette
	width int
	// outputs is whether what containers printed is shown under the facts of each.
	outputs bool
}

func newPrinter(opt TextOptions) *printer {
	p := &printer{paint: palette{on: opt.Color}, width: opt.Width, outputs: true}
	if p.width > 0 {
		p.width = max(p.width, minWidth)
	}
	return p
}

// line writes one line. However it came about, it is not a workflow command.
func (p *printer) line(parts ...string) {
	p.buf.WriteString(harmless(strings.Join(parts, "")))
	p.buf.WriteByte('\n')
}

// prose writes text after a prefix, which it writes as painted, and breaks it at the right margin; what follows the
// first line is indented.
func (p *printer) prose(prefix, painted string, indent int, text string) {
	room := 0
	if p.width > 0 {
		room = max(p.width-indent, minWidth/2)
	}
	for i, line := range wrap(text, room, columns(prefix)-indent) {
		if i == 0 {
			p.line(strings.TrimRight(painted+line, " "))
			continue
		}
		p.line(strings.Repeat(" ", indent), line)
	}
}

// report writes everything but the last line. r is cleaned.
func (p *printer) report(r gate.Report) {
	table := newHeads(r.Images)
	for i, m := range byWeight(r.Images) {
		open := m.Verdict != finding.Pass
		if open && i > 0 {
			p.line()
		}
		p.line(table.head(p.paint, m))
		p.image(m, open)
	}
	if len(r.Images) > 0 {
		p.line()
	}
}

// verdict writes the last line.
func (p *printer) verdict(v finding.Verdict, reason string) {
	p.line(p.paint.verdict(v), "  ", reason)
}

// image writes what stands under the head of an image.
func (p *printer) image(m gate.ImageReport, open bool) {
	if open && m.Ref != "" && m.Ref != m.Name {
		p.line("  ", p.paint.dim(m.Ref))
	}
	for _, f := range m.Findings {
		if f.Suppressed != nil {
			p.suppressed(f)
			continue
		}
		if open {
			p.line()
		}
		if echoes(f, m.Findings) {
			f = finding.Finding{Rule: f.Rule, Severity: f.Severity, Message: f.Message}
		}
		p.finding(f)
	}
	if open {
		if len(m.Boots) > 0 {
			p.line()
		}
		p.boots(m.Boots, m.Findings)
	}
	if m.NotBooted != "" {
		p.line()
		p.prose("  not booted  ", "  "+p.paint.bold("not booted")+"  ", 4, m.NotBooted)
	}
	if b := m.Baseline; b != nil && b.Control != nil {
		p.control(*b, m.Findings, open)
	}
	if m.Comparison != nil {
		p.measures(*m.Comparison, open)
	}
}

// boots writes what became of each container, and details of those that deserve a look.
func (p *printer) boots(boots []boot.Observation, findings []finding.Finding) {
	focus := inFocus(boots)
	for i, b := range boots {
		p.line("  ", p.paint.bold(b.Role), "  ", ending(b))
		if focus[i] {
			p.facts(b, findings)
		}
	}
}

// finding writes one finding: rule and sentence, evidence, cause, remedy.
func (p *printer) finding(f finding.Finding) {
	mark := f.Rule + ": "
	painted := p.paint.rule(f.Severity, f.Rule) + ": "
	if f.Severity != finding.Error {
		mark = string(f.Severity) + " " + mark
		painted = p.paint.rule(f.Severity, string(f.Severity)) + " " + f.Rule + ": "
	}
	p.prose("  "+mark, "  "+painted, 4, f.Message)
	if at := place(f.Location); at != "" {
		p.line("    at ", at)
	}
	p.evidence(f.Evidence)
	p.crash(f)
	if f.Cause != "" {
		p.prose("    cause: ", "    "+p.paint.bold("cause:")+" ", 4, f.Cause)
	}
	if f.Remedy != "" {
		p.prose("    remedy: ", "    "+p.paint.bold("remedy:")+" ", 4, f.Remedy)
	}
	if f.Known != nil {
		p.prose("    known: ", "    "+p.paint.bold("known:")+" ", 4, strings.TrimSpace(f.Known.ID+" "+f.Known.Link))
	}
}

func (p *printer) suppressed(f finding.Finding) {
	text := "until " + f.Suppressed.Until + ": " + f.Suppressed.Reason
	if f.Suppressed.Owner != "" {
		text += " (" + f.Suppressed.Owner + ")"
	}
	prefix := "  suppressed " + f.Rule + " "
	p.prose(prefix, p.paint.dim(prefix), 4, text)
}

// evidence quotes lines, each behind a gutter that says where it came from.
func (p *printer) evidence(all []finding.Evidence) {
	shown := firstEvidence(all)
	labels := origins(shown)
	for i, e := range shown {
		p.quote(4, labels[i], e.Text)
	}
	if more := len(all) - len(shown); more > 0 {
		p.line("    … ", count(more, "more line"), " in the JSON report")
	}
}

// maxOrigin is how many columns the name of a source may take.
const maxOrigin = 24

// origin names the source of a line of evidence in its gutter: "app:12" for what the container printed, "replica 2:12"
// when the source says which of several did, "engine", "probe", or "hs_err_pid1.log:7".
func origin(e finding.Evidence) string {
	name := e.Source
	role, stream, several := strings.Cut(name, ", ")
	switch {
	case name == "stdout" || name == "stderr":
		name = gutterApp
	case several && (stream == "stdout" || stream == "stderr"):
		name = role
	case strings.Contains(name, "/"):
		name = path.Base(name)
	}
	name = cutColumns(name, maxOrigin)
	if e.Line > 0 {
		name += fmt.Sprintf(":%d", e.Line)
	}
	return name
}

// origins names the sources of lines of evidence, all equally wide.
func origins(all []finding.Evidence) []string {
	labels, widest := each(all, origin), 0
	for _, label := range labels {
		widest = max(widest, columns(label))
	}
	return each(labels, func(label string) string { return pad(label, widest) })
}

// The gutter before a line that a container printed, before the rest of a line that was broken, and before a line that
// would otherwise begin like a command.
const (
	gutterApp   = "app"
	gutterBar   = " │ "
	gutterMore  = " ┆ "
	gutterAlone = "┆"
)

// quote writes one quoted line behind its gutter, and breaks it so that no part of it stands at the left margin.
func (p *printer) quote(indent int, label, text string) {
	room := 0
	if p.width > 0 {
		room = max(p.width-indent-columns(label)-columns(gutterBar), minWidth/2)
	}
	margin := strings.Repeat(" ", indent)
	for i, piece := range chop(text, room) {
		gutter := label + gutterBar
		if i > 0 {
			gutter = strings.Repeat(" ", columns(label)) + gutterMore
		}
		p.line(margin, p.paint.dim(gutter), piece)
	}
}

// facts writes what is known about one container: time line, memory, stop, files, last lines.
func (p *printer) facts(b boot.Observation, findings []finding.Finding) {
	if b.StartError != "" && !quotes(findings, b.StartError) {
		p.fact("engine", b.StartError)
	}
	for _, a := range b.Awaited {
		p.fact("waited for", missing(a))
	}
	if b.Lost != nil {
		p.fact("lost", missing(*b.Lost))
	}
	p.items("time line", moments(b.Timeline))
	if text := memory(b); text != "" {
		p.fact("memory", text)
	}
	if text := stopping(b.Stop); text != "" {
		p.fact("stop", text)
	}
	for _, f := range b.Files {
		p.fact("left", fmt.Sprintf("%s (%s, %s)", f.Path, f.Kind, size(f.Size)))
	}
	if p.outputs && b.Ended != boot.EndedNotStarted {
		p.output(b.Output, findings)
	}
}

// fact writes one labelled fact.
func (p *printer) fact(label, text string) {
	prefix := "    " + pad(label, len("waited for")) + "  "
	p.prose(prefix, prefix, len(prefix), text)
}

// items writes labelled items on as few lines as they fit on.
func (p *printer) items(label string, items []string) {
	indent := len("    waited for  ")
	line := ""
	for _, item := range items {
		joined := item
		if line != "" {
			joined = line + " · " + item
		}
		if line != "" && p.width > 0 && indent+columns(joined) > p.width {
			p.fact(label, line)
			label, joined = "", item
		}
		line = joined
	}
	if line != "" {
		p.fact(label, line)
	}
}

// output writes the last lines a container printed, unless the findings quote all of them.
func (p *printer) output(o boot.Output, findings []finding.Finding) {
	lines, before := lastLines(o, lastShown)
	switch {
	case o.Lines == 0:
		p.fact("printed", "nothing")
		return
	case quoted(lines, findings) && len(lines) == o.Lines:
		p.fact("printed", count(o.Lines, "line")+", quoted above")
		return
	case quoted(lines, findings):
		p.fact("printed", count(o.Lines, "line")+"; the last are quoted above")
		return
	case before > 0:
		p.fact("printed", fmt.Sprintf("%s, %s; the last:", count(o.Lines, "line"), size(o.Bytes)))
	default:
		p.fact("printed", count(o.Lines, "line")+":")
	}
	for _, line := range lines {
		p.quote(6, gutterApp, line.Text)
	}
}
