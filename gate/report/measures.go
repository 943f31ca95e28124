package report

import (
	"fmt"
	"strings"
	"time"

	"bootgate/gate/boot"
)

// measured are the rows of the table that shows a comparison with the baseline, below their head.
func measured(c boot.Comparison) (head []string, rows [][]string) {
	for _, m := range c.Measures {
		show := unitOf(m.What)
		rows = append(rows, []string{
			measuredName(m.What), spreadOf(m.Candidate, show), spreadOf(m.Baseline, show), ratioOf(m.Ratio), limitOf(m),
		})
	}
	return []string{"", "this image", "baseline", "ratio", "limit"}, rows
}

// measuredName names what is compared.
func measuredName(what boot.Measured) string {
	switch what {
	case boot.MeasuredReady:
		return "until ready"
	case boot.MeasuredJob:
		return "run"
	case boot.MeasuredMemory:
		return "peak memory"
	case boot.MeasuredErrors:
		return "error lines"
	}
	return "image size"
}

// unitOf says how numbers of one kind are written.
func unitOf(what boot.Measured) func(int64) string {
	switch what {
	case boot.MeasuredReady, boot.MeasuredJob:
		return func(n int64) string { return span(time.Duration(n)) }
	case boot.MeasuredErrors:
		return func(n int64) string { return fmt.Sprint(n) }
	}
	return size
}

// spreadOf writes a median, and behind it the least and the most where they are apart.
func spreadOf(s boot.Spread, show func(int64) string) string {
	median, least, most := show(s.Median), show(s.Least), show(s.Most)
	if least == most {
		return median
	}
	return fmt.Sprintf("%s (%s to %s)", median, least, most)
}

// ratioOf writes the ratio likewise; nothing when there is none.
func ratioOf(t boot.Times) string {
	if t.Most == 0 {
		return ""
	}
	show := func(ratio float64) string {
		if ratio >= 10 {
			return fmt.Sprintf("%.0f", ratio)
		}
		return fmt.Sprintf("%.2f", ratio)
	}
	if show(t.Least) == show(t.Most) {
		return show(t.Median)
	}
	return fmt.Sprintf("%s (%s to %s)", show(t.Median), show(t.Least), show(t.Most))
}

// limitOf writes the limit of a measure, and whether it is passed.
func limitOf(m boot.Measure) string {
	switch {
	case m.Limit == "":
		return ""
	case m.What == boot.MeasuredErrors && m.Over:
		return m.Limit + " more, exceeded"
	case m.What == boot.MeasuredErrors:
		return m.Limit + " more"
	case m.Over:
		return m.Limit + ", exceeded"
	}
	return m.Limit
}

// roundsOf says what the numbers of a comparison are of.
func roundsOf(c boot.Comparison) string {
	if c.Rounds == 1 {
		return "compared with the baseline, each booted once"
	}
	return fmt.Sprintf("compared with the baseline, medians of %d rounds", c.Rounds)
}

// widest returns how wide each column of a table is, and how wide all of it with its indents.
func widest(rows [][]string) (widths []int, total int) {
	widths = make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], columns(text))
		}
	}
	total = 2
	for _, width := range widths {
		total += 2 + width
	}
	return widths, total
}

// measures writes the table of a comparison with the baseline.
func (p *printer) measures(c boot.Comparison, open bool) {
	head, rows := measured(c)
	if len(rows) == 0 {
		return
	}
	if open {
		p.line()
	}
	p.line("  ", roundsOf(c))
	widths, total := widest(append(rows, head))
	if p.width > 0 && total > p.width {
		for _, row := range rows {
			for i := range row {
				row[i], _, _ = strings.Cut(row[i], " (") // a table that is broken in two cannot be read: the medians must do
			}
		}
		widths, _ = widest(append(rows, head))
	}
	line := func(row []string) string {
		var b strings.Builder
		for i, text := range row {
			b.WriteString("  " + pad(text, widths[i]))
		}
		return strings.TrimRight(b.String(), " ")
	}
	p.line("  ", p.paint.dim(line(head)))
	for i, row := range rows {
		text := line(row)
		if c.Measures[i].Over {
			text = p.paint.bold(text)
		}
		p.line("  ", text)
	}
}

// measuresTable is the same as a table of Markdown; empty when there is nothing in it.
func measuresTable(c *boot.Comparison) string {
	if c == nil || len(c.Measures) == 0 {
		return ""
	}
	head, rows := measured(*c)
	head[0] = strings.ToUpper(roundsOf(*c)[:1]) + roundsOf(*c)[1:]
	var b strings.Builder
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	for i, row := range rows {
		if c.Measures[i].Over {
			row[1], row[4] = "**"+row[1]+"**", "**"+row[4]+"**"
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String() + "\n"
}
