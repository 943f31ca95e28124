package boot

import (
	"errors"
	"fmt"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"
	"github.com/google/go-cmp/cmp"
)

func TestHowContainersAreReached(t *testing.T) {
	bridge := func(name, subnet string) *network.Inspect {
		return &network.Inspect{Options: map[string]string{bridgeName: name}, IPAM: network.IPAM{Config: []network.IPAMConfig{{Subnet: "nonsense"}, {Subnet: subnet}}}}
	}
	for _, test := range []struct {
		name   string
		host   string
		bridge *network.Inspect
		want   Reach
	}{
		{"an engine on this host", "unix:///var/run/docker.sock", bridge("lo", "127.0.0.0/8"), ByAddress},
		{"an engine whose networks are elsewhere", "unix:///var/run/docker.sock", bridge("lo", "203.0.113.0/24"), Published},
		{"an engine in whose network this host is a container", "unix:///var/run/docker.sock", bridge("nosuch0", "127.0.0.0/8"), Published},
		{"an engine without a default network", "unix:///var/run/docker.sock", nil, Published},
		{"Docker Desktop", "unix:///home/me/.docker/desktop/docker.sock", bridge("lo", "127.0.0.0/8"), Published},
		{"an engine on another host", "tcp://10.0.0.1:2376", bridge("lo", "127.0.0.0/8"), Published},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(nil)
			f.host, f.bridge = test.host, test.bridge
			runner, err := NewRunner(t.Context(), f, &Lease{Run: "0123456789ab"}, ReachAuto)
			if err != nil {
				t.Fatal(err)
			}
			if runner.via != test.want {
				t.Errorf("by %s, want %s", runner.via, test.want)
			}
			if err := runner.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("an engine that does not say", func(t *testing.T) {
		f := newFake(nil)
		f.fault = func(_ int, call string) fault {
			if call == "NetworkInspect" {
				return failsBefore
			}
			return works
		}
		var engine *EngineError
		if _, err := NewRunner(t.Context(), f, &Lease{}, ""); !errors.As(err, &engine) {
			t.Errorf("the error is %v, want an EngineError", err)
		}
	})
}

func TestTheAddressOfAPort(t *testing.T) {
	inspect := func(ip string, ports nat.PortMap) container.InspectResponse {
		settings := &container.NetworkSettings{Networks: map[string]*network.EndpointSettings{"other": {}, "own": {IPAddress: ip}}}
		settings.Ports = ports
		return container.InspectResponse{NetworkSettings: settings}
	}
	published := nat.PortMap{"80/tcp": {{HostIP: "127.0.0.1", HostPort: "49153"}}, "81/tcp": nil}
	for _, test := range []struct {
		name    string
		inspect container.InspectResponse
		via     Reach
		network string
		port    int
		want    string
	}{
		{"on its own network", inspect("10.0.0.2", nil), ByAddress, "own", 80, "10.0.0.2:80"},
		{"on any network", inspect("10.0.0.2", nil), ByAddress, "", 80, "10.0.0.2:80"},
		{"by IPv6", inspect("fd00::2", nil), ByAddress, "own", 80, "[fd00::2]:80"},
		{"when it has ended", inspect("", nil), ByAddress, "own", 80, "the container has no address: it is not running"},
		{"without networks", container.InspectResponse{}, ByAddress, "own", 80, "the container has no network"},
		{"published", inspect("10.0.0.2", published), Published, "own", 80, "127.0.0.1:49153"},
		{"published, and it has ended", inspect("", published), Published, "own", 81, "the engine published no port for 81"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := address(test.inspect, test.via, test.network, test.port)
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestANetworkHasNoWayOut(t *testing.T) {
	for _, test := range []struct {
		name  string
		kind  Network
		needs bool
		via   Reach
		want  []string // name, whether it is internal, its options
	}{
		{"isolated", Isolated, false, ByAddress, []string{"bootgate-0123456789ab-1", "true", "map[]"}},
		{"isolated unless said otherwise", "", false, ByAddress, []string{"bootgate-0123456789ab-1", "true", "map[]"}},
		{"isolated with published ports", Isolated, true, Published, []string{"bootgate-0123456789ab-1", "false", "map[com.docker.network.bridge.enable_ip_masquerade:false]"}},
		{"the engine's own, with needs", Bridge, true, ByAddress, []string{"bootgate-0123456789ab-1", "false", "map[]"}},
		{"the engine's own", Bridge, false, ByAddress, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(nil)
			runner, err := NewRunner(t.Context(), f, &Lease{Run: "0123456789ab"}, test.via)
			if err != nil {
				t.Fatal(err)
			}
			var needs []Need
			if test.needs {
				needs = []Need{{Name: "db", Image: "db"}}
			}
			site := runner.NewSite(t.Context(), Spec{Network: test.kind, Needs: needs})
			if err := site.ready(t.Context()); err != nil {
				t.Error(err)
			}
			var got []string
			for _, n := range f.networks {
				got = []string{n.Name, fmt.Sprint(n.Internal), fmt.Sprint(n.Options)}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("network (-want +got):\n%s", diff)
			}
			if err := errors.Join(site.Close(t.Context()), runner.Close(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProbedPortsArePublishedOnTheLoopbackInterfaceAlone(t *testing.T) {
	p, err := newPlan(Spec{Ready: signs("tcp:80 & http:8080/ & log:x")}, Image{Ports: []int{9999}}, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{site: &Site{engine: newFake(nil), runner: &Runner{lease: &Lease{}}, via: Published, network: "net"}, plan: p}
	_, host, networking := b.configs("db")
	want := nat.PortMap{"80/tcp": {{HostIP: "127.0.0.1"}}, "8080/tcp": {{HostIP: "127.0.0.1"}}}
	if diff := cmp.Diff(want, host.PortBindings); diff != "" {
		t.Errorf("published ports (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"db"}, networking.EndpointsConfig["net"].Aliases); diff != "" {
		t.Errorf("names on the network (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"127.0.0.1"}, host.DNS); diff != "" {
		t.Errorf("name servers (-want +got):\n%s", diff)
	}
}

func TestWhoseFaultAFailedStartIs(t *testing.T) {
	invalid := fmt.Errorf("Error response from daemon: invalid something: %w", cerrdefs.ErrInvalidArgument)
	for _, test := range []struct {
		name string
		err  error
		want string // empty: the engine's
	}{
		{"nothing to run", errors.New("Error response from daemon: no command specified"), "no command specified"},
		{"no such program", errors.New(`OCI runtime create failed: runc create failed: exec: "/app": stat /app: no such file or directory: unknown`), `OCI runtime create failed: runc create failed: exec: "/app": stat /app: no such file or directory: unknown`},
		{"another architecture", errors.New("exec /app: exec format error"), "exec /app: exec format error"},
		{"no such user", errors.New("unable to find user nobody: no matching entries in passwd file"), "unable to find user nobody: no matching entries in passwd file"},
		{"what the engine calls invalid", invalid, "invalid something: invalid argument"},
		{"a runtime that is missing", errors.New(`failed to start shim: exec: "containerd-shim-runc-v2": executable file not found in $PATH`), ""},
		{"a runtime that cannot be run", errors.New(`fork/exec /usr/bin/runc: exec format error`), ""},
		{"an engine that is full", errors.New("no space left on device"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, ok := imageFault(test.err)
			if ok != (test.want != "") || ok && text != test.want {
				t.Errorf("%q (%v), want %q", text, ok, test.want)
			}
		})
	}
}
