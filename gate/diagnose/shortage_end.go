package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// Bounds on what may follow the last trace of a process that it ended: what shutdown hooks still say, and, where the
// error only came shortly before the end, the words of whoever gave up because of it. A JVM whose main thread ended of
// an error exits with 1 when its last other thread ends, and those may have something to say, too.
const (
	afterMainDied = 200
	afterMain     = 30
	afterOther    = 10
)

// ended reports whether the process ended of a shortage.
func (s scene) ended(sh shortage) bool {
	if !s.Exited || !s.ExitUnknown && s.ExitCode == 0 {
		return false
	}
	switch sh.end {
	case endTerminating:
		return s.ExitUnknown && !s.wentOn(sh.at) || s.ExitCode == 3 || s.after(sh.at) <= afterMain
	case endAborting:
		return !s.ExitUnknown || !s.wentOn(sh.at)
	case endHook:
		return s.hookKills(sh)
	case endInit, endRun:
		return s.failed() && s.lastTrace(sh)
	case endThread:
		if sh.thread != "main" {
			return s.shortlyBefore(sh)
		}
		return s.failed() && (s.ExitCode == 1 && s.after(sh.last) <= afterMainDied || s.lastTrace(sh) && s.after(sh.last) <= afterMain)
	case endCaught:
		return s.shortlyBefore(sh)
	}
	return false
}

// hookKills reports whether the command of OnOutOfMemoryError kills the JVM, and did.
func (s scene) hookKills(sh shortage) bool {
	kills := s.next(sh.at, func(text string) bool {
		m := hookLine.FindStringSubmatch(text)
		return m != nil && (strings.HasPrefix(m[1], "kill ") || strings.HasPrefix(m[1], "/bin/kill "))
	})
	return kills && s.after(sh.at) <= afterMain && (s.ExitUnknown || s.ExitCode > 128)
}

// shortlyBefore reports whether a process that is known to have failed did so right after the shortage.
func (s scene) shortlyBefore(sh shortage) bool {
	return !s.ExitUnknown && s.failed() && s.lastTrace(sh) && s.after(sh.last) <= afterOther
}

// lastTrace reports whether nothing else was thrown after the shortage.
func (s scene) lastTrace(sh shortage) bool {
	return !slices.ContainsFunc(s.throwables, func(t *throwable) bool {
		return t.first > sh.last && t.innermost().class != outOfMemory
	})
}

// gravest picks, of the shortages of a region, the one to report: the first that ended the process, or else the first.
// more is how many there are besides.
func (s scene) gravest(r region) (sh shortage, ended bool, more int) {
	var all []shortage
	for _, sh := range s.shortages {
		if sh.region == r && !s.repeats(sh, all) {
			all = append(all, sh)
		}
	}
	if len(all) == 0 {
		return shortage{}, false, -1
	}
	best := -1
	for i := range all {
		if s.ended(all[i]) && (best < 0 || all[i].surerThan(all[best])) {
			best = i
		}
	}
	return all[max(0, best)], best >= 0, len(all) - 1
}

// surerThan reports whether a shortage is a surer reason for an end than another.
func (sh shortage) surerThan(other shortage) bool {
	if sh.end == endThread && other.end == endThread {
		return sh.thread == "main" && other.thread != "main"
	}
	return sh.end < other.end
}

// repeats reports whether a shortage is one of those before it, told once more: the JVM announces a heap dump or a
// command and then throws the error, or ends itself.
func (s scene) repeats(sh shortage, before []shortage) bool {
	if len(before) == 0 {
		return false
	}
	last := &before[len(before)-1]
	if last.end == endTold || last.end == endHook && !s.ended(*last) {
		sh.first = min(sh.first, last.first)
		*last = sh
		return true
	}
	return false
}

// reportShortage makes the finding about a region: what says what ran out, as the beginning of a sentence.
func (s scene) reportShortage(rule, what string, sh shortage, ended bool, more int, cause, remedy string) finding.Finding {
	times := ""
	if more > 0 {
		times = fmt.Sprintf(" (%d times in all)", more+1)
	}
	f := report(rule, fmt.Sprintf("%s%s%s.", what, times, s.outcome(sh, ended)), cause, remedy, s.shortageEvidence(sh)...)
	if !ended {
		f.Severity = finding.Warning
	}
	f.Fingerprint = sh.fingerprint()
	return f
}

// fingerprint is the same for all shortages of a region in threads of the same pool, whatever the sizes.
func (sh shortage) fingerprint() string {
	if sh.pool != "" {
		return oomFingerprint(string(sh.region), sh.pool)
	}
	return oomFingerprint(string(sh.region), sh.thread)
}

// outcome says what came of a shortage, as the end of a sentence.
func (s scene) outcome(sh shortage, ended bool) string {
	switch {
	case sh.end == endTerminating && s.Exited && !s.ExitUnknown && s.ExitCode == 0:
		return ", and a JVM says that it ends itself for it, but the exit code is 0: it was a child process, or the code is another process's"
	case ended && sh.end == endTerminating:
		return ", and the JVM ended itself (ExitOnOutOfMemoryError)"
	case ended && sh.end == endAborting:
		return ", and the JVM crashed itself on purpose (CrashOnOutOfMemoryError)"
	case ended && sh.end == endHook:
		return ", and the command of -XX:OnOutOfMemoryError killed the JVM"
	case ended && sh.end == endInit:
		return " while the JVM was still setting itself up"
	case ended && sh.end == endRun:
		return ", and the application did not start"
	case ended && sh.end == endThread && sh.thread == "main":
		return `, and the error ended the thread "main"` + s.exitWords()
	case ended && sh.thread != "":
		return fmt.Sprintf(", and the error ended the thread %s%s right after", quote(sh.thread), s.exitWords())
	case ended:
		return ", and the process exited with " + fmt.Sprint(s.ExitCode) + " right after"
	case sh.thread != "":
		return fmt.Sprintf(", and the error ended the thread %s%s", quote(sh.thread), s.afterwards())
	case sh.end == endCaught || sh.end == endRun:
		return ", and the error was caught" + s.afterwards()
	}
	return s.afterwards()
}

// exitWords says how a process ended that is known to have.
func (s scene) exitWords() string {
	if s.ExitUnknown {
		return ""
	}
	return fmt.Sprintf("; the process exited with %d", s.ExitCode)
}

// afterwards says what became of a process that outlived a shortage.
func (s scene) afterwards() string {
	switch {
	case !s.Exited:
		return "; the process lived on"
	case s.ExitUnknown:
		return "; the log does not tell what became of the process"
	case s.ExitCode == 0:
		return "; the process ended well all the same"
	}
	return "; the process went on, and ended some time later"
}

// tellingFrames picks the first frames of a trace, and one of them that is not the JDK's own, where there is one.
func (s scene) tellingFrames(frames []int) []int {
	if len(frames) <= shortageFrames {
		return frames
	}
	own := slices.IndexFunc(frames, func(i int) bool { return !jdkFrame.MatchString(frameName(s.output[i].Text)) })
	if own < shortageFrames {
		return frames[:shortageFrames]
	}
	return append(slices.Clone(frames[:shortageFrames-1]), frames[own])
}

var jdkFrame = lazyregexp.MustCompile(`^(?:java|javax|jdk|sun|com\.sun)\.`)

// Bounds on evidence: how many lines in all, and how many frames of a trace.
const (
	shortageLines  = 8
	shortageFrames = 3
)

// besides are the JVM's lines around a shortage that say more about it.
var besides = lazyregexp.MustCompile(`^Dumping heap to |^Unable to create \S.*: |^Dump file is incomplete: |^# -XX:OnOutOfMemoryError=|\] Failed to start (?:the native )?thread |^` + initError)

// torn returns the line that names the error of a shortage whose first line was torn apart; none when it is not near.
func (s scene) torn(sh shortage) []int {
	for i := sh.at + 1; i <= sh.last && i <= sh.at+maxForeign+1; i++ {
		if strings.HasPrefix(s.output[i].Text, outOfMemory) {
			return []int{i}
		}
	}
	return nil
}

// shortageEvidence quotes what the JVM says around a shortage, the error, and where it was thrown.
func (s scene) shortageEvidence(sh shortage) []finding.Evidence {
	if sh.at < 0 {
		return s.crash.evidence()
	}
	at := []int{sh.at}
	if sh.first != sh.at {
		at = append(at, sh.first)
	}
	if !strings.Contains(s.output[sh.at].Text, outOfMemory) { // torn from its thread by a line of another stream
		at = append(at, s.torn(sh)...)
	}
	for i := max(0, sh.first-4); i < len(s.output) && i <= sh.first+4; i++ {
		if besides.MatchString(s.output[i].Text) {
			at = append(at, i)
		}
	}
	at = append(at, s.tellingFrames(sh.frames)...)
	slices.Sort(at)
	at = slices.Compact(at)
	var quoted []finding.Evidence
	for _, i := range at[:min(len(at), shortageLines)] {
		quoted = append(quoted, s.output[i].evidence())
	}
	return quoted
}
