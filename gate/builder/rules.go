package builder

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
	"bootgate/gate/version"

	"github.com/google/go-containerregistry/pkg/name"
)

// Rules is the section builder: of gate.yaml: what images must not be made with. The zero value adds nothing to what is
// known to be bad anyway.
type Rules struct {
	// Versions are the versions that are allowed.
	Versions Versions `json:"versions,omitempty" jsonschema:"versions that are allowed: of the builder, or by the id of a buildpack, lifecycle and builder"`
	// KnownBad are entries of the user's own. They stand beside the built-in ones and replace none.
	KnownBad []KnownBad `json:"known-bad,omitempty" jsonschema:"what is known to make bad images, beside what the gate knows itself"`
}

// Versions are ranges by what they are about: keyLifecycle, keyBuilder, or the id of a buildpack. In YAML a lone range is
// one of the builder.
type Versions map[string]version.Range

// The keys of Versions that are no ids of buildpacks.
const (
	keyBuilder   = "builder"
	keyLifecycle = "lifecycle"
)

// UnmarshalText reads a range of versions of the builder.
func (v *Versions) UnmarshalText(text []byte) error {
	r, err := version.ParseRange(string(text))
	if err != nil {
		return err
	}
	*v = Versions{keyBuilder: r}
	return nil
}

// Mistake is a setting that can be read but makes no sense.
type Mistake struct {
	// Path leads to what is at fault: keys, and positions in lists counted from 0.
	Path    []string
	Message string
}

// Check returns everything about the section that makes no sense, in its order.
func (r Rules) Check() []Mistake {
	var mistakes []Mistake
	for _, key := range slices.Sorted(maps.Keys(r.Versions)) {
		// An id has its author's name in it: paketo-buildpacks/java, google.java.runtime.
		if key != keyBuilder && key != keyLifecycle && (!isID(key) || !strings.ContainsAny(key, "/.")) {
			mistakes = append(mistakes, Mistake{[]string{"versions", key}, fmt.Sprintf("%q is not the id of a buildpack: write it as paketo-buildpacks/bellsoft-liberica", key)})
		}
	}
	for _, p := range checkKnownBad(r.KnownBad) {
		mistakes = append(mistakes, Mistake{append([]string{"known-bad"}, p.Path...), p.Message})
	}
	for i, k := range r.KnownBad {
		if slices.ContainsFunc(KnownBadList(), func(own KnownBad) bool { return own.ID == k.ID }) {
			mistakes = append(mistakes, Mistake{[]string{"known-bad", strconv.Itoa(i), "id"},
				fmt.Sprintf("%q is in the gate's own list: an entry of that is set aside under suppress, and not replaced", k.ID)})
		}
	}
	return mistakes
}

// entryID is what an entry can be called.
var entryID = lazyregexp.MustCompile(`^[a-z0-9]([.-]?[a-z0-9]){0,62}$`)

// checkKnownBad checks a list of entries. Paths begin with the position of the entry.
func checkKnownBad(list []KnownBad) []Mistake {
	var mistakes []Mistake
	seen := map[string]bool{}
	for i, k := range list {
		add := func(format string, args []any, path ...string) {
			mistakes = append(mistakes, Mistake{append([]string{strconv.Itoa(i)}, path...), fmt.Sprintf(format, args...)})
		}
		switch {
		case !entryID.MatchString(k.ID):
			add("%q is not an id: write up to 63 lower-case letters, digits, single dots and dashes", []any{k.ID}, "id")
		case seen[k.ID]:
			add("two entries have the id %q", []any{k.ID}, "id")
		}
		seen[k.ID] = true
		k.check(add)
	}
	return mistakes
}

func (k KnownBad) check(add func(format string, args []any, path ...string)) {
	if k.Buildpack == nil && k.Lifecycle.IsZero() && k.Builder == nil && k.JVM == nil {
		add("%q is about nothing: give it a buildpack, lifecycle, builder or jvm", []any{k.ID})
	}
	if !slices.Contains([]finding.Severity{"", finding.Error, finding.Warning}, k.Severity) {
		add("%q is not known here: write error or warning", []any{string(k.Severity)}, "severity")
	}
	if b := k.Buildpack; b != nil && !isID(b.ID) {
		add("%q is not the id of a buildpack: write it as paketo-buildpacks/bellsoft-liberica", []any{b.ID}, "buildpack", "id")
	}
	if b := k.Builder; b != nil {
		if _, err := name.NewRepository(b.Name); err != nil {
			add("%q is not a repository: write it as paketobuildpacks/builder-jammy-base, without a tag", []any{b.Name}, "builder", "name")
		}
	}
	if k.JVM != nil && k.JVM.Vendor.IsZero() && k.JVM.Version.IsZero() {
		add("it needs a vendor or a version", nil, "jvm")
	}
	if strings.TrimSpace(k.Cause+k.Remedy+k.Link) == "" {
		add("%q says nothing: give it a cause, a remedy or a link", []any{k.ID})
	}
	if u, err := url.Parse(k.Link); k.Link != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		add("%q is not an address: write it as https://…", []any{k.Link}, "link")
	}
}
