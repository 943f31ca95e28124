package gate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"bootgate/gate/boot"
	"bootgate/gate/diagnose"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
)

// DiagnoseRequest is what to diagnose: saved logs, and the files that dying JVMs wrote.
type DiagnoseRequest struct {
	Inputs []DiagnoseInput
	// ExitCode is the exit code of the process whose logs they are; nil when it is not known. With OOMKilled it is then
	// taken to be 137.
	ExitCode *int
	// OOMKilled is whether the kernel killed a process of the container for memory, as the engine says.
	OOMKilled bool
	// Policy gives the known causes, and the suppressions that hold for all images; nil adds no causes to the built-in
	// ones and suppresses nothing.
	Policy *policy.Policy
}

// DiagnoseInput is one log or file.
type DiagnoseInput struct {
	// Name is what the diagnosis calls it: a path, or "stdin".
	Name string
	// Open opens it.
	Open func() (io.ReadCloser, error)
}

// FileInput is an input that is the file of that path.
func FileInput(path string) DiagnoseInput {
	return DiagnoseInput{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// Diagnosis is the outcome of one run of `gate diagnose`.
type Diagnosis struct {
	// Verdict is finding.Fail when any input holds something of severity error that is not suppressed, else finding.Pass.
	Verdict finding.Verdict
	// Inputs are in the order they were asked for.
	Inputs []InputReport
}

// InputReport is what one input tells.
type InputReport struct {
	// File is the input's name.
	File string
	// Lines is how many lines it has.
	Lines int
	// Findings are ordered: the root cause first, suppressed ones last. Empty when nothing in the input explains a death.
	Findings []finding.Finding
	// Quoted is the last line that holds the first words of a JVM's report of its crash, where there are no findings: it is
	// taken for a quotation. 0 when there is none.
	Quoted int
	// Error says why the input, or the rest of it, could not be read; nil when it could.
	Error error
}

// Unread returns an error that names the inputs which could not be read to their ends; nil when there are none.
func (d Diagnosis) Unread() error {
	var first error
	more := 0
	for _, in := range d.Inputs {
		switch {
		case in.Error == nil:
		case first == nil:
			first = fmt.Errorf("reading %s: %w", in.File, in.Error)
		default:
			more++
		}
	}
	if first == nil || more == 0 {
		return first
	}
	return fmt.Errorf("%w (and %d more could not be read)", first, more)
}

// Diagnose reads all inputs of the request and says what each tells of a death. That an input cannot be read is written
// down with it and stops nothing. The error is the cause with which ctx was cancelled, or a *boot.PanicError for a
// mistake in the gate.
func Diagnose(ctx context.Context, request DiagnoseRequest) (Diagnosis, error) {
	d := Diagnosis{Verdict: finding.Pass}
	for _, in := range request.Inputs {
		report, err := diagnoseInput(ctx, request, in)
		if err != nil {
			return d, err
		}
		d.Verdict = finding.Worse(d.Verdict, finding.Of(report.Findings))
		d.Inputs = append(d.Inputs, report)
	}
	return d, nil
}

// diagnoseInput reads in the background: a read of a terminal or a pipe cannot be interrupted, only left alone.
func diagnoseInput(ctx context.Context, request DiagnoseRequest, in DiagnoseInput) (InputReport, error) {
	type outcome struct {
		report InputReport
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = boot.Guarded(func() error { o.report = request.read(ctx, in); return nil })
		done <- o
	}()
	select {
	case o := <-done:
		if ctx.Err() != nil {
			return InputReport{}, context.Cause(ctx)
		}
		return o.report, o.err
	case <-ctx.Done():
		return InputReport{}, context.Cause(ctx)
	}
}

// read reads one input and judges it.
func (request DiagnoseRequest) read(ctx context.Context, in DiagnoseInput) InputReport {
	report := InputReport{File: in.Name}
	file, err := in.Open()
	if err != nil {
		report.Error = bare(err)
		return report
	}
	defer file.Close()
	death, err := diagnose.Read(ctx, file, diagnose.Options{Name: in.Name})
	report.Error = bare(err)
	for _, l := range death.Lines {
		report.Lines = max(report.Lines, l.Number)
	}
	request.end(&death)
	if report.Error == nil && report.Lines == 0 && death.ExitUnknown {
		report.Error = emptyError{}
	}
	if report.Error != nil && report.Lines == 0 {
		return report
	}
	report.Findings = request.judge(death)
	if request.Policy != nil { // whose log it is nobody knows: what is suppressed for one image is not meant
		report.Findings = ordered(request.Policy.Suppress.Apply(report.Findings, ""))
	}
	if len(report.Findings) == 0 {
		report.Quoted = diagnose.QuotesReport(death)
	}
	return report
}

// judge says what a log tells, service by service where it is of several. Whose exit code the request has is not known
// then: that nothing explains it is said once.
func (request DiagnoseRequest) judge(death diagnose.Death) []finding.Finding {
	var findings []finding.Finding
	services := diagnose.Apart(death)
	for _, one := range services {
		found := explain(one, request.Policy)
		headline := ""
		if finding.Of(found) == finding.Pass {
			headline = diagnose.Headline(one)
		}
		failed := len(services) == 1 && one.ExitCode != 0 || request.ExitCode == nil && !request.OOMKilled && !stopped(one)
		if finding.Of(found) == finding.Pass && (headline != "" || failed) {
			found = append(found, known(one, request.Policy, unexplained(one, headline)))
		}
		for _, f := range found {
			if !slices.ContainsFunc(findings, f.Same) {
				findings = append(findings, f)
			}
		}
	}
	if finding.Of(findings) == finding.Pass && death.ExitCode != 0 {
		findings = append(findings, known(death, request.Policy, unexplained(death, "")))
	}
	slices.SortStableFunc(findings, finding.Compare)
	outlast(findings, death.ExitCode)
	return findings
}

// stopped reports whether a service ended well, is not known to have ended, or was stopped by somebody, as all are in the
// end: with SIGINT, SIGKILL or SIGTERM.
func stopped(d diagnose.Death) bool { return slices.Contains([]int{0, 130, killed, 143}, d.ExitCode) }

// outlast puts what ran out of memory in front of an end by SIGKILL that nothing explains: it happened first, and whoever
// stopped the process may have done it for that.
func outlast(findings []finding.Finding, code int) {
	if code != killed {
		return
	}
	slices.SortStableFunc(findings, func(a, b finding.Finding) int { return before(a) - before(b) })
}

func before(f finding.Finding) int {
	if strings.HasPrefix(f.Rule, "jvm-oom-") || f.Rule != "boot-exit" && f.Severity == finding.Error {
		return 0
	}
	return 1
}

// killed is the exit code of a process that SIGKILL ended.
const killed = 128 + 9

// end writes down what the request says about the end. The main process is what the engine's flag is usually about.
func (request DiagnoseRequest) end(d *diagnose.Death) {
	d.OOMKilled = request.OOMKilled
	switch {
	case request.ExitCode != nil:
		d.ExitUnknown, d.ExitCode = false, *request.ExitCode
	case request.OOMKilled:
		d.ExitUnknown, d.ExitCode = false, killed
	}
}

// emptyError says that there was no log.
type emptyError struct{}

func (emptyError) Error() string { return "it is empty: there is no log to diagnose" }

// bare takes the operation and the path off an error of the file system: who reads it knows both.
func bare(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// crashCodes are the exit codes of processes that crashed: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV ended
// them.
var crashCodes = []int{132, 133, 134, 135, 136, 139}

// lastQuoted is how many lines are quoted for an end that nothing explains.
const lastQuoted = 5

// lastLines are the lines to quote for an end: the one that holds the headline and those after it, or the last ones.
func lastLines(lines []diagnose.Line, headline string) []diagnose.Line {
	words, _, _ := strings.Cut(headline, " …") // a long one is cut
	if open := strings.LastIndex(words, " ("); open > 0 && strings.HasSuffix(words, ")") {
		words = words[:open] // what a wrapper goes back to
	}
	for i := len(lines) - 1; i >= 0 && words != ""; i-- {
		if strings.Contains(lines[i].Text, words) {
			return lines[i:min(len(lines), i+lastQuoted)]
		}
	}
	return lines[max(0, len(lines)-lastQuoted):]
}

// unexplained reports an end that no judge explains: an exit code, or last words, or both.
func unexplained(d diagnose.Death, headline string) finding.Finding {
	d = d.Masked()
	what, meaning := diagnose.DescribeSavedExit(d.ExitCode, d.OOMKilled)
	switch {
	case d.ExitUnknown:
		what, meaning = "ended", ""
	case !strings.HasPrefix(what, "exited"):
		what = "was " + what
	}
	why := ", and the log does not say why."
	if headline != "" {
		why, meaning = ": "+headline+".", ""
	}
	f := finding.New("boot-exit", "The process "+what+why)
	if meaning != "" {
		f.Cause = strings.ToUpper(meaning[:1]) + meaning[1:] + "."
	}
	if headline == "" && slices.Contains(crashCodes, d.ExitCode) {
		f.Remedy = "Look at the last lines; if the process left an hs_err file, diagnose that too."
	}
	for _, l := range lastLines(d.Lines, headline) {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: l.Stream, Line: l.Number, Text: l.Text})
	}
	return f
}
