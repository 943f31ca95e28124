package report

import (
	"fmt"
	"strings"

	"bootgate/gate"
	"bootgate/gate/builder"
)

// diffMarkdown renders a comparison; what does not fit into limit bytes is counted, not shown.
func diffMarkdown(d gate.Difference, limit int) []byte {
	d = cleanedDiff(d)
	var out strings.Builder
	fmt.Fprintf(&out, "## Bootgate diff: %s\n\n", diffWord(d))
	if !d.Read() {
		for _, m := range unreadable(d) {
			fmt.Fprintf(&out, "### %s: %s\n\n", verdictWord(m.Verdict), markdownCode(cutColumns(m.Name, maxName)))
			for _, f := range m.Findings {
				writeFinding(&out, f)
			}
		}
		return within(out.String(), limit)
	}
	fmt.Fprintf(&out, "**%s**\n\n", markdownProse(sentence(d.Changes.Headline())))
	out.WriteString("| | Image | Digest | Platform |\n|---|---|---|---|\n")
	for i, side := range []gate.DiffSide{d.Old, d.New} {
		digest := shortDigest(gate.ImageReport{Digest: side.Digest, ImageID: side.ImageID})
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", [...]string{"old", "new"}[i], cell(cutColumns(side.Name, maxName)), cell(digest), cell(side.Platform))
	}
	out.WriteByte('\n')
	if out.Len()+closing > limit {
		return nil
	}
	writeDiffTable(&out, d, limit-closing)
	for _, line := range problemLines(d) {
		if item := "- not read: " + markdownProse(cutColumns(line, maxMarkdownLine)) + "\n"; out.Len()+len(item) <= limit {
			out.WriteString(item)
		}
	}
	return []byte(out.String())
}

// within drops a text that does not fit.
func within(text string, limit int) []byte {
	if len(text) > limit {
		return nil
	}
	return []byte(text)
}

// sentence makes a sentence of a headline.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// writeDiffTable writes what differs as a table, as far as there is room.
func writeDiffTable(out *strings.Builder, d gate.Difference, limit int) {
	rows := diffRows(d)
	if len(rows) == 0 {
		return
	}
	out.WriteString("| What | How | Which | From → to |\n|---|---|---|---|\n")
	for i, r := range rows {
		name := r.heading
		if i > 0 && rows[i-1].heading == name {
			name = ""
		}
		subject, values := cell(cutColumns(r.subject, maxCell)), markdownValues(r)
		if r.heading == headingSize {
			subject, values = markdownProse(r.subject), markdownProse(cutColumns(r.values, maxMarkdownLine))
		}
		row := fmt.Sprintf("| %s | %s | %s | %s |\n", markdownProse(name), markdownHow(r.how), subject, values)
		if i == maxRows || out.Len()+len(row) > limit {
			fmt.Fprintf(out, "\n_%s in the JSON report._\n\n", count(len(rows)-i, "more line"))
			return
		}
		out.WriteString(row)
	}
	out.WriteByte('\n')
}

// markdownHow makes what wants to be looked at bold.
func markdownHow(how string) string {
	if strings.HasPrefix(how, string(builder.Down)) || strings.HasSuffix(how, "major") || how == string(builder.Removed) {
		return "**" + how + "**"
	}
	return how
}

// markdownValues renders from what to what; values are code.
func markdownValues(r diffRow) string {
	values := cutColumns(r.values, maxMarkdownLine)
	old, new, both := strings.Cut(values, " → ")
	switch {
	case both && !strings.Contains(new, " → "):
		return cell(old) + " → " + cell(new)
	case r.how == string(builder.Added) || r.how == string(builder.Removed):
		return cell(values)
	}
	return markdownProse(values)
}
