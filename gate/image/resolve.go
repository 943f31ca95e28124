package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Resolve finds the image an argument names. The package documentation says what an argument means.
//
// It costs one request of an engine; or of a registry a manifest (two for a multi-platform image) and a configuration, the
// greeting where credentials are known, and a token and the refusal before it where the registry wants tokens; or the table
// of contents of an archive. Errors are of the types that implement Problem, or wrap the context's.
func Resolve(ctx context.Context, arg string, o Options) (*Candidate, error) {
	target, err := Parse(arg)
	if err != nil {
		return nil, err
	}
	r := resolver{Options: o, target: target}
	if o.Platform != "" {
		asked, err := parsePlatform(arg, o.Platform)
		if err != nil {
			return nil, err
		}
		r.asked = &asked
	}
	c, err := r.resolve(ctx)
	if err != nil {
		if stopped := cancelled(ctx, arg); stopped != nil {
			return nil, stopped
		}
		return nil, err
	}
	if r.reached != nil {
		o.Engine = r.reached
	}
	c.Name, c.options = arg, o
	return c, nil
}

// resolver is one call of Resolve.
type resolver struct {
	Options
	target Target
	asked  *v1.Platform

	once sync.Once
	// reached is the engine; nil when there is none or it was not needed. refused is why Connect could not reach it.
	reached Engine
	refused error
}

// engine returns the engine, which is reached when it is first needed; nil when there is none to ask.
func (r *resolver) engine(ctx context.Context) (Engine, error) {
	r.once.Do(func() {
		if r.reached = r.Engine; r.Engine == nil && r.Connect != nil {
			r.reached, r.refused = r.Connect(ctx)
			if r.refused != nil {
				r.reached = nil
			}
		}
	})
	return r.reached, r.refused
}

func (r *resolver) wish() wish { return wish{asked: r.asked, otherwise: r.enginePlatform} }

// enginePlatform asks the engine what it runs on. Only an index raises the question, and an engine is not reached for it
// alone.
func (r *resolver) enginePlatform(ctx context.Context) (v1.Platform, error) {
	engine := r.Engine
	if engine == nil && r.target.Scheme == Guess {
		engine, _ = r.engine(ctx)
	}
	if engine == nil {
		return v1.Platform{OS: "linux", Architecture: runtime.GOARCH}, nil
	}
	version, err := engine.ServerVersion(ctx)
	if err != nil {
		return v1.Platform{}, &EngineError{Ref: r.target.Arg, Doing: "asking for the engine's platform", Err: err}
	}
	return v1.Platform{OS: version.Os, Architecture: version.Arch}, nil
}

func (r *resolver) resolve(ctx context.Context) (*Candidate, error) {
	switch r.target.Scheme {
	case Docker:
		return r.fromEngine(ctx)
	case Registry:
		return r.fromRegistry(ctx)
	case Tar, OCI:
		return r.fromPath(ctx)
	}
	if looksLikePath(r.target.Value) || holdsImage(r.target.Value) {
		return r.fromPath(ctx)
	}
	if _, err := r.target.name(); err != nil {
		return nil, err
	}
	return r.fromEngineElseRegistry(ctx)
}

// fromEngineElseRegistry prefers the engine's image, unless it has none, one for another platform than was asked for,
// or one that is there only as long as another gate needs it.
func (r *resolver) fromEngineElseRegistry(ctx context.Context) (*Candidate, error) {
	if r.Engine == nil && r.Connect == nil {
		return r.fromRegistry(ctx)
	}
	remote := r.ahead(ctx)
	defer remote.stop()
	engine, err := r.engine(ctx)
	var missing *NotFoundError
	if engine == nil {
		c, remoteErr := remote.result()
		if errors.As(remoteErr, &missing) && err != nil {
			return nil, err // it may well be on the engine
		}
		return c, r.missed(remoteErr, err)
	}
	local, err := r.fromEngine(ctx)
	var platform *PlatformError
	lacks := errors.As(err, &missing)
	switch {
	case lacks, errors.As(err, &platform):
	case err != nil:
		return nil, err
	case !local.origin.(*engineOrigin).borrowed:
		return local, nil
	}
	c, remoteErr := remote.result()
	if errors.As(remoteErr, &missing) && platform != nil {
		return nil, platform // there is such an image after all
	}
	if lacks {
		return c, r.missed(remoteErr, nil)
	}
	return c, remoteErr
}

// missed adds to the error of a registry that the engine was asked before it, in vain: it has no such image or, with an
// error of its own, did not answer. A mistyped name of a local image looks like a fault of the network otherwise.
func (r *resolver) missed(remoteErr, engineErr error) error {
	var registry *RegistryError
	ref, err := r.target.name()
	if err != nil || !errors.As(remoteErr, &registry) {
		return remoteErr
	}
	miss := &EngineMiss{Image: r.target.Value, Err: engineErr}
	if tag, ok := ref.(name.Tag); ok && !strings.HasSuffix(r.target.Value, ":"+tag.TagStr()) {
		miss.Image, miss.Untagged = r.target.Value+":"+tag.TagStr(), true
	}
	registry.Engine = miss
	return remoteErr
}

// lookup is a look into the registry, which may already be under way.
type lookup struct {
	stop   func()
	result func() (*Candidate, error)
}

// ahead looks into the registry: at once where the engine has yet to be reached, else only when the result is asked for.
// Docker Hub counts each manifest that is read, so that it is never asked in vain.
func (r *resolver) ahead(ctx context.Context) lookup {
	ref, err := r.target.name()
	if err != nil || r.Engine != nil || ref.Context().RegistryStr() == hubRegistry {
		return lookup{stop: func() {}, result: func() (*Candidate, error) { return r.fromRegistry(ctx) }}
	}
	type outcome struct {
		c   *Candidate
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan outcome, 1)
	go func() {
		c, err := r.fromRegistry(ctx)
		done <- outcome{c, err}
	}()
	return lookup{stop: cancel, result: func() (*Candidate, error) { o := <-done; return o.c, o.err }}
}

// splitPath returns the path and the #NAME of a value. A path that exists as written is taken as written.
func splitPath(value string) (path, item string) {
	if _, err := os.Lstat(value); err == nil {
		return value, ""
	}
	if i := strings.LastIndex(value, "#"); i >= 0 {
		return value[:i], value[i+1:]
	}
	return value, ""
}

// holdsImage reports whether value, which does not look like a path, is one all the same: an OCI layout directory, or a
// file that is a tar or gzip. A program or a source directory that has the image's name is neither.
func holdsImage(value string) bool {
	path, _ := splitPath(value)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		_, ok := directory(path).size(indexFile)
		return ok
	case !info.Mode().IsRegular():
		return false
	}
	return isArchive(path)
}

func (r *resolver) fromPath(ctx context.Context) (*Candidate, error) {
	path, item := splitPath(r.target.Value)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &NotFoundError{Ref: r.target.Arg, Where: "the file system", Err: err, Hint: relativeHint(path)}
	case err != nil:
		return nil, &ReferenceError{Ref: r.target.Arg, Reason: err.Error(), Advice: "Make the file readable for this user.", Err: err}
	case info.IsDir() && r.target.Scheme == Tar:
		return nil, &ReferenceError{Ref: r.target.Arg, Reason: "it is a directory", Advice: fmt.Sprintf("An OCI layout is written oci:%s.", r.target.Value)}
	}
	var files tree = directory(path)
	source := FromLayout
	if !info.IsDir() {
		source = FromArchive
		if files, err = r.openArchive(ctx, path, info); err != nil {
			return nil, err
		}
	}
	if _, ok := files.size(indexFile); !ok && (r.target.Scheme == OCI || source == FromLayout) {
		return nil, r.noLayout(files, source)
	}
	s, err := readTree(ctx, r.target.Arg, files, item, r.wish())
	if err != nil {
		return nil, err
	}
	c := s.candidate()
	c.Ref, c.Source = path, source
	if c.Size == int64(len(s.rawConfig)) {
		for i, layer := range s.layers {
			c.Size += layer.size
			c.Record.Layers[i].Size = layer.size
		}
	}
	c.origin = &storedOrigin{ref: r.target.Arg, engine: r.Engine, image: s}
	return c, nil
}

// noLayout says why what was named as an OCI layout is none. A `docker save` archive is an image, but of the other scheme.
func (r *resolver) noLayout(files tree, source Source) error {
	if _, saved := files.size(savedFile); saved && source == FromArchive {
		return &ReferenceError{
			Ref: r.target.Arg, Reason: "it is a `docker save` archive that holds no OCI layout",
			Advice: fmt.Sprintf("Such an archive is written tar:%s.", r.target.Value),
		}
	}
	what := "an OCI layout"
	if source == FromArchive {
		what = "an archive of an OCI layout"
	}
	return &InvalidError{Ref: r.target.Arg, Reason: fmt.Sprintf("not %s: it has no %s", what, indexFile)}
}

func (r *resolver) openArchive(ctx context.Context, path string, info os.FileInfo) (tree, error) {
	if !info.Mode().IsRegular() {
		return nil, &InvalidError{Ref: r.target.Arg, Reason: "not an image: it is no regular file"}
	}
	if info.Size() == 0 {
		return nil, &InvalidError{Ref: r.target.Arg, Reason: "not an image: the file is empty"}
	}
	files, err := openArchive(ctx, path)
	if errors.Is(err, os.ErrPermission) {
		return nil, &ReferenceError{Ref: r.target.Arg, Reason: err.Error(), Advice: "Make the file readable for this user.", Err: err}
	}
	if err != nil {
		return nil, &InvalidError{Ref: r.target.Arg, Reason: "not an image, or only a part of one", Err: err}
	}
	return files, nil
}

// relativeHint says where a relative path was looked for.
func relativeHint(path string) string {
	if filepath.IsAbs(path) {
		return ""
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return fmt.Sprintf("The path was looked for in %s.", dir)
}

// fromRegistry reads the image from its registry.
func (r *resolver) fromRegistry(ctx context.Context) (*Candidate, error) {
	ref, err := r.target.name()
	if err != nil {
		return nil, err
	}
	repo, err := openRepository(ctx, r.target.Arg, ref, r.Options)
	if err != nil {
		return nil, err
	}
	root, err := repo.root(ctx, ref)
	if err != nil {
		var missing *NotFoundError
		if errors.As(err, &missing) {
			missing.Hint = r.target.mistakenScheme()
		}
		return nil, err
	}
	image, err := read(ctx, r.target.Arg, repo, root, r.wish())
	if err != nil {
		return nil, err
	}
	c := image.candidate()
	c.Ref, c.Source = display(ref), FromRegistry
	c.origin = &registryOrigin{repo: repo, engine: r.Engine, image: image, keep: r.KeepPulled}
	return c, nil
}
