package boot

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/go-connections/nat"
)

// box is one container. It may live more than once: see life.
type box struct {
	site *Site
	plan plan
	role string
	name string
	id   string
	mask masker
	// startError is what the engine said when it refused to make or start it, if the fault is the image's.
	startError string
	events     <-chan engineEvent
	unlisten   func()
	// dead is set when the engine has let go of the container's network.
	dead bool
}

// newBox makes a container for plan. alias is its name on the network, or empty.
func (s *Site) newBox(ctx context.Context, role, alias string, p plan) (*box, error) {
	b := &box{site: s, plan: p, role: role, unlisten: func() {}}
	b.mask = newMasker(slices.Concat(p.image.Env, p.env), argv(p.spec, p.image))
	s.mu.Lock()
	b.name = fmt.Sprintf("%s%s-%d-%d-%s", Prefix, s.runner.lease.Run, s.number, len(s.boxes)+1, slug(role))
	s.boxes = append(s.boxes, b)
	s.mu.Unlock()
	call, cancel := making(ctx)
	defer cancel()
	config, host, networking := b.configs(alias)
	made, err := s.engine.ContainerCreate(call, config, host, networking, nil, b.name)
	if gone(err) && s.ready(call) == nil { // an engine that wants the network to be there first
		made, err = s.engine.ContainerCreate(call, config, host, networking, nil, b.name)
	}
	if err != nil {
		if text, ok := imageFault(err); ok && ctx.Err() == nil {
			b.startError, b.dead = b.mask.text(text), true
			return b, nil
		}
		return b, engineErr(ctx, err, "creating container %s", b.name)
	}
	b.id = made.ID
	b.events, b.unlisten = s.runner.listen(made.ID)
	return b, nil
}

// configs says how the container is made: as production would, but with no privilege it could gain and bounds on all
// it could exhaust.
func (b *box) configs(alias string) (*container.Config, *container.HostConfig, *network.NetworkingConfig) {
	p := b.plan
	config := &container.Config{
		Image: p.image.Ref, Env: p.env, User: p.spec.User,
		Labels:      b.site.runner.lease.Labels(b.role, b.site.needed),
		Healthcheck: p.healthConfig(b.site.engine.ClientVersion()),
	}
	if p.spec.Entrypoint != nil || p.spec.Command != nil {
		entrypoint, cmd := arguments(p.spec, p.image)
		if len(entrypoint) == 0 {
			entrypoint = []string{""} // how the engine is told that there is none: what is empty it takes from the image
		}
		config.Entrypoint, config.Cmd = entrypoint, cmd
	}
	pids := p.spec.pids()
	host := &container.HostConfig{
		// The output is attached to; nothing of it needs to lie on the host's disk.
		LogConfig:      container.LogConfig{Type: "none"},
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: p.spec.ReadOnly,
		Tmpfs:          tmpfs(p.spec.Tmpfs),
		// When the host runs out of memory, the container goes first.
		OomScoreAdj: 1000,
		Resources: container.Resources{
			Memory: int64(p.spec.Memory), MemorySwap: int64(p.spec.Memory),
			NanoCPUs: int64(p.spec.CPUs * 1e9), PidsLimit: &pids,
		},
	}
	networking := b.joinNetwork(host, alias)
	if b.site.via == Published {
		b.publish(config, host)
	}
	return config, host, networking
}

// pids is how many processes and threads a container may have.
func (s Spec) pids() int64 {
	if s.Pids == 0 {
		return DefaultPids
	}
	return s.Pids
}

func (b *box) joinNetwork(host *container.HostConfig, alias string) *network.NetworkingConfig {
	if b.site.network == "" {
		return nil
	}
	host.NetworkMode = container.NetworkMode(b.site.network)
	if b.plan.spec.Network != Bridge {
		// Names outside the network are answered by nobody: not even a question leaves.
		// Who asks gives up soon instead of hanging for the resolver's usual ten seconds or more.
		host.DNS, host.DNSOptions = []string{"127.0.0.1"}, []string{"timeout:1", "attempts:1"}
	}
	settings := &network.EndpointSettings{}
	if alias != "" {
		settings.Aliases = []string{alias}
	}
	return &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{b.site.network: settings}}
}

// publish has the probed ports published on the engine's loopback interface, each on a port of the engine's choice.
func (b *box) publish(config *container.Config, host *container.HostConfig) {
	config.ExposedPorts, host.PortBindings = nat.PortSet{}, nat.PortMap{}
	for _, alternatives := range b.plan.signs {
		for _, probe := range alternatives {
			if probe.Port == 0 {
				continue
			}
			port := nat.Port(fmt.Sprintf("%d/tcp", probe.Port))
			config.ExposedPorts[port] = struct{}{}
			host.PortBindings[port] = []nat.PortBinding{{HostIP: "127.0.0.1"}}
		}
	}
}

// startIntervalSince is the API version from which on an engine knows a HEALTHCHECK's start interval.
const startIntervalSince = "1.44"

// healthConfig returns the HEALTHCHECK's quicker timing; the engine takes the rest from the image.
func (p *plan) healthConfig(api string) *container.HealthConfig {
	if !p.hasHealthcheck() || p.Mode == Job {
		return nil
	}
	interval, retries := p.image.Healthcheck.healthTiming()
	health := &container.HealthConfig{Interval: interval, Retries: retries}
	if versions.GreaterThanOrEqualTo(api, startIntervalSince) {
		health.StartInterval = min(interval, quickHealth) // else such an engine waits 5 s between two runs at first
	}
	return health
}

// tmpfs takes "/tmp:size=64m" apart.
func tmpfs(mounts []string) map[string]string {
	all := map[string]string{}
	for _, mount := range mounts {
		path, options, _ := strings.Cut(mount, ":")
		all[path] = options
	}
	return all
}

var notSlug = lazyregexp.MustCompile(`[^a-z0-9]+`)

// slug turns a role into a part of a container's name.
func slug(role string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(role), "-"), "-")
}

// address returns where a port of the container is reached, as host:port.
func address(inspect container.InspectResponse, via Reach, networkName string, port int) (string, error) {
	settings := inspect.NetworkSettings
	if settings == nil {
		return "", fmt.Errorf("the container has no network")
	}
	if via == Published {
		bindings := settings.Ports[nat.Port(fmt.Sprintf("%d/tcp", port))]
		if len(bindings) == 0 {
			return "", fmt.Errorf("the engine published no port for %d", port)
		}
		return net.JoinHostPort("127.0.0.1", bindings[0].HostPort), nil
	}
	if end := settings.Networks[networkName]; end != nil && end.IPAddress != "" {
		return net.JoinHostPort(end.IPAddress, strconv.Itoa(port)), nil
	}
	for _, name := range slices.Sorted(maps.Keys(settings.Networks)) {
		if ip := settings.Networks[name].IPAddress; ip != "" {
			return net.JoinHostPort(ip, strconv.Itoa(port)), nil
		}
	}
	return "", fmt.Errorf("the container has no address: it is not running")
}

// imageFaults are what engines and runtimes say when what cannot be started is the image's or its settings' fault. They
// are texts because the API has no codes for them; runc and crun word them alike since their first releases.
var imageFaults = lazyregexp.MustCompile(`(?i)no command specified|exec: |exec format error|executable file .* not found|unable to find user|unable to find group|` +
	`chdir to cwd|current working directory|no matching entries in (passwd|group) file|cannot run executable|invalid tmpfs option|invalid mount|is not an absolute path|` +
	`does not match the (specified|detected host) platform|linux spec user|open executable`)

// hostFaults are texts that contain one of the above and are the host's fault all the same: a missing runtime or shim.
var hostFaults = lazyregexp.MustCompile(`(?i)exec: "?(containerd-shim|runc|crun|[^ "]*-runtime|docker-)|fork/exec /[^ ]*(runc|crun|shim)`)

// imageFault returns the engine's text when it says that the image or its settings are at fault.
func imageFault(err error) (string, bool) {
	text := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	if hostFaults.MatchString(text) {
		return "", false
	}
	if imageFaults.MatchString(text) {
		return text, true
	}
	return text, cerrdefs.IsInvalidArgument(err)
}
