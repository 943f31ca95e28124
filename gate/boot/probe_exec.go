package boot

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"
)

// execProbe runs a command inside the container and looks at its exit code.
type execProbe struct {
	command Command
	engine  Engine
	id      string
	mask    masker
}

// maxExec is how much of a command's output is held, in bytes.
const maxExec = 4 << 10

func (e *execProbe) try(ctx context.Context) result {
	r := result{expected: e.expected()}
	ctx, cancel := context.WithTimeout(ctx, execLimit)
	defer cancel()
	code, output, err := e.run(ctx)
	switch {
	case ctx.Err() != nil:
		r.actual = fmt.Sprintf("it did not end within %s", execLimit)
	case err != nil:
		r.actual = e.mask.text(err.Error())
	default:
		r.ok, r.actual = code == 0, fmt.Sprintf("exited with %d", code)
		if text := strings.TrimSpace(e.mask.text(output)); code != 0 && text != "" {
			r.actual += ": " + cutText([]byte(text), shownBody, false)
		}
	}
	return r
}

func (e *execProbe) expected() string { return strings.Join(e.command, " ") + " exits with 0" }

// run returns the command's exit code and the first of what it printed.
func (e *execProbe) run(ctx context.Context) (int, string, error) {
	created, err := e.engine.ContainerExecCreate(ctx, e.id, container.ExecOptions{
		Cmd: e.command, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		return 0, "", err
	}
	stream, err := e.engine.ContainerExecAttach(ctx, created.ID, container.ExecAttachOptions{})
	if err != nil {
		return 0, "", err
	}
	defer stream.Close()
	stop := context.AfterFunc(ctx, stream.Close)
	defer stop()
	var output bounded
	_, _ = stdcopy.StdCopy(&output, &output, stream.Reader) // what it printed is only for people
	code, err := e.exitCode(ctx, created.ID)
	return code, output.String(), err
}

// exitCode asks for the exit code of a command whose output has ended. The engine may close the output a moment
// before it has noted the end, and has no event that carries the code, so this asks again until it has.
func (e *execProbe) exitCode(ctx context.Context, id string) (int, error) {
	for {
		inspect, err := e.engine.ContainerExecInspect(ctx, id)
		if err != nil || !inspect.Running {
			return inspect.ExitCode, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(firstPause):
		}
	}
}

// bounded keeps the first maxExec bytes written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), maxExec-b.Len())])
	return len(p), nil
}
