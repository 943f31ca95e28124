// Package finding is the vocabulary every other package of Bootgate speaks: what was found (Finding), under which
// Rule, how bad it is (Severity), and what that makes of an image (Verdict).
//
// It holds plain values and the catalogue of rules. It never looks at an image, a container or a file, and it imports
// nothing else of Bootgate. The rule families and the meaning of the verdicts are documented in the README.
package finding

// Severity says how much a finding weighs.
type Severity string

// The severities, heaviest first. Only errors decide a verdict.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Evidence is one line somebody can go and look at.
type Evidence struct {
	// Source says where the line came from: "stdout", "stderr", "engine", "probe", or the path of a file. Where lines
	// of several containers stand together, the role of theirs comes first: "replica 2, stdout".
	Source string `json:"source"`
	// Line is the 1-based number of the line in its source; 0 when the source has no lines.
	Line int `json:"line,omitempty"`
	// Text is the line without its line end. It may hold anything a container printed: a report cleans it.
	Text string `json:"text"`
}

// Location is the place a finding is about: a file of the repository, or an image and one of its layers.
type Location struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`   // 1-based; 0 when unknown
	Column int    `json:"column,omitempty"` // 1-based, in bytes; 0 when unknown
	Image  string `json:"image,omitempty"`
	Layer  string `json:"layer,omitempty"` // digest, sha256:…
}

// Suppression says why a finding does not count, who answers for that, and until when.
type Suppression struct {
	Reason string `json:"reason"`
	Owner  string `json:"owner,omitempty"`
	// Until is the last day the suppression holds, as YYYY-MM-DD, in UTC.
	Until string `json:"until"`
}

// Known is a cause that somebody met before and wrote about.
type Known struct {
	// ID names it, in kebab case: an entry of the built-in list, or of gate.yaml.
	ID string `json:"id"`
	// Link is the address to read on at; may be empty.
	Link string `json:"link,omitempty"`
}

// Finding is one thing that was found out about an image.
type Finding struct {
	// Rule is the id of the rule, one that Lookup knows.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Message is one sentence that says what happened, with the facts filled in.
	Message string `json:"message"`
	// Evidence is what the message rests on, in the order it was seen.
	Evidence []Evidence `json:"evidence"`
	// Cause is why it happened, where that is known.
	Cause string `json:"cause,omitempty"`
	// Remedy is something a person can do about it.
	Remedy string `json:"remedy,omitempty"`
	// Known is the known cause that Cause and Remedy are about; nil when it is none of those.
	Known *Known `json:"known,omitempty"`
	// Crash is the report of a JVM that died, where the finding is about one.
	Crash *Crash `json:"crash,omitempty"`
	// Fingerprint is the same for two findings that have the same origin, in other containers and at other times too;
	// empty where nothing tells.
	Fingerprint string       `json:"fingerprint,omitempty"`
	Location    *Location    `json:"location,omitempty"`
	Suppressed  *Suppression `json:"suppressed,omitempty"`
}

// New returns a finding of the rule named id with the rule's own severity and remedy. It panics when there is no such
// rule: that is a mistake in the program, not in its input.
func New(id, message string) Finding {
	rule, ok := Lookup(id)
	if !ok {
		panic("finding: no rule " + id)
	}
	return Finding{Rule: id, Severity: rule.Severity, Message: message, Evidence: []Evidence{}, Remedy: rule.Remedy}
}

// Counts reports whether the finding weighs in a verdict: an error that nobody suppressed.
func (f Finding) Counts() bool { return f.Severity == Error && f.Suppressed == nil }
