package main_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"bootgate/testdata/faults"
	"bootgate/testdata/testimage"
)

// phase is a moment in the life of a check.
type phase struct {
	name string
	// call is a request to the engine that is made in this phase, the nth of its kind; empty when text is set.
	call string
	nth  int
	// text is on stderr when the phase begins.
	text string
	args []string
	// image is the script of the image.
	image []string
	// baseline is the script of its baseline; nil when it has none.
	baseline []string
}

// phases are all phases in which a signal may come, but for pulling.
func phases() []phase {
	server := []string{"http=:8080"}
	return []phase{
		{name: "making the network", call: "POST /networks/create", nth: 1, image: server},
		{name: "creating", call: "POST /containers/create", nth: 1, image: server},
		{name: "starting", call: "POST /containers/{}/start", nth: 1, image: server},
		{name: "waiting", text: "waiting until ready", args: []string{"--ready=tcp:1", "--within=10m"}, image: server},
		{name: "at work", text: ": running", args: []string{"--as=job"}, image: []string{"wait"}},
		// The second command inside the container is run because the first has shown that it is ready.
		{name: "staying up", call: "POST /containers/{}/exec", nth: 2, args: []string{"--ready=exec:/fixture", "--stays-up=10m"}, image: server},
		{name: "stopping", call: "POST /containers/{}/kill signal=SIGTERM", nth: 1, args: []string{"--stays-up=0s", "--stops-within=10m"},
			image: []string{"ignore=TERM", "on-term=", "http=:8080"}},
		{name: "creating for the control boot", call: "POST /containers/create", nth: 2, image: []string{"exit=3"}, baseline: server},
		{name: "starting in the control boot", call: "POST /containers/{}/start", nth: 2, image: []string{"exit=3"}, baseline: server},
		{name: "waiting in the control boot", text: "control boot (waiting until ready", args: []string{"--ready=tcp:1", "--within=10m"},
			image: []string{"exit=3"}, baseline: server},
		{name: "starting in the second round", call: "POST /containers/{}/start", nth: 3, args: []string{"--rounds=2", "--stays-up=0s"}, image: server,
			baseline: []string{"print=good", "http=:8080"}},
		{name: "removing", call: "DELETE /containers/{}", nth: 1, args: []string{"--stays-up=0s"}, image: server},
	}
}

// TestSignals sends each signal in each phase: the gate removes what it made, and says by its exit code what ended it.
func TestSignals(t *testing.T) {
	signals := []struct {
		name   string
		signal syscall.Signal
		code   int
	}{{"SIGINT", syscall.SIGINT, 130}, {"SIGTERM", syscall.SIGTERM, 143}, {"SIGHUP", syscall.SIGHUP, 129}}
	for _, phase := range phases() {
		t.Run(phase.name, func(t *testing.T) {
			t.Parallel()
			ref := testimage.App(t, testimage.Config{Name: "signals", Args: phase.image, Expose: []string{"8080"}})
			if phase.baseline != nil {
				phase.args = append(phase.args, "--baseline="+testimage.App(t, testimage.Config{Name: "signals-baseline", Args: phase.baseline, Expose: []string{"8080"}}))
			}
			for _, s := range signals {
				t.Run(s.name, func(t *testing.T) {
					got := phase.interrupt(t, ref, s.signal)
					if got.code != s.code {
						t.Errorf("exit code %d, want %d", got.code, s.code)
					}
					if want := "gate: interrupted by " + s.name; got.reason() != want {
						t.Errorf("the last line on stderr is %q, want %q", got.reason(), want)
					}
				})
			}
		})
	}
}

// interrupt runs the gate and sends a signal when the phase has come. A request to the engine is held up until the gate
// has taken notice of the signal.
func (p phase) interrupt(t *testing.T, ref string, signal syscall.Signal) outcome {
	t.Helper()
	reached, noticed := make(chan struct{}), make(chan struct{})
	engine := proxy(t, func(ctx context.Context, r faults.Request) faults.Fault {
		if p.call != "" && r.Call == p.call && r.Nth == p.nth {
			close(reached)
			select {
			case <-noticed:
			case <-ctx.Done():
			}
		}
		return faults.None
	})
	g := gateRun{host: engine.Host(), temporary: temporary(t), args: append(append([]string{"check"}, p.args...), ref)}.start(t)
	if p.text != "" {
		<-g.stderr.await(p.text)
	} else {
		<-reached
	}
	g.signal(signal)
	<-g.stderr.await("stopping: removing what was started")
	close(noticed)
	return g.wait()
}

// TestSignalInAControlBootBesideTheCandidate has one replica of the candidate die while the other goes on: the control boot
// begins at once, and a signal ends all of them.
func TestSignalInAControlBootBesideTheCandidate(t *testing.T) {
	t.Parallel()
	image := func(name string, words ...string) string {
		return testimage.App(t, testimage.Config{Name: name, Args: words, Expose: []string{"8080"}})
	}
	locks := image("signals-locks", "lock-server=:9000")
	bad, good := image("signals-replicas", "lock=locks:9000;exit=3", "http=:8080"), image("signals-good", "http=:8080")
	g := gateRun{temporary: temporary(t), args: []string{"check", "--replicas=2", "--memory=32MiB", "--ready=tcp:1", "--within=10m",
		"--needs={name: locks, image: " + locks + ", ready: {tcp: 9000}, memory: 32MiB}", "--baseline=" + good, bad}}.start(t)
	<-g.stderr.await("control boot (waiting until ready")
	g.signal(syscall.SIGTERM)
	if got := g.wait(); got.code != 143 || got.reason() != "gate: interrupted by SIGTERM" {
		t.Errorf("exit code %d, last line %q", got.code, got.reason())
	}
}

// TestSignalWhilePulling interrupts the gate while the engine waits for a layer.
func TestSignalWhilePulling(t *testing.T) {
	t.Parallel()
	asked, over := make(chan struct{}, 100), make(chan struct{})
	ref := pushedImage(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") && strings.Contains(r.UserAgent(), "docker") {
				asked <- struct{}{}
				<-over // not when the engine hangs up: some do not before they have an answer
			}
			next.ServeHTTP(w, r)
		})
	})
	g := gateRun{temporary: temporary(t), args: []string{"check", "--as=job", ref}}.start(t)
	<-asked
	g.signal(syscall.SIGTERM)
	got := g.wait()
	close(over)
	if got.code != 143 || got.reason() != "gate: interrupted by SIGTERM" {
		t.Errorf("exit code %d, last line %q", got.code, got.reason())
	}
}

// TestKilledGate kills a gate on the spot beside one that lives: a sweep, and the next check, remove what the dead one
// left and nothing of the living.
func TestKilledGate(t *testing.T) {
	t.Parallel()
	ref := testimage.App(t, testimage.Config{Name: "killed", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	job := savedImage(t)
	for _, next := range [][]string{{"sweep"}, {"check", "--as=job", job}} {
		t.Run("gate "+next[0], func(t *testing.T) {
			t.Parallel()
			folder := temporary(t)
			long := gateRun{temporary: folder, args: []string{"check", "--ready=tcp:1", "--within=10m", ref}}
			alive := long.start(t)
			<-alive.stderr.await("waiting until ready")
			living := onlyThings(t, folder)
			dead := long.start(t)
			<-dead.stderr.await("waiting until ready")
			dead.signal(syscall.SIGKILL)
			dead.wait()
			if left := onlyThings(t, folder); len(left) <= len(living) {
				t.Errorf("a killed gate left nothing: %v", left)
			}
			if got := (gateRun{temporary: folder, args: next}).run(t); got.code != 0 {
				t.Errorf("exit code %d\nstderr: %s", got.code, got.stderr)
			}
			if left := onlyThings(t, folder); strings.Join(left, " ") != strings.Join(living, " ") {
				t.Errorf("there is %v, want what the living gate has: %v", left, living)
			}
			alive.signal(syscall.SIGINT)
			alive.wait()
			// The lock of a dead run does no harm, and stays for a while.
			for _, lock := range mustLeftovers(t, folder) {
				if err := os.Remove(lock); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// onlyThings is mustLeftovers without locks: a lock of a dead run does no harm and may stay for a while.
func onlyThings(t testing.TB, folder string) []string {
	t.Helper()
	var things []string
	for _, thing := range mustLeftovers(t, folder) {
		if !strings.HasSuffix(thing, ".lock") {
			things = append(things, thing)
		}
	}
	return things
}

// TestADiagnosisCanBeInterrupted sends a signal to a gate that waits for more of a log.
func TestADiagnosisCanBeInterrupted(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	g := gateRun{in: r, dir: t.TempDir(), temporary: t.TempDir(), args: []string{"diagnose"}}.start(t)
	r.Close()
	// More than a pipe holds: the gate is reading when all of it is written.
	if _, err := w.Write(bytes.Repeat([]byte("INFO working\n"), 20_000)); err != nil {
		t.Fatal(err)
	}
	g.signal(syscall.SIGINT)
	got := g.wait()
	if got.code != 130 || got.reason() != "gate: interrupted by SIGINT" || got.stdout != "" {
		t.Errorf("exit code %d, want 130\nstdout: %s\nstderr: %s", got.code, got.stdout, got.stderr)
	}
}
