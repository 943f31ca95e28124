package version

import (
	"fmt"
	"slices"
	"strings"

	goversion "github.com/hashicorp/go-version"
)

// Range is a set of versions of a buildpack, a lifecycle or a builder: conditions separated by commas, all of which must
// hold, and groups of them separated by ||, one of which must. The zero value holds no version.
type Range struct {
	written string
	groups  []goversion.Constraints
}

// ParseRange reads a range such as ">= 8.7.0, < 8.7.1".
func ParseRange(s string) (Range, error) {
	r := Range{written: s}
	for _, group := range strings.Split(s, "||") {
		c, err := goversion.NewConstraint(group)
		if err != nil {
			return Range{}, fmt.Errorf("%q is no range of versions: write it as >= 8.7.0, < 8.7.1", s)
		}
		r.groups = append(r.groups, c)
	}
	return r, nil
}

// Has reports whether the range holds a version; one that cannot be read is in no range. A version with a part such as
// -rc1 is only in ranges that name one.
func (r Range) Has(text string) bool {
	if len(text) > maxVersion {
		return false
	}
	v, err := goversion.NewVersion(text)
	return err == nil && slices.ContainsFunc(r.groups, func(c goversion.Constraints) bool { return c.Check(v) })
}

// IsZero reports whether there is no range.
func (r Range) IsZero() bool { return len(r.groups) == 0 }

// Equal reports whether both were written the same.
func (r Range) Equal(other Range) bool { return r.written == other.written }

// String returns the range as it was written.
func (r Range) String() string { return r.written }

// UnmarshalText reads what ParseRange reads.
func (r *Range) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRange(string(text))
	return err
}

// MarshalText writes the range as it was written.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.written), nil }
