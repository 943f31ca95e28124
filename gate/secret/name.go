package secret

import (
	"slices"
	"strings"
	"unicode"
)

// Mask stands where a secret stood.
const Mask = "***"

// A name is one of a secret when, without what separates its words, it contains one of parts, when one of its words is
// among words, or when it has several and the last is among ends.
var (
	parts = []string{
		"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY", "ACCESSKEY", "PRIVATEKEY", "CONNECTIONSTRING",
	}
	words = []string{"PASS", "PWD", "PW", "AUTH", "DSN", "PRIVATE", "COOKIE", "JWT"}
	ends  = []string{"KEY", "KEYS", "PAT", "VAULT"}
	// harmless are names that every shell sets and that would match.
	harmless = []string{"PWD", "OLDPWD"}
)

// Sounds reports whether a variable, a property or an option of that name holds a secret: DB_PASSWORD, db.pwd,
// jwt.signing.key, awsAccessKeyId.
func Sounds(name string) bool {
	if name == "" || len(name) > maxName || slices.Contains(harmless, name) {
		return false
	}
	own := wordsOf(name)
	whole := strings.Join(own, "")
	if slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(whole, part) }) {
		return true
	}
	return slices.ContainsFunc(own, func(word string) bool { return slices.Contains(words, word) }) ||
		len(own) > 1 && slices.Contains(ends, own[len(own)-1])
}

// maxName is how long a name can be, in bytes.
const maxName = 1024

// wordsOf returns the words of a name in capitals. They are separated by signs, or begin with a capital after a small
// letter.
func wordsOf(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToUpper(r))
		}
		small = unicode.IsLower(r)
	}
	return strings.Fields(b.String())
}
