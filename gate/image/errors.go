package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/docker/docker/client"
)

// Problem is what every error type of this package is: a sentence and what to do about it. Neither ever holds a
// credential. A run that was cancelled gives an error that wraps the context's own instead.
type Problem interface {
	error
	// Remedy is one sentence that tells a person what to do.
	Remedy() string
}

// ReferenceError says that the argument itself is wrong: a mistake of whoever wrote it.
type ReferenceError struct {
	// Ref is the argument as it was given.
	Ref string
	// Reason says what is wrong with it.
	Reason string
	// Advice says how it should look.
	Advice string
	Err    error
}

func (e *ReferenceError) Error() string { return fmt.Sprintf("image %q: %s", e.Ref, e.Reason) }

// Unwrap returns the cause.
func (e *ReferenceError) Unwrap() error { return e.Err }

// Remedy says how the argument should look.
func (e *ReferenceError) Remedy() string {
	if e.Advice != "" {
		return e.Advice
	}
	return "Write an image as REGISTRY/REPOSITORY:TAG or REPOSITORY@sha256:DIGEST, or the path of an archive or OCI layout."
}

// NotFoundError says that whoever was asked answered, and has no such image.
type NotFoundError struct {
	Ref string
	// Where is what was asked: "registry ghcr.io", "the Docker engine", "the file system".
	Where string
	// Hint is added to the remedy.
	Hint string
	Err  error
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("image %q: not found in %s", e.Ref, e.Where)
}

// Unwrap returns the cause.
func (e *NotFoundError) Unwrap() error { return e.Err }

// Remedy says what to check.
func (e *NotFoundError) Remedy() string {
	return strings.TrimSpace("Check the name, and that the build made and pushed it. " + e.Hint)
}

// InvalidError says that something is there, but it is not an image, or not a whole one.
type InvalidError struct {
	Ref string
	// Reason says what is wrong with it.
	Reason string
	Err    error
}

func (e *InvalidError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("image %q: %s", e.Ref, e.Reason)
	}
	return fmt.Sprintf("image %q: %s: %v", e.Ref, e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *InvalidError) Unwrap() error { return e.Err }

// Remedy says how to get a whole image.
func (e *InvalidError) Remedy() string {
	return "Build or copy the image again; `docker save` archives, OCI archives and OCI layouts are understood."
}

// RegistryError says that a registry could not be reached, would not answer, or gave out something else than what was asked
// for.
type RegistryError struct {
	Ref string
	// Registry is its host, and port if there is one.
	Registry string
	// Status is the HTTP status it answered with; 0 when there was no answer.
	Status int
	// Credentials says where the credentials that were sent came from; empty when none were sent.
	Credentials string
	// CredentialsError is why the Docker configuration gave none, when it was asked in vain.
	CredentialsError error
	// RetryAfter is how long the registry asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Damaged is what came from the registry and is not what its digest says, or not all of it: "layer sha256:…". Empty
	// when nothing came.
	Damaged string
	// Engine is what came of asking the Docker engine first; nil when it was not asked, or has the image.
	Engine *EngineMiss
	Err    error
}

// EngineMiss says that the engine was asked for an image before its registry, in vain.
type EngineMiss struct {
	// Image is what the engine was asked for, with the tag that counts where none was given; Untagged says that none was.
	Image    string
	Untagged bool
	// Err is why the engine could not be asked; nil when it has no such image.
	Err error
}

// words says what came of it, to be followed by what came of asking the registry.
func (m *EngineMiss) words() string {
	switch {
	case m == nil:
		return ""
	case m.Err != nil:
		return fmt.Sprintf("the Docker engine could not be asked for %s: %v; and ", m.Image, m.Err)
	}
	return fmt.Sprintf("the Docker engine has no %s, and ", m.Image)
}

// advice says what to do about it, to be followed by what to do about the registry.
func (m *EngineMiss) advice() string {
	if m == nil {
		return ""
	}
	text := fmt.Sprintf("If %s is on this machine, check its name: `docker image ls` lists what the engine has. ", m.Image)
	if m.Err != nil {
		text = fmt.Sprintf("If the engine has %s, start the engine and check DOCKER_HOST. ", m.Image)
	}
	if m.Untagged {
		text += "No tag was given, which means :latest: add the tag if you mean another. "
	}
	return text + "If it comes from the registry: "
}

func (e *RegistryError) Error() string {
	if e.Damaged != "" {
		return fmt.Sprintf("image %q: registry %s: %s came damaged: %v", e.Ref, registryName(e.Registry), e.Damaged, e.Err)
	}
	return fmt.Sprintf("image %q: %sregistry %s: %v%s%s", e.Ref, e.Engine.words(), registryName(e.Registry), e.Err, e.status(), e.sent())
}

// status says which status the registry answered with, unless that is said already or goes without saying.
func (e *RegistryError) status() string {
	status := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Status == 0 || e.denied() || strings.Contains(fmt.Sprint(e.Err), status) {
		return ""
	}
	return " (" + status + ")"
}

// sent says which credentials were used, when the registry refused them.
func (e *RegistryError) sent() string {
	switch {
	case !e.denied():
		return ""
	case e.Credentials != "":
		return fmt.Sprintf(" (sent the credentials from %s)", e.Credentials)
	case e.CredentialsError != nil:
		return fmt.Sprintf(" (sent no credentials: %v)", e.CredentialsError)
	}
	return " (sent no credentials)"
}

func (e *RegistryError) denied() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// Unwrap returns the cause.
func (e *RegistryError) Unwrap() error { return e.Err }

// Remedy says what to do about the registry; where that did not answer, what to do about the engine that was asked before
// it comes first.
func (e *RegistryError) Remedy() string {
	advice := e.Engine.advice()
	if advice == "" || e.Damaged != "" || e.Status != 0 {
		return e.remedy()
	}
	first, rest := e.remedy()[:1], e.remedy()[1:]
	return advice + strings.ToLower(first) + rest
}

// remedy depends on the status.
func (e *RegistryError) remedy() string {
	host := registryName(e.Registry)
	switch {
	case e.Damaged != "":
		return fmt.Sprintf("Try again. If that does not help, %s or a proxy on the way to it gives out damaged content: push the image again, or ask whoever runs it.", host)
	case e.denied() && e.Credentials == githubTokenVariable:
		return "Give the job `permissions: packages: read` and the package access for this repository; check the name too."
	case e.denied():
		return fmt.Sprintf("Run `docker login %s`, and check the name: registries answer the same for an image that does not exist.", host)
	case e.Status == http.StatusTooManyRequests && e.RetryAfter > 0:
		return fmt.Sprintf("Wait %s, or run `docker login %s` for a higher limit.", e.RetryAfter, host)
	case e.Status == http.StatusTooManyRequests:
		return fmt.Sprintf("Try again later, or run `docker login %s` for a higher limit.", host)
	case e.Status >= http.StatusInternalServerError:
		return "Try again later: the registry itself has a fault."
	}
	return fmt.Sprintf("Check the name, the network, HTTPS_PROXY and that %s is a registry; then try again.", host)
}

// EngineError says that the engine could not be reached, or refused.
type EngineError struct {
	Ref string
	// Doing is what the engine was asked for.
	Doing string
	Err   error
}

func (e *EngineError) Error() string { return fmt.Sprintf("image %q: %s: %v", e.Ref, e.Doing, e.Err) }

// Unwrap returns the cause.
func (e *EngineError) Unwrap() error { return e.Err }

// Remedy depends on how far the request came.
func (e *EngineError) Remedy() string {
	switch {
	case errors.Is(e.Err, fs.ErrPermission):
		return "Let this user talk to the engine: add it to the group `docker` (`sudo usermod -aG docker $USER`, then log in again)."
	case client.IsErrConnectionFailed(e.Err):
		return "Start the engine (`systemctl start docker`, or Docker Desktop) and check DOCKER_HOST and `docker version`."
	}
	return "See what the engine says in its log (`journalctl -u docker`), and that its disk is not full (`docker system df`)."
}

// PlatformError says that there is an image, but not for the platform that was asked for.
type PlatformError struct {
	Ref string
	// Want is the platform that was asked for, as OS/ARCH[/VARIANT].
	Want string
	// Have are the platforms there are.
	Have []string
}

func (e *PlatformError) Error() string {
	return fmt.Sprintf("image %q: not for platform %s, only for %s", e.Ref, e.Want, strings.Join(e.Have, ", "))
}

// Remedy says how to choose another platform.
func (e *PlatformError) Remedy() string {
	return fmt.Sprintf("Build the image for %s, or name one of its platforms with --platform.", e.Want)
}

// cancelled returns an error that wraps the context's own when ctx is done, else nil. It comes before any other
// explanation of an error: what happens after a cancellation says nothing about image, registry or engine.
func cancelled(ctx context.Context, ref string) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("image %q: %w", ref, context.Cause(ctx))
}
