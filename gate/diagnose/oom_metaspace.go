package diagnose

import (
	"fmt"

	"bootgate/gate/finding"
)

// judgeMetaspace looks for a space for classes that was full.
func judgeMetaspace(s scene) (finding.Finding, bool) {
	sh, ended, more := s.gravest(regionMetaspace)
	if more < 0 {
		return finding.Finding{}, false
	}
	what, option, size := "The space for classes (Metaspace) was full", "-XX:MaxMetaspaceSize", s.jvmSize(maxMetaspace)
	if sh.message == "Compressed class space" {
		what, option, size = "The compressed class space, a part of the space for classes, was full", "-XX:CompressedClassSpaceSize", s.jvmSize(classSpace)
	}
	if size > 0 {
		what += fmt.Sprintf(" (its limit is %s)", amount(size))
	}
	cause := "More classes were loaded than the limit has room for: the application grew, or its class loaders are never let go."
	remedy := fmt.Sprintf("Raise %s, and the container's memory limit by as much; if the number of classes never stops growing, look for who makes the class loaders.", option)
	if s.calculated() {
		cause = "The buildpack computes the limit from the number of classes it counted in the image. Classes that an agent brings or " +
			"that are made while the application runs are not among them; or class loaders are never let go."
		remedy = fmt.Sprintf("Set BPL_JVM_LOADED_CLASS_COUNT to the number of classes that are really loaded (jcmd 1 VM.classloader_stats), "+
			"or %s in JAVA_TOOL_OPTIONS, and raise the container's memory limit by as much.", option)
	}
	return s.reportShortage("jvm-oom-metaspace", what, sh, ended, more, cause, remedy), true
}
