package builder

import (
	"slices"
	"strings"
)

// ByBuilder reports whether anything changed for which the builder has to answer.
func (c Changes) ByBuilder() bool { return len(c.ByTheBuilder()) > 0 }

// ByTheBuilder returns the changes for which the builder has to answer; none where all of them may be the application's.
func (c Changes) ByTheBuilder() []Change {
	built, _ := c.split()
	return built
}

// BesideTheBuilder returns the changes for which the builder has not to answer.
func (c Changes) BesideTheBuilder() []Change {
	_, rest := c.split()
	return rest
}

// Settings returns the changes, none of the builder's, of that with which an image is started.
func (c Changes) Settings() []Change {
	return slices.DeleteFunc(slices.Clone(c.BesideTheBuilder()), func(change Change) bool {
		return !slices.Contains([]Part{PartJVMFlag, PartEnvironment, PartEntrypoint, PartProcess, PartUser, PartPort}, change.Part)
	})
}

// Made returns the changes of what made an image, of what it stands on and of its Java, whoever decided them.
func (c Changes) Made() []Change {
	return c.ofParts(PartJVM, PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency, PartRunImage, PartLayer,
		PartBase, PartMaker, PartJVMFlag)
}

// split parts what a builder decides from the rest.
func (c Changes) split() (built, rest []Change) {
	for _, change := range c.List {
		if c.byBuilder(change) {
			built = append(built, change)
		} else {
			rest = append(rest, change)
		}
	}
	if !slices.ContainsFunc(built, c.convicts) {
		return nil, c.List
	}
	return built, rest
}

// byBuilder reports whether a change is one that a builder can decide: the JVM, the launcher or lifecycle, a buildpack or
// extension, what they installed, the run image, options of the JVM. Without a builder nobody but the image decides.
func (c Changes) byBuilder(change Change) bool {
	return (c.Apps || c.Builders) && slices.Contains(builders, change.Part) || c.Apps && change.Part == PartJVMFlag
}

// builders are the parts that a builder decides.
var builders = []Part{
	PartJVM, PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency, PartRunImage, PartLayer,
}

// convicts reports whether one of the changes that a builder can decide was decided by it. Where the application is the
// same, nobody else was there. One that changed decides, too: which buildpacks take part (it has a Procfile now), what they
// install (it asks for another Java), and options. Versions of buildpacks, launcher and run image it does not.
func (c Changes) convicts(change Change) bool {
	if c.Builders || c.Application == Same {
		return true
	}
	switch change.Part {
	case PartLauncher, PartLifecycle, PartRunImage:
		return true
	case PartBuildpack, PartExtension:
		return change.How != Added && change.How != Removed
	}
	return false
}

// builderIs says whether what the builder decides is the same.
func (c *comparison) builderIs(changes Changes) Sameness {
	mine := func(change Change) bool { return slices.Contains(builders, change.Part) }
	switch {
	case changes.ByBuilder():
		return Different
	case !changes.Apps && !changes.Builders, c.old.Origin.unread(""), c.new.Origin.unread(""), slices.ContainsFunc(c.list, mine):
		return Unknown
	case changes.Builders:
		return Same
	}
	if sameLayers(c.contributed(c.old, GroupBuildpacks, GroupRunImage), c.contributed(c.new, GroupBuildpacks, GroupRunImage)) == Same {
		return Same
	}
	return Unknown
}

// layers tells the layers of buildpacks and the run image apart where no version does: a buildpack that was built anew
// under its old version. Where the application changed they prove nothing: they may hold what buildpacks made of it.
func (c *comparison) layers(application Sameness) {
	mine := func(change Change) bool { return slices.Contains(builders, change.Part) }
	if c.old.Origin.App == nil || c.new.Origin.App == nil || application != Same || slices.ContainsFunc(c.list, mine) {
		return
	}
	before, after := namedLayers(c.contributed(c.old, GroupBuildpacks)), namedLayers(c.contributed(c.new, GroupBuildpacks))
	if len(before) > 0 && len(after) > 0 {
		for _, name := range union(before, after) {
			c.text(PartLayer, name, before[name], after[name])
		}
	}
	old, new := diffIDs(c.contributed(c.old, GroupRunImage)), diffIDs(c.contributed(c.new, GroupRunImage))
	if len(old) > 0 && len(new) > 0 && old[len(old)-1] != new[len(new)-1] {
		c.text(PartRunImage, "", onTop("", old[len(old)-1]), onTop("", new[len(new)-1]))
	}
}

// namedLayers are the diff IDs of layers by their names; nil when any is unknown.
func namedLayers(layers []Layer) map[string]string {
	all := map[string]string{}
	for _, layer := range layers {
		name := joined(layer.Buildpack, layer.Name)
		if layer.DiffID == "" {
			return nil
		}
		all[name] = strings.TrimPrefix(all[name]+", "+layer.DiffID, ", ")
	}
	return all
}

// contributed are the layers of the groups that do not follow the application: what describes it and its build does, and
// so does what it is started from.
func (c *comparison) contributed(side Side, groups ...Group) []Layer {
	return slices.DeleteFunc(slices.Clone(side.Origin.Layers), func(l Layer) bool {
		describes := l.Buildpack == "" && (l.Name == "config" || l.Name == "process-types" || l.Name == "sbom")
		return !slices.Contains(groups, l.Group) || describes || c.isProgram(l)
	})
}

// isProgram reports whether a process of either image starts from the layer of a buildpack: then it is the application,
// compiled (a Go program leaves nothing in its application layer). The layers of a buildpack with a JVM are no application.
func (c *comparison) isProgram(l Layer) bool {
	if l.Group != GroupBuildpacks || l.Buildpack == "" || l.Name == "" {
		return false
	}
	dir := "/layers/" + strings.ReplaceAll(l.Buildpack, "/", "_") + "/" + l.Name + "/" // as the platform specification escapes ids
	found := false
	for _, o := range [...]Origin{c.old.Origin, c.new.Origin} {
		if o.JVM != nil && o.JVM.Buildpack == l.Buildpack {
			return false
		}
		if o.App == nil {
			continue
		}
		found = found || slices.ContainsFunc(o.App.Processes, func(p Process) bool {
			return slices.ContainsFunc(slices.Concat(p.Command, p.Args), func(word string) bool { return strings.HasPrefix(word, dir) })
		})
	}
	return found
}

// unread reports whether what an image tells of something ("buildpacks"; of anything, when that is empty) cannot be read
// whole: what is missing is unknown then, not absent.
func (o Origin) unread(member string) bool {
	return slices.ContainsFunc(o.Problems, func(p Problem) bool {
		if !slices.Contains([]string{labelBuild, labelLifecycle, labelBuilder, "labels"}, p.Label) {
			return false
		}
		verb, _, _ := strings.Cut(p.Text, " ")
		whole := verb == "" || verb == "is" || verb == "has" || verb == "have"
		return whole || strings.HasPrefix(p.Text, member)
	})
}

// lost forgets changes that are none because one image does not tell: what is gone from it, or what came since.
func (c *comparison) lost(member string, change Change) bool {
	return change.How == Removed && c.new.Origin.unread(member) || change.How == Added && c.old.Origin.unread(member)
}

// forget removes the changes since a place in the list that only seem to be some.
func (c *comparison) forget(from int, member string) {
	kept := slices.DeleteFunc(c.list[from:], func(change Change) bool { return c.lost(member, change) })
	c.list = c.list[:from+len(kept)]
}

// untold leaves out buildpacks of which one image tells a version and the other has none: that is no change.
func untold(before, after map[string][]string) {
	for id := range before {
		if old, new := before[id], after[id]; len(old) > 0 && len(new) > 0 && slices.Contains(old, "") != slices.Contains(new, "") {
			delete(before, id)
			delete(after, id)
		}
	}
}
