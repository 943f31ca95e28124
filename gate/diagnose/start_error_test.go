package diagnose

import (
	"strings"
	"testing"
)

func TestEngineErrorsInSavedLogs(t *testing.T) {
	saved := func(output string) Death {
		return Death{Exited: true, ExitUnknown: true, Saved: true, Lines: lines(output)}
	}
	const (
		noJava  = `docker: Error response from daemon: OCI runtime create failed: runc create failed: unable to start container process: exec: "java": executable file not found in $PATH: unknown.` + "\n"
		missing = `entrypoint-missing: "java" was not found: it is in none of the directories of the container's $PATH.`
	)
	well := saved(noJava)
	well.ExitUnknown = false
	checked := saved("starting\n" + noJava)
	checked.ExitUnknown, checked.Saved, checked.ExitCode = false, false, 1
	checkDeaths(t, []deathCase{
		{name: "at the end", death: saved("pulling\n" + noJava), want: []string{missing}},
		{name: "with the client's advice behind it", death: saved(noJava + "See 'docker run --help'.\n"), want: []string{missing}},
		{name: "podman's client", death: saved(strings.Replace(noJava, "docker:", "Error:", 1)), want: []string{missing}},
		{name: "the platform", death: saved("docker: Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries.\n"),
			want: []string{"wrong-architecture: The image has nothing for linux/arm64/v8."}},

		{name: "long ago", death: saved(noJava + strings.Repeat("serving\n", 7))},
		{name: "quoted by somebody", death: saved("2026-01-02 INFO he wrote: " + noJava)},
		{name: "of docker exec", death: saved(`Error response from daemon: OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown` + "\n")},
		{name: "and the process ended well", death: well},
		{name: "printed by a container that the gate watched itself", death: checked},
		{name: "of another kind", death: saved("Error response from daemon: No such container: shop\n")},
	})
}
