package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// SummaryLimit is how many bytes the step summary of one step may have: actions/runner, FileCommandManager.cs,
// AttachmentSizeLimit. A larger one is dropped whole.
const SummaryLimit = 1 << 20

// Bounds of the Markdown form, so that one image cannot crowd out all others.
const (
	maxRows         = 500 // images in the table
	maxShownFinding = 10  // findings of one image
	maxMarkdownLine = 500 // columns of one quoted line
	lastMarkdown    = 50  // last lines of one container
	maxMoments      = 50  // events of one time line
	maxCell         = 200 // columns of a message in the table
)

// Markdown writes a report as GitHub Flavored Markdown of at most limit bytes (0 means SummaryLimit): a table of all
// images, worst first, then for each that did not pass what happened, the evidence, the cause and the remedy, with the
// rest folded away. What does not fit is counted, not shown: details go first, then whole images from the end.
func Markdown(w io.Writer, r gate.Report, limit int) error {
	if limit <= 0 {
		limit = SummaryLimit
	}
	if _, err := w.Write(markdown(r, limit)); err != nil {
		return fmt.Errorf("writing the Markdown report: %w", err)
	}
	return nil
}

// closing is room for the last line, which says what was left out.
const closing = 200

func markdown(r gate.Report, limit int) []byte {
	r = cleaned(r)
	var out bytes.Buffer
	free := func() int { return limit - closing - out.Len() }
	ranked := worstFirst(r.Images)

	head := fmt.Sprintf("## Bootgate: %s\n\n", verdictWord(r.Verdict))
	if len(r.Images) != 1 {
		head += "Result: " + markdownProse(because(r, false)) + "\n\n"
	}
	if len(head) <= free() {
		out.WriteString(head)
	}
	leftOut := writeTable(&out, ranked, free())
	var sections []section
	for _, m := range ranked {
		if s := newSection(m); s.core != "" {
			sections = append(sections, s)
		}
	}
	// The cores first take their room, worst first; then details take what is left, in the same order.
	room, fit := free(), 0
	for fit < len(sections) && len(sections[fit].core) <= room {
		room -= len(sections[fit].core)
		fit++
	}
	folded := 0
	for _, s := range sections[:fit] {
		out.WriteString(s.core)
		if len(s.details) <= room {
			out.WriteString(s.details)
			room -= len(s.details)
		} else {
			folded++
		}
	}
	writeClosing(&out, limit, max(leftOut, len(sections)-fit), folded)
	return out.Bytes()
}

// writeClosing says what was left out, as far as there is room for it.
func writeClosing(out *bytes.Buffer, limit, images, details int) {
	var parts []string
	if images > 0 {
		parts = append(parts, count(images, "more image"))
	}
	if details > 0 {
		parts = append(parts, "details of "+count(details, "image"))
	}
	if len(parts) == 0 {
		return
	}
	text := "_" + strings.Join(parts, " and ") + " in the JSON report._\n"
	if out.Len()+len(text) <= limit {
		out.WriteString(text)
	}
}

// writeTable writes the table of images as far as there is room, and returns how many are not in it.
func writeTable(out *bytes.Buffer, images []gate.ImageReport, room int) (leftOut int) {
	const head = "| Verdict | Image | Digest | Platform | Time | What |\n|---|---|---|---|---|---|\n"
	if len(images) == 0 || len(head) > room {
		return len(images)
	}
	out.WriteString(head)
	room -= len(head) + 1
	for i, m := range images {
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", markdownVerdict(m.Verdict), cell(cutColumns(m.Name, maxName)),
			cell(shortDigest(m)), cell(m.Platform), strings.ReplaceAll(span(m.Duration), " ", "&nbsp;"), what(m))
		if i == maxRows || len(row) > room {
			leftOut = len(images) - i
			break
		}
		room -= len(row)
		out.WriteString(row)
	}
	out.WriteByte('\n')
	return leftOut
}

func markdownVerdict(v finding.Verdict) string {
	if v == finding.Pass {
		return "pass"
	}
	return "**" + verdictWord(v) + "**"
}

// what is the last cell of an image's row: by what it passed, or the finding that decided.
func what(m gate.ImageReport) string {
	if m.Verdict == finding.Pass {
		return markdownProse(proof(m.Boots, m.Findings))
	}
	f := decisive(m)
	if f.Rule == "" {
		return ""
	}
	text := cell(f.Rule) + " " + markdownProse(cutColumns(f.Message, maxCell))
	if more := counting(m.Findings) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// counting counts the findings that weigh in the verdict.
func counting(all []finding.Finding) int {
	n := 0
	for _, f := range all {
		if f.Counts() {
			n++
		}
	}
	return n
}

// section is what Markdown says about one image: the core, and details that go first when room is short.
type section struct{ core, details string }

// newSection renders one image; its core is empty when there is nothing to say beyond its row.
func newSection(m gate.ImageReport) section {
	if m.Verdict == finding.Pass && len(m.Findings) == 0 && m.Comparison == nil {
		return section{}
	}
	var core strings.Builder
	fmt.Fprintf(&core, "### %s: %s\n\n", verdictWord(m.Verdict), markdownCode(cutColumns(m.Name, maxName)))
	if id := identity(m); id != "" {
		core.WriteString(id + "\n\n")
	}
	shown := m.Findings[:min(len(m.Findings), maxShownFinding)]
	core.WriteString(comparison(m))
	core.WriteString(measuresTable(m.Comparison))
	for _, f := range shown {
		if echoes(f, m.Findings) {
			f = finding.Finding{Rule: f.Rule, Severity: f.Severity, Message: f.Message}
		}
		writeFinding(&core, f)
	}
	if more := len(m.Findings) - len(shown); more > 0 {
		fmt.Fprintf(&core, "_%s in the JSON report._\n\n", count(more, "more finding"))
	}
	if m.Verdict == finding.Pass {
		return section{core: core.String()}
	}
	if m.NotBooted != "" {
		fmt.Fprintf(&core, "Not booted: %s\n\n", markdownProse(m.NotBooted))
	}
	var details strings.Builder
	writeBoots(&details, m.Boots)
	if b := m.Baseline; b != nil && b.Control != nil {
		fmt.Fprintf(&details, "#### Control boot of the baseline %s: %s\n\n", markdownCode(cutColumns(b.Name, maxName)), markdownVerdict(b.Control.Verdict))
		if b.Control.Verdict != finding.Pass {
			for _, f := range b.Control.Findings {
				writeFinding(&details, f)
			}
		}
		writeBoots(&details, b.Control.Boots)
	}
	return section{core: core.String(), details: details.String()}
}

// writeBoots writes what became of each container, with the details of those that deserve a look folded away.
func writeBoots(out *strings.Builder, boots []boot.Observation) {
	focus := inFocus(boots)
	for i, b := range boots {
		if focus[i] {
			writeDetails(out, b)
		} else {
			fmt.Fprintf(out, "Container %s: %s\n\n", markdownCode(b.Role), markdownProse(ending(b)))
		}
	}
}

// identity says in full what image it is.
func identity(m gate.ImageReport) string {
	var parts []string
	if m.Ref != "" && m.Ref != m.Name {
		parts = append(parts, "Image "+markdownCode(m.Ref))
	}
	switch {
	case m.Digest != "":
		parts = append(parts, "Digest "+markdownCode(m.Digest))
	case m.ImageID != "":
		parts = append(parts, "Image ID "+markdownCode(m.ImageID))
	}
	return strings.Join(parts, "<br>")
}

func writeFinding(out *strings.Builder, f finding.Finding) {
	rule := markdownCode(f.Rule)
	if f.Suppressed != nil {
		s := f.Suppressed
		fmt.Fprintf(out, "Suppressed %s until %s: %s", rule, markdownProse(s.Until), markdownProse(s.Reason))
		if s.Owner != "" {
			fmt.Fprintf(out, " (%s)", markdownProse(s.Owner))
		}
		out.WriteString("\n\n")
		return
	}
	if f.Severity != finding.Error {
		rule = markdownProse(string(f.Severity)) + " " + rule
	}
	fmt.Fprintf(out, "**%s** %s\n\n", rule, markdownProse(f.Message))
	if at := place(f.Location); at != "" {
		fmt.Fprintf(out, "At %s\n\n", markdownCode(at))
	}
	if isRegression(f.Rule) { // what to do must not be looked for behind a crash report; what changed is in the table
		fmt.Fprintf(out, "**What to do:** %s\n\n", markdownProse(f.Remedy))
		f.Remedy = ""
		f.Evidence = slices.DeleteFunc(slices.Clone(f.Evidence), func(e finding.Evidence) bool { return e.Source == "changed" })
	}
	var quote []string
	labels := origins(firstEvidence(f.Evidence))
	for i, label := range labels {
		quote = append(quote, label+gutterBar+cutColumns(f.Evidence[i].Text, maxMarkdownLine))
	}
	if more := len(f.Evidence) - len(quote); more > 0 {
		quote = append(quote, "… "+count(more, "more line")+" in the JSON report")
	}
	writeFence(out, quote)
	writeCrash(out, f)
	if f.Cause != "" {
		fmt.Fprintf(out, "**Cause:** %s\n\n", markdownProse(f.Cause))
	}
	if f.Remedy != "" {
		fmt.Fprintf(out, "**Remedy:** %s\n\n", markdownProse(f.Remedy))
	}
	if f.Known != nil {
		fmt.Fprintf(out, "**Known:** %s\n\n", strings.TrimSpace(markdownProse(f.Known.ID)+" "+markdownCode(f.Known.Link)))
	}
}

// writeDetails writes what is known about one container, folded.
func writeDetails(out *strings.Builder, b boot.Observation) {
	fmt.Fprintf(out, "<details><summary>%s: %s</summary>\n\n", htmlText(b.Role), htmlText(ending(b)))
	item := func(label, text string) {
		if text != "" {
			fmt.Fprintf(out, "- %s: %s\n", label, markdownProse(text))
		}
	}
	item("engine", b.StartError)
	for _, a := range b.Awaited {
		item("waited for", missing(a))
	}
	if b.Lost != nil {
		item("lost", missing(*b.Lost))
	}
	line := each(moments(b.Timeline[:min(len(b.Timeline), maxMoments)]), func(text string) string {
		return cutColumns(text, maxMarkdownLine)
	})
	if more := len(b.Timeline) - len(line); more > 0 {
		line = append(line, count(more, "more event"))
	}
	item("time line", strings.Join(line, " · "))
	item("memory", memory(b))
	item("stop", stopping(b.Stop))
	for _, f := range b.Files {
		item("left", fmt.Sprintf("%s (%s, %s)", f.Path, f.Kind, size(f.Size)))
	}
	out.WriteByte('\n')
	if b.Ended != boot.EndedNotStarted {
		writeOutput(out, b.Output)
	}
	out.WriteString("</details>\n\n")
}

// writeOutput writes the last lines a container printed.
func writeOutput(out *strings.Builder, o boot.Output) {
	lines, before := lastLines(o, lastMarkdown)
	switch {
	case o.Lines == 0:
		out.WriteString("It printed nothing.\n\n")
		return
	case before > 0:
		fmt.Fprintf(out, "It printed %s, %s. The last:\n\n", count(o.Lines, "line"), size(o.Bytes))
	default:
		fmt.Fprintf(out, "It printed %s:\n\n", count(o.Lines, "line"))
	}
	writeFence(out, each(lines, func(l boot.Line) string { return gutterApp + gutterBar + cutColumns(l.Text, maxMarkdownLine) }))
}
