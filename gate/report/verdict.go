package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// maxNamed is how many images one line names.
const maxNamed = 5

// Reason returns one line that says why a run ended with its verdict, cleaned, for the last line of stderr:
//
//	pass: 3 images in 2.3 s
//	fail: orders: boot-exit: exited with code 139 (SIGSEGV) 1.5 s after start
//	fail: 2 of 4 images: orders (boot-exit), billing (boot-timeout); 1 inconclusive
func Reason(r gate.Report) string {
	r = cleaned(r)
	return string(r.Verdict) + ": " + because(r, true)
}

// because is the part of Reason after the verdict; the message of a lone finding is left out unless withMessage.
func because(r gate.Report, withMessage bool) string {
	var deciding []gate.ImageReport
	for _, m := range r.Images {
		if m.Verdict == r.Verdict {
			deciding = append(deciding, m)
		}
	}
	switch {
	case len(r.Images) == 0:
		return "no image was checked"
	case r.Verdict == finding.Pass:
		return count(len(r.Images), "image") + " in " + span(r.Duration)
	case len(deciding) == 1 && len(r.Images) == 1:
		f := decisive(deciding[0])
		text := deciding[0].Name
		if f.Rule != "" {
			text += ": " + f.Rule
		}
		if withMessage && f.Message != "" {
			text += ": " + f.Message
		}
		return text
	default:
		text := fmt.Sprintf("%d of %s: %s", len(deciding), count(len(r.Images), "image"), named(deciding))
		if n := inconclusive(r.Images); r.Verdict == finding.Fail && n > 0 {
			text += fmt.Sprintf("; %d inconclusive", n)
		}
		return text
	}
}

func inconclusive(images []gate.ImageReport) int {
	n := 0
	for _, m := range images {
		if m.Verdict == finding.Inconclusive {
			n++
		}
	}
	return n
}

// named lists images with the rule that decided each.
func named(images []gate.ImageReport) string {
	var names []string
	for _, m := range images[:min(len(images), maxNamed)] {
		name := m.Name
		if f := decisive(m); f.Rule != "" {
			name += " (" + f.Rule + ")"
		}
		names = append(names, name)
	}
	if more := len(images) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// decisive returns the first finding of an image that counts; a zero Finding when none does.
func decisive(m gate.ImageReport) finding.Finding {
	for _, f := range m.Findings {
		if f.Counts() {
			return f
		}
	}
	return finding.Finding{}
}

// byWeight returns the images with those that passed first and those that failed last, otherwise in their order: what
// matters most stands where a terminal's cursor ends up. Formats that are read from the top turn it around.
func byWeight(images []gate.ImageReport) []gate.ImageReport {
	out := slices.Clone(images)
	slices.SortStableFunc(out, func(a, b gate.ImageReport) int { return cmp.Compare(weight(a.Verdict), weight(b.Verdict)) })
	return out
}

// worstFirst is byWeight for formats that are read from the top.
func worstFirst(images []gate.ImageReport) []gate.ImageReport {
	out := slices.Clone(images)
	slices.SortStableFunc(out, func(a, b gate.ImageReport) int { return cmp.Compare(weight(b.Verdict), weight(a.Verdict)) })
	return out
}

func weight(v finding.Verdict) int {
	switch v {
	case finding.Pass:
		return 0
	case finding.Fail:
		return 2
	default:
		return 1
	}
}
