package builder

import (
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
)

// Kind is what an image is for, as a phrase with its article.
type Kind string

// The kinds. An image of which nothing is known is a plain one.
const (
	KindApplication  Kind = "an application"
	KindBuilder      Kind = "a builder"
	KindBuildpackage Kind = "a package of buildpacks"
	KindLifecycle    Kind = "a lifecycle"
	KindPlain        Kind = "an image without buildpacks"
)

// Kind says what an image is for. Build and run images are plain: an application that is made from one with a Dockerfile
// inherits its labels.
func (o Origin) Kind() Kind {
	switch {
	case o.Builder != nil:
		return KindBuilder
	case o.App != nil:
		return KindApplication
	case o.Buildpackage != nil:
		return KindBuildpackage
	case o.Lifecycle != nil:
		return KindLifecycle
	}
	return KindPlain
}

// Comparable reports whether images of two kinds can stand in for each other: they are of one kind, or both are run, with
// buildpacks or without.
func (k Kind) Comparable(other Kind) bool { return k == other || k.runs() && other.runs() }

func (k Kind) runs() bool { return k == KindApplication || k == KindPlain }

// unlike says what two images are that cannot stand in for each other: "an application and a builder"; else it is empty.
func (c *comparison) unlike() string {
	old, new := c.old.Origin.Kind(), c.new.Origin.Kind()
	if old.Comparable(new) {
		return ""
	}
	return string(old) + " and " + string(new)
}

// offered is the run image on which an application stands, when it is compared with a builder that has the same to offer,
// by this name or as a mirror: then it is no difference. It is empty otherwise.
func (c *comparison) offered() string {
	app, b := c.old.Origin.App, c.new.Origin.Builder
	if app == nil {
		app, b = c.new.Origin.App, c.old.Origin.Builder
	}
	if app == nil || b == nil || app.RunImage.told() == "" {
		return ""
	}
	wanted := canonical(app.RunImage.told())
	for _, offer := range b.RunImages {
		if slices.ContainsFunc(append([]string{offer.Image}, offer.Mirrors...), func(n string) bool { return canonical(n) == wanted }) {
			return offer.Image
		}
	}
	return ""
}

// canonical is the full name of a reference: docker.io, index.docker.io and no registry are one, and so are no tag and
// latest. What is no reference stays as it is.
func canonical(text string) string {
	ref, err := name.ParseReference(text)
	if err != nil {
		return text
	}
	return ref.Name()
}
