package diagnose

import "strings"

// clean returns a line as a person would see it in a terminal without colours: without escape sequences (ECMA-48), the
// carriage return at its end, and white space at its end.
func clean(text string) string {
	text = strings.TrimRight(text, " \t\r\n")
	if strings.IndexByte(text, escape) < 0 {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, string(rune(escape)))
		b.WriteString(before)
		if !found {
			return strings.TrimRight(b.String(), " \t\r\n")
		}
		text = afterSequence(rest)
	}
}

const escape = 0x1b

// afterSequence returns what follows an escape sequence whose ESC is already gone. A control sequence is "[", then
// parameter and intermediate bytes 0x20 to 0x3f, then one final byte. A control string, such as the title of a window,
// begins with "]", "P", "X", "^" or "_" and ends with BEL or ST. Any other sequence is taken as one byte long.
func afterSequence(s string) string {
	if s == "" {
		return s
	}
	if strings.IndexByte("]PX^_", s[0]) >= 0 {
		if _, after, ok := strings.Cut(s, "\a"); ok {
			return after
		}
		if _, after, ok := strings.Cut(s, "\x1b\\"); ok {
			return after
		}
	}
	if s[0] != '[' {
		return s[1:]
	}
	for i := 1; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x3f {
			return s[i+1:]
		}
	}
	return ""
}
