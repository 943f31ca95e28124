package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// The oracle: what the Actions runner makes of the bytes a step writes. It follows the behaviour of actions/runner
// (ActionCommand.cs, ActionCommandManager.cs, ProcessInvoker.cs, FileCommandManager.cs) and is stricter where the
// runner has been laxer in some version: it also skips a byte order mark and zero-width spaces before "::".

// issued is one command the runner would carry out.
type issued struct {
	name       string
	properties map[string]string
	data       string
}

// runnerCommands are the commands a runner knows, in lower case: it compares without case.
var runnerCommands = []string{
	"set-env", "set-output", "save-state", "add-path", "add-mask", "add-matcher", "remove-matcher", "debug", "warning",
	"error", "notice", "group", "endgroup", "echo", "stop-commands", "internal-set-repo-path",
}

// runner is the state of one step.
type runner struct {
	stop string // the token that resumes, "" while commands work
	// commands are those that were carried out, stop and resume included.
	commands []issued
	// texts are the lines that were printed, with whether commands worked then.
	texts []text
}

type text struct {
	line  string
	quiet bool
}

// run feeds everything a step wrote to a fresh runner.
func run(log []byte) *runner {
	r := &runner{}
	for _, line := range readLines(string(log)) {
		r.line(line)
	}
	return r
}

// readLines splits as TextReader.ReadLine of .NET does: at \r, at \n and at \r\n.
func readLines(log string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(log), "\n")
}

func (r *runner) line(line string) {
	c, ok := r.parseV2(line)
	if !ok {
		c, ok = r.parseV1(line)
	}
	switch {
	case !ok:
		r.texts = append(r.texts, text{line, r.stop != ""})
	case r.stop != "" && strings.EqualFold(c.name, r.stop):
		r.stop = ""
		r.commands = append(r.commands, issued{name: "resume"})
	case r.stop != "":
		r.texts = append(r.texts, text{line, true})
	case c.name == "stop-commands":
		r.stop = c.data
		r.commands = append(r.commands, issued{name: c.name})
	default:
		r.commands = append(r.commands, c)
	}
}

func (r *runner) knows(name string) (string, bool) {
	name = strings.ToLower(name)
	for _, known := range runnerCommands {
		if name == known {
			return name, true
		}
	}
	return name, r.stop != "" && name == strings.ToLower(r.stop)
}

// parseV2 reads "::name key=value,key=value::data", after any white space.
func (r *runner) parseV2(line string) (issued, bool) {
	line = strings.TrimLeftFunc(line, func(c rune) bool { return unicode.IsSpace(c) || c == 0xFEFF || c == 0x200B })
	rest, ok := strings.CutPrefix(line, "::")
	if !ok {
		return issued{}, false
	}
	head, data, ok := strings.Cut(rest, "::")
	if !ok {
		return issued{}, false
	}
	name, properties, _ := strings.Cut(head, " ")
	name, ok = r.knows(name)
	return issued{name, readProperties(properties, ",", "%3A", ":", "%2C", ","), unescape(data)}, ok
}

// parseV1 reads "##[name key=value;key=value]data" anywhere in a line.
func (r *runner) parseV1(line string) (issued, bool) {
	_, rest, ok := strings.Cut(line, "##[")
	if !ok {
		return issued{}, false
	}
	head, data, ok := strings.Cut(rest, "]")
	if !ok {
		return issued{}, false
	}
	name, properties, _ := strings.Cut(head, " ")
	name, ok = r.knows(name)
	return issued{name, readProperties(properties, ";", "%3B", ";", "%5D", "]"), unescape(data)}, ok
}

func readProperties(text, separator string, escapes ...string) map[string]string {
	properties := make(map[string]string)
	for part := range strings.SplitSeq(text, separator) {
		if key, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			properties[key] = unescape(strings.NewReplacer(escapes...).Replace(value))
		}
	}
	return properties
}

func unescape(data string) string {
	return strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)
}

// pair is one output, in the order the runner sets it.
type pair struct{ name, value string }

// parseOutputs reads a file of outputs: name=value, or name<<delimiter, lines, delimiter.
func parseOutputs(content string) ([]pair, error) {
	var outputs []pair
	lines := strings.Split(content, "\n")
	for i := 0; i < len(lines); i++ {
		equals, here := strings.Index(lines[i], "="), strings.Index(lines[i], "<<")
		switch {
		case lines[i] == "":
		case equals >= 0 && (here < 0 || equals < here):
			outputs = append(outputs, pair{lines[i][:equals], lines[i][equals+1:]})
		case here >= 0:
			name, delimiter := lines[i][:here], lines[i][here+2:]
			if name == "" || delimiter == "" {
				return nil, fmt.Errorf("line %d: no name or no delimiter", i+1)
			}
			end := i + 1
			for ; end < len(lines) && lines[end] != delimiter; end++ {
			}
			if end == len(lines) {
				return nil, fmt.Errorf("line %d: nothing ends the value of %s", i+1, name)
			}
			outputs = append(outputs, pair{name, strings.Join(lines[i+1:end], "\n")})
			i = end
		default:
			return nil, fmt.Errorf("line %d: neither a value nor a delimiter: %q", i+1, lines[i])
		}
	}
	return outputs, nil
}

// step is the environment of one step: its files, and random bytes that come out the same in every test.
type step struct {
	dir  string
	next byte
}

func newStep(t testing.TB) *step { return &step{dir: t.TempDir()} }

func (s *step) env(name string) string {
	switch name {
	case envOutput:
		return filepath.Join(s.dir, "output")
	case envSummary:
		return filepath.Join(s.dir, "summary")
	default:
		return ""
	}
}

// Read implements io.Reader: every read gives other bytes.
func (s *step) Read(p []byte) (int, error) {
	s.next++
	for i := range p {
		p[i] = s.next
	}
	return len(p), nil
}

func (s *step) output(t testing.TB) string { return s.file(t, "output") }

func (s *step) summary(t testing.TB) string { return s.file(t, "summary") }

func (s *step) file(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
