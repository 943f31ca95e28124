package gate

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
	"bootgate/gate/policy"
)

// text is an input that holds it.
func text(name, content string) DiagnoseInput { return reading(name, strings.NewReader(content)) }

func reading(name string, r io.Reader) DiagnoseInput {
	return DiagnoseInput{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
}

const missingLibrary = "starting\n/app: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n"

func TestWhereAReportIsQuotedIsSaid(t *testing.T) {
	const words = "# A fatal error has been detected by the Java Runtime Environment:"
	for name, c := range map[string]struct {
		log  string
		want int
	}{
		"behind a level":         {"starting\nINFO he wrote " + words + "\nserving\n", 2},
		"nothing of the kind":    {"starting\nserving\n", 0},
		"a report that is taken": {words + "\n#\n#  SIGSEGV (0xb) at pc=0x00007f3fac0d430c, pid=1, tid=6\n", 0},
	} {
		diagnosis, err := Diagnose(t.Context(), DiagnoseRequest{Inputs: []DiagnoseInput{text("app.log", c.log)}})
		if err != nil || diagnosis.Inputs[0].Quoted != c.want {
			t.Errorf("%s: line %d (%v), want %d", name, diagnosis.Inputs[0].Quoted, err, c.want)
		}
	}
}

func TestDiagnose(t *testing.T) {
	code := func(n int) *int { return &n }
	broken := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		request DiagnoseRequest
		verdict finding.Verdict
		want    []string // per input: its name, its error, and its rules with their severities
	}{
		"a log that tells": {DiagnoseRequest{Inputs: []DiagnoseInput{text("a", missingLibrary)}}, finding.Fail, []string{"a: error link-error"}},
		"a log that tells nothing": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "starting\n")}}, finding.Pass, []string{"a:"}},
		"a log that tells nothing, of a process that failed": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "starting\n")}, ExitCode: code(3)}, finding.Fail, []string{"a: error boot-exit"}},
		"a log that tells nothing, of a process that ended well": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "starting\n")}, ExitCode: code(0)}, finding.Pass, []string{"a:"}},
		"killed for memory": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "starting\n")}, OOMKilled: true}, finding.Fail, []string{"a: error container-oom-kill"}},
		"an empty log of a process that was killed for memory": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "")}, OOMKilled: true}, finding.Fail, []string{"a: error container-oom-kill"}},
		"an empty log": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "")}}, finding.Pass, []string{"a: (it is empty: there is no log to diagnose)"}},
		"several inputs, of which one is not there and one breaks off": {
			DiagnoseRequest{Inputs: []DiagnoseInput{
				FileInput("testdata/nowhere.log"), text("b", missingLibrary), FileInput("."),
				reading("d", io.MultiReader(strings.NewReader(missingLibrary), iotest.ErrReader(broken)))}},
			finding.Fail, []string{"testdata/nowhere.log: (no such file or directory)", "b: error link-error", ".: (is a directory)", "d: (the disk is gone) error link-error"}},
		"services, of which one ended as compose says": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "db-1 | ready\napp-1 | starting\ndb-1 | working\napp-1 exited with code 3\ndb-1 | working\n")}},
			finding.Fail, []string{"a: error boot-exit"}},
		"services, of which one is said to have ended": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "db-1 | ready\napp-1 | starting\ndb-1 | working\napp-1 | working\n")}, ExitCode: code(3)},
			finding.Fail, []string{"a: error boot-exit"}},
		"services of which nobody says that they ended": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "db-1 | ready\napp-1 | starting\ndb-1 | working\napp-1 | working\n")}},
			finding.Pass, []string{"a:"}},
		"services of which one cannot be linked": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "db-1 | ready\n"+strings.ReplaceAll("app-1 | "+missingLibrary, "\n/", "\napp-1 | /")+"db-1 | working\n")}},
			finding.Fail, []string{"a: error link-error"}},
		"something that is no log": {
			DiagnoseRequest{Inputs: []DiagnoseInput{text("a", "PK\x03\x04")}, ExitCode: code(1)},
			finding.Pass, []string{"a: (this is a zip archive or a jar, not a log. Unpack it, and name the log in it.)"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Diagnose(t.Context(), c.request)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range d.Inputs {
				line := in.File + ":"
				if in.Error != nil {
					line += " (" + in.Error.Error() + ")"
				}
				for _, f := range in.Findings {
					line += " " + string(f.Severity) + " " + f.Rule
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
			if d.Verdict != c.verdict {
				t.Errorf("verdict %s, want %s", d.Verdict, c.verdict)
			}
		})
	}
}

func TestAnExitThatNothingExplainsQuotesTheLastLines(t *testing.T) {
	code := 139
	d, err := Diagnose(t.Context(), DiagnoseRequest{ExitCode: &code, Inputs: []DiagnoseInput{text("log", "1\n2\n3\n4\n5\n6\n")}})
	if err != nil {
		t.Fatal(err)
	}
	f := d.Inputs[0].Findings[0]
	if want := "The process was killed by SIGSEGV (139), and the log does not say why."; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	want := []finding.Evidence{{Source: "log", Line: 2, Text: "2"}, {Source: "log", Line: 3, Text: "3"}, {Source: "log", Line: 4, Text: "4"}, {Source: "log", Line: 5, Text: "5"}, {Source: "log", Line: 6, Text: "6"}}
	if diff := cmp.Diff(want, f.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

func TestADiagnosisNamesWhatItCouldNotRead(t *testing.T) {
	d := Diagnosis{Inputs: []InputReport{{File: "a"}, {File: "b", Error: fs.ErrPermission}, {File: "c", Error: fs.ErrNotExist}}}
	if got, want := d.Unread().Error(), "reading b: permission denied (and 1 more could not be read)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := (Diagnosis{Inputs: d.Inputs[:1]}).Unread(); err != nil {
		t.Errorf("got %v, want nothing", err)
	}
}

func TestAReadThatNeverReturnsIsLeftAloneWhenCancelled(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	go cancel(stop)
	_, err := Diagnose(ctx, DiagnoseRequest{Inputs: []DiagnoseInput{reading("stdin", r)}})
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestADiagnosisHeedsWhatIsSuppressedForAllImages(t *testing.T) {
	until, err := policy.ParseDate("2099-12-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		one     policy.Suppression
		verdict finding.Verdict
	}{
		{"an entry for all images", policy.Suppression{Rule: "link-error"}, finding.Pass},
		{"an entry for one image", policy.Suppression{Rule: "link-error", Image: "shop"}, finding.Fail},
		{"an entry for another rule", policy.Suppression{Rule: "jvm-oom-heap"}, finding.Fail},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.one.Reason, c.one.Until = "it is known", until
			d, err := Diagnose(t.Context(), DiagnoseRequest{
				Policy: &policy.Policy{Suppress: policy.Suppressions{c.one}}, Inputs: []DiagnoseInput{text("a", missingLibrary)}})
			if err != nil {
				t.Fatal(err)
			}
			if set := d.Inputs[0].Findings[0].Suppressed != nil; d.Verdict != c.verdict || set != (c.verdict == finding.Pass) {
				t.Errorf("verdict %s, suppressed %v; want %s", d.Verdict, set, c.verdict)
			}
		})
	}
}
