package gate

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/gate/finding"
)

// asked is a registry that notes what it is asked for: the part of the path behind /v2/NAME/, without digests.
type asked struct {
	host string
	mu   sync.Mutex
	seen []string
}

func newAsked(t *testing.T) *asked {
	t.Helper()
	a := &asked{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := "greeting"
		for _, kind := range []string{"manifests", "blobs"} {
			if strings.Contains(r.URL.Path, "/"+kind+"/") {
				what = kind
			}
		}
		a.mu.Lock()
		a.seen = append(a.seen, r.Method+" "+what)
		a.mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	a.host = strings.TrimPrefix(server.URL, "http://")
	return a
}

// requests are what was asked since the last call.
func (a *asked) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen
	a.seen = nil
	return seen
}

func TestAnInspectionAsksForNothingButManifestAndConfiguration(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	a := newAsked(t)
	img, err := random.Image(1000, 12)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	one, many := a.host+"/one:1", a.host+"/many:1"
	for ref, push := range map[string]func(name.Reference) error{
		one:  func(ref name.Reference) error { return remote.Write(ref, img) },
		many: func(ref name.Reference) error { return remote.WriteIndex(ref, index) },
	} {
		parsed, err := name.ParseReference(ref)
		if err == nil {
			err = push(parsed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	noEngine := func(context.Context) (Engine, error) { return nil, errors.New("no engine is needed") }
	for _, test := range []struct {
		name, image string
		want        []string
	}{
		{"an image", "registry:" + one, []string{"GET manifests", "GET blobs"}},
		{"an image that might be the engine's", one, []string{"GET manifests", "GET blobs"}},
		{"one of an index", "registry:" + many, []string{"GET manifests", "GET manifests", "GET blobs"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a.requests()
			in, err := Inspect(t.Context(), InspectRequest{Image: test.image, Platform: "linux/amd64"}, noEngine)
			if err == nil && strings.HasPrefix(test.image, "registry:") && in.Verdict != finding.Pass {
				t.Errorf("verdict %s, findings %v", in.Verdict, in.Findings)
			}
			if diff := cmp.Diff(test.want, a.requests()); diff != "" {
				t.Errorf("requests (-want +got), error %v:\n%s", err, diff)
			}
		})
	}
}
