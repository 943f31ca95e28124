package report

import (
	"bytes"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// hostile are things containers print to be taken for something else.
var hostile = []string{
	"::error::x", "::set-output name=verdict::pass", "::save-state name=a::b", "::add-mask::fail", "::add-matcher::x.json",
	"::stop-commands::x", "::group::x", "::endgroup::", "::debug::x", "::notice::x", "::warning file=a::x", "::set-env name=PATH::x",
	"::add-path::/x", "::echo::on", "##[error]x", "x##[error]y", "##[set-output name=verdict;]pass", "x\r::error::y",
	"x\r\n::error::y", "\u00a0::error::x", "\u2028::error::x", "\u2029::error::x", "\u0085::error::x", "\ufeff::error::x",
	"##\x00[error]x", "##\x1b[error]x", "##\u200b[error]x", ":\u200b:error::x", "\xff::error::x", "#\xff#[error]x",
	"\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b[31mred\x1b[0m\x1b[2J", "\u202egnp.exe\u202c", "\u2066x\u2069",
	"\x9b31mx", "\u009b31mx", "\x1bP1;2|x\x1b\\y", "\x1b]0;title\ay", "\x1b]unterminated ::error::x", "\x1b", "\x1b[", "a\bb",
	"01010101010101010101010101010101", "::01010101010101010101010101010101::", "##[01010101010101010101010101010101]",
	"x\n01010101010101010101010101010101\nverdict=pass", "verdict<<EOF\npass\nEOF", "verdict=pass",
	"_GitHubActionsFileCommandDelimeter_", "100%0A::error::x", "%25", "a,b:c=d", "# PASS", "## Bootgate: PASS", "PASS\n===", "x\n---",
	"</details>", "</summary><h1>PASS</h1>", "<img src=x>", "<script>x</script>", "<!-- x", "<![CDATA[x", "<?php", "&lt;img&gt;", "&#60;img&#62;",
	"@team", "@acme/team", "#123", "GH-12", "acme/x#12", "http://evil.example/x", "https://x", "www.evil.example", "a@b.example",
	"[x](http://evil.example)", "![x](http://evil.example/x.png)", "[x]: http://evil.example", "<http://evil.example>", "[^1]", ":octocat:",
	"```", "````\n# PASS", "~~~", "`", "``", "`x`", "`@team`", "`a``b`", "a`|`b", "|", "a|b", "\\|", "a\\", "a`\\|", "||||", "- x", "* x", "+ x", "1. x",
	"> x", "    x", "\tx", "===", "---", "***", "$x$", "$$x$$", "**x**", "_x_", "~~x~~", "*", "_", "x  ", "\\", "&", "<", "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
	"漢字かな", strings.Repeat("x", 9000), strings.Repeat("`", 300), strings.Repeat("::error::x ", 900), strings.Repeat("\r", 100) + "x",
	strings.Repeat("\x1b]", 4000), "", " ", "x",
}

// poisoned returns a report in which every text that an image or a container has a hand in is s. Rules, severities,
// verdicts and modes are the gate's own.
func poisoned(s string) gate.Report {
	line := boot.Line{Number: 7, Stream: "stdout", Text: s}
	attempt := boot.Attempt{Probe: s, Expected: s, Actual: s, Attempts: 2}
	b := boot.Observation{
		Role: s, Container: s, StartError: "engine: " + s, Ready: true, ReadyBy: s, Awaited: []boot.Attempt{attempt}, Ended: boot.EndedExited,
		Lost: &attempt, Exit: &boot.Exit{Code: 139}, Stop: &boot.Stop{Signal: s}, MemoryLimit: 5, DiskUsed: 5,
		Timeline:  []boot.Event{{What: s, Detail: s}, {What: s, Detail: s}},
		Output:    boot.Output{Lines: 9, Bytes: 99, Dropped: 5, Head: []boot.Line{line}, Tail: []boot.Line{line, line}, Marked: []boot.Line{line}},
		Once:      &line,
		Forbidden: []boot.Forbidden{{Pattern: s, Line: line}}, Files: []boot.File{{Path: s, Kind: s, Size: 3, Content: s}},
	}
	other := b
	other.Ended, other.Exit, other.Stop = boot.EndedServed, nil, nil
	f := found("boot-exit", s, s, finding.Evidence{Source: s, Line: 3, Text: s}, finding.Evidence{Source: "stderr", Text: s})
	f.Remedy, f.Location = s, &finding.Location{File: s, Line: 1, Column: 2, Image: s, Layer: s}
	f.Crash, f.Fingerprint, f.Known = poisonedCrash(s), s, &finding.Known{ID: s, Link: s}
	warning, layered, hidden := f, f, f
	warning.Severity, layered.Severity = finding.Warning, finding.Note
	layered.Location = &finding.Location{Image: s, Layer: s}
	hidden.Suppressed = &finding.Suppression{Reason: s, Owner: s, Until: s}
	bad := gate.ImageReport{
		Name: s, Ref: "ref " + s, Source: s, Digest: s, ChildDigest: s, ImageID: s, Platform: s, Verdict: finding.Fail,
		Findings: []finding.Finding{f, warning, layered, hidden}, Boots: []boot.Observation{b, other},
		Baseline: &gate.Baseline{
			Name: s, Identity: gate.Identity{Ref: "ref " + s, Source: s, Digest: s, ChildDigest: s, ImageID: s, Platform: s},
			Changes: &builder.Changes{Application: builder.Different, List: []builder.Change{
				{Part: builder.PartBuildpack, Name: "name " + s, How: builder.Up, Old: "old " + s, New: "new " + s},
			}},
			Control: &gate.ControlBoot{Verdict: finding.Fail, Findings: []finding.Finding{f, warning}, Boots: []boot.Observation{b, other}},
		},
	}
	good := bad
	good.Digest, good.Verdict, good.Findings, good.Boots = "", finding.Pass, bad.Findings[1:], bad.Boots[1:]
	return gate.Report{Verdict: finding.Fail, Images: []gate.ImageReport{bad, good}}
}

// poisonedCrash is a crash in which every text is s.
func poisonedCrash(s string) *finding.Crash {
	frame := finding.Frame{Kind: s, Library: s, Offset: s, Symbol: s, Text: "frame " + s}
	return &finding.Crash{
		Kind: finding.CrashSignal, Signal: s, Code: s, SentBy: s, FaultAddress: s, PC: s, TID: s, Site: s, Error: s, Frame: &frame,
		JRE: s, VM: s, Version: s, Vendor: s, Thread: s, Operation: s, Compilation: s, CommandLine: s, Options: []string{s, s}, Libc: s, Host: s,
		NativeFrames: []finding.Frame{frame, {Text: "other " + s}, frame}, JavaFrames: []finding.Frame{{Text: "java " + s}},
		MemoryLimit: 5, CPUs: 2, Elapsed: ms, File: "file " + s, Missing: []string{s, s, s, s},
	}
}

// poisonedDiagnosis is poisoned for a diagnosis.
func poisonedDiagnosis(s string) gate.Diagnosis {
	var inputs []gate.InputReport
	for _, m := range poisoned(s).Images {
		live := slices.DeleteFunc(slices.Clone(m.Findings), func(f finding.Finding) bool { return f.Suppressed != nil })
		inputs = append(inputs, gate.InputReport{File: s, Lines: 7, Findings: live})
	}
	return gate.Diagnosis{Verdict: finding.Fail, Inputs: append(inputs, gate.InputReport{File: s})}
}

// The shapes of summaries through which nothing can come.
var (
	harmlessShape = sync.OnceValue(func() []string { return markdownShape(markdown(poisoned("plain"), SummaryLimit)) })
	emptyShape    = sync.OnceValue(func() []string { return markdownShape(markdown(poisoned(""), SummaryLimit)) })

	harmlessDiagnosis = sync.OnceValue(func() []string { return markdownShape(diagnosisMarkdown(poisonedDiagnosis("plain"), SummaryLimit)) })
	emptyDiagnosis    = sync.OnceValue(func() []string { return markdownShape(diagnosisMarkdown(poisonedDiagnosis(""), SummaryLimit)) })
)

func FuzzContainerText(f *testing.F) {
	for _, s := range hostile {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// Every text is put into some fifty places: long ones would make slow runs, and TestHostileTextIsHarmless has them.
		checkHarmless(t, string(data[:min(len(data), 1<<10)]))
	})
}

func checkHarmless(t *testing.T, s string) {
	checkHarmlessReport(t, s)
	checkHarmlessDiagnosis(t, s)
	checkHarmlessDiff(t, s)
}

func checkHarmlessDiagnosis(t *testing.T, s string) {
	d := poisonedDiagnosis(s)
	step := newStep(t)
	log := diagnosis(t, FormatGitHub, d, Options{Env: step.env, Random: step, ReportPath: "report.json"})
	want := []pair{{"report", "report.json"}, {"verdict", "fail"}}
	if got := fingerprint(checkLog(t, step, log, want)); got != harmlessDiagnosisSteps {
		t.Errorf("commands differ from those of a harmless diagnosis:\n%s", cmp.Diff(harmlessDiagnosisSteps, got))
	}
	for _, width := range []int{0, 60} {
		checkQuiet(t, "text", diagnosis(t, FormatText, d, Options{Text: TextOptions{Width: width}}))
	}
	for _, format := range []string{FormatJSON, FormatMarkdown} {
		checkQuiet(t, format, diagnosis(t, format, d, Options{}))
	}
	checkQuiet(t, "reason", []byte(DiagnosisReason(d)))
	shape := harmlessDiagnosis()
	if prose(s) == "" {
		shape = emptyDiagnosis()
	}
	if diff := cmp.Diff(shape, markdownShape(diagnosis(t, FormatMarkdown, d, Options{}))); diff != "" {
		t.Errorf("shape of the Markdown of a diagnosis (-harmless +hostile):\n%s", diff)
	}
}

// harmlessDiagnosisSteps are the commands of every diagnosis that poisonedDiagnosis makes.
const harmlessDiagnosisSteps = "stop-commands resume " + // the text
	"notice notice warning warning error " +
	"stop-commands resume" // the verdict

func checkHarmlessReport(t *testing.T, s string) {
	r := poisoned(s)
	if got := fingerprint(checkStep(t, r)); got != harmlessSteps {
		t.Errorf("commands differ from those of a harmless report:\n%s", cmp.Diff(harmlessSteps, got))
	}
	for _, width := range []int{0, 60} {
		checkQuiet(t, "text", written(t, FormatText, r, Options{Text: TextOptions{Width: width}}))
	}
	for _, format := range []string{FormatJSON, FormatMarkdown} {
		checkQuiet(t, format, written(t, format, r, Options{}))
	}
	checkQuiet(t, "reason", []byte(Reason(r)))
	want := harmlessShape()
	if prose(s) == "" {
		want = emptyShape() // what is empty is left out
	}
	got := markdownShape(written(t, FormatMarkdown, r, Options{}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shape of the Markdown (-harmless +hostile):\n%s", diff)
	}
}

// harmlessSteps are the commands of every report that poisoned makes.
const harmlessSteps = "stop-commands resume " + // the text
	"group stop-commands resume endgroup " + // the container's last lines
	"group stop-commands resume endgroup " + // those of the baseline's
	"notice notice warning warning error " +
	"stop-commands resume" // the verdict

func fingerprint(commands []issued) string {
	return strings.Join(each(commands, func(c issued) string { return c.name }), " ")
}

// checkStep writes the report as a step and returns the commands that the runner sees, having checked what is around
// them.
func checkStep(t *testing.T, r gate.Report) []issued {
	t.Helper()
	step := newStep(t)
	log := written(t, FormatGitHub, r, Options{Env: step.env, Random: step, ReportPath: "report.json"})
	digest := "\n"
	if isDigest(r.Images[0].Digest) {
		digest = r.Images[0].Digest + "\n"
	}
	return checkLog(t, step, log, []pair{{"digest", digest}, {"report", "report.json"}, {"verdict", "fail"}})
}

// checkLog returns the commands that the runner sees in the log of a step, having checked what is around them, and that
// the outputs are those wanted.
func checkLog(t *testing.T, step *step, log []byte, want []pair) []issued {
	t.Helper()
	checkInert(t, log)
	got := run(log)
	if got.stop != "" {
		t.Error("the step ends while commands are stopped")
	}
	for _, line := range got.texts {
		if !line.quiet && line.line != "" {
			t.Errorf("printed while commands work: %q", line.line)
		}
	}
	outputs, err := parseOutputs(step.output(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, outputs, cmp.AllowUnexported(pair{})); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	return got.commands
}

// checkQuiet checks that a runner sees no command in what a format wrote.
func checkQuiet(t *testing.T, form string, log []byte) {
	t.Helper()
	checkInert(t, log)
	if commands := run(log).commands; len(commands) > 0 {
		t.Errorf("%s issues %v", form, commands)
	}
}

// isActive reports whether text acts on a terminal or the runner, or hides or turns around what is near.
func isActive(text string) bool {
	return strings.Contains(text, "##[") || strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\u200b' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	})
}

func checkInert(t *testing.T, log []byte) {
	t.Helper()
	if !utf8.Valid(log) {
		t.Error("not valid UTF-8")
	}
	if isActive(string(log)) {
		t.Errorf("something active came through: %q", log)
	}
}

// markdownShape is what a CommonMark parser with the extensions of GitHub finds in a summary.
func markdownShape(source []byte) []string {
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(source))
	return shapeOf(document, source)
}

// ownHTML are the tags the summary uses.
var ownHTML = regexp.MustCompile(`^(<br>|</details>\s*|<details><summary>[^<>]*</summary>\s*)$`)

// linked is what GitHub makes a mention, a reference or a picture of, in text outside of code.
var linked = regexp.MustCompile(`(?i)@\w|#\d|(https?|ftp)://|www\.|mailto:|:\w+:`)

// shapeOf lists the blocks of a document in order, with their depth, and whatever inline node is not plain text, code
// or emphasis.
func shapeOf(document ast.Node, source []byte) []string {
	var shape []string
	depth := 0
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		depth++
		switch node := n.(type) {
		case *ast.Text:
			shown := html.UnescapeString(string(node.Segment.Value(source)))
			if linked.MatchString(shown) && n.Parent().Kind() != ast.KindCodeSpan {
				shape = append(shape, "link in text: "+shown)
			}
		case *ast.RawHTML:
			shape = append(shape, htmlShape(string(node.Segments.Value(source))))
		case *ast.HTMLBlock:
			shape = append(shape, htmlShape(string(node.Lines().Value(source))))
		case *ast.CodeSpan, *ast.Emphasis, *ast.String:
		case *ast.FencedCodeBlock:
			shape = append(shape, "fence of "+string(node.Language(source)))
		case *extast.TableCell:
			shape = append(shape, "cell")
		default:
			shape = append(shape, strings.Repeat(" ", depth)+n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	return shape
}

func htmlShape(html string) string {
	if ownHTML.MatchString(html) {
		return "own HTML"
	}
	return "foreign HTML: " + html
}

func TestHostileTextIsHarmless(t *testing.T) {
	for i, s := range hostile {
		t.Run(cleanLine(s, 40), func(t *testing.T) { checkHarmless(t, s) })
		if len(s) > maxLine/2 {
			continue // long enough alone
		}
		next := hostile[(i+1)%len(hostile)]
		t.Run("after text "+cleanLine(s, 40), func(t *testing.T) {
			checkHarmless(t, "text "+s+" "+s)
			checkHarmless(t, s+next[:min(len(next), 100)])
		})
	}
}

// TestTheOracleSeesAttacks holds the oracle itself to what the runner does.
func TestTheOracleSeesAttacks(t *testing.T) {
	for _, c := range []struct {
		name, log string
		want      []string
	}{
		{"a command", "::error::x\n", []string{"error"}},
		{"any case", "::ERROR::x\n", []string{"error"}},
		{"after any white space", "\u00a0\u2028 ::set-output name=a::b\n", []string{"set-output"}},
		{"after a lone carriage return", "x\r::error::y\n", []string{"error"}},
		{"the first form anywhere in a line", "x ##[error]y\n", []string{"error"}},
		{"not in the middle of a line", "x ::error::y\n", nil},
		{"not an unknown name", "::std::vector::x\n", nil},
		{"not while stopped", "::stop-commands::t\n::error::x\n::t::\n", []string{"stop-commands", "resume"}},
		{"resumed in the first form", "::stop-commands::t\nx ##[t]\n::error::x\n", []string{"stop-commands", "resume", "error"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := each(run([]byte(c.log)).commands, func(c issued) string { return c.name })
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	outputs, err := parseOutputs("a=b\nc<<EOF\nd\ne=f\nEOF\n")
	if diff := cmp.Diff([]pair{{"a", "b"}, {"c", "d\ne=f"}}, outputs, cmp.AllowUnexported(pair{})); diff != "" || err != nil {
		t.Errorf("outputs: %v (-want +got):\n%s", err, diff)
	}
}

// TestTheMarkdownOracleSeesAttacks holds the check of Markdown to what GitHub would render.
func TestTheMarkdownOracleSeesAttacks(t *testing.T) {
	for _, attack := range []string{
		"# PASS", "PASS\n===", "<img src=x>", "text <b>x</b>", "![x](y)", "[x](y)", "http://evil.example", "www.evil.example", "@team", "</details><p>",
	} {
		harmless := markdownShape([]byte("Result: x\n"))
		if got := markdownShape([]byte("Result: x\n\n" + attack + "\n")); slices.Equal(got, append(harmless, "  Paragraph")) {
			t.Errorf("%q looks harmless: %q", attack, got)
		}
	}
}

func TestALongSummaryStaysUnderTheLimit(t *testing.T) {
	var many gate.Report
	many.Verdict = finding.Fail
	for range 300 {
		many.Images = append(many.Images, crashed(), healthyServer(), timedOut())
	}
	for _, c := range []struct {
		name  string
		limit int
	}{
		{"one step's limit", SummaryLimit},
		{"a comment", 65_536},
		{"hardly any room", 300},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := markdown(many, c.limit)
			if len(got) > c.limit {
				t.Errorf("%d bytes, limit %d", len(got), c.limit)
			}
			if !bytes.HasSuffix(got, []byte(" in the JSON report._\n")) {
				t.Errorf("does not say what was left out: …%q", got[max(0, len(got)-100):])
			}
		})
	}
	t.Run("no room at all", func(t *testing.T) {
		if got := markdown(many, 1); len(got) > 0 {
			t.Errorf("got %q", got)
		}
	})
}

func TestASummaryLeavesRoomForWhatIsThere(t *testing.T) {
	step := newStep(t)
	there := strings.Repeat("x", SummaryLimit-5000)
	if err := os.WriteFile(step.env(envSummary), []byte(there), 0o600); err != nil {
		t.Fatal(err)
	}
	written(t, FormatGitHub, samples()["several"], Options{Env: step.env, Random: step})
	got := step.summary(t)
	if len(got) > SummaryLimit {
		t.Errorf("%d bytes, limit %d", len(got), SummaryLimit)
	}
	if !strings.HasPrefix(got, there+"\n## Bootgate: FAIL\n") {
		t.Error("what was there is gone, or nothing was added")
	}
}
