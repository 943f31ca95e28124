package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
)

const internalError = "jvm-internal-error"

// judgeInternal looks for the report of a JVM that ended itself because something was as it must not be.
func judgeInternal(s scene) (finding.Finding, bool) {
	severity, ok := s.crashed(finding.CrashInternal)
	if !ok {
		return finding.Finding{}, false
	}
	c := s.crash
	cause, remedy := c.internalCause()
	return c.report(internalError, c.internalMessage(), cause, remedy, severity), true
}

func (c *crash) internalMessage() string {
	what := "The JVM gave up"
	if c.Error != "" {
		what = "The JVM gave up: " + strings.TrimSuffix(c.said(), ".")
	}
	if c.Site != "" {
		what += " (" + c.Site + ")"
	}
	where := ""
	if c.Frame != nil && c.Frame.Kind != "V" {
		where = c.where()
	}
	return sentence(what, where, c.java())
}

// said is what an internal error says, without the word for its kind.
func (c *crash) said() string {
	return strings.TrimPrefix(strings.TrimPrefix(c.Error, "fatal error: "), "Error: ")
}

// internalCause says why, as far as the message tells, and what to do.
func (c *crash) internalCause() (cause, remedy string) {
	switch text := c.Error; {
	case strings.Contains(text, "OutOfMemory encountered"):
		return "-XX:+CrashOnOutOfMemoryError has the JVM crash on the first OutOfMemoryError: it was out of memory, and is not at fault itself.",
			"See to the OutOfMemoryError; use -XX:+ExitOnOutOfMemoryError when no core dump is wanted."
	case strings.Contains(text, "VM operation took too long"):
		return "A VM operation (a collection, a thread dump) took longer than -XX:AbortVMOnVMOperationTimeoutDelay allows, and the JVM was told to end itself then.",
			"Raise -XX:AbortVMOnVMOperationTimeoutDelay, or take -XX:+AbortVMOnVMOperationTimeout away; see whether the container got enough processor time."
	case strings.Contains(text, "Safepoint sync time longer than"):
		return "A thread did not reach a safepoint in time, and the JVM was told to end itself then (-XX:+AbortVMOnSafepointTimeout).",
			"Look at the threads named above the report; raise -XX:SafepointTimeoutDelay, or take -XX:+AbortVMOnSafepointTimeout away."
	case c.Compilation != "":
		return fmt.Sprintf("The JIT compiler failed a check of its own while it compiled %s.", compiledMethod(c.Compilation)),
			fmt.Sprintf("Move to the newest update of Java%s; until then leave the method out: -XX:CompileCommand=exclude,%s.", c.releaseWord(), compiledMethod(c.Compilation))
	case strings.HasPrefix(text, "guarantee(") || strings.HasPrefix(text, "assert(") || strings.Contains(text, "ShouldNotReachHere"):
		return "A check inside the JVM failed: a mistake of the JVM, or memory that native code had overwritten before.",
			fmt.Sprintf("Look the message up in the JDK's bug database; move to the newest update of Java%s, or back to the one that worked.", c.releaseWord())
	}
	return "", ""
}
