package diagnose

import (
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// reason is why something could not be executed.
type reason int

const (
	notInPath     reason = iota // a bare name that is in no directory of $PATH
	noFile                      // a path that does not exist
	notFound                    // either of those, or a file whose interpreter is missing: the words do not tell
	noInterpreter               // the file is there; what its #! line or its ELF header names is not
	denied                      // not executable, or in a place the user may not enter
	isDirectory                 // a directory
	notDirectory                // a part of the path is not a directory
	badFormat                   // not a format the kernel can execute on this machine
	nothing                     // no program was named
)

// refusal is an attempt to execute something that failed, as told by the engine or by a program in the container.
type refusal struct {
	program  string // as it was called; empty when nothing says so
	why      reason
	teller   string // who says so: "engine", "runtime", "shell", "env", or an init's name
	evidence []finding.Evidence
}

// findRefusal looks into the engine's error and, for a process that failed, at the lines it ended with.
func findRefusal(s scene) *refusal {
	if s.StartError != "" {
		if r := engineRefusal(s); r != nil || s.startLine == nil {
			return r
		}
	}
	// runc 1.2 and newer end with 255 when they cannot execute the program, older ones with 1.
	refused := s.failed() || s.Exited && s.ExitCode == 255
	if !refused || len(s.output) == 0 {
		return nil
	}
	if r := runtimeRefusal(s); r != nil {
		return r
	}
	return toolRefusal(s)
}

// reasons maps the words of system errors, in lower case, to reasons.
var reasons = []struct {
	words string
	why   reason
}{
	{"executable file not found in", notInPath},
	{"not found in $path", notInPath},
	{"required file not found", noInterpreter},
	{"bad interpreter", noInterpreter},
	{"missing dynamic library", noInterpreter},
	{"exec format error", badFormat},
	{"is a directory", isDirectory},
	{"not a directory", notDirectory},
	{"permission denied", denied},
	{"operation not permitted", denied},
	{"no such file or directory", noFile},
	{"command not found", notInPath},
	{"not found", notFound},
}

func reasonOf(words string) (reason, bool) {
	words = strings.ToLower(words)
	for _, r := range reasons {
		if strings.Contains(words, r.words) {
			return r.why, true
		}
	}
	return 0, false
}

// What the engine and its OCI runtimes say. The quotes of older versions are escaped, once per layer that passed the
// message on; unescape removes that.
var (
	noCommand = lazyregexp.MustCompile(`(?i)\bno command specified\b|\bargs must not be empty\b|executable path not specified`)
	// runcExec is Go's os/exec error for the program, which runc looks up itself before it executes it.
	runcExec = lazyregexp.MustCompile(`container (?:process|init)\b.*?\bexec: "([^"]*)": (.+)$`)
	// crunPath and crunExec are crun's words before and at the execution.
	crunPath = lazyregexp.MustCompile("executable file `([^`]*)` (not found in \\$PATH)")
	crunExec = lazyregexp.MustCompile("exec container process (\\(missing dynamic library\\?\\) )?`([^`]*)`: (.+)$")
	crunOpen = lazyregexp.MustCompile(`\bopen executable: (.+)$`)
	// userExec is what is left of an execve(2) that failed after all checks, in runc before 1.1.
	userExec = lazyregexp.MustCompile(`exec user process caused:? "?([^"]+)"?`)
	hook     = lazyregexp.MustCompile(`running (?:\S+ )?hook|(?:prestart|poststart|createRuntime|createContainer|startContainer) hook`)
)

func unescape(text string) string { return escapedQuote.ReplaceAllString(text, `"`) }

var escapedQuote = lazyregexp.MustCompile(`\\+"`)

func engineRefusal(s scene) *refusal {
	quoted := []finding.Evidence{s.engineError()}
	text := unescape(s.StartError)
	if noCommand.MatchString(text) {
		return &refusal{why: nothing, teller: "engine", evidence: quoted}
	}
	if hook.MatchString(text) {
		return nil // a hook of the host's failed, not the image's program
	}
	program, words := "", ""
	if m := runcExec.FindStringSubmatch(text); m != nil {
		program, words = m[1], m[2]
		if program == "" {
			return &refusal{why: nothing, teller: "engine", evidence: quoted}
		}
	} else if m := crunPath.FindStringSubmatch(text); m != nil {
		program, words = m[1], m[2]
		if strings.Contains(program, "/") {
			words = "no such file or directory"
		}
	} else if m := crunExec.FindStringSubmatch(text); m != nil {
		program, words = m[2], m[1]+m[3]
	} else if m := crunOpen.FindStringSubmatch(text); m != nil {
		words = m[1]
	} else if m := userExec.FindStringSubmatch(text); m != nil {
		words = m[1]
	} else {
		return nil
	}
	why, ok := reasonOf(words)
	if !ok {
		return nil
	}
	if why == noFile && (crunExec.MatchString(text) || userExec.MatchString(text)) {
		why = noInterpreter // the runtime had looked the file up before it tried
	}
	if program == "" {
		program = s.program()
	}
	return &refusal{program: program, why: why, teller: "engine", evidence: quoted}
}

// runtimeExec is what runc prints into the container's own output when execve(2) refuses the program.
var runtimeExec = lazyregexp.MustCompile(`^exec (/\S.*|\S+): (exec format error|no such file or directory|permission denied|is a directory|text file busy)$`)

// oldRuntimeExec is the same before runc 1.1.
var oldRuntimeExec = lazyregexp.MustCompile(`^(?:\S+ )?standard_init_linux\.go:\d+: exec user process caused:? "?([^"]+)"?$`)

// runtimeRefusal reads the line runc leaves when it cannot execute the program. Nothing of the image ever ran then, so
// the line is alone, or there again and again where a log holds several starts; a program that prints such a line among
// others is telling something else.
func runtimeRefusal(s scene) *refusal {
	if !s.sameLines() {
		return nil
	}
	line := s.output[0]
	program, words := s.program(), ""
	if m := runtimeExec.FindStringSubmatch(line.Text); m != nil && sameProgram(m[1], s.program()) {
		program, words = m[1], m[2]
	} else if m := oldRuntimeExec.FindStringSubmatch(line.Text); m != nil {
		words = m[1]
	} else {
		return nil
	}
	why, ok := reasonOf(words)
	if !ok {
		return nil
	}
	if why == noFile {
		why = noInterpreter // runc had found the file itself
	}
	return &refusal{program: program, why: why, teller: "runtime", evidence: []finding.Evidence{line.evidence()}}
}

// sameLines reports whether the output is one line only; of a saved log, which may hold several starts, one that is
// repeated.
func (s scene) sameLines() bool {
	for _, l := range s.output[1:] {
		if !s.ExitUnknown || l.Text != s.output[0].Text {
			return false
		}
	}
	return true
}

// sameProgram reports whether path can be what the name in an argument vector was resolved to.
func sameProgram(path, name string) bool {
	base := func(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
	return name == "" || base(path) == base(name)
}
