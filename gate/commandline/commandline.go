// Package commandline splits lines of options, as a JVM reads them from JAVA_TOOL_OPTIONS and prints them in an error file,
// into words. It expands nothing, runs nothing, and knows no option.
//
// Source: Arguments::parse_options_buffer of HotSpot, which splits at white space (isspace) outside of quotation marks and
// takes the marks away.
package commandline

import "strings"

// Word is a part of a line between white space.
type Word struct {
	// From and To are where it stands in the line, in bytes, quotation marks included.
	From, To int
	// Text is what it says, without quotation marks.
	Text string
}

// Options splits options as a JVM does. Words that say nothing are left out.
func Options(line string) []string {
	var texts []string
	for _, w := range split(line, false) {
		if w.Text != "" {
			texts = append(texts, w.Text)
		}
	}
	return texts
}

// Escaped splits a line that a shell may have read before the JVM: what stands behind a backslash neither ends a word nor
// quotes. The backslash stays.
func Escaped(line string) []Word { return split(line, true) }

func split(line string, escapes bool) []Word {
	var all []Word
	var b strings.Builder
	var quote byte
	from := -1
	for i := 0; i < len(line); i++ {
		c := line[i]
		if quote == 0 && isSpace(c) {
			if from >= 0 {
				all = append(all, Word{from, i, b.String()})
				b.Reset()
			}
			from = -1
			continue
		}
		if from < 0 {
			from = i
		}
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case escapes && c == '\\' && i+1 < len(line):
			b.WriteString(line[i : i+2])
			i++
		default:
			b.WriteByte(c)
		}
	}
	if from >= 0 {
		all = append(all, Word{from, len(line), b.String()})
	}
	return all
}

// isSpace is isspace(3) in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
