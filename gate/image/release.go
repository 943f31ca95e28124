package image

import (
	"context"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
)

// Release lets go of the image that marker holds: it removes that tag, and when no other gate holds the image and it is
// on the engine only because one pulled or loaded it, the image. It needs to know nothing but the marker, so that a
// sweep can do it for a run that was killed; a sweep may give it any tag of MarkerDomain that it finds. A marker that is
// not there is no error.
//
// An image that a container still uses stays, and so does the marker with it, for a later sweep.
func Release(ctx context.Context, engine Engine, marker string) error {
	held, err := engine.ImageInspect(ctx, marker)
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return &EngineError{Ref: marker, Doing: "looking for what to release", Err: err}
	}
	if isPulledTag(marker) {
		return removePulled(ctx, engine, held, marker)
	}
	// The marker goes last: should anything fail before, it still leads a sweep here.
	if err := removePulled(ctx, engine, held, marker); err != nil {
		return err
	}
	if err := removeRef(ctx, engine, marker); err != nil {
		return err
	}
	if len(holdersOf(held).runs) < 2 {
		return nil
	}
	// Of two gates that let go at once, each has seen the other. Now one of them is alone.
	left, err := engine.ImageInspect(ctx, held.ID)
	if cerrdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return &EngineError{Ref: marker, Doing: "looking at what else holds it", Err: err}
	}
	return removePulled(ctx, engine, left, marker)
}

// removePulled removes the traces of a pull from an image that no run but that of marker holds.
func removePulled(ctx context.Context, engine Engine, held dockerimage.InspectResponse, marker string) error {
	h := holdersOf(held)
	if len(h.pulled) == 0 || slices.ContainsFunc(h.runs, func(run string) bool { return run != marker }) {
		return nil
	}
	for _, digest := range held.RepoDigests {
		if slices.Contains(h.pulled, pulledTag(digest)) && !h.userHas(digest) {
			if err := removeRef(ctx, engine, digest); err != nil {
				return err
			}
		}
	}
	for _, tag := range h.pulled {
		if err := removeRef(ctx, engine, tag); err != nil {
			return err
		}
	}
	return nil
}

// removeRef removes a tag or digest of an image, and the image when it was the last. That it is gone already, or that a
// container uses it, is no error.
func removeRef(ctx context.Context, engine Engine, ref string) error {
	_, err := engine.ImageRemove(ctx, ref, dockerimage.RemoveOptions{PruneChildren: true})
	if err == nil || cerrdefs.IsNotFound(err) || cerrdefs.IsConflict(err) {
		return nil
	}
	return &EngineError{Ref: ref, Doing: "removing it from the engine", Err: err}
}

// holders are the tags of an image by what they stand for.
type holders struct {
	// runs are markers, pulled are the tags that say a gate pulled it, users are all others.
	runs, pulled, users []string
}

func holdersOf(inspected dockerimage.InspectResponse) holders {
	var h holders
	for _, tag := range inspected.RepoTags {
		switch {
		case isPulledTag(tag):
			h.pulled = append(h.pulled, tag)
		case strings.HasPrefix(tag, MarkerDomain+"/"):
			h.runs = append(h.runs, tag)
		default:
			h.users = append(h.users, tag)
		}
	}
	return h
}

func isPulledTag(tag string) bool { return strings.HasPrefix(tag, pulledRepository+":") }

// userHas reports whether the user has a tag in the repository of a repository@digest, which then is not only ours.
func (h holders) userHas(digest string) bool {
	ref, err := name.ParseReference(digest)
	return err == nil && slices.ContainsFunc(h.users, func(tag string) bool { return sameRepository(tag, ref.Context()) })
}

// borrowed reports whether an image is on the engine only because another gate needs it.
func borrowed(inspected dockerimage.InspectResponse) bool {
	h := holdersOf(inspected)
	if len(h.users) > 0 {
		return false
	}
	return len(h.pulled) > 0 || (len(h.runs) > 0 && len(inspected.RepoDigests) == 0)
}
