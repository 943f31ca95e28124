package gate

import (
	"fmt"
	"strings"

	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
)

// maxUnmet is how many keys of builder.versions one note names.
const maxUnmet = 5

// noteUnmet says of builder.versions what holds no image to anything: a mistyped key would let every version pass, and
// nobody would know. It is said of the first image that buildpacks made, and only when all images were read.
func (c *checker) noteUnmet() {
	if c.request.Policy == nil {
		return
	}
	var images []builder.Origin
	first := -1
	for i, origin := range c.origins {
		if origin == nil {
			return
		}
		if images = append(images, *origin); first < 0 && (origin.App != nil || origin.Builder != nil) {
			first = i
		}
	}
	unmet, have := c.request.Policy.Builder.Unmet(images)
	if len(unmet) == 0 || first < 0 {
		return
	}
	report := &c.report.Images[first]
	note := c.request.Policy.Suppress.Apply([]finding.Finding{unmetNote(unmet, have)}, c.request.Targets[first].Entry)
	report.Findings = ordered(append(report.Findings, note...))
}

// unmetNote names the keys, and what each was probably meant to be.
func unmetNote(unmet, have []string) finding.Finding {
	var names, meant []string
	for _, key := range unmet {
		names = append(names, key)
		if near, ok := policy.NearestID(key, have); ok {
			meant = append(meant, fmt.Sprintf("%s for %s", near, key))
		}
	}
	f := finding.New("builder-version", fmt.Sprintf("builder.versions names what no image of this check was made with: %s.", firstOf(names)))
	f.Severity = finding.Note
	f.Remedy = "Check the spelling: `gate inspect` shows the ids of an image's buildpacks."
	if len(meant) > 0 {
		f.Remedy = fmt.Sprintf("Did you mean %s?", firstOf(meant))
	}
	return f
}

// firstOf names the first of many.
func firstOf(names []string) string {
	text := strings.Join(names[:min(len(names), maxUnmet)], ", ")
	if more := len(names) - maxUnmet; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
