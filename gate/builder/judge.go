package builder

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/version"
)

// Judge returns what can be said against an image by what it tells of its origin, before it runs: what is known to be bad,
// and versions that are not allowed. ref is the image's own reference, by which a builder image is known.
func (r Rules) Judge(o Origin, ref string) []finding.Finding {
	var findings []finding.Finding
	for _, k := range slices.Concat(r.KnownBad, KnownBadList()) {
		if m, ok := k.fit(o, ref); ok {
			findings = append(findings, k.finding(m, o))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Versions)) {
		findings = append(findings, judgeVersions(key, r.Versions[key], o, ref)...)
	}
	if f, ok := judgeLabels(o); ok {
		findings = append(findings, f)
	}
	slices.SortStableFunc(findings, finding.Compare)
	return findings
}

// finding says that an entry fits an image.
func (k KnownBad) finding(m match, o Origin) finding.Finding {
	f := finding.New("builder-known-bad", fmt.Sprintf("The image %s, which is known to be bad.", k.tie(m, o)))
	f.Evidence, f.Severity = evidenced(m.evidence), cmp.Or(k.Severity, f.Severity)
	f.Cause, f.Remedy = k.Cause, cmp.Or(k.Remedy, f.Remedy)
	f.Known = &finding.Known{ID: k.ID, Link: k.Link}
	if m.spared != "" {
		f.Severity = finding.Note
		f.Message = fmt.Sprintf("The image %s, which is bad for others: it has Java %s, which is not harmed.", k.tie(m, o), m.spared)
	}
	return f
}

// tie says what a bad thing has to do with the image.
func (k KnownBad) tie(m match, o Origin) string {
	switch {
	case strings.HasPrefix(m.subject, "builder ") && o.Builder != nil:
		return "is the " + m.subject
	case k.Buildpack == nil && k.Lifecycle.IsZero() && k.Builder == nil, o.Builder != nil:
		return "has " + m.subject
	}
	return "was made with " + m.subject
}

// judgeVersions holds an image against the range of versions for one key. What the image has nothing to do with is
// allowed (Unmet tells, where it is so for all images): a buildpack that took no part, and any version of anything for an
// image that buildpacks did not make.
func judgeVersions(key string, r version.Range, o Origin, ref string) []finding.Finding {
	if o.App == nil && o.Builder == nil {
		return nil
	}
	switch key {
	case keyBuilder:
		return judgeBuilder(r, o, ref)
	case keyLifecycle:
		v, evidence := lifecycleOf(o)
		if v == "" {
			f := finding.New("builder-version", fmt.Sprintf("The image does not say which version of the lifecycle made it, so that it is not known to be in %s.", r))
			return []finding.Finding{f}
		}
		return outside("lifecycle", v, evidence, r)
	}
	list, label, unlisted := buildpacksOf(o)
	var findings []finding.Finding
	known := false
	for _, b := range list {
		if b.ID == key {
			known = true
			findings = append(findings, outside("buildpack "+b.ID, b.Version, strings.TrimSpace(label+": buildpack "+b.ID+" "+b.Version), r)...)
		}
	}
	if !known && unlisted != "" {
		f := finding.New("builder-version", fmt.Sprintf("The labels do not tell all buildpacks of the image, so that %s, if it is one, is not known to be in %s.", key, r))
		f.Evidence = evidenced([]string{unlisted})
		findings = append(findings, f)
	}
	return findings
}

// outside returns a finding when a version is not in the range.
func outside(what, v, evidence string, r version.Range) []finding.Finding {
	if r.Has(v) {
		return nil
	}
	message := fmt.Sprintf("The image has %s %s, and builder.versions allows %s.", what, v, r)
	if v == "" {
		message = fmt.Sprintf("The image has %s in a version that it does not tell, and builder.versions allows %s.", what, r)
	}
	f := finding.New("builder-version", message)
	f.Evidence = evidenced([]string{evidence})
	return []finding.Finding{f}
}

// judgeBuilder holds the builder's version against its range, where it is known. It mostly is not: then the gate says so,
// once, and lets the image go on. To make every application fail would leave a user nothing but to remove the range.
func judgeBuilder(r version.Range, o Origin, ref string) []finding.Finding {
	known := buildersOf(o, ref)
	if len(known) > 0 && known[0].version != "" {
		b := known[0]
		return outside("builder "+b.shown, b.version, b.evidence, r)
	}
	f := finding.New("builder-version", fmt.Sprintf("The version of the builder is not known, so that it cannot be held against %s.", r))
	f.Severity = finding.Warning
	f.Cause = "No label of an application image names its builder."
	f.Remedy = "Constrain what an image does tell, by its name: builder: {versions: {lifecycle: …, paketo-buildpacks/bellsoft-liberica: …}}."
	if o.Builder != nil {
		f.Cause, f.Remedy = "The version of a builder image is that of its tag, and it was named without one.", "Name it with its tag, such as paketobuildpacks/builder-jammy-base:0.4.540."
	}
	f.Evidence = evidenced(guesses(o))
	return []finding.Finding{f}
}

// maxGuesses is how many builders are named that may have made an image.
const maxGuesses = 3

// guesses names the builders that may have made an image.
func guesses(o Origin) []string {
	if o.App == nil {
		return nil
	}
	var texts []string
	for _, g := range o.App.Builders[:min(len(o.App.Builders), maxGuesses)] {
		texts = append(texts, fmt.Sprintf("%s: %s: %s", g.Sure, g.Name, g.Why))
	}
	return texts
}

// maxUnread is how many pieces of evidence there are at most for labels that cannot be read.
const maxUnread = 5

// judgeLabels warns when the labels cannot be read from which bad versions are recognised. What else is wrong with labels
// is of no concern here, and an image that has none has nothing to be recognised.
func judgeLabels(o Origin) (finding.Finding, bool) {
	list, label, unlisted := buildpacksOf(o)
	lifecycle, _ := lifecycleOf(o)
	var evidence []string
	note := func(text string) {
		if len(evidence) < maxUnread && !slices.Contains(evidence, text) {
			evidence = append(evidence, text)
		}
	}
	if unlisted != "" {
		note(unlisted)
	}
	for _, b := range list {
		if b.Version == "" {
			note(label + ": buildpack " + b.ID + " has no version that can be read")
		}
	}
	for _, p := range o.Problems {
		matters := p.Label == labelBuild || p.Label == labelBuilder || p.Label == labelLifecycle && len(list) == 0
		if matters && (o.App != nil || o.Builder != nil) && (len(list) == 0 || lifecycle == "") {
			note(p.Label + ": " + p.Text)
		}
	}
	f := finding.New("builder-labels", "Labels that say how the image was made cannot be read: what is known to be bad in it would not be recognised.")
	f.Evidence = evidenced(evidence)
	return f, len(evidence) > 0
}

// Libraries that no class can be loaded of: fewer than manyLibraries may be there for newer JVMs alone, such as Tomcat's
// tomcat-coyote-ffm.jar; at most maxLibraries are named.
const (
	manyLibraries = 3
	maxLibraries  = 5
)

// JudgeClasses returns what can be said against an image whose layers have been read, before it runs: that its JVM is too
// old for the application's classes. ref is the image's own reference.
func JudgeClasses(o Origin, ref string) []finding.Finding {
	if c := o.TooNew(); c != nil {
		f := finding.New("image-class-version", fmt.Sprintf("The class %s was compiled for Java %d (class file version %d), and the image has Java %s.",
			c.Name, c.Release, c.Major, javaOf(o.JVM)))
		f.Evidence = evidenced(append([]string{fmt.Sprintf("%s: class file version %d", c.Where, c.Major)}, javaEvidence(o.JVM)...))
		if !o.startsTooOld() {
			f.Severity = finding.Warning
			f.Cause = "It is not certain that the image starts this class with that Java: the boot tells."
		}
		f.Remedy = fmt.Sprintf("Use a base image or builder with Java %d or newer (BP_JVM_VERSION=%[1]d with Paketo), or compile with --release %d.", c.Release, o.JVM.Release)
		if c.Layer < len(o.Layers) && o.Layers[c.Layer].Digest != "" {
			f.Location = &finding.Location{Image: ref, Layer: o.Layers[c.Layer].Digest}
		}
		return []finding.Finding{f}
	}
	libraries := o.TooNewLibraries()
	if len(libraries) < manyLibraries {
		return nil
	}
	var evidence []string
	for _, p := range libraries[:min(len(libraries), maxLibraries)] {
		evidence = append(evidence, fmt.Sprintf("%s: needs Java %d", p.Where, p.Lowest.Release))
	}
	f := finding.New("image-class-version", fmt.Sprintf("No class of %d libraries can be loaded by the image's Java %s.", len(libraries), javaOf(o.JVM)))
	f.Severity = finding.Warning
	f.Evidence = evidenced(append(evidence, javaEvidence(o.JVM)...))
	return []finding.Finding{f}
}

// evidenced makes evidence of what labels say.
func evidenced(texts []string) []finding.Evidence {
	evidence := []finding.Evidence{}
	for _, text := range texts {
		evidence = append(evidence, finding.Evidence{Source: "image", Text: text})
	}
	return evidence
}
