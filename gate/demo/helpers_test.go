package demo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/image"
)

// TestMain makes the test binary do as the gate's own does when it is put into an image.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == AppCommand {
		os.Exit(App(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func dockerEngine(t *testing.T) *client.Client {
	t.Helper()
	engine, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err == nil {
		_, err = engine.Ping(t.Context())
	}
	if err != nil {
		t.Fatalf("this test needs a Docker engine (apt-get install docker.io && systemctl start docker): %v", err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

// jdks returns the JDKs of this machine, of which there must be one.
func jdks(t *testing.T) []string {
	t.Helper()
	homes := JDKs()
	if len(homes) == 0 {
		t.Fatal("this test needs a JDK (apt-get install openjdk-17-jdk-headless)")
	}
	return homes
}

// loaded makes an image of files alone and puts it onto the engine for the time of the test.
func loaded(t *testing.T, engine *client.Client, name string, files []image.File) string {
	t.Helper()
	img, err := image.Make(image.Recipe{Files: files, Config: v1.Config{Entrypoint: []string{"/none"}}})
	if err != nil {
		t.Fatal(err)
	}
	ref := "bootgate-test/demo-" + name + ":" + strings.ToLower(filepath.Base(t.TempDir()))
	t.Cleanup(func() { // the test's own context has ended by then
		if _, err := engine.ImageRemove(context.Background(), ref, dockerimage.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	})
	if _, err := image.Load(t.Context(), engine, ref, img); err != nil {
		t.Fatal(err)
	}
	return ref
}

// life is what became of a container.
type life struct {
	code   int
	oom    bool
	output string
}

// ran runs a container to its end. Once it has printed stopAfter it is stopped; "" leaves it alone.
func ran(t *testing.T, engine *client.Client, config container.Config, host container.HostConfig, stopAfter string) life {
	t.Helper()
	ctx := t.Context()
	host.NetworkMode = "none"
	made, err := engine.ContainerCreate(ctx, &config, &host, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.ContainerRemove(ctx, made.ID, container.RemoveOptions{Force: true}); err != nil {
			t.Error(err)
		}
	}()
	attached, err := engine.ContainerAttach(ctx, made.ID, container.AttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer attached.Close()
	ended, failed := engine.ContainerWait(ctx, made.ID, container.WaitConditionNextExit)
	if err := engine.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	output := watch{text: stopAfter, seen: make(chan struct{})}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = stdcopy.StdCopy(&output, &output, attached.Reader)
	}()
	if stopAfter != "" {
		<-output.seen
		if err := engine.ContainerStop(ctx, made.ID, container.StopOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	case <-ended:
	}
	<-copied
	inspected, err := engine.ContainerInspect(ctx, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	return life{code: inspected.State.ExitCode, oom: inspected.State.OOMKilled, output: output.buffer.String()}
}

// watch collects output and tells when a text was in it.
type watch struct {
	text   string
	seen   chan struct{}
	done   bool
	buffer bytes.Buffer
}

func (w *watch) Write(p []byte) (int, error) {
	w.buffer.Write(p)
	if w.text != "" && !w.done && strings.Contains(w.buffer.String(), w.text) {
		w.done = true
		close(w.seen)
	}
	return len(p), nil
}

// compiled builds a C program or library in dir and returns its path.
func compiled(t *testing.T, dir, name, source string, flags ...string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".c", []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("gcc", append([]string{"-o", path, path + ".c"}, flags...)...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("this test needs a C compiler (apt-get install gcc libc6-dev): %v\n%s", err, output)
	}
	return path
}

// staticProgram builds a small Go program without any library and returns its path.
func staticProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program, source := filepath.Join(dir, "static"), filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, output)
	}
	return program
}
