package image

import (
	"context"
	"net/http"

	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/authn"
)

// Source says where an image came from.
type Source string

// The sources.
const (
	FromRegistry Source = "registry"
	FromEngine   Source = "engine"
	// FromArchive is a tar: `docker save`, or of an OCI layout.
	FromArchive Source = "archive"
	// FromLayout is an OCI layout directory.
	FromLayout Source = "layout"
)

// Candidate is an image that was found: what it is called, what identifies it, and what is written on it.
type Candidate struct {
	// Name is the argument as it was given.
	Name string
	// Ref is the full reference ("docker.io/library/alpine:3.20"), or the path of an archive or layout. An engine image
	// that was asked for by its ID has that as its reference.
	Ref    string
	Source Source
	// Digest is the manifest digest, sha256:…; for a multi-platform image that of the index. It is empty when nobody
	// knows one: see the package documentation.
	Digest string
	// ChildDigest is the digest of the platform's own manifest when Digest is that of an index; else empty.
	ChildDigest string
	// ImageID is the digest of the image's configuration. An engine with the containerd image store calls its images by
	// another digest; then this is what the engine shows.
	ImageID string
	// Platform is os/arch[/variant], as the image says itself.
	Platform string
	Config   Config
	// Size is in bytes: of the configuration and the layers as they are stored, mostly compressed, or what the engine
	// says.
	Size int64
	// Record is what else is written about it.
	Record Record

	options Options
	origin  origin
}

// Options say where and how to look. The zero value asks no engine, finds credentials as docker does, and prefers
// images for linux on this machine's architecture.
type Options struct {
	// Platform is OS/ARCH[/VARIANT]; an image that is for others only is an error. Empty means: any, and of a
	// multi-platform image the engine's own, or that of this machine without an engine.
	Platform string
	// Engine may be nil; then images are looked for in paths and registries only, and Prepare cannot be called.
	Engine Engine
	// Connect reaches the engine when Engine is nil. It is called only when the image may be the engine's own, and then the
	// registry is asked beside it, unless it counts what is asked of it. When it fails, the image may still be the
	// registry's.
	Connect func(context.Context) (Engine, error)
	// Keychain is DefaultKeychain when nil.
	Keychain authn.Keychain
	// Transport carries the requests to registries; when nil, one that honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
	Transport http.RoundTripper
	// KeepPulled leaves images that were pulled on the engine when they are released.
	KeepPulled bool

	// patience is defaultPatience when nil. Tests have less.
	patience *patience
}

// origin is where an image can be brought from onto an engine.
type origin interface {
	// known are digests that an engine may call the image by, the likeliest first.
	known() []string
	// bring puts the image on the engine, with the tag marker as all that holds it.
	bring(ctx context.Context, marker string, progress func(string)) error
	// matches reports whether what the engine has is the image.
	matches(inspected dockerimage.InspectResponse) bool
}
