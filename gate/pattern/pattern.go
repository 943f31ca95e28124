// Package pattern holds the regular expressions that people write in gate.yaml and on the command line: what lines of output
// must or must not match, and what known causes of deaths ask about. It knows nothing of either, and matches nothing but
// what it is given. The syntax is that of Go's package regexp.
package pattern

import (
	"errors"
	"fmt"
	"regexp"
)

// Pattern is a regular expression in Go's RE2 syntax that was checked to compile.
type Pattern struct{ re *regexp.Regexp }

// Parse compiles a regular expression.
func Parse(s string) (Pattern, error) {
	if s == "" {
		return Pattern{}, errors.New("the pattern is empty")
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %q does not compile: %w", s, err)
	}
	return Pattern{re}, nil
}

// IsZero reports whether there is no pattern.
func (p Pattern) IsZero() bool { return p.re == nil }

// Equal reports whether both were written the same.
func (p Pattern) Equal(other Pattern) bool { return p.String() == other.String() }

// Match reports whether line matches; a zero pattern matches nothing.
func (p Pattern) Match(line []byte) bool { return p.re != nil && p.re.Match(line) }

// MatchString reports whether a text matches; a zero pattern matches nothing.
func (p Pattern) MatchString(text string) bool { return p.re != nil && p.re.MatchString(text) }

// String returns the expression as it was written.
func (p Pattern) String() string {
	if p.re == nil {
		return ""
	}
	return p.re.String()
}

// UnmarshalText reads what Parse reads.
func (p *Pattern) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err != nil {
		return err
	}
	*p = v
	return nil
}

// MarshalText writes the expression.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
