package diagnose

import (
	"fmt"

	"bootgate/gate/finding"
)

// judgeOverhead looks for a collector that ran nearly all the time for next to nothing: the parallel one gives up then.
func judgeOverhead(s scene) (finding.Finding, bool) {
	sh, ended, more := s.gravest(regionOverhead)
	if more < 0 {
		return finding.Finding{}, false
	}
	what := "The garbage collector took nearly all the time and freed next to nothing"
	if size := s.jvmSize(maxHeap); size > 0 {
		what += fmt.Sprintf(" of a heap that may grow to %s", amount(size))
	}
	cause := "The heap is as good as full."
	if more := s.heapCause(); more != "" {
		cause += " " + more
	}
	return s.reportShortage("jvm-oom-gc-overhead", what, sh, ended, more, cause, s.heapRemedy(sh, ended)), true
}
