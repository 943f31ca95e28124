package boot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"
)

// connectLimit bounds the first exchange with the engine; over ssh it includes the login.
const connectLimit = 15 * time.Second

// Connect returns a client of the engine that the Docker command line would use: DOCKER_HOST (unix, tcp, ssh, npipe),
// else the context named by DOCKER_CONTEXT or in Docker's configuration, else the local default. It has spoken to the
// engine and agreed on an API version. Errors are *EngineError.
func Connect(ctx context.Context) (*client.Client, error) {
	target, err := findTarget()
	if err != nil {
		return nil, &EngineError{Op: "finding the container engine", Err: err}
	}
	options, err := target.clientOptions()
	if err != nil {
		return nil, &EngineError{Op: "connecting to the engine at " + target.host, Err: err}
	}
	cli, err := client.NewClientWithOpts(append(options, client.WithAPIVersionNegotiation())...)
	if err != nil {
		return nil, &EngineError{Op: "connecting to the engine at " + target.host, Err: err}
	}
	limit, cancel := limited(ctx, connectLimit)
	defer cancel()
	ping, err := cli.Ping(limit)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if limit.Err() != nil {
			err = context.Cause(limit)
		}
		return nil, &EngineError{Op: "connecting to the engine at " + cli.DaemonHost(), Err: explainConnect(err)}
	}
	cli.NegotiateAPIVersionPing(ping)
	return cli, nil
}

// explainConnect puts into words what a person can do about a failed first call.
func explainConnect(err error) error {
	switch {
	case errors.Is(err, syscall.EACCES), strings.Contains(err.Error(), "permission denied"):
		return fmt.Errorf("this user may not use its socket: join the group that owns it (usually docker), or run as root: %w", err)
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED), client.IsErrConnectionFailed(err):
		return fmt.Errorf("it is not running: %s: %w", startHint(), err)
	default:
		return err
	}
}

// startHint says how an engine is started on this system.
func startHint() string {
	if runtime.GOOS == "linux" {
		return "start it with `systemctl start docker` or `service docker start`, or set DOCKER_HOST"
	}
	return "start Docker Desktop, or set DOCKER_HOST"
}

// target is where an engine listens, and how to be let in.
type target struct {
	host string
	tls  *tls.Config // nil without TLS
	// fromEnv leaves the reading of DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH to the client.
	fromEnv bool
}

// endpoint is the part of a context's metadata that names its engine, as Docker's command line writes it.
type endpoint struct {
	Host          string
	SkipTLSVerify bool
}

// dockerEndpoint is the key of the engine in a context's metadata.
const dockerEndpoint = "docker"

func findTarget() (target, error) {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		return target{host: host, fromEnv: true}, nil
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		// A broken configuration file must not keep the gate from the default engine: the registry side reports it.
		if file, err := config.Load(config.Dir()); err == nil {
			name = file.CurrentContext
		}
	}
	if name == "" || name == "default" {
		return target{host: client.DefaultDockerHost, fromEnv: true}, nil
	}
	return contextTarget(name)
}

// contextTarget reads a named context from Docker's store.
func contextTarget(name string) (target, error) {
	contexts := store.New(filepath.Join(config.Dir(), "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(dockerEndpoint, func() any { return &endpoint{} }),
	))
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return target{}, fmt.Errorf("reading Docker context %q: %w", name, err)
	}
	ep, ok := meta.Endpoints[dockerEndpoint].(endpoint)
	if !ok || ep.Host == "" {
		return target{}, fmt.Errorf("docker context %q names no engine", name)
	}
	t := target{host: ep.Host}
	files, err := contexts.ListTLSFiles(name)
	if err != nil || (len(files[dockerEndpoint]) == 0 && !ep.SkipTLSVerify) {
		return t, err
	}
	dir := filepath.Join(contexts.GetStorageInfo(name).TLSPath, dockerEndpoint)
	opts := tlsconfig.Options{InsecureSkipVerify: ep.SkipTLSVerify}
	for _, file := range files[dockerEndpoint] {
		path := filepath.Join(dir, file)
		switch file {
		case "ca.pem":
			opts.CAFile, opts.ExclusiveRootPools = path, true
		case "cert.pem":
			opts.CertFile = path
		case "key.pem":
			opts.KeyFile = path
		}
	}
	t.tls, err = tlsconfig.Client(opts)
	return t, err
}

// clientOptions turns the target into options of the Docker client.
func (t target) clientOptions() ([]client.Opt, error) {
	helper, err := connhelper.GetConnectionHelper(t.host)
	if err != nil {
		return nil, err
	}
	if helper != nil { // ssh
		return []client.Opt{
			client.WithHTTPClient(&http.Client{Transport: &http.Transport{DialContext: helper.Dialer}}),
			client.WithHost(helper.Host),
			client.WithDialContext(helper.Dialer),
		}, nil
	}
	if t.fromEnv {
		return []client.Opt{client.FromEnv}, nil
	}
	options := []client.Opt{client.WithHost(t.host)}
	if t.tls != nil {
		dialer := &net.Dialer{Timeout: connectLimit, KeepAlive: 30 * time.Second}
		options = append([]client.Opt{client.WithHTTPClient(&http.Client{
			Transport: &http.Transport{TLSClientConfig: t.tls, DialContext: dialer.DialContext},
		})}, options...)
	}
	return options, nil
}
