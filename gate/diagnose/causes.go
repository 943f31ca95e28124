package diagnose

import (
	"bytes"
	"cmp"
	_ "embed" // the causes
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bootgate/gate/finding"
	"bootgate/gate/version"

	"github.com/goccy/go-yaml"
)

// Cause is a cause of deaths that somebody met before: by what a death shows it, why it happens and what helps. All
// that it asks for must be there; what is not known of a death is not there.
type Cause struct {
	// ID names it, in kebab case.
	ID string `json:"id" jsonschema:"name of the cause, shown with every finding it explains"`
	// Rule is the class of the death: any of these rules. Without one, a cause explains the first finding alone.
	Rule Words `json:"rule,omitempty" jsonschema:"rules it explains; without one it explains what was found first"`
	// Frame matches the problematic frame of a crash: its text, library and symbol included.
	Frame Pattern `json:"frame,omitempty" jsonschema:"regular expression that the problematic frame of a crash matches"`
	// JRE holds the exact version of the Java run-time.
	JRE version.JavaRange `json:"jre,omitempty" jsonschema:"versions of the Java run-time, such as >= 17, < 17.0.9 or 8u302; || separates alternatives"`
	// Vendor matches the lines of a crash that say who made the run-time.
	Vendor Pattern `json:"vendor,omitempty" jsonschema:"regular expression that the vendor of the run-time matches"`
	// Buildpack took part in building the image.
	Buildpack *BuildpackRange `json:"buildpack,omitempty" jsonschema:"a buildpack that took part in building the image"`
	// Flag are options the JVM was given, without their values.
	Flag Words `json:"flag,omitempty" jsonschema:"options the JVM was given, without values, such as -XX:NativeMemoryTracking; all of them"`
	// Env are names of environment variables that were set.
	Env Words `json:"env,omitempty" jsonschema:"names of environment variables that were set; all of them"`
	// Text are expressions of which each matches the message or a line that is known.
	Text Patterns `json:"text,omitempty" jsonschema:"regular expressions; each must match the finding's message or a line of output"`

	// Cause, Remedy and Link are what is shown, at least one of them. Where there is no cause or no remedy, what the judge
	// of the death has to say stays.
	Cause  string `json:"cause,omitempty" jsonschema:"why it happens; without it what is known anyway is shown"`
	Remedy string `json:"remedy,omitempty" jsonschema:"what to do about it; without it what is known anyway is shown"`
	Link   string `json:"link,omitempty" jsonschema:"address to read on at"`
}

// BuildpackRange is a buildpack in some of its versions.
type BuildpackRange struct {
	ID Pattern `json:"id" jsonschema:"regular expression that the id of the buildpack matches, such as ^paketo-buildpacks/bellsoft-liberica$"`
	// Version is the range; zero stands for all versions, known or not.
	Version version.Range `json:"version,omitempty" jsonschema:"its versions, such as >= 8.7.0, < 8.7.1"`
}

// Causes are known causes. The first that fits explains a finding.
type Causes []Cause

//go:embed causes.yaml
var causesFile []byte

// KnownCauses returns the causes that are built in.
func KnownCauses() Causes { return builtIn() }

// builtIn reads the file once, and only when a death is to be explained.
var builtIn = sync.OnceValue(func() Causes {
	causes, err := ParseCauses(causesFile)
	if err != nil {
		panic("diagnose: causes.yaml: " + err.Error())
	}
	return causes
})

// ParseCauses reads causes from YAML: a list of mappings, with the keys that gate.yaml has under diagnose.causes.
func ParseCauses(text []byte) (Causes, error) {
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("reading known causes: %w", err)
	}
	var causes Causes
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&causes); err != nil {
		return nil, fmt.Errorf("reading known causes: %w", err)
	}
	var errs []error
	for _, p := range (Rules{Causes: causes}).Check() {
		errs = append(errs, fmt.Errorf("%s: %s", p.Path, p.Message))
	}
	for _, c := range causes {
		for _, rule := range c.Rule {
			if !Explains(rule) {
				errs = append(errs, fmt.Errorf("%s: there is no rule %q of deaths", c.ID, rule))
			}
		}
	}
	return causes, errors.Join(errs...)
}

// Explain returns the findings about a death with the causes that are known: cause, remedy and the name of the known
// cause are filled in. A known cause explains one finding of a death, the most fundamental of those it fits. What it is
// given stays as it is.
func (causes Causes) Explain(d Death, findings []finding.Finding) []finding.Finding {
	explained := slices.Clone(findings)
	if len(findings) == 0 {
		return explained
	}
	deaths := Apart(d)
	for _, one := range deaths {
		var own []int
		for i, f := range explained {
			if len(deaths) == 1 || one.quotes(f) {
				own = append(own, i)
			}
		}
		causes.explain(one, explained, own)
	}
	return explained
}

// explain fills in the findings that are about one death: those at the positions own.
func (causes Causes) explain(d Death, findings []finding.Finding, own []int) {
	if len(own) == 0 {
		return
	}
	var crashes []*finding.Crash
	for _, i := range own {
		crashes = append(crashes, findings[i].Crash)
	}
	known := newFacts(d, crashes)
	used := map[string]bool{}
	for n, i := range own {
		j := slices.IndexFunc(causes, func(c Cause) bool {
			return !used[c.ID] && (n == 0 || len(c.Rule) > 0) && c.fits(known, findings[i])
		})
		if j < 0 {
			continue
		}
		c := causes[j]
		used[c.ID] = true
		findings[i].Cause, findings[i].Remedy = cmp.Or(c.Cause, findings[i].Cause), cmp.Or(c.Remedy, findings[i].Remedy)
		findings[i].Known = &finding.Known{ID: c.ID, Link: c.Link}
	}
}

// quotes reports whether a finding is about this death of several in one log: the lines it quotes say so.
func (d Death) quotes(f finding.Finding) bool {
	return len(f.Evidence) > 0 && slices.ContainsFunc(d.Lines, func(l Line) bool { return l.Number == f.Evidence[0].Line })
}

// asks reports whether the cause asks for anything.
func (c Cause) asks() bool {
	return len(c.Rule)+len(c.Flag)+len(c.Env)+len(c.Text) > 0 || c.Buildpack != nil ||
		!c.Frame.IsZero() || !c.JRE.IsZero() || !c.Vendor.IsZero()
}

// fits reports whether a finding shows all the cause asks for.
func (c Cause) fits(known facts, f finding.Finding) bool {
	if len(c.Rule) > 0 && !slices.Contains(c.Rule, f.Rule) {
		return false
	}
	if !c.Frame.IsZero() && !c.Frame.MatchString(frameOf(f.Crash)) {
		return false
	}
	if !c.JRE.IsZero() && (known.java == nil || !c.JRE.Has(*known.java)) {
		return false
	}
	if !c.Vendor.IsZero() && !slices.ContainsFunc(known.vendor, c.Vendor.MatchString) {
		return false
	}
	if c.Buildpack != nil && !slices.ContainsFunc(known.buildpacks, c.Buildpack.has) {
		return false
	}
	for _, flag := range c.Flag {
		if !slices.ContainsFunc(known.options, func(option string) bool { return isOption(option, flag) }) {
			return false
		}
	}
	for _, name := range c.Env {
		if !slices.Contains(known.environment, name) {
			return false
		}
	}
	for _, pattern := range c.Text {
		if !slices.ContainsFunc(known.lines, pattern.MatchString) && !slices.ContainsFunc(textsOf(f), pattern.MatchString) {
			return false
		}
	}
	return true
}

// has reports whether a buildpack is one of these.
func (b *BuildpackRange) has(p Buildpack) bool {
	return b.ID.MatchString(p.ID) && (b.Version.IsZero() || b.Version.Has(p.Version))
}

// isOption reports whether an option is the one that flag names: the same, or the same with a value. -Xmx and its like
// have their value right behind the name.
func isOption(option, flag string) bool {
	rest, ok := strings.CutPrefix(option, flag)
	if !ok {
		return false
	}
	return rest == "" || rest[0] == '=' || rest[0] == ':' ||
		strings.HasPrefix(flag, "-X") && !strings.HasPrefix(flag, "-XX") && rest[0] >= '0' && rest[0] <= '9'
}

// textsOf returns the texts of a finding that a cause may look at.
func textsOf(f finding.Finding) []string {
	texts := []string{f.Message}
	for _, e := range f.Evidence {
		texts = append(texts, e.Text)
	}
	return texts
}
