package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"bootgate/gate/finding"
)

const containerOOMKill = "container-oom-kill"

// judgeMemory looks for kills by the kernel for memory. The engine's flag and its events are facts: they come from the
// memory controller of the container's own cgroup. A bare exit code 137 is not enough.
func judgeMemory(s scene) (finding.Finding, bool) {
	if strings.Contains(s.StartError, "container init was OOM-killed") {
		return report(containerOOMKill,
			"The kernel killed the container for memory before its program started"+s.limitWords()+".",
			"The memory limit is lower than what the engine itself needs to set a container up.",
			"Raise the memory limit to at least 16MiB plus what the program needs.",
			s.engineError()), true
	}
	if !s.OOMKilled && s.OOMEvents == 0 {
		return finding.Finding{}, false
	}
	return report(containerOOMKill, s.memoryMessage(), s.memoryCause(), s.memoryRemedy(), s.memoryEvidence()...), true
}

func (s scene) memoryMessage() string {
	times := ""
	if s.OOMEvents > 1 {
		times = fmt.Sprintf(" %d times", s.OOMEvents)
	}
	what, _ := DescribeExit(s.ExitCode, false)
	switch {
	case s.Exited && s.ExitCode == 128+sigkill && s.shell():
		return fmt.Sprintf("The kernel killed the container's process, or one its shell was waiting for, for memory (137)%s.", s.limitWords())
	case s.Exited && s.ExitCode == 128+sigkill:
		return fmt.Sprintf("The kernel killed the main process for memory (137)%s.", s.limitWords())
	case s.Exited:
		return fmt.Sprintf("The kernel killed a child process for memory%s%s; the main process then %s.", times, s.limitWords(), verb(what))
	}
	return fmt.Sprintf("The kernel killed a child process for memory%s while the main process lived on%s.", times, s.limitWords())
}

// verb makes "killed by …" the predicate of a sentence.
func verb(what string) string {
	if strings.HasPrefix(what, "killed") {
		return "was " + what
	}
	return what
}

// shell reports whether the main process is a shell, which passes on a child's 137 as its own exit code.
func (s scene) shell() bool {
	return slices.Contains([]string{"sh", "bash", "ash", "dash"}, path.Base(s.program())) || strings.HasSuffix(s.program(), ".sh")
}

// limitWords says how memory use and limit compare, as the end of a sentence; nothing where no one knows.
func (s scene) limitWords() string {
	switch {
	case s.MemoryLimit > 0 && s.PeakMemory > 0:
		return fmt.Sprintf(": its limit is %s, the highest use seen %s", amount(s.MemoryLimit), amount(s.PeakMemory))
	case s.MemoryLimit > 0:
		return ": its limit is " + amount(s.MemoryLimit)
	case s.Saved:
		return ""
	}
	return ": it has no limit of its own"
}

func (s scene) memoryCause() string {
	switch {
	case s.Saved && s.MemoryLimit == 0:
		return "The container needed more memory than it is allowed; of a JVM the whole process counts: heap, metaspace, code cache, " +
			"thread stacks, direct buffers and native libraries."
	case s.MemoryLimit == 0:
		return "The host, or a cgroup above the container's, ran out of memory."
	case s.java():
		return "The whole process counts against the limit: heap, metaspace, code cache, thread stacks, direct buffers and " +
			"native libraries. A JVM that runs out of heap alone ends with an OutOfMemoryError, not so."
	}
	return "The container needed more memory than it is allowed."
}

func (s scene) memoryRemedy() string {
	switch {
	case s.Saved && s.MemoryLimit == 0:
		return "Raise the container's memory limit, or make the parts fit: of a JVM lower -Xmx or -XX:MaxRAMPercentage, bound " +
			"-XX:MaxMetaspaceSize and -XX:MaxDirectMemorySize, and leave a quarter for what is not heap."
	case s.MemoryLimit == 0:
		return "Free memory on the host, or set memory: to see how the image behaves under the limit it has in production."
	case s.java():
		return fmt.Sprintf("Raise the memory limit above %s, or make the parts fit: lower -Xmx or -XX:MaxRAMPercentage, bound "+
			"-XX:MaxMetaspaceSize and -XX:MaxDirectMemorySize, and leave a quarter for what is not heap.", amount(s.MemoryLimit))
	}
	return fmt.Sprintf("Raise the memory limit above %s, or find what takes so much.", amount(s.MemoryLimit))
}

// memoryEvidence quotes the engine's report and what a shell says of a child that was killed.
func (s scene) memoryEvidence() []finding.Evidence {
	var quoted []finding.Evidence
	switch {
	case s.OOMEvents > 0 && s.OOMKilled:
		quoted = append(quoted, engineEvidence(fmt.Sprintf("OOMKilled=true, oom events: %d", s.OOMEvents)))
	case s.OOMKilled:
		quoted = append(quoted, engineEvidence("OOMKilled=true"))
	default:
		quoted = append(quoted, engineEvidence(fmt.Sprintf("oom events: %d", s.OOMEvents)))
	}
	for _, l := range s.output {
		if l.Text == "Killed" || strings.HasSuffix(l.Text, ": Killed") {
			return append(quoted, l.evidence())
		}
	}
	return quoted
}

// amount writes bytes in the largest binary unit that leaves at least 1, with up to one decimal.
func amount(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") + units[i]
}
