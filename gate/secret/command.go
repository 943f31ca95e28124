package secret

import (
	"strings"

	"bootgate/gate/commandline"
	"bootgate/gate/lazyregexp"
)

// kind is what a command line consists of.
type kind int

const (
	options   kind = iota // options of a JVM only
	program               // options of a JVM, then its main class and the arguments of that
	arguments             // a main class and its arguments
)

// command masks a command line: values of properties and arguments of agents unless they are the JVM's own, and what
// sounds secret among the arguments of the program.
func (t *taker) command(line string, k kind) string {
	var b strings.Builder
	done := 0
	put := func(w commandline.Word, text string) {
		if text != w.Text {
			b.WriteString(line[done:w.From] + text)
			done = w.To
		}
	}
	// hiding is whether the word before was masked and may go on, sure whether its name sounds secret, and expected
	// whether a secret is to follow.
	hiding, expected, sure, before := false, false, false, ""
	for _, w := range commandline.Escaped(line) {
		dashed := strings.HasPrefix(w.Text, "-")
		switch {
		case expected && !option.MatchString(w.Text):
			put(w, t.hide(w.Text))
			hiding, expected, sure = true, false, true
			continue
		case k == arguments && before == "-p" && !dashed && !number.MatchString(w.Text):
			put(w, Mask) // a password, or a path, or a profile
			hiding, before, sure = true, "", false
			continue
		case hiding && !dashed && (k != program || !mainClass.MatchString(w.Text)):
			if sure {
				t.hide(w.Text)
			}
			put(w, Mask)
			continue
		case k == program && !dashed:
			k = arguments // this is the main class
		}
		known := len(t.taken)
		text, secret := t.word(w.Text)
		put(w, text)
		hiding, expected, sure, before = secret, asksForSecret(w.Text), len(t.taken) > known, w.Text
	}
	return b.String() + line[done:]
}

var (
	// option begins what is no value of another option.
	option = lazyregexp.MustCompile(`^(?:-[DX]|--\w)`)
	// mainClass is a class or a jar. A single word may be the rest of a secret.
	mainClass = lazyregexp.MustCompile(`^[\w$/.-]+[./][\w$]+$`)
	// number is what follows -p where that stands for a port.
	number = lazyregexp.MustCompile(`^\d{1,5}$`)
	// agent is an option that gives an agent arguments of its own.
	agent = lazyregexp.MustCompile(`^(-(?:javaagent:|agentpath:|agentlib:)[^=]+=|-Xrun[^:]+:)(.+)$`)
	// standard begins the names of the JVM's own properties.
	standard = lazyregexp.MustCompile(`^(?:java|jdk|sun|file|user)\.`)
)

// word masks one word, and reports whether a secret that may go on stood at its end.
func (t *taker) word(text string) (string, bool) {
	if m := agent.FindStringSubmatch(text); m != nil {
		t.plain(m[2])
		return m[1] + Mask, true
	}
	if property, ok := strings.CutPrefix(text, "-D"); ok {
		name, value, _ := strings.Cut(property, "=")
		switch {
		case value == "":
			return text, false
		case Sounds(name):
			return "-D" + name + "=" + t.hide(value), true
		case !standard.MatchString(name):
			t.plain(value)
			return "-D" + name + "=" + Mask, true
		}
		return "-D" + name + "=" + t.plain(value), false
	}
	name, value, found := strings.Cut(text, "=")
	if found && value != "" && Sounds(strings.TrimLeft(name, "-")) {
		return name + "=" + t.hide(value), true
	}
	masked := t.plain(text)
	return masked, masked != text
}

// asksForSecret reports whether the next word is the value of this one, and a secret: --password.
func asksForSecret(text string) bool {
	name, ok := strings.CutPrefix(text, "-")
	return ok && !strings.Contains(name, "=") && Sounds(strings.TrimLeft(name, "-")) && !strings.HasPrefix(name, "X")
}
