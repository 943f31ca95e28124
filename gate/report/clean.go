package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what a container can put into a report for people. JSON keeps what the boot test kept.
const (
	// maxLine is how many bytes of one line are shown.
	maxLine = 8 << 10
	// maxProse is how many bytes of a name, a message or any other text that is shown as one line are shown.
	maxProse = 4 << 10
	// maxParts is how many lines one line with carriage returns in it may become: a progress bar has hundreds.
	maxParts = 16
	// maxMarks is how many combining marks in a row are kept: more of them paint over the lines above and below.
	maxMarks = 4
	// tabStop is the distance of tab stops in columns.
	tabStop = 8
)

// The two forms of a workflow command: actions/runner, ActionCommand.cs, TryParse and TryParseV2. The runner looks for
// the first anywhere in a line, for the second at its beginning, after white space.
const (
	v1Prefix = "##["
	breakV1  = `##\[`
	v2Prefix = "::"
)

// harmless returns a line of cleaned text so that it does not begin like a workflow command.
func harmless(line string) string {
	if strings.HasPrefix(strings.TrimLeft(line, " "), v2Prefix) {
		return gutterAlone + line
	}
	return line
}

// cleanLines returns the lines that text shows on a terminal, each cleaned and at most limit bytes long. A carriage
// return ends a line, alone or before a line feed: the runner reads it so. At most maxParts lines come back, and there
// is always at least one.
func cleanLines(text string, limit int) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if !strings.Contains(text, "\n") {
		return []string{cleanLine(text, limit)}
	}
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		if line := cleanLine(part, limit); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return []string{""}
	}
	if len(lines) > maxParts {
		rest := len(lines) - maxParts + 1
		lines = append(lines[:maxParts-1], fmt.Sprintf("… (%d more lines, parted by carriage returns)", rest))
	}
	return lines
}

// cleanLine returns text as one line of at most about limit bytes in which nothing acts on a terminal, a browser or
// the Actions runner: terminal sequences, control and format characters are gone, every kind of white space is plain
// spaces, invalid UTF-8 is replaced, and "##[" is broken. A line that was cut ends in "…".
func cleanLine(text string, limit int) string {
	var b strings.Builder
	column, marks, cut := 0, 0, false
	lastEnd := lastStringEnd(text)
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c <= '~' && b.Len() < limit { // most text is plain
			b.WriteByte(c)
			i, column, marks = i+1, column+1, 0
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if n := sequenceLength(text[i:], i < lastEnd); n > 0 {
			i += n
			continue
		}
		i += size
		shown, times := visible(r, column)
		if shown == 0 {
			continue
		}
		marks++
		if !unicode.Is(unicode.M, shown) {
			marks = 0
		}
		if marks > maxMarks {
			continue
		}
		if cut = b.Len()+times*utf8.RuneLen(shown) > limit; cut {
			break
		}
		for range times {
			b.WriteRune(shown)
		}
		column += times
	}
	line := strings.ReplaceAll(strings.TrimRight(b.String(), " "), v1Prefix, breakV1)
	if cut {
		line += "…"
	}
	return line
}

// visible returns what stands for r in a cleaned line and how often: 0 when nothing does.
func visible(r rune, column int) (shown rune, times int) {
	switch {
	case r == '\t':
		return ' ', tabStop - column%tabStop
	case unicode.IsSpace(r) && r != 0x85, isBlank(r):
		return ' ', 1
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(ignorable, r):
		return 0, 0
	default:
		return r, 1
	}
}

// isBlank reports whether r is a letter that looks like a space: the Hangul fillers and the empty Braille pattern.
func isBlank(r rune) bool {
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r == 0x2800
}

// ignorable are the characters that Unicode's Default_Ignorable_Code_Point names beside the format characters of
// general category Cf; the variation selectors stay, since emoji need them and they hide nothing.
var ignorable = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034F, Hi: 0x034F, Stride: 1},
		{Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
		{Lo: 0x180B, Hi: 0x180F, Stride: 1},
		{Lo: 0x2065, Hi: 0x2065, Stride: 1},
		{Lo: 0xFFF0, Hi: 0xFFF8, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xE0000, Hi: 0xE0FFF, Stride: 1}},
}

// sequenceLength returns the length of the terminal control sequence text starts with, 0 when it starts with none.
// The forms are those of ECMA-48, 5.3 to 5.6, with 7-bit and 8-bit introducers; BEL also ends a string, as in xterm. A
// string that nothing ends (ends is false when there is no end ahead) counts as its introducer alone, so that it cannot
// hide the rest of the line.
func sequenceLength(text string, ends bool) int {
	kind, start := byte(0), 0
	switch {
	case text[0] == 0x1B && len(text) > 1:
		kind, start = text[1], 2
	case text[0] == 0x1B:
		return 1
	case text[0] == 0xC2 && len(text) > 1 && text[1] >= 0x80 && text[1] <= 0x9F: // U+0080 to U+009F
		kind, start = text[1]-0x40, 2
	default:
		return 0
	}
	switch {
	case kind == '[':
		return start + controlLength(text[start:])
	case strings.IndexByte("]PX^_", kind) >= 0 && ends:
		return start + stringLength(text[start:])
	case kind >= 0x20 && kind <= 0x2F:
		for start < len(text) && text[start] >= 0x20 && text[start] <= 0x2F {
			start++
		}
		if start < len(text) && text[start] >= 0x30 && text[start] <= 0x7E {
			start++
		}
		return start
	case kind >= 0x30 && kind <= 0x7E:
		return start
	default:
		return 1
	}
}

// controlLength measures what follows the introducer of a control sequence: parameters, intermediates, a final byte.
func controlLength(text string) int {
	i := 0
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x3F {
		i++
	}
	if i < len(text) && text[i] >= 0x40 && text[i] <= 0x7E {
		i++
	}
	return i
}

// stringEnds are what ends a control string: BEL, and both forms of ST.
var stringEnds = [...]string{"\a", "\x1b\\", "\u009c"}

// stringLength measures what follows the introducer of a control string, its end included; 0 when it has no end.
func stringLength(text string) int {
	shortest := 0
	for _, end := range stringEnds {
		if i := strings.Index(text, end); i >= 0 && (shortest == 0 || i+len(end) < shortest) {
			shortest = i + len(end)
		}
	}
	return shortest
}

// lastStringEnd returns the index of the last end of a control string in text, -1 when there is none. Knowing it keeps
// cleaning linear: a line of nothing but introducers is not searched once for each.
func lastStringEnd(text string) int {
	last := -1
	for _, end := range stringEnds {
		last = max(last, strings.LastIndex(text, end))
	}
	return last
}
