package diagnose

import (
	"fmt"

	"bootgate/gate/finding"
)

const jvmOOMThread = "jvm-oom-thread"

var threadMarkers = []marker{
	{text: "pthread_create failed ("},
	{text: "Failed to start the native thread for "},
	{text: "Failed to create worker thread"},
}

// pidsWords say which limit was reached.
func (s scene) pidsWords() string {
	if limit := s.pidsReached(); limit > 0 {
		return fmt.Sprintf("the container's limit of %d processes and threads (pids)", limit)
	}
	if s.PidsLimit > 0 {
		return fmt.Sprintf("the container's limit of %d processes and threads (pids), or the user's (ulimit -u)", s.PidsLimit)
	}
	return "the container's limit on processes and threads (pids), or the user's (ulimit -u)"
}

const threadRemedy = "Raise the pids limit (pids: in gate.yaml, --pids-limit of docker run, pidsLimit or podPidsLimit where it is deployed) if the " +
	"number of threads is right; else bound the thread pools: a thread dump (kill -QUIT 1) shows whose they are. More memory does not help."

// judgeThread looks for threads that the operating system refused for their number.
func judgeThread(s scene) (finding.Finding, bool) {
	if t := s.refused; t != nil && t.errno != eperm && (t.errno != "" || s.pidsReached() > 0) {
		return s.tooFewThreads(t), true
	}
	sh, ended, more := s.gravest(regionThread)
	if more < 0 {
		return finding.Finding{}, false
	}
	what := "No further thread could be started"
	if name := s.threadBefore(sh); name != "" {
		what = fmt.Sprintf("The thread %s could not be started", quote(name))
		sh.pool = name
	}
	cause := "It is hardly ever about memory: what was reached is " + s.pidsWords() + "."
	if ended && sh.end != endInit {
		cause += " -XX:+ExitOnOutOfMemoryError does not act on this error."
	}
	return s.reportShortage(jvmOOMThread, what, sh, ended, more, cause, threadRemedy), true
}

// tooFewThreads makes the finding about a JVM that may have fewer threads than it starts with.
func (s scene) tooFewThreads(t *refusedThread) finding.Finding {
	errno := ""
	if t.errno != "" {
		errno = " (" + t.errno + ")"
	}
	f := report(jvmOOMThread, fmt.Sprintf("The operating system refused the JVM %s%s, and it could not start.", t.what(), errno),
		"The JVM calls it a lack of memory or resources; it is "+s.pidsWords()+", and a JVM starts with more threads than that.",
		"Raise the pids limit (pids: in gate.yaml, --pids-limit of docker run): a JVM starts with some twenty threads, more on many "+
			"processors. -XX:ActiveProcessorCount=1 lowers the number.", t.evidence...)
	f.Fingerprint = oomFingerprint(string(regionThread), t.name)
	return s.withReport(f)
}

// threadBefore returns the name of the thread that could not be started, which the JVM prints right before the error.
func (s scene) threadBefore(sh shortage) string {
	for i := min(len(s.output)-1, sh.first+4); i >= 0 && i >= sh.first-4; i-- {
		if m := threadNotRun.FindStringSubmatch(s.output[i].Text); m != nil {
			return m[1]
		}
	}
	return ""
}
