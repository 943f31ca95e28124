package gate

import (
	"context"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/image"
	"bootgate/gate/secret"
)

// InspectRequest is which image to look at.
type InspectRequest struct {
	// Image is the image as the user named it: a reference or a path, with or without a scheme.
	Image string
	// Platform is os/arch[/variant] for an image that comes in several; empty means the engine's, or this machine's.
	Platform string
	// Deep asks for what the layers tell as well: JVMs by their release files, and the class that needs the newest one.
	Deep bool
}

// Inspection is the outcome of one run of `gate inspect`.
type Inspection struct {
	// Verdict is finding.Pass when the image could be read: what it tells is not judged.
	Verdict finding.Verdict
	// Name is what the command line called it.
	Name string
	Identity
	// Size is in bytes, as the image is stored: mostly compressed, except on an engine.
	Size int64
	// User, Entrypoint and Cmd are as the image has them, secrets masked; Ports are those it exposes.
	User                   string
	Entrypoint, Cmd, Ports []string
	// Origin is what the image tells of how it was made.
	Origin builder.Origin
	// Findings say why it could not be read.
	Findings []finding.Finding
}

// Inspect reads what is written on an image and says how it was made. connect reaches the engine, and is called only when
// the image may be there. That the image cannot be read is a finding; the error is a *UsageError, a *boot.PanicError, the
// cause with which ctx was cancelled, or one of the file system's, when layers cannot be looked into for want of room.
func Inspect(ctx context.Context, request InspectRequest, connect func(context.Context) (Engine, error)) (Inspection, error) {
	in := Inspection{Name: request.Image}
	err := boot.Guarded(func() error { return in.read(ctx, request, &looker{connect: connect}) })
	if ctx.Err() != nil {
		return in, context.Cause(ctx)
	}
	if found, ok := blame(err); ok {
		in.Findings, err = []finding.Finding{found}, nil
	}
	in.Verdict = finding.Of(in.Findings)
	return in, err
}

func (in *Inspection) read(ctx context.Context, request InspectRequest, l *looker) error {
	candidate, err := l.find(ctx, request.Image, request.Platform)
	if err != nil {
		return err
	}
	if err := candidate.ReadHistory(ctx); err != nil {
		return err
	}
	in.describe(candidate)
	if !request.Deep {
		return nil
	}
	if in.Origin, err = withProvenance(ctx, in.Origin, candidate); err != nil {
		return err
	}
	contents, err := builder.Deep(ctx, candidate, in.Origin)
	if err != nil {
		return err
	}
	in.Origin = in.Origin.WithContents(contents, candidate.Config.Env)
	return nil
}

// describe takes over what is written on the image.
func (in *Inspection) describe(c *image.Candidate) {
	in.Identity, in.Size = identityOf(c), c.Size
	in.User, in.Ports = secret.Text(c.Config.User), c.Config.ExposedPorts
	in.Entrypoint, in.Cmd = secret.Args(c.Config.Entrypoint), secret.Args(c.Config.Cmd)
	in.Origin = builder.Read(c)
}
