package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Command is an argument vector. In gate.yaml it is a list, or one string that is split at white space with shell
// quoting but without any expansion. Nil means "what the image says"; an empty list that is not nil clears it.
type Command []string

// ParseCommand splits s at white space; single quotes, double quotes and backslashes keep characters together as a
// POSIX shell has them (XCU 2.2, Quoting). Nothing is expanded.
func ParseCommand(s string) (Command, error) {
	words, quote := splitWords(s)
	if quote != 0 {
		return nil, fmt.Errorf("command %q has an open %c quote", s, quote)
	}
	if len(words) == 0 {
		return nil, errors.New("the command is empty")
	}
	return words, nil
}

// splitWords returns the words of s, and the quote that is still open at its end or 0.
func splitWords(s string) (words []string, quote byte) {
	var word []byte
	inWord := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			word = append(word, c)
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == '\n' {
				continue // a line that goes on
			}
			if quote == '"' && !strings.ContainsRune("\"\\$`", rune(s[i])) {
				word = append(word, '\\')
			}
			word = append(word, s[i])
			inWord = true
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\n':
			if inWord {
				words = append(words, string(word))
				word, inWord = nil, false
			}
		default:
			word = append(word, c)
			inWord = true
		}
	}
	if inWord {
		words = append(words, string(word))
	}
	return words, quote
}

// String returns the command with shell quoting where a word needs it: what ParseCommand reads back.
func (c Command) String() string {
	words := make([]string, len(c))
	for i, word := range c {
		words[i] = quoteWord(word)
	}
	return strings.Join(words, " ")
}

func quoteWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:=,@%+", r)
	}
	if word != "" && strings.TrimLeftFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// UnmarshalJSON reads a list of words, or one string as ParseCommand does. Numbers and booleans count as the text they
// are written with, so that [java, -jar, app.jar, 8080] needs no quotes in gate.yaml.
func (c *Command) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*c = nil
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		line, ok := scalarText(data)
		if !ok {
			return errors.New("a command is a string or a list of strings")
		}
		words, err := ParseCommand(line)
		if err != nil {
			return err
		}
		*c = words
		return nil
	}
	words := make(Command, len(list))
	var errs []error
	for i, item := range list {
		word, ok := scalarText(item)
		if !ok {
			errs = append(errs, at(strconv.Itoa(i), errors.New("a word of a command is text")))
		}
		words[i] = word
	}
	*c = words
	return errors.Join(errs...)
}
