package builder

import (
	"encoding/json"
	"slices"

	"bootgate/gate/lazyregexp"
)

// Buildpack is one that took part in building an image, or that a builder has.
type Buildpack struct {
	// ID is its name, such as "paketo-buildpacks/bellsoft-liberica".
	ID string
	// Version is as its author writes it, such as "8.7.0"; may be empty.
	Version string
	// Homepage and Name are empty where nobody wrote them down.
	Homepage, Name string
}

// Bounds on what is read. Real labels reach half a megabyte, and real images some twenty buildpacks.
const (
	maxLabel      = 2 << 20 // bytes
	maxBuildpacks = 256
)

// A buildpack's id holds letters, digits and . / - (buildpack.md); its version is one of semantic versioning, or of its
// author's own.
var (
	buildpackID      = lazyregexp.MustCompile(`^[A-Za-z0-9./_-]{1,200}$`)
	buildpackVersion = lazyregexp.MustCompile(`^[A-Za-z0-9.+_-]{0,100}$`)
)

// Buildpacks returns the buildpacks that took part in building the image with these labels, in their order; none when
// the image was not made by any, or does not tell.
func Buildpacks(labels map[string]string) []Buildpack {
	for _, name := range []string{labelBuild, labelLifecycle} {
		if found := buildpacksIn(labels[name]); len(found) > 0 {
			return found
		}
	}
	return nil
}

// buildpacksIn reads the list under "buildpacks" of a label. What is not as it should be is passed over.
func buildpacksIn(label string) []Buildpack {
	if label == "" || len(label) > maxLabel {
		return nil
	}
	var metadata struct {
		Buildpacks []json.RawMessage `json:"buildpacks"`
	}
	if json.Unmarshal([]byte(label), &metadata) != nil {
		return nil
	}
	var found []Buildpack
	for _, raw := range metadata.Buildpacks[:min(len(metadata.Buildpacks), maxBuildpacks)] {
		var entry struct {
			ID      string `json:"id"`
			Key     string `json:"key"`
			Version string `json:"version"`
		}
		if json.Unmarshal(raw, &entry) != nil {
			continue
		}
		b := Buildpack{ID: entry.ID, Version: entry.Version}
		if b.ID == "" {
			b.ID = entry.Key
		}
		if buildpackID.MatchString(b.ID) && buildpackVersion.MatchString(b.Version) && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	return found
}
