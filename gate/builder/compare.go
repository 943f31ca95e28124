package builder

import (
	"cmp"
	"slices"
	"strings"
)

// Side is one of two images that are compared: what it tells of how it was made, and what else is written on it.
type Side struct {
	Origin Origin
	// Platform is os/arch[/variant].
	Platform string
	// Env holds NAME=VALUE.
	Env             []string
	Entrypoint, Cmd []string
	User, WorkDir   string
	StopSignal      string
	// Healthcheck is its command; nil without one.
	Healthcheck []string
	// Ports are such as "8080/tcp".
	Ports  []string
	Labels map[string]string
	// Size is that of the whole image in bytes; 0 when it is unknown, or was counted in another way than the other's.
	Size int64
}

// maxChanges is how many changes are listed. Two images that have so many in common as no two builds have can still
// differ in thousands of labels.
const maxChanges = 1000

// Compare says what changed from the old image to the new one, the most telling first. Of two images that are the same
// it says nothing; and what it says is the reverse when they are swapped. Values that are secret do not occur in it.
func Compare(old, new Side) Changes {
	c := comparison{old: old, new: new}
	c.builders = old.Origin.Builder != nil && new.Origin.Builder != nil
	c.jvm()
	c.made()
	c.bases()
	c.settings()
	c.labels()
	application := c.application()
	c.layers(application)
	slices.SortStableFunc(c.list, inOrder)
	changes := Changes{
		List: c.list, Application: application, Sizes: c.sizes(),
		Apps: old.Origin.App != nil && new.Origin.App != nil, Builders: c.builders,
	}
	changes.Builder, changes.Unlike = c.builderIs(changes), c.unlike()
	if more := len(changes.List) - maxChanges; more > 0 {
		changes.List, changes.More = changes.List[:maxChanges], more
	}
	return changes
}

// comparison collects what differs between two images.
type comparison struct {
	old, new Side
	builders bool
	list     []Change
}

// add notes a change. Whatever it says goes through here, without its secrets.
func (c *comparison) add(change Change) {
	change.Old, change.New = shortened(veiled(change.Old, change.New))
	change.Name, change.Where = cut(shown(change.Name, maxVeiled)), cut(shown(change.Where, maxVeiled))
	c.list = append(c.list, change)
}

// inOrder sorts by what is most telling: the part, within it what has no name of its own (the run image before its
// distribution), the way it changed, the name.
func inOrder(a, b Change) int {
	return cmp.Or(
		slices.Index(parts, a.Part)-slices.Index(parts, b.Part),
		min(1, len(a.Name))-min(1, len(b.Name)),
		slices.Index(ways, a.How)-slices.Index(ways, b.How),
		cmp.Compare(a.Name, b.Name), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New),
	)
}

var (
	parts = []Part{
		PartJVM, PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency, PartRunImage, PartLayer, PartBase, PartMaker,
		PartJVMFlag, PartEnvironment, PartEntrypoint, PartProcess, PartUser, PartPort, PartLabel, PartPlatform, PartOrder, PartAPI, PartOther,
	}
	// ways begin with the one that nobody means to go.
	ways = []How{Down, Up, Changed, Removed, Added}
)

// text compares two texts, of which the empty one is none.
func (c *comparison) text(part Part, name, old, new string) {
	if old == new {
		return
	}
	c.add(Change{Part: part, Name: name, How: presence(old, new), Old: old, New: new})
}

// presence is how a value changed that was not there, or is not there any more, when it is empty.
func presence(old, new string) How {
	switch {
	case old == "":
		return Added
	case new == "":
		return Removed
	}
	return Changed
}

// version compares two versions, of which the empty one is none.
func (c *comparison) version(part Part, name, old, new string) {
	if old == new {
		return
	}
	change := Change{Part: part, Name: name, How: presence(old, new), Old: old, New: new}
	if change.How == Changed {
		change.How, change.Major = compareVersions(old, new)
	}
	c.add(change)
}

// set compares two sets of texts. Each that only one of them has becomes a change, of which describe gives the name and
// the value.
func (c *comparison) set(part Part, old, new []string, describe func(text string) (name, value string)) {
	had, has := members(old), members(new)
	for _, text := range distinct(old) {
		if !has[text] {
			name, value := describe(text)
			c.add(Change{Part: part, Name: name, How: Removed, Old: value})
		}
	}
	for _, text := range distinct(new) {
		if !had[text] {
			name, value := describe(text)
			c.add(Change{Part: part, Name: name, How: Added, New: value})
		}
	}
}

func members(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, item := range list {
		set[item] = true
	}
	return set
}

// distinct returns the elements of a list, each once, in their order.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	var out []string
	for _, item := range list {
		if !seen[item] {
			seen[item] = true
			out = append(out, item)
		}
	}
	return out
}

// maxShown is how long a value or a name can be that is shown whole, in bytes.
const maxShown = 240

// shortened cuts two long values so that the first place where they differ is still seen.
func shortened(old, new string) (string, string) {
	if len(old) <= maxShown && len(new) <= maxShown {
		return old, new
	}
	from := 0
	for from < len(old) && from < len(new) && old[from] == new[from] {
		from++
	}
	if from -= maxShown / 4; from < maxShown/2 {
		from = 0
	}
	return window(old, from), window(new, from)
}

// window is the part of a text from a place on, at most maxShown bytes of it.
func window(text string, from int) string {
	if len(text) <= maxShown {
		return text
	}
	from = min(from, len(text)-maxShown)
	part := strings.ToValidUTF8(text[from:min(len(text), from+maxShown)], "")
	if from > 0 {
		part = "…" + part
	}
	if from+maxShown < len(text) {
		part += "…"
	}
	return part
}

func cut(text string) string { return window(text, 0) }
