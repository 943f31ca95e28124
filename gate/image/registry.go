package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// defaultTransport is the registry library's own (it honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY), except that it does
// not wait for ever for a registry that takes a request and says nothing. It is shared, so that connections are.
var defaultTransport = sync.OnceValue(func() http.RoundTripper {
	shared, ok := remote.DefaultTransport.(*http.Transport)
	if !ok {
		return remote.DefaultTransport
	}
	own := shared.Clone()
	own.ResponseHeaderTimeout = 30 * time.Second
	return own
})

// repository is the part of a registry that one image is in, and the way to talk to it. It asks the registry once how
// it wants to be spoken to, whatever is read from it.
type repository struct {
	// ref is the argument, for errors.
	ref    string
	name   name.Repository
	creds  credentials
	puller *remote.Puller
	// answers are what the registry said about manifests beside their content.
	answers  *answers
	patience patience
}

// openRepository opens the repository of what is asked for. Nothing is sent yet.
func openRepository(ctx context.Context, ref string, asked name.Reference, o Options) (*repository, error) {
	base, patience := o.Transport, o.patience
	if base == nil {
		base = defaultTransport()
	}
	if patience == nil {
		patience = &defaultPatience
	}
	repo := asked.Context()
	r := &repository{ref: ref, name: repo, creds: credentialsFor(ctx, o.Keychain, repo), patience: *patience}
	r.answers = &answers{base: &retrying{base: base, patience: *patience}}
	if r.creds.from == "" {
		hasty := *patience
		hasty.attempts = 1
		r.answers.base = &greeting{
			base: r.answers.base, once: &retrying{base: base, patience: hasty},
			repository: repo, path: "/v2/" + repo.RepositoryStr() + "/manifests/" + asked.Identifier(),
		}
	}
	var err error
	r.puller, err = remote.NewPuller(
		remote.WithAuth(r.creds.Authenticator), remote.WithUserAgent("bootgate"),
		remote.WithTransport(r.answers),
		// The transport does the retrying.
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}), remote.WithRetryStatusCodes(),
	)
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", ref, err)
	}
	return r, nil
}

// root reads what a tag or digest names.
func (r *repository) root(ctx context.Context, ref name.Reference) (document, error) {
	what := "manifest " + ref.Identifier()
	d, err := r.puller.Get(ctx, ref)
	if err != nil {
		return document{}, r.explain(ctx, what, err)
	}
	// Engines pull what this header says. That it is wrong is as bad as content that is.
	if said := r.answers.digest(ref.Identifier()); said != "" && said != d.Digest.String() {
		return document{}, r.damaged(what, fmt.Errorf("it has the digest %s, the registry says %s", d.Digest, said))
	}
	// No registry takes a manifest that is no JSON: something on the way has made this of it.
	if !json.Valid(d.Manifest) {
		return document{}, r.damaged(what, errors.New("it is no JSON"))
	}
	return document{raw: d.Manifest, mediaType: d.MediaType, digest: d.Digest}, nil
}

func (r *repository) manifest(ctx context.Context, d v1.Descriptor) (document, error) {
	if err := checkDescriptor(d); err != nil {
		return document{}, &InvalidError{Ref: r.ref, Reason: "its index cannot be used", Err: err}
	}
	doc, err := r.root(ctx, r.name.Digest(d.Digest.String()))
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return document{}, &InvalidError{Ref: r.ref, Reason: fmt.Sprintf("its index names manifest %s, which the registry does not have", d.Digest), Err: missing.Err}
	}
	return doc, err
}

func (r *repository) config(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	if d.Size > configLimit {
		return nil, &InvalidError{Ref: r.ref, Reason: fmt.Sprintf("its configuration has %d bytes, more than %d", d.Size, configLimit)}
	}
	what := "configuration " + d.Digest.String()
	raw, err := r.blob(ctx, d, func(blob io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(blob, configLimit+1)) })
	if err != nil {
		return nil, r.explain(ctx, what, err)
	}
	if len(raw) > configLimit { // so that its digest is not known
		return nil, r.damaged(what, fmt.Errorf("it is longer than %d bytes, its descriptor says %d", configLimit, d.Size))
	}
	if err := checkBytes(raw, d); err != nil {
		return nil, &InvalidError{Ref: r.ref, Reason: "its configuration is damaged", Err: err}
	}
	return raw, nil
}

// blob opens a blob for use. The library holds the bytes against their digest when they end.
func (r *repository) blob(ctx context.Context, d v1.Descriptor, use func(io.Reader) ([]byte, error)) ([]byte, error) {
	layer, err := r.puller.Layer(ctx, r.name.Digest(d.Digest.String()))
	if err != nil {
		return nil, err
	}
	stream, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return use(&arriving{r: stream, size: d.Size})
}

// arriving is the content of a blob. The library ends it with an error when it is not what its digest says.
type arriving struct {
	r       io.Reader
	n, size int64
}

func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.n += int64(n)
	switch {
	case err == nil, errors.Is(err, io.EOF), isTraffic(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return n, err
	case a.n < a.size:
		return n, fmt.Errorf("only %d of %d bytes came", a.n, a.size)
	}
	return n, errors.New("it has another digest")
}

// checkLayers reads layers from the registry, to find out whether they are what their digests say. It looks at no more
// than limit bytes, and is for the case that the engine could not pull: it gives an error of the right type, where the
// engine only gives words.
func (r *repository) checkLayers(ctx context.Context, layers []v1.Descriptor, limit int64) error {
	for _, d := range layers {
		if limit -= d.Size; limit < 0 {
			return nil
		}
		var n int64
		_, err := r.blob(ctx, d, func(blob io.Reader) (_ []byte, err error) {
			n, err = io.Copy(io.Discard, blob)
			return nil, err
		})
		if err != nil {
			return r.explain(ctx, "layer "+d.Digest.String(), err)
		}
		if n != d.Size {
			return &InvalidError{Ref: r.ref, Reason: fmt.Sprintf("layer %s has %d bytes, its manifest says %d", d.Digest, n, d.Size)}
		}
	}
	return nil
}

// explain turns an error of the library, met while what was read, into one of this package's types. What is neither an answer
// of the registry nor about the conversation is about the content: it is not what its digest says.
func (r *repository) explain(ctx context.Context, what string, err error) error {
	if stopped := cancelled(ctx, r.ref); stopped != nil {
		return stopped
	}
	var answer *transport.Error
	if errors.As(err, &answer) {
		return r.explainAnswer(answer, err)
	}
	problem := &RegistryError{
		Ref: r.ref, Registry: r.name.RegistryStr(), Credentials: r.creds.from, CredentialsError: r.creds.problem, Err: err,
	}
	var wait *tooLongError
	if errors.As(err, &wait) {
		problem.Status, problem.RetryAfter, problem.Err = wait.status, wait.asked, wait
		return problem
	}
	if isTraffic(err) {
		return problem
	}
	problem.Damaged = what
	return problem
}

// damaged says that the registry, or something on the way to it, has given out something else than what was asked for.
func (r *repository) damaged(what string, err error) error {
	return &RegistryError{Ref: r.ref, Registry: r.name.RegistryStr(), Damaged: what, Err: err}
}

// isTraffic reports whether an error is about the connection or the conversation, rather than about the content.
func isTraffic(err error) bool {
	var (
		request *url.Error
		network net.Error
		syntax  *json.SyntaxError
	)
	return errors.As(err, &request) || errors.As(err, &network) || errors.As(err, &syntax) ||
		errors.Is(err, io.ErrUnexpectedEOF) || passingError(err)
}

// explainAnswer is explain for an error that the registry sent.
func (r *repository) explainAnswer(answer *transport.Error, err error) error {
	path := ""
	if answer.Request != nil && answer.Request.URL != nil {
		path = answer.Request.URL.Path
	}
	missing := answer.StatusCode == http.StatusNotFound || hasCode(answer, transport.ManifestUnknownErrorCode, transport.NameUnknownErrorCode)
	switch {
	case missing && strings.Contains(path, "/manifests/"):
		return &NotFoundError{Ref: r.ref, Where: "registry " + registryName(r.name.RegistryStr()), Err: err}
	case missing && strings.Contains(path, "/blobs/"):
		return &InvalidError{Ref: r.ref, Reason: "its manifest names a part that the registry does not have", Err: err}
	}
	return &RegistryError{
		Ref: r.ref, Registry: r.name.RegistryStr(), Status: answer.StatusCode,
		Credentials: r.creds.from, CredentialsError: r.creds.problem, Err: err,
	}
}

func hasCode(answer *transport.Error, codes ...transport.ErrorCode) bool {
	return slices.ContainsFunc(answer.Errors, func(d transport.Diagnostic) bool { return slices.Contains(codes, d.Code) })
}

// answers notes which digest the registry gives a manifest in Docker-Content-Digest, which the library does not tell, and
// bounds how long a manifest may be: the library takes 100 MiB.
type answers struct {
	base http.RoundTripper

	mu      sync.Mutex
	digests map[string]string
}

// RoundTrip sends the request on.
func (a *answers) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := a.base.RoundTrip(request)
	if err != nil || request.Method != http.MethodGet || response.StatusCode != http.StatusOK {
		return response, err
	}
	if _, identifier, ok := strings.Cut(request.URL.Path, "/manifests/"); ok {
		response.Body = &bounded{ReadCloser: response.Body, left: manifestLimit}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.digests == nil {
			a.digests = map[string]string{}
		}
		a.digests[identifier] = response.Header.Get("Docker-Content-Digest")
	}
	return response, nil
}

// digest returns the digest that the registry gave a manifest; empty when it gave none, or none that can be compared.
func (a *answers) digest(identifier string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h, err := v1.NewHash(a.digests[identifier]); err == nil && h.Algorithm == "sha256" {
		return h.String()
	}
	return ""
}

// bounded is a body that must not be longer than what is left.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, io.ErrClosedPipe // who reads on has had the error
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return n, fmt.Errorf("it is longer than %d bytes", manifestLimit)
	}
	return n, err
}
