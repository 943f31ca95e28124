package boot

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
)

// sample is a measurement that ends the watch.
type sample struct{ disk int64 }

// Sampling. Neither memory nor disk use has an event, so they are asked for: memory once a second, disk less often the
// more there is to count.
const (
	firstSample = 500 * time.Millisecond
	samplePause = time.Second
	// diskShare bounds the time spent on counting a container's files to one part in diskShare.
	diskShare = 20
)

// sample measures memory and disk use until ctx ends. What cannot be measured is left out: it is no reason to fail.
func (l *life) sample(ctx context.Context) error {
	pause := time.NewTimer(firstSample)
	defer pause.Stop()
	limit := int64(l.plan.spec.Disk)
	if limit == 0 {
		limit = DefaultDisk
	}
	var diskAt time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		if !l.peak() {
			l.peakByEngine(ctx)
		}
		if begun := time.Now(); begun.After(diskAt) {
			inspect, _, err := l.engine.ContainerInspectWithRaw(ctx, l.box.id, true)
			if err == nil && inspect.SizeRw != nil && *inspect.SizeRw > limit {
				select {
				case l.sampled <- sample{disk: *inspect.SizeRw}:
				default:
				}
				return nil
			}
			diskAt = begun.Add(diskShare * time.Since(begun))
		}
		pause.Reset(samplePause)
	}
}

// notePeak keeps the highest memory use.
func (l *life) notePeak(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.obs.PeakMemory = max(l.obs.PeakMemory, bytes)
}

// peakByEngine asks the engine for the memory in use. It may answer only after a second. On cgroup v1 it knows the peak
// itself, on v2 only what is in use now.
func (l *life) peakByEngine(ctx context.Context) {
	ctx, cancel := limited(ctx, quickLimit)
	defer cancel()
	reader, err := l.engine.ContainerStatsOneShot(ctx, l.box.id)
	if err != nil {
		return
	}
	defer reader.Body.Close()
	var stats container.StatsResponse
	if json.NewDecoder(reader.Body).Decode(&stats) == nil {
		l.notePeak(max(int64(stats.MemoryStats.Usage), int64(stats.MemoryStats.MaxUsage)))
	}
}

// peak reads the highest memory use from the container's control group, which takes no time but works only on the
// engine's own host. It reports whether it could.
func (l *life) peak() bool {
	if l.inspect.ContainerJSONBase == nil || l.inspect.State == nil || l.inspect.State.Pid <= 0 {
		return false
	}
	for _, path := range peakFiles(l.inspect.State.Pid, l.box.id) {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if bytes, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil {
			l.notePeak(bytes)
			return true
		}
	}
	return false
}

// cgroupRoot is where control groups are mounted (man 7 cgroups).
const cgroupRoot = "/sys/fs/cgroup"

// peakFiles returns where the kernel keeps the peak of the control group of a process. It returns nothing unless the
// group's name holds the container's id: the process of that number may be another one, on another host.
func peakFiles(pid int, id string) []string {
	file, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return nil
	}
	defer file.Close()
	var paths []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), ":", 3)
		if len(parts) != 3 || !strings.Contains(parts[2], id) {
			continue
		}
		switch {
		case parts[0] == "0" && parts[1] == "":
			paths = append(paths, filepath.Join(cgroupRoot, parts[2], "memory.peak"))
		case strings.Contains(","+parts[1]+",", ",memory,"):
			paths = append(paths, filepath.Join(cgroupRoot, "memory", parts[2], "memory.max_usage_in_bytes"))
		}
	}
	return paths
}
