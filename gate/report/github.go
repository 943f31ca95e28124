package report

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// The environment of a step: https://docs.github.com/en/actions/reference/workflows-and-actions/variables.
const (
	envOutput  = "GITHUB_OUTPUT"
	envSummary = "GITHUB_STEP_SUMMARY"
)

// VerdictError is the verdict output of a run that came to no verdict at all: a wrong command line, a wrong gate.yaml,
// a panic.
const VerdictError = "error"

// groupLines is how many of the last lines of one container a log group holds.
const groupLines = 200

// GitHub writes a report for a step of GitHub Actions: to its log, its annotations, its summary and its outputs.
// Whatever a container may have had a hand in stands between a stop-commands command with a fresh random token and the
// token that resumes.
type GitHub struct {
	// Out is the step's standard output.
	Out io.Writer
	// Env looks up environment variables; nil means there are none. Without GITHUB_OUTPUT no output is written, and
	// without GITHUB_STEP_SUMMARY no summary.
	Env func(string) string
	// Random is where tokens and delimiters come from; nil means crypto/rand.
	Random io.Reader
}

// Report writes everything for r, and the verdict output last of all, even when something before it failed or
// panicked. reportPath is the value of the report output; it may be empty.
func (g *GitHub) Report(r gate.Report, reportPath string) (err error) {
	verdict := VerdictError
	defer func() { err = errors.Join(err, g.SetVerdict(verdict)) }()
	clean := cleaned(r)
	err = errors.Join(g.log(clean), g.summary(func(room int) []byte { return markdown(r, room) }), g.setDigest(r), g.set("report", reportPath))
	verdict = string(r.Verdict)
	return err
}

// log writes to the step's log: the text report, the last lines of containers in groups, annotations, and the verdict
// as the last line. r is cleaned.
func (g *GitHub) log(r gate.Report) error {
	text := newPrinter(TextOptions{})
	text.outputs = false
	text.report(r)
	err := g.quietly(func(w io.Writer) error { return write(w, text.buf.Bytes()) })
	for _, m := range byWeight(r.Images) {
		if err == nil && m.Verdict != finding.Pass {
			err = g.groups(m)
		}
	}
	for _, command := range annotations(r.Images) {
		if err == nil {
			err = g.command(command)
		}
	}
	if err != nil {
		return err
	}
	last := newPrinter(TextOptions{})
	last.verdict(r.Verdict, because(r, false))
	return g.quietly(func(w io.Writer) error { return write(w, last.buf.Bytes()) })
}

// groups writes the last lines of an image's containers, each container in a folded group.
func (g *GitHub) groups(m gate.ImageReport) error {
	if err := g.groupsOf(m.Name, m.Boots); err != nil {
		return err
	}
	if b := m.Baseline; b != nil && b.Control != nil && b.Control.Verdict != finding.Pass {
		return g.groupsOf(m.Name+", control boot", b.Control.Boots)
	}
	return nil
}

func (g *GitHub) groupsOf(name string, boots []boot.Observation) error {
	for i, focus := range inFocus(boots) {
		o := boots[i].Output
		lines, _ := lastLines(o, groupLines)
		if !focus || len(lines) == 0 {
			continue
		}
		title := fmt.Sprintf("%s, %s: last %s of %s", name, boots[i].Role, thousands(len(lines)), count(o.Lines, "line"))
		if len(lines) >= o.Lines {
			title = fmt.Sprintf("%s, %s: %s", name, boots[i].Role, count(o.Lines, "line"))
		}
		if err := g.group(title, lines); err != nil {
			return err
		}
	}
	return nil
}

// group writes lines in one folded group.
func (g *GitHub) group(title string, lines []boot.Line) (err error) {
	if err := g.command(githubactions.Command{Name: "group", Message: title}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.command(githubactions.Command{Name: "endgroup"})) }()
	return g.quietly(func(w io.Writer) error {
		var b bytes.Buffer
		for _, line := range lines {
			b.WriteString(gutterApp + gutterBar + line.Text + "\n")
		}
		return write(w, b.Bytes())
	})
}

// quietly runs body while the runner ignores commands. Commands work again when it returns or panics.
func (g *GitHub) quietly(body func(io.Writer) error) (err error) {
	token, err := g.token()
	if err != nil {
		return err
	}
	if err := g.command(githubactions.Command{Name: "stop-commands", Message: token}); err != nil {
		return err
	}
	line := &lineTracker{out: g.Out}
	defer func() {
		if line.open {
			err = errors.Join(err, write(g.Out, []byte("\n")))
		}
		err = errors.Join(err, g.command(githubactions.Command{Name: token}))
	}()
	return body(line)
}

// lineTracker passes bytes on and knows whether the last line has no end yet.
type lineTracker struct {
	out  io.Writer
	open bool
}

// Write implements io.Writer. Whoever fails or panics half way has left a line open.
func (t *lineTracker) Write(data []byte) (int, error) {
	t.open = true
	n, err := t.out.Write(data)
	t.open = err != nil || len(data) > 0 && data[len(data)-1] != '\n'
	return n, err
}

// command writes one workflow command on a line of its own.
func (g *GitHub) command(c githubactions.Command) error {
	return write(g.Out, []byte(c.String()+"\n"))
}

func write(w io.Writer, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("writing to the step's log: %w", err)
	}
	return nil
}

// summary appends the Markdown form to the step summary, as long as what other programs of the same step left leaves
// room for. render makes it, in at most so many bytes.
func (g *GitHub) summary(render func(room int) []byte) error {
	path := g.env(envSummary)
	if path == "" {
		return nil
	}
	used := 0
	if info, err := os.Stat(path); err == nil {
		used = int(min(info.Size(), SummaryLimit))
	}
	lead := "\n" // what is there already may lack its line end
	room := SummaryLimit - used - len(lead) - len(githubactions.EOF)
	text := render(max(room, 0))
	if len(text) == 0 {
		return nil
	}
	return g.fileCommand("step-summary", lead+string(text))
}

// setDigest sets the digest output: one line for each image, in the order they were asked for. The line is empty for
// an image that has no digest, since only the engine knows it.
func (g *GitHub) setDigest(r gate.Report) error {
	return g.set("digest", strings.Join(each(r.Images, func(m gate.ImageReport) string {
		if !isDigest(m.Digest) {
			return ""
		}
		return m.Digest
	}), "\n"))
}

// isDigest reports whether text has the form of a digest: OCI image-spec v1.1, descriptor.md, "Digests".
func isDigest(text string) bool {
	algorithm, encoded, found := strings.Cut(text, ":")
	return found && strings.Trim(algorithm, "abcdefghijklmnopqrstuvwxyz0123456789+._-") == "" && len(encoded) >= 32 &&
		strings.Trim(encoded, "abcdefABCDEF0123456789") == ""
}

// SetVerdict sets the verdict output: pass, fail, inconclusive or error. Anything else is an error and sets error. It
// is for the ways out on which there is no report; Report calls it by itself. The last value that is set counts, so it
// must be the last thing a run writes.
func (g *GitHub) SetVerdict(verdict string) error {
	switch verdict {
	case string(finding.Pass), string(finding.Fail), string(finding.Inconclusive), VerdictError:
	default:
		return errors.Join(fmt.Errorf("setting the verdict output: no verdict is called %q", verdict), g.SetVerdict(VerdictError))
	}
	err := g.set("verdict", verdict)
	var random *randomError
	if errors.As(err, &random) {
		// One word of four needs no delimiter.
		return errors.Join(err, g.fileCommand("output", openLine(g.env(envOutput))+"verdict="+verdict))
	}
	return err
}

// set sets one output of the step through a delimiter that nothing before it could know.
func (g *GitHub) set(name, value string) error {
	if g.env(envOutput) == "" {
		return nil
	}
	delimiter, err := g.token()
	if err != nil {
		return err
	}
	if strings.Contains(value, delimiter) {
		return fmt.Errorf("setting the output %s: its value contains the delimiter", name)
	}
	return g.fileCommand("output", openLine(g.env(envOutput))+fmt.Sprintf("%s<<%s\n%s\n%s", name, delimiter, value, delimiter))
}

// openLine returns the line end that the last line of a file lacks, so that what is appended begins a line; empty when
// it lacks none. An empty line is no way to be sure: not every runner reads one.
func openLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	var last [1]byte
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return ""
	}
	if _, err := file.ReadAt(last[:], info.Size()-1); err != nil || last[0] == '\n' {
		return ""
	}
	return "\n"
}

// fileCommand appends to the file behind one of the runner's file commands. The library panics where it cannot write.
func (g *GitHub) fileCommand(name, message string) (err error) {
	defer func() {
		if cause, ok := recover().(error); ok {
			err = fmt.Errorf("writing the %s of the step: %w", name, cause)
		}
	}()
	action := githubactions.New(githubactions.WithWriter(io.Discard), githubactions.WithGetenv(g.env))
	action.IssueFileCommand(&githubactions.Command{Name: name, Message: message})
	return nil
}

func (g *GitHub) env(name string) string {
	if g.Env == nil {
		return ""
	}
	return g.Env(name)
}

// tokenBytes is the length of a token: 128 bits cannot be guessed.
const tokenBytes = 16

// randomError says that no token could be made.
type randomError struct{ err error }

func (e *randomError) Error() string { return "reading random bytes for a token: " + e.err.Error() }

func (e *randomError) Unwrap() error { return e.err }

// token returns a fresh random token.
func (g *GitHub) token() (string, error) {
	source := g.Random
	if source == nil {
		source = rand.Reader
	}
	token := make([]byte, tokenBytes)
	if _, err := io.ReadFull(source, token); err != nil {
		return "", &randomError{err}
	}
	return hex.EncodeToString(token), nil
}
