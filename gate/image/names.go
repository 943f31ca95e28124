package image

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Names of the OCI image layout (image-layout.md) and of `docker save` archives.
const (
	layoutFile    = "oci-layout"
	layoutContent = `{"imageLayoutVersion":"1.0.0"}`
	indexFile     = "index.json"
	savedFile     = "manifest.json"
	blobDir       = "blobs"
)

// Annotations of descriptors.
const (
	// annotationRefName names an entry of index.json (OCI annotations.md).
	annotationRefName = "org.opencontainers.image.ref.name"
	// annotationImageName is the full reference, written by containerd and by `docker save`.
	annotationImageName = "io.containerd.image.name"
	// annotationReferenceType marks manifests that are about another manifest, such as BuildKit's attestations.
	annotationReferenceType = "vnd.docker.reference.type"
	// annotationReferenceDigest says which manifest it is about.
	annotationReferenceDigest = "vnd.docker.reference.digest"
)

// configOctetStream is what some early registries and tools call an image configuration.
const configOctetStream types.MediaType = "application/octet-stream"

// zstdSuffix ends the media type of a layer that is compressed with Zstandard (OCI layer.md).
const zstdSuffix = "+zstd"

// MarkerDomain is the registry part of every marker: a tag that says which run holds an image. It can never exist
// (RFC 2606).
const MarkerDomain = "bootgate.invalid"

// Platform parts that stand for "not a program", as attestations in an index have.
const unknownPlatform = "unknown"

// hubRegistry is what the library calls Docker Hub; hubDomain is what people call it, and hubServer what Docker's
// configuration and its engine do.
const (
	hubRegistry = "index.docker.io"
	hubDomain   = "docker.io"
	hubServer   = "https://index.docker.io/v1/"
	ghcr        = "ghcr.io"
)

// Environment variables of GitHub Actions with credentials for ghcr.io.
const (
	githubTokenVariable = "GITHUB_TOKEN"
	githubActorVariable = "GITHUB_ACTOR"
)

// foreignScheme says how a prefix of another tool (skopeo, podman, crane) is written here.
func foreignScheme(arg string) (theirs, ours string) {
	for _, s := range [...][2]string{
		{"https://", ""}, {"http://", ""}, {"docker://", "registry:"}, {"docker-daemon:", "docker:"},
		{"docker-archive:", "tar:"}, {"oci-archive:", "oci:"}, {"containers-storage:", ""},
	} {
		if strings.HasPrefix(arg, s[0]) {
			return s[0], s[1]
		}
	}
	return "", ""
}
