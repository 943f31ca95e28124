package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// WriteDiff writes d to w in the format of that name. An unknown name is an *UnknownFormatError.
func WriteDiff(format string, w io.Writer, d gate.Difference, opt Options) error {
	return layout{
		text:     func(p *printer) { p.diff(cleanedDiff(d)) },
		json:     func(w io.Writer) error { return writeJSON(w, wireDiff(d)) },
		github:   func(g *GitHub) error { return g.Diff(d, opt.ReportPath) },
		markdown: func(limit int) []byte { return diffMarkdown(d, limit) },
	}.write(format, w, opt)
}

// DiffReason returns one line that says what came of a comparison, cleaned, for the last line of stderr:
//
//	different: same application, different builder: paketo-buildpacks/java 5.15.0 → 5.16.0
//	fail: shop:2: image-not-found: …
func DiffReason(d gate.Difference) string {
	d = cleanedDiff(d)
	text := d.Changes.Headline()
	if !d.Read() {
		r := gate.Report{Verdict: d.Verdict, Images: unreadable(d)}
		text = because(r, true)
	}
	return strings.ToLower(diffWord(d)) + ": " + text
}

// unreadable gives the images that could not be read the form of those of a check.
func unreadable(d gate.Difference) []gate.ImageReport {
	var images []gate.ImageReport
	for _, side := range []gate.DiffSide{d.Old, d.New} {
		if len(side.Findings) > 0 {
			images = append(images, gate.ImageReport{Name: side.Name, Ref: side.Ref, Verdict: finding.Of(side.Findings), Findings: side.Findings})
		}
	}
	return images
}

// diffWord is how the outcome stands at the beginning of a line.
func diffWord(d gate.Difference) string {
	switch {
	case d.Verdict != finding.Pass:
		return verdictWord(d.Verdict)
	case d.Changes.Any():
		return "DIFFERENT"
	}
	return "SAME"
}

// cleanedDiff is cleaned for a comparison.
func cleanedDiff(d gate.Difference) gate.Difference {
	side := func(s gate.DiffSide) gate.DiffSide {
		return gate.DiffSide{
			Name: prose(s.Name),
			Identity: gate.Identity{
				Ref: prose(s.Ref), Source: prose(s.Source), Digest: prose(s.Digest), ChildDigest: prose(s.ChildDigest),
				ImageID: prose(s.ImageID), Platform: prose(s.Platform),
			},
			Problems: each(s.Problems, func(p builder.Problem) builder.Problem {
				return builder.Problem{Label: prose(p.Label), Text: prose(p.Text)}
			}),
			Findings: each(s.Findings, cleanFinding),
		}
	}
	return gate.Difference{Verdict: d.Verdict, Old: side(d.Old), New: side(d.New), Changes: *cleanChanges(&d.Changes)}
}

// diffRow is one line about what differs: under which heading, in which way, of which, from what to what.
type diffRow struct{ heading, how, subject, values string }

// headings are what the parts are called above their changes.
func heading(part builder.Part) string {
	switch part {
	case builder.PartJVM:
		return "java"
	case builder.PartDependency:
		return "installed"
	case builder.PartBase:
		return "base image"
	case builder.PartMaker:
		return "made by"
	case builder.PartJVMFlag:
		return "JVM options"
	case builder.PartAPI:
		return "APIs"
	case builder.PartBuildpack, builder.PartExtension, builder.PartPort, builder.PartLabel, builder.PartLayer:
		return string(part) + "s"
	case builder.PartProcess:
		return "processes"
	}
	return strings.ReplaceAll(string(part), "-", " ")
}

// headingSize is over what the layers weigh.
const headingSize = "size"

// diffRows are all lines about what differs; d is cleaned.
func diffRows(d gate.Difference) []diffRow {
	var rows []diffRow
	switch d.Changes.Application {
	case builder.Same:
		rows = append(rows, diffRow{"application", "same", "", "the layers are identical"})
	case builder.Different:
		rows = append(rows, diffRow{"application", "different", "", "its layers differ"})
	}
	for _, c := range d.Changes.List {
		how := string(c.How)
		if c.Major {
			how += ", major"
		}
		row := diffRow{heading(c.Part), how, c.Name, c.Values()}
		if c.Where != "" && c.Old != builder.Hidden && c.New != builder.Hidden {
			row.subject = c.Where // the option itself is its value
		} else if c.Where != "" {
			row.subject = c.Where + " " + c.Name
		}
		switch {
		case c.Old == builder.Hidden && c.New == builder.Hidden:
			row.values = builder.Hidden
		case c.How == builder.Added, c.How == builder.Removed:
			row.values = strings.TrimPrefix(strings.TrimPrefix(row.values, how), ": ")
		}
		rows = append(rows, row)
	}
	if d.Changes.More > 0 {
		rows = append(rows, diffRow{"and", "", "", count(d.Changes.More, "more change") + " that are not listed"})
	}
	return append(rows, sizeRows(d.Changes.Sizes)...)
}

// sizeRows say what the groups of layers weigh. A group about which nothing is known has none.
func sizeRows(sizes []builder.SizeChange) []diffRow {
	var rows []diffRow
	for _, s := range sizes {
		row := diffRow{headingSize, string(s.Layers), strings.ReplaceAll(string(s.Group), "-", " "), ""}
		switch known := s.Old >= 0 && s.New >= 0; {
		case known && s.Old == s.New:
			row.values = size(s.New)
		case known && size(s.Old) == size(s.New):
			row.values = fmt.Sprintf("%s (%s)", size(s.New), signed(s.New-s.Old))
		case known:
			row.values = fmt.Sprintf("%s → %s (%s)", size(s.Old), size(s.New), signed(s.New-s.Old))
		case s.Layers == builder.Unknown:
			continue
		}
		if s.Layers == builder.Unknown {
			row.how = ""
		}
		if len(s.Which) > 0 {
			row.values = strings.TrimSpace(row.values + "  in " + listed(s.Which, maxLayers))
		}
		rows = append(rows, row)
	}
	return rows
}

// maxLayers is how many layers are named that differ.
const maxLayers = 5

// listed names at most n things in one line, and counts the others.
func listed(names []string, n int) string {
	text := strings.Join(names[:min(n, len(names))], ", ")
	if more := len(names) - n; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// signed renders a difference of two sizes.
func signed(n int64) string {
	if n < 0 {
		return "-" + size(-n)
	}
	return "+" + size(n)
}

// problemLines say which labels could not be read.
func problemLines(d gate.Difference) []string {
	var lines []string
	for i, side := range []gate.DiffSide{d.Old, d.New} {
		for _, p := range side.Problems {
			lines = append(lines, [...]string{"old: ", "new: "}[i]+p.Label+" "+p.Text)
		}
	}
	return lines
}

// shortSide says in a few words which image a side is.
func shortSide(s gate.DiffSide) string {
	digest := shortDigest(gate.ImageReport{Digest: s.Digest, ImageID: s.ImageID})
	return strings.Join(slices.DeleteFunc([]string{s.Name, digest, s.Platform}, func(part string) bool { return part == "" }), "  ")
}

// diff writes a comparison. d is cleaned.
func (p *printer) diff(d gate.Difference) {
	word := diffWord(d)
	painted := p.paint.wrap(sgrYellow, word)
	switch {
	case word == "SAME":
		painted = p.paint.wrap(sgrGreen, word)
	case d.Verdict != finding.Pass:
		painted = p.paint.verdict(d.Verdict)
	}
	if !d.Read() {
		images := unreadable(d)
		p.line(painted, "  ", because(gate.Report{Verdict: d.Verdict, Images: images}, false))
		for _, m := range images {
			for _, f := range m.Findings {
				p.line()
				p.finding(f)
			}
		}
		return
	}
	p.prose(word+"  ", painted+"  ", len(word)+2, d.Changes.Headline())
	p.line("  ", p.paint.dim("old"), "  ", shortSide(d.Old))
	p.line("  ", p.paint.dim("new"), "  ", shortSide(d.New))
	p.diffRows(diffRows(d))
	for i, line := range problemLines(d) {
		if i == 0 {
			p.line()
		}
		p.prose("  not read  ", "  "+p.paint.dim("not read")+"  ", 12, line)
	}
}

// diffRows writes rows in columns; a heading stands once beside its rows.
func (p *printer) diffRows(rows []diffRow) {
	wide, wideHow, wideSubject := 0, 0, map[string]int{}
	for _, r := range rows {
		wide, wideHow = max(wide, columns(r.heading)), max(wideHow, columns(r.how))
		wideSubject[r.heading] = min(maxSubject, max(wideSubject[r.heading], columns(r.subject)))
	}
	for i, r := range rows {
		if i == 0 || r.heading == headingSize && rows[i-1].heading != headingSize {
			p.line()
		}
		shown := r.heading
		if i > 0 && rows[i-1].heading == r.heading {
			shown = ""
		}
		head, how := "  "+pad(shown, wide)+"  ", pad(r.how, wideHow)+"  "
		painted := head + p.paint.how(r.how, how)
		text := r.values
		if r.subject != "" {
			text = strings.TrimSpace(pad(r.subject, wideSubject[r.heading]) + "  " + r.values)
		}
		if indent := columns(head + how); p.width > 0 && indent+columns(text) > p.width {
			p.prose(head+how, painted, indent, text)
		} else {
			p.line(painted, text)
		}
	}
}

// maxSubject is how many columns the names under one heading have in common.
const maxSubject = 48

// how colours the way in which something changed, by how much it wants to be looked at.
func (p palette) how(how, text string) string {
	switch {
	case strings.HasPrefix(how, string(builder.Down)), strings.HasSuffix(how, "major"), how == string(builder.Removed):
		return p.wrap(sgrYellow, text)
	case how == "same":
		return p.wrap(sgrGreen, text)
	case how == "different" || how == "":
		return text
	}
	return p.wrap(sgrCyan, text)
}

// Diff writes everything for d, and the verdict output last of all, even when something before it failed or panicked.
// reportPath is the value of the report output; it may be empty.
func (g *GitHub) Diff(d gate.Difference, reportPath string) (err error) {
	verdict := VerdictError
	defer func() { err = errors.Join(err, g.SetVerdict(verdict)) }()
	text := newPrinter(TextOptions{})
	text.diff(cleanedDiff(d))
	err = g.frame(text, annotations(unreadable(cleanedDiff(d))), newPrinter(TextOptions{}))
	summary := func(room int) []byte { return diffMarkdown(d, room) }
	err = errors.Join(err, g.summary(summary), g.set("report", reportPath))
	verdict = string(d.Verdict)
	return err
}
