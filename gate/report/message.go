package report

import "strings"

// Message returns an error's text for stderr: its lines are kept, and nothing in them acts on a terminal or on the
// Actions runner, which reads stderr too. Registries, images and files can have a hand in such a text.
func Message(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(each(lines, func(line string) string { return harmless(cleanLine(line, maxProse)) }), "\n")
}
