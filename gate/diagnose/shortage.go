package diagnose

import (
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// region is what a Java virtual machine can run out of. Its text is part of fingerprints.
type region string

const (
	regionHeap      region = "heap"
	regionOverhead  region = "gc-overhead"
	regionMetaspace region = "metaspace"
	regionDirect    region = "direct"
	regionThread    region = "thread"
	regionNative    region = "native-memory"
)

// end is how a shortage came to light, the surest sign of an end first.
type end int

const (
	// endTerminating: the JVM ended itself, as ExitOnOutOfMemoryError asks.
	endTerminating end = iota
	// endAborting: the JVM crashed itself, as CrashOnOutOfMemoryError asks.
	endAborting
	// endHook: the JVM ran the command of OnOutOfMemoryError, and that kills it.
	endHook
	// endInit: the JVM was still setting itself up.
	endInit
	// endThread: nobody caught the error, and it ended its thread.
	endThread
	// endRun: a framework says that the application did not start because of the error.
	endRun
	// endCaught: something caught the error and printed it.
	endCaught
	// endTold: all that tells of the error is a line of the JVM's: it dumps the heap, or could not start a thread.
	endTold
)

// shortage is one time that a JVM ran out of something, as its output tells. Indexes are into scene.output; they are -1
// where only the error file of the JVM tells.
type shortage struct {
	region region
	// unsaid is whether the JVM does not say what ran out, so that region is only likely.
	unsaid bool
	end    end
	// message is what the JVM says after the name of the error.
	message string
	// at is the line that names the error. first and last are the lines it stands among: the first and last of a trace.
	at, first, last int
	// thread is the thread it ended; empty when it is unknown.
	thread string
	// pool is a thread of the pool the shortage is about, where that is not the thread it ended; else empty.
	pool string
	// frames are the first lines of where the memory was asked for.
	frames []int
}

const outOfMemory = "java.lang.OutOfMemoryError"

// regionMessages are the messages of java.lang.OutOfMemoryError (universe.cpp, memAllocator.cpp, os.hpp, Bits.java,
// ArraysSupport.java, FileChannelImpl.java; the last of the threads is OpenJ9's). Where source is set the error was
// thrown by Java code, and the first frame begins with it: anybody else can throw the same words.
var regionMessages = []struct {
	region region
	text   *lazyregexp.Regexp
	source string
}{
	{regionHeap, lazyregexp.MustCompile(`^Java heap space(?:: failed reallocation of scalar replaced objects)?$`), ""},
	{regionHeap, lazyregexp.MustCompile(`^Requested array size exceeds VM limit$`), ""},
	{regionHeap, lazyregexp.MustCompile(`^Required (?:length exceeds implementation limit|array length (?:\d+ \+ \d+ is )?too large)$`), ""},
	{regionOverhead, lazyregexp.MustCompile(`^GC overhead limit exceeded$`), ""},
	{regionMetaspace, lazyregexp.MustCompile(`^(?:Metaspace|Compressed class space)$`), ""},
	{regionDirect, lazyregexp.MustCompile(`^Direct buffer memory$`), "java.nio.Bits.reserveMemory("},
	{regionDirect, lazyregexp.MustCompile(`^Cannot reserve \d+ bytes of direct buffer memory \(allocated: \d+, limit: \d+\)$`), "java.nio.Bits.reserveMemory("},
	{regionThread, lazyregexp.MustCompile(`^unable to create (?:new )?native thread(?:: possibly out of memory or process/resource limits reached)?$`), "java.lang.Thread.start0("},
	{regionThread, lazyregexp.MustCompile(`^Failed to create a thread: retVal -?\d+, errno \d+.*$`), "java.lang.Thread.start"},
	{regionNative, lazyregexp.MustCompile(`^Unable to allocate \d+ bytes$`), "jdk.internal.misc.Unsafe.allocateMemory("},
	{regionNative, lazyregexp.MustCompile(`^Map failed$`), "sun.nio.ch."},
}

// regionOf tells by the error's message, and by the frame that threw it if that is known, what ran out.
func regionOf(message, frame string) (region, bool) {
	first, _, _ := strings.Cut(message, "\n")
	for _, m := range regionMessages {
		if m.text.MatchString(strings.TrimSpace(first)) {
			return m.region, frame == "" || m.source == "" || strings.HasPrefix(frame, m.source)
		}
	}
	return "", false
}

// nettyDirect is what Netty says, which counts its direct buffers itself and throws an error of its own.
var nettyDirect = lazyregexp.MustCompile(`^failed to allocate \d+ byte\(s\) of direct memory \(used: \d+, max: \d+\)$`)

// findShortages returns the times that the JVM ran out of something, in the order of the output. Others than the JVM
// speak of such errors, too: what is returned has the shape that an error has that was thrown.
func findShortages(s scene) []shortage {
	var all []shortage
	for i := range s.output {
		if sh, ok := s.ownWords(i); ok {
			all = append(all, sh)
		}
	}
	for _, t := range s.throwables {
		if sh, ok := s.thrownShortage(t); ok {
			all = append(all, sh)
		}
	}
	if sh, ok := s.crashedShortage(); ok && !slices.ContainsFunc(all, func(sh shortage) bool { return sh.end == endAborting }) {
		all = append(all, sh)
	}
	slices.SortStableFunc(all, func(a, b shortage) int { return a.first - b.first })
	return withoutRegion(all)
}

// The JVM's own lines about an OutOfMemoryError (debug.cpp, heapDumper.cpp, vmError.cpp).
var (
	selfEnded = lazyregexp.MustCompile(`^(.*?)(Terminating|Aborting) due to java\.lang\.OutOfMemoryError: (.+)$`)
	dumping   = lazyregexp.MustCompile(`^Dumping heap to \S.* \.\.\.$`)
	hookError = lazyregexp.MustCompile(`^# java\.lang\.OutOfMemoryError: (.+)$`)
	hookLine  = lazyregexp.MustCompile(`^# -XX:OnOutOfMemoryError="(.*)"$`)
	initError = "Error occurred during initialization of "
)

// ownWords reads a line that the JVM itself printed about an OutOfMemoryError.
func (s scene) ownWords(i int) (shortage, bool) {
	text := s.output[i].Text
	sh := shortage{at: i, first: i, last: i}
	if threadNotRun.MatchString(text) {
		sh.region, sh.end = regionThread, endTold
		return sh, true
	}
	if !strings.Contains(text, outOfMemory) {
		return shortage{}, false
	}
	switch m := selfEnded.FindStringSubmatch(text); {
	case m != nil:
		sh.message, sh.end = m[3], endTerminating
		if m[2] == "Aborting" {
			sh.end = endAborting
		}
		if m[1] != "" && !s.follows(i, sh.end) || s.provoked(i) {
			return shortage{}, false
		}
	case strings.HasPrefix(text, outOfMemory+": ") && s.next(i, dumping.MatchString):
		sh.message, sh.end = strings.TrimPrefix(text, outOfMemory+": "), endTold
	case strings.HasPrefix(text, outOfMemory+": ") && strings.HasPrefix(s.previous(i), initError):
		sh.message, sh.end = strings.TrimPrefix(text, outOfMemory+": "), endInit
	default:
		m := hookError.FindStringSubmatch(text)
		if m == nil || !s.next(i, hookLine.MatchString) {
			return shortage{}, false
		}
		sh.message, sh.end = m[1], endHook
	}
	var ok bool
	sh.region, ok = regionOf(sh.message, "")
	return sh, ok
}

// crashedShortage reads what the error report of a JVM says that crashed itself on purpose.
func (s scene) crashedShortage() (shortage, bool) {
	if s.crash == nil || s.crash.Kind != finding.CrashInternal {
		return shortage{}, false
	}
	_, message, found := strings.Cut(s.crash.Error, "OutOfMemory encountered: ")
	sh := shortage{end: endAborting, message: message, at: -1, first: -1, last: -1}
	var ok bool
	sh.region, ok = regionOf(message, "")
	return sh, found && ok
}

// follows reports whether a line that the JVM printed into the middle of another's is followed by what it must be
// followed by: of a program that quotes it, it is not.
func (s scene) follows(i int, e end) bool {
	if e == endAborting {
		for j := i + 1; j < len(s.output) && j <= i+5; j++ {
			if strings.Contains(s.output[j].Text, "A fatal error has been detected by the Java Runtime Environment") {
				return true
			}
		}
		return false
	}
	return s.Exited && !s.ExitUnknown && s.ExitCode == 3 && s.after(i) <= 2
}

// provoked reports whether somebody says right after a shortage that it was expected: a program tries out what becomes of
// another that runs out of memory.
func (s scene) provoked(i int) bool {
	return slices.ContainsFunc(s.below(i, 2), func(l Line) bool { return strings.Contains(l.Text, ", as expected") })
}

// next reports whether the line after the i-th on the same stream matches.
func (s scene) next(i int, match func(string) bool) bool {
	for j := i + 1; j < len(s.output) && j <= i+4; j++ {
		if s.output[j].Stream == s.output[i].Stream {
			return match(s.output[j].Text)
		}
	}
	return false
}

// previous returns the line before the i-th on the same stream; empty when there is none close by.
func (s scene) previous(i int) string {
	for j := i - 1; j >= 0 && j >= i-4; j-- {
		if s.output[j].Stream == s.output[i].Stream {
			return s.output[j].Text
		}
	}
	return ""
}

// thrownShortage reads an OutOfMemoryError that was thrown, or that what was thrown goes back to.
func (s scene) thrownShortage(t *throwable) (shortage, bool) {
	e := t.innermost()
	sh := shortage{end: endCaught, message: e.message, at: e.at, first: t.first, last: t.last, thread: t.thread, frames: e.frames}
	frame := ""
	if len(e.frames) > 0 {
		frame = frameName(s.output[e.frames[0]].Text)
	}
	ok := false
	switch {
	case e.class == outOfMemory && t.byHandler && fromHandler.MatchString(s.output[t.at].Text):
		ok = true // what ran out is not said
	case e.class == outOfMemory && (frame != "" || t != e || t.byHandler):
		sh.region, ok = regionOf(e.message, frame)
	case e.class == "io.netty.util.internal.OutOfDirectMemoryError" && nettyDirect.MatchString(e.message):
		sh.region, ok = regionDirect, frame == "" || strings.HasPrefix(frame, "io.netty.")
	}
	switch {
	case !ok || s.tested(t) || s.quoted(t):
		return shortage{}, false
	case t.byHandler:
		sh.end = endThread
	case s.notStartedBy(t):
		sh.end = endRun
	case s.expected(t):
		return shortage{}, false
	}
	return sh, true
}

// frameName returns the method of a line of a stack trace, without the module or class loader in front of it.
func frameName(line string) string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "at ")
	if open := strings.IndexByte(line, '('); open >= 0 {
		if slash := strings.LastIndexByte(line[:open], '/'); slash >= 0 && !strings.Contains(line[:open], "Lambda") {
			return line[slash+1:]
		}
	}
	return line
}

// notStartedBy reports whether a framework logged a throwable as the reason why the application did not start.
func (s scene) notStartedBy(t *throwable) bool {
	return strings.Contains(s.output[t.first].Text, "Application run failed") ||
		strings.Contains(s.previous(t.first), "Application run failed")
}

// testFrames begin the frames of programs that throw and log errors to see what happens.
var testFrames = []string{"org.junit.", "junit.framework.", "org.testng.", "org.apache.maven.surefire.", "org.gradle.api.internal.tasks.testing.", "org.spockframework."}

// tested reports whether a throwable comes out of a test.
func (s scene) tested(t *throwable) bool {
	for ; t != nil; t = t.cause {
		for _, i := range t.frames {
			name := frameName(s.output[i].Text)
			if slices.ContainsFunc(testFrames, func(start string) bool { return strings.HasPrefix(name, start) }) {
				return true
			}
		}
	}
	return false
}

// quoted reports whether a throwable is told by somebody it did not happen to: it is indented, as a build tool shows the
// output of a test, or the coordinator of a cluster tells what happened on another machine (Spark, Flink).
func (s scene) quoted(t *throwable) bool {
	text := s.output[t.first].Text
	for outer := t; outer.cause != nil; outer = outer.cause {
		if remoteClass.MatchString(outer.class) {
			return true
		}
	}
	return strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t") || elsewhere.MatchString(text) || !t.bare && elsewhere.MatchString(s.previous(t.first))
}

// remoteClass are the classes of errors that another process had, and that were carried over.
var remoteClass = lazyregexp.MustCompile(`\bRemote\w*Exception$|^java\.rmi\.Server(?:Error|Exception)$`)

var elsewhere = lazyregexp.MustCompile(`: Lost task \S+ in stage |\) switched from [A-Z]+ to FAILED\b`)

// expectedWords are how programs talk of an error that they provoke or that does not trouble them.
var expectedWords = lazyregexp.MustCompile(`(?i)\b(?:expected|simulat\w+|provok\w+|pretend\w*)\b|\b(?:DEBUG|TRACE|FINER|FINEST)\b`)

// expected reports whether what was logged with a throwable says that it is no trouble.
func (s scene) expected(t *throwable) bool {
	return expectedWords.MatchString(s.previous(t.first)) || !t.bare && expectedWords.MatchString(s.output[t.first].Text)
}

// sameShortage is how far from an error that says nothing another stands that tells of the same shortage.
const sameShortage = 20

// withoutRegion decides on errors that say nothing of what ran out: a JVM prints one so when its heap has not even room
// for the words. They are taken for the heap's where none near them says more.
func withoutRegion(all []shortage) []shortage {
	near := func(unsaid shortage) bool {
		return slices.ContainsFunc(all, func(sh shortage) bool {
			return sh.region != "" && max(sh.first-unsaid.last, unsaid.first-sh.last) <= sameShortage
		})
	}
	var kept []shortage
	for _, sh := range all {
		if sh.region == "" {
			if near(sh) {
				continue
			}
			sh.region, sh.unsaid = regionHeap, true
		}
		kept = append(kept, sh)
	}
	return kept
}
