package image_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/docker/docker/api/types"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// counting is an engine that counts what it is asked, and fails one request if told to.
type counting struct {
	image.Engine
	calls []string
	// failAt is the number of the request that fails, counted from 1.
	failAt int
	// after, when set, is called when a pull is over.
	after func()
}

var errRefused = errors.New("the engine does not want to")

func (e *counting) ask(what string) error {
	e.calls = append(e.calls, what)
	if len(e.calls) == e.failAt {
		return errRefused
	}
	return nil
}

func (e *counting) ImageInspect(ctx context.Context, id string, opts ...client.ImageInspectOption) (dockerimage.InspectResponse, error) {
	if err := e.ask("inspect"); err != nil {
		return dockerimage.InspectResponse{}, err
	}
	return e.Engine.ImageInspect(ctx, id, opts...)
}

func (e *counting) ImagePull(ctx context.Context, ref string, opts dockerimage.PullOptions) (io.ReadCloser, error) {
	if err := e.ask("pull"); err != nil {
		return nil, err
	}
	stream, err := e.Engine.ImagePull(ctx, ref, opts)
	if err != nil || e.after == nil {
		return stream, err
	}
	return &closing{stream, e.after}, nil
}

// closing is a stream that tells when it is closed.
type closing struct {
	io.ReadCloser
	after func()
}

func (c *closing) Close() error {
	c.after()
	return c.ReadCloser.Close()
}

func (e *counting) ImageLoad(ctx context.Context, input io.Reader, opts ...client.ImageLoadOption) (dockerimage.LoadResponse, error) {
	if err := e.ask("load"); err != nil {
		return dockerimage.LoadResponse{}, err
	}
	return e.Engine.ImageLoad(ctx, input, opts...)
}

func (e *counting) ImageTag(ctx context.Context, id, ref string) error {
	if err := e.ask("tag"); err != nil {
		return err
	}
	return e.Engine.ImageTag(ctx, id, ref)
}

func (e *counting) ImageRemove(ctx context.Context, id string, opts dockerimage.RemoveOptions) ([]dockerimage.DeleteResponse, error) {
	if err := e.ask("remove"); err != nil {
		return nil, err
	}
	return e.Engine.ImageRemove(ctx, id, opts)
}

func (e *counting) ServerVersion(ctx context.Context) (types.Version, error) {
	if err := e.ask("version"); err != nil {
		return types.Version{}, err
	}
	return e.Engine.ServerVersion(ctx)
}

func TestResolveFindsTheEnginesOwnImage(t *testing.T) {
	engine := dockerEngine(t)
	img, ref := smallImage(t, ""), testTag(t, engine)
	id, err := image.Load(t.Context(), engine, ref, img)
	must(t, err)
	full := "docker.io/" + ref
	for _, tc := range []struct{ name, arg, ref string }{
		{"by its name", ref, full},
		{"by its name with the prefix", "docker:" + ref, full},
		{"by its full name", full, full},
		{"by its ID", id, id},
		{"by its ID without the algorithm", strings.TrimPrefix(id, "sha256:"), id},
		{"by a short ID with the prefix", "docker:" + strings.TrimPrefix(id, "sha256:")[:16], id},
	} {
		t.Run(tc.name, func(t *testing.T) {
			counted := &counting{Engine: engine}
			got, err := resolve(t, tc.arg, image.Options{Engine: counted})
			must(t, err)
			want := &image.Candidate{
				Name: tc.arg, Ref: tc.ref, Source: image.FromEngine, ImageID: id, Platform: "linux/amd64", Config: smallConfig(),
			}
			if diff := cmp.Diff(want, got, ignoreSize, cmpopts.IgnoreUnexported(image.Candidate{}), cmpopts.IgnoreFields(image.Candidate{}, "Record")); diff != "" {
				t.Errorf("candidate (-want +got):\n%s", diff)
			}
			prepared, release, err := got.Prepare(t.Context(), marker(t, engine, ""), nil)
			must(t, err)
			if diff := cmp.Diff(id, prepared.EngineRef); diff != "" {
				t.Errorf("what is booted (-want +got):\n%s", diff)
			}
			must(t, release(t.Context()))
			if diff := cmp.Diff([]string{"inspect"}, counted.calls); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			wantHas(t, engine, ref, true)
		})
	}
}

func TestAnEngineImageHasTheDigestOfTheRepositoryAskedFor(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, digest := s.push(t, img, "pulled:1")
	own := testTag(t, engine)
	removeLater(t, engine, ref)
	stream, err := engine.ImagePull(t.Context(), ref, dockerimage.PullOptions{})
	must(t, err)
	_, err = io.Copy(io.Discard, stream)
	must(t, err)
	must(t, stream.Close())
	must(t, engine.ImageTag(t.Context(), ref, own))
	for _, tc := range []struct{ name, arg, want string }{
		{"the repository it was pulled from", ref, digest},
		{"the digest it was pulled by", strings.TrimSuffix(ref, ":1") + "@" + digest, digest},
		{"its ID", idOf(t, img), digest},
		{"a repository it was only tagged for", own, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, candidate(t, engine, tc.arg).Digest); diff != "" {
				t.Errorf("digest (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheOrderOfTheSources(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	t.Chdir(t.TempDir())
	remote, _ := s.push(t, imageFor(t, "remote", v1.Platform{OS: "linux", Architecture: "s390x"}), "both:1")
	removeLater(t, engine, remote)
	_, err := image.Load(t.Context(), engine, remote, smallImage(t, "local"))
	must(t, err)
	name := "bootgate-test/image-" + unique(t)
	removeLater(t, engine, name+":latest")
	_, err = image.Load(t.Context(), engine, name+":latest", smallImage(t, "path"))
	must(t, err)
	dir := ociLayout(t, map[string]v1.Image{"": smallImage(t, "layout")})
	write(t, filepath.Join(name, "Dockerfile"), "FROM scratch", 0o644)
	for _, tc := range []struct {
		name, arg, platform string
		want                image.Source
	}{
		{"the engine before the registry", remote, "", image.FromEngine},
		{"the registry when it is named", "registry:" + remote, "", image.FromRegistry},
		{"the registry when the engine's is for another platform", remote, "linux/s390x", image.FromRegistry},
		{"a path before the engine", dir, "", image.FromLayout},
		{"the engine before a directory that is no image", name, "", image.FromEngine},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := resolve(t, tc.arg, image.Options{Engine: engine, Platform: tc.platform})
			must(t, err)
			if diff := cmp.Diff(tc.want, got.Source); diff != "" {
				t.Errorf("source (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatTheEngineHasNotIsNotFound(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	own := testTag(t, engine)
	_, err := image.Load(t.Context(), engine, own, smallImage(t, ""))
	must(t, err)
	t.Run("with the prefix the registry is not asked", func(t *testing.T) {
		_, err := resolve(t, "docker:"+s.host()+"/a:1", image.Options{Engine: engine})
		wantError[*image.NotFoundError](t, err, "not found in the Docker engine")
	})
	t.Run("an image that may have been meant is named", func(t *testing.T) {
		_, err := resolve(t, "docker:bootgate-dind", image.Options{Engine: engine})
		wantError[*image.NotFoundError](t, err, "write docker.io/library/docker:bootgate-dind")
	})
	t.Run("for another platform it lists its own", func(t *testing.T) {
		_, err := resolve(t, "docker:"+own, image.Options{Engine: engine, Platform: "linux/s390x"})
		wantError[*image.PlatformError](t, err, "only for linux/amd64")
	})
	t.Run("without an engine it cannot be looked for", func(t *testing.T) {
		_, err := resolve(t, "docker:alpine", image.Options{})
		wantError[*image.EngineError](t, err, "no engine")
	})
}

func TestAnEngineThatIsNotThereIsExplained(t *testing.T) {
	engine, err := client.NewClientWithOpts(client.WithHost("unix://" + filepath.Join(t.TempDir(), "none.sock")))
	must(t, err)
	defer engine.Close()
	_, err = resolve(t, "alpine", image.Options{Engine: engine})
	wantError[*image.EngineError](t, err, "Cannot connect", "systemctl start docker")
	denied := &image.EngineError{Ref: "alpine", Doing: "looking", Err: fmt.Errorf("dial: %w", fs.ErrPermission)}
	wantError[*image.EngineError](t, denied, "group `docker`")
}

func TestAnIndexIsReadForTheEnginesPlatform(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	version, err := engine.ServerVersion(t.Context())
	must(t, err)
	ref, _ := s.push(t, indexOf(t, "linux/s390x", version.Os+"/"+version.Arch), "multi:1")
	if diff := cmp.Diff(version.Os+"/"+version.Arch, candidate(t, engine, ref).Platform); diff != "" {
		t.Errorf("platform (-want +got):\n%s", diff)
	}
}

// TestNothingIsLeftWhenTheEngineRefuses lets each request of preparing and releasing fail in turn.
func TestNothingIsLeftWhenTheEngineRefuses(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, "registry"), "refused:1")
	for _, tc := range []struct{ name, arg string }{
		{"from a registry", ref},
		{"from a layout", ociLayout(t, map[string]v1.Image{"": smallImage(t, "layout")})},
	} {
		for failAt, last := 1, false; !last; failAt++ {
			t.Run(fmt.Sprintf("%s, request %d", tc.name, failAt), func(t *testing.T) {
				failing, m := &counting{Engine: engine}, marker(t, engine, "")
				c := candidate(t, failing, tc.arg)
				failing.calls, failing.failAt = nil, failAt
				_, release, err := c.Prepare(t.Context(), m, nil)
				if err == nil {
					err = release(t.Context())
				}
				last = failAt > len(failing.calls)
				if !last {
					wantError[*image.EngineError](t, err, errRefused.Error())
				}
				must(t, image.Release(t.Context(), engine, m)) // what a sweep does
				wantHas(t, engine, c.ImageID, false)
			})
		}
	}
}

func TestAnImageIsGoneWhenPreparingFailed(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "failed:1")
	c := candidate(t, engine, ref)
	s.misbehave(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	_, _, err := c.Prepare(t.Context(), marker(t, engine, ""), nil)
	wantError[*image.RegistryError](t, err, "503")
	wantHas(t, engine, c.ImageID, false)
}
