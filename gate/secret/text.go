package secret

import (
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
)

// Text returns a line of text without the values of what sounds like a secret: NAME=value, "name": "value", passwords in
// URLs, and the users of http and https; and without what looks like one: credentials behind "Bearer" and "Basic", tokens
// that begin as those of a well-known issuer. Where the line shows a command line or the options of a JVM, it is masked like one.
func Text(line string) string { return new(taker).text(line) }

// Values returns the secrets that a text holds, as they stand in it, those that Text would mask by their names or looks.
func Values(line string) []string {
	var t taker
	t.text(line)
	return t.taken
}

// taker takes secrets out of texts.
type taker struct {
	// taken are the values whose names sound secret.
	taken []string
}

// hide takes a value that sounds secret.
func (t *taker) hide(value string) string {
	if slices.Contains(meaningless, value) {
		return value
	}
	t.taken = append(t.taken, value)
	return Mask
}

// meaningless are values that give nothing away.
var meaningless = []string{"", Mask, "true", "false", "null", "none"}

func (t *taker) text(line string) string {
	line = t.looks(line)
	if !strings.ContainsAny(line, "=:") && !strings.Contains(line, "1CICMDLINE") && !strings.Contains(line, "2CIUSERARG") {
		return line
	}
	if m := commandStart(line); m != nil {
		kind := options
		for _, name := range programs {
			if strings.Contains(line[m[0]:m[1]], name) {
				kind = program
			}
		}
		if strings.Contains(line[m[0]:m[1]], "java_command") {
			kind = arguments
		}
		return t.plain(line[:m[1]]) + t.command(line[m[1]:], kind)
	}
	return t.plain(line)
}

// commandLine is what stands in front of a command line, or of options of a JVM: in hs_err files, in javacores, in what
// a JVM, its launcher or Tomcat prints, where a variable of that kind is set, and where a shell shows what it runs.
var commandLine = lazyregexp.MustCompile(`(?:^|[\s|\]"'(>])(?:(?:Picked up \w+|jvm_args|java_command|Command [Ll]ine(?: argument)?): ?|[12]CI(?:CMDLINE|USERARG)\s+|\w*(?:OPTIONS|OPTS|ARGS)=)|^\++ (?:exec )?\S*\bjava `)

// programs are those behind which a program and its arguments follow.
var programs = []string{"Command", "CMDLINE", "java "}

func commandStart(line string) []int {
	for _, word := range []string{"Picked up ", "jvm_args:", "java_command:", "Command ", "1CICMDLINE", "2CIUSERARG", "OPTIONS=", "OPTS=", "ARGS=", "java "} {
		if strings.Contains(line, word) {
			return commandLine.FindStringIndex(line)
		}
	}
	return nil
}

// plain masks text that is no command line.
func (t *taker) plain(s string) string {
	if strings.Contains(s, `"`) && strings.Contains(s, ":") {
		s = t.members(s)
	}
	if strings.Contains(s, "=") {
		s = t.pairs(s)
	}
	return t.urls(s)
}

var (
	member      = lazyregexp.MustCompile(`"([\w.-]+)"\s*:\s*("(?:\\.|[^"\\])*"?|[^\s,}"]+)`)
	urlPassword = lazyregexp.MustCompile(`:\\?/\\?/[^\s/:@"']*:([^\s/]+)@`)
	// urlUser is who asks: for the hosts of sources a token can stand there by itself, or in front of an empty password.
	urlUser = lazyregexp.MustCompile(`(?i)\bhttps?:\\?/\\?/([^\s/?#"'<>\\]+)@`)
)

// members masks members of JSON objects.
func (t *taker) members(s string) string {
	return replace(s, member.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		if !Sounds(s[m[2]:m[3]]) {
			return 0, 0, ""
		}
		value := s[m[4]:m[5]]
		if inner, ok := strings.CutPrefix(value, `"`); ok {
			return m[4], m[5], `"` + t.hide(strings.TrimSuffix(inner, `"`)) + `"`
		}
		return m[4], m[5], t.hide(value)
	})
}

// minUser is how long a user of a URL is at least that is taken for a token, in bytes.
const minUser = 16

// urls masks the passwords in URLs, and of http and https the users, too.
func (t *taker) urls(s string) string {
	if !strings.Contains(s, "@") || !strings.Contains(s, ":/") && !strings.Contains(s, `:\/`) {
		return s
	}
	s = replace(s, urlPassword.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		return m[2], m[3], t.hide(s[m[2]:m[3]])
	})
	return replace(s, urlUser.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		if user, _, _ := strings.Cut(s[m[2]:m[3]], ":"); len(user) >= minUser {
			t.hide(user)
		}
		return m[2], m[3], Mask
	})
}

// replace puts other text in the places that with returns for each match; none where they are empty.
func replace(s string, matches [][]int, with func(m []int) (from, to int, text string)) string {
	var b strings.Builder
	done := 0
	for _, m := range matches {
		if from, to, text := with(m); to > 0 {
			b.WriteString(s[done:from])
			b.WriteString(text)
			done = to
		}
	}
	return b.String() + s[done:]
}

// pairs masks the values of NAME=value.
func (t *taker) pairs(s string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '=' || i < done {
			continue
		}
		end := i
		if end > done+1 && s[end-1] == ' ' {
			end--
		}
		begin := end
		for begin > done && nameByte(s[begin-1]) {
			begin--
		}
		name := strings.TrimLeft(strings.TrimPrefix(s[begin:end], "-D"), "-")
		if !Sounds(name) {
			continue
		}
		from := i + 1
		if end < i && from < len(s) && s[from] == ' ' {
			from++
		}
		to := valueEnd(s, begin, from)
		if to == from || s[from] == '=' {
			continue
		}
		b.WriteString(s[done:from])
		b.WriteString(t.value(s[from:to]))
		done = to
	}
	return b.String() + s[done:]
}

// value hides a value, within its quotation marks if it has any.
func (t *taker) value(value string) string {
	if quote := value[0]; quote == '"' || quote == '\'' {
		inner, closed := strings.CutSuffix(value[1:], string(quote))
		hidden := string(quote) + t.hide(inner)
		if closed {
			hidden += string(quote)
		}
		return hidden
	}
	return t.hide(value)
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

// valueEnd returns where the value ends that begins at from, of a name that begins at begin. One in quotation marks ends
// with them; in the query of a URL and the like, at the next separator; any other at white space, without the marks that
// close what it stands in.
func valueEnd(s string, begin, from int) int {
	if from >= len(s) {
		return from
	}
	if s[from] == '"' || s[from] == '\'' {
		for i := from + 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case s[from]:
				return i + 1
			}
		}
		return len(s)
	}
	separator := byte(' ')
	if begin > 0 && (s[begin-1] == '&' || s[begin-1] == '?') {
		separator = '&'
	} else if begin > 0 && s[begin-1] == ';' {
		separator = ';'
	}
	i := from
	for i < len(s) && s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r' && s[i] != separator {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		i++
	}
	return from + len(strings.TrimRight(s[from:min(i, len(s))], `'")}],;.:`))
}
