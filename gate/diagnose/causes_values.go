package diagnose

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	goversion "github.com/hashicorp/go-version"

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

// VersionRange is a set of versions of a buildpack: conditions separated by commas, all of which must hold, and groups
// of them separated by ||, one of which must. The zero value holds no version.
type VersionRange struct {
	written string
	groups  []goversion.Constraints
}

// ParseVersionRange reads a range such as ">= 8.7.0, < 8.7.1".
func ParseVersionRange(s string) (VersionRange, error) {
	r := VersionRange{written: s}
	for _, group := range strings.Split(s, "||") {
		c, err := goversion.NewConstraint(group)
		if err != nil {
			return VersionRange{}, fmt.Errorf("%q is no range of versions: write it as >= 8.7.0, < 8.7.1", s)
		}
		r.groups = append(r.groups, c)
	}
	return r, nil
}

// has reports whether the range holds a version; one that cannot be read is in no range.
func (r VersionRange) has(text string) bool {
	v, err := goversion.NewVersion(text)
	return err == nil && slices.ContainsFunc(r.groups, func(c goversion.Constraints) bool { return c.Check(v) })
}

// IsZero reports whether there is no range.
func (r VersionRange) IsZero() bool { return len(r.groups) == 0 }

// Equal reports whether both were written the same.
func (r VersionRange) Equal(other VersionRange) bool { return r.written == other.written }

// String returns the range as it was written.
func (r VersionRange) String() string { return r.written }

// UnmarshalText reads what ParseVersionRange reads.
func (r *VersionRange) UnmarshalText(text []byte) (err error) {
	*r, err = ParseVersionRange(string(text))
	return err
}

// MarshalText writes the range as it was written.
func (r VersionRange) MarshalText() ([]byte, error) { return []byte(r.written), nil }
