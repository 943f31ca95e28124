package builder

import (
	"slices"
	"strings"
)

// jvm compares the Java run-times.
func (c *comparison) jvm() {
	old, new := c.old.Origin.JVM, c.new.Origin.JVM
	switch {
	case old == nil && new == nil:
		return
	case old == nil && c.old.Origin.unread("buildpacks"), new == nil && c.new.Origin.unread("buildpacks"):
		return // nobody knows whether it has one
	case old == nil:
		c.add(Change{Part: PartJVM, Name: new.called(), How: Added, New: new.Version})
		return
	case new == nil:
		c.add(Change{Part: PartJVM, Name: old.called(), How: Removed, Old: old.Version})
		return
	}
	how, major, same := compareJava(old.Version, new.Version)
	change := Change{Part: PartJVM, How: how, Old: old.Version, New: new.Version, Major: major}
	switch before, after := old.called(), new.called(); {
	case before == after || before == "" || after == "":
		change.Name = before
		if before == "" || after == "" {
			change.Name = before + after
		}
		if same {
			return
		}
	default: // another vendor, or a JDK where a JRE was
		change.Old, change.New = joined(before, old.Version), joined(after, new.Version)
	}
	c.add(change)
}

// called is what a run-time is called, without its version.
func (j *JVM) called() string {
	if j.Name != "" {
		return j.Name
	}
	return j.Vendor
}

// joined joins the parts that are not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// made compares what buildpacks did, or what a builder has of them.
func (c *comparison) made() {
	var old, new App
	if app := c.old.Origin.App; app != nil {
		old = *app
	}
	if app := c.new.Origin.App; app != nil {
		new = *app
	}
	c.launcher(old.Launcher, new.Launcher)
	c.buildpacks(PartBuildpack, c.old.Origin.buildpacks(), c.new.Origin.buildpacks())
	c.buildpacks(PartExtension, c.old.Origin.extensions(), c.new.Origin.extensions())
	c.sequence("", ids(old.Buildpacks), ids(new.Buildpacks))
	c.sequence("extensions", ids(old.Extensions), ids(new.Extensions))
	c.dependencies(c.old.Origin.Layers, c.new.Origin.Layers)
	if c.offered() == "" {
		c.runImage(old.RunImage, new.RunImage)
	}
	c.processes(old, new)
	c.version(PartOther, "spring-boot", old.SpringBoot, new.SpringBoot)
	c.version(PartOther, "application", joined(old.Title, old.Version), joined(new.Title, new.Version))
	c.source(old.Source, new.Source)
	if a, b := rebasable(old), rebasable(new); a != b && c.old.Origin.App != nil && c.new.Origin.App != nil {
		c.text(PartOther, "rebasable", a, b)
	}
	c.builder()
}

// buildpacks are those that made the image, or that it holds.
func (o Origin) buildpacks() []Buildpack {
	switch {
	case o.App != nil:
		return o.App.Buildpacks
	case o.Builder != nil:
		return o.Builder.Buildpacks
	case o.Buildpackage != nil:
		return append([]Buildpack{o.Buildpackage.Buildpack}, o.Buildpackage.Buildpacks...)
	}
	return nil
}

// extensions are the same for extensions of images.
func (o Origin) extensions() []Buildpack {
	switch {
	case o.App != nil:
		return o.App.Extensions
	case o.Builder != nil:
		return o.Builder.Extensions
	case o.Buildpackage != nil:
		return o.Buildpackage.Extensions
	}
	return nil
}

// rebasable says what an image says of itself, or the default where it does not.
func rebasable(a App) string {
	if a.Rebasable != nil && !*a.Rebasable {
		return "no"
	}
	return "yes"
}

// launcher compares the launchers, by their commits where their versions are the same.
func (c *comparison) launcher(old, new Launcher) {
	both := c.old.Origin.App != nil && c.new.Origin.App != nil
	switch {
	case both && (old.Version == "" || new.Version == ""): // one does not tell
		return
	case old.Version == new.Version && old.Commit != "" && new.Commit != "":
		if old.Commit != new.Commit {
			c.text(PartLauncher, "", joined(old.Version, "commit "+old.Commit), joined(new.Version, "commit "+new.Commit))
		}
		return
	}
	c.version(PartLauncher, "", old.Version, new.Version)
}

// buildpacks compares two lists of buildpacks. A builder has several versions of some; those that both have say nothing.
func (c *comparison) buildpacks(part Part, old, new []Buildpack) {
	from := len(c.list)
	before, after := versionsOf(old), versionsOf(new)
	untold(before, after)
	for _, id := range distinct(slices.Concat(ids(old), ids(new))) {
		gone, came := without(before[id], after[id]), without(after[id], before[id])
		if len(gone) == 1 && len(came) == 1 && gone[0] != "" && came[0] != "" {
			c.version(part, id, gone[0], came[0])
			continue
		}
		for _, v := range gone {
			c.add(Change{Part: part, Name: id, How: Removed, Old: v})
		}
		for _, v := range came {
			c.add(Change{Part: part, Name: id, How: Added, New: v})
		}
	}
	c.forget(from, string(part)+"s") // the label has them under "buildpacks" and "extensions"
}

func ids(list []Buildpack) []string {
	out := make([]string, 0, len(list))
	for _, b := range list {
		out = append(out, b.ID)
	}
	return out
}

func versionsOf(list []Buildpack) map[string][]string {
	versions := map[string][]string{}
	for _, b := range list {
		if !slices.Contains(versions[b.ID], b.Version) {
			versions[b.ID] = append(versions[b.ID], b.Version)
		}
	}
	return versions
}

// without returns the elements of list that others has not.
func without(list, others []string) []string {
	set := members(others)
	var out []string
	for _, item := range list {
		if !set[item] {
			out = append(out, item)
		}
	}
	return out
}

// sequence compares the order of what two lists have in common.
func (c *comparison) sequence(name string, old, new []string) {
	old, new = distinct(old), distinct(new)
	only := func(list, others []string) []string {
		set := members(others)
		return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return !set[item] })
	}
	old, new = only(old, new), only(new, old)
	if !slices.Equal(old, new) {
		c.add(Change{Part: PartOrder, Name: name, How: Changed, Old: strings.Join(old, ", "), New: strings.Join(new, ", ")})
	}
}

// dependencies compares what buildpacks say that they installed into their layers, the Java run-time aside.
func (c *comparison) dependencies(old, new []Layer) {
	from := len(c.list)
	before, after := c.installed(c.old.Origin.JVM, old), c.installed(c.new.Origin.JVM, new)
	for _, name := range distinct(slices.Concat(before.order, after.order)) {
		gone, came := without(before.versions[name], after.versions[name]), without(after.versions[name], before.versions[name])
		switch {
		case len(gone) == 1 && len(came) == 1:
			c.version(PartDependency, name, gone[0], came[0])
		case len(before.versions[name]) == 0 || len(after.versions[name]) == 0:
			c.text(PartDependency, name, strings.Join(gone, ", "), strings.Join(came, ", "))
		case len(gone)+len(came) > 0:
			c.text(PartDependency, name, strings.Join(before.versions[name], ", "), strings.Join(after.versions[name], ", "))
		}
	}
	c.forget(from, "buildpacks")
}

// runImage compares what two applications stand on. The reference of an image that was exported to an engine is an id
// that nothing can be compared with; what both have then is the top layer.
func (c *comparison) runImage(old, new RunImage) {
	before, after := old.told(), new.told()
	both := c.old.Origin.App != nil && c.new.Origin.App != nil
	renamed := before != "" && after != "" && before != after
	switch {
	case old.Digest != "" && new.Digest != "":
		if renamed || old.Digest != new.Digest {
			c.text(PartRunImage, "", at(before, old.Digest), at(after, new.Digest))
		}
	case old.TopLayer != "" && new.TopLayer != "":
		if renamed || old.TopLayer != new.TopLayer {
			c.text(PartRunImage, "", onTop(before, old.TopLayer), onTop(after, new.TopLayer))
		}
	case renamed || !both:
		c.text(PartRunImage, "", before, after)
	}
	switch {
	case old.DistroName == "" || new.DistroName == "": // said with the run image, or never
	case old.DistroName != new.DistroName:
		c.text(PartRunImage, "distribution", joined(old.DistroName, old.DistroVersion), joined(new.DistroName, new.DistroVersion))
	case old.DistroVersion != "" && new.DistroVersion != "":
		c.version(PartRunImage, "distribution", old.DistroVersion, new.DistroVersion)
	}
	for _, told := range [...][3]string{{"stack", old.Stack, new.Stack}, {"target", old.ID, new.ID}} {
		if told[1] != "" && told[2] != "" {
			c.text(PartRunImage, told[0], told[1], told[2])
		}
	}
}

// told is the name of a run image as far as it is told: older lifecycles write only where it was found.
func (r RunImage) told() string {
	if r.Name != "" {
		return r.Name
	}
	if name, _, ok := strings.Cut(r.Reference, "@"); ok {
		return name
	}
	return ""
}

func at(name, digest string) string { return strings.TrimPrefix(name+"@"+digest, "@") }

func onTop(name, layer string) string { return joined(name, "(top layer "+layer+")") }

// bases compares what images stand on that were not made by buildpacks, and what made them.
func (c *comparison) bases() {
	if before, after := c.old.Origin.maker(), c.new.Origin.maker(); before.Name == after.Name {
		c.version(PartMaker, after.Name, before.Version, after.Version)
	} else {
		c.text(PartMaker, "", joined(before.Name, before.Version), joined(after.Name, after.Version))
	}
	if c.old.Origin.App != nil || c.new.Origin.App != nil {
		return // their base is the run image
	}
	c.stack(c.old.Origin.Stack, c.new.Origin.Stack)
	var old, new Base
	if b := c.old.Origin.Base; b != nil {
		old = *b
	}
	if b := c.new.Origin.Base; b != nil {
		new = *b
	}
	if old.Name == new.Name && (old.Digest == "" || new.Digest == "") {
		return
	}
	c.text(PartBase, "", old.described(), new.described())
}

// stack compares what two run or build images say of themselves.
func (c *comparison) stack(a, b *Stack) {
	var old, new Stack
	if a != nil {
		old = *a
	}
	if b != nil {
		new = *b
	}
	c.text(PartBase, "stack", old.Stack, new.Stack)
	c.text(PartBase, "target", old.ID, new.ID)
	if old.DistroName == new.DistroName {
		c.version(PartBase, "distribution", old.DistroVersion, new.DistroVersion)
	} else {
		c.text(PartBase, "distribution", joined(old.DistroName, old.DistroVersion), joined(new.DistroName, new.DistroVersion))
	}
	c.text(PartBase, "released", old.Released, new.Released)
}

func (b Base) described() string {
	if b.Digest == "" {
		return b.Name
	}
	return at(b.Name, b.Digest)
}

// maker is what made an image; empty when nothing tells.
func (o Origin) maker() Maker {
	switch {
	case o.Builder != nil:
		return Maker{Name: "builder"}
	case o.App != nil:
		return Maker{Name: "buildpacks"}
	case o.Buildpackage != nil:
		return Maker{Name: "buildpackage"}
	case o.Maker != nil:
		return *o.Maker
	}
	return Maker{}
}
