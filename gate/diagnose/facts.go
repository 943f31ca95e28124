package diagnose

import (
	"path"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
	"bootgate/gate/version"
)

// factMarkers keep the lines that known causes look at. They stand in healthy output, too, a few times at most.
var factMarkers = []marker{
	{text: "Picked up JAVA_TOOL_OPTIONS: "},
	{text: "Picked up _JAVA_OPTIONS: "},
	{text: "Picked up JDK_JAVA_OPTIONS: "},
	{text: "Calculated JVM Memory Configuration: "},
	{text: "Paketo Buildpack for "},
}

// facts are what known causes ask about, as far as it is known of a death.
type facts struct {
	// lines are what was printed, cleaned, and what the engine said.
	lines []string
	// java is the exact version of the run-time.
	java *version.Java
	// vendor are the texts that name who made it.
	vendor []string
	// options are those of the JVM, with their values.
	options []string
	// environment are names of variables that were set.
	environment []string
	// buildpacks took part in building the image; the version may be empty.
	buildpacks []Buildpack
}

func newFacts(d Death, crashes []*finding.Crash) facts {
	known := facts{environment: d.Environment, buildpacks: slices.Clone(d.Buildpacks)}
	for _, l := range d.Lines {
		known.lines = append(known.lines, clean(l.Text))
	}
	if d.StartError != "" {
		known.lines = append(known.lines, d.StartError)
	}
	known.options = launchOptions(d.Entrypoint)
	for _, line := range known.lines {
		known.options = append(known.options, optionsIn(line)...)
		known.buildpacks = append(known.buildpacks, banner(line)...)
	}
	for _, c := range crashes {
		if c != nil {
			known.crash(c)
		}
	}
	if known.java == nil {
		known.java = versionIn(known.lines)
	}
	for _, text := range slices.Concat(known.options, d.Entrypoint) {
		known.buildpacks = append(known.buildpacks, layersOf(text)...)
	}
	return known
}

// crash adds what a crash report tells.
func (k *facts) crash(c *finding.Crash) {
	k.options = append(k.options, c.Options...)
	k.vendor = append(k.vendor, c.Vendor, c.JRE, c.VM)
	k.lines = append(k.lines, c.JRE, c.VM, c.CommandLine, c.Error, c.Libc, c.Host, c.Thread)
	if v, ok := version.ParseJava(c.Version); ok && k.java == nil {
		k.java = &v
	}
}

// frameOf returns the problematic frame; where that is a bare address, because the program jumped to nowhere, the first
// frame that is not.
func frameOf(c *finding.Crash) string {
	if c == nil || c.Frame == nil {
		return ""
	}
	if c.Frame.Library != "" || c.Frame.Symbol != "" {
		return c.Frame.Text
	}
	i := slices.IndexFunc(c.NativeFrames, func(f finding.Frame) bool { return f.Library != "" })
	if i < 0 {
		return c.Frame.Text
	}
	return c.NativeFrames[i].Text
}

// launchOptions returns the options in the argument vector of a container that runs java.
func launchOptions(argv []string) []string {
	i := slices.IndexFunc(argv, func(arg string) bool { return path.Base(arg) == "java" })
	if i < 0 {
		return nil
	}
	var options []string
	for _, arg := range argv[i+1:] {
		if !strings.HasPrefix(arg, "-") || arg == "-jar" {
			break
		}
		options = append(options, arg)
	}
	return options
}

// pickedUpLine is how the JVM and its launcher tell of options they take from the environment (arguments.cpp, args.c).
var pickedUpLine = lazyregexp.MustCompile(`(?:^|[ \]])(?:NOTE: )?Picked up (?:JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS): (.*)$`)

// optionsIn returns the options in such a line.
func optionsIn(line string) []string {
	m := pickedUpLine.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	return strings.Fields(m[1])
}

// bannerLine is how a Paketo buildpack introduces itself while an image is built, today and before 2022.
var bannerLine = lazyregexp.MustCompile(`(?:^|[ \]])Paketo (?:Buildpack for ([A-Z][\w .-]{0,60}?)|([A-Z][\w .-]{0,60}?) Buildpack) (\d+\.\d+\.\d+)$`)

// banner returns the buildpack that introduces itself in a line.
func banner(line string) []Buildpack {
	m := bannerLine.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	name := strings.ToLower(strings.ReplaceAll(m[1]+m[2], " ", "-"))
	return []Buildpack{{ID: "paketo-buildpacks/" + name, Version: m[3]}}
}

// layerPath is a path in the layers of a buildpack; the slash of its id is written as an underscore there (Cloud Native
// Buildpacks, platform specification, layers directory).
var layerPath = lazyregexp.MustCompile(`/layers/([a-z0-9.-]+)_([a-z0-9.-]+)/`)

// layersOf returns the buildpacks whose layers a text names. Their versions are not known.
func layersOf(text string) []Buildpack {
	var found []Buildpack
	for _, m := range layerPath.FindAllStringSubmatch(text, -1) {
		found = append(found, Buildpack{ID: m[1] + "/" + m[2]})
	}
	return found
}

// versionLine are the lines in which a run-time or a program on it says what it runs on: an error report's JRE line,
// Spring Boot's "Starting … using Java …", Tomcat's list of versions.
var versionLine = lazyregexp.MustCompile(`JRE version: .*?\((\d[^) ]*)\)|\bStarting \S+ (?:v\S+ )?using Java (\d[^ ,]*) |VersionLoggerListener\S* +JVM Version: +(\d\S*)$`)

// versionIn returns the version that lines tell; nil when they tell none, or several.
func versionIn(lines []string) *version.Java {
	var found *version.Java
	for _, line := range lines {
		m := versionLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		v, ok := version.ParseJava(m[1] + m[2] + m[3])
		if !ok {
			continue
		}
		if found != nil && !found.Same(v) {
			return nil
		}
		found = &v
	}
	return found
}
