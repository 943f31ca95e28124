package report

import (
	"bootgate/gate"
	"bootgate/gate/builder"
)

// The wire form of a comparison; the rules of the report's hold here, too.
type (
	jsonDiff struct {
		Schema  int    `json:"schema"`
		Verdict string `json:"verdict"`
		// Different says whether anything differs; null when an image could not be read.
		Different *bool `json:"different"`
		// Headline says what differs in one sentence, for people; empty when an image could not be read.
		Headline string       `json:"headline"`
		Old      jsonDiffSide `json:"old"`
		New      jsonDiffSide `json:"new"`
		jsonChanges
	}
	jsonDiffSide struct {
		Name        string        `json:"name"`
		Ref         string        `json:"ref"`
		Source      string        `json:"source"`
		Digest      string        `json:"digest"`
		ChildDigest string        `json:"childDigest"`
		ImageID     string        `json:"imageId"`
		Platform    string        `json:"platform"`
		Problems    []jsonProblem `json:"problems"`
		Findings    []jsonFinding `json:"findings"`
	}
	jsonProblem struct {
		Label string `json:"label"`
		Text  string `json:"text"`
	}
	jsonChanges struct {
		// Application is same, different or unknown.
		Application string `json:"application"`
		// ByBuilder says whether anything changed that a builder decides.
		ByBuilder bool         `json:"byBuilder"`
		Changes   []jsonChange `json:"changes"`
		// MoreChanges is how many are not in the list.
		MoreChanges int        `json:"moreChanges"`
		Sizes       []jsonSize `json:"sizes"`
	}
	jsonChange struct {
		Part string `json:"part"`
		Name string `json:"name"`
		// Where is the variable that an option of the JVM stands in; else empty.
		Where string `json:"where"`
		How   string `json:"how"`
		Old   string `json:"old"`
		New   string `json:"new"`
		Major bool   `json:"major"`
	}
	jsonSize struct {
		Group string `json:"group"`
		// Old and New are in bytes, null when unknown.
		Old    *int64 `json:"old"`
		New    *int64 `json:"new"`
		Layers string `json:"layers"`
		// Which are the layers that differ, as far as they have names.
		Which []string `json:"which"`
	}
)

func wireDiff(d gate.Difference) jsonDiff {
	out := jsonDiff{Schema: Schema, Verdict: string(d.Verdict), Old: wireDiffSide(d.Old), New: wireDiffSide(d.New), jsonChanges: wireChanges(d.Changes)}
	if d.Read() {
		different := d.Changes.Any()
		out.Different, out.Headline = &different, d.Changes.Headline()
	} else {
		out.Application = string(builder.Unknown)
	}
	return out
}

func wireDiffSide(s gate.DiffSide) jsonDiffSide {
	return jsonDiffSide{
		Name: s.Name, Ref: s.Ref, Source: s.Source, Digest: s.Digest, ChildDigest: s.ChildDigest, ImageID: s.ImageID, Platform: s.Platform,
		Problems: each(s.Problems, func(p builder.Problem) jsonProblem { return jsonProblem{Label: p.Label, Text: p.Text} }),
		Findings: each(s.Findings, wireFinding),
	}
}

func wireChanges(c builder.Changes) jsonChanges {
	return jsonChanges{
		Application: string(c.Application), ByBuilder: c.ByBuilder(), MoreChanges: c.More,
		Changes: each(c.List, func(change builder.Change) jsonChange {
			return jsonChange{
				Part: string(change.Part), Name: change.Name, Where: change.Where, How: string(change.How), Old: change.Old, New: change.New, Major: change.Major,
			}
		}),
		Sizes: each(c.Sizes, func(s builder.SizeChange) jsonSize {
			return jsonSize{Group: string(s.Group), Old: bytesKnown(s.Old), New: bytesKnown(s.New), Layers: string(s.Layers), Which: append([]string{}, s.Which...)}
		}),
	}
}

// bytesKnown is null for a size that is unknown.
func bytesKnown(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}
