package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"
)

// Bounds on what tells that a process went on after it had printed something: that many lines follow, and of those that
// are no part of a report so many are looked at for the signs of another start.
const (
	goneOn   = 45
	startsBy = 12
)

// startWords are in what a process prints when it is started again after its death: by the JVM, a launcher, a framework
// or a script.
var startWords = lazyregexp.MustCompile(`(?i)\bstart(?:s|ed|ing)?\b|\brestart|\bPicked up |:: Spring Boot ::|\bboot(?:s|ing|strap)?\b|\binitiali[sz]|\blaunch|\bready\b|\bexited with\b|\battempt\b`)

// wentOn reports whether the process that printed the i-th line of output went on after it, as if nothing had happened:
// more lines than belong to a JVM's last words follow, none is missing, and none tells of another start. It was somebody
// else's death then that was printed, or a text about one. That of a process somebody watches over is somebody else's, too,
// whatever follows.
func (s scene) wentOn(i int) bool {
	if i < 0 {
		return false
	}
	if s.watched(i) {
		return true
	}
	followed, looked := 0, 0
	for j := i + 1; j < len(s.output); j++ {
		l := s.output[j]
		if s.gaps[j] && followed < goneOn {
			return false
		}
		if l.Stream != s.output[i].Stream {
			continue
		}
		followed++
		if strings.HasPrefix(l.Text, "#") || looked == startsBy {
			continue
		}
		if looked++; startWords.MatchString(l.Text) && !ofPool(l.Text) {
			return false
		}
	}
	return followed >= goneOn
}

// pooled is a logging framework's name of a thread of a pool, which a program that only just starts does not have yet.
var pooled = lazyregexp.MustCompile(`[\[(]\s*[\w.-]*-\d+\s*[\])]`)

// ofPool reports whether a logging framework wrote a line in a thread of a pool.
func ofPool(text string) bool { return byFramework(text) && pooled.MatchString(text) }

// byFramework reports whether a logging framework wrote a line, with the time and a level in front of it.
func byFramework(text string) bool {
	_, rest, ok := cutStamp(text)
	return ok && ofFramework.MatchString(rest)
}

// overIt are the words of a process about the end of another.
const overIt = `\b.*\b(?:died|dead|exited|ended|crashed|terminated|killed)\b`

// watched reports whether the report of the i-th line is that of a process somebody watched over: who logged before it
// says afterwards that the process with that number is dead, and logs on.
func (s scene) watched(i int) bool {
	if s.crash == nil || s.crash.index != i || s.crash.PID <= 1 {
		return false
	}
	over := lazyregexp.MustCompile(`(?:- |: |\] ).*\b` + strconv.Itoa(s.crash.PID) + overIt)
	said := slices.IndexFunc(s.output[i+1:], func(l Line) bool { return byFramework(l.Text) && over.MatchString(l.Text) })
	of := func(l Line) bool { return byFramework(l.Text) }
	return said >= 0 && slices.ContainsFunc(s.output[:i], of) && slices.ContainsFunc(s.output[i+1+said+1:], of)
}

// startedUp is how applications say that they are up: Spring Boot, Tomcat, Quarkus, Micronaut, Kafka, WildFly.
var startedUp = lazyregexp.MustCompile(`\bStarted \S+ in [\d.]+ seconds \((?:JVM|process) running for |\bServer startup in \[?\d+\]? (?:ms|milliseconds)\b|` +
	`\bstarted in [\d.]+s\. Listening on: |\bStartup completed in \d+ms\b|\bKafkaServer id=\S+\] started\b|\bWFLYSRV0025: `)

// springLine is what Spring Boot puts behind the time and the level of each line.
var springLine = lazyregexp.MustCompile(`^\s*[A-Z]+ \d+ --- \[`)

// ranAfter reports whether an application ran after the i-th line, so that a JVM or launcher that failed there was not
// its own: a start script had tried something out, or the words are quoted.
func (s scene) ranAfter(i int) bool {
	return slices.ContainsFunc(s.output[i+1:], func(l Line) bool {
		_, rest, ok := cutStamp(l.Text)
		return ok && springLine.MatchString(rest) || startedUp.MatchString(l.Text)
	})
}
