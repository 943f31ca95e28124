package diagnose

import (
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
)

// pickedUp is what a JVM (arguments.cpp) or its launcher (args.c) prints of the options it takes from the environment.
var pickedUp = lazyregexp.MustCompile(`^(?:NOTE: )?Picked up (JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|OPENJ9_JAVA_OPTIONS|IBM_JAVA_OPTIONS): (.*)$`)

// optionPlace is where an option was set, as far as can be told.
type optionPlace struct {
	shown string // the option as it was written there
	words string // ", set in JAVA_TOOL_OPTIONS"; empty when it cannot be told
	where string // the variable or the command line; empty when it cannot be told
	line  *Line  // the line that shows it
}

// advice says where to make the change.
func (p optionPlace) advice() string {
	switch {
	case p.where == "":
		return "Look for it in the image's ENTRYPOINT and CMD, in its start script, and in JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and JAVA_OPTS."
	case p.where == "the command line":
		return "It is on the command line: in the image's ENTRYPOINT or CMD, or in command:."
	}
	return "It is set in " + p.where + "."
}

// optionPlace looks for an option that the JVM named, in full or by its bare name. variable is the environment variable
// it is known to be in; else empty.
func (s scene) optionPlace(option, variable string) optionPlace {
	p := optionPlace{shown: option}
	if !strings.HasPrefix(option, "-") && bareName.MatchString(option) {
		p.shown = "-XX:" + option
		if o, ok := knownOptions[optionName(option)]; ok && o.sign {
			p.shown = "-XX:+" + option
		}
	}
	for i, l := range s.output {
		m := pickedUp.FindStringSubmatch(l.Text)
		if m == nil || variable != "" && m[1] != variable {
			continue
		}
		if word, ok := optionAmong(strings.Fields(m[2]), option); ok || variable != "" {
			if ok {
				p.shown = word
			}
			p.where, p.words, p.line = m[1], ", set in "+m[1], &s.output[i]
			return p
		}
	}
	if variable != "" {
		p.where, p.words = variable, ", set in "+variable
		return p
	}
	if word, ok := optionAmong(s.Entrypoint, option); ok {
		p.shown, p.where, p.words = word, "the command line", ", given on the command line"
		return p
	}
	for _, arg := range s.Entrypoint {
		if word, ok := optionAmong(strings.Fields(arg), option); ok && strings.Contains(arg, " ") {
			p.shown, p.where, p.words = word, "the command line", ", given on the command line"
			return p
		}
	}
	if slices.Contains(s.Environment, "JAVA_OPTS") && !s.java() {
		p.where = "the image's start script or in JAVA_OPTS, which the image sets"
	}
	return p
}

// bareName is the name of a -XX: option, with its value.
var bareName = lazyregexp.MustCompile(`^\w+(?:=.*)?$`)

// optionAmong returns the word that sets an option.
func optionAmong(words []string, option string) (string, bool) {
	option = strings.TrimPrefix(option, "-XX:")
	for _, word := range words {
		word = strings.Trim(word, `"'`)
		rest, isXX := strings.CutPrefix(word, "-XX:")
		switch {
		case word == option:
			return word, true
		case isXX:
			rest = strings.TrimLeft(rest, "+-")
			if rest == option || optionName(rest) == option {
				return word, true
			}
		case option == "-Xss" && strings.HasPrefix(word, option):
			return word, true
		case strings.HasPrefix(word, "-Xlog") && strings.Contains(word, option), strings.HasPrefix(word, "-Xloggc:") && strings.Contains(word, option):
			return word, true
		case strings.HasPrefix(option, "--") && strings.HasPrefix(option, word+"="):
			return word, true
		}
	}
	return "", false
}

// optionName is an option without sign and value: MaxPermSize of -XX:MaxPermSize=64m, --add-opens of --add-opens=…
func optionName(option string) string {
	name := strings.TrimLeft(strings.TrimPrefix(option, "-XX:"), "+")
	if strings.HasPrefix(option, "-XX:") {
		name = strings.TrimLeft(name, "-")
	}
	name, _, _ = strings.Cut(name, "=")
	if strings.HasPrefix(name, "-X") {
		name, _, _ = strings.Cut(name, ":")
	}
	return name
}
