package builder

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
