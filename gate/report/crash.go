package report

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
)

// maxFrames is how many frames of each stack are shown to people.
const maxFrames = 4

// crashFact is one labelled fact about a crash; it may take several lines.
type crashFact struct {
	label string
	lines []string
}

// crashFacts returns what people want to see of a crash at a glance, in the order they look for it, and the finding's
// fingerprint. f is cleaned.
func crashFacts(f finding.Finding) []crashFact {
	var facts []crashFact
	add := func(label string, lines ...string) {
		lines = without(lines, "")
		if len(lines) > 0 {
			facts = append(facts, crashFact{label, lines})
		}
	}
	if c := f.Crash; c != nil {
		where := ""
		if c.Frame != nil {
			where = c.Frame.Text
		}
		add("where", c.Site, where)
		add("stack", stackLines(c, where)...)
		add("thread", c.Thread, labelled("operation", c.Operation), labelled("compiling", c.Compilation))
		add("java", javaLine(*c))
		add("limits", limitsLine(*c))
		if c.Elapsed > 0 {
			add("ran for", span(c.Elapsed))
		}
		add("report", c.File)
		if len(c.Missing) > 0 {
			add("not seen", some(c.Missing)+" of the report")
		}
	}
	add("fingerprint", f.Fingerprint)
	return facts
}

// maxMissing is how many missing parts of a report are named.
const maxMissing = 3

// some names the first of several things and counts the rest.
func some(all []string) string {
	if more := len(all) - maxMissing; more > 0 {
		return fmt.Sprintf("%s and %d more parts", strings.Join(all[:maxMissing], ", "), more)
	}
	return strings.Join(all, ", ")
}

// without returns the texts that differ from drop.
func without(texts []string, drop string) []string {
	var out []string
	for _, text := range texts {
		if text != drop {
			out = append(out, text)
		}
	}
	return out
}

func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return label + " " + text
}

// stackLines returns the innermost frames after the problematic one, which is shown already.
func stackLines(c *finding.Crash, where string) []string {
	var lines []string
	shown := map[string]bool{where: true}
	for _, frames := range [][]finding.Frame{c.NativeFrames, c.JavaFrames} {
		left := maxFrames
		for i, f := range frames {
			if shown[f.Text] {
				continue
			}
			if left == 0 {
				lines = append(lines, fmt.Sprintf("… %d more", len(frames)-i))
				break
			}
			shown[f.Text] = true
			lines = append(lines, f.Text)
			left--
		}
	}
	return lines
}

// javaLine says which Java it was: "17.0.21+9 (Debian), glibc 2.36".
func javaLine(c finding.Crash) string {
	text := c.Version
	if text == "" && c.Release > 0 {
		text = fmt.Sprint(c.Release)
	}
	if text == "" {
		return c.JRE
	}
	if c.Vendor != "" {
		text += " (" + c.Vendor + ")"
	}
	if c.Libc != "" {
		text += ", " + c.Libc
	}
	return text
}

// limitsLine says what the container allowed: "512 MiB memory, 2 CPUs".
func limitsLine(c finding.Crash) string {
	var parts []string
	if c.MemoryLimit > 0 {
		parts = append(parts, size(c.MemoryLimit)+" memory")
	}
	if c.CPUs > 0 {
		parts = append(parts, fmt.Sprintf("%g CPUs", c.CPUs))
	}
	return strings.Join(parts, ", ")
}

// crash writes the facts of a crash.
func (p *printer) crash(f finding.Finding) {
	for _, fact := range crashFacts(f) {
		label := fact.label
		for _, line := range fact.lines {
			prefix := "    " + pad(label, len("fingerprint")) + "  "
			p.exact(prefix, line)
			label = ""
		}
	}
}

// exact writes text after a prefix. It breaks it wherever the right margin is: the spaces in a frame mean something.
func (p *printer) exact(prefix, text string) {
	room := 0
	if p.width > 0 {
		room = max(p.width-columns(prefix), minWidth/2)
	}
	for i, piece := range chop(text, room) {
		if i > 0 {
			prefix = strings.Repeat(" ", columns(prefix))
		}
		p.line(p.paint.dim(prefix), piece)
	}
}

// writeCrash writes the facts of a crash as a list.
func writeCrash(out *strings.Builder, f finding.Finding) {
	facts := crashFacts(f)
	for _, fact := range facts {
		texts := each(fact.lines, func(line string) string { return markdownCode(cutColumns(line, maxMarkdownLine)) })
		fmt.Fprintf(out, "- %s: %s\n", fact.label, strings.Join(texts, "<br>"))
	}
	if len(facts) > 0 {
		out.WriteByte('\n')
	}
}

// cleanCrash cleans what people are shown of a crash.
func cleanCrash(c *finding.Crash) *finding.Crash {
	if c == nil {
		return nil
	}
	out := &finding.Crash{
		Kind: c.Kind, Site: prose(c.Site), JRE: prose(c.JRE), Version: prose(c.Version), Release: c.Release, Vendor: prose(c.Vendor),
		Thread: prose(c.Thread), Operation: prose(c.Operation), Compilation: prose(c.Compilation), Libc: prose(c.Libc),
		MemoryLimit: c.MemoryLimit, CPUs: c.CPUs, Elapsed: c.Elapsed, File: prose(c.File), Missing: each(c.Missing, prose),
		NativeFrames: each(c.NativeFrames, cleanFrame), JavaFrames: each(c.JavaFrames, cleanFrame),
	}
	if c.Frame != nil {
		frame := cleanFrame(*c.Frame)
		out.Frame = &frame
	}
	return out
}

func cleanFrame(f finding.Frame) finding.Frame { return finding.Frame{Text: prose(f.Text)} }
