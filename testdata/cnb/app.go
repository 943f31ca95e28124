// Package cnb makes images of Cloud Native Buildpacks for tests: application images by the lifecycle itself, whose
// program "creator" it runs with small buildpacks of its own against a registry on the loopback interface, and images of
// builders with the labels that pack writes.
//
// The creator runs as a real user of a build does, with the user and group ids of the builder, in a folder that is its
// root: so the paths in the image are those of every other image of buildpacks. What it makes is kept in the user's
// cache directory by what it is made from. It knows no engine and no testing.T.
//
// Sources: the specifications of Cloud Native Buildpacks (platform.md 0.12 to 0.15, buildpack.md 0.11), what pack writes
// on builders (pkg/client, internal/builder), and what Paketo's buildpacks write about a JRE (libpak, libjvm).
package cnb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/demo"
	"bootgate/testdata/cache"
	"bootgate/testdata/images"
	"bootgate/testdata/testtool"
)

// The versions of the lifecycle.
const (
	Lifecycle    = "0.21.0"
	OldLifecycle = "0.20.11"
)

// The ids of the buildpacks, where an App says nothing else.
const (
	JavaID   = "acme/java"
	ServerID = "acme/server"
)

// App says what an application image is like. The zero value is a Java server on port 8080 that works.
type App struct {
	// Java contributes the Java run-time and a helper that sets JAVA_TOOL_OPTIONS; Server the processes. Their ids and
	// versions need not be those of buildpacks that exist. Defaults acme/java 1.0.0 and acme/server 1.0.0.
	Java, Server Buildpack
	// JVM is the version that the buildpack says its run-time has. Default: the one it has.
	JVM string
	// Options are what the helper adds to JAVA_TOOL_OPTIONS. Default -XX:+ExitOnOutOfMemoryError.
	Options string
	// Crash lets the helper load an agent that makes the JVM crash while it starts.
	Crash bool
	// Run is the version of the run image. Default 1.
	Run int
	// Source is Java source text with one public class that has a main method. Default images.HTTPServer.
	Source string
	// Process is the default one of "web" and "task", which both run the class. Default "web".
	Process string
	// Lifecycle is its version. Default Lifecycle.
	Lifecycle string
	// PlatformAPI is the version of the platform specification it is told to follow. Default 0.14.
	PlatformAPI string
	// Home is the home of the JDK. Default: the first of demo.JDKs.
	Home string
}

// Buildpack is one of the buildpacks by its id and version.
type Buildpack struct{ ID, Version string }

func (b *Buildpack) complete(id string) {
	b.ID, b.Version = cmp.Or(b.ID, id), cmp.Or(b.Version, "1.0.0")
}

// complete fills in the defaults.
func (a App) complete() (App, error) {
	a.Java.complete(JavaID)
	a.Server.complete(ServerID)
	a.Options = cmp.Or(a.Options, "-XX:+ExitOnOutOfMemoryError")
	a.Run = cmp.Or(a.Run, 1)
	a.Source = cmp.Or(a.Source, images.HTTPServer)
	a.Process = cmp.Or(a.Process, "web")
	a.Lifecycle = cmp.Or(a.Lifecycle, Lifecycle)
	a.PlatformAPI = cmp.Or(a.PlatformAPI, "0.14")
	if testtool.LifecycleVersions()[a.Lifecycle] == "" {
		return a, fmt.Errorf("there is no lifecycle %s", a.Lifecycle)
	}
	if a.Home == "" {
		homes := demo.JDKs()
		if len(homes) == 0 {
			return a, demo.ErrNoJDK
		}
		a.Home = homes[0]
	}
	release, err := os.ReadFile(filepath.Join(a.Home, "release"))
	if err != nil {
		return a, err
	}
	a.JVM = cmp.Or(a.JVM, javaVersion(string(release)))
	return a, nil
}

// javaVersion returns what the release file of a JDK says.
func javaVersion(release string) string {
	for line := range strings.Lines(release) {
		if version, ok := strings.CutPrefix(strings.TrimSpace(line), "JAVA_VERSION="); ok {
			return strings.Trim(version, `"`)
		}
	}
	return ""
}

// Image returns the image that the lifecycle makes of a.
func Image(ctx context.Context, a App) (v1.Image, error) {
	a, err := a.complete()
	if err != nil {
		return nil, err
	}
	key, err := a.key()
	if err != nil {
		return nil, err
	}
	var server *httptest.Server
	defer func() {
		if server != nil {
			server.Close() // when the image has been read from it
		}
	}()
	img, err := images.Kept("cnb-"+key, func() (v1.Image, error) {
		server = httptest.NewServer(withoutTunnels(registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
		return a.create(ctx, server.Listener.Addr().String())
	})
	if err != nil {
		return nil, fmt.Errorf("making an image with lifecycle %s: %w", a.Lifecycle, err)
	}
	return img, nil
}

// withoutTunnels refuses to be a proxy for HTTPS, which is tried first.
func withoutTunnels(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// key says what an image is made from: what it should be like, the sources of what makes it, and the tools.
func (a App) key() (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	wish, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	release, err := os.ReadFile(filepath.Join(a.Home, "release"))
	if err != nil {
		return "", err
	}
	key := cache.NewKey(runtime.Version(), runtime.GOARCH, string(wish), string(release))
	for _, dir := range []string{"cnb", "cnb/part", "cnb/agent", filepath.Join("tools", testtool.LifecycleVersions()[a.Lifecycle])} {
		if err := key.AddDir(filepath.Join(root, "testdata", dir)); err != nil {
			return "", err
		}
	}
	return key.String(), nil
}
