package image_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bootgate/gate/image"

	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// dockerEngine returns a client of the engine that the tests need.
func dockerEngine(t testing.TB) *client.Client {
	t.Helper()
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	if _, err := engine.Ping(t.Context()); err != nil {
		t.Fatalf("no Docker engine (install one: apt-get install docker.io): %v", err)
	}
	return engine
}

// unique is a short name that no other test has.
func unique(t testing.TB) string {
	sum := sha256.Sum256([]byte(t.Name()))
	return hex.EncodeToString(sum[:6])
}

// testTag returns a tag of the test's own, which is removed from the engine when the test ends.
func testTag(t testing.TB, engine *client.Client) string {
	t.Helper()
	ref := "bootgate-test/image-" + unique(t) + ":1"
	removeLater(t, engine, ref)
	return ref
}

// marker returns a marker of the test's own, which is removed from the engine when the test ends.
func marker(t testing.TB, engine *client.Client, run string) string {
	t.Helper()
	ref := "bootgate.invalid/run-" + unique(t) + run + ":1"
	removeLater(t, engine, ref)
	return ref
}

// removeLater removes ref from the engine when the test ends; that it is gone already is fine.
func removeLater(t testing.TB, engine *client.Client, ref string) {
	t.Helper()
	t.Cleanup(func() {
		_, err := engine.ImageRemove(context.Background(), ref, dockerimage.RemoveOptions{Force: true})
		if err != nil && !strings.Contains(err.Error(), "No such image") {
			t.Errorf("removing %s: %v", ref, err)
		}
	})
}

// smallImage returns an image that nobody else has: its content is the test's name and what.
func smallImage(t testing.TB, what string) v1.Image {
	t.Helper()
	return imageFor(t, what, v1.Platform{OS: "linux", Architecture: "amd64"})
}

func imageFor(t testing.TB, what string, platform v1.Platform) v1.Image {
	t.Helper()
	img, err := image.Make(image.Recipe{
		Files: []image.File{{Path: "/what", Content: []byte(t.Name() + what)}},
		Config: v1.Config{
			Entrypoint: []string{"/what"}, Cmd: []string{"serve"}, Env: []string{"A=b"}, User: "7", WorkingDir: "/w",
			ExposedPorts: map[string]struct{}{"8080/tcp": {}}, StopSignal: "SIGQUIT", Labels: map[string]string{"l": "v"},
			Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/what"}, Interval: 5e9, Retries: 2},
		},
		Platform: platform,
	})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// smallConfig is the configuration of smallImage.
func smallConfig() image.Config {
	return image.Config{
		Entrypoint: []string{"/what"}, Cmd: []string{"serve"}, Env: []string{"A=b"}, User: "7", WorkingDir: "/w",
		ExposedPorts: []string{"8080/tcp"}, StopSignal: "SIGQUIT", Labels: map[string]string{"l": "v"},
		Healthcheck: &image.Healthcheck{Test: []string{"CMD", "/what"}, Interval: 5e9, Retries: 2},
	}
}

// indexOf returns an index with an image for each platform.
func indexOf(t testing.TB, platforms ...string) v1.ImageIndex {
	t.Helper()
	var index v1.ImageIndex = empty.Index
	for _, text := range platforms {
		p, err := v1.ParsePlatform(text)
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: imageFor(t, text, *p), Descriptor: v1.Descriptor{Platform: p},
		})
	}
	return index
}

// registryServer is a real registry on loopback that can be told to misbehave.
type registryServer struct {
	*httptest.Server
	mu sync.Mutex
	// fault answers a request in the registry's place when it returns true.
	fault func(http.ResponseWriter, *http.Request) bool
	seen  []string
	// inner is the registry without its faults.
	inner http.Handler
}

func newRegistry(t testing.TB) *registryServer {
	t.Helper()
	s := &registryServer{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s.inner = inner
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+kindOfRequest(r.URL.Path))
		fault := s.fault
		s.mu.Unlock()
		if fault == nil || !fault(w, r) {
			inner.ServeHTTP(w, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	return s
}

func kindOfRequest(path string) string {
	switch {
	case path == "/v2/":
		return "ping"
	case strings.Contains(path, "/manifests/"):
		return "manifest"
	}
	return "blob"
}

// misbehave sets the fault and forgets what was seen so far.
func (s *registryServer) misbehave(fault func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.seen = fault, nil
}

// requests are what was asked since misbehave.
func (s *registryServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

func (s *registryServer) host() string { return strings.TrimPrefix(s.URL, "http://") }

// push puts an image or an index into the registry and returns its reference and digest.
func (s *registryServer) push(t testing.TB, what remote.Taggable, repository string) (ref, digest string) {
	t.Helper()
	ref = s.host() + "/" + repository
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	switch pushed := what.(type) {
	case v1.Image:
		err = remote.Write(tag, pushed)
		digest = digestOf(t, pushed)
	case v1.ImageIndex:
		err = remote.WriteIndex(tag, pushed)
		digest = digestOf(t, pushed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ref, digest
}

func digestOf(t testing.TB, what interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	digest, err := what.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func idOf(t testing.TB, img v1.Image) string {
	t.Helper()
	id, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// wantError asserts the type of an error, and that it says what it should; it returns the error.
func wantError[E image.Problem](t testing.TB, err error, texts ...string) E {
	t.Helper()
	var typed E
	if !errors.As(err, &typed) {
		t.Fatalf("got error %T %v, want a %T", err, err, typed)
	}
	for _, text := range texts {
		if all := typed.Error() + "\n" + typed.Remedy(); !strings.Contains(all, text) {
			t.Errorf("error does not say %q:\n%s", text, all)
		}
	}
	return typed
}
