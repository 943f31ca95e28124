package diagnose

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// Rules is the section diagnose: of gate.yaml. The zero value adds nothing to what is built in.
type Rules struct {
	// Causes are known causes of the user's own. They go before the built-in ones, and replace one of the same id.
	Causes []Cause `json:"causes,omitempty" jsonschema:"causes of deaths that are known, with what to do; they go before the built-in ones"`
	// Errors are the rules whose findings count as errors even when the process outlived what they are about.
	Errors []string `json:"errors,omitempty" jsonschema:"rules whose warnings count as errors: what the process outlived is not tolerated"`
}

// Explains reports whether a known cause can be about findings of a rule: those of Diagnose, and ends that it does not
// explain.
func Explains(rule string) bool { return Reports(rule) || slices.Contains(unexplained, rule) }

// Problem is a setting that can be read but makes no sense.
type Problem struct {
	// Path leads to what is at fault: keys, and positions in lists counted from 0, joined by dots.
	Path    string
	Message string
}

// Reports reports whether a rule is one of those that Diagnose reports.
func Reports(rule string) bool {
	_, known := finding.Lookup(rule)
	return known && rule != jvmChanged && (finding.Family(rule) == "jvm" || slices.Contains(otherRules, rule))
}

// jvmChanged is the only rule about a JVM that is alive.
const jvmChanged = "jvm-changed"

// unexplained are the rules of ends that nobody explains.
var unexplained = []string{"boot-exit", "boot-unstable"}

// otherRules are those that Diagnose reports besides the family jvm.
var otherRules = []string{
	containerOOMKill, "wrong-architecture", "entrypoint-missing", "link-error", "buildpack-launcher", "spring-start-failure",
	"openj9-dump", "graal-native-crash",
}

// Check returns everything about the section that makes no sense, in its order. That the rules it
// names exist, that Explains says yes to those of causes and Reports to the others, is for the caller to check.
func (r Rules) Check() []Problem {
	var problems []Problem
	seen := map[string]bool{}
	for i, c := range r.Causes {
		add := func(key, format string, args ...any) {
			path := strings.TrimSuffix(fmt.Sprintf("causes.%d.%s", i, key), ".")
			problems = append(problems, Problem{path, fmt.Sprintf(format, args...)})
		}
		switch {
		case !causeID.MatchString(c.ID):
			add("id", "%q is not an id: write up to 63 lower-case letters, digits and single dashes", c.ID)
		case seen[c.ID]:
			add("id", "two causes have the id %q", c.ID)
		}
		seen[c.ID] = true
		c.check(add)
	}
	return problems
}

// causeID is what a known cause can be called.
var causeID = lazyregexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){0,62}$`)

func (c Cause) check(add func(key, format string, args ...any)) {
	if !c.asks() {
		add("", "%q asks for nothing, so that it would explain every death: give it a rule, frame, jre, vendor, buildpack, flag, env or text", c.ID)
	}
	if c.Buildpack != nil && c.Buildpack.ID.IsZero() {
		add("buildpack", "it needs an id")
	}
	for _, flag := range c.Flag {
		if !strings.HasPrefix(flag, "-") || strings.ContainsAny(flag, " =") {
			add("flag", "%q is not an option without its value: write it as -XX:NativeMemoryTracking, -javaagent or -Xmx", flag)
		}
	}
	for _, name := range c.Env {
		if name == "" || strings.ContainsAny(name, " =") {
			add("env", "%q is not the name of a variable", name)
		}
	}
	if strings.TrimSpace(c.Cause+c.Remedy+c.Link) == "" {
		add("", "%q says nothing: give it a cause, a remedy or a link", c.ID)
	}
	if u, err := url.Parse(c.Link); c.Link != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		add("link", "%q is not an address: write it as https://…", c.Link)
	}
}

// Apply returns the findings about a death as the rules want them said: with the causes that are known, and with those
// raised to errors that are not tolerated. What it is given stays as it is.
func (r Rules) Apply(d Death, findings []finding.Finding) []finding.Finding {
	if len(findings) == 0 {
		return nil
	}
	explained := r.all().Explain(d, findings)
	for i, f := range explained {
		if f.Severity == finding.Warning && slices.Contains(r.Errors, f.Rule) {
			explained[i].Severity = finding.Error
		}
	}
	slices.SortStableFunc(explained, finding.Compare)
	return explained
}

// all returns the causes of the rules and the built-in ones that they do not replace.
func (r Rules) all() Causes {
	all := slices.Clone(r.Causes)
	for _, c := range KnownCauses() {
		if !slices.ContainsFunc(r.Causes, func(own Cause) bool { return own.ID == c.ID }) {
			all = append(all, c)
		}
	}
	return all
}
