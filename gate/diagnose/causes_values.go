package diagnose

import (
	"encoding/json"
	"errors"

	"bootgate/gate/pattern"
)

// Pattern is a regular expression in Go's RE2 syntax that was checked to compile.
type Pattern = pattern.Pattern

// ParsePattern compiles a regular expression.
func ParsePattern(s string) (Pattern, error) { return pattern.Parse(s) }

// Words are one text or several.
type Words []string

// UnmarshalJSON reads a text, or a list of texts.
func (w *Words) UnmarshalJSON(data []byte) error {
	texts, err := oneOrMore(data)
	*w = texts
	return err
}

// Patterns are one regular expression or several.
type Patterns []Pattern

// UnmarshalJSON reads a regular expression, or a list of them.
func (p *Patterns) UnmarshalJSON(data []byte) error {
	texts, err := oneOrMore(data)
	if err != nil {
		return err
	}
	var errs []error
	for _, text := range texts {
		pattern, err := ParsePattern(text)
		errs = append(errs, err)
		*p = append(*p, pattern)
	}
	return errors.Join(errs...)
}

func oneOrMore(data []byte) ([]string, error) {
	var one string
	if err := json.Unmarshal(data, &one); err == nil && string(data) != "null" {
		return []string{one}, nil
	}
	var all []string
	if err := json.Unmarshal(data, &all); err != nil || len(all) == 0 {
		return nil, errors.New("a text or a list of texts is expected here")
	}
	return all, nil
}
