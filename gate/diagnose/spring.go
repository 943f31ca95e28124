package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const springStart = "spring-start-failure"

var springMarkers = []marker{
	{text: springFailed, follow: 40},
	{text: "Application run failed", follow: 6, trace: true},
	{text: "Application startup failed", follow: 6, trace: true},
	{text: "Caused by: "},
}

// springFailed is the title of the report in which Spring Boot explains why an application did not start
// (LoggingFailureAnalysisReporter).
const springFailed = "APPLICATION FAILED TO START"

// afterSpring is how many lines may follow a failed start: the context is closed, pools are shut down.
const afterSpring = 60

// judgeSpring looks for an application of Spring Boot that did not start.
func judgeSpring(s scene) (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0; i-- {
		if springOutlived.MatchString(s.output[i].Text) {
			break
		}
		if s.output[i].Text == springFailed && s.after(i) <= afterSpring && !s.ofChild(i) {
			return s.springReport(i)
		}
		if text := s.output[i].Text; strings.HasSuffix(text, " failed") && springLogged.MatchString(text) {
			return s.springTrace(i)
		}
	}
	return finding.Finding{}, false
}

// springOutlived is what tells of a failed start before it that it is over: another one went well (StartupInfoLogger), or
// it was that of a test that went well (Surefire, Maven, Gradle).
var springOutlived = lazyregexp.MustCompile(`\bStarted \S+ in [\d.]+ seconds \((?:JVM|process) running for |\bTests run: \d+, Failures: 0, Errors: 0,|^(?:\[INFO\] )?BUILD SUCCESS`)

// outlived reports whether a failed start that the i-th line tells of was over before the log was.
func (s scene) outlived(i int) bool {
	return slices.ContainsFunc(s.output[i+1:], func(l Line) bool { return springOutlived.MatchString(l.Text) })
}

// springStarts is what tells of the start of an application: the banner, and what StartupInfoLogger says first.
var springStarts = lazyregexp.MustCompile(`:: Spring Boot ::|: Starting \S+ (?:v\S+ )?(?:using Java|on) `)

// ofChild reports whether the report of the i-th line is about a further context of an application that is up: it had
// started before, not again since, and its pools of threads log on.
func (s scene) ofChild(i int) bool {
	if !slices.ContainsFunc(s.output[i+1:], func(l Line) bool { return ofPool(l.Text) }) {
		return false
	}
	for j := i - 1; j >= 0 && !s.gaps[j+1] && !springStarts.MatchString(s.output[j].Text); j-- {
		if springOutlived.MatchString(s.output[j].Text) {
			return true
		}
	}
	return false
}

// springLogged is what SpringApplication logs with the exception; since Spring Boot 2 and before.
var springLogged = lazyregexp.MustCompile(`(?:^|[\s:>-])Application (?:run|startup) failed$`)

// springReport reads the report: its description says what happened, and its action what to do.
func (s scene) springReport(i int) (finding.Finding, bool) {
	if stars := s.above(i, 1); len(stars) == 0 || strings.Trim(stars[0].Text, "*") != "" && !strings.HasSuffix(stars[0].Text, "***") {
		return finding.Finding{}, false
	}
	description, action := s.springSections(s.output[i])
	if description == "" {
		return finding.Finding{}, false
	}
	message := fmt.Sprintf("Spring could not start the application: %s.", trimStop(description))
	if s.becauseOf(knownCauses) {
		message, action = springFollows, springGoesAway
	}
	evidence := []finding.Evidence{s.output[i].evidence()}
	for _, l := range s.below(i, 12) {
		if strings.Trim(l.Text, "*") == "" || l.Text == "Description:" {
			continue
		}
		if l.Text == "Action:" || len(evidence) > 4 {
			break
		}
		evidence = append(evidence, l.evidence())
	}
	return report(springStart, message, "", action, evidence...), true
}

// springSections returns the texts of the report below its title, each on one line and within bounds. It looks at the
// lines as they were printed: an empty one ends a paragraph.
func (s scene) springSections(title Line) (description, action string) {
	section := ""
	texts := map[string][]string{}
	for _, l := range s.Lines {
		if l.Number <= title.Number || l.Stream != title.Stream || l.Number > title.Number+60 {
			continue
		}
		text := strings.TrimSpace(clean(l.Text))
		switch {
		case strings.Trim(text, "*") == "" && text != "":
		case text == "Description:" || text == "Action:":
			section = text
		case section == "Action:" && text == "" && len(texts[section]) > 0 && !strings.HasSuffix(texts[section][len(texts[section])-1], ":"):
			return strings.Join(texts["Description:"], " "), brief(strings.Join(texts["Action:"], " "))
		case section != "" && text != "":
			texts[section] = append(texts[section], text)
		}
	}
	return strings.Join(texts["Description:"], " "), brief(strings.Join(texts["Action:"], " "))
}

// springTrace reports the exception that was logged.
func (s scene) springTrace(i int) (finding.Finding, bool) {
	for k, t := range s.throwables {
		if t.first < i || t.first > i+2 || s.output[t.first].Stream != s.output[i].Stream || s.after(s.traceEnd(k)) > afterSpring {
			continue
		}
		inner := s.whole(k)
		message := fmt.Sprintf("Spring could not start the application: %s.", trimStop(rootHeadline(t, inner)))
		cause := ""
		if inner.at != t.at {
			cause = fmt.Sprintf("It surfaced as %s.", trimStop(t.headline()))
		}
		remedy := "Look at the innermost cause of the exception."
		if unreached.MatchString(inner.message) || inner.class == "java.net.UnknownHostException" {
			remedy = "Let what it connects to be there before it starts (in the boot test: name it under needs:), and check the address it is configured with."
		}
		if s.becauseOf(knownCauses) {
			message, cause, remedy = springFollows, "", springGoesAway
		}
		evidence := []finding.Evidence{s.output[i].evidence(), s.output[t.at].evidence()}
		if inner.at != t.at {
			evidence = append(evidence, s.output[inner.at].evidence())
		}
		return report(springStart, message, cause, remedy, evidence...), true
	}
	return finding.Finding{}, false
}

// whole returns what the k-th throwable goes back to, through the gaps that an observation may have: a cause whose
// beginning is lost belongs to the trace above it in the same stream.
func (s scene) whole(k int) *throwable {
	return s.throwables[s.lastPart(k)].innermost()
}

// traceEnd is the last line of the k-th throwable's trace, gaps included.
func (s scene) traceEnd(k int) int { return s.throwables[s.lastPart(k)].last }

func (s scene) lastPart(k int) int {
	last := k
	for j := k + 1; j < len(s.throwables); j++ {
		if s.output[s.throwables[j].first].Stream != s.output[s.throwables[k].first].Stream {
			continue
		}
		if !s.throwables[j].orphan {
			break
		}
		last = j
	}
	return last
}

// What is said of a failed start that another finding explains.
const (
	springFollows  = "As a consequence Spring could not start the application."
	springGoesAway = "Nothing of its own: it goes away with its cause."
)

// knownCauses are the judges whose findings a failed start of Spring, or a dump of OpenJ9's, is a mere consequence of.
var knownCauses = []func(scene) (finding.Finding, bool){
	judgeArchitecture, judgeLink, judgeClassVersion, judgeNative, judgeThread, judgeMetaspace, judgeDirect, judgeOverhead, judgeHeap,
}

// becauseOf reports whether another judge has explained the end already.
func (s scene) becauseOf(judges []func(scene) (finding.Finding, bool)) bool {
	for _, judge := range judges {
		if f, ok := judge(s); ok && f.Severity == finding.Error {
			return true
		}
	}
	return false
}
