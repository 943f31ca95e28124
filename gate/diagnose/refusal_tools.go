package diagnose

import (
	"path"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// tool is a program that starts another one, and how it says that it could not. The pattern's groups are named
// program and words.
type tool struct {
	name    string
	codes   []int
	pattern *lazyregexp.Regexp
}

const shellWords = `not found|command not found|Permission denied|Exec format error|No such file or directory|Is a directory|` +
	`cannot execute: required file not found|cannot execute: Permission denied|cannot execute: Is a directory|` +
	`cannot execute binary file: Exec format error|cannot execute binary file`

// tools are never changed. The first whose pattern and exit code fit counts. A shell ends with 126 or 127 only when the
// last command it ran could not be executed, or ended so itself (POSIX.1-2017, Shell Command Language, 2.8.2).
var tools = []tool{
	{"tini", []int{126, 127}, lazyregexp.MustCompile(`^\[FATAL tini \(\d+\)\] exec (?P<program>.+) failed: (?P<words>.+)$`)},
	{"dumb-init", []int{2}, lazyregexp.MustCompile(`^\[dumb-init\] (?P<program>.+): (?P<words>No such file or directory|Permission denied|Exec format error)$`)},
	{"gosu", []int{1}, lazyregexp.MustCompile(`^error: exec: "(?P<program>[^"]+)": (?P<words>.+)$`)},
	{"gosu", []int{1}, lazyregexp.MustCompile(`^error: exec failed: (?P<words>exec format error|no such file or directory)$`)},
	{"env", []int{126, 127}, lazyregexp.MustCompile(`^(?:/\S*/)?env: (?:can't execute )?['‘](?P<program>[^'’]+)['’]: (?P<words>No such file or directory|Permission denied|Exec format error)$`)},
	// bash: "/start.sh: line 2: x: command not found"; BusyBox: "/start.sh: exec: line 3: x: not found".
	{"shell", []int{126, 127}, lazyregexp.MustCompile(`^\S+: (?:exec: )?line \d+: (?:exec: )?(?P<program>.+?): (?P<words>(?:.+: bad interpreter: No such file or directory|` + shellWords + `))$`)},
	// dash: "sh: 1: exec: x: not found".
	{"shell", []int{126, 127}, lazyregexp.MustCompile(`^\S+: \d+: (?:exec: )?(?P<program>.+?): (?P<words>` + shellWords + `)$`)},
	// bash with -c and a name of its own, as the launcher of buildpacks calls it: "catalina.sh: /bin/catalina.sh: …".
	// BusyBox and bash with -c: "sh: x: not found".
	{"shell", []int{126}, lazyregexp.MustCompile(`^[\w.-]+: (?P<program>/\S+): (?P<words>Permission denied)$`)},
	{"shell", []int{126, 127}, lazyregexp.MustCompile(`^(?:/bin/|/usr/bin/)?(?:ba|da|a|z|)sh: (?:exec: )?(?P<program>.+?): (?P<words>` + shellWords + `)$`)},
}

// envHint is a line that GNU env adds after its error.
var envHint = lazyregexp.MustCompile(`^(?:/\S*/)?env: use -\[v\]S to pass options in shebang lines$`)

// elfAsScript is what BusyBox and dash say when they are left with a program the kernel refused and read it as a script:
// the first "command" is the ELF header.
var elfAsScript = lazyregexp.MustCompile(`^(?P<program>\S+): (?:line )?1: .?ELF`)

// toolRefusal reads the last line of a container whose shell, init or wrapper could not execute something.
func toolRefusal(s scene) *refusal {
	last := len(s.output) - 1
	quoted := []finding.Evidence{s.output[last].evidence()}
	if envHint.MatchString(s.output[last].Text) && last > 0 {
		last--
		quoted = []finding.Evidence{s.output[last].evidence(), quoted[0]}
	}
	text := s.output[last].Text
	for _, t := range tools {
		m := t.pattern.FindStringSubmatch(text)
		if m == nil || !s.endedBy(t) {
			continue
		}
		words := m[t.pattern.SubexpIndex("words")]
		why, ok := reasonOf(words)
		if !ok {
			continue
		}
		r := &refusal{why: why, teller: t.name, evidence: quoted}
		if i := t.pattern.SubexpIndex("program"); i >= 0 {
			r.program = m[i]
		} else {
			r.program = s.behindGosu()
		}
		r.settle(words)
		return r
	}
	for _, l := range s.output {
		if !strings.Contains(l.Text, "ELF") {
			continue
		}
		if m := elfAsScript.FindStringSubmatch(l.Text); m != nil {
			return &refusal{program: m[1], why: badFormat, teller: "shell", evidence: []finding.Evidence{l.evidence()}}
		}
	}
	return nil
}

// endedBy reports whether a tool that said so last can have ended the process. Where only the output is known, an init's
// words are sure; a shell's are when it said nothing else: a script may go on after them.
func (s scene) endedBy(t tool) bool {
	if s.ExitUnknown {
		return t.name != "shell" && t.name != "env" || s.sameLines()
	}
	return slices.Contains(t.codes, s.ExitCode)
}

// settle tells apart what these programs lump together: they report ENOENT of a bare name, of a path, and of a path
// whose interpreter is missing in the same words.
func (r *refusal) settle(words string) {
	switch {
	case r.teller == "gosu" && words == "no such file or directory":
		r.why = noInterpreter // gosu had looked the file up before
	case r.why != noFile && r.why != notFound:
	case r.teller == "gosu":
		r.why = noFile
	case !strings.Contains(r.program, "/"):
		r.why = notInPath
	default:
		r.why = notFound
	}
}

// behindGosu returns the program that gosu was to run: gosu USER PROGRAM. It is empty when gosu was called by another
// program.
func (s scene) behindGosu() string {
	if len(s.Entrypoint) > 2 && path.Base(s.Entrypoint[0]) == "gosu" {
		return s.Entrypoint[2]
	}
	return ""
}
