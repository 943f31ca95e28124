package boot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/docker/go-units"

	"bootgate/gate/lazyregexp"
	"bootgate/gate/pattern"
)

// Duration is a length of time that is written with its unit: "90s", "1m30s", "250ms".
type Duration time.Duration

// ParseDuration reads a duration with a unit. It refuses bare numbers other than 0 and negative durations.
func ParseDuration(s string) (Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil {
		if bare.MatchString(s) {
			return 0, fmt.Errorf("duration %q has no unit: write %[1]ss for seconds or %[1]sm for minutes", strings.TrimSpace(s))
		}
		return 0, fmt.Errorf("%q is not a duration: write a number with a unit, such as 90s, 1m30s or 250ms", s)
	}
	if d < 0 {
		return 0, fmt.Errorf("duration %q is negative", s)
	}
	return Duration(d), nil
}

var bare = lazyregexp.MustCompile(`^\s*[0-9]+(\.[0-9]+)?\s*$`)

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// MarshalText writes the form that ParseDuration reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the duration as Go writes it, without empty minutes and seconds at its end.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Bytes is an amount of memory or disk in bytes, written with a binary unit: "512MiB", "1g". Units of one letter and
// with B are powers of 1024, as the engine's own flags have them.
type Bytes int64

// maxBytes is far beyond any machine and far from where an int64 overflows.
const maxBytes = 1 << 60

// ParseBytes reads an amount of at least one byte; a bare number counts bytes. Zero is refused, because in a Spec it
// stands for the default and not for "nothing".
func ParseBytes(s string) (Bytes, error) {
	n, err := units.RAMInBytes(strings.TrimSpace(s))
	if err != nil || n < 0 || n > maxBytes {
		return 0, fmt.Errorf("%q is not an amount of bytes: write it as 512MiB, 2GiB or 64k", s)
	}
	if n == 0 {
		return 0, fmt.Errorf("%q is no limit: leave it out for the default", s)
	}
	return Bytes(n), nil
}

// UnmarshalText reads what ParseBytes reads.
func (b *Bytes) UnmarshalText(text []byte) error {
	v, err := ParseBytes(string(text))
	if err != nil {
		return err
	}
	*b = v
	return nil
}

// MarshalText writes the exact amount, in the largest unit that divides it.
func (b Bytes) MarshalText() ([]byte, error) {
	for _, unit := range []struct {
		name string
		size Bytes
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if b != 0 && b%unit.size == 0 {
			return fmt.Appendf(nil, "%d%s", b/unit.size, unit.name), nil
		}
	}
	return fmt.Appendf(nil, "%dB", b), nil
}

// String returns the amount for people, rounded to four digits: "512MiB".
func (b Bytes) String() string { return units.BytesSize(float64(b)) }

// Ratio says how many times as much something may be, written with an x: "2x", "1.5x". Zero is no ratio.
type Ratio float64

// maxRatio is beyond anything that is worth a warning.
const maxRatio = 1000

// ratioForm is what a ratio looks like.
var ratioForm = lazyregexp.MustCompile(`^\s*([0-9]{1,9}(?:\.[0-9]{1,9})?) ?x\s*$`)

// ParseRatio reads a ratio from 1x to 1000x.
func ParseRatio(s string) (Ratio, error) {
	if bare.MatchString(s) {
		return 0, fmt.Errorf("ratio %q has no x: write it as %[1]sx", strings.TrimSpace(s))
	}
	m := ratioForm.FindStringSubmatch(s)
	if m == nil {
		return 0, fmt.Errorf("%q is not a ratio: write it as 2x or 1.5x", s)
	}
	r, err := strconv.ParseFloat(m[1], 64)
	if err != nil || r < 1 || r > maxRatio {
		return 0, fmt.Errorf("ratio %q is out of range: write 1x to %dx", strings.TrimSpace(s), maxRatio)
	}
	return Ratio(r), nil
}

// UnmarshalText reads what ParseRatio reads.
func (r *Ratio) UnmarshalText(text []byte) error {
	v, err := ParseRatio(string(text))
	if err != nil {
		return err
	}
	*r = v
	return nil
}

// MarshalText writes the form that ParseRatio reads.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String returns the ratio as it is written.
func (r Ratio) String() string { return strconv.FormatFloat(float64(r), 'f', -1, 64) + "x" }

// Pattern is a regular expression in Go's RE2 syntax that was checked to compile.
type Pattern = pattern.Pattern

// ParsePattern compiles a regular expression.
func ParsePattern(s string) (Pattern, error) { return pattern.Parse(s) }

// Env holds environment variables by name. A nil value means: take it from the gate's own environment.
type Env map[string]*string
