package builder

import (
	"maps"
	"slices"
)

// Unmet returns the ids of buildpacks in Versions that none of the images has, which may be mistyped, and the ids that they
// do have. It returns none where that cannot be said: no image was made by buildpacks, or one does not tell all of them.
func (r Rules) Unmet(images []Origin) (unmet, have []string) {
	known := map[string]bool{}
	for _, o := range images {
		list, _, unlisted := buildpacksOf(o)
		if unlisted != "" {
			return nil, nil
		}
		for _, b := range list {
			known[b.ID] = true
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(r.Versions)) {
		if key != keyBuilder && key != keyLifecycle && !known[key] {
			unmet = append(unmet, key)
		}
	}
	return unmet, slices.Sorted(maps.Keys(known))
}
