package secret

import "strings"

// Args returns the words of a command without its secrets, as Text masks a line that shows it. The command itself, its
// first word, may also be a line for a shell.
func Args(words []string) []string {
	var t taker
	out := make([]string, len(words))
	expected := false
	for i, word := range words {
		switch {
		case expected && !option.MatchString(word):
			out[i], expected = t.hide(word), false
			continue
		case strings.ContainsAny(word, " \t\n"):
			out[i] = t.lines(word)
		default:
			out[i], _ = t.word(t.looks(word))
		}
		expected = asksForSecret(word) || strings.EqualFold(word, "bearer")
	}
	return out
}

// lines masks a text that is a script, line by line.
func (t *taker) lines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = t.command(t.looks(line), program)
	}
	return strings.Join(lines, "\n")
}
