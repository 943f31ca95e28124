package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

func TestWhatIsMissing(t *testing.T) {
	whole := hserrFiles(t)["jdk17-jvm-sigsegv"]
	before := func(text string) string {
		head, _, found := strings.Cut(whole, text)
		if !found {
			t.Fatalf("no %q", text)
		}
		return head
	}
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing of a whole file", whole, nil},
		{"its last line", before("END."), []string{"its end"}},
		{"the system section", before("---------------  S Y S T E M"), []string{"the system section", "its end"}},
		{"the sections after the thread's", before("---------------  P R O C E S S"), []string{"the process section", "the system section", "its end"}},
		{"what follows in the middle of the stack", before("V  [libjvm.so+0x8282d2]"), []string{"the signal's details", "the process section", "the system section", "its end"}},
		{"all but the header", before("---------------  S U M M A R Y"), []string{
			"the command line", "the elapsed time", "the current thread", "the native stack", "the signal's details", "the process section", "the system section", "its end"}},
		{"all but the first lines", before("# Problematic frame:"), []string{"the problematic frame",
			"the command line", "the elapsed time", "the current thread", "the native stack", "the signal's details", "the process section", "the system section", "its end"}},
		{"all but the very first lines", before("# JRE version:"), []string{"the problematic frame", "the Java version",
			"the command line", "the elapsed time", "the current thread", "the native stack", "the signal's details", "the process section", "the system section", "its end"}},
		{"nothing of a whole file of JDK 8, which has no last line", hserrFiles(t)["jdk8-native-memory-tracking"], nil},
		{"nothing of a whole file about an internal error, which has no signal", hserrFiles(t)["jdk17-crash-on-oom"], nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			crash, ok := ParseCrash(c.text)
			if !ok {
				t.Fatal("no crash was found")
			}
			if diff := cmp.Diff(c.want, crash.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesThatAreCutGiveWhatTheyHave cuts real files anywhere: what is read from the rest is what the whole has, or
// nothing.
func TestFilesThatAreCutGiveWhatTheyHave(t *testing.T) {
	files := hserrFiles(t)
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range files {
			if !yield(name) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "file")
		all := strings.SplitAfter(files[name], "\n")
		rest := strings.Join(all[:rapid.IntRange(0, len(all)-2).Draw(t, "lines")], "")
		whole, _ := ParseCrash(files[name])
		part, ok := ParseCrash(rest)
		if !ok {
			return
		}
		for _, field := range []struct{ whole, part string }{
			{whole.Signal, part.Signal}, {whole.PC, part.PC}, {whole.TID, part.TID}, {whole.Site, part.Site}, {whole.JRE, part.JRE}, {whole.VM, part.VM},
			{whole.Thread, part.Thread}, {whole.Code, part.Code}, {whole.FaultAddress, part.FaultAddress}, {whole.Libc, part.Libc}, {whole.Operation, part.Operation},
		} {
			if field.part != "" && field.part != field.whole {
				t.Fatalf("%s: %q of a part, %q of the whole", name, field.part, field.whole)
			}
		}
		if part.Kind != whole.Kind || len(part.NativeFrames) > len(whole.NativeFrames) || len(part.Missing) == 0 && len(whole.Missing) == 0 && !strings.Contains(rest, "END.") && whole.Release > 8 {
			t.Fatalf("%s: %+v", name, part)
		}
	})
}

// TestWhatCutsInChangesNothing puts lines of other threads and programs between those of the header.
func TestWhatCutsInChangesNothing(t *testing.T) {
	noise := []string{
		"[thread 12 also had an error]", "[2.460s][warning][os       ] Loading hsdis library failed", "[0.1s][info ][gc] GC(0) Pause Full",
		"WARNING: A terminally deprecated method in sun.misc.Unsafe has been called", "Could not load hsdis-amd64.so; library not loadable; PrintAssembly is disabled",
		"2026-03-01 10:00:00.000  INFO 7 --- [http-1] o.e.Shop : order 17 is paid", "", "OpenJDK 64-Bit Server VM warning: something",
	}
	all := strings.SplitAfter(crashHeader, "\n")
	whole, _ := ParseCrash(crashHeader)
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i, line := range all {
			b.WriteString(line)
			if i > 0 && rapid.IntRange(0, 3).Draw(t, "cut in") == 0 {
				b.WriteString(rapid.SampledFrom(noise).Draw(t, "noise") + "\n")
			}
		}
		crash, ok := ParseCrash(b.String())
		if diff := cmp.Diff(whole, crash); !ok || diff != "" {
			t.Fatalf("%s\n(-want +got):\n%s", b.String(), diff)
		}
	})
}

func TestSeveralCrashesInOneLog(t *testing.T) {
	files := hserrFiles(t)
	first, second := crashHeader, strings.ReplaceAll(strings.ReplaceAll(crashHeader, "SIGSEGV (0xb)", "SIGBUS (0x7)"), "pc=0x00007f0a87ad430c", "pc=0x00007f0a00000000")
	stub := second[:strings.Index(second, "# JRE version")]
	for _, c := range []struct{ name, text, want string }{
		{"the last counts", first + "restarting\n" + second, "SIGBUS"},
		{"a stub after a crash does not", first + "restarting\n" + stub, "SIGSEGV"},
		{"a stub alone does", stub, "SIGBUS"},
		{"a crash counts after a whole file", files["jdk17-native-division"] + second, "SIGBUS"},
		{"a stub does not count after a whole file", files["jdk17-native-division"] + stub, "SIGFPE"},
	} {
		crash, ok := ParseCrash(c.text)
		if !ok || crash.Signal != c.want {
			t.Errorf("%s: %q, want %q", c.name, crash.Signal, c.want)
		}
	}
}

func TestWhatIsNoReport(t *testing.T) {
	for _, text := range []string{"", "\n\n", "#\n#\n", fatalError, noMemory, fatalError + "\n" + fatalError, "SIGSEGV (0xb) at pc=0x1, pid=1, tid=2\n", "#  SIGSEGV (0xb) at pc=0x1, pid=1, tid=2\nJRE version\n"} {
		if c, ok := ParseCrash(text); ok {
			t.Errorf("%q: %+v", text, c)
		}
	}
}

func TestFilesAndWhatWasPrintedAreTakenTogether(t *testing.T) {
	text := hserrFiles(t)["jdk17-jvm-sigsegv"]
	printed := text[:strings.Index(text, "# If you would")] + "# An error report file with more information is saved as:\n# //hs_err_pid31947.log\n#\n"
	other := strings.ReplaceAll(hserrFiles(t)["jdk17-native-division"], "/app/hs_err", "/app/hs_err")
	for _, c := range []struct {
		name  string
		death Death
		want  finding.Crash
	}{
		{"both of one crash", Death{Lines: lines(printed), Files: []File{{"/hs_err_pid31947.log", text}}}, finding.Crash{File: "/hs_err_pid31947.log", Signal: "SIGSEGV", Code: "SEGV_MAPERR"}},
		{"the file of another crash beside it", Death{Lines: lines(printed), Files: []File{{"/a.log", text}, {"/b.log", other}}}, finding.Crash{File: "/hs_err_pid31947.log", Signal: "SIGSEGV", Code: "SEGV_MAPERR"}},
		{"the file of another crash alone", Death{Lines: lines(printed), Files: []File{{"/b.log", other}}}, finding.Crash{File: "/hs_err_pid31947.log", Signal: "SIGSEGV"}},
		{"only the file", Death{Files: []File{{"/a.log", text}}}, finding.Crash{File: "/a.log", Signal: "SIGSEGV", Code: "SEGV_MAPERR"}},
		{"a file that is none", Death{Lines: lines(printed), Files: []File{{"/a.log", "nothing"}}}, finding.Crash{File: "/hs_err_pid31947.log", Signal: "SIGSEGV"}},
	} {
		c.death.Exited, c.death.ExitCode = true, 134
		got := newScene(c.death).crash
		if diff := cmp.Diff(c.want, finding.Crash{File: got.File, Signal: got.Signal, Code: got.Code}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
