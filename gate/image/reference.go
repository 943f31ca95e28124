package image

import (
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Scheme says where to look for an image.
type Scheme string

// The schemes, as written before a colon.
const (
	// Guess is no scheme: a path, else the engine, else the registry.
	Guess    Scheme = ""
	Docker   Scheme = "docker"
	Registry Scheme = "registry"
	Tar      Scheme = "tar"
	OCI      Scheme = "oci"
)

// Target is an argument taken apart. Nothing was looked up yet.
type Target struct {
	// Arg is the whole argument.
	Arg    string
	Scheme Scheme
	// Value is what follows the scheme: a reference, or a path with an optional #NAME.
	Value string
}

// Parse takes an argument apart and checks what can be checked without looking anything up. The error is a
// *ReferenceError. The package documentation says what an argument means.
func Parse(arg string) (Target, error) {
	if theirs, ours := foreignScheme(arg); theirs != "" {
		return Target{}, &ReferenceError{
			Ref: arg, Reason: fmt.Sprintf("%q is not a prefix of this program", theirs),
			Advice: fmt.Sprintf("Write %q.", ours+strings.TrimPrefix(arg, theirs)),
		}
	}
	target := Target{Arg: arg, Value: arg}
	if prefix, rest, ok := strings.Cut(arg, ":"); ok {
		switch scheme := Scheme(prefix); scheme {
		case Docker, Registry, Tar, OCI:
			target.Scheme, target.Value = scheme, rest
		}
	}
	if target.Value == "" {
		return Target{}, &ReferenceError{Ref: arg, Reason: "no image is named"}
	}
	if strings.ContainsRune(target.Value, 0) {
		return Target{}, &ReferenceError{Ref: arg, Reason: "it holds a NUL character"}
	}
	if target.Scheme == Docker || target.Scheme == Registry {
		_, err := target.name()
		return target, err
	}
	return target, nil
}

// IsPath reports whether the argument names a path, so that no engine and no registry need be asked.
func (t Target) IsPath() bool {
	switch t.Scheme {
	case Tar, OCI:
		return true
	case Guess:
		return looksLikePath(t.Value) || holdsImage(t.Value)
	}
	return false
}

// name returns the value as a registry reference. The error is a *ReferenceError.
func (t Target) name() (name.Reference, error) {
	ref, err := name.ParseReference(t.Value)
	if err != nil {
		return nil, &ReferenceError{Ref: t.Arg, Reason: "not an image reference, and no such path: " + reason(err), Err: err}
	}
	return ref, nil
}

// reason takes the library's advice about its own functions out of its error.
func reason(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimPrefix(text, "could not parse reference: ")
}

// looksLikePath reports whether somebody who writes value means a path, whether or not it exists.
func looksLikePath(value string) bool {
	if value == "." || value == ".." {
		return true
	}
	for _, prefix := range [...]string{"/", "./", "../"} {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}
	file, _, _ := strings.Cut(value, "#")
	for _, suffix := range [...]string{".tar", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(file, suffix) {
			return true
		}
	}
	return false
}

// mistakenScheme returns a hint when the scheme of t may have been meant as the name of an image: "registry:2".
func (t Target) mistakenScheme() string {
	if t.Scheme == Guess || strings.ContainsAny(t.Value, ":@") {
		return ""
	}
	return fmt.Sprintf("%q before the colon is a prefix; for the image of that name on Docker Hub write docker.io/library/%s.",
		t.Scheme, t.Arg)
}

// display returns a reference the way people write it: docker.io for Docker Hub.
func display(ref name.Reference) string { return displayName(ref.Name()) }

func displayName(full string) string {
	if rest, ok := strings.CutPrefix(full, hubRegistry+"/"); ok {
		return hubDomain + "/" + rest
	}
	return full
}

// registryName returns a registry's host the way people write it.
func registryName(host string) string {
	if host == hubRegistry {
		return hubDomain
	}
	return host
}

// sameRepository reports whether an engine's "repository@digest" or "repository:tag" is of the given repository.
func sameRepository(engineRef string, repository name.Repository) bool {
	ref, err := name.ParseReference(engineRef)
	return err == nil && ref.Context().Name() == repository.Name()
}
