package report

import (
	"fmt"
	"io"
	"strings"

	"bootgate/gate"
)

// Format is a form a report can take.
type Format struct {
	// Name is what --format takes.
	Name string
	// Description says in a few words what it is for.
	Description string
}

// The names of the formats.
const (
	FormatText     = "text"
	FormatJSON     = "json"
	FormatGitHub   = "github"
	FormatMarkdown = "markdown"
)

// Formats returns all formats, in the order help lists them.
func Formats() []Format {
	return []Format{
		{FormatText, "for people at a terminal"},
		{FormatJSON, "for programs: everything that was seen, schema 1"},
		{FormatGitHub, "for a GitHub Actions step: log groups, annotations, step summary, outputs"},
		{FormatMarkdown, "for a file or a comment: what the GitHub step summary says"},
	}
}

// Options are what formats need beside the report. A format ignores what it has no use for.
type Options struct {
	// Text is for the text format.
	Text TextOptions
	// MarkdownLimit is how many bytes the Markdown format may take; 0 means SummaryLimit.
	MarkdownLimit int
	// Env and Random are as in GitHub.
	Env    func(string) string
	Random io.Reader
	// ReportPath is the value of the report output of the GitHub format.
	ReportPath string
}

// UnknownFormatError says that there is no format of that name: a mistake on the command line.
type UnknownFormatError struct{ Name string }

func (e *UnknownFormatError) Error() string {
	names := each(Formats(), func(f Format) string { return f.Name })
	return fmt.Sprintf("unknown format %q: known are %s", e.Name, strings.Join(names, ", "))
}

// Write writes r to w in the format of that name. An unknown name is an *UnknownFormatError.
func Write(format string, w io.Writer, r gate.Report, opt Options) error {
	switch format {
	case FormatText:
		return Text(w, r, opt.Text)
	case FormatJSON:
		return JSON(w, r)
	case FormatGitHub:
		return (&GitHub{Out: w, Env: opt.Env, Random: opt.Random}).Report(r, opt.ReportPath)
	case FormatMarkdown:
		return Markdown(w, r, opt.MarkdownLimit)
	default:
		return &UnknownFormatError{format}
	}
}

// layout is how one kind of result is written in each format.
type layout struct {
	text     func(*printer)
	json     func(io.Writer) error
	github   func(*GitHub) error
	markdown func(limit int) []byte
}

// write writes the result to w in the format of that name. An unknown name is an *UnknownFormatError.
func (l layout) write(format string, w io.Writer, opt Options) error {
	switch format {
	case FormatText:
		p := newPrinter(opt.Text)
		l.text(p)
		return deliver(w, format, p.buf.Bytes())
	case FormatJSON:
		return l.json(w)
	case FormatGitHub:
		return l.github(&GitHub{Out: w, Env: opt.Env, Random: opt.Random})
	case FormatMarkdown:
		limit := opt.MarkdownLimit
		if limit <= 0 {
			limit = SummaryLimit
		}
		return deliver(w, format, l.markdown(limit))
	default:
		return &UnknownFormatError{format}
	}
}

// deliver writes what was laid out.
func deliver(w io.Writer, format string, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("writing the %s report: %w", format, err)
	}
	return nil
}
