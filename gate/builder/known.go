package builder

import (
	"bytes"
	_ "embed" // the list
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
	"bootgate/gate/pattern"
	"bootgate/gate/version"

	"github.com/goccy/go-yaml"
	"github.com/google/go-containerregistry/pkg/name"
)

// KnownBad is something that is known to make bad images, in the versions that do. All of Buildpack, Lifecycle and
// Builder that are given must fit.
type KnownBad struct {
	// ID names it, in kebab case.
	ID string `json:"id" jsonschema:"name of the entry, shown with every finding"`
	// Severity is that of the finding; empty means error.
	Severity finding.Severity `json:"severity,omitempty" jsonschema:"error, which is the default, or warning: then the image is booted all the same"`
	// Buildpack took part in building the image, or is in the builder.
	Buildpack *BuildpackRange `json:"buildpack,omitempty" jsonschema:"a buildpack that took part in building the image, or is in the builder"`
	// Lifecycle exported the image, or is in the builder.
	Lifecycle version.Range `json:"lifecycle,omitempty" jsonschema:"versions of the lifecycle, such as 0.21.2; an image has the launcher of the same version"`
	// Builder is the image itself, or the one its provenance names.
	Builder *BuilderRange `json:"builder,omitempty" jsonschema:"a builder image; applications are recognised only where their provenance names it"`
	// JVM is the Java in the image. Beside something else it says whose images are harmed.
	JVM *JVMRange `json:"jvm,omitempty" jsonschema:"the Java in the image; beside another key it says whose images are harmed"`

	// Cause, Remedy and Link say what it does, what to take instead, and where that is known from.
	Cause  string `json:"cause,omitempty" jsonschema:"what is bad about it"`
	Remedy string `json:"remedy,omitempty" jsonschema:"what to take instead"`
	Link   string `json:"link,omitempty" jsonschema:"address to read on at"`
}

// BuildpackRange is a buildpack in some of its versions.
type BuildpackRange struct {
	ID string `json:"id" jsonschema:"id of the buildpack, such as paketo-buildpacks/bellsoft-liberica"`
	// Version is the range; zero stands for all versions.
	Version version.Range `json:"version,omitempty" jsonschema:"its versions, such as >= 8.7.0, < 8.7.1"`
}

// BuilderRange is a builder image in some of its versions.
type BuilderRange struct {
	// Name is a repository. Where it has no registry it is on Docker Hub.
	Name string `json:"name" jsonschema:"repository of the builder, such as paketobuildpacks/builder-jammy-base"`
	// Version is the range that a tag is in; zero stands for all versions.
	Version version.Range `json:"version,omitempty" jsonschema:"its versions, by tag: 0.4.541; -base and the like at their end do not count"`
}

// JVMRange is the Java run-time of some vendors, in some of its versions.
type JVMRange struct {
	// Vendor matches the name or the vendor of the run-time; it does not count where neither is known.
	Vendor pattern.Pattern `json:"vendor,omitempty" jsonschema:"regular expression that the name or vendor of the run-time matches"`
	// Version is the range; zero stands for all versions.
	Version version.JavaRange `json:"version,omitempty" jsonschema:"versions of Java, such as >= 17, < 17.0.9 or 8u302"`
}

//go:embed known_bad.yaml
var knownBadFile []byte

// KnownBadList returns the entries that are built in.
func KnownBadList() []KnownBad { return builtIn() }

// builtIn reads the file once.
var builtIn = sync.OnceValue(func() []KnownBad {
	list, err := parseKnownBad(knownBadFile)
	if err != nil {
		panic("builder: known_bad.yaml: " + err.Error())
	}
	return list
})

// parseKnownBad reads a list of entries from YAML.
func parseKnownBad(text []byte) ([]KnownBad, error) {
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("reading what is known to be bad: %w", err)
	}
	var list []KnownBad
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("reading what is known to be bad: %w", err)
	}
	var errs []error
	for _, p := range checkKnownBad(list) {
		errs = append(errs, fmt.Errorf("%s: %s", strings.Join(p.Path, "."), p.Message))
	}
	return list, errors.Join(errs...)
}

// match is how an entry fits an image.
type match struct {
	// subject is what of the image is bad: "buildpack acme/java 1.2.3". The evidence says where that is written.
	subject  string
	evidence []string
	// spared is the Java that the image is known to have, when that is not harmed; else empty.
	spared string
}

// fit holds an entry against an image, which is called ref.
func (k KnownBad) fit(o Origin, ref string) (match, bool) {
	var found []match
	for _, one := range []struct {
		asked bool
		find  func() (match, bool)
	}{
		{k.Builder != nil, func() (match, bool) { return k.Builder.in(o, ref) }},
		{k.Buildpack != nil, func() (match, bool) { return k.Buildpack.in(o) }},
		{!k.Lifecycle.IsZero(), func() (match, bool) { return lifecycleIn(o, k.Lifecycle) }},
	} {
		if !one.asked {
			continue
		}
		m, ok := one.find()
		if !ok {
			return match{}, false
		}
		found = append(found, m)
	}
	if k.JVM == nil {
		return combined(found), len(found) > 0
	}
	known, has := k.JVM.has(o.JVM)
	if len(found) == 0 {
		return match{subject: "Java " + javaOf(o.JVM), evidence: javaEvidence(o.JVM)}, known && has
	}
	m := combined(found)
	if known {
		m.evidence = append(m.evidence, javaEvidence(o.JVM)...)
		if !has {
			m.spared = javaOf(o.JVM)
		}
	}
	return m, true
}

// combined makes one match of several parts.
func combined(found []match) match {
	var all match
	var subjects []string
	for _, m := range found {
		subjects = append(subjects, m.subject)
		all.evidence = append(all.evidence, m.evidence...)
	}
	all.subject = strings.Join(subjects, " and ")
	return all
}

// in looks for the buildpack in an image.
func (b BuildpackRange) in(o Origin) (match, bool) {
	fits := func(p Buildpack) bool { return p.ID == b.ID && (b.Version.IsZero() || b.Version.Has(p.Version)) }
	list, label, _ := buildpacksOf(o)
	i := slices.IndexFunc(list, fits)
	if i < 0 {
		return match{}, false
	}
	subject := strings.TrimSpace("buildpack " + list[i].ID + " " + list[i].Version)
	return match{subject: subject, evidence: []string{label + ": " + subject}}, true
}

// buildpacksOf returns the buildpacks and extensions of an image, the label that names them, and why there may be others;
// unlisted is empty when these are all.
func buildpacksOf(o Origin) (list []Buildpack, label, unlisted string) {
	switch {
	case o.App != nil:
		return slices.Concat(o.App.Buildpacks, o.App.Extensions), labelBuild, o.App.Unlisted
	case o.Builder != nil:
		return slices.Concat(o.Builder.Buildpacks, o.Builder.Extensions), labelBuilder, o.Builder.Unlisted
	}
	return nil, "", ""
}

// lifecycleOf returns the version of the lifecycle that an image was exported by or that is in it, and what tells so;
// version is empty when nothing does.
func lifecycleOf(o Origin) (version, evidence string) {
	switch {
	case o.App != nil && o.App.Launcher.Version != "":
		v := o.App.Launcher.Version
		return v, labelBuild + ": launcher " + v + " (the lifecycle that exported the image has the same version)"
	case o.Builder != nil && o.Builder.Lifecycle.Version != "":
		v := o.Builder.Lifecycle.Version
		return v, labelBuilder + ": lifecycle " + v
	}
	return "", ""
}

// lifecycleIn looks for a lifecycle of the range.
func lifecycleIn(o Origin, r version.Range) (match, bool) {
	v, evidence := lifecycleOf(o)
	if v == "" || !r.Has(v) {
		return match{}, false
	}
	return match{subject: "lifecycle " + v, evidence: []string{evidence}}, true
}

// in looks for the builder: the image itself, or the one that its provenance names.
func (b BuilderRange) in(o Origin, ref string) (match, bool) {
	for _, known := range buildersOf(o, ref) {
		if repository, ok := repositoryOf(b.Name); !ok || repository != known.repository {
			continue
		}
		if b.Version.IsZero() || b.Version.Has(known.version) {
			return match{subject: strings.TrimSpace("builder " + known.shown + " " + known.version), evidence: []string{known.evidence}}, true
		}
	}
	return match{}, false
}

// namedBuilder is a builder that is known by its name.
type namedBuilder struct {
	// repository is its full name, shown its familiar one; version is that of its tag, empty without one.
	repository, shown, version string
	evidence                   string
}

// buildersOf returns the builders an image is known to be, or to be built by. What is only possible is not known.
func buildersOf(o Origin, ref string) []namedBuilder {
	var all []namedBuilder
	add := func(ref, evidence string) {
		repository, tag := splitTag(ref)
		full, ok := repositoryOf(repository)
		if !ok {
			return
		}
		shown := strings.TrimPrefix(strings.TrimPrefix(full, name.DefaultRegistry+"/"), "library/")
		all = append(all, namedBuilder{repository: full, shown: shown, version: variant.ReplaceAllString(tag, ""), evidence: evidence})
	}
	if o.Builder != nil {
		add(ref, "the image is called "+ref)
	}
	if o.App != nil {
		for _, guess := range o.App.Builders {
			if guess.Sure == "certain" {
				add(guess.Name, guess.Why)
			}
		}
	}
	return all
}

// splitTag returns a reference without tag and digest, and its tag; empty when it has none.
func splitTag(ref string) (repository, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndex(ref, ":"); i > strings.LastIndex(ref, "/") {
		return ref[:i], ref[i+1:]
	}
	return ref, ""
}

// variant is what Paketo's builders had after the version in their tags: 0.1.174-base.
var variant = lazyregexp.MustCompile(`-(buildpackless-)?(base|full|tiny)$`)

// repositoryOf returns the full name of a repository.
func repositoryOf(text string) (string, bool) {
	repo, err := name.NewRepository(text)
	if err != nil {
		return "", false
	}
	return repo.Name(), true
}

// has reports whether a Java is one of these; known is false when that cannot be told.
func (r JVMRange) has(jvm *JVM) (known, has bool) {
	if jvm == nil {
		return false, false
	}
	if vendor := strings.TrimSpace(jvm.Vendor + " " + jvm.Name); !r.Vendor.IsZero() && vendor != "" && !r.Vendor.MatchString(vendor) {
		return true, false
	}
	if r.Version.IsZero() {
		return true, true
	}
	v, ok := version.ParseJava(jvm.Version)
	return ok, ok && r.Version.Has(v)
}

// javaOf names a Java: "11.0.16 (BellSoft Liberica JRE)".
func javaOf(jvm *JVM) string {
	if jvm == nil {
		return ""
	}
	if jvm.Name == "" {
		return jvm.Version
	}
	return jvm.Version + " (" + jvm.Name + ")"
}

func javaEvidence(jvm *JVM) []string {
	if jvm == nil {
		return nil
	}
	return []string{jvm.Where + ": Java " + javaOf(jvm)}
}
