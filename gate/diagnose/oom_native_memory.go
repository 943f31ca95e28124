package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const jvmOOMNative = "jvm-oom-native-memory"

// eperm is the error of what is not permitted: of a new thread only a seccomp profile says so.
const eperm = "EPERM"

var nativeMarkers = []marker{
	{text: "os::commit_memory("},
}

// What the JVM says of the memory it was refused (debug.cpp, os_linux.cpp; the second shape is of JDK 17 and newer).
var (
	refusedMap = lazyregexp.MustCompile(`Native memory allocation \((\w+)\) failed to (?:map|allocate|reserve|commit) (\d+) bytes(?: for (.+?)\.?|\. Error detail: (.+?)\.?)?$`)
	commitLine = lazyregexp.MustCompile(`os::commit_memory\(0x[0-9a-f]+, (\d+), (?:\d+, )?\d+\) failed; error='([^']*)' \(errno=(\d+)\)`)
)

// judgeNative looks for memory outside the heap that the operating system refused.
func judgeNative(s scene) (finding.Finding, bool) {
	switch t := s.refused; {
	case t != nil && t.errno == eperm:
		return s.withReport(seccomp(t)), true
	case t != nil && t.errno == "" && s.pidsReached() == 0:
		return s.withReport(noThread(t)), true
	case t != nil:
		return finding.Finding{}, false
	}
	if f, ok := s.insufficientMemory(); ok {
		return f, true
	}
	sh, ended, more := s.gravest(regionNative)
	if more < 0 {
		return finding.Finding{}, false
	}
	what := "The operating system refused the program memory outside the heap"
	if m := unsafeBytes.FindStringSubmatch(sh.message); m != nil {
		what = fmt.Sprintf("The operating system refused the program %s of memory outside the heap", amount(parseSize(m[1])))
	}
	if sh.message == "Map failed" {
		what = "The operating system refused to map a file into memory"
	}
	return s.reportShortage(jvmOOMNative, what, sh, ended, more, refusedCause, refusedRemedy), true
}

var unsafeBytes = lazyregexp.MustCompile(`^Unable to allocate (\d+) bytes`)

const (
	refusedCause = "A container's memory limit does not refuse memory, it kills. What refuses is a limit of the user (ulimit -v), the number " +
		"of mappings a process may have (vm.max_map_count), or the host, when its memory and swap are promised away (vm.overcommit_memory)."
	refusedRemedy = "Look at those three on the host, free memory there, and make heap, metaspace, code cache, thread stacks and direct buffers together smaller."
)

// seccomp makes the finding about a JVM that was refused every thread.
func seccomp(t *refusedThread) finding.Finding {
	f := report(jvmOOMNative,
		fmt.Sprintf("The JVM could not start %s, and takes it for a lack of memory; really the system call for new threads was forbidden (EPERM).", t.what()),
		"A seccomp profile refuses the clone3 system call that the C library in the image (glibc 2.34 or newer) makes for new threads: Docker "+
			"before 20.10.10, libseccomp before 2.5.2, or a profile of your own. Memory has nothing to do with it.",
		"Upgrade Docker on the host to at least 20.10.10 and libseccomp to at least 2.5.2, or run it with --security-opt seccomp=PROFILE with a "+
			"profile that answers clone3 with ENOSYS; until then use an image with an older glibc. Do not raise the memory limit.", t.evidence...)
	f.Fingerprint = oomFingerprint("seccomp clone3", "")
	return f
}

// noThread makes the finding about a JVM of release 8, which does not say why it was refused a thread.
func noThread(t *refusedThread) finding.Finding {
	f := report(jvmOOMNative, "The operating system refused the JVM a thread that it needs to start, which it takes for a lack of memory or resources.",
		"The operating system refused the thread: the container's limit on processes and threads (pids) is too low, or a seccomp profile "+
			"refuses the clone3 system call (Docker before 20.10.10 or libseccomp before 2.5.2, with glibc 2.34 or newer in the image).",
		"If the image is new and the host is old, upgrade Docker to at least 20.10.10 and libseccomp to at least 2.5.2; else raise the pids limit.",
		t.evidence...)
	f.Fingerprint = oomFingerprint(string(regionNative), "")
	return f
}

// insufficientMemory reads the JVM's word that it ends for lack of memory.
func (s scene) insufficientMemory() (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	for i := range s.output {
		if !s.insufficient(i) {
			continue
		}
		for j := i + 1; j < len(s.output) && j <= i+3; j++ {
			if m := refusedMap.FindStringSubmatch(s.output[j].Text); m != nil {
				return s.refusedMemory(m, s.output[i].evidence(), s.output[j].evidence()), true
			}
		}
	}
	if s.crash != nil && s.crash.Kind == finding.CrashMemory {
		if m := refusedMap.FindStringSubmatch(s.crash.Error); m != nil {
			return s.refusedMemory(m, s.crash.evidence()...), true
		}
	}
	return finding.Finding{}, false
}

// refusedMemory makes the finding about the refusal that the quoted lines tell of.
func (s scene) refusedMemory(m []string, quoted ...finding.Evidence) finding.Finding {
	bytes, purpose := parseSize(m[2]), m[3]+m[4]
	detail := ""
	for _, l := range s.output {
		if c := commitLine.FindStringSubmatch(l.Text); c != nil && c[1] == m[2] {
			quoted = append(quoted, l.evidence())
			detail = fmt.Sprintf("%s, errno %s", lowerFirst(c[2]), c[3])
			break
		}
	}
	slices.SortStableFunc(quoted, func(a, b finding.Evidence) int { return a.Line - b.Line })
	message := fmt.Sprintf("The operating system refused the JVM %s of memory", amount(bytes))
	if details := strings.TrimPrefix(strings.Join([]string{"", purpose, detail}, "; "), "; "); strings.Trim(details, "; ") != "" {
		message += " (" + strings.Trim(details, "; ") + ")"
	}
	cause, remedy := s.refusedWhy(bytes)
	f := report(jvmOOMNative, message+", and it ended.", cause, remedy, quoted...)
	f.Fingerprint = oomFingerprint(string(regionNative), "")
	return s.withReport(f)
}

// withReport adds what the JVM wrote about its end.
func (s scene) withReport(f finding.Finding) finding.Finding {
	if s.crash != nil && s.crash.Kind == finding.CrashMemory {
		f.Crash = &s.crash.Crash
	}
	return f
}

// refusedWhy says why so much memory was refused, by what the JVM was told to take at once.
func (s scene) refusedWhy(bytes int64) (cause, remedy string) {
	if k := s.reported(addressSpace); k > 0 {
		return fmt.Sprintf("The user may have %s of address space (ulimit -v), of which a JVM sets aside far more than it uses.", amount(k<<10)),
			"Take the limit on address space away (ulimit -v unlimited, or the ulimits of the engine); bound the memory with the container's limit instead."
	}
	if all, most := s.reported(allMappings), s.reported(maxMappings); most > 0 && all >= most-most/20 {
		return fmt.Sprintf("The process had %d mappings of memory, and the host allows %d (vm.max_map_count).", all, most),
			"Raise vm.max_map_count on the host (sysctl), or look for what maps so many files or starts so many threads."
	}
	initial, limit := s.jvmSize(initialHeap), s.memoryLimit()
	switch {
	case initial > 0 && bytes >= initial/2 && limit > 0 && initial > limit:
		return fmt.Sprintf("The heap is to have %s from the start (-Xms), and the container's limit is %s.", amount(initial), amount(limit)),
			fmt.Sprintf("Lower -Xms and -Xmx so that the heap leaves a quarter of %s for what is not heap.", amount(limit))
	case initial > 0 && bytes >= initial/2:
		return fmt.Sprintf("The heap is to have %s from the start (-Xms), and the host does not have that.", amount(initial)),
			"Lower -Xms and -Xmx to what the host can give, and the container is allowed."
	case limit > 0 && bytes > limit:
		return fmt.Sprintf("It asked for more at once than the container's whole limit of %s.", amount(limit)),
			"Lower what the JVM takes from the start: -Xms, -Xmx, -XX:ReservedCodeCacheSize, -XX:CompressedClassSpaceSize."
	}
	return refusedCause, refusedRemedy
}
