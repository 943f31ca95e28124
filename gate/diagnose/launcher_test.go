package diagnose

import (
	"strings"
	"testing"
)

func TestLaunchers(t *testing.T) {
	const mark = "\x1b[31;1mERROR: \x1b[0m"
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	checkDeaths(t, []deathCase{
		{name: "no default process", death: died(82, mark+"failed to launch: determine start command: when there is no default process a command is required\n", "/cnb/lifecycle/launcher"),
			want: []string{"buildpack-launcher: The launcher has nothing to start: the image has no default process, and no command was given."}},
		{name: "no such process", death: died(82, mark+"failed to launch: determine start command: process type worker was not found\n"),
			want: []string{`buildpack-launcher: The launcher has nothing to start: the image has no process type "worker".`}},
		{name: "a helper that fails", death: died(82, "some helper: no binding of type x\n"+mark+"failed to launch: exec.d: failed to execute exec.d file at path '/layers/a_b/helper/exec.d/java-opts': exit status 1\n"),
			want: []string{`buildpack-launcher: The launcher could not start the process: the helper "java-opts" failed: exit status 1.`}},
		{name: "a program that is not there", death: died(82, mark+"failed to launch: path lookup: exec: \"jave\": executable file not found in $PATH\n"),
			want: []string{`buildpack-launcher: The launcher could not start the process: "jave": executable file not found in $PATH.`}},
		{name: "a script without its shell", death: died(82, mark+"failed to launch: direct exec: no such file or directory\n"),
			want: []string{"buildpack-launcher: The launcher could not start the process: no such file or directory."}},
		{name: "a directory that is not there", death: died(82, mark+"failed to launch: change to app directory: chdir /workspace: no such file or directory\n"),
			want: []string{"buildpack-launcher: The launcher could not enter the application's directory: chdir /workspace: no such file or directory."}},
		{name: "something new", death: died(82, mark+"failed to launch: hold the moon: too heavy\n"),
			want: []string{"buildpack-launcher: The launcher could not start the process: hold the moon: too heavy."}},
		{name: "a platform API it does not speak", death: died(11, mark+"failed to set platform API: platform API version '0.2' is incompatible with the lifecycle\n"),
			want: []string{"buildpack-launcher: The launcher could not start the process: it cannot speak the platform API that it was asked for: platform API version '0.2' is incompatible with the lifecycle."}},
		{name: "a buildpack API it does not speak", death: died(12, mark+"failed to set API for buildpack 'a/b@1.0': buildpack API version '0.1' is incompatible with the lifecycle\n"),
			want: []string{"buildpack-launcher: The launcher could not start the process: a buildpack of the image speaks a version of the API that it does not: buildpack API version '0.1' is incompatible with the lifecycle."}},
		{name: "metadata that cannot be read", death: died(1, mark+"failed to read metadata: open /layers/config/metadata.toml: permission denied\n"),
			want: []string{"buildpack-launcher: The launcher could not read what the build wrote for it: open /layers/config/metadata.toml: permission denied."}},
		{name: "a saved log behind a clock", death: saved("2021-09-29T01:00:00.1Z ERROR: failed to launch: determine start command: process type web was not found\n"),
			want: []string{`buildpack-launcher: The launcher has nothing to start: the image has no process type "web".`}},

		{name: "another program fails to launch something", death: died(1, "ERROR: failed to launch: the browser\n")},
		{name: "the service lives", death: Death{Lines: lines("ERROR: failed to launch: determine start command: process type web was not found\n")}},
		{name: "more was done", death: died(1, "ERROR: failed to launch: determine start command: process type web was not found\n"+strings.Repeat("working\n", 5))},
	})
}
