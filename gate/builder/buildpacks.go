package builder

import "slices"

// Buildpack is one that took part in building an image, or that a builder has.
type Buildpack struct {
	// ID is its name, such as "paketo-buildpacks/bellsoft-liberica".
	ID string
	// Version is as its author writes it, such as "8.7.0"; may be empty.
	Version string
	// Homepage and Name are empty where nobody wrote them down.
	Homepage, Name string
}

// same reports whether two are the same buildpack in the same version.
func (b Buildpack) same(other Buildpack) bool { return b.ID == other.ID && b.Version == other.Version }

// Buildpacks returns the buildpacks that took part in building the image with these labels, in their order; none when
// the image was not made by any, or does not tell.
func Buildpacks(labels map[string]string) []Buildpack {
	var r reading
	found, _ := r.appBuildpacks(labels, r.label(labels, labelBuild).members(), r.label(labels, labelLifecycle).members())
	return found
}

// appBuildpacks reads the buildpacks of an application image. The label on the build tells most; the one on the layers
// is older. unlisted says why there may be others than those found; empty when there are none.
func (r *reading) appBuildpacks(labels map[string]string, build, lifecycle map[string]value) (found []Buildpack, unlisted string) {
	found, unlisted = buildpacks(build["buildpacks"])
	if build == nil && has(labels, labelBuild) {
		unlisted = r.about(labelBuild)
	}
	if len(found) > 0 {
		return found, unlisted
	}
	found, lost := buildpacks(lifecycle["buildpacks"])
	if len(found) == 0 && lost == "" {
		lost = "no label names a buildpack"
	}
	return found, first(unlisted, lost)
}

// about returns the first problem with a label that has not been read any further.
func (r *reading) about(label string) string {
	for _, p := range r.problems {
		if p.Label == label {
			return label + ": " + p.Text
		}
	}
	return label + ": tells nothing"
}

// buildpacks reads a list of buildpacks or extensions. What is none is left out; unlisted says so of the first that is, and
// of a list that cannot be read to its end.
func buildpacks(list value) (found []Buildpack, unlisted string) {
	if !list.there() {
		return nil, ""
	}
	entries, whole := list.entries(maxBuildpacks)
	if !whole {
		unlisted = list.label + ": " + list.path + " cannot be read to its end"
	}
	for _, entry := range entries {
		b, ok := buildpack(entry)
		switch {
		case !ok:
			unlisted = first(unlisted, entry.label+": "+entry.path+" cannot be read")
		case !slices.ContainsFunc(found, b.same):
			found = append(found, b)
		}
	}
	return found, unlisted
}

// buildpack reads one entry of such a list, where a buildpack is named by its id or, among layers, by its key. It has no
// version when that cannot be read.
func buildpack(entry value) (b Buildpack, ok bool) {
	if !entry.there() {
		entry.wrong("a buildpack")
		return b, false
	}
	members := entry.members()
	if members == nil {
		return b, false
	}
	id := members["id"]
	if !id.there() {
		id = members["key"]
	}
	text := id.whole()
	if !isID(text) {
		entry.problem("has no id of a buildpack: %s", inQuotes(text))
		return b, false
	}
	return Buildpack{ID: text, Version: members["version"].version(), Homepage: members["homepage"].text(), Name: members["name"].text()}, true
}
