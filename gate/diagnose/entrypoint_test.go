package diagnose

import (
	"strings"
	"testing"
)

// What runc says is wrapped by the layers above it, by each release in its own way.
const (
	docker20 = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
	// docker28 is from public reports of Docker 28 with runc 1.2.
	docker28 = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: "
)

func TestEntrypointsTheEngineRefuses(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "neither ENTRYPOINT nor CMD", death: refused("No command specified"),
			want: []string{"entrypoint-missing: The image names nothing to run: it has neither ENTRYPOINT nor CMD."}},
		{name: "neither ENTRYPOINT nor CMD, in the words of newer engines", death: refused("no command specified"),
			want: []string{"entrypoint-missing: The image names nothing to run: it has neither ENTRYPOINT nor CMD."}},
		{name: "an empty name", death: refused(docker20+`exec: "": executable file not found in $PATH: unknown`, ""),
			want: []string{"entrypoint-missing: The image names nothing to run: it has neither ENTRYPOINT nor CMD."}},
		{name: "a bare name in no directory of the path", death: refused(docker20+`exec: "nope": executable file not found in $PATH: unknown`, "nope"),
			want: []string{`entrypoint-missing: "nope" was not found: it is in none of the directories of the container's $PATH.`}},
		{name: "the same from a newer engine", death: refused(docker28+`exec: "nope": executable file not found in $PATH: unknown`, "nope"),
			want: []string{`entrypoint-missing: "nope" was not found: it is in none of the directories of the container's $PATH.`}},
		{name: "the same from an old runc with escaped quotes",
			death: refused(`OCI runtime create failed: container_linux.go:349: starting container process caused "exec: \"nope\": executable file not found in $PATH": unknown`, "nope"),
			want:  []string{`entrypoint-missing: "nope" was not found: it is in none of the directories of the container's $PATH.`}},
		{name: "the same from crun", death: refused("OCI runtime create failed: crun: executable file `nope` not found in $PATH: No such file or directory: unknown", "nope"),
			want: []string{`entrypoint-missing: "nope" was not found: it is in none of the directories of the container's $PATH.`}},
		{name: "a path that does not exist", death: refused(docker20+`exec: "/nope": stat /nope: no such file or directory: unknown`, "/nope"),
			want: []string{`entrypoint-missing: "/nope" was not found: the image has no such file.`}},
		{name: "a path that does not exist, from crun", death: refused("OCI runtime create failed: crun: executable file `/nope` not found in $PATH: No such file or directory: unknown", "/nope"),
			want: []string{`entrypoint-missing: "/nope" was not found: the image has no such file.`}},
		{name: "a file that is not executable", death: refused(docker20+`exec: "/plain": permission denied: unknown`, "/plain"),
			want: []string{`entrypoint-missing: "/plain" could not be executed: permission denied.`}},
		{name: "a file that is not executable, from crun", death: refused("OCI runtime create failed: crun: open executable: Permission denied: unknown", "/plain"),
			want: []string{`entrypoint-missing: "/plain" could not be executed: permission denied.`}},
		{name: "a directory, from an engine that says so", death: refused(docker28+`exec: "/data": is a directory: unknown: permission denied`, "/data"),
			want: []string{`entrypoint-missing: "/data" could not be executed: it is a directory.`}},
		{name: "a file where a directory is expected",
			death: refused(docker20+`exec: "/hello/x": stat /hello/x: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`, "/hello/x"),
			want:  []string{`entrypoint-missing: "/hello/x" could not be executed: a part of that path is a file, not a directory.`}},
		{name: "a missing interpreter, from crun", death: refused("OCI runtime start failed: crun: exec container process (missing dynamic library?) `/app`: No such file or directory: unknown", "/app"),
			want: []string{`entrypoint-missing: "/app" is in the image, but its interpreter is not.`}},
		{name: "an unknown user", death: refused("unable to find user nobody: no matching entries in passwd file", "/app"),
			want: []string{`entrypoint-missing: The process could not be started as user "nobody": the image's /etc/passwd has no such entry.`}},
		{name: "an unknown group", death: refused("unable to find group nogrp: no matching entries in group file", "/app"),
			want: []string{`entrypoint-missing: The process could not be started as group "nogrp": the image's /etc/group has no such entry.`}},
		{name: "a user number out of range", death: refused("uids and gids must be in range 0-2147483647", "/app"),
			want: []string{"entrypoint-missing: The process could not be started: its user or group number is out of range."}},
		{name: "a working directory that is a file", death: refused("Cannot mkdir: /hello is not a directory", "/app"),
			want: []string{`entrypoint-missing: The working directory "/hello" is not a directory.`}},
		{name: "a working directory the user may not enter", // from public reports of runc 1.1
			death: refused(docker20+`chdir to cwd ("/root") set in config.json failed: permission denied: unknown`, "/app"),
			want:  []string{`entrypoint-missing: The process could not be started in its working directory "/root": permission denied.`}},
	})
}

func TestEntrypointsTheRuntimeCouldNotExecute(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "a script with Windows line ends", death: died(1, "exec /crlf.sh: no such file or directory\n", "/crlf.sh"),
			want: []string{`entrypoint-missing: "/crlf.sh" is in the image, but its interpreter is not.`}},
		{name: "a program whose linker is missing", death: died(1, "exec /dyn: no such file or directory\n", "/dyn"),
			want: []string{`entrypoint-missing: "/dyn" is in the image, but its interpreter is not.`}},
		{name: "the same with the exit code of newer runtimes", death: died(255, "exec /dyn: no such file or directory\n", "/dyn"),
			want: []string{`entrypoint-missing: "/dyn" is in the image, but its interpreter is not.`}},
		{name: "a program that was looked up in the path", death: died(1, "exec /opt/java/bin/java: no such file or directory\n", "java", "-version"),
			want: []string{`entrypoint-missing: "/opt/java/bin/java" is in the image, but its interpreter is not.`}},
		{name: "the same in the words of an old runc", // from public reports
			death: died(1, "standard_init_linux.go:228: exec user process caused: no such file or directory\n", "/start.sh"),
			want:  []string{`entrypoint-missing: "/start.sh" is in the image, but its interpreter is not.`}},
	})
}

func TestCommandsAShellOrAnInitCouldNotRun(t *testing.T) {
	const (
		notInPath   = `entrypoint-missing: "nope" was not found by %s: it is in none of the directories of the container's $PATH.`
		notFound    = `entrypoint-missing: "/nope" was not found by %s.`
		noExecution = `entrypoint-missing: "/plain" could not be executed by %s: permission denied.`
	)
	by := func(message, who string) []string { return []string{strings.ReplaceAll(message, "%s", who)} }
	checkDeaths(t, []deathCase{
		{"dash: a bare name", died(127, "sh: 1: nope: not found\n", "sh", "-c", "nope"), by(notInPath, "the shell")},
		{"dash: a path", died(127, "sh: 1: /nope: not found\n"), by(notFound, "the shell")},
		{"dash: exec in a script", died(127, "/e1.sh: 3: exec: nope: not found\n"), by(notInPath, "the shell")},
		{"dash: not executable", died(126, "sh: 1: /plain: Permission denied\n"), by(noExecution, "the shell")},
		{"BusyBox: a bare name", died(127, "sh: nope: not found\n"), by(notInPath, "the shell")},
		{"BusyBox: exec in a script", died(127, "/e1.sh: exec: line 3: nope: not found\n"), by(notInPath, "the shell")},
		{"BusyBox: in a script after other output", died(127, "hello\n/e2.sh: line 2: nope: not found\n"), by(notInPath, "the shell")},
		{"BusyBox: not executable", died(126, "sh: /plain: Permission denied\n"), by(noExecution, "the shell")},
		{"bash: a bare name", died(127, "/b1.sh: line 2: nope: command not found\n"), by(notInPath, "the shell")},
		{"bash: exec in a script", died(127, "/b2.sh: line 2: exec: nope: not found\n"), by(notInPath, "the shell")},
		{"bash: a path", died(127, "/b7.sh: line 2: /nope: No such file or directory\n"), by(notFound, "the shell")},
		{"bash: not executable", died(126, "/b5.sh: line 2: /plain: Permission denied\n"), by(noExecution, "the shell")},
		{"bash: a directory", died(126, "/b6.sh: line 2: /adir: Is a directory\n"),
			[]string{`entrypoint-missing: "/adir" could not be executed by the shell: it is a directory.`}},
		{"bash: a missing interpreter", died(127, "/b4.sh: line 2: /crlf.sh: cannot execute: required file not found\n"),
			[]string{`entrypoint-missing: "/crlf.sh" is in the image, but its interpreter is not.`}},
		{"tini: a bare name", died(127, "[FATAL tini (7)] exec nope failed: No such file or directory\n"), by(notInPath, "tini")},
		{"tini: a path", died(127, "[FATAL tini (8)] exec /nope failed: No such file or directory\n"), by(notFound, "tini")},
		{"tini: not executable", died(126, "[FATAL tini (7)] exec /plain failed: Permission denied\n"), by(noExecution, "tini")},
		{"dumb-init: a bare name", died(2, "[dumb-init] nope: No such file or directory\n"), by(notInPath, "dumb-init")},
		{"gosu: a bare name", died(1, "error: exec: \"nope\": executable file not found in $PATH\n"), by(notInPath, "gosu")},
		{"gosu: a path", died(1, "error: exec: \"/nope\": stat /nope: no such file or directory\n"),
			[]string{`entrypoint-missing: "/nope" was not found by gosu: the image has no such file.`}},
		{"gosu: a missing interpreter", died(1, "error: exec failed: no such file or directory\n", "gosu", "0", "/crlf.sh"),
			[]string{`entrypoint-missing: "/crlf.sh" is in the image, but its interpreter is not.`}},
		{"gosu: not executable", died(1, "error: exec: \"/plain\": permission denied\n"), by(noExecution, "gosu")},
		{"BusyBox env: a bare name", died(127, "env: can't execute 'nope': No such file or directory\n"), by(notInPath, "env")},
		{"BusyBox env: a name with a carriage return", died(127, "env: can't execute 'node\r': No such file or directory\n"),
			[]string{`entrypoint-missing: A script names "node" with a carriage return after it as its interpreter.`}},
		{"GNU env: a name with a carriage return",
			died(127, "/usr/bin/env: 'node\\r': No such file or directory\n/usr/bin/env: use -[v]S to pass options in shebang lines\n"),
			[]string{`entrypoint-missing: A script names "node" with a carriage return after it as its interpreter.`}},
	})
}
