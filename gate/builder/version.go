package builder

import (
	"bootgate/gate/version"

	goversion "github.com/hashicorp/go-version"
)

// maxVersion is how long a version can be that is compared, in bytes. A longer one is no version.
const maxVersion = 100

// compareVersions says how new differs from old, and whether their first numbers do. Two versions that are not both
// numbers with dots, as semantic versioning has them, are Changed: nobody knows which is newer. So are two that differ
// only in what does not count, such as build metadata.
func compareVersions(old, new string) (how How, major bool) {
	a, b := numbered(old), numbered(new)
	if a == nil || b == nil {
		return Changed, false
	}
	return direction(b.Compare(a)), a.Segments64()[0] != b.Segments64()[0]
}

// numbered reads a version; nil when it is none.
func numbered(text string) *goversion.Version {
	if len(text) > maxVersion {
		return nil
	}
	v, err := goversion.NewSemver(text)
	if err != nil {
		return nil
	}
	return v
}

// direction is how a comparison of the new with the old came out.
func direction(order int) How {
	switch {
	case order > 0:
		return Up
	case order < 0:
		return Down
	}
	return Changed
}

// compareJava is compareVersions for Java. same is set for one version written in two ways.
func compareJava(old, new string) (how How, major, same bool) {
	a, okA := version.ParseJava(old)
	b, okB := version.ParseJava(new)
	if !okA || !okB {
		return Changed, false, old == new
	}
	return direction(b.Compare(a)), a.Feature() != b.Feature(), a.Equal(b)
}
