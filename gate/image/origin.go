package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// matchesEngine reports whether an engine's image is this one. Docker's own store calls it by the digest of its
// configuration, the containerd store by that of its manifest or index. When the latter had to make a manifest up, for
// an archive without one, the layers have to do.
func (f *found) matchesEngine(inspected dockerimage.InspectResponse) bool {
	if slices.Contains(f.digests(), inspected.ID) {
		return true
	}
	if inspected.Descriptor == nil {
		return false
	}
	var layers []string
	for _, diffID := range f.config.RootFS.DiffIDs {
		layers = append(layers, diffID.String())
	}
	return slices.Equal(layers, inspected.RootFS.Layers)
}

func (f *found) digests() []string {
	digests := []string{f.imageID.String()}
	for _, h := range []v1.Hash{f.manifest.digest, f.index} {
		if h != (v1.Hash{}) {
			digests = append(digests, h.String())
		}
	}
	return digests
}

// engineOrigin is an image that was on the engine already.
type engineOrigin struct {
	id string
	// borrowed says that it is there only as long as another gate needs it.
	borrowed bool
}

func (o *engineOrigin) known() []string { return []string{o.id} }

func (o *engineOrigin) bring(context.Context, string, func(string)) error {
	return &NotFoundError{Ref: o.id, Where: "the Docker engine any more"}
}

func (o *engineOrigin) matches(inspected dockerimage.InspectResponse) bool {
	return inspected.ID == o.id
}

// storedOrigin is an image in an archive or layout.
type storedOrigin struct {
	ref    string
	engine Engine
	image  *stored
}

func (o *storedOrigin) known() []string { return o.image.digests() }

func (o *storedOrigin) matches(inspected dockerimage.InspectResponse) bool {
	return o.image.matchesEngine(inspected)
}

func (o *storedOrigin) bring(ctx context.Context, marker string, progress func(string)) error {
	last := int64(-1)
	p := packer{ref: o.ref, image: o.image, progress: func(done, all int64) {
		if mb := done >> 20; mb != last {
			last = mb
			progress(fmt.Sprintf("%d of %d MB", mb, all>>20))
		}
	}}
	return load(ctx, o.engine, o.ref, func(w io.Writer) error { return p.write(ctx, w, marker) })
}

// registryOrigin is an image in a registry.
type registryOrigin struct {
	repo   *repository
	engine Engine
	image  *found
	// keep leaves it on the engine afterwards.
	keep bool
}

func (o *registryOrigin) known() []string { return o.image.digests() }

func (o *registryOrigin) matches(inspected dockerimage.InspectResponse) bool {
	return o.image.matchesEngine(inspected)
}

// pullRef is what is pulled: the platform's own manifest, by its digest.
func (o *registryOrigin) pullRef() name.Digest {
	return o.repo.name.Digest(o.image.manifest.digest.String())
}

func (o *registryOrigin) bring(ctx context.Context, marker string, progress func(string)) error {
	ref := o.pullRef()
	if err := o.pull(ctx, display(ref), progress); err != nil {
		return o.whyNot(ctx, err)
	}
	err := tagImage(ctx, o.engine, o.repo.ref, display(ref), marker)
	if err == nil && !o.keep {
		err = dropPulled(ctx, o.engine, ref)
	}
	if err != nil {
		o.undo(ctx)
	}
	return err
}

// undo takes away what a pull left that went wrong, or was cancelled when it was nearly done.
func (o *registryOrigin) undo(ctx context.Context) {
	alive, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	_ = dropPulled(alive, o.engine, o.pullRef()) // the error that led here says more
}

func (o *registryOrigin) pull(ctx context.Context, ref string, progress func(string)) error {
	auth, err := o.repo.creds.encoded(o.repo.name)
	if err != nil {
		return err
	}
	options := dockerimage.PullOptions{RegistryAuth: auth}
	if p := o.image.config.platform(); p.OS != "" && p.Architecture != "" {
		options.Platform = formatPlatform(p) // the containerd store refuses a foreign one that is not named
	}
	// An engine waits for ever for a registry that takes a request and says nothing.
	standstill := o.repo.patience.standstill
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopped := fmt.Errorf("nothing has moved for %s", standstill)
	timer := time.AfterFunc(standstill, func() { cancel(stopped) })
	defer timer.Stop()
	done := map[string]bool{}
	err = o.followPull(ctx, ref, options, func(m message) {
		timer.Reset(standstill)
		if m.ID == "" || m.ID == ref || strings.HasPrefix(m.Status, "Pulling from") {
			return
		}
		finished := m.Status == "Pull complete" || m.Status == "Already exists"
		if before, seen := done[m.ID]; seen && before == finished {
			return
		}
		done[m.ID] = finished
		progress(layersDone(done))
	})
	if err != nil && errors.Is(context.Cause(ctx), stopped) {
		return stopped
	}
	return err
}

// followPull asks the engine to pull and hears it out.
func (o *registryOrigin) followPull(ctx context.Context, ref string, options dockerimage.PullOptions, each func(message)) error {
	stream, err := o.engine.ImagePull(ctx, ref, options)
	if err != nil {
		return err
	}
	defer stream.Close()
	return follow(stream, each)
}

func layersDone(done map[string]bool) string {
	finished := 0
	for _, f := range done {
		if f {
			finished++
		}
	}
	return fmt.Sprintf("%d of %d layers", finished, len(done))
}

// checkAtMost bounds what is read again to find out why an engine could not pull an image.
const checkAtMost = 512 << 20

// whyNot finds out why the engine could not pull: an image that is damaged in its registry, or a registry that does not
// answer the gate either, has an error type of its own. What the engine says is only words.
func (o *registryOrigin) whyNot(ctx context.Context, err error) error {
	o.undo(ctx) // the engine may have it all the same, with the answer lost on the way
	if stopped := cancelled(ctx, o.repo.ref); stopped != nil {
		return stopped
	}
	var invalid *InvalidError
	var registry *RegistryError
	cause := o.repo.checkLayers(ctx, o.image.parsed.Layers, checkAtMost)
	if errors.As(cause, &invalid) || errors.As(cause, &registry) {
		return cause
	}
	return &EngineError{Ref: o.repo.ref, Doing: "pulling it into the engine", Err: err}
}

// tagOf returns what follows the last colon of a REPOSITORY:TAG.
func tagOf(ref string) string { return ref[strings.LastIndex(ref, ":")+1:] }
