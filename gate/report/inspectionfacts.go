package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/builder"
)

// fact is one row of an inspection.
type fact struct {
	name  string
	lines []string
	// bad is set for what a reader should look at.
	bad bool
}

// factList collects rows. One without lines will be no row.
type factList []fact

func (l *factList) add(name string, lines ...string) {
	*l = append(*l, fact{name: name, lines: lines})
}

func (l *factList) warn(name string, lines ...string) {
	*l = append(*l, fact{name: name, lines: lines, bad: true})
}

// kindOf says what kind of image it is.
func kindOf(o builder.Origin) string {
	switch {
	case o.App != nil:
		return "an application image made by buildpacks"
	case o.Builder != nil:
		return "a builder of Cloud Native Buildpacks"
	case o.Buildpackage != nil:
		return "a buildpackage"
	case o.Lifecycle != nil:
		return "a lifecycle of Cloud Native Buildpacks"
	case o.Stack != nil:
		return "a build or run image of Cloud Native Buildpacks"
	case o.Maker != nil:
		return "an image made by " + makerName(o.Maker.Name)
	}
	return "an image that does not say what made it"
}

// makerName is what people call the tool.
func makerName(name string) string {
	known := map[string]string{
		"jib": "Jib", "dotnet": "the .NET SDK", "buildkit": "BuildKit", "docker": "docker's classic builder", "buildah": "Buildah",
		"bazel": "Bazel", "kaniko": "Kaniko", "nix": "Nix",
	}
	if proper, ok := known[name]; ok {
		return proper
	}
	return name
}

// facts are the rows of an inspection, the most telling first.
func facts(in gate.Inspection) []fact {
	o := in.Origin
	var l factList
	l.java(o)
	switch {
	case o.App != nil:
		l.app(*o.App)
	case o.Builder != nil:
		l.builder(*o.Builder)
	case o.Buildpackage != nil:
		p := o.Buildpackage
		l.add("Buildpack", spaced(p.ID, p.Version), p.Homepage)
		l.add("Holds", buildpackLines(p.Buildpacks)...)
		l.add("Extensions", buildpackLines(p.Extensions)...)
		l.add("Stacks", strings.Join(p.Stacks, ", "))
	case o.Lifecycle != nil:
		l.lifecycle(*o.Lifecycle)
	case o.Stack != nil:
		l.stack(*o.Stack)
	case o.Maker != nil:
		l.add("Made by", spaced(makerName(o.Maker.Name), o.Maker.Version)+" ("+o.Maker.Why+")")
	}
	if o.App == nil {
		l.base(o.Base)
	}
	l.provenance(o.Provenance)
	l.run(in)
	l.add("Layers", layerLine(o))
	if o.Contents != nil {
		l.add("Not read", o.Contents.Skipped...)
	}
	l.warn("Problems", each(o.Problems, func(p builder.Problem) string { return p.Label + " " + p.Text })...)
	return l
}

func spaced(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
}

// identified says which image it is, in lines that stand above the rows: digests are to be copied.
func identified(in gate.Inspection) []string {
	var lines []string
	if in.Ref != in.Name {
		lines = append(lines, in.Ref)
	}
	switch {
	case in.ChildDigest != "":
		lines = append(lines, in.Digest, in.ChildDigest+" ("+in.Platform+")")
	case in.Digest != "":
		lines = append(lines, in.Digest)
	default:
		lines = append(lines, "image ID "+in.ImageID)
	}
	where := []string{in.Platform, size(in.Size), "from the " + in.Source}
	return append(lines, strings.Join(slices.DeleteFunc(where, func(s string) bool { return s == "" }), ", "))
}

// java says which JVM is there, and whether it runs the classes.
func (l *factList) java(o builder.Origin) {
	var jvms []string
	if o.JVM != nil {
		jvms = append(jvms, jvmLine(*o.JVM))
	}
	if o.Contents == nil {
		l.add("JVM", jvms...)
		return
	}
	for _, jvm := range o.Contents.JVMs {
		switch {
		case o.JVM != nil && jvm.Where == o.JVM.Where:
		case o.JVM != nil && jvm.Version == o.JVM.Version:
			jvms = append(jvms, "as its release file says: "+jvm.Where)
		default:
			jvms = append(jvms, jvmLine(jvm))
		}
	}
	l.add("JVM", jvms...)
	l.classes(o)
}

// classes says which JVM the classes need, and whether the image has it. One that is too new for the JVM shows nothing when
// it is in a library that loads it only where it can.
func (l *factList) classes(o builder.Origin) {
	c := o.Contents
	if c.Highest == nil {
		return
	}
	need := func(class builder.Class) string {
		return fmt.Sprintf("need Java %d: %s in %s", class.Release, class.Name, class.Where)
	}
	looked := fmt.Sprintf("(of %s and %s)", count(c.Classes, "class file"), count(c.Jars, "archive"))
	switch wrong := o.TooNew(); {
	case wrong != nil:
		l.warn("Classes", need(*wrong), fmt.Sprintf("but the JVM is Java %d, which refuses them", o.JVM.Release))
	case c.Main != nil && *c.Main != *c.Highest:
		l.add("Classes", need(*c.Main), strings.Replace(need(*c.Highest), "need", "the newest needs", 1), looked)
	default:
		l.add("Classes", need(*c.Highest), looked)
	}
}

func jvmLine(jvm builder.JVM) string {
	name := jvm.Name
	if name == "" || strings.Contains(name, jvm.Version) {
		name = jvm.Vendor
	}
	if name == "" {
		name = "Java"
	}
	return fmt.Sprintf("%s %s (%s)", name, jvm.Version, jvm.Where)
}

func (l *factList) app(a builder.App) {
	l.add("Spring Boot", a.SpringBoot)
	l.add("Application", spaced(a.Title, a.Version))
	l.add("Processes", each(a.Processes, processLine)...)
	l.add("Run image", runImageLines(a.RunImage)...)
	launcher := a.Launcher.Version
	if launcher != "" {
		launcher += " (that of the lifecycle)"
	}
	if a.PlatformAPI != "" {
		launcher = strings.TrimPrefix(launcher+", platform API "+a.PlatformAPI, ", ")
	}
	l.add("Launcher", launcher)
	guesses := each(a.Builders, func(g builder.BuilderGuess) string { return g.Sure + ": " + g.Name + " (" + g.Why + ")" })
	if len(guesses) == 0 {
		guesses = []string{"not known: no label names it"}
	}
	l.add("Builder", guesses...)
	l.add("Buildpacks", buildpackLines(a.Buildpacks)...)
	l.add("Extensions", buildpackLines(a.Extensions)...)
	l.add("Source", sourceLines(a.Source)...)
	if a.Rebasable != nil && !*a.Rebasable {
		l.add("Rebase", "not possible")
	}
}

// processLine shows a process: its type, whether it is the default, what it runs.
func processLine(p builder.Process) string {
	line := p.Type
	if p.Default {
		line += " (default)"
	}
	line += ": " + strings.Join(append(slices.Clone(p.Command), p.Args...), " ")
	if p.WorkDir != "" {
		line += ", in " + p.WorkDir
	}
	return line
}

func runImageLines(r builder.RunImage) []string {
	system := spaced(r.DistroName, r.DistroVersion)
	if system == "" {
		system = first(r.ID, r.Stack)
	}
	var ids []string
	switch {
	case r.Digest != "":
		ids = append(ids, cutHex(r.Digest))
	case r.Reference != "":
		ids = append(ids, "id "+strings.TrimPrefix(cutHex(r.Reference), "sha256:")+" on the engine of its build")
	case r.Name != "":
		ids = append(ids, "digest not written down")
	}
	if r.TopLayer != "" {
		ids = append(ids, "top layer "+cutHex(r.TopLayer))
	}
	return []string{strings.Trim(r.Name+", "+system, ", "), strings.Join(ids, ", ")}
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// maxListed is how many entries of a list are shown to people; builders have hundreds.
const maxListed = 40

// buildpackLines shows buildpacks in two columns.
func buildpackLines(all []builder.Buildpack) []string {
	return shownOf(each(all, func(b builder.Buildpack) string { return spaced(b.ID, b.Version) }))
}

// shownOf cuts a long list.
func shownOf(lines []string) []string {
	if len(lines) <= maxListed {
		return lines
	}
	return append(slices.Clone(lines[:maxListed]), fmt.Sprintf("and %d more", len(lines)-maxListed))
}

func sourceLines(s *builder.Source) []string {
	if s == nil {
		return nil
	}
	lines := []string{s.Type}
	for _, part := range []map[string]string{s.Version, s.Metadata} {
		for _, key := range slices.Sorted(maps.Keys(part)) {
			lines = append(lines, key+" "+part[key])
		}
	}
	return shownOf(lines)
}

func (l *factList) builder(b builder.Builder) {
	l.add("Description", b.Description)
	l.lifecycle(b.Lifecycle)
	for _, run := range b.RunImages {
		l.add("Run image", append([]string{run.Image}, each(run.Mirrors, func(m string) string { return "mirror " + m })...)...)
	}
	l.add("Stack", b.Stack)
	l.add("Created by", spaced(b.CreatedBy, b.CreatedByVersion))
	if b.UserID != "" {
		l.add("Builds as", "user "+b.UserID+", group "+b.GroupID)
	}
	l.add("Order", shownOf(each(b.Order, groupLine))...)
	l.add("Extends by", shownOf(each(b.OrderExtensions, groupLine))...)
	l.add("Buildpacks", buildpackLines(b.Buildpacks)...)
	l.add("Extensions", buildpackLines(b.Extensions)...)
}

func groupLine(group []builder.OrderEntry) string {
	return strings.Join(each(group, func(e builder.OrderEntry) string {
		text := spaced(e.ID, e.Version)
		if e.Optional {
			text += " (optional)"
		}
		return text
	}), ", ")
}

func (l *factList) lifecycle(c builder.Lifecycle) {
	l.add("Lifecycle", c.Version, apiLine("platform API", c.PlatformAPIs, c.PlatformDeprecated), apiLine("buildpack API", c.BuildpackAPIs, c.BuildpackDeprecated))
}

func apiLine(name string, supported, deprecated []string) string {
	if len(supported) == 0 {
		return ""
	}
	line := name + " " + strings.Join(supported, ", ")
	if len(deprecated) > 0 {
		line += " (deprecated: " + strings.Join(deprecated, ", ") + ")"
	}
	return line
}

func (l *factList) stack(s builder.Stack) {
	l.add("Description", s.Description)
	l.add("Stack", s.Stack)
	l.add("Base", s.ID)
	l.add("System", spaced(s.DistroName, s.DistroVersion))
	l.add("Maintainer", s.Maintainer)
	l.add("Released", s.Released)
	l.add("Homepage", s.Homepage)
	if s.Mixins > 0 {
		l.add("Mixins", thousands(s.Mixins))
	}
}

func (l *factList) base(b *builder.Base) {
	if b != nil {
		l.add("Base image", spaced(b.Name, cutHex(b.Digest)), "("+b.Where+")")
	}
}

func (l *factList) provenance(p *builder.Provenance) {
	switch {
	case p == nil:
	case !p.Read:
		l.add("Provenance", cutHex(p.Digest)+" (--deep reads it)")
	default:
		lines := []string{cutHex(p.Digest) + " (not verified)"}
		if p.Builder != "" {
			lines = append(lines, "built by "+p.Builder)
		}
		if p.Source != "" {
			lines = append(lines, "from "+p.Source)
		}
		images := each(p.Images, func(b builder.Base) string { return "with " + spaced(b.Name, cutHex(b.Digest)) })
		l.add("Provenance", append(lines, shownOf(images)...)...)
	}
}

// run says how the image starts, where buildpacks have not said it already.
func (l *factList) run(in gate.Inspection) {
	if in.Origin.App == nil && in.Origin.Builder == nil {
		l.add("Runs", strings.Join(append(slices.Clone(in.Entrypoint), in.Cmd...), " "))
	}
	l.add("User", in.User)
	l.add("Ports", strings.Join(in.Ports, ", "))
}

// layerLine counts the layers by what they are for.
func layerLine(o builder.Origin) string {
	if len(o.Layers) == 0 {
		return ""
	}
	var parts []string
	for _, group := range []builder.Group{builder.GroupRunImage, builder.GroupBuildpacks, builder.GroupApplication} {
		n, bytes := 0, int64(0)
		for _, layer := range o.Layers {
			if layer.Group == group {
				n, bytes = n+1, bytes+layer.Size
			}
		}
		if n > 0 {
			part := fmt.Sprintf("%s %d", groupName(o, group), n)
			if bytes > 0 {
				part += " (" + size(bytes) + ")"
			}
			parts = append(parts, part)
		}
	}
	line := fmt.Sprint(len(o.Layers))
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	return line
}

func groupName(o builder.Origin, g builder.Group) string {
	switch {
	case g == builder.GroupRunImage && o.App == nil:
		return "base"
	case g == builder.GroupRunImage:
		return "run image"
	}
	return string(g)
}
