package gate

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"bootgate/gate/boot"
)

// assumedMemory is what a container without a memory limit is taken to need, in bytes: a common JVM service and then
// some.
const assumedMemory = 1 << 30

// memoryOf is how much memory a boot under spec may take, in bytes: the limits of all its containers.
func memoryOf(spec boot.Spec) int64 {
	orAssumed := func(limit boot.Bytes) int64 {
		if limit > 0 {
			return int64(limit)
		}
		return assumedMemory
	}
	containers := int64(max(1, spec.Replicas))
	if spec.SecondStart {
		containers++
	}
	sum := containers * orAssumed(spec.Memory)
	for _, need := range spec.Needs {
		sum += orAssumed(need.Memory)
	}
	return sum
}

// reserve sets memory aside for a boot beside what runs already. It reports false when the host has too little, or when
// nobody can say how much it has.
func (c *checker) reserve(spec boot.Spec) bool {
	free, known := freeMemory(c.engine.DaemonHost())
	if !known {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reserved+memoryOf(spec) > free {
		return false
	}
	c.reserved += memoryOf(spec)
	return true
}

// unreserve gives back what reserve set aside.
func (c *checker) unreserve(spec boot.Spec) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved -= memoryOf(spec)
}

// freeMemory returns how much memory the engine's host can give to new processes, in bytes; of a remote engine that is
// not known.
func freeMemory(daemon string) (bytes int64, known bool) {
	if !strings.HasPrefix(daemon, "unix://") {
		return 0, false
	}
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer file.Close()
	return availableIn(file)
}

// availableIn reads MemAvailable of /proc/meminfo (proc_meminfo(5)), which is in units of 1024 bytes.
func availableIn(meminfo io.Reader) (bytes int64, known bool) {
	lines := bufio.NewScanner(meminfo)
	for lines.Scan() {
		value, found := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		if err != nil || n < 0 || n > 1<<50 {
			return 0, false
		}
		return n << 10, true
	}
	return 0, false
}
