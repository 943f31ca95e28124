package boot

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
)

// notStarted judges a container that the engine could not start: boot-exit, unless somebody knows better.
func (j judge) notStarted() []finding.Finding {
	errors, others := j.deaths()
	if len(errors) > 0 {
		return append(errors, others...)
	}
	f := j.finding("boot-exit", "could not be started: %s", strings.TrimSuffix(j.seen.StartError, "."))
	f.Evidence = append(f.Evidence, finding.Evidence{Source: "engine", Text: j.seen.StartError})
	return append([]finding.Finding{j.known(f)}, others...)
}

// exited judges a main process that ended by itself: boot-exit, boot-exit-early, boot-unstable, or nothing.
func (j judge) exited() []finding.Finding {
	if j.seen.served() {
		return j.explained(append(j.early(), j.doubtful()...)...)
	}
	if j.seen.Ready {
		return j.explained(j.died())
	}
	errors, others := j.deaths()
	if len(errors) > 0 {
		return append(errors, others...)
	}
	what, meaning := j.exit()
	last := j.lastWords()
	f := j.finding("boot-exit", "%s%s %s%s%s", was(what), what, j.seen.Exit.after(), j.before(), last)
	if last == "" || SignalName(j.seen.Exit.Code) != "" {
		f.Cause = meaning // the words of a plain exit code say less than the process itself
	}
	if j.seen.Exit.Code == 0 {
		f.Remedy = "A service must not end by itself. If it is meant to do its work and end, say so with `as: job` (--as job)."
	}
	return append([]finding.Finding{j.known(f)}, others...)
}

// known fills in the cause of an end that is known, if one is.
func (j judge) known(f finding.Finding) finding.Finding {
	if j.explain.Known == nil {
		return f
	}
	return j.explain.Known(j.seen, f)
}

// before says what the process had not come to.
func (j judge) before() string {
	if j.seen.Asked.Mode == Job {
		return ""
	}
	return ", before it was ready"
}

// exit puts the exit code into words.
func (j judge) exit() (what, meaning string) {
	if j.explain.Exit != nil {
		return j.explain.Exit(*j.seen.Exit)
	}
	return fmt.Sprintf("exited with %d", j.seen.Exit.Code), ""
}

// lastWords adds what the process said of its own end, where nothing explains it better.
func (j judge) lastWords() string {
	if j.explain.Headline == nil {
		return ""
	}
	text := j.explain.Headline(j.seen)
	if errors, _ := j.deaths(); text == "" || len(errors) > 0 {
		return ""
	}
	return ": " + text
}

// was turns "killed by SIGSEGV" into a predicate; "exited with 3" is one.
func was(what string) string {
	if strings.HasPrefix(what, "exited") {
		return ""
	}
	return "was "
}

// early judges a job that ended sooner than it can have done anything. One of which is not known how long it ran may have
// done nothing.
func (j judge) early() []finding.Finding {
	asked := j.seen.Asked.AtLeast
	if j.seen.Exit.Ran >= asked {
		return nil
	}
	if most, unknown := j.seen.Exit.Lived(); unknown && most >= asked {
		f := j.finding("boot-exit-early", "exited with 0 %s, and the engine cannot tell that it ran for the %s its work takes at least",
			j.seen.Exit.after(), span(asked))
		f.Cause = "The engine has not dated its start, or only after its end, as happens to a quick process on a busy host."
		return []finding.Finding{f}
	}
	return []finding.Finding{j.finding("boot-exit-early", "exited with 0 %s, sooner than the %s its work takes at least",
		j.seen.Exit.after(), span(asked))}
}

// doubtful judges a container that nobody called a job, that ended with 0, and whose image says it is a server: it may
// be a job made from a server's base image, or a server whose program is a shell. It passes, and the doubt is said.
func (j judge) doubtful() []finding.Finding {
	asked := j.seen.Asked
	if asked.Mode != Auto || asked.Server == "" {
		return nil
	}
	f := j.finding("boot-exit", "exited with 0 %s and counts as a job that is done, but its image has %s, as a server's has",
		j.seen.Exit.after(), asked.Server)
	f.Severity = finding.Warning
	f.Remedy = "Say which it is with `as: job` or `as: service` (--as job, --as service)."
	return []finding.Finding{f}
}

// died judges a death after readiness.
func (j judge) died() finding.Finding {
	what, meaning := j.exit()
	after := j.seen.Exit.At - j.seen.ReadyAfter
	f := j.finding("boot-unstable", "was ready after %s, then %s%s %s later%s", span(j.seen.ReadyAfter), was(what), what, span(after), j.lastWords())
	f.Cause = meaning
	if j.seen.Exit.Code == 0 && j.seen.Asked.Mode == Auto {
		f.Remedy = "It answered like a service, and a service must not end by itself. If it is a job, say so with `as: job` (--as job)."
	}
	return j.known(f)
}
