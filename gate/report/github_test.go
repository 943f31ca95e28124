package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// outputsOf returns what the runner takes from the output file of a step.
func outputsOf(t *testing.T, s *step) []pair {
	t.Helper()
	outputs, err := parseOutputs(s.output(t))
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

func TestOutsideActionsOnlyTheLogIsWritten(t *testing.T) {
	var log bytes.Buffer
	dir := t.TempDir()
	t.Chdir(dir)
	if err := (&GitHub{Out: &log}).Report(samples()["crash"], "report.json"); err != nil {
		t.Fatal(err)
	}
	if log.Len() == 0 {
		t.Error("nothing was written to the log")
	}
	if files, err := filepath.Glob("*"); err != nil || len(files) > 0 {
		t.Errorf("files were made: %q, %v", files, err)
	}
}

func TestSetVerdict(t *testing.T) {
	for _, c := range []struct {
		verdict, want string
		refused       bool
	}{
		{"pass", "pass", false}, {"fail", "fail", false}, {"inconclusive", "inconclusive", false}, {"error", "error", false},
		{"", "error", true}, {"passed", "error", true}, {"pass\nverdict=pass", "error", true},
	} {
		t.Run("verdict "+c.verdict, func(t *testing.T) {
			s := newStep(t)
			err := (&GitHub{Out: io.Discard, Env: s.env, Random: s}).SetVerdict(c.verdict)
			if (err != nil) != c.refused {
				t.Errorf("error %v, want one: %v", err, c.refused)
			}
			if diff := cmp.Diff([]pair{{"verdict", c.want}}, outputsOf(t, s), cmp.AllowUnexported(pair{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// brokenWriter writes so many bytes and then fails, or panics.
type brokenWriter struct {
	bytes.Buffer
	room   int
	panics bool
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		if w.panics {
			w.panics = false
			w.room = 1 << 20
			w.Buffer.Write(p[:len(p)/2])
			panic("the writer broke")
		}
		return 0, errors.New("the pipe is closed")
	}
	return w.Buffer.Write(p)
}

func TestAPanicAmidContainerTextResumesCommandsAndSaysError(t *testing.T) {
	s, out := newStep(t), &brokenWriter{room: 80, panics: true}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = (&GitHub{Out: out, Env: s.env, Random: s}).Report(samples()["pass"], "")
	}()
	r := run(out.Bytes())
	if r.stop != "" {
		t.Errorf("commands are still stopped after:\n%s", out.String())
	}
	if diff := cmp.Diff([]pair{{"verdict", "error"}}, outputsOf(t, s), cmp.AllowUnexported(pair{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheVerdictIsSetWhenTheLogCannotBeWritten(t *testing.T) {
	s := newStep(t)
	err := (&GitHub{Out: &brokenWriter{room: 50}, Env: s.env, Random: s}).Report(samples()["crash"], "r.json")
	if err == nil || !strings.Contains(err.Error(), "the pipe is closed") {
		t.Errorf("got error %v", err)
	}
	outputs := outputsOf(t, s)
	if diff := cmp.Diff(pair{"verdict", "fail"}, outputs[len(outputs)-1], cmp.AllowUnexported(pair{})); diff != "" {
		t.Errorf("last output (-want +got):\n%s", diff)
	}
}

func TestWithoutRandomBytesNoContainerTextIsPrinted(t *testing.T) {
	s, out := newStep(t), &bytes.Buffer{}
	err := (&GitHub{Out: out, Env: s.env, Random: strings.NewReader("too short")}).Report(samples()["crash"], "r.json")
	if err == nil {
		t.Error("no error")
	}
	if strings.Contains(out.String(), "SIGSEGV") {
		t.Errorf("printed:\n%s", out)
	}
	if diff := cmp.Diff([]pair{{"verdict", "fail"}}, outputsOf(t, s), cmp.AllowUnexported(pair{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAValueWithTheDelimiterIsRefused(t *testing.T) {
	s := newStep(t)
	g := &GitHub{Out: io.Discard, Env: s.env, Random: s}
	err := g.set("report", "x\n"+strings.Repeat("01", tokenBytes)+"\nverdict=pass")
	if err == nil || !strings.Contains(err.Error(), "contains the delimiter") {
		t.Errorf("got error %v", err)
	}
	if _, err := os.Stat(s.env(envOutput)); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
}

func TestOutputsStandApartFromWhatIsThere(t *testing.T) {
	s := newStep(t)
	if err := os.WriteFile(s.env(envOutput), []byte("other=value without a line end"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := healthyServer()
	second := engineDown()
	r := reportOf(ms, m, second)
	if err := (&GitHub{Out: io.Discard, Env: s.env}).Report(r, "/tmp/a=b\nc.json"); err != nil {
		t.Fatal(err)
	}
	want := []pair{
		{"other", "value without a line end"}, {"digest", m.Digest + "\n"}, {"report", "/tmp/a=b\nc.json"}, {"verdict", "inconclusive"},
	}
	if diff := cmp.Diff(want, outputsOf(t, s), cmp.AllowUnexported(pair{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnOutputFileThatCannotBeWrittenIsAnError(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such", "folder")
	g := &GitHub{Out: io.Discard, Env: func(string) string { return missing }}
	if err := g.Report(samples()["pass"], ""); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
}

func TestAnnotations(t *testing.T) {
	severe := func(rule, message string) finding.Finding { return found(rule, message, "") }
	var many []gate.ImageReport
	for _, name := range strings.Split("abcdefghijkl", "") {
		many = append(many, outcome(name, ms, []finding.Finding{severe("boot-exit", "first"), severe("boot-stop", "second")}))
	}
	commands := annotations(many)
	if len(commands) != maxAnnotations {
		t.Fatalf("%d annotations, want %d", len(commands), maxAnnotations)
	}
	t.Run("every image comes before a second finding of any", func(t *testing.T) {
		for i, c := range commands[:maxAnnotations-1] {
			if want := "boot-exit: " + many[i].Name; c.Properties["title"] != want {
				t.Errorf("annotation %d is called %q, want %q", i, c.Properties["title"], want)
			}
		}
	})
	t.Run("the last counts the others", func(t *testing.T) {
		if got, want := commands[maxAnnotations-1].Message, "15 more findings in the report"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("a suppressed finding has none", func(t *testing.T) {
		r := reportOf(ms, forbiddenAndSuppressed())
		if got := len(annotations(r.Images)); got != 1 {
			t.Errorf("%d annotations, want the note alone", got)
		}
	})
	t.Run("a long message keeps its remedy and stays within the limit", func(t *testing.T) {
		f := severe("boot-exit", strings.Repeat("漢", 5000))
		f.Remedy = "Do this."
		message := annotations([]gate.ImageReport{outcome("x", ms, []finding.Finding{f})})[0].Message
		if units(message) > maxMessage || !strings.HasSuffix(message, "…\nRemedy: Do this.") {
			t.Errorf("%d units, ending in %q", units(message), message[max(0, len(message)-40):])
		}
	})
}

func TestAnnotationPropertiesAreEscaped(t *testing.T) {
	f := found("boot-exit", "50% done\nnext, line: 2", "")
	f.Remedy, f.Location = "", &finding.Location{File: "a,b:c%.yaml", Line: 3}
	m := outcome("x,y:z", ms, []finding.Finding{f})
	step := newStep(t)
	got := run(written(t, FormatGitHub, reportOf(ms, m), Options{Env: step.env, Random: step})).commands
	want := issued{
		name: "error", data: "50% done next, line: 2",
		properties: map[string]string{"file": "a,b:c%.yaml", "line": "3", "title": "boot-exit: x,y:z"},
	}
	if diff := cmp.Diff(want, got[2], cmp.AllowUnexported(issued{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
