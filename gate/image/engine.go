package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Engine is what is asked of a Docker engine; *client.Client of github.com/docker/docker/client is one.
type Engine interface {
	ImageInspect(ctx context.Context, id string, opts ...client.ImageInspectOption) (dockerimage.InspectResponse, error)
	ImagePull(ctx context.Context, ref string, opts dockerimage.PullOptions) (io.ReadCloser, error)
	ImageLoad(ctx context.Context, input io.Reader, opts ...client.ImageLoadOption) (dockerimage.LoadResponse, error)
	ImageTag(ctx context.Context, id, ref string) error
	ImageRemove(ctx context.Context, id string, opts dockerimage.RemoveOptions) ([]dockerimage.DeleteResponse, error)
	ServerVersion(ctx context.Context) (types.Version, error)
}

// Load puts img on the engine under the tag ref and returns the engine's ID for it. The image streams; nothing large
// is held in memory.
func Load(ctx context.Context, engine Engine, ref string, img v1.Image) (imageID string, err error) {
	tag, err := name.NewTag(ref)
	if err != nil {
		return "", &ReferenceError{Ref: ref, Reason: "not a tag: " + reason(err), Advice: "Write NAME:TAG.", Err: err}
	}
	err = load(ctx, engine, ref, func(w io.Writer) error { return tarball.Write(tag, img, w) })
	if err != nil {
		return "", err
	}
	loaded, err := engine.ImageInspect(ctx, ref)
	if err != nil {
		return "", &EngineError{Ref: ref, Doing: "looking at what was loaded", Err: err}
	}
	return loaded.ID, nil
}

// load sends the engine what write produces. An error of write is returned as it is; anything else is an EngineError.
func load(ctx context.Context, engine Engine, ref string, write func(io.Writer) error) error {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := write(w)
		w.CloseWithError(err)
		written <- err
	}()
	err := loadFrom(ctx, engine, r)
	r.CloseWithError(errEngineGone)
	// The client closes what it sends from when the engine answers before it has read all.
	if cause := <-written; cause != nil && !errors.Is(cause, errEngineGone) && !errors.Is(cause, io.ErrClosedPipe) {
		return cause
	}
	if err != nil {
		return &EngineError{Ref: ref, Doing: "loading the image", Err: err}
	}
	return nil
}

// errEngineGone is what a writer gets when the engine stopped reading.
var errEngineGone = errors.New("the engine stopped reading")

func loadFrom(ctx context.Context, engine Engine, r io.Reader) error {
	response, err := engine.ImageLoad(ctx, r, client.ImageLoadWithQuiet(true))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return follow(response.Body, nil)
}

// fromEngine looks for the engine's own image.
func (r *resolver) fromEngine(ctx context.Context) (*Candidate, error) {
	arg, value := r.target.Arg, r.target.Value
	engine, err := r.engine(ctx)
	if err != nil {
		return nil, err
	}
	if engine == nil {
		return nil, &EngineError{Ref: arg, Doing: "looking for it", Err: errors.New("there is no engine to ask")}
	}
	ref, err := r.target.name()
	if err != nil {
		return nil, err
	}
	inspected, err := engine.ImageInspect(ctx, value)
	switch {
	case cerrdefs.IsNotFound(err):
		return nil, &NotFoundError{Ref: arg, Where: "the Docker engine", Err: err, Hint: r.target.mistakenScheme()}
	case cerrdefs.IsInvalidArgument(err):
		return nil, &ReferenceError{Ref: arg, Reason: err.Error(), Err: err}
	case err != nil:
		return nil, &EngineError{Ref: arg, Doing: "looking for it in the engine", Err: err}
	}
	have := v1.Platform{OS: inspected.Os, Architecture: inspected.Architecture, Variant: inspected.Variant}
	if r.asked != nil && !runsOn(have, *r.asked) {
		if inspected, err = r.otherPlatform(ctx); err != nil {
			return nil, &PlatformError{Ref: arg, Want: formatPlatform(*r.asked), Have: []string{formatPlatform(have)}}
		}
		have = *r.asked
	}
	return &Candidate{
		Ref: engineName(ref, inspected), Source: FromEngine, Digest: engineDigest(ref, inspected), ImageID: inspected.ID,
		Platform: formatPlatform(have), Config: bootConfig(inspected.Config), Size: inspected.Size,
		Record: Record{Layers: engineLayers(inspected.RootFS.Layers)},
		origin: &engineOrigin{id: inspected.ID, borrowed: borrowed(inspected)},
	}, nil
}

// otherPlatform asks an engine that keeps several platforms of an image (API 1.49, containerd image store) for another
// than its first. Older ones give an error, without a request.
func (r *resolver) otherPlatform(ctx context.Context) (dockerimage.InspectResponse, error) {
	return r.reached.ImageInspect(ctx, r.target.Value, client.ImageInspectWithPlatform(
		&ocispec.Platform{OS: r.asked.OS, Architecture: r.asked.Architecture, Variant: r.asked.Variant}))
}

// askedByID reports whether a reference was in truth an image ID: the engine found something that is not called so.
func askedByID(ref name.Reference, inspected dockerimage.InspectResponse) bool {
	if !strings.HasPrefix(strings.TrimPrefix(inspected.ID, "sha256:"), strings.TrimPrefix(ref.String(), "sha256:")) {
		return false
	}
	for _, known := range slices.Concat(inspected.RepoTags, inspected.RepoDigests) {
		if sameRepository(known, ref.Context()) {
			return false
		}
	}
	return true
}

func engineName(ref name.Reference, inspected dockerimage.InspectResponse) string {
	if askedByID(ref, inspected) {
		return inspected.ID
	}
	return display(ref)
}

// engineDigest returns the manifest digest of an engine's image for the repository that was asked for: the engine
// records one for each repository an image was pulled from or pushed to. It is empty when there is not exactly one. An
// engine with the containerd image store always knows it.
func engineDigest(ref name.Reference, inspected dockerimage.InspectResponse) string {
	if inspected.Descriptor != nil {
		return inspected.Descriptor.Digest.String()
	}
	if asked, ok := ref.(name.Digest); ok {
		return asked.DigestStr()
	}
	byID, digests := askedByID(ref, inspected), map[string]bool{}
	for _, known := range inspected.RepoDigests {
		if _, digest, ok := strings.Cut(known, "@"); ok && (byID || sameRepository(known, ref.Context())) {
			digests[digest] = true
		}
	}
	if len(digests) != 1 {
		return ""
	}
	return slices.Collect(maps.Keys(digests))[0]
}

// message is one object of the stream that a pull or a load answers with.
type message struct {
	Status string `json:"status"`
	ID     string `json:"id"`
	Error  string `json:"error"`
	Detail struct {
		Message string `json:"message"`
	} `json:"errorDetail"`
}

// follow reads an engine's progress stream to its end and returns the error that it reports, if any: the HTTP status
// was sent long before. The function each, when not nil, sees every message.
func follow(stream io.Reader, each func(message)) error {
	decoder := json.NewDecoder(stream)
	for {
		var m message
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the engine's progress: %w", err)
		}
		if m.Detail.Message != "" {
			return errors.New(m.Detail.Message)
		}
		if m.Error != "" {
			return errors.New(m.Error)
		}
		if each != nil {
			each(m)
		}
	}
}
