package image

import (
	"context"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
)

// Release lets go of the image that marker holds. Whatever a gate puts on an engine is held by markers alone, so that
// the last of them to go takes the image with it, while an image that the user or another gate holds as well stays. A
// marker that is not there is no error.
//
// An image that a container still uses stays too, and the marker with it when nothing else holds the image, for a later
// sweep to find.
func Release(ctx context.Context, engine Engine, marker string) error {
	return removeRef(ctx, engine, marker)
}

// removeRef removes a tag or digest of an image, and the image when it was the last. That it is gone already, or that a
// container uses it, is no error.
func removeRef(ctx context.Context, engine Engine, ref string) error {
	_, err := engine.ImageRemove(ctx, ref, dockerimage.RemoveOptions{PruneChildren: true})
	if err == nil || cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	if _, gone := engine.ImageInspect(ctx, ref); cerrdefs.IsNotFound(gone) {
		return nil // an engine that removes it for somebody else just then fails in many ways
	}
	return &EngineError{Ref: ref, Doing: "removing it from the engine", Err: err}
}

// dropPulled removes the repository@digest that a pull left, so that nothing but markers holds the image. When the user
// has a tag in that repository, it is theirs as well, and stays.
func dropPulled(ctx context.Context, engine Engine, ref name.Digest) error {
	inspected, err := engine.ImageInspect(ctx, display(ref))
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return &EngineError{Ref: display(ref), Doing: "looking at what was pulled", Err: err}
	}
	if slices.ContainsFunc(inspected.RepoTags, func(tag string) bool { return sameRepository(tag, ref.Context()) }) {
		return nil
	}
	return removeRef(ctx, engine, display(ref))
}

// borrowed reports whether an image is on the engine only because other gates need it: markers are all that holds it.
func borrowed(inspected dockerimage.InspectResponse) bool {
	foreign := func(tag string) bool { return !strings.HasPrefix(tag, MarkerDomain+"/") }
	return len(inspected.RepoTags) > 0 && !slices.ContainsFunc(inspected.RepoTags, foreign) &&
		!slices.ContainsFunc(inspected.RepoDigests, foreign)
}
