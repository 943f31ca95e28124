package report

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// control writes how the baseline did under the same conditions: in a word where it came up, else as of the image itself.
func (p *printer) control(b gate.Baseline, findings []finding.Finding, open bool) {
	if open {
		p.line()
	}
	p.line("  control boot of the baseline ", b.Name, ": ", p.paint.verdict(b.Control.Verdict))
	if !open || b.Control.Verdict == finding.Pass {
		for _, seen := range b.Control.Boots {
			p.line("  ", p.paint.bold(seen.Role), "  ", ending(seen))
		}
		return
	}
	for _, f := range b.Control.Findings {
		p.finding(f)
	}
	p.boots(b.Control.Boots, append(slices.Clone(findings), b.Control.Findings...))
}

// echoes reports whether a finding repeats what the first of an image, about a regression, has said of the same failure.
func echoes(f finding.Finding, all []finding.Finding) bool {
	first := all[0]
	if f.Rule == "builder-changed" && first.Rule == "builder-regression" {
		return true
	}
	if !isRegression(first.Rule) || first.Suppressed != nil || !strings.HasSuffix(first.Message, f.Message) {
		return false
	}
	for _, e := range f.Evidence {
		if !slices.Contains(first.Evidence, e) {
			return false
		}
	}
	return f.Rule != first.Rule
}

// Bounds of the table that compares an image with its baseline.
const (
	maxCompared = 8  // changes
	maxValue    = 60 // columns of a value
)

// isRegression reports whether a rule is one of those for an image that fails where its baseline does not.
func isRegression(rule string) bool {
	return rule == "builder-regression" || rule == "image-regression"
}

// comparison is a table of what an image has in common with its baseline and what not: empty when there is nothing to
// say that decides anything.
func comparison(m gate.ImageReport) string {
	b := m.Baseline
	if b == nil || m.Verdict == finding.Pass || b.Control == nil {
		return ""
	}
	var out strings.Builder
	row := func(what, old, new string) { fmt.Fprintf(&out, "| %s | %s | %s |\n", what, old, new) }
	row("", "Baseline", "This image")
	out.WriteString("|---|---|---|\n")
	row("Image", called(b.Ref)+cell(shortID(b.Digest, b.ImageID)), called(m.Ref)+cell(shortDigest(m)))
	row("Boot", standing(b.Control.Verdict, b.Control.Boots, b.Control.Findings), standing(m.Verdict, m.Boots, m.Findings))
	if c := b.Changes; c != nil {
		switch c.Application {
		case builder.Same:
			row("Application layers", "identical", "identical")
		case builder.Different:
			row("Application layers", "", "**changed**")
		}
		list := c.ByTheBuilder()
		if len(list) == 0 {
			list = c.List
		}
		for _, change := range list[:min(len(list), maxCompared)] {
			row(markdownProse(cutColumns(change.Subject(), maxValue)), value(change.Old), "**"+value(change.New)+"**")
		}
		if more := len(list) - maxCompared; more > 0 {
			row("_and "+count(more, "more change")+"_", "", "")
		}
	}
	out.WriteByte('\n')
	return out.String()
}

// called is the last part of a reference or path, which tells images of one repository apart.
func called(ref string) string {
	if ref == "" {
		return ""
	}
	name, _, _ := strings.Cut(path.Base(ref), "@")
	return cell(cutColumns(name, maxValue)) + " "
}

// value is an old or new value in a cell of the table, with its digest shortened.
func value(text string) string {
	if text == "" {
		return "none"
	}
	if at := strings.Index(text, "sha256:"); at >= 0 {
		text = text[:at] + cutHex(text[at:])
	}
	return markdownProse(cutColumns(text, maxValue))
}

// standing says in a few words how the boot of an image went, and by which rule it failed.
func standing(v finding.Verdict, boots []boot.Observation, findings []finding.Finding) string {
	for i, focus := range inFocus(boots) {
		if !focus || v == finding.Pass {
			continue
		}
		text := "**" + markdownProse(ending(boots[i])) + "**"
		own := slices.IndexFunc(findings, func(f finding.Finding) bool {
			return f.Suppressed == nil && f.Severity != finding.Note && !isRegression(f.Rule) && f.Rule != "host-cannot-start"
		})
		if own >= 0 {
			text += " " + cell(findings[own].Rule)
		}
		return text
	}
	return markdownProse(proof(boots, findings))
}
