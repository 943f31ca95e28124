package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeadlines(t *testing.T) {
	const frames = "\tat a.B.c(B.java:1)\n"
	recursion := died(1, "Exception in thread \"main\" java.lang.StackOverflowError\n"+strings.Repeat(frames, 160))
	for i := range recursion.Lines[50:] {
		recursion.Lines[50+i].Number += 900
	}
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	for _, c := range []struct {
		name  string
		death Death
		want  string
	}{
		{"what nobody caught", died(1, "hello\nException in thread \"main\" java.net.BindException: Address already in use.\n"+frames), "java.net.BindException: Address already in use"},
		{"what it goes back to", died(1, "Exception in thread \"main\" a.AException: no\n"+frames+"Caused by: b.BException: two\n"+frames+"Caused by: c.CException: root\nof all\n"+frames), "c.CException: root"},
		{"a cause that says nothing", died(1, "Exception in thread \"main\" a.AException: reading the configuration\n"+frames+"Caused by: java.lang.NullPointerException\n"+frames), "a.AException: reading the configuration (java.lang.NullPointerException)"},
		{"an endless recursion, of whose trace the middle is missing", recursion, "java.lang.StackOverflowError"},
		{"a framework's last words", died(1, "10:00 ERROR i.m.r.Micronaut - Error starting Micronaut server: no\nio.micronaut.E: no\n"+frames+"Caused by: c.CException: root\n"+frames+"10:00 INFO bye\n"), "c.CException: root"},
		{"a saved log that ends with it", saved("Exception in thread \"main\" java.lang.Error: no\n" + frames), "java.lang.Error: no"},
		{"a message without bounds", died(1, "Exception in thread \"main\" java.lang.Error: "+strings.Repeat("no ", 500)+"\n"+frames), "java.lang.Error: " + strings.TrimSpace(strings.Repeat("no ", 94)) + " …"},
		{"a damaged heap", died(139, "working\nfree(): invalid pointer\n"), "free(): invalid pointer"},
		{"a damaged heap under a shell", died(134, "double free or corruption (fasttop)\nAborted (core dumped)\n"), "double free or corruption (fasttop)"},
		{"a C++ exception", died(139, "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no configuration\n"), "std::runtime_error: no configuration"},
		{"an assertion", died(134, "app: main.c:12: main: Assertion `n > 0' failed.\n"), "app: main.c:12: main: Assertion `n > 0' failed"},
		{"a Go panic", died(2, "starting\npanic: runtime error: index out of range [3] with length 0\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x1d\nexit status 2\n"), "panic: runtime error: index out of range [3] with length 0"},
		{"a Go deadlock", died(2, "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select (no cases)]:\nmain.main()\n"), "fatal error: all goroutines are asleep - deadlock!"},
		{"a Rust panic", died(101, "\nthread 'main' panicked at src/main.rs:2:5:\nno configuration\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"), "panicked: no configuration"},
		{"Python", died(1, "Traceback (most recent call last):\n  File \"/app.py\", line 1, in <module>\n    import flask\nModuleNotFoundError: No module named 'flask'\n"), "ModuleNotFoundError: No module named 'flask'"},
		{"Node.js", died(1, "/app.js:1\nthrow new Error('no');\n^\n\nError: no\n    at Object.<anonymous> (/app.js:1:7)\n    at node:internal/main/run_main_module:28:49\n\nNode.js v20.20.2\n"), "Error: no"},
		{".NET", died(139, "Unhandled exception. System.InvalidOperationException: no\n   at Program.Main()\n"), "System.InvalidOperationException: no"},

		{"nothing was said", died(1, ""), ""},
		{"it ended well", died(0, "Exception in thread \"main\" java.lang.Error: no\n"+frames), ""},
		{"it lives", Death{Lines: lines("Exception in thread \"main\" java.lang.Error: no\n" + frames)}, ""},
		{"it was killed after an exception", died(137, "Exception in thread \"main\" java.lang.Error: no\n"+frames), ""},
		{"an exception was logged and more was done", died(1, "java.lang.Error: expected\n"+frames+strings.Repeat("working\n", 5)), ""},
		{"a saved log of a JVM whose other threads live on", saved("Exception in thread \"main\" java.lang.Error: no\n" + frames + strings.Repeat("serving\n", 10)), ""},
		{"a saved log that ends with an exception somebody logged", saved("10:00 WARN retrying\njava.lang.Error: no\n" + frames), ""},
		{"a plain word after a plain line", died(1, "Traceback (most recent call last):\nok\n"), ""},
		{"a program says panic", died(2, "panic: not really\nusage: app\n"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Headline(c.death)); diff != "" {
				t.Errorf("headline (-want +got):\n%s", diff)
			}
		})
	}
}
