package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bootgate/gate"
)

// WriteInspection writes in to w in the format of that name. An unknown name is an *UnknownFormatError.
func WriteInspection(format string, w io.Writer, in gate.Inspection, opt Options) error {
	return layout{
		text:     func(p *printer) { p.inspection(cleanedInspection(in)) },
		json:     func(w io.Writer) error { return writeJSON(w, wireInspection(in)) },
		github:   func(g *GitHub) error { return g.Inspection(in, opt.ReportPath) },
		markdown: func(limit int) []byte { return inspectionMarkdown(in, limit) },
	}.write(format, w, opt)
}

// InspectionReason returns one line that says what came of an inspection, cleaned, for the last line of stderr:
//
//	read: shop:1.4.2: an application image made by buildpacks
//	inconclusive: shop:1.4.2: host-registry: registry ghcr.io: …
func InspectionReason(in gate.Inspection) string {
	clean := cleanedInspection(in)
	if len(in.Findings) > 0 {
		return strings.ToLower(verdictWord(in.Verdict)) + ": " + because(inspected(clean), true)
	}
	return "read: " + clean.image.Name + ": " + clean.kind // nothing is judged, so that nothing passes
}

// inspection is one that is cleaned and put into words: what every format for people shows.
type inspection struct {
	image gate.ImageReport
	kind  string
	ids   []string
	facts []fact
}

// cleanedInspection cleans an inspection and puts it into words.
func cleanedInspection(in gate.Inspection) inspection {
	out := inspection{image: cleanImage(asInspected(in)), kind: prose(kindOf(in.Origin)), ids: cleanFacts(identified(in))}
	for _, f := range facts(in) {
		if f.lines = cleanFacts(f.lines); len(f.lines) > 0 {
			out.facts = append(out.facts, f)
		}
	}
	return out
}

// cleanFacts cleans lines, and leaves out those of which nothing is left.
func cleanFacts(lines []string) []string {
	return slices.DeleteFunc(each(lines, prose), func(line string) bool { return line == "" })
}

// asInspected gives an inspection the form of an image of a report, which is shown and blamed in the same words.
func asInspected(in gate.Inspection) gate.ImageReport {
	return gate.ImageReport{
		Name: in.Name, Ref: in.Ref, Source: in.Source, Digest: in.Digest, ChildDigest: in.ChildDigest, ImageID: in.ImageID,
		Platform: in.Platform, Verdict: in.Verdict, Findings: in.Findings,
	}
}

func inspected(in inspection) gate.Report {
	return gate.Report{Verdict: in.image.Verdict, Images: []gate.ImageReport{in.image}}
}

// inspection writes everything that people see.
func (p *printer) inspection(in inspection) {
	if len(in.image.Findings) > 0 {
		p.line(p.paint.verdict(in.image.Verdict), "  ", p.paint.bold(in.image.Name))
		for _, f := range in.image.Findings {
			p.line()
			p.finding(f)
		}
		return
	}
	p.prose(in.image.Name+": ", p.paint.bold(in.image.Name)+": ", 2, in.kind)
	for _, id := range in.ids {
		p.line(id)
	}
	p.line()
	widest := 0
	for _, f := range in.facts {
		widest = max(widest, columns(f.name))
	}
	for _, f := range in.facts {
		name := f.name
		for _, line := range f.lines {
			head := pad(name, widest) + "  "
			painted := p.paint.dim(pad(name, widest)) + "  "
			if f.bad {
				painted = p.paint.wrap(sgrYellow, pad(name, widest)) + "  "
			}
			p.prose(head, painted, widest+2, line)
			name = ""
		}
	}
}

// inspectionMarkdown renders an inspection; what does not fit into limit bytes is left out, and said to be.
func inspectionMarkdown(in gate.Inspection, limit int) []byte {
	clean := cleanedInspection(in)
	var out strings.Builder
	fmt.Fprintf(&out, "## Bootgate inspection: %s\n\n", markdownCode(cutColumns(clean.image.Name, maxName)))
	if len(clean.image.Findings) > 0 {
		for _, f := range clean.image.Findings {
			writeFinding(&out, f)
		}
		return fitting(out.String(), limit)
	}
	fmt.Fprintf(&out, "%s<br>%s\n\n| | |\n|---|---|\n", markdownProse(clean.kind), strings.Join(each(clean.ids, cell), "<br>"))
	for i, f := range clean.facts {
		row := fmt.Sprintf("| %s | %s |\n", markdownProse(f.name), strings.Join(each(f.lines, cell), "<br>"))
		if out.Len()+len(row)+closing > limit {
			fmt.Fprintf(&out, "\n_%s in the JSON report._\n", count(len(clean.facts)-i, "more row"))
			break
		}
		out.WriteString(row)
	}
	out.WriteString("\n")
	return fitting(out.String(), limit)
}

// fitting returns text when it has at most limit bytes, else nothing: half a text may leave Markdown open.
func fitting(text string, limit int) []byte {
	if len(text) > limit {
		return nil
	}
	return []byte(text)
}

// Inspection writes everything for in, and the verdict output last of all, even when something before it failed or
// panicked. reportPath is the value of the report output; it may be empty.
func (g *GitHub) Inspection(in gate.Inspection, reportPath string) (err error) {
	verdict := VerdictError
	defer func() { err = errors.Join(err, g.SetVerdict(verdict)) }()
	clean := cleanedInspection(in)
	text := newPrinter(TextOptions{})
	text.inspection(clean)
	err = g.frame(text, annotations([]gate.ImageReport{clean.image}), newPrinter(TextOptions{}))
	summary := func(room int) []byte { return inspectionMarkdown(in, room) }
	err = errors.Join(err, g.summary(summary), g.setDigest(inspected(clean)), g.set("report", reportPath))
	if in.Verdict != "" {
		verdict = string(in.Verdict)
	}
	return err
}
