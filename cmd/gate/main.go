// Command gate is a deployment safety gate for CI: it boots container images the way production would and says
// whether they may go on, and why not.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"bootgate/gate/boot"
	"bootgate/gate/report"
)

// Version is what `gate version` says. It stands in the source because a GitHub Action is built from a checkout that
// knows no tag.
const Version = "0.1.0"

// Exit codes beside those of verdicts.
const (
	exitUsage        = 2
	exitInconclusive = 3
)

// exitError ends the program with a certain code. err may be nil when everything has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// interrupted is the cause with which a signal cancels everything.
type interrupted struct{ signal syscall.Signal }

func (e *interrupted) Error() string { return "interrupted by " + signalName(e.signal) }

func signalName(s syscall.Signal) string {
	switch s {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	default:
		return "SIGHUP"
	}
}

func main() {
	ctx, stop := untilSignal(context.Background(), os.Stderr)
	code := run(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// streams are the standard streams.
type streams struct {
	in       *os.File
	out, err *os.File
}

// run runs the command line and returns the exit code. Whatever happens, the reason is the last line on stderr, and
// the step of a workflow has a verdict.
func run(ctx context.Context, s streams, args []string) int {
	err := boot.Guarded(func() error {
		root := newRoot(s)
		root.SetArgs(args)
		return root.ExecuteContext(ctx)
	})
	if err == nil {
		return 0
	}
	code := exitCode(err)
	var exit *exitError
	if !errors.As(err, &exit) || exit.err != nil {
		complain(s.err, err)
	}
	return code
}

// exitCode says how a run that ended with err exits.
func exitCode(err error) int {
	var (
		exit   *exitError
		signal *interrupted
		panics *boot.PanicError
	)
	switch {
	case errors.As(err, &signal):
		return 128 + int(signal.signal)
	case errors.As(err, &panics):
		return exitInconclusive
	case errors.As(err, &exit):
		return exit.code
	default: // the command line library's own errors
		return exitUsage
	}
}

// complain says why on stderr.
func complain(w io.Writer, err error) {
	var panics *boot.PanicError
	if errors.As(err, &panics) {
		fmt.Fprintf(w, "%s\n", report.Message(string(panics.Stack)))
		fmt.Fprintf(w, "gate: %s: this is a mistake in the gate, please report it with the lines above\n", report.Message(panics.Error()))
		return
	}
	message := report.Message(err.Error())
	if first, _, several := strings.Cut(message, "\n"); several {
		fmt.Fprintln(w, message)
		message = first // the last line says the reason, and not where a caret points
	}
	fmt.Fprintf(w, "gate: %s\n", message)
}

// untilSignal returns a context that SIGINT, SIGTERM and SIGHUP cancel.
func untilSignal(ctx context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	// Whoever reads the progress may go away (gate check 2>&1 | head -1). By default that would end the process on the
	// spot, with its containers still there.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for s := range signals {
			if ctx.Err() == nil {
				fmt.Fprintln(stderr, "gate: stopping: removing what was started")
			}
			if s, ok := s.(syscall.Signal); ok {
				cancel(&interrupted{s})
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
