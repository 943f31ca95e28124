package policy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
)

// Error says everything that is wrong with a gate.yaml. It makes `gate` exit with 2.
type Error struct {
	// Path is the file, as it was named to Load or Parse.
	Path string
	// Problems are in the order of the file, at least one.
	Problems []Problem
	// err is what kept the file from being read.
	err error
}

// Problem is one thing that is wrong.
type Problem struct {
	// Line and Column count from 1, columns in characters; both are 0 when the whole file is at fault.
	Line, Column int
	// Message says what is wrong, in one line.
	Message string
	// Hint says what was probably meant, or what could be written; may be empty.
	Hint string
	// Source is the line at fault and a second line with a caret under the spot; empty when Line is 0. Values of
	// environment variables are masked.
	Source string
}

// fileError is for a file that was not even parsed.
func fileError(path string, err error) *Error {
	message := err.Error()
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		message = pathErr.Err.Error() // Path is shown in front of it
	}
	return &Error{Path: path, Problems: []Problem{{Message: message}}, err: err}
}

// Error returns all problems, each as the place and the message, the line with a caret under the spot, and the hint.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Path)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		fmt.Fprintf(&b, ": %s", p.Message)
		if p.Source != "" {
			b.WriteString("\n" + p.Source)
		}
		if p.Hint != "" {
			b.WriteString("\n  " + p.Hint)
		}
	}
	return b.String()
}

// Unwrap returns the error of the operating system when the file could not be read.
func (e *Error) Unwrap() error { return e.err }

// span is a place in the source: line and column count from 1, the column and the width in characters.
type span struct{ line, column, width int }

// source is a text that is read, and the problems found in it.
type source struct {
	lines []string
	noted []noted
	// secrets are the places of environment values.
	secrets []span
}

// noted is a problem with its place.
type noted struct {
	problem Problem
	at      span
}

// maxProblems is how many problems are shown, and maxNoted how many are counted.
const (
	maxProblems = 20
	maxNoted    = 1000
)

// add notes a problem. The same one is noted once, however often an alias leads to it.
func (s *source) add(at span, message, hint string) {
	n := noted{Problem{Line: at.line, Column: at.column, Message: oneLine(message), Hint: oneLine(hint)}, at}
	if len(s.noted) < maxNoted && !slices.Contains(s.noted, n) {
		s.noted = append(s.noted, n)
	}
}

// error returns the problems in the order of the file, or nil.
func (s *source) error(path string) error {
	if len(s.noted) == 0 {
		return nil
	}
	slices.SortStableFunc(s.noted, func(a, b noted) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.column, b.at.column))
	})
	e := &Error{Path: path}
	for _, n := range s.noted[:min(len(s.noted), maxProblems)] {
		n.problem.Source = s.excerpt(n.at)
		e.Problems = append(e.Problems, n.problem)
	}
	if more := len(s.noted) - maxProblems; more > 0 {
		e.Problems = append(e.Problems, Problem{Message: fmt.Sprintf("and %d more problems", more)})
	}
	return e
}

// inline returns the problems in one line and without their place, or nil.
func (s *source) inline() error {
	if len(s.noted) == 0 {
		return nil
	}
	parts := make([]string, len(s.noted))
	for i, n := range s.noted {
		parts[i] = n.problem.Message
		if n.problem.Hint != "" {
			parts[i] += " (" + n.problem.Hint + ")"
		}
	}
	return errors.New(strings.Join(parts, "; "))
}

// maxExcerpt is how much of a long line is shown, in characters, and lead how much of it stands before the caret.
const (
	maxExcerpt = 120
	lead       = 60
)

// excerpt returns the line at a place, with its number, and a line with carets under the place.
func (s *source) excerpt(at span) string {
	if at.line < 1 || at.line > len(s.lines) {
		return ""
	}
	line := []rune(s.lines[at.line-1])
	for _, secret := range s.secrets {
		if secret.line == at.line {
			from := min(secret.column-1, len(line))
			for i := from; i < min(from+secret.width, len(line)); i++ {
				line[i] = '*'
			}
		}
	}
	column := min(max(at.column, 1), len(line)+1) - 1
	width := max(1, min(at.width, len(line)-column))
	if len(line) > maxExcerpt {
		from := max(0, min(column-lead, len(line)-maxExcerpt))
		line, column = line[from:from+maxExcerpt], column-from
		width = min(width, maxExcerpt-column)
	}
	pad := make([]rune, column)
	for i := range pad {
		pad[i] = ' '
		if line[i] == '\t' {
			pad[i] = '\t' // keeps the caret under its spot at any tab width
		}
	}
	gutter := fmt.Sprintf("%5d | ", at.line)
	blank := strings.Repeat(" ", len(gutter)-2) + "| "
	return gutter + clean(string(line)) + "\n" + blank + string(pad) + strings.Repeat("^", max(1, width))
}

// maxMessage is the length at which a message is cut, in bytes: it may quote a value of any size.
const maxMessage = 600

// oneLine makes a text fit for one line.
func oneLine(text string) string {
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return clean(text)
}

// clean replaces what would act on a terminal or turn text around: a gate.yaml may come with somebody else's branch.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
