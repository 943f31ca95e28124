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
	return r.appBuildpacks(r.label(labels, labelBuild).members(), r.label(labels, labelLifecycle).members())
}

// appBuildpacks reads the buildpacks of an application image. The label on the build tells most; the one on the layers
// is older.
func (r *reading) appBuildpacks(build, lifecycle map[string]value) []Buildpack {
	if found := buildpacks(build["buildpacks"]); len(found) > 0 {
		return found
	}
	return buildpacks(lifecycle["buildpacks"])
}

// buildpacks reads a list of buildpacks or extensions. What is none is left out.
func buildpacks(list value) []Buildpack {
	var found []Buildpack
	for _, entry := range list.list(maxBuildpacks) {
		if b, ok := buildpack(entry); ok && !slices.ContainsFunc(found, b.same) {
			found = append(found, b)
		}
	}
	return found
}

// buildpack reads one entry of such a list, where a buildpack is named by its id or, among layers, by its key.
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
	b = Buildpack{ID: text}
	version := members["version"]
	if text := version.whole(); isVersion(text) {
		b.Version = text
	} else {
		version.problem("is no version: %s; %s is left out", inQuotes(text), b.ID)
		return b, false
	}
	b.Homepage, b.Name = members["homepage"].text(), members["name"].text()
	return b, true
}
