package gate

import (
	"strings"
	"testing"

	"bootgate/gate/boot"
)

func TestMemoryOfABootIsTheSumOfItsLimits(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		name string
		spec boot.Spec
		want int64
	}{
		{"one container without a limit is taken to need a gibibyte", boot.Spec{}, assumedMemory},
		{"one with a limit needs no more", boot.Spec{Memory: 64 * mib}, 64 * mib},
		{"replicas and a second start count", boot.Spec{Memory: 64 * mib, Replicas: 2, SecondStart: true}, 3 * 64 * mib},
		{"a restart is in the place of the first", boot.Spec{Memory: 64 * mib, Restart: true}, 64 * mib},
		{"so do needs", boot.Spec{Memory: 64 * mib, Needs: []boot.Need{{Memory: 32 * mib}, {}}}, 96*mib + assumedMemory},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := memoryOf(test.spec); got != test.want {
				t.Errorf("%d bytes, want %d", got, test.want)
			}
		})
	}
}

func TestAvailableMemoryIsReadFromMeminfo(t *testing.T) {
	for _, test := range []struct {
		name, meminfo string
		want          int64
		known         bool
	}{
		{"as Linux writes it", "MemTotal:       16303428 kB\nMemFree:          934680 kB\nMemAvailable:   12046888 kB\n", 12046888 << 10, true},
		{"a kernel before 3.14", "MemTotal: 1 kB\nMemFree: 1 kB\n", 0, false},
		{"nothing", "", 0, false},
		{"no number", "MemAvailable: much kB\n", 0, false},
		{"less than none", "MemAvailable: -1 kB\n", 0, false},
		{"more than there is", "MemAvailable: 9223372036854775807 kB\n", 0, false},
		{"more than a number holds", "MemAvailable: 92233720368547758070 kB\n", 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, known := availableIn(strings.NewReader(test.meminfo)); got != test.want || known != test.known {
				t.Errorf("%d, %v; want %d, %v", got, known, test.want, test.known)
			}
		})
	}
	for _, remote := range []string{"tcp://10.0.0.1:2375", "ssh://host", "npipe:////./pipe/docker_engine", ""} {
		if _, known := freeMemory(remote); known {
			t.Errorf("the memory of the host of %q is said to be known", remote)
		}
	}
}
