package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf8"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// Schema is the number of the JSON report's form. It rises when a field changes its meaning or goes away; new fields
// come without notice.
const Schema = 1

// The wire types. Every field is always there: a text that does not apply is empty, a list is never null, and what is
// not known or did not happen is null. Times and lengths of time are whole milliseconds; times count from the moment
// the engine was asked to start the container.
type (
	jsonReport struct {
		Schema     int         `json:"schema"`
		Verdict    string      `json:"verdict"`
		DurationMs int64       `json:"durationMs"`
		Images     []jsonImage `json:"images"`
	}
	jsonImage struct {
		Name        string        `json:"name"`
		Ref         string        `json:"ref"`
		Source      string        `json:"source"`
		Digest      string        `json:"digest"`
		ChildDigest string        `json:"childDigest"`
		ImageID     string        `json:"imageId"`
		Platform    string        `json:"platform"`
		Verdict     string        `json:"verdict"`
		DurationMs  int64         `json:"durationMs"`
		Findings    []jsonFinding `json:"findings"`
		Boots       []jsonBoot    `json:"boots"`
		// NotBooted says why no container was started although the image is there.
		NotBooted string        `json:"notBooted"`
		Baseline  *jsonBaseline `json:"baseline"`
		// Comparison is null when the boot was not compared with one of the baseline.
		Comparison *jsonComparison `json:"comparison"`
	}
	jsonBaseline struct {
		Name        string `json:"name"`
		Ref         string `json:"ref"`
		Source      string `json:"source"`
		Digest      string `json:"digest"`
		ChildDigest string `json:"childDigest"`
		ImageID     string `json:"imageId"`
		Platform    string `json:"platform"`
		// Diff is what changed from it to the image, as gate diff says it; null when that is not known.
		Diff *jsonChanges `json:"diff"`
		// Control is null when the baseline was not booted.
		Control *jsonControl `json:"control"`
	}
	jsonControl struct {
		Verdict  string        `json:"verdict"`
		Findings []jsonFinding `json:"findings"`
		Boots    []jsonBoot    `json:"boots"`
	}
	jsonFinding struct {
		Rule     string         `json:"rule"`
		Severity string         `json:"severity"`
		Message  string         `json:"message"`
		Evidence []jsonEvidence `json:"evidence"`
		Cause    string         `json:"cause"`
		Remedy   string         `json:"remedy"`
		Known    *jsonKnown     `json:"known"`
		Crash    *jsonCrash     `json:"crash"`
		// Fingerprint is the same for findings of the same origin.
		Fingerprint string           `json:"fingerprint"`
		Location    *jsonLocation    `json:"location"`
		Suppressed  *jsonSuppression `json:"suppressed"`
	}
	jsonKnown struct {
		ID   string `json:"id"`
		Link string `json:"link"`
	}
	jsonEvidence struct {
		Source string `json:"source"`
		Line   *int   `json:"line"`
		Text   string `json:"text"`
	}
	jsonLocation struct {
		File   string `json:"file"`
		Line   *int   `json:"line"`
		Column *int   `json:"column"`
		Image  string `json:"image"`
		Layer  string `json:"layer"`
	}
	jsonSuppression struct {
		Reason string `json:"reason"`
		Owner  string `json:"owner"`
		Until  string `json:"until"`
	}
	jsonBoot struct {
		Role             string          `json:"role"`
		Asked            jsonAsked       `json:"asked"`
		Container        string          `json:"container"`
		StartError       string          `json:"startError"`
		Ready            bool            `json:"ready"`
		ReadyAfterMs     *int64          `json:"readyAfterMs"`
		ReadyBy          string          `json:"readyBy"`
		Answered         bool            `json:"answered"`
		WaitedFor        []jsonAttempt   `json:"waitedFor"`
		Ended            string          `json:"ended"`
		Lost             *jsonAttempt    `json:"lost"`
		Exit             *jsonExit       `json:"exit"`
		Stop             *jsonStop       `json:"stop"`
		OOMEvents        int             `json:"oomEvents"`
		MemoryLimitBytes *int64          `json:"memoryLimitBytes"`
		PeakMemoryBytes  *int64          `json:"peakMemoryBytes"`
		DiskUsedBytes    *int64          `json:"diskUsedBytes"`
		DurationMs       int64           `json:"durationMs"`
		Timeline         []jsonEvent     `json:"timeline"`
		Output           jsonOutput      `json:"output"`
		Once             *jsonLine       `json:"once"`
		Forbidden        []jsonForbidden `json:"forbidden"`
		Files            []jsonFile      `json:"files"`
	}
	jsonAsked struct {
		Mode          string `json:"mode"`
		WithinMs      int64  `json:"withinMs"`
		StaysUpMs     int64  `json:"staysUpMs"`
		AtLeastMs     int64  `json:"atLeastMs"`
		StopsWithinMs int64  `json:"stopsWithinMs"`
		Once          string `json:"once"`
	}
	jsonAttempt struct {
		Probe    string `json:"probe"`
		Expected string `json:"expected"`
		Actual   string `json:"actual"`
		Attempts int    `json:"attempts"`
	}
	jsonExit struct {
		Code      int    `json:"code"`
		Signal    string `json:"signal"`
		OOMKilled bool   `json:"oomKilled"`
		AtMs      int64  `json:"atMs"`
		RanMs     *int64 `json:"ranMs,omitempty"` // absent when it is not known
	}
	jsonStop struct {
		Signal string `json:"signal"`
		TookMs int64  `json:"tookMs"`
		Forced bool   `json:"forced"`
	}
	jsonEvent struct {
		AtMs   int64  `json:"atMs"`
		What   string `json:"what"`
		Detail string `json:"detail"`
	}
	jsonOutput struct {
		Lines   int        `json:"lines"`
		Bytes   int64      `json:"bytes"`
		Errors  int        `json:"errors"`
		Dropped int        `json:"dropped"`
		Head    []jsonLine `json:"head"`
		Tail    []jsonLine `json:"tail"`
		Marked  []jsonLine `json:"marked"`
	}
	jsonLine struct {
		Number int    `json:"number"`
		Stream string `json:"stream"`
		Text   string `json:"text"`
	}
	jsonForbidden struct {
		Pattern string   `json:"pattern"`
		Line    jsonLine `json:"line"`
	}
	jsonFile struct {
		Path string `json:"path"`
		Size int64  `json:"size"`
		Kind string `json:"kind"`
	}
)

// JSON writes a report for programs. Texts are exact, but whatever in them would act on a terminal or on the Actions
// runner is written as an escape.
func JSON(w io.Writer, r gate.Report) error { return writeJSON(w, wireReport(r)) }

// wire is a report as programs read it.
type wire interface {
	jsonReport | jsonDiagnosis | jsonDiff | jsonInspection
}

func writeJSON[R wire](w io.Writer, r R) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("encoding the report as JSON: %w", err)
	}
	if _, err := w.Write(escapeActive(b.Bytes())); err != nil {
		return fmt.Errorf("writing the JSON report: %w", err)
	}
	return nil
}

// escapeActive replaces control and format characters, and the bracket of "##[", by their JSON escapes. Outside of
// strings JSON has none of them.
func escapeActive(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == '[' && bytes.HasSuffix(out, []byte("##")):
			out = append(out, `\u005b`...)
		case r > 0x7E && (unicode.In(r, unicode.Cc, unicode.Cf) || unicode.Is(ignorable, r)):
			out = appendEscape(out, r)
		default:
			out = append(out, data[i:i+n]...)
		}
		i += n
	}
	return out
}

// appendEscape appends r as JSON escapes: one, or two surrogates (RFC 8259, section 7).
func appendEscape(out []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Appendf(out, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
}

func wireReport(r gate.Report) jsonReport {
	return jsonReport{
		Schema: Schema, Verdict: string(r.Verdict), DurationMs: r.Duration.Milliseconds(),
		Images: each(r.Images, wireImage),
	}
}

func wireImage(m gate.ImageReport) jsonImage {
	return jsonImage{
		Name: m.Name, Ref: m.Ref, Source: m.Source, Digest: m.Digest, ChildDigest: m.ChildDigest, ImageID: m.ImageID,
		Platform: m.Platform, Verdict: string(m.Verdict), DurationMs: m.Duration.Milliseconds(),
		Findings: each(m.Findings, wireFinding), Boots: each(m.Boots, wireBoot), NotBooted: m.NotBooted,
		Baseline:   wireBaseline(m.Baseline),
		Comparison: wireComparison(m.Comparison),
	}
}

func wireBaseline(b *gate.Baseline) *jsonBaseline {
	if b == nil {
		return nil
	}
	out := &jsonBaseline{
		Name: b.Name, Ref: b.Ref, Source: b.Source, Digest: b.Digest, ChildDigest: b.ChildDigest, ImageID: b.ImageID, Platform: b.Platform,
	}
	if b.Changes != nil {
		changes := wireChanges(*b.Changes)
		out.Diff = &changes
	}
	if c := b.Control; c != nil {
		out.Control = &jsonControl{Verdict: string(c.Verdict), Findings: each(c.Findings, wireFinding), Boots: each(c.Boots, wireBoot)}
	}
	return out
}

func wireFinding(f finding.Finding) jsonFinding {
	out := jsonFinding{
		Rule: f.Rule, Severity: string(f.Severity), Message: f.Message, Cause: f.Cause, Remedy: f.Remedy,
		Crash: wireCrash(f.Crash), Fingerprint: f.Fingerprint,
		Evidence: each(f.Evidence, func(e finding.Evidence) jsonEvidence {
			return jsonEvidence{Source: e.Source, Line: positive(e.Line), Text: e.Text}
		}),
	}
	if k := f.Known; k != nil {
		out.Known = &jsonKnown{ID: k.ID, Link: k.Link}
	}
	if l := f.Location; l != nil {
		out.Location = &jsonLocation{
			File: l.File, Line: positive(l.Line), Column: positive(l.Column), Image: l.Image, Layer: l.Layer,
		}
	}
	if s := f.Suppressed; s != nil {
		out.Suppressed = &jsonSuppression{Reason: s.Reason, Owner: s.Owner, Until: s.Until}
	}
	return out
}

func wireBoot(b boot.Observation) jsonBoot {
	out := jsonBoot{
		Role: b.Role, Asked: wireAsked(b.Asked), Container: b.Container, StartError: b.StartError,
		Ready: b.Ready, ReadyBy: b.ReadyBy, Answered: b.Answered, WaitedFor: each(b.Awaited, wireAttempt),
		Ended:     string(b.Ended),
		OOMEvents: b.OOMEvents, MemoryLimitBytes: positive(b.MemoryLimit), PeakMemoryBytes: positive(b.PeakMemory),
		DiskUsedBytes: positive(b.DiskUsed), DurationMs: b.Duration.Milliseconds(),
		Timeline: each(b.Timeline, func(e boot.Event) jsonEvent {
			return jsonEvent{AtMs: e.At.Milliseconds(), What: e.What, Detail: e.Detail}
		}),
		Output: jsonOutput{
			Lines: b.Output.Lines, Bytes: b.Output.Bytes, Errors: b.Output.Errors, Dropped: b.Output.Dropped, Head: each(b.Output.Head, wireLine),
			Tail: each(b.Output.Tail, wireLine), Marked: each(b.Output.Marked, wireLine),
		},
		Forbidden: each(b.Forbidden, func(f boot.Forbidden) jsonForbidden {
			return jsonForbidden{Pattern: f.Pattern, Line: wireLine(f.Line)}
		}),
		Files: each(b.Files, func(f boot.File) jsonFile { return jsonFile{Path: f.Path, Size: f.Size, Kind: f.Kind} }),
	}
	if b.Ready {
		out.ReadyAfterMs = milliseconds(b.ReadyAfter)
	}
	if b.Lost != nil {
		lost := wireAttempt(*b.Lost)
		out.Lost = &lost
	}
	if e := b.Exit; e != nil {
		out.Exit = &jsonExit{
			Code: e.Code, Signal: boot.SignalName(e.Code), OOMKilled: e.OOMKilled, AtMs: e.At.Milliseconds(),
		}
		if e.Ran > 0 {
			out.Exit.RanMs = milliseconds(e.Ran)
		}
	}
	if s := b.Stop; s != nil {
		out.Stop = &jsonStop{Signal: s.Signal, TookMs: s.Took.Milliseconds(), Forced: s.Forced}
	}
	if b.Once != nil {
		once := wireLine(*b.Once)
		out.Once = &once
	}
	return out
}

// wireAsked leaves out the command: it may hold what nobody wants in a report.
func wireAsked(a boot.Asked) jsonAsked {
	return jsonAsked{
		Mode: string(a.Mode), WithinMs: a.Within.Milliseconds(), StaysUpMs: a.StaysUp.Milliseconds(),
		AtLeastMs: a.AtLeast.Milliseconds(), StopsWithinMs: a.StopsWithin.Milliseconds(), Once: a.Once,
	}
}

func wireAttempt(a boot.Attempt) jsonAttempt {
	return jsonAttempt{Probe: a.Probe, Expected: a.Expected, Actual: a.Actual, Attempts: a.Attempts}
}

func wireLine(l boot.Line) jsonLine {
	return jsonLine{Number: l.Number, Stream: l.Stream, Text: l.Text}
}

// positive returns n, or nil when it is 0: a number that is not known.
func positive[N int | int64 | float64](n N) *N {
	if n == 0 {
		return nil
	}
	return &n
}

func milliseconds(d time.Duration) *int64 {
	ms := d.Milliseconds()
	return &ms
}
