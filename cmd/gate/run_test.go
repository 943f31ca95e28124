package main_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"bootgate/testdata/faults"
)

// gateRun is one run of the gate.
type gateRun struct {
	// host is DOCKER_HOST. Default: this process's.
	host string
	// temporary is the folder for temporary files, as made by the function of that name.
	temporary string
	dir       string
	args      []string
	// user is whom to run as. Default: this process's.
	user *syscall.Credential
	// in is stdin. Default: nothing to read.
	in *os.File
	// out and err are where stdout and stderr go when they do not go into the outcome.
	out, err *os.File
}

// outcome is how a run of the gate ended.
type outcome struct {
	code           int
	stdout, stderr string
}

// reason is the last line on stderr.
func (o outcome) reason() string {
	lines := strings.Split(strings.TrimSuffix(o.stderr, "\n"), "\n")
	return lines[len(lines)-1]
}

// runningGate is a gate that was started.
type runningGate struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout *syncBuffer
	stderr *syncBuffer
}

// syncBuffer is a buffer that may be read while it is written. The zero value is ready.
type syncBuffer struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	awaited []awaited
}

// awaited is a text that somebody waits for.
type awaited struct {
	text string
	seen chan struct{}
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.buf.Write(p)
	for i, a := range b.awaited {
		if a.text != "" && strings.Contains(b.buf.String(), a.text) {
			close(a.seen)
			b.awaited[i].text = ""
		}
	}
	return n, err
}

// await returns a channel that is closed when the text has been written.
func (b *syncBuffer) await(text string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := make(chan struct{})
	if strings.Contains(b.buf.String(), text) {
		close(seen)
	} else {
		b.awaited = append(b.awaited, awaited{text, seen})
	}
	return seen
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start starts the gate.
func (r gateRun) start(t testing.TB) *runningGate {
	t.Helper()
	if r.host == "" {
		r.host = os.Getenv("DOCKER_HOST")
	}
	g := &runningGate{t: t, cmd: exec.Command(program(t, "gate"), r.args...), stdout: &syncBuffer{}, stderr: &syncBuffer{}}
	g.cmd.Dir = r.dir
	g.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + r.temporary, "DOCKER_HOST=" + r.host}
	g.cmd.Stdout, g.cmd.Stderr = g.stdout, g.stderr
	if r.in != nil {
		g.cmd.Stdin = r.in
	}
	if r.out != nil {
		g.cmd.Stdout = r.out
	}
	if r.err != nil {
		g.cmd.Stderr = r.err
	}
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: r.user}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.cmd.Process.Kill() }) // it has long ended unless the test failed
	return g
}

// run runs the gate to its end.
func (r gateRun) run(t testing.TB) outcome {
	t.Helper()
	return r.start(t).wait()
}

// signal sends a signal.
func (g *runningGate) signal(s syscall.Signal) {
	g.t.Helper()
	if err := g.cmd.Process.Signal(s); err != nil {
		g.t.Fatalf("sending %v: %v\nstderr: %s", s, err, g.stderr)
	}
}

// wait waits for the end.
func (g *runningGate) wait() outcome {
	g.t.Helper()
	err := g.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		g.t.Fatal(err)
	}
	return outcome{code: g.cmd.ProcessState.ExitCode(), stdout: g.stdout.String(), stderr: g.stderr.String()}
}

// proxy starts a proxy before the real engine.
func proxy(t testing.TB, decide func(context.Context, faults.Request) faults.Fault) *faults.Proxy {
	t.Helper()
	p, err := faults.Listen(filepath.Join(t.TempDir(), "engine.sock"), engineSocket(t), decide)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
