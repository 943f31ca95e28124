package report

import "strings"

// Message returns an error's text for stderr: its lines are kept, and nothing in them acts on a terminal or on the
// Actions runner, which reads stderr too. Registries, images and files can have a hand in such a text.
func Message(text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line = strings.TrimRight(cleanLine(line, maxProse), " ")
		if strings.HasPrefix(strings.TrimLeft(line, " "), "::") {
			line = "\\" + strings.TrimLeft(line, " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
