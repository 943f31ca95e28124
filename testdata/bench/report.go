package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report writes the Markdown report.
func report(w io.Writer, gate string, rounds int, contests []contest) error {
	info, err := os.Stat(gate)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s.\nMedians of %d rounds run in turns; ratios are taken within a round.\n\n", machine(), rounds)
	fmt.Fprintln(w, "| what | how | wall | ratio | range | to reach | peak memory |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, c := range contests {
		for i, who := range c.contenders {
			ratio, spread, limit := "1", "", ""
			if i > 0 {
				ratio = fmt.Sprintf("%.2f", median(c.ratios[i]))
				spread = fmt.Sprintf("%.2f to %.2f", slices.Min(c.ratios[i]), slices.Max(c.ratios[i]))
			}
			if i > 0 && c.limits != nil {
				limit = fmt.Sprintf("%.1f", c.limits[i])
			}
			if i > 0 && c.more > 0 {
				added := differences(c.walls[i], c.walls[0])
				ratio += ", " + seconds(median(added)) + " more"
				spread = fmt.Sprintf("%s to %s more", seconds(slices.Min(added)), seconds(slices.Max(added)))
				limit = seconds(c.more) + " more"
			}
			memory := "" // that of bash says nothing about what it called
			if who.args[0] == gate {
				memory = fmt.Sprintf("%.1f MB", float64(c.memory[i])/1e6)
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", c.name, who.name, seconds(median(c.walls[i])), ratio, spread, limit, memory)
		}
	}
	_, err = fmt.Fprintf(w, "\nThe gate's binary, stripped: %.1f MB.\n", float64(info.Size())/1e6)
	return err
}

// differences returns by how much each of the times is longer than the floor's of the same round.
func differences(walls, floor []time.Duration) []time.Duration {
	added := make([]time.Duration, len(walls))
	for i, wall := range walls {
		added[i] = wall - floor[i]
	}
	return added
}

func seconds(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1e3)
	}
	return fmt.Sprintf("%.3f s", d.Seconds())
}

// machine describes what the figures were measured on. What cannot be found out is left out.
func machine() string {
	parts := []string{fmt.Sprintf("%d cores (%s)", runtime.NumCPU(), field("/proc/cpuinfo", "model name"))}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		parts = append(parts, "Linux "+strings.TrimSpace(string(release)))
	}
	if out, err := exec.Command("docker", "info", "--format", "Docker {{.ServerVersion}} on {{.Driver}}, cgroup v{{.CgroupVersion}}").Output(); err == nil {
		parts = append(parts, strings.TrimSpace(string(out)))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(load), " ")
		parts = append(parts, "load "+first+" at the end")
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}

// field returns the value of the first line "NAME : VALUE" of a file.
func field(path, name string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
