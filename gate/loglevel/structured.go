package loglevel

import "bytes"

// ofSmall reads a line that begins with a small letter: logfmt, or "error: …".
func ofSmall(text []byte) level {
	end := wordEnd(text, 0)
	switch {
	case end == len(text):
		return none
	case text[end] == '=' || text[end] == '_' || text[end] == '.' || text[end] == '-':
		return ofLogfmt(text)
	case text[end] != ':':
		return none
	}
	switch string(text[:end]) {
	case "error", "fail", "crit", "critical", "fatal":
		return grave
	}
	return mild
}

// ofLogfmt reads pairs of keys and values: time=2026-01-02T15:04:05Z level=error msg="no route".
func ofLogfmt(text []byte) level {
	for len(text) > 0 {
		text = bytes.TrimLeft(text, " \t")
		end := bytes.IndexAny(text, "= \"")
		switch {
		case end <= 0:
			return none
		case text[end] == '"':
			return none // not logfmt after all
		case text[end] == ' ':
			text = text[end:]
			continue
		}
		key := text[:end]
		var value []byte
		value, text = logfmtValue(text[end+1:])
		if l, _ := named(value); l != none && isKey(key) {
			return l
		}
	}
	return none
}

// logfmtValue returns the value that text begins with, and what follows it.
func logfmtValue(text []byte) (value, rest []byte) {
	if len(text) > 0 && text[0] == '"' {
		end := stringEnd(text)
		return bytes.Trim(text[:end], `" `), text[end:]
	}
	end := bytes.IndexByte(text, ' ')
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// isKey reports whether a key has the level as its value.
func isKey(key []byte) bool {
	switch string(key) {
	case "level", "log.level", "loglevel", "levelname", "lvl", "severity", "Level", "LogLevel", "@l":
		return true
	}
	return false
}

// ofJSON reads the members of an object in one line, up to the one with the level. What is in the values of others is
// passed over.
func ofJSON(text []byte) level {
	for i := 1; ; i++ {
		i = skipBlanks(text, i)
		if i == len(text) || text[i] != '"' {
			return none
		}
		end := i + stringEnd(text[i:])
		key := bytes.Trim(text[i:end], `"`)
		i = skipBlanks(text, end)
		if i == len(text) || text[i] != ':' {
			return none
		}
		i = skipBlanks(text, i+1)
		end = valueEnd(text, i)
		switch value := bytes.Trim(text[i:end], `" `); {
		case isKey(key):
			return ofValue(value)
		case string(key) == "s" && len(value) == 1: // MongoDB
			if value[0] == 'E' || value[0] == 'F' {
				return grave
			}
			return mild
		}
		i = skipBlanks(text, end)
		if i == len(text) || text[i] != ',' {
			return none
		}
	}
}

// ofValue reads the level of a JSON object: a word, or a number of pino and bunyan, where 50 is an error and 60 is fatal.
func ofValue(value []byte) level {
	if len(value) == 2 && isDigit(value[0]) && isDigit(value[1]) {
		if value[0] >= '5' && string(value) <= "60" {
			return grave
		}
		return mild
	}
	l, _ := named(value)
	return l
}

// skipBlanks returns where the white space from i on ends.
func skipBlanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t') {
		i++
	}
	return i
}

// stringEnd returns where the quoted string that text begins with ends.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); {
		quote := bytes.IndexByte(text[i:], '"')
		if quote < 0 {
			break
		}
		i += quote
		before := len(text[:i]) - len(bytes.TrimRight(text[1:i], `\`)) - 1
		i++
		if before%2 == 0 {
			return i
		}
	}
	return len(text)
}

// valueEnd returns where the JSON value at i ends.
func valueEnd(text []byte, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:])
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// ofPriority reads "<11>" at the beginning of a line of syslog: the rest of its division by eight is the severity, and 3
// stands for error.
func ofPriority(text []byte) level {
	value := 0
	for i := 1; i < len(text) && i <= 4; i++ {
		switch c := text[i]; {
		case isDigit(c):
			value = value*10 + int(c-'0')
		case c == '>' && i > 1 && value < 192 && value%8 <= 3:
			return grave
		default:
			return none
		}
	}
	return none
}
