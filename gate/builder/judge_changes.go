package builder

import (
	"slices"

	"bootgate/gate/finding"
)

// JudgeChanges says what of the changes from a baseline to an image is worth knowing before, or after, it boots. None of
// it is an error: that something changed is no fault.
func JudgeChanges(c Changes) []finding.Finding {
	return slices.Concat(judgeBuilderChange(c), judgeJVMChange(c), judgeRunImageChange(c))
}

// maxEvidence is how many changes one finding quotes.
const maxEvidence = 20

// Evidence quotes changes, each behind the name of the part that changed.
func Evidence(list []Change) []finding.Evidence {
	out := []finding.Evidence{}
	for _, c := range list[:min(len(list), maxEvidence)] {
		out = append(out, finding.Evidence{Source: string(c.Part), Text: c.String()})
	}
	return out
}

// ofParts returns the changes of any of the parts.
func (c Changes) ofParts(parts ...Part) []Change {
	return slices.DeleteFunc(slices.Clone(c.List), func(change Change) bool { return !slices.Contains(parts, change.Part) })
}

// inMessage is how many changes a message names; the evidence has them all.
const inMessage = 2

// changed makes a finding of changes. Evidence repeats nothing that the message says.
func changed(rule, lead string, list []Change, rest string) finding.Finding {
	f := finding.New(rule, lead+Listed(list, inMessage)+rest+".")
	if len(list) > inMessage {
		f.Evidence = Evidence(list)
	}
	return f
}
