package boot

import (
	"context"
	"net"
	"os"
	"runtime"
	"strings"

	"github.com/docker/docker/api/types/network"
)

// findReach decides how containers are reached: by address when the engine's networks are this host's own, or when the
// gate itself runs in a container of the engine and can join their network; else through published ports.
func (r *Runner) findReach(ctx context.Context) error {
	r.via = Published
	host := r.engine.DaemonHost()
	if !strings.HasPrefix(host, "unix://") || runtime.GOOS != "linux" {
		return nil
	}
	ctx, cancel := limited(ctx, quickLimit)
	defer cancel()
	bridge, err := r.engine.NetworkInspect(ctx, "bridge", network.InspectOptions{})
	if err != nil && !gone(err) {
		return engineErr(ctx, err, "looking at the engine's default network")
	}
	if err == nil && !strings.Contains(host, "desktop") && onThisHost(bridge) {
		r.via = ByAddress
		return nil
	}
	if name, err := os.Hostname(); err == nil && inContainer() {
		if me, err := r.engine.ContainerInspect(ctx, name); err == nil {
			r.self, r.via = me.ID, ByAddress
		}
	}
	return nil
}

// bridgeName is the option of a network that says what its interface on the host is called.
const bridgeName = "com.docker.network.bridge.name"

// onThisHost reports whether the interface of a network is here, with an address in it. An address alone would not do: a
// container on the network has one, too.
func onThisHost(n network.Inspect) bool {
	bridge, err := net.InterfaceByName(n.Options[bridgeName])
	if err != nil {
		return false
	}
	addresses, err := bridge.Addrs()
	if err != nil {
		return false
	}
	for _, config := range n.IPAM.Config {
		_, subnet, err := net.ParseCIDR(config.Subnet)
		if err != nil {
			continue
		}
		for _, address := range addresses {
			if own, ok := address.(*net.IPNet); ok && subnet.Contains(own.IP) {
				return true
			}
		}
	}
	return false
}

// inContainer reports whether the gate seems to run in a container.
func inContainer() bool {
	for _, path := range []string{"/.dockerenv", "/run/.containerenv"} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}
