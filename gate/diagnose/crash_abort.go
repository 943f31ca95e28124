package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// A process that calls abort() as process 1 is not ended by SIGABRT: the kernel does not deliver that to it. abort()
// then runs into an instruction that faults, the JVM takes that for a crash, and reports a SIGSEGV that is none.

// aborted reports whether the crash is the end of an abort().
func (c *crash) aborted() bool {
	return c.Frame != nil && c.Frame.Kind == "C" && cLibrary(c.Frame.Library) &&
		slices.Contains([]string{"abort", "__GI_abort", "raise", "__GI_raise", "gsignal"}, c.Frame.Function())
}

// abortWords are what the C and C++ libraries and the JVM print before they call abort() (glibc: malloc/malloc.c,
// debug/fortify_fail.c, assert/assert.c; libstdc++: vterminate.cc; HotSpot: jni.cpp).
var abortWords = lazyregexp.MustCompile(`^(?:(?:free|malloc|realloc|calloc|munmap_chunk|mremap_chunk|malloc_consolidate)\(\): .+|double free or corruption.*|corrupted (?:size|double-linked).*|` +
	`\*\*\* .+ detected \*\*\*.*|terminate called .+|pure virtual method called|Fatal glibc error: .+|FATAL ERROR in native method: .+|\S.*: Assertion .+ failed\.)$`)

// Last words are looked for so many lines before and after the first line of a report: they go to another stream, and
// the JVM may print a stack after its own.
const wordsBefore, wordsAfter = 40, 30

// findLastWords looks for the line that says why abort() was called, and takes it into the report.
func (c *crash) findLastWords(output []Line) {
	if c.index < 0 || !c.aborted() {
		return
	}
	for i := min(c.index+wordsAfter, len(output)-1); i >= max(0, c.index-wordsBefore); i-- {
		if abortWords.MatchString(output[i].Text) {
			c.Error, c.words = output[i].Text, &output[i]
			return
		}
	}
}

// failedSetup reports whether the abort() is that of an agent that failed before the application began, about which the
// JVM's own words say more.
func (c *crash) failedSetup() bool {
	return c.aborted() && (strings.HasPrefix(c.Error, javaAgentFailed) || jdwpFatal.MatchString(c.Error))
}

// judgeAbort is about crashes that are the end of an abort().
func (c *crash) judgeAbort(severity finding.Severity) finding.Finding {
	what := "Native code in the JVM's process called abort()"
	cause := "Native code found something it could not go on with; as process 1 an abort() shows as a SIGSEGV in the C library."
	if c.Error != "" {
		what += ": " + strings.TrimSuffix(c.Error, ".")
		cause = abortCause(c.Error)
	}
	remedy := "Look which native libraries the process loads, and update them or go back to the versions that worked."
	if caller := c.javaCaller(); caller != "" {
		remedy = fmt.Sprintf("Look at the native code that %s called, and update the library it belongs to, or go back to the version that worked.", caller)
	}
	return c.report(crashSignal, sentence(what, c.java()), cause, remedy, severity)
}

// abortCause says what last words mean.
func abortCause(words string) string {
	switch {
	case strings.Contains(words, "Assertion "):
		return "An assertion of native code does not hold."
	case strings.HasPrefix(words, "terminate called"), strings.HasPrefix(words, "pure virtual"):
		return "A C++ library threw an exception that nothing caught, or made a like mistake."
	case strings.HasPrefix(words, "FATAL ERROR"):
		return "Native code, such as an agent, told the JVM that it cannot go on (JNI FatalError)."
	}
	return "Native code freed memory that was not its own, or wrote beyond what was; the C library noticed."
}

// javaCaller returns the innermost Java method of the stack that is not of the JDK; empty when there is none.
func (c *crash) javaCaller() string {
	for _, f := range slices.Concat(c.JavaFrames, c.NativeFrames) {
		name := f.Function()
		if (f.Kind == "j" || f.Kind == "J") && !slices.ContainsFunc(jdkPackages, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return name
		}
	}
	return ""
}

// jdkPackages are how the names of the JDK's own classes begin.
var jdkPackages = []string{"java.", "javax.", "jdk.", "sun.", "com.sun."}
