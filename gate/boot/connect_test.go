package boot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/docker/cli/cli/config"
	"github.com/google/go-cmp/cmp"
)

// noEngine takes away everything that may name an engine, and returns the folder of Docker's configuration.
func noEngine(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"} {
		t.Setenv(name, "")
	}
	before := config.Dir() // which it reads from the environment only once
	t.Cleanup(func() { config.SetDir(before) })
	dir := t.TempDir()
	config.SetDir(dir)
	return dir
}

// writeContext puts a context into Docker's store as its command line does.
func writeContext(t *testing.T, dir, name, endpoints string, tls map[string]string) {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	write := func(path, content string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "contexts", "meta", id, "meta.json"), fmt.Sprintf(`{"Name":%q,"Metadata":{},"Endpoints":%s}`, name, endpoints))
	for file, content := range tls {
		write(filepath.Join(dir, "contexts", "tls", id, "docker", file), content)
	}
}

func TestTheEngineIsFoundWhereDockerFindsIt(t *testing.T) {
	for _, test := range []struct {
		name  string
		env   map[string]string
		setup func(t *testing.T, dir string)
		host  string
		err   string
	}{
		{name: "nothing is said", host: "unix:///var/run/docker.sock"},
		{name: "the default context", env: map[string]string{"DOCKER_CONTEXT": "default"}, host: "unix:///var/run/docker.sock"},
		{name: "DOCKER_HOST goes before all", env: map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:2375", "DOCKER_CONTEXT": "remote"}, host: "tcp://10.0.0.1:2375"},
		{name: "a context in the environment", env: map[string]string{"DOCKER_CONTEXT": "remote"}, host: "ssh://me@build.example",
			setup: func(t *testing.T, dir string) {
				writeContext(t, dir, "remote", `{"docker":{"Host":"ssh://me@build.example","SkipTLSVerify":false}}`, nil)
			}},
		{name: "a context in the configuration", host: "tcp://10.0.0.2:2375",
			setup: func(t *testing.T, dir string) {
				writeContext(t, dir, "remote", `{"docker":{"Host":"tcp://10.0.0.2:2375","SkipTLSVerify":true}}`, nil)
				writeFile(t, filepath.Join(dir, "config.json"), `{"currentContext":"remote"}`)
			}},
		{name: "a broken configuration", host: "unix:///var/run/docker.sock",
			setup: func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, "config.json"), `{`) }},
		{name: "a context that is not there", env: map[string]string{"DOCKER_CONTEXT": "remote"}, err: `reading Docker context "remote": `},
		{name: "a context without an engine", env: map[string]string{"DOCKER_CONTEXT": "remote"}, err: `docker context "remote" names no engine`,
			setup: func(t *testing.T, dir string) { writeContext(t, dir, "remote", `{"kubernetes":{}}`, nil) }},
		{name: "a context with broken certificates", env: map[string]string{"DOCKER_CONTEXT": "remote"}, err: "failed to append certificates from PEM file",
			setup: func(t *testing.T, dir string) {
				writeContext(t, dir, "remote", `{"docker":{"Host":"tcp://10.0.0.2:2376"}}`, map[string]string{"ca.pem": "no", "cert.pem": "no", "key.pem": "no"})
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := noEngine(t)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if test.setup != nil {
				test.setup(t, dir)
			}
			found, err := findTarget()
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("the error is %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if found.host != test.host {
				t.Errorf("at %s, want %s", found.host, test.host)
			}
			if _, err := found.clientOptions(); err != nil {
				t.Error(err)
			}
		})
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestConnect speaks to an engine that knows no more than how to say hello.
func TestConnect(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "engine.sock")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("API-Version", "1.41")
		if r.URL.Path != "/_ping" {
			w.WriteHeader(http.StatusNotFound)
		}
	})}
	go func() { _ = server.Serve(l) }() // it ends with the test
	defer server.Close()
	dir := noEngine(t)
	writeContext(t, dir, "local", `{"docker":{"Host":"unix://`+socket+`"}}`, nil)
	t.Setenv("DOCKER_CONTEXT", "local")
	cli, err := Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if diff := cmp.Diff([]string{"unix://" + socket, "1.41"}, []string{cli.DaemonHost(), cli.ClientVersion()}); diff != "" {
		t.Errorf("host and API version (-want +got):\n%s", diff)
	}
}

func TestAnEngineThatCannotBeReached(t *testing.T) {
	for _, test := range []struct{ name, host, want string }{
		{"it is not running", "unix:///nowhere/docker.sock", "connecting to the engine at unix:///nowhere/docker.sock: it is not running: start it with "},
		{"nothing listens", "tcp://" + refuses(t), "it is not running: "},
		{"no such kind of address", "carrier-pigeon", "connecting to the engine at carrier-pigeon: "},
		{"an address over ssh that makes no sense", "ssh://host/%zz", "connecting to the engine at ssh://host/%zz: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			noEngine(t)
			t.Setenv("DOCKER_HOST", test.host)
			_, err := Connect(t.Context())
			var engine *EngineError
			if !errors.As(err, &engine) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want an EngineError with %q", err, test.want)
			}
		})
	}
	t.Run("a context that is not there", func(t *testing.T) {
		noEngine(t)
		t.Setenv("DOCKER_CONTEXT", "nowhere")
		var engine *EngineError
		if _, err := Connect(t.Context()); !errors.As(err, &engine) || engine.Op != "finding the container engine" {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("the socket is somebody else's", func(t *testing.T) {
		err := explainConnect(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EACCES)})
		if !strings.HasPrefix(err.Error(), "this user may not use its socket: ") {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("something else is the matter", func(t *testing.T) {
		odd := errors.New("odd")
		if err := explainConnect(odd); !errors.Is(err, odd) || err.Error() != "odd" {
			t.Errorf("the error is %v", err)
		}
	})
}
