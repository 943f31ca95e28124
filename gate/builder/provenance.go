package builder

import (
	"strings"

	"bootgate/gate/image"
)

// provenancePrefix begins the types of SLSA's provenance.
const provenancePrefix = "https://slsa.dev/provenance/"

// maxImages bounds the images that are taken over from a statement.
const maxImages = 64

// WithProvenance adds what statements about the build say: who built the image, from what, and with which images. Nobody
// has verified them. Both forms are read: SLSA provenance 0.2 (builder, materials) and 1 (runDetails, buildDefinition).
func (o Origin) WithProvenance(statements []image.Statement) Origin {
	if o.Provenance == nil {
		return o
	}
	p := *o.Provenance
	r := &reading{}
	for _, statement := range statements {
		if !strings.HasPrefix(statement.Predicate, provenancePrefix) {
			continue
		}
		whole := r.label(map[string]string{"provenance": string(statement.JSON)}, "provenance")
		members := whole.members()["predicate"].members()
		if members == nil {
			continue
		}
		p.Read = true
		p.take(members)
		break
	}
	if !p.Read && len(r.all()) == 0 {
		r.problem("attestation", "holds no provenance")
	}
	o.Provenance = &p
	o.Problems = append(o.Problems[:len(o.Problems):len(o.Problems)], r.all()...)
	if base := p.base(); o.Base == nil && base != nil {
		o.Base = &Base{Name: base.Name, Digest: base.Digest, Where: "provenance"}
	}
	if o.App != nil {
		o.App.certain(p)
	}
	return o
}

// WithoutProvenance says why the statement about the build that the image's index names tells nothing.
func (o Origin) WithoutProvenance(why string) Origin {
	o.Problems = append(o.Problems[:len(o.Problems):len(o.Problems)], Problem{Label: "attestation", Text: why})
	return o
}

// frontend is what BuildKit fetches to read a Dockerfile with, which is no part of the image.
const frontend = "docker/dockerfile"

// base returns the image that the built one stands on, where only one comes into question.
func (p Provenance) base() *Base {
	var base *Base
	for i, img := range p.Images {
		switch {
		case strings.HasPrefix(img.Name, frontend):
		case base != nil:
			return nil
		default:
			base = &p.Images[i]
		}
	}
	return base
}

// take reads the predicate of a statement.
func (p *Provenance) take(predicate map[string]value) {
	details, definition := predicate["runDetails"].members(), predicate["buildDefinition"].members()
	p.Builder = first(details["builder"].members()["id"].text(), predicate["builder"].members()["id"].text())
	external := definition["externalParameters"].members()
	p.Source = first(
		predicate["invocation"].members()["configSource"].members()["uri"].text(),
		external["configSource"].members()["uri"].text(),
	)
	for _, list := range []value{predicate["materials"], definition["resolvedDependencies"]} {
		for _, entry := range list.list(maxEntries) {
			members := entry.members()
			name, isImage := imageName(members["uri"].text(), members["name"].text())
			if !isImage || len(p.Images) >= maxImages {
				continue
			}
			digest := "sha256:" + members["digest"].members()["sha256"].text()
			if !isDigest(digest) {
				digest = ""
			}
			p.Images = append(p.Images, Base{Name: name, Digest: digest, Where: first(members["name"].text(), "provenance")})
		}
	}
}

// imageName turns the address of a material into the name of an image: pkg:docker/alpine@3.20?platform=linux%2Famd64 is
// alpine:3.20 (package URL specification, type docker and oci). kpack writes a plain reference, and calls it an image.
func imageName(uri, name string) (string, bool) {
	for _, kind := range []string{"pkg:docker/", "pkg:oci/"} {
		rest, ok := strings.CutPrefix(uri, kind)
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "?")
		if at := strings.LastIndexByte(rest, '@'); at > 0 {
			rest = rest[:at] + ":" + rest[at+1:]
		}
		return rest, true
	}
	return uri, strings.HasSuffix(name, "-image") && uri != ""
}

// builderMaterial is what kpack calls the builder among the images of a build.
const builderMaterial = "builder-image"

// certain puts the builder that a statement names in place of the guesses.
func (a *App) certain(p Provenance) {
	for _, img := range p.Images {
		if img.Where != builderMaterial {
			continue
		}
		name := img.Name
		if img.Digest != "" && !strings.Contains(name, "@") {
			name += "@" + img.Digest
		}
		a.Builders = []BuilderGuess{{Name: name, Sure: Certain, Why: "the provenance names it"}}
		return
	}
}
