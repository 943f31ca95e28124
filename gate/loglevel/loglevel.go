// Package loglevel tells which lines of a log are errors, by the level that a logging framework writes into them. It is made
// to look at every line a container prints: it takes no memory and reads no more than the beginning of a line.
//
// Nobody has standardised levels. What is read are the layouts that come without configuration, after the documentation of
// Logback, Log4j 2, java.util.logging, JBoss LogManager, the JVM's unified logging (JEP 158), Python's logging, Go's log/slog,
// zap, zerolog, logrus and klog, Ruby's Logger, .NET's console and Serilog, winston, pino and bunyan, the Elastic Common
// Schema, PostgreSQL, MySQL, MongoDB, nginx and Apache httpd, and the priorities of syslog (RFC 5424, section 6.2.1).
package loglevel

import "bytes"

// Bounds on what is read of a line: its first bytes, and how far it may be indented. Where a line is JSON or logfmt the
// level may stand behind the message, so that more of it is read.
const (
	maxHeader     = 160
	maxStructured = 8 << 10
	maxIndent     = 3
)

// maxWords is how many words may stand between the beginning of a line and its level: a month, a host, a program, a logger.
// A level behind more than that is taken for a part of the message.
const maxWords = 4

// level is what a word says.
type level int

const (
	none  level = iota // it is no level
	mild               // up to a warning
	grave              // error and worse
)

// IsError reports whether a line of output, without its end, has the level error or a graver one. The first level that a
// line names is its own. What names none has none: stack traces, and what a program prints without a logger. These are
// levels:
//
//   - a word in capitals, such as ERROR, ERR, SEVERE, CRITICAL or FATAL, that begins the line, or that follows a time or
//     something in brackets with at most four other words in between
//   - the same word in square brackets in any case: [error], [core:error]
//   - error:, fail:, crit:, critical: or fatal: at the beginning of the line
//   - level=error in a line of key=value; lvl, loglevel and severity too
//   - the member level, log.level, loglevel, levelname, lvl, severity or @l of a JSON object in one line, as a word, or as a
//     number from 50 to 60; and MongoDB's s
//   - E and F at the beginning of a line of klog or of Ruby's Logger
//   - a syslog priority of error or worse: <3>
func IsError(line []byte) bool {
	line = line[skipSequences(line, 0):]
	text := bytes.TrimLeft(line, " ")
	if len(text) == 0 || len(line)-len(text) > maxIndent {
		return false
	}
	switch c := text[0]; {
	case isDigit(c) || c == '[' || c == '(' || c == '|':
		return ofHeader(text[:min(len(text), maxHeader)]) == grave
	case isUpper(c):
		return ofCapitals(text[:min(len(text), maxHeader)]) == grave
	case isLower(c):
		return ofSmall(text[:min(len(text), maxStructured)]) == grave
	case c == '{':
		return ofJSON(text[:min(len(text), maxStructured)]) == grave
	case c == '<':
		return ofPriority(text) == grave
	}
	return false
}

// ofCapitals reads a line that begins with a capital: a level, a month or day, or the letter of a level.
func ofCapitals(text []byte) level {
	if l := ofLetter(text); l != none {
		return l
	}
	word := text[:wordEnd(text, 0)]
	if l, capitals := named(word); capitals && l != none && ends(text, len(word)) {
		return l
	}
	if len(word) == 3 && len(text) > 4 && (text[3] == ' ' || text[3] == ',') && bytes.Contains(daysAndMonths, word) {
		return ofHeader(text)
	}
	return none
}

// daysAndMonths are what a time may begin with in English.
var daysAndMonths = []byte("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun")

// ofLetter reads "E0102 15:04:05" of klog, and "E, [2026-01-02T15:04:05" of Ruby.
func ofLetter(text []byte) level {
	if len(text) < 6 {
		return none
	}
	klog := isDigit(text[1]) && isDigit(text[2]) && isDigit(text[3]) && isDigit(text[4]) && text[5] == ' '
	ruby := text[1] == ',' && text[2] == ' ' && text[3] == '['
	switch {
	case !klog && !ruby:
		return none
	case text[0] == 'E' || text[0] == 'F':
		return grave
	}
	return mild
}

// ofHeader reads what a line begins with, up to the first level.
func ofHeader(text []byte) level {
	words, depth := 0, 0
	for i := 0; i < len(text); {
		switch classes[text[i]] {
		case escapes:
			i = skipSequences(text, i)
			continue
		case opens:
			depth++
		case closes:
			depth = max(0, depth-1)
		case digit: // a time, mostly
			i = wordEnd(text, i)
			continue
		case letter:
			end := wordEnd(text, i)
			l, capitals := named(text[i:end])
			if l != none && begins(text, i) && (capitals && ends(text, end) || depth > 0 && closed(text, end)) {
				return l
			}
			if depth == 0 {
				words++
			}
			if words > maxWords {
				return none
			}
			i = end
			continue
		}
		i++
	}
	return none
}

// begins reports whether the word at i is not the rest of a longer one, such as a path or the name of a class.
func begins(text []byte, i int) bool { return i == 0 || !bytes.ContainsRune(joints, rune(text[i-1])) }

// ends reports whether the word before end is not the beginning of a longer one.
func ends(text []byte, end int) bool {
	return end == len(text) || text[end] != '=' && text[end] != '(' && !bytes.ContainsRune(joints, rune(text[end])) || text[end] == '/'
}

// joints join words to one.
var joints = []byte("/.-$_'")

// closed reports whether a bracket closes behind a word.
func closed(text []byte, end int) bool {
	rest := bytes.TrimLeft(text[end:], " ")
	return len(rest) > 0 && rest[0] == ']'
}

// wordEnd returns where the letters and digits from i on end.
func wordEnd(text []byte, i int) int {
	for i < len(text) && classes[text[i]] >= digit {
		i++
	}
	return i
}

// named returns the level that a word is the name of, and whether the word is in capitals.
func named(word []byte) (l level, capitals bool) {
	if len(word) < 3 || len(word) > longest {
		return none, false
	}
	for _, c := range word {
		if isLower(c) {
			return folded(word), false
		}
	}
	return inCapitals(word), true
}

// folded is inCapitals for a word in any case.
func folded(word []byte) level {
	var upper [longest]byte
	for i, c := range word {
		if isLower(c) {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	return inCapitals(upper[:len(word)])
}

// inCapitals returns the level that a word in capitals is the name of.
func inCapitals(word []byte) level {
	switch string(word) {
	case "ERROR", "ERR", "ERRO", "SEVERE", "CRITICAL", "CRIT", "FATAL", "FATA", "FTL", "PANIC", "PANI", "PNC", "ALERT", "EMERG", "EMERGENCY":
		return grave
	case "TRACE", "TRAC", "TRC", "DEBUG", "DEBU", "DBG", "FINE", "FINER", "FINEST", "VERBOSE", "VRB", "CONFIG",
		"INFO", "INF", "INFORMATION", "LOG", "NOTICE", "NOTE", "WARN", "WARNING", "WRN", "STATEMENT", "DETAIL", "HINT", "CONTEXT":
		return mild
	}
	return none
}

// longest is the length of the longest name of a level.
const longest = len("INFORMATION")

// escape begins a control sequence of a terminal.
const escape = 0x1b

// skipSequences returns where the text goes on behind the control sequences (ECMA-48, section 5.4) that stand at i.
func skipSequences(text []byte, i int) int {
	for i < len(text) && text[i] == escape {
		i++
		if i == len(text) || text[i] != '[' {
			continue
		}
		for i++; i < len(text) && (text[i] < 0x40 || text[i] > 0x7e); i++ {
		}
		i = min(i+1, len(text))
	}
	return i
}

// class is what a byte is for a header. Letters and digits make words, and are the last.
type class uint8

const (
	other class = iota
	opens
	closes
	escapes
	digit
	letter
)

// classes are those of all bytes. A look into a table is what makes the walk over a header quick. They are never changed.
var classes = func() (all [256]class) {
	all['['], all[']'], all[escape] = opens, closes, escapes
	for c := range all {
		switch c := byte(c); {
		case isDigit(c):
			all[c] = digit
		case isLower(c) || isUpper(c):
			all[c] = letter
		}
	}
	return all
}()

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
