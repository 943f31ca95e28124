package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline writes a throwable and its causes on a line: thread, lines of headline and frames, headline.
func outline(t *throwable) string {
	var b strings.Builder
	if t.uncaught() {
		fmt.Fprintf(&b, "[%s] ", t.thread)
	}
	if t.orphan {
		b.WriteString("… < ")
	}
	for ; t != nil; t = t.cause {
		fmt.Fprintf(&b, "%s {%d %v}", t.headline(), t.at, t.frames)
		if t.cause != nil {
			b.WriteString(" < ")
		}
	}
	return b.String()
}

func TestThrowablesAreRead(t *testing.T) {
	const frames = "\tat a.B.c(B.java:1)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
	for _, c := range []struct {
		name, output string
		want         []string
	}{
		{"one that nobody caught", "hello\nException in thread \"main\" java.lang.Error: no\n" + frames,
			[]string{"[main] java.lang.Error: no {1 [2 3]}"}},
		{"one without a message", "Exception in thread \"main\" java.lang.Error\n" + frames,
			[]string{"[main] java.lang.Error {0 [1 2]}"}},
		{"one of a class without a package", "Exception in thread \"main\" Oops: no\n" + frames,
			[]string{"[main] Oops: no {0 [1 2]}"}},
		{"one without a trace", "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\nbye\n",
			[]string{"[main] java.lang.OutOfMemoryError: Java heap space {0 []}"}},
		{"the handler itself fails", "Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread \"http-1\"\n",
			[]string{"[http-1] java.lang.OutOfMemoryError {0 []}"}},
		{"causes",
			"Exception in thread \"main\" a.AException: one\n" + frames + "Caused by: b.BException: two\n" + frames + "\t... 2 more\nCaused by: c.C\n\tat d.E.f(E.java)\n\t... 4 more\n",
			[]string{"[main] a.AException: one {0 [1 2]} < b.BException: two {3 [4 5]} < c.C {7 [8]}"}},
		{"messages over several lines, the first empty, too",
			"Exception in thread \"main\" a.AException: \none\n\n  two: a.B\n" + frames + "Caused by: b.BException: two\nlines\n" + frames,
			[]string{"[main] a.AException: one {0 [3 4]} < b.BException: two {5 [7 8]}"}},
		{"what was suppressed is no cause",
			"Exception in thread \"main\" a.AException: one\n" + frames + "\tSuppressed: b.BException: close\n\t\tat a.B.c(B.java:1)\n\tCaused by: b.Inner: x\n\t\tat a.B.c(B.java:1)\nCaused by: c.CException: root\n" + frames,
			[]string{"[main] a.AException: one {0 [1 2]} < c.CException: root {7 [8 9]}"}},
		{"a logger's line and the trace below it",
			"2024-01-02 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed\n\na.AException: one\n" + frames,
			[]string{"a.AException: one {1 [2 3]}"}},
		{"a logger's line with the headline in it",
			"2024-01-02 ERROR [io.qua.run.Application] (main) Failed to start application: java.lang.RuntimeException: no\n" + frames,
			[]string{"java.lang.RuntimeException: no {0 [1 2]}"}},
		{"logback's marks behind frames",
			"a.AException: one\n\tat a.B.c(B.java:1) ~[app.jar!/:1.0]\n\tat a.B.d(B.java:2) [app.jar!/:1.0]\n\t... 12 common frames omitted\n",
			[]string{"a.AException: one {0 [1 2]}"}},
		{"a logger that prints the root first",
			"c.CException: root\n" + frames + "Wrapped by: b.BException: two\n" + frames + "Wrapped by: a.AException: one\n" + frames,
			[]string{"a.AException: one {6 [7 8]} < b.BException: two {3 [4 5]} < c.CException: root {0 [1 2]}"}},
		{"a line of something else within a trace",
			"Exception in thread \"main\" a.AException: one\n\tat a.B.c(B.java:1)\nhello\n\tat a.B.d(B.java:2)\nWARNING: x\nCaused by: b.BException: two\n" + frames,
			[]string{"[main] a.AException: one {0 [1 3]} < b.BException: two {5 [6 7]}"}},
		{"the JVM's own line torn by another stream's",
			"Exception in thread \"main\" WARNING: sun.misc.Unsafe is old\na.AException: one\n" + frames,
			[]string{"[main] a.AException: one {0 [2 3]}"}},
		{"the JVM's own line torn at its end",
			"Exception in thread \"main\" \n2024 INFO bye\na.AException: one\n" + frames,
			[]string{"[main] a.AException: one {0 [3 4]}"}},
		{"the launcher's own, indented",
			"Error: LinkageError occurred while loading main class App\n\tjava.lang.UnsupportedClassVersionError: App has been compiled\n",
			[]string{"java.lang.UnsupportedClassVersionError: App has been compiled {1 []}"}},
		{"the end of a trace whose beginning is lost", "\tat a.B.c(B.java:1)\nCaused by: b.BException: two\n" + frames,
			[]string{"… < b.BException: two {1 [2 3]}"}},
		{"two after another, the first without frames", "java.lang.Error: one\njava.lang.Error: two\n" + frames,
			[]string{"java.lang.Error: one {0 []}", "java.lang.Error: two {1 [2 3]}"}},
		{"a plain line", "see java.lang.Error: it says why\n", nil},
		{"a manual quotes the JVM", "It prints Exception in thread \"main\" java.lang.Error: no\nand ends.\n", nil},
		{"a word after Caused by", "Caused by: timeout\n", nil},
		{"a class that is only named", "loading com.acme.OrderService: done\ncom.acme.Main: hello\n", nil},
		{"a script's trace", "Error: no\n    at Object.<anonymous> (/n.js:1:9)\n    at node:internal/main/run_main_module:28:49\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, one := range newScene(died(1, c.output)).throwables {
				got = append(got, outline(one))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("throwables (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThrowablesOfTwoStreamsDoNotMix(t *testing.T) {
	d := Death{Lines: []Line{
		{Number: 1, Stream: "stderr", Text: `Exception in thread "main" a.AException: one`}, {Number: 2, Stream: "stdout", Text: "a.BException: logged"},
		{Number: 3, Stream: "stderr", Text: "\tat a.B.c(B.java:1)"}, {Number: 4, Stream: "stdout", Text: "\tat a.B.d(B.java:2)"}, {Number: 5, Stream: "stderr", Text: "Caused by: c.C: root"},
	}}
	var got []string
	for _, one := range newScene(d).throwables {
		got = append(got, outline(one))
	}
	want := []string{"[main] a.AException: one {0 [2]} < c.C: root {4 []}", "a.BException: logged {1 [3]}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("throwables (-want +got):\n%s", diff)
	}
}

func TestThrowablesEndWhereLinesAreMissing(t *testing.T) {
	d := Death{Lines: []Line{
		{Number: 1, Stream: "stderr", Text: "java.lang.Error: one"}, {Number: 90, Stream: "stderr", Text: "\tat a.B.c(B.java:1)"}, {Number: 91, Stream: "stderr", Text: "Caused by: c.C: root"},
	}}
	var got []string
	for _, one := range newScene(d).throwables {
		got = append(got, outline(one))
	}
	want := []string{"java.lang.Error: one {0 []}", "… < c.C: root {2 []}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("throwables (-want +got):\n%s", diff)
	}
}

func TestThrowablesStayWithinBounds(t *testing.T) {
	long := "java.lang.Error: " + strings.Repeat("x", 3*maxMessage) + "\n" + strings.Repeat("\tat a.B.c(B.java:1)\n", 500)
	all := newScene(died(1, strings.Repeat(long, 2*maxThrowables/100)+strings.Repeat("java.lang.Error: no\n", maxThrowables))).throwables
	if len(all) != maxThrowables || len(all[0].message) > maxMessage || len(all[0].frames) > maxFrames || all[0].last != 500 {
		t.Errorf("got %d, of which the first has a message of %d bytes, %d frames and ends at %d", len(all), len(all[0].message), len(all[0].frames), all[0].last)
	}
}
