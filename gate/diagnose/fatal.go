package diagnose

import "strings"

// Bounds on how many lines may follow a stack trace that ended the JVM: what an application says while it shuts down
// after an exception that is known to have ended it, and a few words of a wrapper's.
const (
	afterUncaught = 60
	afterLogged   = 3
)

// fatal reports whether a throwable is what ended the JVM, as far as the output tells: nobody caught it in the main
// thread, the launcher or a framework says that it could not start, or the process failed and the output ends with it:
// nothing follows, or a few words after one that nobody caught. Healthy applications log the exceptions they expect, so
// that one is there says nothing.
func (s scene) fatal(t *throwable) bool {
	if !s.failed() {
		return false
	}
	switch after := s.after(t.last); {
	case t.uncaught() && t.thread == "main" || s.failedStart(t):
		return after <= afterUncaught
	case t.uncaught():
		return s.endsWith(t, afterLogged)
	default:
		return s.endsWith(t, 0)
	}
}

// endsWith reports whether the process failed and a throwable is the last, with so many lines after it at most.
func (s scene) endsWith(t *throwable, lines int) bool {
	last := s.throwables[len(s.throwables)-1]
	return s.failed() && !s.ExitUnknown && s.after(t.last) <= lines && t.last >= last.last
}

// launcherFailed are the words with which the launcher (LauncherHelper.java) and the JVM introduce the exception that
// ended them. They begin a line: elsewhere they are quoted.
var launcherFailed = []string{
	"Error: LinkageError occurred while loading main class ", "Error: A JNI error has occurred, please check your installation",
	"Error: Could not find or load main class ", "Error: Unable to initialize main class ", initFailed,
}

// startFailed are the words with which frameworks log the exception that ended the start of an application.
var startFailed = []string{
	"Application run failed", "Application startup failed", "Failed to start application", "Error starting Micronaut server",
}

// failedStart reports whether the line above a throwable, or the one a logger put it on, says that it ended the start.
func (s scene) failedStart(t *throwable) bool {
	for i := t.first; i >= 0 && i >= t.first-1; i-- {
		text := s.output[i].Text
		if s.output[i].Stream != s.output[t.first].Stream {
			continue
		}
		for _, words := range launcherFailed {
			if strings.HasPrefix(text, words) {
				return true
			}
		}
		for _, words := range startFailed {
			if at := strings.Index(text, words); at >= 0 && !inQuotes(text, at) {
				return true
			}
		}
	}
	return false
}

// deadly returns the last throwable that ended the JVM and has one that matches among its causes, and that one.
func (s scene) deadly(match func(*throwable) bool) (outer, found *throwable) {
	for i := len(s.throwables) - 1; i >= 0; i-- {
		t := s.throwables[i]
		if found := t.within(match); found != nil && s.fatal(t) {
			return t, found
		}
	}
	return nil, nil
}
