package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const memoryCalculator = "jvm-memory-calculator"

var memoryCalculatorMarkers = []marker{
	{text: " memory regions require ", follow: 1},
	{text: "required memory "},
	{text: "calculated heap size (", follow: 8},
	{text: "unable to calculate memory configuration", follow: 2},
	{text: "helper/exec.d/memory-calculator"},
}

// What Paketo's memory calculator (libjvm, calc/calculator.go) and its forerunner say when the parts do not fit into the
// container's memory.
var (
	regionsRequire = lazyregexp.MustCompile(`(?:^|\s)(fixed|non-heap|all) memory regions require (\d+[BKMGT]?) which is greater than (\d+[BKMGT]?) available for allocation(?:: (.*))?$`)
	memoryRequired = lazyregexp.MustCompile(`(?:^|\s)(required) memory (\d+[BKMGT]?) is greater than (\d+[BKMGT]?) available for allocation(?:: (.*))?$`)
	heapTooSmall   = lazyregexp.MustCompile(`(?:^|\s)calculated heap size \((-?\d+)\) is less than the JVM minimum of (\S+?)\.$`)
)

// afterCalculator is how many lines may follow: the launcher's words about the helper, and a wrapper's.
const afterCalculator = 12

// judgeMemoryCalculator looks for a memory calculator that found no room for a heap.
func judgeMemoryCalculator(s scene) (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterCalculator; i-- {
		text := s.output[i].Text
		if m := regionsRequire.FindStringSubmatch(text); m != nil {
			return s.regionsReport(i, m), true
		}
		if m := memoryRequired.FindStringSubmatch(text); m != nil {
			return s.regionsReport(i, m), true
		}
		if m := heapTooSmall.FindStringSubmatch(text); m != nil {
			return report(memoryCalculator,
				fmt.Sprintf("The memory calculator found no room for a Java heap: what else the JVM needs leaves %s of the container's memory%s.", bytesOf(m[1]), s.limitKnown()),
				"", s.calculatorRemedy("", ""), s.calculatorEvidence(i)...), true
		}
	}
	return finding.Finding{}, false
}

// regionsReport explains regions that are larger than the container's memory. m holds which, how much they need, how
// much there is, and what they are.
func (s scene) regionsReport(i int, m []string) finding.Finding {
	need, have := readSize(m[2]), readSize(m[3])
	what := "everything but the heap needs"
	switch m[1] {
	case "all":
		what = "the heap that is set and what else the JVM needs come to"
	case "required":
		what = "the JVM needs"
	}
	cause := ""
	if parts := regionWords(m[4]); parts != "" {
		cause = "The calculator reserves " + parts + "."
	}
	return report(memoryCalculator,
		fmt.Sprintf("The memory calculator found no room for a Java heap: %s %s, and the container has %s.", what, amount(need), amount(have)),
		cause, s.calculatorRemedy(m[1], amount(need)), s.calculatorEvidence(i)...)
}

func (s scene) calculatorRemedy(which, need string) string {
	limit := "Raise the container's memory limit"
	if need != "" {
		limit += " above " + need + " and what the heap needs"
	}
	if which == "all" {
		return limit + ", or lower -Xmx in JAVA_TOOL_OPTIONS, or leave it out: the calculator then gives the heap what is left."
	}
	return limit + ", or make the parts smaller: BPL_JVM_THREAD_COUNT (250 threads are assumed), BPL_JVM_LOADED_CLASS_COUNT, " +
		"-XX:ReservedCodeCacheSize or -Xss in JAVA_TOOL_OPTIONS."
}

// limitKnown says the limit in force, where it is known.
func (s scene) limitKnown() string {
	if s.MemoryLimit == 0 {
		return ""
	}
	return " (" + amount(s.MemoryLimit) + ")"
}

// calculatorEvidence quotes the calculator, and the launcher's complaint about it.
func (s scene) calculatorEvidence(i int) []finding.Evidence {
	quoted := []finding.Evidence{s.output[i].evidence()}
	for _, l := range s.output[i+1:] {
		if strings.Contains(l.Text, "memory-calculator") {
			return append(quoted, l.evidence())
		}
	}
	return quoted
}

var sizeShape = lazyregexp.MustCompile(`^(\d+)([BKMGT]?)$`)

// readSize reads the calculator's sizes: 621M.
func readSize(text string) int64 {
	m := sizeShape.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 53)
	shift := map[string]uint{"K": 10, "M": 20, "G": 30, "T": 40}[m[2]]
	if n > 1<<(62-shift) {
		return 0
	}
	return n << shift
}

func bytesOf(text string) string {
	n, _ := strconv.ParseInt(text, 10, 53)
	if n < 0 {
		return "nothing"
	}
	return amount(n)
}

// regionPart is one region as the calculator lists them: "-XX:MaxMetaspaceSize=121289K", "-Xss1M * 250 threads".
var regionPart = lazyregexp.MustCompile(`^(-Xss|-Xmx|-XX:\w+=)(\d+[BKMGT]?)(?: \* (\d+) threads)?$`)

var regionNames = map[string]string{
	"-XX:MaxDirectMemorySize=": "for direct buffers", "-XX:MaxMetaspaceSize=": "for classes", "-XX:ReservedCodeCacheSize=": "for compiled code", "-Xmx": "for the heap",
}

// regionWords puts the list of regions into words.
func regionWords(list string) string {
	var parts []string
	for part := range strings.SplitSeq(list, ", ") {
		m := regionPart.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			continue
		}
		if n, err := strconv.ParseInt(m[3], 10, 32); err == nil {
			parts = append(parts, fmt.Sprintf("%s for the stacks of %d threads", amount(readSize(m[2])*n), n))
		} else if name := regionNames[m[1]]; name != "" {
			parts = append(parts, amount(readSize(m[2]))+" "+name)
		}
	}
	return strings.Join(parts, ", ")
}
