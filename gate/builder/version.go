package builder

import (
	"strconv"
	"strings"

	version "github.com/hashicorp/go-version"
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
func numbered(text string) *version.Version {
	if len(text) > maxVersion {
		return nil
	}
	v, err := version.NewSemver(text)
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

// javaVersion is the version of a Java run-time, whichever way its vendor writes it.
type javaVersion struct {
	core *version.Version
	// build is the number after the plus sign, or -1; rest is what follows it, such as "LTS".
	build int64
	rest  string
}

// parseJava reads 8u302-b08, 1.8.0_302, 8.0.302+8, 21.0.9+10-LTS and 25-ea. The scheme since Java 10 is that of
// java.lang.Runtime.Version; the ones before are that of "JDK Release Names" and its updates.
func parseJava(text string) (javaVersion, bool) {
	if len(text) > maxVersion {
		return javaVersion{}, false
	}
	text = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(text), "jdk"), "-")
	if rest, ok := strings.CutPrefix(text, "1."); ok {
		text = rest
	}
	feature := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if strings.HasPrefix(text[feature:], "u") {
		text = text[:feature] + ".0." + text[feature+1:]
	}
	text = strings.Replace(text, "_", ".", 1)
	if before, build, ok := strings.Cut(text, "-b"); ok && build != "" && build[0] >= '0' && build[0] <= '9' {
		text = before + "+" + build
	}
	core, build, hasBuild := strings.Cut(text, "+")
	v := javaVersion{build: -1}
	if before, ok := strings.CutSuffix(core, "-lts"); ok {
		core, v.rest = before, "lts"
	}
	if v.core = numbered(core); v.core == nil || strings.HasPrefix(core, "v") {
		return v, false
	}
	if !hasBuild {
		return v, true
	}
	number, rest, _ := strings.Cut(build, "-")
	n, err := strconv.ParseInt(number, 10, 63)
	if err != nil || n < 0 {
		return v, false
	}
	v.build, v.rest = n, rest
	return v, true
}

// compareJava is compareVersions for Java. same is set for one version written in two ways.
func compareJava(old, new string) (how How, major, same bool) {
	a, okA := parseJava(old)
	b, okB := parseJava(new)
	if !okA || !okB {
		return Changed, false, old == new
	}
	major = a.core.Segments64()[0] != b.core.Segments64()[0]
	switch order := b.core.Compare(a.core); {
	case order != 0:
		return direction(order), major, false
	case a.build >= 0 && b.build >= 0 && a.build != b.build:
		return direction(int(max(-1, min(1, b.build-a.build)))), major, false
	}
	return Changed, major, a.build == b.build && a.rest == b.rest
}
