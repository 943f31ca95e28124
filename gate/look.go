package gate

import (
	"context"
	"errors"
	"sync"

	"bootgate/gate/image"
)

// looker finds images that are looked at and not booted. It asks an engine only where an argument may mean one of its
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
	options := image.Options{Platform: platform}
	target, err := image.Parse(arg)
	if err != nil {
		return nil, wrong(err)
	}
	asked := target.Scheme == image.Docker || target.Scheme == image.Guess && !target.IsPath()
	if asked {
		l.once.Do(func() { l.engine, l.err = l.connect(ctx) })
		if l.err != nil && (target.Scheme == image.Docker || ctx.Err() != nil) {
			return nil, l.err
		}
		if l.err == nil {
			options.Engine = l.engine
		}
	}
	candidate, err := image.Resolve(ctx, arg, options)
	var missing *image.NotFoundError
	if asked && l.err != nil && errors.As(err, &missing) {
		return nil, l.err
	}
	return candidate, wrong(err)
}

// wrong marks errors that are the user's.
func wrong(err error) error {
	var reference *image.ReferenceError
	if errors.As(err, &reference) {
		return &UsageError{Err: err, Advice: reference.Remedy()}
	}
	return err
}
