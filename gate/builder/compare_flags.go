package builder

import (
	"slices"
	"strings"

	"bootgate/gate/commandline"
	"bootgate/gate/secret"
)

// optionVariables are read by the JVM (JAVA_TOOL_OPTIONS, _JAVA_OPTIONS), by its launcher (JDK_JAVA_OPTIONS), and by what
// starts most Java programs. A buildpack image sets them with prefixes: BPE_APPEND_JAVA_TOOL_OPTIONS.
var optionVariables = []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS"}

// holdsOptions reports whether a variable holds options of a JVM: by its name, or because those that configure
// buildpacks (BPL_, BPE_) may hold anything and this one holds options.
func holdsOptions(name, old, new string) bool {
	embedded := strings.HasPrefix(name, "BPL_") || strings.HasPrefix(name, "BPE_")
	for _, variable := range optionVariables {
		if name == variable || embedded && strings.HasSuffix(name, "_"+strings.TrimPrefix(variable, "_")) {
			return true
		}
	}
	looks := func(value string) bool { return strings.HasPrefix(strings.TrimSpace(value), "-") }
	return embedded && (looks(old) || looks(new))
}

// flags compares two lines of options, and reports whether any option differs.
func (c *comparison) flags(variable, old, new string) bool {
	if len(old) > maxVeiled || len(new) > maxVeiled {
		return false
	}
	before, after := splitFlags(old), splitFlags(new)
	found := false
	for _, name := range distinct(slices.Concat(before.names, after.names)) {
		a, b := before.values[name], after.values[name]
		if slices.Equal(a, b) {
			continue
		}
		found = true
		change := Change{Part: PartJVMFlag, Name: name, Where: variable, How: presence(strings.Join(a, " "), strings.Join(b, " "))}
		change.Old, change.New = veiledFlags(a, b)
		c.add(change)
	}
	return found
}

// veiledFlags returns options without the secrets in them: the values of properties other than the JVM's own, what is
// given to agents.
func veiledFlags(old, new []string) (string, string) {
	show := func(flags []string) string {
		return strings.TrimPrefix(secret.Text(optionVariables[0]+"="+strings.Join(flags, " ")), optionVariables[0]+"=")
	}
	before, after := show(old), show(new)
	if before == after {
		return hidden(before), hidden(after)
	}
	return before, after
}

// flagSet are options by their names, in their order. An option that is set several times has several values.
type flagSet struct {
	names  []string
	values map[string][]string
}

// splitFlags reads a line of options. A word that is no option belongs to the one before: it may be its value.
func splitFlags(line string) flagSet {
	all := flagSet{values: map[string][]string{}}
	words := commandline.Options(line)
	for i := 0; i < len(words); {
		from := i
		for i++; i < len(words) && !strings.HasPrefix(words[i], "-"); {
			i++
		}
		name := flagName(words[from:i])
		if all.values[name] == nil {
			all.names = append(all.names, name)
		}
		all.values[name] = append(all.values[name], strings.Join(words[from:i], " "))
	}
	return all
}

// repeated are options that can be given several times, each with an effect of its own: java(1).
var repeated = []string{"--add-modules", "--add-opens", "--add-exports", "--add-reads", "--patch-module", "--limit-modules", "--enable-native-access"}

// sized are options with a number right behind them.
var sized = []string{"-Xmx", "-Xms", "-Xmn", "-Xss", "-Xmaxjitcodesize"}

// flagName is what two values of one option have in common. Of one that can be repeated it is the whole. It never has
// more of a value than that: values may be secret.
func flagName(words []string) string {
	word := words[0]
	if !strings.HasPrefix(word, "-") {
		return "arguments"
	}
	if rest, ok := strings.CutPrefix(word, "-XX:"); ok {
		name, _, _ := strings.Cut(strings.TrimLeft(rest, "+-"), "=")
		return "-XX:" + name
	}
	for _, prefix := range sized {
		if strings.HasPrefix(word, prefix) {
			return prefix
		}
	}
	name, _, _ := strings.Cut(word, "=")
	if slices.Contains(repeated, name) {
		return strings.Join(words, " ")
	}
	if strings.HasPrefix(word, "-X") {
		name, _, _ = strings.Cut(name, ":")
	}
	return name
}
