package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/sethvargo/go-githubactions"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// What the runner takes: ten annotations of each type from one step, and 4096 UTF-16 units of each message
// (actions/runner, ExecutionContext.cs).
const (
	maxAnnotations = 10
	maxMessage     = 4096
)

const (
	maxTitle             = 120 // columns
	maxAnnotatedEvidence = 5   // lines
)

// annotations returns the annotation commands for the findings of cleaned images, at most ten of each type. The
// first finding of every image comes before the second of any, and images that failed before others; the last
// annotation of a type that has too many says how many more there are.
func annotations(images []gate.ImageReport) []githubactions.Command {
	type ranked struct {
		name string
		rank int
		f    finding.Finding
	}
	byKind := make(map[string][]ranked)
	for _, m := range worstFirst(images) {
		rank := 0
		for _, f := range m.Findings {
			if f.Suppressed == nil {
				kind := annotationKind(f.Severity)
				byKind[kind] = append(byKind[kind], ranked{m.Name, rank, f})
				rank++
			}
		}
	}
	var commands []githubactions.Command
	for _, kind := range []string{"notice", "warning", "error"} {
		all := byKind[kind]
		slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		shown := all
		if len(all) > maxAnnotations {
			shown = all[:maxAnnotations-1]
		}
		for _, a := range shown {
			commands = append(commands, annotation(kind, a.name, a.f))
		}
		if more := len(all) - len(shown); more > 0 {
			commands = append(commands, githubactions.Command{
				Name: kind, Message: count(more, "more finding") + " in the report",
				Properties: githubactions.CommandProperties{"title": "Bootgate"},
			})
		}
	}
	return commands
}

func annotationKind(s finding.Severity) string {
	switch s {
	case finding.Error:
		return "error"
	case finding.Warning:
		return "warning"
	default:
		return "notice"
	}
}

// annotation renders one finding of the image called name.
func annotation(kind, name string, f finding.Finding) githubactions.Command {
	lines := []string{f.Message}
	for _, e := range f.Evidence[:min(len(f.Evidence), maxAnnotatedEvidence)] {
		lines = append(lines, origin(e)+gutterBar+e.Text)
	}
	// Cause and remedy must not be cut off by long evidence.
	var after []string
	if f.Cause != "" {
		after = append(after, "Cause: "+f.Cause)
	}
	if f.Remedy != "" {
		after = append(after, "Remedy: "+f.Remedy)
	}
	tail := cutUnits(strings.Join(after, "\n"), maxMessage/2)
	message := cutUnits(strings.Join(lines, "\n"), maxMessage-units(tail)-1)
	if tail != "" {
		message += "\n" + tail
	}
	properties := githubactions.CommandProperties{"title": cutColumns(f.Rule+": "+name, maxTitle)}
	if l := f.Location; l != nil && l.File != "" {
		properties["file"] = l.File
		if l.Line > 0 {
			properties["line"] = fmt.Sprint(l.Line)
		}
		if l.Line > 0 && l.Column > 0 {
			properties["col"] = fmt.Sprint(l.Column)
		}
	}
	return githubactions.Command{Name: kind, Message: message, Properties: properties}
}

// units counts UTF-16 units, which is how the runner counts.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// cutUnits cuts text to at most n UTF-16 units; what was cut ends in "…".
func cutUnits(text string, n int) string {
	if units(text) <= n {
		return text
	}
	used := 0
	for i, r := range text {
		if used += utf16.RuneLen(r); used > n-1 {
			return text[:i] + "…"
		}
	}
	return text
}
