package diagnose

import (
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
)

// headlineMarkers keep the headline of an endless recursion, whose trace is longer than what is kept of any output.
var headlineMarkers = []marker{{text: "java.lang.StackOverflowError"}}

// Headline returns what the process said last of its own end, on one line and within bounds, without a full stop: what
// an exception that nobody caught goes back to, or the words of a program that aborted. It is empty where the output
// does not tell for certain. It is for deaths that Diagnose cannot explain.
func Headline(d Death) string {
	if !d.Exited || !d.ExitUnknown && d.ExitCode == 0 {
		return ""
	}
	for _, one := range Apart(d) {
		if text := newScene(one).lastWords(); text != "" {
			return trimStop(text)
		}
	}
	return ""
}

// lastWords returns what the process said last of its own end.
func (s scene) lastWords() string {
	if text := s.thrownLast(); text != "" {
		return text
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= headlineLines; i-- {
		for _, w := range lastWords {
			if s.ExitUnknown && s.after(i) > afterLogged && w.fewAfter || !w.fits(s) {
				continue
			}
			if text := w.read(s, i); text != "" {
				return text
			}
		}
	}
	return ""
}

// headlineLines is how far above the end of the output last words are looked for: traces of other languages follow some
// of them.
const headlineLines = 60

func trimStop(text string) string { return strings.TrimRight(brief(text), ". ") }

// thrownLast returns the headline of what the last throwable that ended a JVM goes back to.
func (s scene) thrownLast() string {
	outer, inner := s.deadly(func(*throwable) bool { return true })
	if n := len(s.throwables); outer == nil && n > 0 && s.endsWith(s.throwables[n-1], afterLogged) {
		outer, inner = s.throwables[n-1], s.throwables[n-1].innermost()
	}
	if outer == nil || outer.orphan && s.ExitUnknown {
		return ""
	}
	if s.ExitUnknown && (s.tested(outer) || s.outlived(outer.last)) {
		return ""
	}
	if s.ExitUnknown && !s.failedStart(outer) && s.after(outer.last) > afterLogged {
		return "" // other threads may have lived on
	}
	return rootHeadline(outer, inner)
}

// unreached are messages of java.net and java.nio that do not say what was not reached.
var unreached = lazyregexp.MustCompile(`^(?:Connection refused|[Cc]onnect(?:ion)? timed out|Connection reset|No route to host|Network is unreachable)(?: \(.*\))?$`)

// peer is a host and a port, or a URL.
var peer = lazyregexp.MustCompile(`[\w\]]:\d{2,5}\b|\w://\S`)

// rootHeadline is the headline of inner, which outer goes back to. Where it says little, a bare class or a connection to
// nobody knows where, it is the headline of what wrapped it.
func rootHeadline(outer, inner *throwable) string {
	if inner.message != "" && !unreached.MatchString(inner.message) {
		return inner.headline()
	}
	var wrapper *throwable
	for t := outer; t != nil && t != inner; t = t.cause {
		if inner.message == "" && t.cause == inner && t.message != "" && !strings.HasPrefix(t.message, inner.class) ||
			inner.message != "" && peer.MatchString(t.message) {
			wrapper = t
		}
	}
	if wrapper == nil {
		return inner.headline()
	}
	return wrapper.headline() + " (" + inner.class + ")"
}

// lastWord is how a kind of program ends when it does not end well.
type lastWord struct {
	// fits reports whether a process that ended so can have ended in this way.
	fits func(s scene) bool
	// fewAfter is whether next to nothing follows it.
	fewAfter bool
	// read returns what the i-th line, and those around it, say; empty when it is of another kind.
	read func(s scene, i int) string
}

var lastWords = []lastWord{
	{aborted, true, matching(`^(?:free|malloc|realloc|munmap_chunk|malloc_consolidate|double free or corruption|corrupted size vs\. prev_size|corrupted double-linked list)(?:\(\)| \(\S+\))?(?::? .+)?$`)},
	{aborted, true, matching(`^\*\*\* (?:stack smashing|buffer overflow) detected \*\*\*.*$`)},
	{aborted, true, matching(`^\S+: \S+:\d+: .+: Assertion .+ failed\.$`)},
	{aborted, true, func(s scene, i int) string {
		m := terminated.FindStringSubmatch(s.output[i].Text)
		if m == nil {
			return ""
		}
		for _, l := range s.below(i, 1) {
			if w, ok := strings.CutPrefix(strings.TrimSpace(l.Text), "what():"); ok {
				return m[1] + ": " + strings.TrimSpace(w)
			}
		}
		return "an uncaught C++ exception, " + m[1]
	}},
	{withCode(2), false, func(s scene, i int) string {
		text := s.output[i].Text
		if !strings.HasPrefix(text, "panic: ") && !strings.HasPrefix(text, "fatal error: ") {
			return ""
		}
		for _, l := range s.below(i, 4) {
			if goroutine.MatchString(l.Text) {
				return text
			}
		}
		return ""
	}},
	{withCode(101), true, func(s scene, i int) string {
		m := rustPanic.FindStringSubmatch(s.output[i].Text)
		if m == nil {
			return ""
		}
		if m[1] != "" {
			return "panicked at " + m[1]
		}
		for _, l := range s.below(i, 1) {
			return "panicked: " + l.Text
		}
		return ""
	}},
	{ownCode, true, pythonTrace},
	{ownCode, true, nodeError},
	{aborted, false, matching(`^Unhandled [Ee]xception[.:] (System\..+)$`)},
}

var (
	terminated = lazyregexp.MustCompile(`^terminate called after throwing an instance of '(.+)'$`)
	goroutine  = lazyregexp.MustCompile(`^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[`)
	rustPanic  = lazyregexp.MustCompile(`^thread '[^']*' (?:\(\d+\) )?panicked at (?:('.+'), \S+:\d+:\d+|\S+:\d+:\d+:)$`)
)

// ownCode reports whether the process ended with a code of its own that means failure.
func ownCode(s scene) bool { return s.failed() }

// withCode is like ownCode, for programs that end with one code only, unless a wrapper changes it to 1.
func withCode(code int) func(scene) bool {
	return func(s scene) bool { return s.ExitUnknown || s.ExitCode == code || s.ExitCode == 1 }
}

// aborted reports whether abort(3) may have ended the process: process 1 ends with 139 then, or with 127 when it handles
// SIGSEGV itself, others with 134, and a shell may make that 1.
func aborted(s scene) bool {
	return s.ExitUnknown || slices.Contains([]int{134, 139, 127, 1}, s.ExitCode)
}

// matching reads lines of a shape: the first group, or else the whole line.
func matching(expr string) func(scene, int) string {
	shape := lazyregexp.MustCompile(expr)
	return func(s scene, i int) string {
		m := shape.FindStringSubmatch(s.output[i].Text)
		if m == nil {
			return ""
		}
		return m[len(m)-1]
	}
}

var (
	pythonFrame = lazyregexp.MustCompile(`^\s+(?:File ".+", line \d+|\S.*)|^Traceback \(most recent call last\):$`)
	pythonError = lazyregexp.MustCompile(`^(?:[A-Za-z_][\w.]*\.)?[A-Za-z_]\w*(?:: .*)?$`)
)

// pythonTrace reads the line that ends the traceback of an uncaught exception.
func pythonTrace(s scene, i int) string {
	if !pythonError.MatchString(s.output[i].Text) {
		return ""
	}
	above := s.above(i, 40)
	for j := len(above) - 1; j >= 0 && pythonFrame.MatchString(above[j].Text); j-- {
		if strings.HasPrefix(above[j].Text, "Traceback (most recent call last):") {
			if j == len(above)-1 {
				return ""
			}
			return s.output[i].Text
		}
	}
	return ""
}

// nodeError reads the headline of an uncaught error of Node.js, which ends with its version; before 18 there is none.
func nodeError(s scene, i int) string {
	if !strings.HasPrefix(s.output[i].Text, "Node.js v") {
		return ""
	}
	above, text := s.above(i, headlineLines), ""
	for j := len(above) - 1; j >= 0; j-- {
		if nodeHeadline.MatchString(above[j].Text) && j+1 < len(above) && strings.HasPrefix(above[j+1].Text, "    at ") {
			text = above[j].Text
		}
		if nodeCaret.MatchString(above[j].Text) {
			break
		}
	}
	return text
}

var (
	nodeHeadline = lazyregexp.MustCompile(`^(?:Uncaught )?[A-Za-z_$][\w$.]*(?: \[\w+\])?(?:: .*)?$`)
	nodeCaret    = lazyregexp.MustCompile(`^\s*\^+$`)
)
