package report

import (
	"strings"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// cleaned returns a copy of a report in which every string is cleaned: each is one line, and a line of output or of
// evidence that holds carriage returns is several. All formats for people render such a copy, so that none can forget
// a field. What no such format shows, like the content of files, is left out.
func cleaned(r gate.Report) gate.Report {
	return gate.Report{Verdict: r.Verdict, Images: each(r.Images, cleanImage), Duration: r.Duration}
}

// prose cleans a text that is shown as one line.
func prose(text string) string { return strings.TrimSpace(cleanLine(text, maxProse)) }

// each applies f to every element.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, item := range list {
		out[i] = f(item)
	}
	return out
}

func cleanImage(m gate.ImageReport) gate.ImageReport {
	return gate.ImageReport{
		Name: prose(m.Name), Ref: prose(m.Ref), Source: prose(m.Source),
		Digest: prose(m.Digest), ChildDigest: prose(m.ChildDigest), ImageID: prose(m.ImageID),
		Platform: prose(m.Platform), Verdict: m.Verdict, Duration: m.Duration,
		Findings: each(m.Findings, cleanFinding), Boots: each(m.Boots, cleanBoot), Baseline: cleanBaseline(m.Baseline),
		NotBooted:  prose(m.NotBooted),
		Comparison: m.Comparison, // numbers, and limits in the form in which they were checked
	}
}

func cleanBaseline(b *gate.Baseline) *gate.Baseline {
	if b == nil {
		return nil
	}
	out := &gate.Baseline{Name: prose(b.Name), Identity: gate.Identity{
		Ref: prose(b.Ref), Source: prose(b.Source), Digest: prose(b.Digest), ChildDigest: prose(b.ChildDigest),
		ImageID: prose(b.ImageID), Platform: prose(b.Platform),
	}, Changes: cleanChanges(b.Changes)}
	if c := b.Control; c != nil {
		out.Control = &gate.ControlBoot{Verdict: c.Verdict, Findings: each(c.Findings, cleanFinding), Boots: each(c.Boots, cleanBoot)}
	}
	return out
}

func cleanChanges(c *builder.Changes) *builder.Changes {
	if c == nil {
		return nil
	}
	out := *c
	out.List = each(c.List, func(one builder.Change) builder.Change {
		one.Name, one.Where, one.Old, one.New = prose(one.Name), prose(one.Where), prose(one.Old), prose(one.New)
		return one
	})
	out.Sizes = each(c.Sizes, func(one builder.SizeChange) builder.SizeChange {
		one.Which = each(one.Which, prose)
		return one
	})
	return &out
}

func cleanFinding(f finding.Finding) finding.Finding {
	out := finding.Finding{
		Rule: prose(f.Rule), Severity: f.Severity, Message: prose(f.Message), Cause: prose(f.Cause), Remedy: prose(f.Remedy),
		Crash: cleanCrash(f.Crash), Fingerprint: prose(f.Fingerprint),
	}
	for _, e := range f.Evidence {
		for _, text := range cleanLines(e.Text, maxLine) {
			out.Evidence = append(out.Evidence, finding.Evidence{Source: prose(e.Source), Line: e.Line, Text: text})
		}
	}
	if k := f.Known; k != nil {
		out.Known = &finding.Known{ID: prose(k.ID), Link: prose(k.Link)}
	}
	if l := f.Location; l != nil {
		out.Location = &finding.Location{
			File: prose(l.File), Line: l.Line, Column: l.Column, Image: prose(l.Image), Layer: prose(l.Layer),
		}
	}
	if s := f.Suppressed; s != nil {
		out.Suppressed = &finding.Suppression{Reason: prose(s.Reason), Owner: prose(s.Owner), Until: prose(s.Until)}
	}
	return out
}

func cleanBoot(b boot.Observation) boot.Observation {
	out := b
	out.Asked = boot.Asked{Mode: b.Asked.Mode}
	out.Role, out.Container = prose(b.Role), prose(b.Container)
	out.StartError, out.ReadyBy = prose(b.StartError), prose(b.ReadyBy)
	out.Awaited = each(b.Awaited, cleanAttempt)
	if b.Lost != nil {
		lost := cleanAttempt(*b.Lost)
		out.Lost = &lost
	}
	if b.Stop != nil {
		out.Stop = &boot.Stop{Signal: prose(b.Stop.Signal), Took: b.Stop.Took, Forced: b.Stop.Forced}
	}
	out.Timeline = each(b.Timeline, func(e boot.Event) boot.Event {
		return boot.Event{At: e.At, What: prose(e.What), Detail: prose(e.Detail)}
	})
	out.Output = boot.Output{
		Lines: b.Output.Lines, Bytes: b.Output.Bytes, Dropped: b.Output.Dropped,
		Head: cleanOutput(b.Output.Head), Tail: cleanOutput(b.Output.Tail),
	}
	out.Once, out.Forbidden = nil, nil
	if b.Once != nil {
		once := cleanOutput([]boot.Line{*b.Once})[0]
		out.Once = &once
	}
	out.Files = each(b.Files, func(f boot.File) boot.File {
		return boot.File{Path: prose(f.Path), Size: f.Size, Kind: prose(f.Kind)}
	})
	return out
}

func cleanAttempt(a boot.Attempt) boot.Attempt {
	return boot.Attempt{
		Probe: prose(a.Probe), Expected: prose(a.Expected), Actual: prose(a.Actual), Attempts: a.Attempts,
	}
}

func cleanOutput(lines []boot.Line) []boot.Line {
	var out []boot.Line
	for _, line := range lines {
		for _, text := range cleanLines(line.Text, maxLine) {
			out = append(out, boot.Line{Number: line.Number, Stream: prose(line.Stream), Text: text})
		}
	}
	return out
}
