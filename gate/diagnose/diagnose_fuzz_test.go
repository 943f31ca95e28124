package diagnose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// FuzzDiagnose takes any output, with any end, and holds what is said of it to what every finding needs. The way of the
// end is taken from way: whether it is known, whether stdout and stderr are mixed, and how often the output repeats
// itself, as in a log of restarts.
func FuzzDiagnose(f *testing.F) {
	f.Add(127, "/uses: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n", "", "/uses", uint8(0))
	f.Add(127, "Error loading shared library libfoo.so.1: No such file or directory (needed by /muses)\n", "", "/muses", uint8(1))
	f.Add(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: 'void U.foo()'\n\tat U.main(U.java:1)\n", "", "java", uint8(2))
	f.Add(1, "exec /crlf.sh: no such file or directory\n", "", "/crlf.sh", uint8(0))
	f.Add(127, "/usr/bin/env: 'node\\r': No such file or directory\n/usr/bin/env: use -[v]S to pass options in shebang lines\n", "", "/x", uint8(0))
	f.Add(0, "", `starting container process caused "exec: \"/x\": permission denied": unknown`, "/x", uint8(0))
	f.Add(137, "\x1b[1mKilled\x1b[", "container init was OOM-killed", "", uint8(0))
	f.Add(3, "java.lang.OutOfMemoryError: Java heap space\nDumping heap to a.hprof ...\nUnable to create a.hprof: File exists\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n", "", "java", uint8(0))
	f.Add(1, "Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace\n\nException: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread \"main\"\n", "", "java", uint8(0))
	f.Add(1, "Exception in thread \"main\" java.lang.OutOfMemoryError: Cannot reserve 1 bytes of direct buffer memory (allocated: 2, limit: 2)\n\tat java.base/java.nio.Bits.reserveMemory(Bits.java:178)\n", "", "java", uint8(0))
	f.Add(1, "# There is insufficient memory for the Java Runtime Environment to continue.\n# Native memory allocation (mmap) failed to map 966367641600 bytes. Error detail: committing reserved memory.\n", "", "-Xms900g", uint8(0))
	f.Add(1, "[0.003s][warning][os,thread] Failed to start thread \"GC Thread#0\" - pthread_create failed (EPERM) for attributes: detached.\n[0.004s][error  ][gc,task  ] Failed to create worker thread\n", "", "java", uint8(0))
	f.Add(1, "[0.035s][warning][os,thread] Failed to start the native thread for java.lang.Thread \"a-1\"\nException in thread \"main\" java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached\n", "", "java", uint8(0))
	f.Add(1, "Exception in thread \"main\" java.lang.RuntimeException: x\n\tat a.B.c(D.java:1)\nCaused by: java.lang.OutOfMemoryError: GC overhead limit exceeded\n", "", "java", uint8(0))
	for _, output := range []string{
		"Picked up JAVA_TOOL_OPTIONS: -Xss1k -Xlog:x\nUnrecognized VM option 'MaxPermSize=64m'\nDid you mean 'x'? " + refusedJVM,
		"Initialization of output 'file=/x' using options '(null)' failed.\n" + refusedJVM,
		"Error occurred during initialization of VM\nCould not reserve enough space for 99999999999999999999KB object heap\n",
		runFailed + "\tSuppressed: a.B: x\nWrapped by: c.D\nCaused by: java.lang.UnsupportedClassVersionError: X : Unsupported major.minor version 9999999999999999999.0\n",
		"Traceback (most recent call last):\n  x\nE: y\n", "terminate called after throwing an instance of 'x'\n  what():  y\n", "panic: x\n\ngoroutine 1 [running]:\n",
		agentThrew, noRoom, portTaken, j9Segfault, j9Memory, graalSegfaultOutput,
	} {
		f.Add(1, output, "", "java", uint8(0))
		f.Add(139, output, "", "java", uint8(0))
	}
	for way, path := range saved(f, "testdata/failing/*.txtar") {
		f.Add(1, path, "", "java", uint8(way))
	}
	f.Fuzz(func(t *testing.T, code int, output, startError, entrypoint string, way uint8) {
		d := fuzzed(code, output, entrypoint, way)
		d.StartError, d.Exited = startError, startError == ""
		if text := Headline(d); strings.ContainsAny(text, "\n\r\x1b") || len(text) > maxBrief+8 {
			t.Errorf("headline of several lines, with controls, or without bounds: %q", text)
		}
		findings := Diagnose(d)
		for _, f := range findings {
			if f.Message == "" || f.Remedy == "" || len(f.Evidence) == 0 {
				t.Errorf("incomplete finding %+v", f)
			}
			if strings.ContainsAny(f.Message, "\n\r\x1b") {
				t.Errorf("message of several lines, or with controls: %q", f.Message)
			}
			if _, ok := finding.Lookup(f.Rule); !ok || f.Severity != finding.Error && f.Severity != finding.Warning {
				t.Errorf("finding of no rule or of an odd severity: %+v", f)
			}
			if f.Severity == finding.Error && d.Exited && !d.ExitUnknown && code == 0 {
				t.Errorf("error about a process that ended well: %+v", f)
			}
		}
		if diff := cmp.Diff(findings, Diagnose(d)); diff != "" {
			t.Errorf("the second time it says something else (-first +second):\n%s", diff)
		}
	})
}

// fuzzed makes a death of fuzzed values.
func fuzzed(code int, output, entrypoint string, way uint8) Death {
	output = strings.Repeat(output+"\n", 1+int(way>>2&7)*20)
	if len(output) > 256<<10 {
		output = output[:256<<10]
	}
	d := died(code, output, entrypoint)
	d.ExitUnknown = way&1 == 1
	d.OOMKilled = code == 137 && !d.ExitUnknown
	if way&2 == 2 {
		for i := range d.Lines {
			d.Lines[i].Stream = []string{"stdout", "stderr"}[i%2]
		}
	}
	if len(d.Lines) > maxFuzzed {
		d.Lines = append(d.Lines[:maxFuzzed/2:maxFuzzed/2], d.Lines[len(d.Lines)-maxFuzzed/2:]...)
	}
	return d
}

// maxFuzzed is about as many lines as the gate keeps of a container's output.
const maxFuzzed = 800

// saved returns the files that match, each as text.
func saved(t interface{ Fatal(...any) }, pattern string) []string {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatal(fmt.Sprintf("no files %s: %v", pattern, err))
	}
	var all []string
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// BenchmarkDiagnose judges as many lines as the gate keeps, with an error file of 1 MiB beside them. The cases are the
// kinds of lines that judges look at most closely.
func BenchmarkDiagnose(b *testing.B) {
	full := strings.Join(saved(b, "testdata/failing/crash-error-file-on-stdout.txtar"), "")
	full = full[strings.Index(full, "#\n# A fatal"):]
	mapped := strings.Repeat("7f1e2d3c4000-7f1e2d3c5000 rw-p 0000a000 fe:00 1234567 /usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so\n", 1<<20/110)
	full = strings.Replace(full, "Dynamic libraries:\n", "Dynamic libraries:\n"+mapped, 1)
	for _, c := range []struct{ name, line string }{
		{"ordinary lines", strings.TrimSuffix(ordinary, "\n")},
		{"lines of a stack trace", "\tat org.springframework.beans.factory.support.ConstructorResolver.autowireConstructor(ConstructorResolver.java:245)"},
		{"errors out of memory", "java.lang.OutOfMemoryError: Java heap space"},
		{"causes", "Caused by: java.lang.IllegalStateException: no"},
		{"first lines of crashes", "# A fatal error has been detected by the Java Runtime Environment:"},
		{"crash signals", "#  SIGSEGV (0xb) at pc=0x00007f1c0ffee123, pid=1, tid=14"},
		{"uncaught errors", `Exception in thread "main" java.lang.IllegalStateException: no`},
		{"words of the launcher", "Error: Could not create the Java Virtual Machine."},
		{"failed starts of Spring", "APPLICATION FAILED TO START"},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := died(134, strings.Repeat(c.line+"\n", maxFuzzed), "java", "-jar", "/app.jar")
			d.Files = []File{{Path: "/app/hs_err_pid1.log", Text: full}}
			for b.Loop() {
				Diagnose(d)
			}
		})
	}
}
