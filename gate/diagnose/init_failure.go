package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const initFailure = "jvm-init-failure"

var initFailureMarkers = []marker{
	{text: initFailed, follow: 4},
	{text: "Error opening zip file or JAR manifest missing : "},
	{text: "Failed to find Premain-Class manifest attribute in "},
	{text: "Specified shared archive not found ("},
	{text: "Not a valid shared archive file ("},
	{text: "JDWP exit error AGENT_ERROR_"},
	{text: "ERROR: transport error "},
	{text: "ERROR: JDWP option syntax error: "},
	{text: "ERROR: Cannot load this JVM TI agent twice"},
	{text: javaAgentFailed},
	{text: "FATAL ERROR in native method: JDWP "},
	{text: "Error: could not find libjava.so"},
	{text: "Error: Could not find Java SE Runtime Environment."},
}

// initFailed begins what the JVM says when it fails while it sets itself up: "VM" or "boot layer" follows, and the
// reason is on the next lines (java.cpp, vm_exit_during_initialization; thread.cpp).
const initFailed = "Error occurred during initialization of "

// saysInitFailed reports whether a line is the JVM's word that it failed while it set itself up. The JVM writes it to
// stdout and the launcher its own words to stderr, so a log of both may have either first.
func saysInitFailed(l Line) bool { return strings.HasPrefix(l.Text, initFailed) }

// javaAgentFailed is what a JVM aborts with when an agent throws (JPLISAgent.c, InvocationAdapter.c). It is no crash.
const javaAgentFailed = "FATAL ERROR in native method: processing of -javaagent failed"

// Bounds on how many lines may follow: after a JVM that could not be set up only a wrapper speaks; after an abort in
// native code the native frames.
const (
	afterInit  = 12
	afterAbort = 40
)

// judgeInitFailure looks for a JVM that ended while it was setting itself up.
func judgeInitFailure(s scene) (finding.Finding, bool) {
	if !s.Exited || s.ExitCode == 0 && !s.ExitUnknown {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterAbort; i-- {
		text := s.output[i].Text
		if startedUp.MatchString(text) {
			break
		}
		if f, ok := s.abortedSetup(i); ok {
			return f, true
		}
		if s.after(i) > afterInit || !s.failed() || s.ranAfter(i) {
			continue
		}
		if strings.HasPrefix(text, initFailed) {
			return s.failedSetup(i)
		}
		if f, ok := s.failedDebugger(i); ok {
			return f, true
		}
		if m := noRuntime.FindStringSubmatch(text); m != nil {
			return report(initFailure, "The java launcher found no Java run-time where it is: the installation is not whole.",
				"Parts of the JDK or JRE were left out of the image, or only the launcher was copied, or a link to it is broken.",
				"Copy the whole directory of the JRE (cp -a, COPY --from), and check that JAVA_HOME names it.", s.output[i].evidence()), true
		}
	}
	return finding.Finding{}, false
}

var noRuntime = lazyregexp.MustCompile(`^Error: (?:could not find libjava\.so|Could not find Java SE Runtime Environment\.)$`)

// failedSetup explains the reason below "Error occurred during initialization of …".
func (s scene) failedSetup(i int) (finding.Finding, bool) {
	head := s.output[i]
	below := s.below(i, 4)
	evidence := []finding.Evidence{head.evidence()}
	if len(below) == 0 {
		return report(initFailure, "The JVM ended while it was setting itself up, and did not say why.", "", "", evidence...), true
	}
	reason := below[0]
	evidence = append(evidence, reason.evidence())
	if s.refused != nil || systemRefused.MatchString(reason.Text) {
		return finding.Finding{}, false // a thread or memory that the system refused is another judge's
	}
	for _, r := range initReasons {
		m := r.shape.FindStringSubmatch(reason.Text)
		if m == nil {
			continue
		}
		told := r.tell(s, m, append(s.above(i, 4), s.beside(i)...))
		if told.line != nil {
			evidence = append([]finding.Evidence{told.line.evidence()}, evidence...)
		}
		return report(initFailure, told.message, told.cause, told.remedy, evidence...), true
	}
	what := "while it was setting itself up"
	if strings.HasSuffix(head.Text, "boot layer") {
		what = "while it was putting its modules together"
	}
	return report(initFailure, fmt.Sprintf("The JVM ended %s: %s.", what, strings.TrimSuffix(brief(reason.Text), ".")), "", "", evidence...), true
}

// systemRefused are reasons that are the operating system's, not the image's options'.
var systemRefused = lazyregexp.MustCompile(`Cannot create .*thread|unable to create (?:new )?native thread|java\.lang\.OutOfMemoryError|pthread_create failed`)

// below returns up to n lines of the i-th line's stream that stand right below it.
func (s scene) below(i, n int) []Line {
	var lines []Line
	for j := i + 1; j < len(s.output) && len(lines) < n; j++ {
		if s.output[j].Stream == s.output[i].Stream {
			lines = append(lines, s.output[j])
		}
	}
	return lines
}

// besideLines is how far from the JVM's words on one stream those on the other may stand that belong to them.
const besideLines = 12

// beside returns the lines of the other stream that stand near the i-th line: an agent and the JVM write to different
// streams, and which of them is read first is chance. A saved log has both in one, so there it returns all lines around.
func (s scene) beside(i int) []Line {
	var lines []Line
	for j := max(0, i-besideLines); j <= min(i+besideLines, len(s.output)-1); j++ {
		if s.output[j].Stream != s.output[i].Stream || s.Saved && j != i {
			lines = append(lines, s.output[j])
		}
	}
	return lines
}

// What the debugger's agent says (debugInit.c, transport.c).
var (
	jdwpExit      = lazyregexp.MustCompile(`^JDWP exit error AGENT_ERROR_(\w+)\(\d+\): (.+?)(?: \[.+\])?$`)
	jdwpFatal     = lazyregexp.MustCompile(`^FATAL ERROR in native method: JDWP (.+?), jvmtiError=AGENT_ERROR_(\w+)\(\d+\)`)
	jdwpSyntax    = lazyregexp.MustCompile(`^ERROR: JDWP option syntax error: (-\S+)$`)
	jdwpTransport = lazyregexp.MustCompile(`^ERROR: transport (?:error \d+: (.+)|library not found: (\S+))$`)
)

// failedDebugger explains a debugger's agent that ended the JVM, with exit code 2 or 1.
func (s scene) failedDebugger(i int) (finding.Finding, bool) {
	if m := jdwpSyntax.FindStringSubmatch(s.output[i].Text); m != nil && s.after(i) <= 3 {
		return report(initFailure, fmt.Sprintf("The debugger's agent does not understand its options: %s.", brief(m[1])), "",
			"Correct it (-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005), or leave the debugger out of the image."+
				s.agentPlace("jdwp"), s.output[i].evidence()), true
	}
	m := jdwpExit.FindStringSubmatch(s.output[i].Text)
	if m == nil {
		return finding.Finding{}, false
	}
	return s.debuggerReport(i, m[1], m[2]), true
}

func (s scene) debuggerReport(i int, code, words string) finding.Finding {
	evidence := []finding.Evidence{s.output[i].evidence()}
	for _, l := range append(s.above(i, 5), s.beside(i)...) {
		m := jdwpTransport.FindStringSubmatch(l.Text)
		if m == nil {
			continue
		}
		words = m[1]
		if m[2] != "" {
			words = "there is no transport library " + quote(m[2])
		}
		evidence = append([]finding.Evidence{l.evidence()}, evidence...)
		break
	}
	cause := ""
	switch {
	case strings.Contains(words, "Address already in use"):
		cause = "Another process in the container already has the port: often the variable that switches the debugger on is read by two JVMs, a tool and the application."
	case strings.Contains(words, "connect failed"):
		cause = "The agent was told to call a debugger (server=n), and none is listening."
	case code == "TRANSPORT_LOAD":
		cause = "The Java run-time in the image has no such library: a jlinked or headless one may lack jdk.jdwp.agent."
	}
	return report(initFailure, fmt.Sprintf("The debugger's agent ended the JVM: %s (%s).", strings.TrimSuffix(brief(words), "."), code), cause,
		"Remove -agentlib:jdwp from the image (and BPL_DEBUG_ENABLED, JAVA_TOOL_OPTIONS), or give it a free port."+s.agentPlace("jdwp"), evidence...)
}

// abortedSetup explains an abort in an agent: 139 as process 1 and 134 otherwise.
func (s scene) abortedSetup(i int) (finding.Finding, bool) {
	text := s.output[i].Text
	if m := jdwpFatal.FindStringSubmatch(text); m != nil {
		return s.debuggerReport(i, m[2], m[1]), true
	}
	if !strings.HasPrefix(text, javaAgentFailed) {
		return finding.Finding{}, false
	}
	evidence := []finding.Evidence{s.output[i].evidence()}
	said, cause := "it threw", "An agent that throws ends the JVM before the application starts."
	if t := s.lastThrown(i); t != nil {
		inner := t.innermost()
		if inner.class == classVersionError {
			return finding.Finding{}, false // the class's version is why
		}
		said = "it threw " + brief(inner.headline())
		evidence = append([]finding.Evidence{s.output[inner.at].evidence()}, evidence...)
	}
	agent := "A Java agent"
	if name := s.agentName(); name != "" {
		agent = "The Java agent " + quote(name)
	}
	return report(initFailure, fmt.Sprintf("%s ended the JVM: %s.", agent, said), cause,
		"See to what it says; else take a release of the agent that supports the Java release in the image, or remove -javaagent."+s.agentPlace("-javaagent"), evidence...), true
}

// lastThrown returns the last throwable whose headline stands before the i-th line, or the last that nobody caught in
// the main thread near it on the other stream.
func (s scene) lastThrown(i int) *throwable {
	var last, beside *throwable
	for _, t := range s.throwables {
		switch {
		case s.output[t.first].Stream != s.output[i].Stream:
			if t.uncaught() && t.thread == "main" && t.first-i <= afterAbort && i-t.last <= afterAbort {
				beside = t
			}
		case t.first < i:
			last = t
		}
	}
	if last == nil {
		return beside
	}
	return last
}

var agentOption = lazyregexp.MustCompile(`-javaagent:([^\s=]+)`)

// agentName is the file of the agent, when only one is asked for.
func (s scene) agentName() string {
	name := ""
	for _, text := range s.optionTexts() {
		for _, m := range agentOption.FindAllStringSubmatch(text.text, -1) {
			if name != "" && name != m[1] {
				return ""
			}
			name = m[1]
		}
	}
	return name
}

// agentPlace says where an agent is asked for; empty when it cannot be told.
func (s scene) agentPlace(agent string) string {
	for _, text := range s.optionTexts() {
		if strings.Contains(text.text, agent) {
			return " It is set in " + text.where + "."
		}
	}
	return ""
}
