package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const jvmOOMHeap = "jvm-oom-heap"

// oomMarkers are what the judges of all regions look for.
var oomMarkers = []marker{
	{text: "Terminating due to " + outOfMemory, follow: goneOn},
	{text: outOfMemory, trace: true},
	{text: "OutOfDirectMemoryError", trace: true},
	{text: "Dumping heap to ", follow: 1},
	{text: initError, follow: 1},
}

// judgeHeap looks for a Java heap that was full, and for arrays that no heap has room for.
func judgeHeap(s scene) (finding.Finding, bool) {
	sh, ended, more := s.gravest(regionHeap)
	if more < 0 {
		return finding.Finding{}, false
	}
	if strings.HasPrefix(sh.message, "Requ") {
		return s.reportShortage(jvmOOMHeap, "The program asked for an array that is longer than any heap has room for", sh, ended, more,
			"The length was computed wrongly, or comes from outside and nobody bounds it: an array has at most 2147483645 elements.",
			"Look at the first frames of the trace for what is made so long, and bound it; more heap does not help."), true
	}
	what := "The Java heap was full"
	if sh.unsaid {
		what = "The JVM ran out of memory (it does not say of which kind; usually it is the heap)"
	} else if size := s.jvmSize(maxHeap); size > 0 {
		what += fmt.Sprintf(" (it may grow to %s)", amount(size))
	}
	return s.reportShortage(jvmOOMHeap, what, sh, ended, more, s.heapCause(), s.heapRemedy(sh, ended)), true
}

// dumpRefused is why the JVM could not write a heap dump (heapDumper.cpp).
var dumpRefused = lazyregexp.MustCompile(`^Unable to create (\S.*): (File exists|Permission denied|Read-only file system|No such file or directory|No space left on device|Is a directory)$`)

// refusedDump returns the file the JVM could not dump its heap to, and why; empty when it did not try or could.
func (s scene) refusedDump() (file, why string) {
	for i, l := range s.output {
		if m := dumpRefused.FindStringSubmatch(l.Text); m != nil && dumping.MatchString(s.previous(i)) {
			return m[1], m[2]
		}
	}
	return "", ""
}

// heapCause says how large the heap is and why, and what became of its dump.
func (s scene) heapCause() string {
	var parts []string
	switch size := s.jvmSize(maxHeap); {
	case size > 0 && s.memoryLimit() > 0:
		parts = append(parts, fmt.Sprintf("The heap may take %s (%d%%) of the container's %s.", amount(size), size*100/s.memoryLimit(), amount(s.memoryLimit())))
	case size == 0 && s.memoryLimit() > 0 && !strings.Contains(s.jvmOptions(), "RAMPercentage="):
		parts = append(parts, fmt.Sprintf("No -Xmx is known of: unless told otherwise the JVM takes for its heap a quarter of the "+
			"container's memory, which is limited to %s.", amount(s.memoryLimit())))
	}
	if file, why := s.refusedDump(); file != "" {
		cause := fmt.Sprintf("The heap dump that would show what filled it could not be written to %s: %s.", file, lowerFirst(why))
		if why == "File exists" {
			cause += " The dump of an earlier run stands there, and has the same name at every start."
		}
		parts = append(parts, cause)
	}
	return strings.Join(parts, " ")
}

func (s scene) heapRemedy(sh shortage, ended bool) string {
	remedy := "Raise -Xmx or -XX:MaxRAMPercentage together with the container's memory limit, or take a heap dump (-XX:+HeapDumpOnOutOfMemoryError) and look for what grows."
	if s.calculated() {
		remedy = "Raise the container's memory limit: the buildpack gives the heap what the other regions leave. Or take a heap dump and look for what grows."
	}
	if file, why := s.refusedDump(); file != "" {
		remedy += " Let -XX:HeapDumpPath name a directory on a volume that is writable"
		if why == "File exists" {
			remedy += ", another for each start, or remove the old dump first"
		}
		remedy += "."
	}
	if !ended && sh.thread != "" {
		remedy += " With -XX:+ExitOnOutOfMemoryError the process ends instead of living on without a thread."
	}
	return remedy
}

func lowerFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
