package report

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// runeColumns returns how many columns of a terminal r takes: 0 for combining marks, 2 for wide East Asian characters
// and emoji (Unicode Standard Annex 11), else 1. r is a character of a cleaned line.
func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// columns returns how many columns of a terminal a cleaned line takes.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

// cutColumns returns text, cut to n columns; what was cut ends in "…".
func cutColumns(text string, n int) string {
	if columns(text) <= n {
		return text
	}
	if n <= 0 {
		return ""
	}
	head, _ := splitColumns(text, n-1)
	return head + "…"
}

// splitColumns splits text after as many characters as fit into n columns; marks stay with what they are on.
func splitColumns(text string, n int) (head, rest string) {
	used := 0
	for i, r := range text {
		if used += runeColumns(r); used > n {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

// pad fills text with spaces up to n columns.
func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-columns(text)))
}

// wrap breaks text into lines of at most n columns at its spaces, and within a word that is longer; the first line has
// used of its columns taken. With n <= 0 nothing is broken.
func wrap(text string, n, used int) []string {
	if n <= 0 {
		return []string{text}
	}
	lines, free, empty := []string{""}, n-used, true
	for word := range strings.FieldsSeq(text) {
		for i, piece := range chop(word, n) {
			w := columns(piece)
			switch last := &lines[len(lines)-1]; {
			case i == 0 && !empty && w+1 <= free:
				*last += " " + piece
				free -= w + 1
			case i == 0 && empty && w <= free:
				*last += piece
				free -= w
			default:
				lines = append(lines, piece)
				free = n - w
			}
			empty = false
		}
	}
	return lines
}

// chop breaks text into pieces of at most n columns wherever they end: for quoted lines, whose spaces mean something.
// With n <= 0 nothing is broken.
func chop(text string, n int) []string {
	if n <= 0 || columns(text) <= n {
		return []string{text}
	}
	var pieces []string
	for text != "" {
		head, rest := splitColumns(text, max(n, 2))
		pieces = append(pieces, head)
		text = rest
	}
	return pieces
}
