package builder

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// installations are the versions of what buildpacks installed, by its name.
type installations struct {
	order    []string
	versions map[string][]string
}

// maxInstalled is how many layers are asked for it.
const maxInstalled = 1000

// installed reads what the layers of buildpacks say about the dependency in them, which is how Paketo's and those made
// with its libraries write it: {"dependency":{"id","name","version"}}.
func (c *comparison) installed(jvm *JVM, layers []Layer) installations {
	found := installations{versions: map[string][]string{}}
	for _, layer := range layers[:min(len(layers), maxInstalled)] {
		var data struct {
			Dependency struct {
				ID      string `json:"id"`
				Name    string `json:"name"`
				Version string `json:"version"`
			} `json:"dependency"`
		}
		if len(layer.Data) == 0 || json.Unmarshal(layer.Data, &data) != nil || data.Dependency.Version == "" {
			continue
		}
		d := data.Dependency
		if jvm != nil && jvm.Buildpack == layer.Buildpack && jvm.Version == d.Version {
			continue // it has a change of its own
		}
		name := d.Name
		if name == "" {
			name = layer.Buildpack + " " + d.ID
		}
		if found.versions[name] == nil {
			found.order = append(found.order, name)
		}
		if !slices.Contains(found.versions[name], d.Version) {
			found.versions[name] = append(found.versions[name], d.Version)
		}
	}
	return found
}

// processes compares the ways to start an application, and which is the default.
func (c *comparison) processes(old, new App) {
	from := len(c.list)
	before, after := processesByType(old.Processes), processesByType(new.Processes)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if p, ok := after[name]; !ok || p != before[name] {
			c.text(PartProcess, name, before[name], p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[name]; !ok {
			c.text(PartProcess, name, "", after[name])
		}
	}
	if c.old.Origin.App != nil && c.new.Origin.App != nil {
		c.text(PartProcess, "", old.DefaultProcess, new.DefaultProcess)
	}
	c.forget(from, "processes")
}

// processesByType describes each process in one line. The first of a type counts.
func processesByType(list []Process) map[string]string {
	all := map[string]string{}
	for _, p := range list {
		if _, ok := all[p.Type]; ok {
			continue
		}
		text := commandLine(slices.Concat(p.Command, p.Args))
		if !p.Direct {
			text += " (in a shell)"
		}
		if p.WorkDir != "" {
			text += " (in " + p.WorkDir + ")"
		}
		all[p.Type] = text
	}
	return all
}

// source compares what applications were built from.
func (c *comparison) source(old, new *Source) {
	if old == nil || new == nil {
		return // that one does not tell is no difference between the two
	}
	c.text(PartOther, "source", old.Type, new.Type)
	c.texts(PartOther, "source ", old.Version, new.Version)
	c.texts(PartOther, "source ", old.Metadata, new.Metadata)
}

// texts compares the values of two maps.
func (c *comparison) texts(part Part, prefix string, old, new map[string]string) {
	for _, key := range union(old, new) {
		before, had := old[key]
		after, has := new[key]
		if had == has && before == after {
			continue
		}
		change := Change{Part: part, Name: prefix + key, How: Changed}
		change.Old, change.New = named(key, before, after)
		switch {
		case !had:
			change.How = Added
		case !has:
			change.How = Removed
		}
		c.add(change)
	}
}

// union returns the keys of two maps, sorted.
func union(a, b map[string]string) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// builder compares two builders, or the lifecycles alone.
func (c *comparison) builder() {
	var old, new Builder
	if b := c.old.Origin.Builder; b != nil {
		old = *b
	}
	if b := c.new.Origin.Builder; b != nil {
		new = *b
	}
	if l := c.old.Origin.Lifecycle; l != nil {
		old.Lifecycle = *l
	}
	if l := c.new.Origin.Lifecycle; l != nil {
		new.Lifecycle = *l
	}
	c.version(PartLifecycle, "", old.Lifecycle.Version, new.Lifecycle.Version)
	c.order("", old.Order, new.Order)
	c.order("extensions", old.OrderExtensions, new.OrderExtensions)
	c.apis("platform ", old.Lifecycle.PlatformAPIs, old.Lifecycle.PlatformDeprecated, new.Lifecycle.PlatformAPIs, new.Lifecycle.PlatformDeprecated)
	c.apis("buildpack ", old.Lifecycle.BuildpackAPIs, old.Lifecycle.BuildpackDeprecated, new.Lifecycle.BuildpackAPIs, new.Lifecycle.BuildpackDeprecated)
	before, after := offers(old.RunImages), offers(new.RunImages)
	delete(before, c.offered())
	delete(after, c.offered())
	c.texts(PartRunImage, "", before, after)
	c.text(PartOther, "stack", old.Stack, new.Stack)
	c.text(PartOther, "description", old.Description, new.Description)
	if old.CreatedBy == new.CreatedBy {
		c.version(PartOther, "created by "+new.CreatedBy, old.CreatedByVersion, new.CreatedByVersion)
	} else {
		c.text(PartOther, "created by", joined(old.CreatedBy, old.CreatedByVersion), joined(new.CreatedBy, new.CreatedByVersion))
	}
}

// offers are the run images of a builder, with their mirrors.
func offers(list []RunImageOffer) map[string]string {
	all := map[string]string{}
	for _, offer := range list {
		all[offer.Image] = strings.Join(offer.Mirrors, ", ")
	}
	return all
}

// apis compares which versions of an API a lifecycle speaks.
func (c *comparison) apis(name string, old, oldDeprecated, new, newDeprecated []string) {
	states := func(supported, deprecated []string) map[string]string {
		all := map[string]string{}
		for _, v := range supported {
			all[v] = "supported"
		}
		for _, v := range deprecated {
			all[v] = "deprecated"
		}
		return all
	}
	c.texts(PartAPI, name, states(old, oldDeprecated), states(new, newDeprecated))
}

// order compares the groups that a builder tries. Versions in them follow the buildpacks; they count where those say
// nothing.
func (c *comparison) order(name string, old, new [][]OrderEntry) {
	before, after := groups(old, false), groups(new, false)
	c.set(PartOrder, before, after, func(group string) (string, string) { return joined(name, "group"), group })
	c.sequence(joined(name, "groups"), before, after)
	told := func(change Change) bool { return change.Part == PartBuildpack || change.Part == PartExtension }
	if !slices.Equal(before, after) || slices.ContainsFunc(c.list, told) {
		return
	}
	before, after = groups(old, true), groups(new, true)
	c.set(PartOrder, before, after, func(group string) (string, string) { return joined(name, "group"), group })
}

// groups describes each group in one line.
func groups(order [][]OrderEntry, versions bool) []string {
	out := make([]string, 0, len(order))
	for _, group := range order {
		var entries []string
		for _, e := range group {
			text := e.ID
			if versions && e.Version != "" {
				text += "@" + e.Version
			}
			if e.Optional {
				text += " (optional)"
			}
			entries = append(entries, text)
		}
		out = append(out, strings.Join(entries, ", "))
	}
	return out
}
