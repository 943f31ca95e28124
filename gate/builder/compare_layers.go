package builder

import (
	"slices"
	"strings"
)

// application says whether the layers of the application are the same: in the label they stand by their diff IDs.
// Without labels, two images that have all layers in common have those of the application in common, too.
func (c *comparison) application() Sameness {
	if c.builders {
		return Unknown
	}
	old, new := c.applicationLayers(c.old), c.applicationLayers(c.new)
	if len(old) == 0 || len(new) == 0 {
		if before, after := diffIDs(c.old.Origin.Layers), diffIDs(c.new.Origin.Layers); before != nil && slices.Equal(before, after) {
			return Same
		}
		return Unknown
	}
	if slices.Equal(old, new) {
		return Same
	}
	return Different
}

// applicationLayers returns the diff IDs of an application's layers, sorted, with those of buildpacks that hold its program;
// nil when any is not told.
func (c *comparison) applicationLayers(side Side) []string {
	ids := diffIDs(slices.DeleteFunc(slices.Clone(side.Origin.Layers), func(l Layer) bool {
		return l.Group != GroupApplication && !c.isProgram(l)
	}))
	slices.Sort(ids)
	return ids
}

// diffIDs returns those of all layers; nil when any is unknown.
func diffIDs(layers []Layer) []string {
	var all []string
	for _, layer := range layers {
		if layer.DiffID == "" {
			return nil
		}
		all = append(all, layer.DiffID)
	}
	return all
}

// sizes compares the layers group by group, and the whole.
func (c *comparison) sizes() []SizeChange {
	old, new := grouped(c.old.Origin.Layers), grouped(c.new.Origin.Layers)
	var all []SizeChange
	for _, group := range []Group{GroupApplication, GroupBuildpacks, GroupRunImage, GroupOther} {
		a, b := old[group], new[group]
		if len(a) == 0 && len(b) == 0 {
			continue
		}
		all = append(all, SizeChange{Group: group, Old: weight(a), New: weight(b), Layers: sameLayers(a, b), Which: differing(a, b)})
	}
	if c.old.Size > 0 && c.new.Size > 0 {
		layers := sameLayers(c.old.Origin.Layers, c.new.Origin.Layers)
		all = append(all, SizeChange{Group: GroupImage, Old: c.old.Size, New: c.new.Size, Layers: layers})
	}
	return all
}

// maxWhich is how many layers of a group are named.
const maxWhich = 20

// differing names the layers that are not in both lists.
func differing(old, new []Layer) []string {
	had, has := members(diffIDs(old)), members(diffIDs(new))
	var which []string
	for i, layer := range slices.Concat(old, new) {
		others := has
		if i >= len(old) {
			others = had
		}
		if name := joined(layer.Buildpack, layer.Name); name != "" && !others[layer.DiffID] {
			which = append(which, cut(name))
		}
	}
	slices.Sort(which)
	which = slices.Compact(which)
	return which[:min(len(which), maxWhich)]
}

func grouped(layers []Layer) map[Group][]Layer {
	groups := map[Group][]Layer{}
	for _, layer := range layers {
		group := layer.Group
		if !slices.Contains([]Group{GroupApplication, GroupBuildpacks, GroupRunImage}, group) {
			group = GroupOther
		}
		groups[group] = append(groups[group], layer)
	}
	return groups
}

// weight sums up sizes; -1 when any is unknown.
func weight(layers []Layer) int64 {
	sum := int64(0)
	for _, layer := range layers {
		if layer.Size <= 0 {
			return -1
		}
		sum += layer.Size
	}
	return sum
}

// sameLayers compares by diff IDs: the same layer may be compressed in two ways.
func sameLayers(old, new []Layer) Sameness {
	a, b := diffIDs(old), diffIDs(new)
	switch {
	case len(a) < len(old) || len(b) < len(new) || len(old)+len(new) == 0:
		return Unknown
	case slices.Equal(a, b):
		return Same
	}
	return Different
}

// isRead reports whether a label is compared by what it says. Those that come with the run image follow it, where that
// changed.
func (c *comparison) isRead(name string) bool {
	switch {
	case slices.Contains(readLabels, name):
		return true
	case slices.Contains(readLabelsOfApps, name):
		return c.old.Origin.App != nil && c.new.Origin.App != nil
	case name == labelBaseName, name == labelBaseDigest:
		return c.old.Origin.App == nil && c.new.Origin.App == nil
	case strings.HasPrefix(name, labelPrefixBase), strings.HasPrefix(name, labelPrefixStack):
		return slices.ContainsFunc(c.list, func(change Change) bool { return change.Part == PartRunImage })
	}
	return false
}

// What an Origin is read from, of all images, and of those that buildpacks made.
var (
	readLabels = []string{
		labelBuild, labelLifecycle, labelProject, labelRebasable, labelStackID, labelBaseID, labelDistroName, labelDistroVersion,
		labelBuilder, labelLayers, labelExtensionLayers, labelOrder, labelOrderExtensions, labelBuildpackage, labelLifecycleVersion, labelLifecycleAPIs,
	}
	readLabelsOfApps = []string{labelTitle, labelVersion, labelSpringBoot}
)

// What the labels begin with that come with a run image.
const (
	labelPrefixBase  = "io.buildpacks.base."
	labelPrefixStack = "io.buildpacks.stack."
)
