package diagnose

import (
	"slices"

	"bootgate/gate/finding"
)

// marker is a literal text that makes a line of output worth keeping: a judge has a use for it, however much was
// printed around it.
type marker struct {
	// text is at least minMarker bytes long: the longer the shortest of all markers is, the faster the scan.
	text string
	// follow is how many lines after it are kept, too.
	follow int
	// trace is whether the lines of a Java stack trace right after it are kept, too.
	trace bool
}

// minMarker is the length of the shortest marker allowed, in bytes.
const minMarker = 11

// judge is one class of death.
type judge struct {
	markers []marker
	// judge returns what it found, or false. It speaks up only when it is sure.
	judge func(scene) (finding.Finding, bool)
}

// judges are all classes of death, the most fundamental first: where two of them speak up, the first is what brought
// about the second. They are never changed.
var judges = []judge{
	{nil, judgeMemory},
	{architectureMarkers, judgeArchitecture},
	{slices.Concat(entrypointMarkers, startErrorMarkers), judgeEntrypoint},
	{linkMarkers, judgeLink},
	{memoryCalculatorMarkers, judgeMemoryCalculator},
	{launcherMarkers, judgeLauncher},
	{badOptionMarkers, judgeBadOption},
	{initFailureMarkers, judgeInitFailure},
	{classVersionMarkers, judgeClassVersion},
	{mainClassMarkers, judgeMainClass},
	{nativeMarkers, judgeNative},
	{threadMarkers, judgeThread},
	{nil, judgeMetaspace},
	{nil, judgeDirect},
	{nil, judgeOverhead},
	{oomMarkers, judgeHeap},
	{nil, judgeInternal},
	{crashMarkers, judgeCrash},
	{openj9Markers, judgeOpenJ9},
	{graalMarkers, judgeGraal},
	{springMarkers, judgeSpring},
}

// Diagnose returns what explains the death: the root cause first, its consequences after it, and last what the process
// outlived. It returns nothing when no judge is sure. Where a saved log holds the lines of several services, each is
// judged by itself.
func Diagnose(d Death) []finding.Finding {
	var findings []finding.Finding
	for _, one := range Apart(d) {
		s := newScene(one)
		for _, j := range judges {
			if f, ok := j.judge(s); ok && !slices.ContainsFunc(findings, f.Same) {
				findings = append(findings, f)
			}
		}
	}
	slices.SortStableFunc(findings, finding.Compare)
	return findings
}
