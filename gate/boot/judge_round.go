package boot

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
)

// stop judges how a container took its stop signal.
func (j judge) stop() []finding.Finding {
	stop := j.seen.Stop
	if stop == nil || !stop.Forced || stop.Signal == "SIGKILL" {
		return nil
	}
	return []finding.Finding{j.finding("boot-stop", "was still running %s after %s and had to be killed", span(stop.Took), stop.Signal)}
}

// log judges forbidden lines, one finding for each pattern.
func (j judge) log() []finding.Finding {
	var found []finding.Finding
	for _, line := range j.seen.Forbidden {
		if n := len(found); n > 0 && strings.HasSuffix(found[n-1].Message, forbiddenBy(line)) {
			found[n-1].Evidence = append(found[n-1].Evidence, line.Line.evidence())
			continue
		}
		f := finding.New("boot-log", fmt.Sprintf("%sLine %d of the output %s", j.prefix(), line.Line.Number, forbiddenBy(line)))
		f.Evidence = append(f.Evidence, line.Line.evidence())
		found = append(found, f)
	}
	return found
}

func forbiddenBy(line Forbidden) string {
	return fmt.Sprintf("matches the forbidden pattern `%s`.", line.Pattern)
}

// restartFindings turns what is wrong with a second life into boot-restart, and leaves what explains it before that.
func restartFindings(found []finding.Finding) []finding.Finding {
	for i, f := range found {
		if finding.Family(f.Rule) != "boot" || !f.Counts() {
			continue
		}
		again := finding.New("boot-restart", "The container does not come back after a kill: "+lowerFirst(f.Message))
		again.Evidence, again.Cause = f.Evidence, f.Cause
		found[i] = again
		return found
	}
	if finding.Of(found) == finding.Pass {
		return found
	}
	return append(found, finding.New("boot-restart", "The container does not come back after a kill."))
}

// need judges something the candidate needs: it says nothing about the candidate.
func (j judge) need() []finding.Finding {
	if j.seen.served() {
		return nil
	}
	name := strings.TrimPrefix(j.seen.Role, RoleNeed+" ")
	what := "did not become ready"
	if j.seen.Ready && j.seen.Asked.Mode != Job {
		what = "was ready and did not stay so"
	}
	f := finding.New("host-needs", fmt.Sprintf("%q, which the image needs, %s.", name, what))
	for _, inner := range (judge{seen: j.seen, explain: j.explain}).main() {
		f.Message = strings.TrimSuffix(f.Message, ".") + ": " + lowerFirst(inner.Message)
		f.Evidence = append(f.Evidence, inner.Evidence...)
		break
	}
	return []finding.Finding{f}
}

// judgeOnce judges a line that exactly one start must print.
func judgeOnce(boots []Observation) []finding.Finding {
	var printed []Observation
	pattern, failed := "", false
	for _, seen := range boots {
		if isNeed(seen.Role) {
			failed = failed || !seen.served()
			continue
		}
		pattern = seen.Asked.Once
		failed = failed || !seen.served()
		if seen.Once != nil {
			printed = append(printed, seen)
		}
	}
	if pattern == "" || len(printed) == 1 || len(printed) == 0 && failed {
		return nil
	}
	if len(printed) == 0 {
		return []finding.Finding{finding.New("boot-overlap", fmt.Sprintf("No container printed a line that matches `%s`.", pattern))}
	}
	var roles []string
	f := finding.New("boot-overlap", "")
	for _, seen := range printed {
		roles = append(roles, seen.Role)
		line := seen.Once.evidence()
		line.Source = seen.Role + ", " + line.Source
		f.Evidence = append(f.Evidence, line)
	}
	f.Message = fmt.Sprintf("%d of %d starts printed a line that matches `%s`: %s.", len(printed), starts(boots), pattern, strings.Join(roles, ", "))
	return []finding.Finding{f}
}

// lowerFirst makes a sentence a part of another.
func lowerFirst(s string) string {
	for _, word := range []string{"The ", "In the "} {
		if strings.HasPrefix(s, word) {
			return strings.ToLower(s[:1]) + s[1:]
		}
	}
	return s
}

// starts counts the lives of the candidate.
func starts(boots []Observation) int {
	n := 0
	for _, seen := range boots {
		if !isNeed(seen.Role) {
			n++
		}
	}
	return n
}
