package diagnose

import (
	"fmt"
	"strconv"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// directSizes are the sizes in the messages of the JDK (17 and newer) and of Netty: what was asked for, what was in use
// and the limit.
var directSizes = lazyregexp.MustCompile(`(\d+) (?:bytes|byte\(s\)) of direct (?:buffer )?memory \((?:allocated|used): (\d+), (?:limit|max): (\d+)\)`)

// judgeDirect looks for a limit on direct buffers that was reached.
func judgeDirect(s scene) (finding.Finding, bool) {
	sh, ended, more := s.gravest(regionDirect)
	if more < 0 {
		return finding.Finding{}, false
	}
	what, limit := "The limit on direct buffers was reached", s.jvmSize(maxDirect)
	if m := directSizes.FindStringSubmatch(sh.message); m != nil {
		asked, used := parseSize(m[1]), parseSize(m[2])
		limit = parseSize(m[3])
		what = fmt.Sprintf("The limit on direct buffers was reached: %s more were asked for, %s of %s were in use", amount(asked), amount(used), amount(limit))
	} else if limit > 0 {
		what += fmt.Sprintf(" (%s)", amount(limit))
	}
	cause := "Buffers outside the heap, for network and files, are bounded by -XX:MaxDirectMemorySize."
	if s.jvmSize(maxDirect) == 0 {
		cause = "Buffers outside the heap, for network and files, are bounded by -XX:MaxDirectMemorySize, and where that is not set by the size of the heap."
	}
	if s.calculated() {
		cause = "Buffers outside the heap, for network and files, are bounded by -XX:MaxDirectMemorySize, which the buildpack sets to 10MiB where nobody else does."
	}
	remedy := "Set -XX:MaxDirectMemorySize higher and raise the container's memory limit by as much, or look for buffers that are never released. " +
		"-XX:+ExitOnOutOfMemoryError does not act on this error."
	return s.reportShortage("jvm-oom-direct", what, sh, ended, more, cause, remedy), true
}

// parseSize reads a number of bytes; 0 when it is out of range.
func parseSize(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
