package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

const mib = 1 << 20

func TestMemoryKills(t *testing.T) {
	checkDeaths(t, []deathCase{
		{
			name:  "the main process is killed at its limit",
			death: Death{Exited: true, ExitCode: 137, OOMKilled: true, OOMEvents: 1, MemoryLimit: 64 * mib, PeakMemory: 63*mib + 900<<10},
			want:  []string{"container-oom-kill: The kernel killed the main process for memory (137): its limit is 64MiB, the highest use seen 63.9MiB."},
		},
		{
			name:  "only the event was seen, not yet the flag",
			death: Death{Exited: true, ExitCode: 137, OOMEvents: 1, MemoryLimit: 64 * mib},
			want:  []string{"container-oom-kill: The kernel killed the main process for memory (137): its limit is 64MiB."},
		},
		{
			name:  "the host ran out of memory",
			death: Death{Exited: true, ExitCode: 137, OOMKilled: true},
			want:  []string{"container-oom-kill: The kernel killed the main process for memory (137): it has no limit of its own."},
		},
		{
			name: "a child of a shell is killed and the shell passes its code on",
			death: Death{Exited: true, ExitCode: 137, OOMKilled: true, MemoryLimit: 6 * mib, Entrypoint: []string{"sh", "-c", "work"},
				Lines: lines("Killed\n")},
			want: []string{"container-oom-kill: The kernel killed the container's process, or one its shell was waiting for, for memory (137): its limit is 6MiB."},
		},
		{
			name:  "a child is killed and the main process fails",
			death: Death{Exited: true, ExitCode: 5, OOMKilled: true, MemoryLimit: 6 * mib, Lines: lines("Killed\nafter\n")},
			want:  []string{"container-oom-kill: The kernel killed a child process for memory: its limit is 6MiB; the main process then exited with 5."},
		},
		{
			name:  "a child is killed and the main process ends by a signal",
			death: Death{Exited: true, ExitCode: 139, OOMEvents: 2, MemoryLimit: 6 * mib},
			want:  []string{"container-oom-kill: The kernel killed a child process for memory 2 times: its limit is 6MiB; the main process then was killed by SIGSEGV (139)."},
		},
		{
			name:  "children are killed while the main process lives on",
			death: Death{OOMEvents: 3, MemoryLimit: 512 * mib},
			want:  []string{"container-oom-kill: The kernel killed a child process for memory 3 times while the main process lived on: its limit is 512MiB."},
		},
		{
			// The text is from public reports of runc 1.1; the smallest limit here is enough for it.
			name:  "the limit is too low to set the container up",
			death: Death{MemoryLimit: 6 * mib, StartError: "OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown"},
			want:  []string{"container-oom-kill: The kernel killed the container for memory before its program started: its limit is 6MiB."},
		},
	})
}

func TestMemoryRemedyOfAJVMNamesItsParts(t *testing.T) {
	killed := Death{Exited: true, ExitCode: 137, OOMKilled: true, MemoryLimit: 256 * mib}
	want := "Raise the memory limit above 256MiB, or make the parts fit: lower -Xmx or -XX:MaxRAMPercentage, bound -XX:MaxMetaspaceSize and " +
		"-XX:MaxDirectMemorySize, and leave a quarter for what is not heap."
	for name, tells := range map[string]func(*Death){
		"the command":       func(d *Death) { d.Entrypoint = []string{"/opt/java/bin/java", "App"} },
		"what the JVM says": func(d *Death) { d.Lines = lines("Picked up JAVA_TOOL_OPTIONS: -Xmx200m\n") },
		"what the buildpack says": func(d *Death) {
			d.Lines = lines("Calculated JVM Memory Configuration: -Xmx200m (Total Memory: 256M)\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := killed
			tells(&d)
			if diff := cmp.Diff(want, Diagnose(d)[0].Remedy); diff != "" {
				t.Errorf("remedy (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemoryEvidenceIsTheEnginesFlagAndTheShellsWord(t *testing.T) {
	d := Death{Exited: true, ExitCode: 137, OOMKilled: true, OOMEvents: 1, Lines: lines("working\nKilled\n")}
	want := []finding.Evidence{
		{Source: "engine", Text: "OOMKilled=true, oom events: 1"},
		{Source: "stderr", Line: 2, Text: "Killed"},
	}
	if diff := cmp.Diff(want, Diagnose(d)[0].Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}
