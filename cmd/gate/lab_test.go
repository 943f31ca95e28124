package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"

	"bootgate/gate/boot"
	"bootgate/gate/image"
	"bootgate/testdata/cache"
)

// programsDir names the variable that holds the directory for programs.
const programsDir = "BOOTGATE_TEST_PROGRAMS"

// TestMain makes a directory for the programs that tests build, and removes it at the end. It lets more tests run at
// the same time than there are processors: they wait for containers most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if width := flag.Lookup("test.parallel"); width.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = width.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0)))
	}
	dir, err := os.MkdirTemp("", "bootgate-programs-")
	if err == nil {
		err = errors.Join(os.Chmod(dir, 0o755), os.Setenv(programsDir, dir)) // other users run the programs, too
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "making a directory for programs:", err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// programs builds what the tests run, the gate without the race detector as users have it, and returns the directory of
// the programs. It does so once in a test process.
var programs = sync.OnceValues(func() (string, error) {
	dir := os.Getenv(programsDir)
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, "./cmd/gate", "./testdata/peak")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=", "GOARCH=", "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false")
	return dir, cache.Run(cmd)
})

// program returns the path of one of the programs.
func program(t testing.TB, name string) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// engineSocket returns the path of the engine's socket.
func engineSocket(t testing.TB) string {
	t.Helper()
	host := os.Getenv(client.EnvOverrideHost)
	if host == "" {
		host = client.DefaultDockerHost
	}
	path, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		t.Fatalf("this test needs an engine on a Unix socket, and DOCKER_HOST is %q", host)
	}
	return path
}

// newEngine returns a client of the real engine.
func newEngine(ctx context.Context) (*client.Client, error) {
	cli, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err == nil {
		_, err = cli.Ping(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("this test needs a Docker engine: %w\ninstall and start one: apt-get install docker.io && dockerd &", err)
	}
	return cli, nil
}

// leftovers lists what the runs of the gate with the given folder for temporary files left: containers, networks and
// images on the engine, and locks of runs that are over. The folder must be the test's own.
func leftovers(ctx context.Context, cli *client.Client, temporary string) ([]string, error) {
	locks, err := filepath.Glob(filepath.Join(temporary, "bootgate", "*.lock"))
	if err != nil {
		return nil, err
	}
	left := slices.Clone(locks)
	data, err := os.ReadFile(filepath.Join(temporary, "bootgate", "scope"))
	if errors.Is(err, os.ErrNotExist) {
		return left, nil // no run has come so far as to make anything
	}
	if err != nil {
		return nil, err
	}
	scope := strings.TrimSpace(string(data)) + "/"
	labelled := filters.NewArgs(filters.Arg("label", boot.LabelLock))
	containers, err := cli.ContainerList(ctx, container.ListOptions{All: true, Filters: labelled})
	if err != nil {
		return nil, err
	}
	for _, c := range containers {
		if strings.HasPrefix(c.Labels[boot.LabelLock], scope) {
			left = append(left, "container "+c.ID)
		}
	}
	networks, err := cli.NetworkList(ctx, network.ListOptions{Filters: labelled})
	if err != nil {
		return nil, err
	}
	for _, n := range networks {
		if strings.HasPrefix(n.Labels[boot.LabelLock], scope) {
			left = append(left, "network "+n.ID)
		}
	}
	images, err := cli.ImageList(ctx, dockerimage.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", image.MarkerDomain+"/*/*"))})
	if err != nil {
		return nil, err
	}
	for _, img := range images {
		for _, tag := range img.RepoTags {
			if strings.HasPrefix(tag, image.MarkerDomain+"/"+scope) {
				left = append(left, "image "+tag)
			}
		}
	}
	return left, nil
}

// removeAll removes what leftovers listed.
func removeAll(ctx context.Context, cli *client.Client, left []string) error {
	var errs []error
	for _, thing := range left {
		kind, name, _ := strings.Cut(thing, " ")
		var err error
		switch kind {
		case "container":
			err = cli.ContainerRemove(ctx, name, container.RemoveOptions{Force: true, RemoveVolumes: true})
		case "network":
			err = cli.NetworkRemove(ctx, name)
		case "image":
			_, err = cli.ImageRemove(ctx, name, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
		}
		if err != nil && !cerrdefs.IsNotFound(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// cleanLimit bounds what a test does on its way out.
const cleanLimit = 2 * time.Minute

// temporary returns a folder for the temporary files of the gates that a test runs, and fails the test when they leave
// anything behind.
func temporary(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
		defer cancel()
		for _, thing := range mustLeftovers(t, dir) {
			t.Errorf("the gate left behind %s", thing)
		}
		cli, err := newEngine(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		if err := removeAll(ctx, cli, mustLeftovers(t, dir)); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// mustLeftovers is leftovers for a test.
func mustLeftovers(t testing.TB, temporary string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	cli, err := newEngine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	left, err := leftovers(ctx, cli, temporary)
	if err != nil {
		t.Fatal(err)
	}
	return left
}
