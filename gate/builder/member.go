package builder

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"bootgate/gate/secret"
)

// Bounds on what is read. Real labels reach half a megabyte, real images have some twenty buildpacks, and builders some
// hundred of them in their layers.
const (
	maxLabel      = 2 << 20 // bytes of a label
	maxText       = 1024    // bytes of a text, which is cut
	maxID         = 200     // bytes of the id of a buildpack
	maxBuildpacks = 256
	maxEntries    = 512 // entries of any other list
	maxOrder      = 4096
	maxProblems   = 40
)

// reading collects what is wrong with the labels while they are read.
type reading struct {
	problems []Problem
	more     int
}

// problem notes that something is wrong with a label.
func (r *reading) problem(label, format string, args ...any) {
	if len(r.problems) >= maxProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, Problem{Label: label, Text: fmt.Sprintf(format, args...)})
}

// all returns the problems, and how many were too many.
func (r *reading) all() []Problem {
	if r.more > 0 {
		return append(r.problems, Problem{Label: "labels", Text: fmt.Sprintf("have %d problems more", r.more)})
	}
	return r.problems
}

// value is a JSON value somewhere in a label. It is read member by member, so that what is wrong with one of them spoils
// no other. The zero value is one that is not there.
type value struct {
	r     *reading
	label string
	// path leads to it within the label, such as "buildpacks[3].version"; empty for the whole.
	path string
	raw  json.RawMessage
}

// label reads a label as JSON; one that is not there is no problem.
func (r *reading) label(labels map[string]string, name string) value {
	text, ok := labels[name]
	v := value{r: r, label: name}
	switch {
	case !ok:
	case len(text) > maxLabel:
		r.problem(name, "is %.1f MB long; at most %d MiB are read", float64(len(text))/1e6, maxLabel>>20)
	case strings.TrimSpace(text) == "":
		r.problem(name, "is empty")
	default:
		if err := json.Unmarshal([]byte(text), &v.raw); err != nil {
			r.problem(name, "is no JSON: %v", err)
			v.raw = nil
		}
	}
	return v
}

// there reports whether there is a value, other than null.
func (v value) there() bool { return len(v.raw) > 0 && string(v.raw) != "null" }

// problem notes that something is wrong with the value.
func (v value) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if v.path != "" {
		text = v.path + " " + text
	}
	v.r.problem(v.label, "%s", text)
}

// wrong notes that the value is of another kind than it should be.
func (v value) wrong(want string) {
	v.problem("is %s, not %s", v.kind(), want)
}

// kind says what kind of JSON value it is.
func (v value) kind() string {
	switch {
	case len(v.raw) == 0:
		return "nothing"
	case v.raw[0] == '{':
		return "an object"
	case v.raw[0] == '[':
		return "a list"
	case v.raw[0] == '"':
		return "a text"
	case v.raw[0] == 't', v.raw[0] == 'f':
		return "true or false"
	case v.raw[0] == 'n':
		return "null"
	}
	return "a number"
}

// members returns the members of an object; nil when it is none.
func (v value) members() map[string]value {
	if !v.there() {
		return nil
	}
	var raw map[string]json.RawMessage
	if v.raw[0] != '{' || json.Unmarshal(v.raw, &raw) != nil {
		v.wrong("an object")
		return nil
	}
	members := make(map[string]value, len(raw))
	for name, member := range raw {
		members[name] = value{r: v.r, label: v.label, path: strings.TrimPrefix(v.path+"."+shown(name, maxID), "."), raw: member}
	}
	return members
}

// sorted returns the names of an object's members, at most limit of them, in their order.
func (v value) sorted(members map[string]value, limit int) []string {
	names := slices.Sorted(maps.Keys(members))
	if len(names) > limit {
		v.problem("has %d members; %d are read", len(names), limit)
		names = names[:limit]
	}
	return names
}

// list returns the entries of a list, at most limit of them.
func (v value) list(limit int) []value {
	entries, _ := v.entries(limit)
	return entries
}

// entries returns the entries of a list, at most limit of them; whole is false when these are not all, or there is no list.
func (v value) entries(limit int) (entries []value, whole bool) {
	if !v.there() {
		return nil, false
	}
	var raw []json.RawMessage
	if v.raw[0] != '[' || json.Unmarshal(v.raw, &raw) != nil {
		v.wrong("a list")
		return nil, false
	}
	whole = len(raw) <= limit
	if !whole {
		v.problem("has %d entries; %d are read", len(raw), limit)
		raw = raw[:limit]
	}
	entries = make([]value, len(raw))
	for i, entry := range raw {
		entries[i] = value{r: v.r, label: v.label, path: fmt.Sprintf("%s[%d]", v.path, i), raw: entry}
	}
	return entries, whole
}

// text returns a text without its secrets, cut to maxText bytes.
func (v value) text() string {
	text := v.whole()
	if len(text) > maxText {
		v.problem("has %d bytes; %d are read", len(text), maxText)
	}
	return shown(text, maxText)
}

// whole returns a text of any length, with any secrets in it.
func (v value) whole() (text string) {
	if !v.there() {
		return ""
	}
	if v.raw[0] != '"' || json.Unmarshal(v.raw, &text) != nil {
		v.wrong("a text")
		return ""
	}
	return text
}

// texts returns a list of texts; a text by itself is a list of one.
func (v value) texts() []string {
	if v.there() && v.raw[0] == '"' {
		return []string{v.text()}
	}
	var all []string
	for _, entry := range v.list(maxEntries) {
		all = append(all, entry.text())
	}
	return all
}

// truth returns true or false; nil when it is neither.
func (v value) truth() *bool {
	var truth bool
	switch {
	case !v.there():
		return nil
	case json.Unmarshal(v.raw, &truth) != nil:
		v.wrong("true or false")
		return nil
	}
	return &truth
}

// version returns a version; one that is none, or too long for one, is empty.
func (v value) version() string {
	text := v.whole()
	if !isVersion(text) {
		v.problem("is no version: %s", inQuotes(text))
		return ""
	}
	return text
}

// inQuotes shows the beginning of a text that should be something else.
func inQuotes(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", shown(text, most), len(text))
	}
	return fmt.Sprintf("%q", shown(text, most))
}

// shown is a text of the image as others may see it: without its secrets, of which package secret decides, and then cut
// to n bytes. Cut before, it might end within a secret, in front of what tells that it is one.
func shown(text string, n int) string { return cutTo(secret.Block(cutTo(text, maxVeiled)), n) }

// cutTo cuts a text to at most n bytes, between two characters.
func cutTo(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.Clone(text[:n]) // so that the rest is not kept in memory
}

// isID reports whether a text is the id of a buildpack: letters, digits and . / - _ (buildpack.md).
func isID(text string) bool { return text != "" && len(text) <= maxID && consistsOf(text, "./-_") }

// isVersion reports whether a text is a version, one of semantic versioning or of its author's own; none is one as well.
func isVersion(text string) bool { return len(text) <= maxVersion && consistsOf(text, ".+-_") }

func consistsOf(text, signs string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(signs, c) >= 0 {
			continue
		}
		return false
	}
	return true
}

// isDigest reports whether a text is sha256: and 64 hexadecimal digits.
func isDigest(text string) bool {
	hex, ok := strings.CutPrefix(text, "sha256:")
	return ok && isHex(hex)
}

func isHex(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}
