package diagnose

import (
	"slices"
	"strings"

	"bootgate/gate/secret"
)

// addOptions adds the options of a line of them, those not there yet. The line has been masked.
func (c *crash) addOptions(line string) {
	for _, option := range splitOptions(line) {
		if option != secret.Mask && len(c.Options) < maxOptions && !slices.Contains(c.Options, option) {
			c.Options = append(c.Options, option)
		}
	}
}

// splitOptions splits options as the JVM splits JAVA_TOOL_OPTIONS: at white space outside of quotation marks.
func splitOptions(line string) []string {
	var all []string
	var b strings.Builder
	var quote rune
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && (r == ' ' || r == '\t'):
			if b.Len() > 0 {
				all = append(all, b.String())
				b.Reset()
			}
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() > 0 {
		all = append(all, b.String())
	}
	return all
}
