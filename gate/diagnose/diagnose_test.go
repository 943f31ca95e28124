package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// told is what a case expects of a finding: its rule and its message.
func told(findings []finding.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+": "+f.Message)
	}
	return all
}

// died is a process that printed lines to stderr and ended with code.
func died(code int, output string, entrypoint ...string) Death {
	return Death{Exited: true, ExitCode: code, Lines: lines(output), Entrypoint: entrypoint}
}

// refused is a container the engine could not start.
func refused(startError string, entrypoint ...string) Death {
	return Death{StartError: startError, Entrypoint: entrypoint}
}

func lines(output string) []Line {
	var all []Line
	for text := range strings.Lines(output) {
		all = append(all, Line{Number: len(all) + 1, Stream: "stderr", Text: strings.TrimSuffix(text, "\n")})
	}
	return all
}

// deathCase is a death and what is to be said of it.
type deathCase struct {
	name  string
	death Death
	want  []string
}

func checkDeaths(t *testing.T, cases []deathCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(c.death)
			if diff := cmp.Diff(c.want, told(findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, f := range findings {
				if f.Remedy == "" || len(f.Evidence) == 0 {
					t.Errorf("finding without remedy or evidence: %+v", f)
				}
			}
		})
	}
}

func TestUnexplainedDeathsStayUnexplained(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "nothing is known", death: Death{}},
		{name: "it ended well", death: died(0, "done\n")},
		{name: "it ended well after a library it can do without was missing",
			death: died(0, "tool: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n")},
		{name: "it failed without a word", death: died(1, "")},
		{name: "it was killed and the engine reports no memory trouble", death: died(137, "working\n")},
		{name: "it was stopped", death: died(143, "exec /app: exec format error\n", "/app")},
		{name: "a program reports that another program is not there",
			death: died(1, "starting\n2024/01/02 fork/exec /usr/bin/convert: no such file or directory\n", "/app")},
		{name: "a program prints the words of the runtime among other lines",
			death: died(1, "step 1\nexec /plugin: no such file or directory\n", "/app")},
		{name: "the runtime's words name another program than the one that was started",
			death: died(1, "exec /plugin: no such file or directory\n", "/app")},
		{name: "a shell command is missing and the script goes on",
			death: died(1, "/start.sh: line 2: curl: command not found\nstarting\nfatal: no configuration\n", "/start.sh")},
		{name: "a library was missing long before the end",
			death: died(1, "tool: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n"+
				strings.Repeat("working\n", 30))},
		{name: "a JVM does without a native library and dies of something else",
			death: died(1, "DEBUG no tcnative\n"+
				"java.lang.UnsatisfiedLinkError: no netty_tcnative in java.library.path: /usr/lib\n"+
				"\tat java.base/java.lang.System.loadLibrary(System.java:2006)\n"+
				"Exception in thread \"main\" java.net.BindException: Address already in use\n"+
				"\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n", "java", "-jar", "/app.jar")},
		{name: "documentation quotes a linker's message",
			death: died(2, "usage: app [options]\n  If you see \"error while loading shared libraries: libpq.so.5\" install libpq5.\n")},
		{name: "a program says in its own words that it failed because",
			death: died(6, "Error: failed to connect, because the host refused\n")},
		{name: "a hook of the host's could not run",
			death: refused(`failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running prestart hook #0: exec: "nvidia-container-cli": executable file not found in $PATH: unknown`, "/app")},
		{name: "the host has no runtime",
			death: refused(`failed to start shim: start failed: exec: "containerd-shim-runc-v2": executable file not found in $PATH: unknown`, "/app")},
		{name: "a mount of the host's could not be made",
			death: refused(`OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/x" to rootfs at "/y": mount /x:/y: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`, "/app")},
	})
}

func TestEvidenceIsTheLineAsItWasPrintedWithoutColours(t *testing.T) {
	d := died(127, "starting\n\x1b[31msh: 1: nope: not found\x1b[0m\r\n", "sh", "-c", "nope")
	want := []finding.Evidence{{Source: "stderr", Line: 2, Text: "sh: 1: nope: not found"}}
	findings := Diagnose(d)
	if len(findings) != 1 {
		t.Fatalf("got %d findings, want 1", len(findings))
	}
	if diff := cmp.Diff(want, findings[0].Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}
