package diagnose

import (
	"slices"

	"bootgate/gate/commandline"
	"bootgate/gate/secret"
)

// addOptions adds the options of a line of them, those not there yet. The line has been masked.
func (c *crash) addOptions(line string) {
	for _, option := range commandline.Options(line) {
		if option != secret.Mask && len(c.Options) < maxOptions && !slices.Contains(c.Options, option) {
			c.Options = append(c.Options, option)
		}
	}
}
