package image_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// noHome keeps the developer's own Docker configuration out of a test.
func noHome(t testing.TB) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("REGISTRY_AUTH_FILE", "")
	t.Setenv("XDG_RUNTIME_DIR", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GITHUB_TOKEN", "")
}

// resolve resolves with little patience and without an engine.
func resolve(t testing.TB, arg string, o image.Options) (*image.Candidate, error) {
	t.Helper()
	return image.Resolve(t.Context(), arg, image.Impatient(o))
}

var ignoreSize = cmpopts.IgnoreFields(image.Candidate{}, "Size", "Record")

func TestResolveReadsAnImageFromARegistry(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	img := smallImage(t, "")
	ref, digest := s.push(t, img, "a/b:1")
	s.misbehave(nil)
	got, err := resolve(t, ref, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &image.Candidate{
		Name: ref, Ref: ref, Source: image.FromRegistry, Digest: digest, ImageID: idOf(t, img),
		Platform: "linux/amd64", Config: smallConfig(),
	}
	if diff := cmp.Diff(want, got, ignoreSize, cmpopts.IgnoreUnexported(image.Candidate{}), cmpopts.IgnoreFields(image.Candidate{}, "Record")); diff != "" {
		t.Errorf("candidate (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET manifest", "GET blob"}, s.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestResolveChoosesThePlatformOfAnIndex(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	index := indexOf(t, "linux/"+runtime.GOARCH, "linux/s390x", "linux/arm/v6", "linux/arm/v7")
	ref, digest := s.push(t, index, "multi:1")
	for _, tc := range []struct{ name, asked, want string }{
		{"this machine's when none was asked for", "", "linux/" + runtime.GOARCH},
		{"the one asked for", "linux/s390x", "linux/s390x"},
		{"the newest variant", "linux/arm", "linux/arm/v7"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := resolve(t, ref, image.Options{Platform: tc.asked})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.Platform); diff != "" {
				t.Errorf("platform (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(digest, got.Digest); diff != "" {
				t.Errorf("digest of the index (-want +got):\n%s", diff)
			}
			if got.ChildDigest == "" || got.ChildDigest == digest {
				t.Errorf("child digest is %q", got.ChildDigest)
			}
		})
	}
	t.Run("an error that lists what there is", func(t *testing.T) {
		_, err := resolve(t, ref, image.Options{Platform: "linux/ppc64le"})
		wantError[*image.PlatformError](t, err, "linux/ppc64le", "linux/s390x, linux/arm/v6, linux/arm/v7", "--platform")
	})
}

func TestResolveRefusesAnImageForAnotherPlatform(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	ref, _ := s.push(t, imageFor(t, "", v1.Platform{OS: "linux", Architecture: "s390x"}), "one:1")
	_, err := resolve(t, ref, image.Options{Platform: "linux/amd64"})
	wantError[*image.PlatformError](t, err, "only for linux/s390x")
	got, err := resolve(t, ref, image.Options{})
	if err != nil || got.Platform != "linux/s390x" {
		t.Errorf("without a platform: got %v, %v; the engine is to find out", got, err)
	}
}

// answer is a fault that gives one answer to requests of a kind, or to all when it is empty.
func answer(kind string, status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if kind != "" && kindOfRequest(r.URL.Path) != kind {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

// spoilt is a fault that changes the body of what a registry answers to requests of a kind. The rest of the answer stays.
func (s *registryServer) spoilt(kind string, change func([]byte) []byte) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if kindOfRequest(r.URL.Path) != kind {
			return false
		}
		recorder := httptest.NewRecorder()
		s.inner.ServeHTTP(recorder, r)
		maps.Copy(w.Header(), recorder.Header())
		body := change(recorder.Body.Bytes())
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(body)
		return true
	}
}

// The errors a case may want, with texts that each must hold.
func registryError(texts ...string) func(testing.TB, error) {
	return wants[*image.RegistryError](texts)
}
func invalid(texts ...string) func(testing.TB, error)  { return wants[*image.InvalidError](texts) }
func notFound(texts ...string) func(testing.TB, error) { return wants[*image.NotFoundError](texts) }

func wants[E image.Problem](texts []string) func(testing.TB, error) {
	return func(t testing.TB, err error) {
		t.Helper()
		wantError[E](t, err, texts...)
	}
}

func TestAFaultyRegistryIsExplained(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	ref, digest := s.push(t, smallImage(t, ""), "a:1")
	index, _ := s.push(t, indexOf(t, "linux/amd64"), "index:1")
	byDigest := strings.TrimSuffix(ref, ":1") + "@" + digest
	for _, tc := range []struct {
		name  string
		ref   string
		fault func(http.ResponseWriter, *http.Request) bool
		want  func(testing.TB, error)
	}{
		{"no such tag", s.host() + "/a:2", nil, notFound("not found in registry")},
		{"no such repository", s.host() + "/nothing:1", nil, notFound("not found in registry " + s.host())},
		{"an error of its own", ref, answer("manifest", 500, "boom"), registryError("500", "fault")},
		{"no registry at all", ref, answer("", 404, "<html>"), registryError("404", "is a registry")},
		{"too many requests", ref, answer("manifest", 429, ""), registryError("429", "docker login")},
		{"too long a wait", ref, func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
			return true
		}, registryError("wait 1h0m0s", "Wait 1h0m0s")},
		{"no access", ref, answer("manifest", 403, `{"errors":[{"code":"DENIED","message":"no"}]}`),
			registryError("DENIED", "sent no credentials", "docker login "+s.host())},
		{"a broken connection", ref, func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }, registryError("EOF")},
		{"a manifest that is not the one asked for", byDigest, answer("manifest", 200, `{"schemaVersion":2}`), registryError("manifest "+digest+" came damaged", "does not match", "push the image again")},
		{"a manifest that is no JSON", ref, answer("manifest", 200, "hello"), registryError("manifest 1 came damaged: it is no JSON")},
		{"a manifest that is not the one the registry names", ref, s.spoilt("manifest", func(body []byte) []byte { return append(body, ' ') }),
			registryError("manifest 1 came damaged: it has the digest sha256:", "the registry says "+digest)},
		{"a manifest without an end", ref, s.spoilt("manifest", func(body []byte) []byte { return append(body, bytes.Repeat([]byte(" "), 5<<20)...) }),
			registryError("manifest 1 came damaged: it is longer than 4194304 bytes")},
		{"a manifest of something else", ref, answer("manifest", 200, `{"schemaVersion":2}`), invalid("neither")},
		{"a manifest that is two things", ref, answer("manifest", 200, `{"schemaVersion":2,"manifests":[],"layers":[]}`), invalid("at once")},
		{"a manifest of Docker 1.9", ref, answer("manifest", 200, `{"schemaVersion":1}`), invalid("schema 1")},
		{"a configuration that is missing", ref, answer("blob", 404, ""), invalid("names a part that the registry does not have")},
		{"a configuration that is another", ref, answer("blob", 200, "{}"), registryError("configuration sha256:", "came damaged", "push the image again")},
		{"a configuration without its end", ref, s.spoilt("blob", func(body []byte) []byte { return body[:len(body)/2] }), registryError("configuration sha256:", "came damaged")},
		{"a configuration that goes on and on", ref, s.spoilt("blob", func(body []byte) []byte { return append(body, bytes.Repeat([]byte(" "), 9<<20)...) }),
			registryError("configuration sha256:", "came damaged: it is longer than 8388608 bytes")},
		{"a configuration that is cut off", ref, func(w http.ResponseWriter, r *http.Request) bool {
			if kindOfRequest(r.URL.Path) == "blob" {
				w.Header().Set("Content-Length", "1000")
				fmt.Fprint(w, "{")
				return true
			}
			return false
		}, registryError("unexpected EOF")},
		{"an answer that falls silent", ref, func(w http.ResponseWriter, r *http.Request) bool {
			if kindOfRequest(r.URL.Path) != "blob" {
				return false
			}
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, "{")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return true
		}, registryError("nothing more came for 2s")},
		{"a wait of more seconds than there are", ref, func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Retry-After", "9223372036854775807")
			w.WriteHeader(429)
			return true
		}, registryError("wait 8760h0m0s")},
		{"a child that is missing", index, func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/manifests/sha256:") {
				w.WriteHeader(404)
				return true
			}
			return false
		}, invalid("its index names manifest sha256:")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.misbehave(tc.fault)
			_, err := resolve(t, tc.ref, image.Options{})
			tc.want(t, err)
		})
	}
}

func TestAPassingFaultIsOvercome(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "a:1")
	for _, tc := range []struct {
		name  string
		first func(http.ResponseWriter)
	}{
		{"an error of its own", func(w http.ResponseWriter) { w.WriteHeader(503) }},
		{"a wait it asks for", func(w http.ResponseWriter) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) }},
		{"a broken connection", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var times atomic.Int32
			s.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
				if kindOfRequest(r.URL.Path) != "manifest" {
					return false
				}
				if times.Add(1) > 2 {
					return false
				}
				tc.first(w)
				return true
			})
			if _, err := resolve(t, ref, image.Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCancellingEndsAWaitForARegistry(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "a:1")
	ctx, cancel := context.WithCancel(t.Context())
	s.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
		if kindOfRequest(r.URL.Path) != "manifest" {
			return false
		}
		w.Header().Set("Retry-After", "29")
		w.WriteHeader(503)
		cancel()
		return true
	})
	_, err := image.Resolve(ctx, ref, image.Options{}) // with all its patience: it would wait 29 s
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestARegistryThatIsNotThereIsARegistryError(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	s.Close()
	_, err := resolve(t, s.host()+"/a:1", image.Options{})
	wantError[*image.RegistryError](t, err, "connection refused", "Check the name, the network, HTTPS_PROXY")
}

func TestWhatIsNoImageIsRefused(t *testing.T) {
	noHome(t)
	s := newRegistry(t)
	chart := mutate.ConfigMediaType(smallImage(t, ""), types.MediaType("application/vnd.cncf.helm.config.v1+json"))
	ref, _ := s.push(t, chart, "chart:1")
	_, err := resolve(t, ref, image.Options{})
	wantError[*image.InvalidError](t, err, "no container image", "helm")
}

// locked is a registry that wants the user gate with the given password.
func locked(password string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		user, given, ok := r.BasicAuth()
		if ok && user == "gate" && given == password {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}`)
		return true
	}
}

// dockerConfig makes a Docker configuration directory with the given config.json.
func dockerConfig(t testing.TB, content string) {
	t.Helper()
	noHome(t)
	write(t, filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), content, 0o600)
}

func TestCredentialsComeFromTheDockerConfiguration(t *testing.T) {
	s := newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "private:1")
	s.misbehave(locked("s3cret"))
	auth := func(password string) string {
		return fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, s.host(), base64.StdEncoding.EncodeToString([]byte("gate:"+password)))
	}
	t.Run("the right ones are enough", func(t *testing.T) {
		dockerConfig(t, auth("s3cret"))
		if _, err := resolve(t, ref, image.Options{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("wrong ones are named, but not shown", func(t *testing.T) {
		dockerConfig(t, auth("wr0ng"))
		_, err := resolve(t, ref, image.Options{})
		got := wantError[*image.RegistryError](t, err, "UNAUTHORIZED", "sent the credentials from the Docker configuration", "docker login "+s.host())
		if text := fmt.Sprintf("%+v", err); strings.Contains(text, "wr0ng") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("gate:wr0ng"))) {
			t.Errorf("the error shows the password: %s", text)
		}
		if got.Status != http.StatusUnauthorized {
			t.Errorf("status is %d", got.Status)
		}
	})
	t.Run("none are said to be none", func(t *testing.T) {
		dockerConfig(t, `{}`)
		_, err := resolve(t, ref, image.Options{})
		wantError[*image.RegistryError](t, err, "sent no credentials")
	})
	t.Run("a keychain of the caller's own goes first", func(t *testing.T) {
		dockerConfig(t, auth("wr0ng"))
		own := fixedKeychain{&authn.Basic{Username: "gate", Password: "s3cret"}}
		if _, err := resolve(t, ref, image.Options{Keychain: own}); err != nil {
			t.Error(err)
		}
	})
}

type fixedKeychain struct{ authn.Authenticator }

func (k fixedKeychain) Resolve(authn.Resource) (authn.Authenticator, error) {
	return k.Authenticator, nil
}

func TestCredentialsComeFromAHelper(t *testing.T) {
	s := newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "private:1")
	s.misbehave(locked("h3lper"))
	bin := t.TempDir()
	write(t, filepath.Join(bin, "docker-credential-gate-test"),
		"#!/bin/sh\ncat >/dev/null\necho '{\"Username\":\"gate\",\"Secret\":\"h3lper\"}'\n", 0o755)
	write(t, filepath.Join(bin, "docker-credential-gate-broken"), "#!/bin/sh\necho no agent is running\nexit 1\n", 0o755)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Run("one that works", func(t *testing.T) {
		dockerConfig(t, fmt.Sprintf(`{"credHelpers":{%q:"gate-test"}}`, s.host()))
		if _, err := resolve(t, ref, image.Options{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("one that fails is blamed when the registry refuses", func(t *testing.T) {
		dockerConfig(t, fmt.Sprintf(`{"credHelpers":{%q:"gate-broken"}}`, s.host()))
		_, err := resolve(t, ref, image.Options{})
		wantError[*image.RegistryError](t, err, "sent no credentials: ", "no agent is running")
	})
	t.Run("one that fails does not matter for a public image", func(t *testing.T) {
		dockerConfig(t, fmt.Sprintf(`{"credHelpers":{%q:"gate-broken"}}`, s.host()))
		s.misbehave(nil)
		if _, err := resolve(t, ref, image.Options{}); err != nil {
			t.Error(err)
		}
	})
}
