package diagnose

import (
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

var startErrorMarkers = []marker{
	{text: "Error response from daemon: "},
	{text: "failed to create containerd task: "},
	{text: "failed to start container "},
}

// startErrorForm is how clients pass an engine's error on: docker, docker compose, podman, and the kubelet, which has
// containerd's or Docker's words after its own. What comes before it is what kubectl shows of an event.
var startErrorForm = lazyregexp.MustCompile(`^(?:\s*(?:\S+ +)?Warning +Failed +\S.{0,60}? {2,}kubelet(?:, \S+)? +)?` +
	`(?:(?:docker: |Error: )?Error response from daemon: |(?:Error: )?failed to create containerd task: |(?:Error: )?failed to start container "[^"]*": )(?P<text>.+)$`)

// startErrorWithin is how many lines may follow an engine's error: the client's advice, and words of what called it.
const startErrorWithin = 6

// findStartError looks for the engine's error near the end of a saved log, where the client left it: the container did
// not start then. An error of `docker exec` tells nothing of the container itself.
func findStartError(d Death, output []Line) *Line {
	if d.StartError != "" || !d.Saved && !d.ExitUnknown || d.Exited && !d.ExitUnknown && d.ExitCode == 0 {
		return nil
	}
	for i := len(output) - 1; i >= 0 && len(output)-1-i <= startErrorWithin; i-- {
		text := output[i].Text
		if startErrorForm.MatchString(text) && !strings.Contains(text, "exec failed: ") {
			return &output[i]
		}
	}
	return nil
}

// engineError quotes what the engine said when it could not start the container: from the log, where it is in one.
func (s scene) engineError() finding.Evidence {
	if s.startLine != nil {
		return s.startLine.evidence()
	}
	return engineEvidence(s.StartError)
}
