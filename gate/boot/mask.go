package boot

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
	"bootgate/gate/secret"
)

// minSecret is the shortest value that is masked, in bytes: masking shorter ones would hit ordinary words and numbers.
const minSecret = 4

// masker replaces secrets in text by masked.
type masker struct {
	replacer *strings.Replacer // nil when there are no secrets
	secrets  []string          // in every form, the longest first
}

// newMasker masks the values of the variables whose names sound secret, passwords within URLs, and values of what sounds
// secret among options that a variable gives a JVM and in the argument vector, as they are, in base64 and URL-encoded.
func newMasker(env, argv []string) masker {
	seen := map[string]bool{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if secret.Sounds(name) {
			addSecret(seen, value)
		} else {
			for line := range strings.Lines(value) {
				addOptions(seen, name+"="+line)
			}
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok {
				addSecret(seen, password)
			}
		}
	}
	addOptions(seen, "Command Line: "+strings.Join(argv, " "))
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
		pairs = append(pairs, s, secret.Mask)
	}
	return masker{strings.NewReplacer(pairs...), secrets}
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

// addOptions adds what sounds secret in a command line or among options, and its words: where a JVM takes a backslash
// for one, a value ends at the next space.
func addOptions(set map[string]bool, line string) {
	for _, value := range secret.Values(line) {
		if plainPath.MatchString(value) {
			continue // where a secret is; that it cannot be read there is worth knowing
		}
		addSecret(set, value)
		for _, word := range strings.Fields(value) {
			addSecret(set, strings.TrimSuffix(word, `\`))
		}
	}
}

// plainPath is a path, and nothing like base64.
var plainPath = lazyregexp.MustCompile(`^\.{0,2}/[\w.-]+(?:/[\w.-]+)*$`)

// text masks s: the secrets that are known, and what sounds like one.
func (m masker) text(s string) string {
	return secret.Block(m.known(s))
}

// known masks the secrets that are known.
func (m masker) known(s string) string {
	if m.replacer == nil {
		return s
	}
	return m.replacer.Replace(s)
}

// line masks a raw line and cuts it to its final length. Where a line was cut already, what may be a part of a secret
// that cannot be recognised any more goes too.
func (m masker) line(l rawLine) Line { return m.next(l, &secret.Lines{}) }

// next masks a line that follows others.
func (m masker) next(l rawLine, lines *secret.Lines) Line {
	text := m.known(string(l.text))
	if l.cut {
		text = text[:len(text)-m.overhang(text, strings.HasSuffix, func(s string, n int) string { return s[:n] })]
	}
	if l.mid {
		text = text[m.overhang(text, strings.HasPrefix, func(s string, n int) string { return s[len(s)-n:] }):]
	}
	text = lines.Text(l.stream, text)
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
	var lines secret.Lines
	for _, l := range raw {
		out = append(out, m.next(l, &lines))
	}
	return out
}
