package diagnose

import (
	"fmt"
	"path"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const entrypointMissing = "entrypoint-missing"

var entrypointMarkers = []marker{{text: "[FATAL tini ("}}

// judgeEntrypoint explains why there was nothing to run, or why it could not be run, in this working directory and as
// this user.
func judgeEntrypoint(s scene) (finding.Finding, bool) {
	if f, ok := judgeUser(s); ok {
		return f, true
	}
	if f, ok := judgeWorkdir(s); ok {
		return f, true
	}
	if s.refusal == nil {
		return finding.Finding{}, false
	}
	return judgeRefusal(*s.refusal)
}

func judgeRefusal(r refusal) (finding.Finding, bool) {
	name := quote(r.program)
	if r.program == "" {
		name = "The program"
	}
	found := func(message, cause, remedy string) (finding.Finding, bool) {
		return report(entrypointMissing, message, cause, remedy, r.evidence...), true
	}
	who := r.asker()
	if windowsLine(r.program) {
		interpreter := strings.TrimSuffix(strings.TrimSuffix(r.program, `\r`), "\r")
		return found(fmt.Sprintf("A script names %s with a carriage return after it as its interpreter.", quote(interpreter)),
			"The script has Windows line ends: the carriage return becomes part of the name after #!.", unixLines)
	}
	switch r.why {
	case nothing:
		return found("The image names nothing to run: it has neither ENTRYPOINT nor CMD.", "",
			"Add ENTRYPOINT or CMD to the Dockerfile, or say what to run with entrypoint: or command: in gate.yaml.")
	case notInPath:
		return found(fmt.Sprintf("%s was not found%s: it is in none of the directories of the container's $PATH.", name, who), notFoundCause(r.program),
			fmt.Sprintf("Install %s in the image, correct its name, or use its full path.", name))
	case noFile:
		return found(fmt.Sprintf("%s was not found%s: the image has no such file.", name, who), notFoundCause(r.program),
			fmt.Sprintf("Check that COPY puts the file at %s, that .dockerignore does not leave it out, and that no volume hides it.", name))
	case notFound:
		return found(fmt.Sprintf("%s was not found%s.", name, who),
			"The image has no such file, or it is there and the interpreter it names is not: a script with Windows line ends, "+
				"or a program linked against another C library than the image's.",
			fmt.Sprintf("Check that COPY puts the file at %s; if it is there, look at its first line and at `file` for its interpreter.", name))
	case noInterpreter:
		cause, remedy := interpreterCause(r.program)
		return found(fmt.Sprintf("%s is in the image, but its interpreter is not.", name), cause, remedy)
	case denied:
		return found(fmt.Sprintf("%s could not be executed%s: permission denied.", name, who),
			"The file has no execute permission, is a directory, is on a noexec mount, or is in a directory the user may not enter.",
			fmt.Sprintf("COPY it with --chmod=0755 (or git update-index --chmod=+x %s), and check that USER may read every directory above it.", base(r.program)))
	case isDirectory:
		return found(fmt.Sprintf("%s could not be executed%s: it is a directory.", name, who),
			"", "Name the program inside the directory; if arguments alone were meant, leave the image's ENTRYPOINT in place.")
	case notDirectory:
		return found(fmt.Sprintf("%s could not be executed%s: a part of that path is a file, not a directory.", name, who),
			"", "Correct the path in ENTRYPOINT or CMD, or the place that COPY puts the file.")
	}
	return finding.Finding{}, false
}

// asker says who wanted to run the program when it was not the engine itself.
func (r refusal) asker() string {
	switch r.teller {
	case "engine", "runtime":
		return ""
	case "shell":
		return " by the shell"
	}
	return " by " + r.teller
}

// base names a file for a command line; a placeholder when there is no name.
func base(program string) string {
	if program == "" {
		return "FILE"
	}
	return path.Base(program)
}

// windowsLine reports whether a carriage return, as such or as GNU env prints it, ends a name.
func windowsLine(name string) bool {
	return strings.HasSuffix(name, "\r") || strings.HasSuffix(name, `\r`)
}

const unixLines = "Convert the script to Unix line ends (sed -i 's/\\r$//'), and keep them so with `*.sh text eol=lf` in .gitattributes."

// notFoundCause guesses at two usual mistakes that show in the name itself.
func notFoundCause(program string) string {
	switch {
	case strings.Contains(program, " "):
		return "The name holds a space: a whole command line was given where a list of words is expected."
	case strings.HasPrefix(program, "[") || strings.HasSuffix(program, ","):
		return "The list form of ENTRYPOINT or CMD is no valid JSON, so the engine took it for a shell command: it needs double quotes."
	}
	return ""
}

// interpreterCause tells a script from a program by its name.
func interpreterCause(program string) (cause, remedy string) {
	switch {
	case script(program) || strings.Contains(path.Base(program), "entrypoint"):
		return "The script's first line names an interpreter that is not in the image, or has a carriage return at its end (Windows line ends).",
			unixLines + " If the line ends are right, install the interpreter or name one that is there (#!/bin/sh)."
	case path.Base(program) == "java":
		return "This Java run-time is built for another C library than the image's: usually a glibc build on Alpine, which has musl.",
			"Take a Java run-time built for the base image (for Alpine: an `-alpine` or musl build), or a base image with glibc."
	}
	return "The program is dynamically linked and its run-time linker is not in the image: built for glibc and run on Alpine or in " +
			"an image FROM scratch. If it is a script: its first line names a missing interpreter, or ends with a carriage return.",
		"Link the program statically (CGO_ENABLED=0 for Go), or build it on the base it runs on."
}

// The engine looks users and groups up in the image's own /etc/passwd and /etc/group.
var (
	noUser   = lazyregexp.MustCompile(`unable to find (user|group) (.+?): no matching entries in (passwd|group) file`)
	badRange = lazyregexp.MustCompile(`uids and gids must be in range 0-\d+`)
)

func judgeUser(s scene) (finding.Finding, bool) {
	if m := noUser.FindStringSubmatch(s.StartError); m != nil {
		return report(entrypointMissing,
			fmt.Sprintf("The process could not be started as %s %s: the image's /etc/%s has no such entry.", m[1], quote(m[2]), m[3]),
			"USER, or the user: that was asked for, names somebody the image does not know.",
			fmt.Sprintf("Add the %s in the Dockerfile, or use a number (USER 1000:1000), which needs no entry.", m[1]),
			s.engineError()), true
	}
	if badRange.MatchString(s.StartError) {
		return report(entrypointMissing, "The process could not be started: its user or group number is out of range.", "",
			"Use a number from 0 to 2147483647 in USER or user:.", s.engineError()), true
	}
	return finding.Finding{}, false
}

// The words for a working directory that cannot be made or entered: the engine's, runc's and crun's.
var (
	workdirIsFile = lazyregexp.MustCompile(`Cannot mkdir: (.+?) is not a directory|container init: mkdir (\S+): not a directory`)
	workdirChdir  = lazyregexp.MustCompile("chdir to cwd \\(\"([^\"]+)\"\\) set in config\\.json failed: ([^:]+)|chdir to `([^`]+)`: ([^:]+)")
)

func judgeWorkdir(s scene) (finding.Finding, bool) {
	if m := workdirIsFile.FindStringSubmatch(s.StartError); m != nil {
		return report(entrypointMissing, fmt.Sprintf("The working directory %s is not a directory.", quote(m[1]+m[2])), "",
			"Correct WORKDIR in the Dockerfile.", s.engineError()), true
	}
	if m := workdirChdir.FindStringSubmatch(unescape(s.StartError)); m != nil {
		dir, words := m[1]+m[3], strings.ToLower(strings.TrimSpace(m[2]+m[4]))
		return report(entrypointMissing, fmt.Sprintf("The process could not be started in its working directory %s: %s.", quote(dir), words), "",
			fmt.Sprintf("Make %s a directory that USER may enter: create it before USER, or COPY with --chown.", quote(dir)),
			s.engineError()), true
	}
	return finding.Finding{}, false
}
