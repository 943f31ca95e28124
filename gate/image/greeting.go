package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// greeting saves somebody without credentials the registry library's first request, GET /v2/, which asks whether the
// registry wants to know who is there (OCI distribution specification 1.1, "Determining Support"): the manifest that will be
// read next is asked for in its place. When it comes, nobody needs to be known, and it is kept until the library asks for it.
// When the answer is where to get a token, it answers the greeting as well. Any other answer counts for nothing, and the
// registry is greeted after all: what a registry says of an image to somebody it does not know (403, 404, a page to log in)
// need not be what it says to the same somebody with a token.
//
// It is not for somebody with credentials: those have to know from the greeting how to send them.
type greeting struct {
	// base sends requests, and again when they fail for a reason that passes. once sends them once.
	base, once http.RoundTripper
	repository name.Repository
	// path is that of the manifest.
	path string

	mu sync.Mutex
	// kept is the manifest by the scheme and host it came from, which are taken to let everybody read; nil once it is taken.
	kept map[string]*http.Response
	// greeted sends requests in the way the registry wants them; nil as long as it has not been greeted after all.
	greeted http.RoundTripper
}

// greetingPath is what the library greets a registry with.
const greetingPath = "/v2/"

// manifestTypes are what a manifest may be: image or index, of Docker or OCI, and what is refused later with better words.
var manifestTypes = strings.Join([]string{
	string(types.DockerManifestSchema1), string(types.DockerManifestSchema1Signed), string(types.DockerManifestSchema2),
	string(types.OCIManifestSchema1), string(types.DockerManifestList), string(types.OCIImageIndex),
}, ",")

// RoundTrip implements http.RoundTripper.
func (g *greeting) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		return g.base.RoundTrip(request)
	}
	switch request.URL.Path {
	case greetingPath:
		return g.greet(request)
	case g.path:
		if kept := g.take(request); kept != nil {
			return kept, nil
		}
	}
	return g.read(request)
}

// greet asks for the manifest, and only when the answer is of no use for what the library asks.
func (g *greeting) greet(request *http.Request) (*http.Response, error) {
	asked := request.Clone(request.Context())
	asked.URL.Path = g.path
	asked.Header.Set("Accept", manifestTypes)
	response, err := g.once.RoundTrip(asked)
	if err != nil {
		var wait *tooLongError
		if errors.As(err, &wait) || passingError(err) {
			return g.base.RoundTrip(request)
		}
		var network net.Error
		if errors.As(err, &network) && network.Timeout() {
			return nil, &inPlaceError{path: g.path, cause: err}
		}
		return nil, err
	}
	if wantsToken(response) {
		return response, nil
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
		return g.base.RoundTrip(request)
	}
	// The library ends the greeting's context with the greeting, so that the answer is read now.
	body, err := io.ReadAll(io.LimitReader(response.Body, manifestLimit+1))
	if err != nil || len(body) > manifestLimit {
		return g.base.RoundTrip(request)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	g.keep(request, response)
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: response.Proto, ProtoMajor: response.ProtoMajor, ProtoMinor: response.ProtoMinor,
		Header: http.Header{}, Body: http.NoBody, Request: request,
	}, nil
}

// inPlaceError says that nothing came of a manifest in time: the library says that of the greeting.
type inPlaceError struct {
	path  string
	cause error
}

func (e *inPlaceError) Error() string   { return fmt.Sprintf("GET %s: %v", e.path, e.cause) }
func (e *inPlaceError) Unwrap() error   { return e.cause }
func (e *inPlaceError) Timeout() bool   { return true }
func (e *inPlaceError) Temporary() bool { return true }

// wantsToken reports whether an answer says where to get a token (RFC 6750 section 3), and nothing else.
func wantsToken(response *http.Response) bool {
	challenges := response.Header.Values("WWW-Authenticate")
	if response.StatusCode != http.StatusUnauthorized || len(challenges) != 1 {
		return false
	}
	challenge := strings.ToLower(challenges[0])
	return strings.HasPrefix(challenge, "bearer ") && strings.Contains(challenge, "realm=")
}

func originOf(request *http.Request) string { return request.URL.Scheme + "://" + request.URL.Host }

func (g *greeting) keep(request *http.Request, response *http.Response) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil {
		g.kept = map[string]*http.Response{}
	}
	g.kept[originOf(request)] = response
}

// take returns the kept answer, once.
func (g *greeting) take(request *http.Request) *http.Response {
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := g.kept[originOf(request)]
	if kept != nil {
		g.kept[originOf(request)], kept.Request = nil, request
	}
	return kept
}

// read sends a request on. A registry that gave out the manifest and refuses or hides the rest (one behind a cache of
// manifests may) is greeted after all, and spoken to from then on as it wants to be.
func (g *greeting) read(request *http.Request) (*http.Response, error) {
	g.mu.Lock()
	way := g.greeted
	_, assumed := g.kept[originOf(request)]
	g.mu.Unlock()
	if way != nil {
		return way.RoundTrip(request.Clone(request.Context()))
	}
	response, err := g.base.RoundTrip(request)
	if err != nil || !assumed || !refuses(response) {
		return response, err
	}
	response.Body.Close()
	if way, err = g.greetAfterAll(request.Context()); err != nil {
		return nil, err
	}
	return way.RoundTrip(request.Clone(request.Context()))
}

// refuses reports whether an answer may be another for somebody with a token.
func refuses(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	}
	return false
}

// greetAfterAll lets the library greet the registry and, if it wants that, get a token for somebody unknown.
func (g *greeting) greetAfterAll(ctx context.Context) (http.RoundTripper, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.greeted == nil {
		way, err := transport.NewWithContext(ctx, g.repository.Registry, authn.Anonymous, g.base, []string{g.repository.Scope(transport.PullScope)})
		if err != nil {
			return nil, err
		}
		g.greeted = way
	}
	return g.greeted, nil
}
