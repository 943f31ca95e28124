package builder

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// String says in a few words what changed: "paketo-buildpacks/java 8.2.0 → 8.3.0", "acme/own 1.0 added",
// "-Xss1m → -Xss2m in JAVA_TOOL_OPTIONS".
func (c Change) String() string {
	if c.Where != "" && c.Old != Hidden && c.New != Hidden {
		switch c.How {
		case Added:
			return brief(c.New) + " added to " + c.Where
		case Removed:
			return brief(c.Old) + " removed from " + c.Where
		}
		return c.Values() + " in " + c.Where
	}
	switch c.Part {
	case PartJVM, PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency:
		switch {
		case c.How == Added || c.How == Removed:
			return joined(c.Subject(), c.Old+c.New, string(c.How))
		case c.Part == PartJVM && c.Name == "" && strings.Contains(c.Old, " "):
			return c.Values() // both have their names
		}
	}
	return c.Subject() + " " + c.Values()
}

// Subject says what it is that changed: "launcher", "paketo-buildpacks/java", "-Xss of JAVA_TOOL_OPTIONS", "user".
func (c Change) Subject() string {
	name := c.Name
	if c.Where != "" {
		name += " of " + c.Where
	}
	switch c.Part {
	case PartJVM:
		if name == "" {
			return "Java"
		}
		return name
	case PartBuildpack, PartDependency:
		return name
	case PartRunImage, PartBase:
		return joined(map[Part]string{PartRunImage: "run image", PartBase: "base image"}[c.Part], name)
	case PartJVMFlag, PartOther:
		return name
	case PartEnvironment:
		return "variable " + name
	case PartMaker:
		return joined("made by", name)
	case PartEntrypoint:
		if name != "" {
			return name
		}
	case PartProcess:
		if name == "" {
			return "default process"
		}
	case PartAPI:
		return name + " API"
	case PartOrder:
		if c.Name == "" {
			return "order of buildpacks"
		}
		return "order of " + name
	}
	return joined(string(c.Part), name)
}

// Values says from what to what: "8.2.0 → 8.3.0", "added: 8.3.0", "removed". Of an image whose name is the same that is
// said once: "acme/run:1 sha256:0a1b… → sha256:2c3d…".
func (c Change) Values() string {
	old, new := brief(c.Old), brief(c.New)
	if name, digest, ok := strings.Cut(old, "@sha256:"); ok && strings.HasPrefix(new, name+"@sha256:") {
		old, new = joined(name, "sha256:"+digest), strings.TrimPrefix(new, name+"@")
	}
	switch {
	case c.How == Added && new == "":
		return "added"
	case c.How == Added:
		return "added: " + new
	case c.How == Removed && old == "":
		return "removed"
	case c.How == Removed:
		return "removed: " + old
	case c.Old == Hidden && c.New == Hidden:
		return "changed " + Hidden
	case old == "" || new == "":
		return quoted(old) + " → " + quoted(new)
	}
	return old + " → " + new
}

func quoted(text string) string {
	if text == "" {
		return `""`
	}
	return text
}

// digests finds what is shortened for people.
var digests = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bsha256:([0-9a-f]{12})[0-9a-f]{52}\b`) })

// brief shortens the digests in a text to what people compare.
func brief(text string) string {
	if !strings.Contains(text, "sha256:") {
		return text
	}
	return digests().ReplaceAllString(text, "sha256:$1")
}

// Listed names at most n changes in one line, and counts the others.
func Listed(list []Change, n int) string {
	var said []string
	for _, change := range list[:min(n, len(list))] {
		said = append(said, change.String())
	}
	text := strings.Join(said, ", ")
	if more := len(list) - len(said); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
