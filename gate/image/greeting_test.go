package image_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// doorman stands before a registry and decides who may read what.
type doorman struct {
	// greeting is what nobody known gets for /v2/: "open", "basic", "bearer", "404" or "moved".
	greeting string
	// manifests and blobs are what nobody known gets for those: "open", "moved", "refused" as the greeting does, or a status.
	manifests, blobs string
	// public lets those read that have a token for nobody.
	public bool
}

const doormansToken = "for-gate"

// door is a registry behind a doorman, who can be changed.
type door struct {
	*httptest.Server
	mu     sync.Mutex
	keeper doorman
	seen   []string
}

func newDoor(t testing.TB, inner http.Handler, secure bool) *door {
	t.Helper()
	d := &door{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		keeper := d.keeper
		what := strings.TrimPrefix(r.URL.Path, "/")
		if strings.Contains(r.URL.Path, "/private/") {
			what = kindOfRequest(r.URL.Path)
		}
		who, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		d.seen = append(d.seen, strings.TrimSpace(what+" "+who))
		d.mu.Unlock()
		if !keeper.refuses(w, r, d.URL) {
			inner.ServeHTTP(w, r)
		}
	})
	d.Server = httptest.NewUnstartedServer(handler)
	d.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		d.StartTLS()
	} else {
		d.Start()
	}
	t.Cleanup(d.Close)
	return d
}

func (d *door) put(keeper doorman) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keeper, d.seen = keeper, nil
}

func (d *door) requests() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.seen...)
}

// refuses answers in the registry's place, and reports whether it did.
func (k doorman) refuses(w http.ResponseWriter, r *http.Request, url string) bool {
	user, password, _ := r.BasicAuth()
	known := user == "gate" && password == "s3cret"
	if path, moved := strings.CutPrefix(r.URL.Path, "/moved"); moved {
		r.URL.Path = path
		return false
	}
	if r.URL.Path == "/token" {
		switch {
		case known:
			fmt.Fprintf(w, `{"token":%q}`, doormansToken)
		case r.Header.Get("Authorization") == "":
			fmt.Fprint(w, `{"token":"for-nobody"}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
		return true
	}
	switch token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); {
	case k.greeting == "basic" && known, k.greeting == "bearer" && token == doormansToken:
		return false
	case k.greeting == "bearer" && k.public && token == "for-nobody":
		return false
	}
	rule := map[string]string{"ping": k.greeting, "manifest": k.manifests, "blob": k.blobs}[kindOfRequest(r.URL.Path)]
	switch rule {
	case "open":
		return false
	case "moved":
		http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusTemporaryRedirect)
	case "403":
		w.WriteHeader(http.StatusForbidden)
	case "404":
		w.WriteHeader(http.StatusNotFound)
	default:
		if k.greeting == "basic" {
			w.Header().Set("WWW-Authenticate", `Basic realm="door"`)
		} else {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s/token",service="door"`, url))
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
	return true
}

// knownAt makes a Docker configuration that has a password for a registry; none when it is empty.
func knownAt(t testing.TB, host, password string) {
	t.Helper()
	if password == "" {
		noHome(t)
		return
	}
	dockerConfig(t, fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, base64.StdEncoding.EncodeToString([]byte("gate:"+password))))
}

func TestCredentialsReachARegistryThatHidesWhatIsPrivate(t *testing.T) {
	s := newRegistry(t)
	s.push(t, smallImage(t, ""), "acme/private/shop:1")
	d := newDoor(t, s.inner, false)
	host := strings.TrimPrefix(d.URL, "http://")
	for _, tc := range []struct {
		name, password string
		keeper         doorman
		want           []string
	}{
		{"nobody needs to be known", "", doorman{greeting: "open", manifests: "open", blobs: "open"}, []string{"manifest", "blob"}},
		{"it is no whole registry, but has the image", "", doorman{greeting: "404", manifests: "open", blobs: "open"}, []string{"manifest", "blob"}},
		{"a token for nobody is wanted", "", doorman{greeting: "bearer", manifests: "refused", blobs: "refused", public: true},
			[]string{"manifest", "token", "manifest Bearer", "blob Bearer"}},
		{"a token for nobody is wanted, and what nobody asks for is hidden", "", doorman{greeting: "bearer", manifests: "404", blobs: "404", public: true},
			[]string{"manifest", "v2/", "token", "manifest Bearer", "blob Bearer"}},
		{"a token for nobody is wanted, but not for manifests", "", doorman{greeting: "bearer", manifests: "open", blobs: "refused", public: true},
			[]string{"manifest", "blob", "v2/", "token", "blob Bearer"}},
		{"a token for nobody is wanted, but not for manifests, and what nobody asks for is hidden", "", doorman{greeting: "bearer", manifests: "open", blobs: "404", public: true},
			[]string{"manifest", "blob", "v2/", "token", "blob Bearer"}},
		{"a manifest has moved", "", doorman{greeting: "open", manifests: "moved", blobs: "moved"},
			[]string{"manifest", "v2/", "manifest", "manifest", "blob", "blob"}},
		{"403, and a password is known", "s3cret", doorman{greeting: "basic", manifests: "403", blobs: "403"}, []string{"v2/", "manifest Basic", "blob Basic"}},
		{"404, and a password is known", "s3cret", doorman{greeting: "basic", manifests: "404", blobs: "404"}, []string{"v2/", "manifest Basic", "blob Basic"}},
		{"403, and a password for tokens is known", "s3cret", doorman{greeting: "bearer", manifests: "403", blobs: "403"},
			[]string{"v2/", "token Basic", "manifest Bearer", "blob Bearer"}},
		{"404, and a password for tokens is known", "s3cret", doorman{greeting: "bearer", manifests: "404", blobs: "404"},
			[]string{"v2/", "token Basic", "manifest Bearer", "blob Bearer"}},
		{"manifests are open, configurations are not", "s3cret", doorman{greeting: "basic", manifests: "open", blobs: "404"},
			[]string{"v2/", "manifest Basic", "blob Basic"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			knownAt(t, host, tc.password)
			d.put(tc.keeper)
			if _, err := resolve(t, "registry:"+host+"/acme/private/shop:1", image.Options{}); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tc.want, d.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// everyDoorman calls use with each doorman there can be.
func everyDoorman(use func(doorman)) {
	for _, greeting := range []string{"open", "basic", "bearer", "404", "moved"} {
		for _, manifests := range []string{"open", "moved", "refused", "403", "404"} {
			for _, blobs := range []string{"open", "moved", "refused", "403", "404"} {
				for _, public := range []bool{true, false} {
					use(doorman{greeting: greeting, manifests: manifests, blobs: blobs, public: public})
				}
			}
		}
	}
}

// TestWhoeverCanReadWithTheLibraryCanReadWithTheGate sets every doorman against the library, which always greets.
func TestWhoeverCanReadWithTheLibraryCanReadWithTheGate(t *testing.T) {
	s := newRegistry(t)
	s.push(t, smallImage(t, ""), "acme/private/shop:1")
	for _, secure := range []bool{false, true} {
		d := newDoor(t, s.inner, secure)
		_, host, _ := strings.Cut(d.URL, "://")
		ref, err := name.ParseReference(host + "/acme/private/shop:1")
		if err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{"", "s3cret", "wr0ng"} {
			auth := authn.Anonymous
			if password != "" {
				auth = &authn.Basic{Username: "gate", Password: password}
			}
			knownAt(t, host, password)
			everyDoorman(func(keeper doorman) {
				d.put(keeper)
				what, want := readWithLibrary(ref, auth, d.Client().Transport)
				_, got := resolve(t, "registry:"+ref.Name(), image.Options{Transport: d.Client().Transport})
				if password == "" && keeper.greeting == "404" && (got == nil || keeper.manifests == "refused") {
					return // the library gives up on the greeting
				}
				if diff := cmp.Diff(outcome(what, want), outcomeOf(got)); diff != "" {
					t.Errorf("TLS %v, password %q, %+v (-library +gate):\n%s%v\n%v", secure, password, keeper, diff, want, got)
				}
			})
		}
	}
}

// readWithLibrary reads what Resolve reads. The first result says what an error is about.
func readWithLibrary(ref name.Reference, auth authn.Authenticator, base http.RoundTripper) (string, error) {
	d, err := remote.Get(ref, remote.WithAuth(auth), remote.WithTransport(base))
	if err != nil {
		return "manifest", err
	}
	img, err := d.Image()
	if err == nil {
		_, err = img.RawConfigFile()
	}
	return "configuration", err
}

// outcome is "read", "not found", "invalid" or a status.
func outcome(what string, err error) string {
	var answer *transport.Error
	switch {
	case err == nil:
		return "read"
	case !errors.As(err, &answer):
		return err.Error()
	case answer.StatusCode != http.StatusNotFound || answer.Request.URL.Path == "/v2/":
		return fmt.Sprint("status ", answer.StatusCode)
	case what == "manifest":
		return "not found"
	}
	return "invalid"
}

func outcomeOf(err error) string {
	var (
		missing *image.NotFoundError
		invalid *image.InvalidError
		refused *image.RegistryError
	)
	switch {
	case err == nil:
		return "read"
	case errors.As(err, &missing):
		return "not found"
	case errors.As(err, &invalid):
		return "invalid"
	case errors.As(err, &refused):
		return fmt.Sprint("status ", refused.Status)
	}
	return err.Error()
}
