package gate

import (
	"context"
	"errors"
	"sync"

	"bootgate/gate/image"
)

// looker finds images that are looked at and not booted. It reaches the engine only where an argument may mean one of its
// images: a scheme such as registry: says that it does not.
type looker struct {
	connect func(context.Context) (Engine, error)
	once    sync.Once
	engine  Engine
	err     error
}

// find finds the image that an argument names, for a platform or, when that is empty, the one that suits best. Where the
// engine cannot be reached it may still be a registry's; only when it is not there either the engine is to blame. An
// error is a *UsageError, one that blame knows, or the context's.
func (l *looker) find(ctx context.Context, arg, platform string) (*image.Candidate, error) {
	candidate, err := image.Resolve(ctx, arg, image.Options{Platform: platform, Connect: l.reach})
	return candidate, wrong(err)
}

// reach reaches the engine once for all images.
func (l *looker) reach(ctx context.Context) (image.Engine, error) {
	l.once.Do(func() { l.engine, l.err = l.connect(ctx) })
	return l.engine, l.err
}

// wrong marks errors that are the user's.
func wrong(err error) error {
	var reference *image.ReferenceError
	if errors.As(err, &reference) {
		return &UsageError{Err: err, Advice: reference.Remedy()}
	}
	return err
}
