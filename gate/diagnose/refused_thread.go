package diagnose

import (
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// The JVM's lines about a thread that the operating system refused it (os_linux.cpp, jvm.cpp, workerManager.hpp,
// workerThread.cpp). JDK 8 prints only the last one; before 17 the first does not name the thread.
var (
	threadNotMade   = lazyregexp.MustCompile(`\[os,thread\s*\] Failed to start thread (?:"([^"]*)" )?- pthread_create failed \((\w+)\) for attributes: `)
	threadNotRun    = lazyregexp.MustCompile(`\[os,thread\s*\] Failed to start the native thread for java\.lang\.Thread "(.*)"$`)
	workerNotMade   = lazyregexp.MustCompile(`\[gc,task\s*\] Failed to create worker thread$`)
	gcThreadNotMade = lazyregexp.MustCompile(`^(?:#\s+)?Cannot create (?:worker )?GC thread\. Out of system resources\.$`)
	// In the words of every release about the thread that runs its operations.
	vmThreadNotMade = lazyregexp.MustCompile(`^Cannot create VM thread\. Out of system resources\.$`)
)

// refusedThread is a thread of the JVM's own that it could not do without, and ended because of.
type refusedThread struct {
	// name is the thread's name, and errno the operating system's error; each may be empty.
	name, errno string
	evidence    []finding.Evidence
}

// findRefusedThread returns the thread whose lack ended the JVM; nil when nothing says so. A thread that is refused
// while the JVM runs ends nothing: its collector makes do with fewer.
func findRefusedThread(s scene) *refusedThread {
	if !s.failed() {
		return nil
	}
	for i := len(s.output) - 1; i >= 0; i-- {
		if gcThreadNotMade.MatchString(s.output[i].Text) && s.insufficient(i-1) {
			return s.refusedBefore(i-1, i)
		}
		if workerNotMade.MatchString(s.output[i].Text) && s.after(i) <= 2 {
			if t := s.refusedBefore(i, i); t.errno != "" {
				return t
			}
		}
		if strings.HasPrefix(s.output[i].Text, initError) {
			if t := s.refusedBefore(i, i+1); t.errno != "" || s.next(i, vmThreadNotMade.MatchString) {
				return t
			}
		}
	}
	return nil
}

// refusedBefore reads what the JVM said of a thread before it said, in the lines from first to last, that it ends.
func (s scene) refusedBefore(first, last int) *refusedThread {
	t := &refusedThread{}
	for i := max(0, first-4); i < first; i++ {
		if m := threadNotMade.FindStringSubmatch(s.output[i].Text); m != nil {
			t.name, t.errno = m[1], m[2]
			t.evidence = []finding.Evidence{s.output[i].evidence()}
		}
	}
	for i := first; i <= last && i < len(s.output); i++ {
		t.evidence = append(t.evidence, s.output[i].evidence())
	}
	return t
}

// insufficient reports whether the i-th line is the JVM's word that it ends for lack of memory.
func (s scene) insufficient(i int) bool {
	return i >= 0 && strings.TrimLeft(s.output[i].Text, "# ") == noMemory
}

// what names the thread.
func (t *refusedThread) what() string {
	if t.name == "" || t.name == "Unknown thread" {
		return "a thread that it needs to start"
	}
	return "its thread " + quote(t.name)
}
