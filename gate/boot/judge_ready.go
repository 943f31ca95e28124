package boot

import (
	"strings"

	"bootgate/gate/finding"
)

// timeout judges a container that was not ready, or not finished, in time.
func (j judge) timeout() finding.Finding {
	limit := span(j.seen.Asked.Within)
	if j.seen.Asked.Mode == Job {
		f := j.finding("boot-timeout", "is to be a job, and was still running after %s", limit)
		f.Remedy = "Look at what it was doing last; raise within if it merely takes longer, or say `as: service` if it is not meant to end."
		return f
	}
	if never, ok := neverReady(j.seen.Awaited); ok {
		f := j.finding("boot-timeout", "cannot become ready: %s asks for something that is not there: %s", never.Probe, never.Actual)
		f.Remedy = "Add a HEALTHCHECK to the image, or ask for another sign of readiness."
		return f
	}
	f := j.finding("boot-timeout", "was not ready within %s: still waiting for %s", limit, awaitedProbes(j.seen.Awaited))
	f.Evidence = append(awaitedEvidence(j.seen.Awaited), f.Evidence...)
	if onlyRefused(j.seen.Awaited) {
		f.Remedy = "Nothing listens where the probe asked. Check the port, and that the server binds to 0.0.0.0 and not to localhost."
	}
	return f
}

// neverReady returns a sign that cannot show, because the image does not have what it asks about.
func neverReady(awaited []Attempt) (Attempt, bool) {
	for _, a := range awaited {
		if a.Actual == noHealthcheck {
			return a, true
		}
	}
	return Attempt{}, false
}

// noHealthcheck is what a HEALTHCHECK probe gets of an image that has none.
const noHealthcheck = "the image has no HEALTHCHECK"

// awaitedProbes names the probes that were still waiting.
func awaitedProbes(awaited []Attempt) string {
	var names []string
	for _, a := range awaited {
		names = append(names, a.Probe)
	}
	if len(names) == 0 {
		return "a sign of readiness"
	}
	return strings.Join(names, ", ")
}

func awaitedEvidence(awaited []Attempt) []finding.Evidence {
	evidence := []finding.Evidence{}
	for _, a := range awaited {
		evidence = append(evidence, a.evidence())
	}
	return evidence
}

// onlyRefused reports whether every attempt found nothing that listens.
func onlyRefused(awaited []Attempt) bool {
	for _, a := range awaited {
		if !strings.HasPrefix(a.Actual, "connection refused") {
			return false
		}
	}
	return len(awaited) > 0
}

// unhealthy judges a HEALTHCHECK that says unhealthy: before readiness a rule of its own, after it an instability.
func (j judge) unhealthy() finding.Finding {
	var f finding.Finding
	if j.seen.Ready {
		f = j.finding("boot-unstable", "was ready after %s, then its HEALTHCHECK turned unhealthy", span(j.seen.ReadyAfter))
	} else {
		f = j.finding("boot-unhealthy", "is unhealthy, says its HEALTHCHECK")
	}
	if j.seen.Lost != nil {
		f.Message = strings.TrimSuffix(f.Message, ".") + ": its command " + strings.TrimSuffix(j.seen.Lost.Actual, ".") + "."
		f.Evidence = append([]finding.Evidence{j.seen.Lost.evidence()}, f.Evidence...)
	}
	return f
}

// unanswering judges a server that stopped answering.
func (j judge) unanswering() finding.Finding {
	f := j.finding("boot-unstable", "was ready after %s, then stopped answering %s: %s", span(j.seen.ReadyAfter), j.seen.Lost.Probe, j.seen.Lost.Actual)
	f.Evidence = append([]finding.Evidence{j.seen.Lost.evidence()}, f.Evidence...)
	return f
}

// disk judges a container that wrote too much.
func (j judge) disk() finding.Finding {
	return j.finding("boot-disk", "had written %s into its own file system when it was stopped", Bytes(j.seen.DiskUsed))
}
