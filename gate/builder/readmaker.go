package builder

import (
	"strings"

	"bootgate/gate/image"
)

// baseOf finds out which image another stands on, where somebody wrote it down: annotations of the manifest, of the index,
// labels. A label may be the base's own, about its own base.
func baseOf(c *image.Candidate) *Base {
	for _, place := range []struct {
		where string
		texts map[string]string
	}{
		{"annotation of the manifest", c.Record.Annotations},
		{"annotation of the index", c.Record.IndexAnnotations},
		{"label, which a base may hand on", c.Config.Labels},
	} {
		name, digest := first(place.texts[labelBaseName]), first(place.texts[labelBaseDigest])
		if name == "" && digest == "" {
			continue
		}
		if !isDigest(digest) {
			digest = ""
		}
		return &Base{Name: name, Digest: digest, Where: place.where}
	}
	return nil
}

// maker recognises a tool by the step that it leaves in the history of images.
type maker struct {
	name string
	// author and createdBy begin the step; comment is it, or begins it with a blank. What is empty may be anything.
	author, createdBy, comment string
	// below says that all steps before the first of the tool are those of the base.
	below bool
}

// makers are the tools that leave a mark of their own. Jib: JibContainerBuilder and its plugins' ToolName; ko:
// pkg/build/gobuild.go; apko, rules_oci and rules_docker, Kaniko, the .NET SDK: their sources; BuildKit: the frontend
// dockerfile2llb.
func makers() []maker {
	return []maker{
		{name: "jib", author: "Jib", below: true},
		{name: "jib", createdBy: "jib-", below: true},
		{name: "ko", author: "ko", createdBy: "ko ", below: true},
		{name: "apko", author: "apko"},
		{name: "bazel", createdBy: "bazel build", below: true},
		{name: "bazel", author: "Bazel", below: true},
		{name: "dotnet", author: ".NET SDK", below: true},
		{name: "dotnet", createdBy: ".NET SDK", below: true},
		{name: "kaniko", author: "kaniko"},
		{name: "nix", comment: "store paths:"},
		{name: "buildkit", comment: "buildkit."},
		{name: "docker", createdBy: "/bin/sh -c #(nop)"},
	}
}

func (m maker) made(step image.Step) bool {
	return (m.author == "" || step.Author == m.author) && strings.HasPrefix(step.CreatedBy, m.createdBy) && strings.HasPrefix(step.Comment, m.comment)
}

// makerOf finds out what made an image without buildpacks. Its own steps are the last ones: those before may be the
// base's.
func makerOf(c *image.Candidate) *Maker {
	if len(c.Record.History) > 0 {
		last := c.Record.History[len(c.Record.History)-1]
		for _, m := range makers() {
			if m.made(last) {
				return madeBy(m.name, c, last)
			}
		}
	}
	labels := c.Config.Labels
	for _, known := range [...][2]string{{"buildah", labelBuildah}, {"dotnet", labelDotnetSDK}, {"dotnet", labelDotnet}} {
		if version, ok := labels[known[1]]; ok {
			return &Maker{Name: known[0], Version: versionOf(version), Why: "label " + known[1]}
		}
	}
	if variable(c.Config.Env, envKoData) != "" {
		return &Maker{Name: "ko", Why: "variable " + envKoData}
	}
	if len(c.Record.Attestations) > 0 {
		return &Maker{Name: "buildkit", Why: "its index has an attestation"}
	}
	return nil
}

// madeBy describes the tool that left a step. Some write their version into it: jib-maven-plugin:3.4.0,
// ".NET SDK, Version 8.0.100".
func madeBy(name string, c *image.Candidate, step image.Step) *Maker {
	m := &Maker{Name: name}
	by := shown(step.CreatedBy, maxVersion)
	switch name {
	case "jib":
		m.Version, m.Why = versionOf(afterLast(by, ":")), "history: created by "+by
	case "dotnet":
		m.Version = first(versionOf(c.Config.Labels[labelDotnetSDK]), versionOf(strings.TrimSpace(afterLast(by, "Version"))))
		m.Why = "history: created by " + by
	case "ko", "bazel":
		m.Why = "history: created by " + by
	case "buildkit", "nix":
		m.Why = "history: comment " + inQuotes(shown(step.Comment, maxVersion))
		if len(c.Record.Attestations) > 0 {
			m.Why += ", and an attestation in the index"
		}
	case "docker":
		m.Why = "history: created by " + by
	default:
		m.Why = "history: author " + shown(step.Author, maxVersion)
	}
	return m
}

func afterLast(text, mark string) string {
	if i := strings.LastIndex(text, mark); i >= 0 {
		return text[i+len(mark):]
	}
	return ""
}

// versionOf returns text when it is a version, else nothing.
func versionOf(text string) string {
	if isVersion(text) {
		return text
	}
	return ""
}

// groupsByHistory tells the layers of an image without buildpacks apart: those of the tool that made it, and those of the
// image below. Only some tools leave a mark on each of their steps.
func groupsByHistory(record image.Record, o *Origin) []Group {
	groups := make([]Group, len(record.Layers))
	for i := range groups {
		groups[i] = GroupOther
	}
	if o.Maker == nil {
		return groups
	}
	own, at, layers := -1, 0, 0
	for _, step := range record.History {
		for _, m := range makers() {
			if m.below && m.name == o.Maker.Name && m.made(step) && own < 0 {
				own = at
			}
		}
		at++
		if !step.Empty {
			layers++
		}
	}
	if own < 0 || layers != len(record.Layers) {
		return groups // a history that does not fit the layers
	}
	layer := 0
	for i, step := range record.History {
		if step.Empty {
			continue
		}
		groups[layer] = GroupRunImage
		if i >= own {
			groups[layer] = GroupApplication
		}
		layer++
	}
	return groups
}

// provenanceOf notes the statement on how an image was built, when its index names one.
func provenanceOf(record image.Record) *Provenance {
	for _, attestation := range record.Attestations {
		if attestation.Type == "attestation-manifest" && isDigest(attestation.Digest) {
			return &Provenance{Digest: attestation.Digest}
		}
	}
	return nil
}
