package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// WriteDiagnosis writes d to w in the format of that name. An unknown name is an *UnknownFormatError.
func WriteDiagnosis(format string, w io.Writer, d gate.Diagnosis, opt Options) error {
	return layout{
		text:     func(p *printer) { p.diagnosed(cleanedDiagnosis(d)) },
		json:     func(w io.Writer) error { return writeJSON(w, wireDiagnosis(d)) },
		github:   func(g *GitHub) error { return g.Diagnosis(d, opt.ReportPath) },
		markdown: func(limit int) []byte { return diagnosisMarkdown(d, limit) },
	}.write(format, w, opt)
}

// DiagnosisReason returns one line that says what came of a diagnosis, cleaned, for the last line of stderr:
//
//	fail: boot.log: jvm-oom-heap: The Java heap was full …
//	pass: nothing in boot.log explains a death
func DiagnosisReason(d gate.Diagnosis) string {
	d = cleanedDiagnosis(d)
	return strings.ToLower(diagnosisWord(d)) + ": " + diagnosed(d, true)
}

// diagnosed is the part of DiagnosisReason after the verdict. d is cleaned.
func diagnosed(d gate.Diagnosis, withMessage bool) string {
	if err := d.Unread(); err != nil {
		return prose(err.Error())
	}
	if d.Verdict == finding.Pass {
		return nothingExplains(d)
	}
	r := gate.Report{Verdict: d.Verdict, Images: each(d.Inputs, asImage)}
	return strings.Replace(because(r, withMessage), fmt.Sprintf("of %s:", count(len(d.Inputs), "image")), fmt.Sprintf("of %s:", count(len(d.Inputs), "input")), 1)
}

func nothingExplains(d gate.Diagnosis) string {
	where := count(len(d.Inputs), "input")
	if len(d.Inputs) == 1 {
		where = d.Inputs[0].File
	}
	suppressed := false
	for _, in := range d.Inputs {
		if slices.ContainsFunc(in.Findings, func(f finding.Finding) bool { return f.Suppressed == nil }) {
			return "only warnings in " + where
		}
		suppressed = suppressed || len(in.Findings) > 0
	}
	if suppressed {
		return "only what is suppressed in " + where
	}
	return "nothing in " + where + " explains a death"
}

// asImage gives an input the form of an image, whose verdict and findings are reported in the same words.
func asImage(in gate.InputReport) gate.ImageReport {
	return gate.ImageReport{Name: in.File, Verdict: finding.Of(in.Findings), Findings: in.Findings}
}

// cleanedDiagnosis is cleaned for a diagnosis.
func cleanedDiagnosis(d gate.Diagnosis) gate.Diagnosis {
	return gate.Diagnosis{Verdict: d.Verdict, Inputs: each(d.Inputs, func(in gate.InputReport) gate.InputReport {
		out := gate.InputReport{File: prose(in.File), Lines: in.Lines, Quoted: in.Quoted, Findings: each(in.Findings, cleanFinding)}
		if in.Error != nil {
			out.Error = errors.New(prose(in.Error.Error()))
		}
		return out
	})}
}

// diagnosisWord is how the outcome of a diagnosis stands at the beginning of a line.
func diagnosisWord(d gate.Diagnosis) string {
	if d.Unread() != nil {
		return "ERROR"
	}
	return verdictWord(d.Verdict)
}

// inputState says in a few words what came of one input.
func inputState(in gate.InputReport) string {
	switch {
	case in.Error != nil && in.Lines == 0:
		return "could not be read: " + in.Error.Error()
	case in.Error != nil:
		return count(in.Lines, "line") + ", of which the rest could not be read: " + in.Error.Error()
	case len(in.Findings) == 0 && in.Quoted > 0:
		return fmt.Sprintf("%s, nothing there explains a death, though line %d has words of a JVM's crash report", count(in.Lines, "line"), in.Quoted)
	case len(in.Findings) == 0:
		return count(in.Lines, "line") + ", nothing there explains a death"
	default:
		return count(in.Lines, "line")
	}
}

// inputVerdict is the word before an input: that of its own findings.
func inputVerdict(in gate.InputReport) string {
	return diagnosisWord(gate.Diagnosis{Verdict: finding.Of(in.Findings), Inputs: []gate.InputReport{in}})
}

// diagnosed writes a cleaned diagnosis and its verdict.
func (p *printer) diagnosed(d gate.Diagnosis) {
	p.diagnosis(d)
	p.diagnosisVerdict(d)
}

// diagnosis writes everything but the last line. d is cleaned.
func (p *printer) diagnosis(d gate.Diagnosis) {
	for i, in := range d.Inputs {
		if i > 0 {
			p.line()
		}
		p.line(p.paint.outcome(inputVerdict(in)), "  ", p.paint.bold(in.File), "  ", inputState(in))
		for _, f := range in.Findings {
			if f.Suppressed != nil {
				p.suppressed(f)
				continue
			}
			p.line()
			p.finding(f)
		}
	}
	if len(d.Inputs) > 0 {
		p.line()
	}
}

func (p *printer) diagnosisVerdict(d gate.Diagnosis) {
	p.line(p.paint.outcome(diagnosisWord(d)), "  ", diagnosed(d, false))
}

// outcome returns the word for the outcome of a diagnosis in its colour.
func (p palette) outcome(word string) string {
	if word == verdictWord(finding.Pass) {
		return p.wrap(sgrGreen, word)
	}
	return p.wrap(sgrRed, word)
}

// The wire form of a diagnosis; the rules of the report's hold here, too.
type (
	jsonDiagnosis struct {
		Schema  int         `json:"schema"`
		Verdict string      `json:"verdict"`
		Inputs  []jsonInput `json:"inputs"`
	}
	jsonInput struct {
		File  string `json:"file"`
		Lines int    `json:"lines"`
		// Quoted is the last line with the first words of a JVM's crash report, where there are no findings; else 0.
		Quoted int `json:"quoted"`
		// Error says why the input, or the rest of it, could not be read; empty when it could.
		Error    string        `json:"error"`
		Findings []jsonFinding `json:"findings"`
	}
)

func wireDiagnosis(d gate.Diagnosis) jsonDiagnosis {
	return jsonDiagnosis{Schema: Schema, Verdict: outputVerdict(d), Inputs: each(d.Inputs, func(in gate.InputReport) jsonInput {
		out := jsonInput{File: in.File, Lines: in.Lines, Quoted: in.Quoted, Findings: each(in.Findings, wireFinding)}
		if in.Error != nil {
			out.Error = in.Error.Error()
		}
		return out
	})}
}

// outputVerdict is the verdict for programs: that of the findings, unless something could not be read.
func outputVerdict(d gate.Diagnosis) string {
	if d.Unread() != nil {
		return VerdictError
	}
	return string(d.Verdict)
}

// diagnosisMarkdown renders a diagnosis; what does not fit into limit bytes is counted, not shown.
func diagnosisMarkdown(d gate.Diagnosis, limit int) []byte {
	d = cleanedDiagnosis(d)
	var out strings.Builder
	head := fmt.Sprintf("## Bootgate diagnosis: %s\n\n", diagnosisWord(d))
	if len(d.Inputs) != 1 {
		head += "Result: " + markdownProse(diagnosed(d, false)) + "\n\n"
	}
	if len(head)+closing > limit {
		return nil
	}
	out.WriteString(head)
	for i, in := range d.Inputs {
		section := inputMarkdown(in)
		if out.Len()+len(section)+closing > limit {
			fmt.Fprintf(&out, "_%s in the JSON report._\n", count(len(d.Inputs)-i, "more input"))
			break
		}
		out.WriteString(section)
	}
	return []byte(out.String())
}

func inputMarkdown(in gate.InputReport) string {
	var out strings.Builder
	fmt.Fprintf(&out, "### %s: %s\n\n%s\n\n", inputVerdict(in), markdownCode(cutColumns(in.File, maxName)), markdownProse(inputState(in)))
	shown := in.Findings[:min(len(in.Findings), maxShownFinding)]
	for _, f := range shown {
		writeFinding(&out, f)
	}
	if more := len(in.Findings) - len(shown); more > 0 {
		fmt.Fprintf(&out, "_%s in the JSON report._\n\n", count(more, "more finding"))
	}
	return out.String()
}

// Diagnosis writes everything for d, and the verdict output last of all, even when something before it failed or
// panicked. reportPath is the value of the report output; it may be empty.
func (g *GitHub) Diagnosis(d gate.Diagnosis, reportPath string) (err error) {
	verdict := VerdictError
	defer func() { err = errors.Join(err, g.SetVerdict(verdict)) }()
	clean := cleanedDiagnosis(d)
	text, last := newPrinter(TextOptions{}), newPrinter(TextOptions{})
	text.diagnosis(clean)
	last.diagnosisVerdict(clean)
	err = g.frame(text, annotations(each(clean.Inputs, asImage)), last)
	summary := func(room int) []byte { return diagnosisMarkdown(d, room) }
	err = errors.Join(err, g.summary(summary), g.set("report", reportPath))
	verdict = outputVerdict(d)
	return err
}

// frame writes text, then commands, then the last lines; only the commands act.
func (g *GitHub) frame(text *printer, commands []githubactions.Command, last *printer) error {
	err := g.quietly(func(w io.Writer) error { return write(w, text.buf.Bytes()) })
	for _, command := range commands {
		if err == nil {
			err = g.command(command)
		}
	}
	if err != nil {
		return err
	}
	return g.quietly(func(w io.Writer) error { return write(w, last.buf.Bytes()) })
}
