package image

import (
	"context"
	"errors"
	"fmt"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/name"
)

// Prepared is an image that is on the engine.
type Prepared struct {
	// EngineRef is what to create containers from: the ID the engine has for the image, so that a tag that moves
	// meanwhile does not matter.
	EngineRef string
	// Size is what the engine says of it in bytes: two images of one engine can be compared by it.
	Size int64
}

// Prepare puts the image on the engine, unless it is there already, and returns what to boot and a function that takes
// away again what was put there. That function must be called on every way out, with a context that is still alive; it
// may be called twice. When Prepare gives an error nothing is left to release.
//
// The marker is a tag of the run's own, such as bootgate.invalid/run-abc:1. It holds the image for as long as the run
// needs it, so that another gate that releases the same image only lets go of its own; and it tells a sweep, which calls
// Release, what a killed run left behind. An image that was the engine's all along is never marked when Source is
// FromEngine, nor when it has neither tag nor digest.
//
// Registry images are pulled by the digest of their own manifest, so that what was resolved is what boots. Archives and
// layouts are loaded under the marker alone: the tags written in them are not touched on the engine. Nothing is read
// into memory as a whole.
//
// Progress, unless nil, is told in a few words how far a pull or load is. An error is an *InvalidError when a layer is
// missing, or in an archive or layout not what its digest says, a *RegistryError or *EngineError when the machinery failed
// (what a registry gives out is part of that), or wraps the context's. A container that cannot be created because the image is gone (somebody removed it by hand) is a reason to
// release and prepare again.
func (c *Candidate) Prepare(ctx context.Context, marker string, progress func(string)) (Prepared, func(context.Context) error, error) {
	keep := func(context.Context) error { return nil }
	engine := c.options.Engine
	if engine == nil {
		return Prepared{}, nil, &EngineError{Ref: c.Name, Doing: "preparing it", Err: errors.New("there is no engine")}
	}
	if _, err := name.NewTag(marker, name.StrictValidation); err != nil {
		return Prepared{}, nil, &ReferenceError{Ref: marker, Reason: "not a marker: " + reason(err), Advice: "Write REGISTRY/NAME:TAG.", Err: err}
	}
	if own, ok := c.origin.(*engineOrigin); ok && !own.borrowed {
		return Prepared{EngineRef: c.ImageID, Size: c.Size}, keep, nil
	}
	if progress == nil {
		progress = func(string) {}
	}
	unlock, err := lockImage(ctx, c.ImageID)
	if err != nil {
		return Prepared{}, nil, fmt.Errorf("image %q: waiting for another gate that handles it: %w", c.Name, err)
	}
	defer unlock()
	prepared, marked, err := c.tryPrepare(ctx, engine, marker, progress)
	if err != nil {
		return Prepared{}, nil, c.afterFailure(ctx, engine, marker, err)
	}
	if !marked {
		return prepared, keep, nil
	}
	return prepared, func(ctx context.Context) error { return c.release(ctx, engine, marker) }, nil
}

// release is Release, kept apart from what other gates do with the image.
func (c *Candidate) release(ctx context.Context, engine Engine, marker string) error {
	unlock, err := lockImage(ctx, c.ImageID)
	if err != nil {
		return fmt.Errorf("image %q: waiting for another gate that handles it: %w", c.Name, err)
	}
	defer unlock()
	return Release(ctx, engine, marker)
}

// tryPrepare makes another attempt when the image was removed under its hands, but not for ever.
func (c *Candidate) tryPrepare(ctx context.Context, engine Engine, marker string, progress func(string)) (Prepared, bool, error) {
	for range 3 {
		prepared, marked, err := c.prepare(ctx, engine, marker, progress)
		if !errors.Is(err, errVanished) {
			return prepared, marked, err
		}
	}
	return Prepared{}, false, &EngineError{Ref: c.Name, Doing: "preparing it", Err: errVanished}
}

// errVanished says that an image was removed from the engine between two requests. Trying again helps.
var errVanished = errors.New("somebody removes the image from the engine again and again")

// afterFailure takes away what a failed attempt may have left, and returns err, or the context's error.
func (c *Candidate) afterFailure(ctx context.Context, engine Engine, marker string, err error) error {
	alive, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	released := Release(alive, engine, marker)
	if stopped := cancelled(ctx, c.Name); stopped != nil {
		err = stopped
	}
	return errors.Join(err, released)
}

// cleanupTime bounds what is done after a cancellation. It is no more than an engine needs to remove an image.
const cleanupTime = 10 * time.Second

// prepare is one attempt. It reports whether the marker is on the engine afterwards.
func (c *Candidate) prepare(ctx context.Context, engine Engine, marker string, progress func(string)) (p Prepared, marked bool, err error) {
	for _, digest := range c.origin.known() {
		inspected, err := engine.ImageInspect(ctx, digest)
		if cerrdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return p, false, &EngineError{Ref: c.Name, Doing: "looking for it in the engine", Err: err}
		}
		if !c.origin.matches(inspected) {
			continue
		}
		p.EngineRef, p.Size = inspected.ID, inspected.Size
		if len(inspected.RepoTags)+len(inspected.RepoDigests) == 0 {
			return p, false, nil // a marker would be its only tag, and to release it would remove the image
		}
		return p, true, tagImage(ctx, engine, c.Name, inspected.ID, marker)
	}
	if err := c.origin.bring(ctx, marker, progress); err != nil {
		return p, false, err
	}
	inspected, err := engine.ImageInspect(ctx, marker)
	switch {
	case cerrdefs.IsNotFound(err):
		return p, false, errVanished
	case err != nil:
		return p, false, &EngineError{Ref: c.Name, Doing: "looking at what was brought", Err: err}
	case !c.origin.matches(inspected):
		return p, false, &EngineError{Ref: c.Name, Doing: "looking at what was brought",
			Err: fmt.Errorf("the engine made image %s of it, not %s", inspected.ID, c.ImageID)}
	}
	p.EngineRef, p.Size = inspected.ID, inspected.Size
	return p, true, nil
}

// tagImage tags an image; it gives errVanished when there is none.
func tagImage(ctx context.Context, engine Engine, ref, id, tag string) error {
	err := engine.ImageTag(ctx, id, tag)
	if err == nil {
		return nil
	}
	if _, gone := engine.ImageInspect(ctx, id); cerrdefs.IsNotFound(gone) {
		return errVanished
	}
	return &EngineError{Ref: ref, Doing: "marking it in the engine", Err: err}
}
