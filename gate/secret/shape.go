package secret

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"bootgate/gate/lazyregexp"
)

// shape is how the secrets of a well-known issuer begin. Their issuers gave them these beginnings so that they are found
// where they do not belong.
type shape struct {
	prefix string
	// least is how many letters and digits follow at least, with signs among them.
	least int
	signs string
}

// shapes are in the documentation of GitHub, GitLab, Slack, Stripe, npm, PyPI, Docker, HashiCorp Vault, Google, SendGrid,
// DigitalOcean, Anthropic, OpenAI and AWS (identifiers of access keys). The last begins every JSON Web Token (RFC 7519):
// {" in base64url.
var shapes = []shape{
	{"ghp_", 16, "_"}, {"gho_", 16, "_"}, {"ghu_", 16, "_"}, {"ghs_", 16, "_"}, {"ghr_", 16, "_"}, {"github_pat_", 16, "_"},
	{"glpat-", 16, "_-."}, {"glrt-", 16, "_-."}, {"gldt-", 16, "_-."},
	{"xoxb-", 10, "-"}, {"xoxp-", 10, "-"}, {"xoxa-", 10, "-"}, {"xoxr-", 10, "-"}, {"xoxs-", 10, "-"}, {"xapp-", 10, "-"},
	{"sk_live_", 16, ""}, {"sk_test_", 16, ""}, {"rk_live_", 16, ""}, {"rk_test_", 16, ""},
	{"npm_", 30, ""}, {"pypi-", 32, "_-"}, {"dckr_pat_", 16, "_-"}, {"hvs.", 20, "_-"}, {"hvb.", 20, "_-"},
	{"AIza", 35, "_-"}, {"ya29.", 20, "_-"}, {"SG.", 40, "_-."}, {"dop_v1_", 32, ""}, {"sk-ant-", 16, "_-"}, {"sk-proj-", 16, "_-"},
	{"AKIA", 16, ""}, {"ASIA", 16, ""}, {webToken, 16, "_-."},
}

const webToken = "eyJ"

// beginnings are the bytes that a shape, or the name of a scheme of credentials, begins with.
var beginnings = func() (set [utf8.RuneSelf]bool) {
	for _, s := range shapes {
		set[s.prefix[0]] = true
	}
	for _, c := range "aAbBxX" {
		set[c] = true
	}
	return set
}()

// looks masks what is a secret by how it looks, whatever its name: credentials with the scheme that they are for, and
// those that begin as only the secrets of one issuer do.
func (t *taker) looks(s string) string {
	var b strings.Builder
	done, schemes := 0, false
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || !beginnings[c] || i > 0 && alphanumeric(s[i-1]) {
			continue
		}
		schemes = schemes || begins(s[i:], "bearer") || begins(s[i:], "basic") || begins(s[i:], "authorization") || begins(s[i:], "x-")
		if n := shaped(s[i:]); n > 0 {
			b.WriteString(s[done:i] + t.hide(s[i:i+n]))
			i += n - 1
			done = i + 1
		}
	}
	s = b.String() + s[done:]
	if schemes {
		s = t.schemes(s)
	}
	return s
}

// begins reports whether a text begins with letters, small or capital.
func begins(s, letters string) bool {
	return len(s) >= len(letters) && strings.EqualFold(s[:len(letters)], letters)
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// shaped returns how long the secret is that a text begins with; 0 when it begins with none.
func shaped(s string) int {
	for _, shape := range shapes {
		if !strings.HasPrefix(s, shape.prefix) {
			continue
		}
		end := len(shape.prefix)
		for end < len(s) && (alphanumeric(s[end]) || strings.IndexByte(shape.signs, s[end]) >= 0) {
			end++
		}
		end = len(strings.TrimRight(s[:end], ".")) // of the sentence it stands in
		rest := s[min(len(shape.prefix), end):end]
		if len(rest) >= shape.least && strings.ContainsAny(rest, "0123456789") && (shape.prefix != webToken || strings.Contains(rest, ".")) {
			return end
		}
	}
	return 0
}

var (
	// credentials follow the name of their scheme (RFC 6750 section 2.1, RFC 7617 section 2).
	credentials = lazyregexp.MustCompile(`(?i)\b(bearer|basic)(?: +|%20)([\w.~+/-]+=*)`)
	// authorization is a header with a scheme and credentials (RFC 9110 section 11.6.2).
	authorization = lazyregexp.MustCompile(`(?i)\bauthorization\\?["']?\s*[:=]\s*\\?["']?(?:bearer|basic|token|negotiate|apikey|digest|key)(?: +|%20)([^\s"',;]+)`)
	// header is one of those that programs make up for themselves.
	header = lazyregexp.MustCompile(`(?i)\b(x-[\w-]+)\\?["']?\s*:\s*\\?["']?([^\s"',;]+)`)
)

// schemes masks credentials beside the name of their scheme, and in headers.
func (t *taker) schemes(s string) string {
	s = replace(s, authorization.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		return m[2], m[3], t.hide(s[m[2]:m[3]])
	})
	s = replace(s, header.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		if !Sounds(s[m[2]:m[3]]) {
			return 0, 0, ""
		}
		return m[4], m[5], t.hide(s[m[4]:m[5]])
	})
	return replace(s, credentials.FindAllStringSubmatchIndex(s, -1), func(m []int) (int, int, string) {
		value, alone := s[m[4]:m[5]], strings.TrimSpace(s) == s[m[0]:m[1]]
		if !alone && !isCredential(value, strings.EqualFold(s[m[2]:m[3]], "basic")) {
			return 0, 0, ""
		}
		return m[4], m[5], t.hide(value)
	})
}

// isCredential tells credentials from the words of a sentence: "Bearer authentication is on". Basic ones are a name and a
// password in base64.
func isCredential(value string, basic bool) bool {
	if !basic {
		return len(value) >= 8 && strings.ContainsAny(value, "0123456789") || len(value) >= 24
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
	return err == nil && strings.Contains(string(text), ":") && utf8.Valid(text) &&
		strings.IndexFunc(string(text), unicode.IsControl) < 0
}
