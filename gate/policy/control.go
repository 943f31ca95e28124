package policy

import "fmt"

// Control says when the baseline of an image is booted under the same conditions as the image.
type Control string

// The choices. Without one it is ControlOnFailure.
const (
	ControlAlways    Control = "always"
	ControlOnFailure Control = "on-failure"
	ControlNever     Control = "never"
)

// ParseControl reads one of the choices.
func ParseControl(s string) (Control, error) {
	switch c := Control(s); c {
	case ControlAlways, ControlOnFailure, ControlNever:
		return c, nil
	}
	return "", fmt.Errorf("%q is not known here: write %s, %s or %s", s, ControlAlways, ControlOnFailure, ControlNever)
}

// UnmarshalText reads what ParseControl reads.
func (c *Control) UnmarshalText(text []byte) (err error) {
	*c, err = ParseControl(string(text))
	return err
}
