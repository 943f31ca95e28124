package image

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// greeting saves the registry library its first request, GET /v2/, which asks whether the registry wants to know who is
// there (OCI distribution specification 1.1, "Determining Support"): the manifest that will be read next is asked for in
// its place. An answer that is about access is an answer to the greeting as well; any other is kept until the library asks
// for that manifest.
type greeting struct {
	base http.RoundTripper
	// path is that of the manifest.
	path string

	mu   sync.Mutex
	kept *http.Response
	// origin is the scheme and host that kept came from.
	origin string
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
	return g.base.RoundTrip(request)
}

func (g *greeting) greet(request *http.Request) (*http.Response, error) {
	asked := request.Clone(request.Context())
	asked.URL.Path = g.path
	asked.Header.Set("Accept", manifestTypes)
	response, err := g.base.RoundTrip(asked)
	if err != nil {
		return nil, err
	}
	missing := response.StatusCode == http.StatusNotFound
	if response.StatusCode != http.StatusOK && !missing {
		return response, nil
	}
	defer response.Body.Close()
	// The library ends the greeting's context with the greeting, so that the answer is read now.
	body, err := io.ReadAll(io.LimitReader(response.Body, manifestLimit+1))
	if err == nil && len(body) <= manifestLimit {
		response.Body = io.NopCloser(bytes.NewReader(body))
		g.keep(request, response)
	}
	if missing {
		return g.base.RoundTrip(request) // whatever is there may be no registry
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: response.Proto, ProtoMajor: response.ProtoMajor, ProtoMinor: response.ProtoMinor,
		Header: http.Header{}, Body: http.NoBody, Request: request,
	}, nil
}

func originOf(request *http.Request) string { return request.URL.Scheme + "://" + request.URL.Host }

func (g *greeting) keep(request *http.Request, response *http.Response) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept, g.origin = response, originOf(request)
}

// take returns the kept answer, once.
func (g *greeting) take(request *http.Request) *http.Response {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil || g.origin != originOf(request) {
		return nil
	}
	kept := g.kept
	g.kept, kept.Request = nil, request
	return kept
}
