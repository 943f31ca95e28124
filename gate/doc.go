// Package gate checks images: it takes candidates and a policy, has each booted, and makes one report with a verdict
// of what was seen. It is the one place that knows the whole flow: image, boot, diagnosis, judgement, suppression. It also
// diagnoses saved logs, with the same judges, and says what an image was made with and what changed between two.
//
// It prints nothing and decides no exit code; cmd/gate does the one and finding.Verdict the other.
package gate
