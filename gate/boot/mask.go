package boot

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// masked stands where a secret stood.
const masked = "***"

// A variable is taken for a secret when its name contains one of secretParts, has one of secretWords between its
// underscores, or ends in one of secretEnds.
var (
	secretParts = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY", "CONNECTION_STRING", "CONNECTIONSTRING"}
	secretWords = []string{"PASS", "PWD", "AUTH", "DSN", "PRIVATE"}
	secretEnds  = []string{"KEY", "KEYS", "PAT"}
	// notSecret are names that every shell sets and that would match.
	notSecret = []string{"PWD", "OLDPWD"}
)

// minSecret is the shortest value that is masked, in bytes: masking shorter ones would hit ordinary words and numbers.
const minSecret = 4

// masker replaces secrets in text by masked.
type masker struct {
	replacer *strings.Replacer // nil when there are no secrets
	secrets  []string          // in every form, the longest first
}

// newMasker masks the values of the variables whose names sound secret, and passwords within URLs, as they are, in
// base64 and URL-encoded.
func newMasker(env []string) masker {
	seen := map[string]bool{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if soundsSecret(name) {
			addSecret(seen, value)
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok {
				addSecret(seen, password)
			}
		}
	}
	if len(seen) == 0 {
		return masker{}
	}
	secrets := make([]string, 0, len(seen))
	for s := range seen {
		secrets = append(secrets, s)
	}
	// The longest first, so that a secret that is part of another does not leave the rest of it.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, masked)
	}
	return masker{strings.NewReplacer(pairs...), secrets}
}

// soundsSecret reports whether a variable of that name holds a secret.
func soundsSecret(name string) bool {
	name = strings.ToUpper(name)
	if slices.Contains(notSecret, name) {
		return false
	}
	if slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(name, part) }) {
		return true
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == '.' })
	if len(words) == 0 {
		return false
	}
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(secretWords, word) }) ||
		len(words) > 1 && slices.Contains(secretEnds, words[len(words)-1])
}

// addSecret adds a value, its lines, and the forms it takes in logs.
func addSecret(set map[string]bool, value string) {
	for _, line := range strings.Split(value, "\n") {
		line = strings.TrimSpace(line)
		if len(line) < minSecret || line == "true" || line == "false" || line == "null" || line == "none" {
			continue
		}
		for _, form := range []string{
			line, url.QueryEscape(line), url.PathEscape(line),
			base64.StdEncoding.EncodeToString([]byte(line)), base64.RawStdEncoding.EncodeToString([]byte(line)),
			base64.URLEncoding.EncodeToString([]byte(line)), base64.RawURLEncoding.EncodeToString([]byte(line)),
		} {
			set[form] = true
		}
	}
}

// text masks s.
func (m masker) text(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// line masks a raw line and cuts it to its final length. Where a line was cut already, what may be a part of a secret
// that cannot be recognised any more goes too.
func (m masker) line(l rawLine) Line {
	text := m.text(string(l.text))
	if l.cut {
		text = text[:len(text)-m.overhang(text, strings.HasSuffix, func(s string, n int) string { return s[:n] })]
	}
	if l.mid {
		text = text[m.overhang(text, strings.HasPrefix, func(s string, n int) string { return s[len(s)-n:] }):]
	}
	return Line{Number: l.number, Stream: l.stream, Text: cutText([]byte(text), maxLine, l.cut)}
}

// overhang returns the length of the longest part of a secret, made by part, that text has at one of its ends.
func (m masker) overhang(text string, has func(text, part string) bool, part func(secret string, n int) string) int {
	longest := 0
	for _, s := range m.secrets {
		for n := min(len(s)-1, len(text)); n > longest; n-- {
			if has(text, part(s, n)) {
				longest = n
			}
		}
	}
	return longest
}

func (m masker) lines(raw []rawLine) []Line {
	var out []Line
	for _, l := range raw {
		out = append(out, m.line(l))
	}
	return out
}
