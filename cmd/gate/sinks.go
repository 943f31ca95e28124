package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/report"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// sinkFlags say in which formats the result is written, and where to.
type sinkFlags struct {
	format  string
	outputs []string
}

func (f *sinkFlags) register(fs *pflag.FlagSet) {
	var names []string
	for _, format := range report.Formats() {
		names = append(names, format.Name)
	}
	fs.StringVarP(&f.format, "format", "f", "", "format of the result on stdout: "+strings.Join(names, ", ")+" (default: text; github within GitHub Actions)")
	fs.StringArrayVarP(&f.outputs, "output", "o", nil, "also write the result as `FORMAT=FILE`; FILE - is stdout, in place of --format; may be given several times")
}

// sink is a place for the result.
type sink struct{ format, file string }

// stdout is the file name that stands for standard output.
const stdout = "-"

// sinks are all places for the result; the one on stdout is the last.
type sinks []sink

// parse reads the flags. It always returns a place to say on that something went wrong.
func (f *sinkFlags) parse(getenv func(string) string) (sinks, error) {
	format := report.FormatText
	if getenv("GITHUB_ACTIONS") == "true" {
		format = report.FormatGitHub
	}
	all := sinks{}
	onStdout := sinks{}
	var wrong error
	for _, output := range f.outputs {
		name, file, ok := strings.Cut(output, "=")
		switch {
		case !ok || file == "":
			wrong = fmt.Errorf("--output %q: write it as FORMAT=FILE, such as json=report.json", output)
		case !known(name):
			wrong = fmt.Errorf("--output %q: %w", output, &report.UnknownFormatError{Name: name})
		case file == stdout:
			onStdout = append(onStdout, sink{name, file})
		case !isFolder(filepath.Dir(file)):
			wrong = fmt.Errorf("--output %q: there is no folder %s", output, filepath.Dir(file))
		default:
			all = append(all, sink{name, file})
		}
	}
	if f.format != "" && !known(f.format) {
		wrong = fmt.Errorf("--format: %w", &report.UnknownFormatError{Name: f.format})
	} else if f.format != "" {
		onStdout = append(onStdout, sink{f.format, stdout})
	}
	if len(onStdout) > 1 && wrong == nil {
		wrong = fmt.Errorf("two results for stdout (%s and %s): give all but one a file, as --output FORMAT=FILE", onStdout[0].format, onStdout[1].format)
	}
	if len(onStdout) == 0 {
		onStdout = sinks{{format, stdout}}
	}
	return append(all, onStdout[0]), wrong
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func known(format string) bool {
	return slices.ContainsFunc(report.Formats(), func(f report.Format) bool { return f.Name == format })
}

// renderer writes a result in one format.
type renderer func(format string, w io.Writer, opt report.Options) error

// write writes the result everywhere, to files first: what a workflow step's outputs say about files then holds.
func (all sinks) write(s streams, render renderer) error {
	options := report.Options{Env: os.Getenv, Text: textOptions(s.out)}
	for _, to := range all {
		if to.format == report.FormatJSON && to.file != stdout {
			if path, err := filepath.Abs(to.file); err == nil {
				options.ReportPath = path
			}
		}
	}
	var errs []error
	for _, to := range all {
		if to.file == stdout {
			if err := render(to.format, s.out, options); err != nil {
				errs = append(errs, fmt.Errorf("writing the %s report: %w", to.format, err))
			}
			continue
		}
		plain := options
		plain.Text = report.TextOptions{}
		err := writeFile(to.file, func(w io.Writer) error { return render(to.format, w, plain) })
		if err != nil {
			errs = append(errs, fmt.Errorf("writing the %s report to %s: %w", to.format, to.file, err))
		}
	}
	return errors.Join(errs...)
}

// conclude writes a result everywhere, and on stderr the reason for its verdict. Its error has the verdict's exit code.
func (all sinks) conclude(s streams, render renderer, reason string, verdict finding.Verdict) error {
	if err := all.write(s, render); err != nil {
		return inconclusive(err)
	}
	fmt.Fprintf(s.err, "gate: %s\n", reason)
	if code := verdict.ExitCode(); code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// failing leaves word that there is no result, whatever came in between: a mistake, a signal, a panic.
func (f *sinkFlags) failing(s streams, err error) error {
	var exit *exitError
	if err == nil || errors.As(err, &exit) && exit.err == nil {
		return err // the result has been written
	}
	sinks, _ := f.parse(os.Getenv) // what is wrong with them is part of err already
	return errors.Join(err, sinks.fail(s))
}

// fail leaves word that there is no result: a workflow step must have a verdict on every path.
func (all sinks) fail(s streams) error {
	for _, to := range all {
		if to.format == report.FormatGitHub {
			return (&report.GitHub{Out: s.out, Env: os.Getenv}).SetVerdict(report.VerdictError)
		}
	}
	return nil
}

// writeFile writes a whole file or none: a reader never sees half of it.
func writeFile(path string, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text.Bytes())
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}

// textOptions fit the text format to where it is read.
func textOptions(out *os.File) report.TextOptions {
	width, _, err := term.GetSize(int(out.Fd()))
	if err != nil {
		return report.TextOptions{}
	}
	return report.TextOptions{Color: colour(out), Width: width}
}

// colour reports whether a stream is a terminal that wants colours (https://no-color.org). A workflow's log is none,
// even where its runner says so.
func colour(f *os.File) bool {
	return os.Getenv("GITHUB_ACTIONS") != "true" && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
