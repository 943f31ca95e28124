package main_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/testdata/faults"
)

// registries are the registries that tests run against.
func registries() map[string]func(testing.TB) http.Handler {
	return map[string]func(testing.TB) http.Handler{
		"that of the library": func(testing.TB) http.Handler { return registry.New(registry.Logger(log.New(io.Discard, "", 0))) },
		"docker-registry":     dockerRegistry,
	}
}

var listening = regexp.MustCompile(`msg="listening on (127\.0\.0\.1:\d+)"`)

// dockerRegistry starts Debian's docker-registry on a free port of the loopback interface, with its data in a folder of the
// test's.
func dockerRegistry(t testing.TB) http.Handler {
	t.Helper()
	path, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Fatal("this test needs the program docker-registry: apt-get install docker-registry")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("version: 0.1\nstorage:\n  filesystem: {rootdirectory: %q}\nhttp: {addr: '127.0.0.1:0'}\n", filepath.Join(dir, "data"))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "serve", config)
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		reader.Close()
	})
	lines := bufio.NewScanner(reader)
	for said := ""; lines.Scan(); said += lines.Text() + "\n" {
		if match := listening.FindStringSubmatch(lines.Text()); match != nil {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: match[1]})
		}
	}
	t.Fatal("docker-registry ended before it listened")
	return nil
}

// serve serves a registry and returns its address.
func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// publish pushes an image, alone and in an index, as acme/job:one and acme/job:many.
func publish(t testing.TB, handler http.Handler, img v1.Image) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	native := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &native}})
	repository := server.Listener.Addr().String() + "/acme/job"
	for tag, push := range map[string]func(name.Reference) error{
		"one":  func(ref name.Reference) error { return remote.Write(ref, img) },
		"many": func(ref name.Reference) error { return remote.WriteIndex(ref, index) },
	} {
		ref, err := name.ParseReference(repository + ":" + tag)
		if err == nil {
			err = push(ref)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func mustDigest(t testing.TB, img v1.Image) string {
	t.Helper()
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestImagesOfRealRegistriesAreChecked(t *testing.T) {
	t.Parallel()
	for kind, start := range registries() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			handler, img := start(t), jobImage(t)
			publish(t, handler, img)
			repository := serve(t, handler) + "/acme/job"
			for _, ref := range []string{repository + ":one", repository + ":many", repository + "@" + mustDigest(t, img)} {
				for _, command := range askingRegistries() {
					if got := (gateRun{temporary: temporary(t), args: command.args(ref)}).run(t); got.code != 0 {
						t.Errorf("%v: exit code %d\n%s", command.args(ref), got.code, got.stderr)
					}
				}
			}
			got := gateRun{temporary: temporary(t), args: []string{"check", "--as=job", repository + ":none"}}.run(t)
			if got.code != 1 || !strings.Contains(got.reason(), "image-not-found") {
				t.Errorf("an image that is not there: exit code %d, %s", got.code, got.reason())
			}
		})
	}
}

// TestFaultsOfRegistriesAreNoVerdict does harm to what a registry answers: what passes is overcome, and what stays is
// inconclusive, with what is wrong, where, and what to do.
func TestFaultsOfRegistriesAreNoVerdict(t *testing.T) {
	t.Parallel()
	const again, push = "Try again later", "push the image again"
	for _, test := range []struct {
		harm string
		code int
		// says are parts of the reason and of the remedy.
		says []string
	}{
		{"503:manifest:1", 0, nil},
		{"reset:manifest:2", 0, nil},
		{"429:config:1", 0, nil},
		{"503:manifest", 3, []string{"/v2/acme/job/manifests/one", "(503 Service Unavailable)", again}},
		{"500:config", 3, []string{"/blobs/sha256:", "(500 Internal Server Error)", again}},
		{"reset:manifest", 3, []string{"/v2/acme/job/manifests/one", "EOF", "heck the name, the network"}},
		{"429-for-an-hour:manifest", 3, []string{"429 Too Many Requests, and it asks to wait 1h0m0s", "Wait 1h0m0s, or run `docker login"}},
		{"hang:manifest", 3, []string{"/v2/acme/job/manifests/one", "timeout awaiting response headers", "heck the name, the network"}},
		{"break:manifest", 3, []string{"unexpected EOF", "heck the name, the network"}},
		{"change:manifest", 3, []string{"manifest one came damaged", push}},
		{"shorten:manifest", 3, []string{"manifest one came damaged", push}},
		{"change:config", 3, []string{"configuration sha256:", "came damaged", push}},
		{"shorten:config", 3, []string{"configuration sha256:", "came damaged", push}},
		{"change:layer", 3, []string{"layer sha256:", "came damaged", push}},
		{"shorten:layer", 3, []string{"layer sha256:", "came damaged", push}},
	} {
		for name, command := range askingRegistries() {
			switch {
			case slow(test.harm) && name != "check", strings.HasSuffix(test.harm, ":layer") && !command.layers:
			default:
				t.Run(name+" "+test.harm, func(t *testing.T) {
					t.Parallel()
					command.meets(t, test.harm, test.code, test.says)
				})
			}
		}
	}
}

// slow reports whether a harm makes a gate wait, so that one command has to do for all.
func slow(harm string) bool {
	return strings.HasPrefix(harm, "hang:") || strings.HasPrefix(harm, "reset:") || strings.HasPrefix(harm, "500:")
}

// asking is a command that asks a registry.
type asking struct {
	// args are its arguments for an image.
	args func(ref string) []string
	// layers says whether it reads layers.
	layers bool
}

func askingRegistries() map[string]asking {
	return map[string]asking{
		"check":   {func(ref string) []string { return []string{"check", "--as=job", ref} }, true},
		"inspect": {func(ref string) []string { return []string{"inspect", "--deep", "registry:" + ref} }, true},
		"diff":    {func(ref string) []string { return []string{"diff", "registry:" + ref, "registry:" + ref} }, false},
	}
}

// meets runs the command against a registry with harm done to it, and checks how it ends and what it says.
func (a asking) meets(t *testing.T, harm string, code int, says []string) {
	t.Helper()
	parsed, err := faults.ParseHarm(harm)
	if err != nil {
		t.Fatal(err)
	}
	handler := registries()["that of the library"](t)
	publish(t, handler, jobImage(t))
	ref := serve(t, faults.Registry(handler, parsed)) + "/acme/job:one"
	got := gateRun{temporary: temporary(t), args: a.args(ref)}.run(t)
	if got.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", got.code, code, got.stdout, got.stderr)
	}
	if code == 3 && (!strings.HasPrefix(got.reason(), "gate: inconclusive: ") || !strings.Contains(got.reason(), "host-registry")) {
		t.Errorf("the reason is %q", got.reason())
	}
	for _, text := range says {
		if !strings.Contains(got.reason()+"\n"+got.stdout, text) {
			t.Errorf("it does not say %q:\n%s%s", text, got.stdout, got.stderr)
		}
	}
}
