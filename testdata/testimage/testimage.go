// Package testimage gives a test a real engine and real images on it, and takes the images away again when the test is
// done. What is in the images is the business of bootgate/testdata/images.
//
// A test that imports it needs a Docker engine; without one it fails and says how to start it.
package testimage

import (
	"context"
	"errors"
	"testing"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/images"
)

// Config and JavaConfig say what an image is like.
type (
	Config     = images.Config
	JavaConfig = images.JavaConfig
)

// engineLimit bounds one call to the engine in these helpers.
const engineLimit = 2 * time.Minute

// Health returns a HEALTHCHECK that runs the fixture with the given script every interval.
func Health(interval time.Duration, script ...string) *v1.HealthConfig {
	return images.Health(interval, script...)
}

// Engine returns a client of the local engine, which it closes when the test is done.
func Engine(t testing.TB) *client.Client {
	t.Helper()
	cli, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err == nil {
		_, err = cli.Ping(t.Context())
	}
	if err != nil {
		t.Fatalf("this test needs a Docker engine: %v\ninstall and start one: apt-get install docker.io && dockerd &", err)
	}
	t.Cleanup(func() { cli.Close() })
	return cli
}

// App makes an image with the fixture program and loads it into the engine. It returns its tag, and removes the tag
// when the test is done.
func App(t testing.TB, c Config) string {
	t.Helper()
	return Load(t, c.Tag(), AppImage(t, c))
}

// AppImage makes an image with the fixture program, for a registry, an archive or a layout.
func AppImage(t testing.TB, c Config) v1.Image {
	t.Helper()
	img, err := images.App(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Java makes an image with a real Java run-time and loads it into the engine, as App does.
func Java(t testing.TB, c JavaConfig) string {
	t.Helper()
	if c.Name == "" {
		c.Name = "java"
	}
	return Load(t, c.Tag(), JavaImage(t, c))
}

// JVM is Java with what most tests set: the home of a JDK (empty: the first that is found), a source text with one
// public class, options of the VM.
func JVM(t testing.TB, javaHome, source string, options ...string) string {
	t.Helper()
	return Java(t, JavaConfig{Home: javaHome, Source: source, Options: options, Modules: []string{"java.base", "jdk.httpserver"}})
}

// JavaImage makes an image with a real Java run-time.
func JavaImage(t testing.TB, c JavaConfig) v1.Image {
	t.Helper()
	img, err := images.Java(t.Context(), c)
	if errors.Is(err, demo.ErrNoJDK) {
		t.Fatal("this test needs a JDK: apt-get install openjdk-17-jdk-headless")
	}
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Load loads an image into the engine under ref, which it removes when the test is done, and returns ref.
func Load(t testing.TB, ref string, img v1.Image) string {
	t.Helper()
	cli := Engine(t)
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		limited, cancel := context.WithTimeout(ctx, engineLimit)
		defer cancel()
		_, err := cli.ImageRemove(limited, ref, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
		if err != nil && !cerrdefs.IsNotFound(err) {
			t.Errorf("removing test image %q: %v", ref, err)
		}
	})
	if _, err := image.Load(t.Context(), cli, ref, img); err != nil {
		t.Fatalf("loading test image %q: %v", ref, err)
	}
	return ref
}

// Leftovers fails the test when containers, networks or images with any of the labels are on the engine, each written
// as NAME or NAME=VALUE. Test processes share an engine: name a label only this test's things have, such as the id of
// a run.
func Leftovers(t testing.TB, labels ...string) {
	t.Helper()
	cli := Engine(t)
	for _, label := range labels {
		filter := filters.NewArgs(filters.Arg("label", label))
		containers, err := cli.ContainerList(t.Context(), container.ListOptions{All: true, Filters: filter})
		if err != nil {
			t.Fatalf("listing containers: %v", err)
		}
		for _, c := range containers {
			t.Errorf("container %v of image %s is left on the engine with label %s", c.Names, c.Image, label)
		}
		networks, err := cli.NetworkList(t.Context(), network.ListOptions{Filters: filter})
		if err != nil {
			t.Fatalf("listing networks: %v", err)
		}
		for _, n := range networks {
			t.Errorf("network %s is left on the engine with label %s", n.Name, label)
		}
		found, err := cli.ImageList(t.Context(), dockerimage.ListOptions{All: true, Filters: filter})
		if err != nil {
			t.Fatalf("listing images: %v", err)
		}
		for _, i := range found {
			t.Errorf("image %v is left on the engine with label %s", i.RepoTags, label)
		}
	}
}

// Containers returns the ids of all containers, running or not, that were made from the image ref.
func Containers(t testing.TB, ref string) []string {
	t.Helper()
	list, err := Engine(t).ContainerList(t.Context(), container.ListOptions{
		All: true, Filters: filters.NewArgs(filters.Arg("ancestor", ref)),
	})
	if err != nil {
		t.Fatalf("listing containers of %q: %v", ref, err)
	}
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}
