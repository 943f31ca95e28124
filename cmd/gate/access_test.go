package main_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bootgate/gate/image"
	"bootgate/testdata/faults"
	"bootgate/testdata/testimage"
)

// nobody is the user id that owns nothing.
const nobody = 65534

// TestSocketOfAnotherUser meets a socket that this user may not open.
func TestSocketOfAnotherUser(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "bootgate-socket-") // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	run := gateRun{host: "unix://" + socket, temporary: dir, dir: dir, args: []string{"check", "bootgate-test/none:none"}}
	mode, folder := os.FileMode(0o000), os.FileMode(0o755) // a user who is not root keeps himself out
	if os.Geteuid() == 0 {
		mode, folder = 0o600, 0o777
		run.user = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	if err := os.Chmod(socket, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, folder); err != nil {
		t.Fatal(err)
	}
	got := run.run(t)
	if got.code != 3 {
		t.Errorf("exit code %d, want 3", got.code)
	}
	for _, want := range []string{"host-engine: ", "this user may not use its socket", "docker"} {
		if !strings.Contains(got.reason(), want) {
			t.Errorf("the last line on stderr is %q, want %q in it", got.reason(), want)
		}
	}
}

// TestGateInAContainer runs the gate in a container that has the engine's socket and nothing else: it reaches the other
// container by joining its network, and leaves it again.
func TestGateInAContainer(t *testing.T) {
	t.Parallel()
	server := testimage.App(t, testimage.Config{Name: "beside", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	self := testimage.App(t, testimage.Config{
		Name: "gate", NoFixture: true, Entrypoint: []string{"/gate"},
		Files: []image.File{{Path: "/gate", Mode: 0o755, Source: program(t, "gate")}},
	})
	folder := temporary(t)
	out, err := exec.CommandContext(t.Context(), "docker", "run", "--rm", "--volume", engineSocket(t)+":/var/run/docker.sock",
		"--volume", folder+":/tmp", self, "check", "--ready=http:8080/", "--stays-up=1s", server).CombinedOutput()
	if err != nil {
		t.Fatalf("docker run: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "gate: pass: 1 image in") {
		t.Errorf("the gate printed %q", out)
	}
}

// TestSignalAtAnEngineThatHangs interrupts the gate while the engine does not answer: it gives up without it.
func TestSignalAtAnEngineThatHangs(t *testing.T) {
	t.Parallel()
	ref := testimage.App(t, testimage.Config{Name: "hangs", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	asked := make(chan struct{})
	p := proxy(t, func(_ context.Context, r faults.Request) faults.Fault {
		if r.Call == "POST /containers/{}/start" {
			close(asked)
			return faults.Hang
		}
		return faults.None
	})
	g := gateRun{host: p.Host(), temporary: temporary(t), args: []string{"check", ref}}.start(t)
	<-asked
	g.signal(syscall.SIGINT)
	if got := g.wait(); got.code != 130 {
		t.Errorf("exit code %d, want 130", got.code)
	}
}
