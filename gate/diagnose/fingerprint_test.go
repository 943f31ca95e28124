package diagnose

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

func fingerprintOf(t testing.TB, text string) string {
	t.Helper()
	c, ok := ParseCrash(text)
	if !ok {
		t.Fatal("no crash was found")
	}
	return crashFingerprint(c)
}

func TestTheSameProvocationHasTheSameFingerprint(t *testing.T) {
	files := hserrFiles(t)
	for _, same := range [][]string{
		{"jdk17-jvm-sigsegv", "jdk17-jvm-sigsegv-interpreted", "jdk17-no-core", "jdk17-tool-options", "jdk17-printed-to-stdout"},
		{"jdk25-jvm-sigsegv", "jdk25-jvm-sigsegv-interpreted", "jdk25-no-core", "jdk25-tool-options", "jdk25-printed-to-stdout"},
	} {
		for _, name := range same[1:] {
			if first, other := fingerprintOf(t, files[same[0]]), fingerprintOf(t, files[name]); first != other {
				t.Errorf("%s: %s, %s: %s", same[0], first, name, other)
			}
		}
	}
}

func TestDifferentProvocationsHaveDifferentFingerprints(t *testing.T) {
	files, seen := hserrFiles(t), map[string]string{}
	same := map[string]bool{}
	for _, release := range []string{"jdk17-", "jdk25-"} {
		for _, name := range []string{"jvm-sigsegv-interpreted", "no-core", "tool-options", "printed-to-stdout", "container-insufficient-memory-mapped"} {
			same[release+name] = true
		}
	}
	same["jdk25-container-killed-by-segv"] = true // the same kill as that of jdk25-killed-by-itself: who sent it does not count
	for name, text := range files {
		fingerprint := fingerprintOf(t, text)
		if other, ok := seen[fingerprint]; ok && !same[name] && !same[other] {
			t.Errorf("%s and %s have the same", name, other)
		}
		seen[fingerprint] = name
	}
}

func TestTheHeaderAloneHasTheFirstPartOfTheFingerprint(t *testing.T) {
	for name, text := range hserrFiles(t) {
		whole := fingerprintOf(t, text)
		header, _, _ := strings.Cut(text, "---------------  S U M M A R Y")
		header, _, _ = strings.Cut(header, "---------------  T H R E A D")
		first, _, found := strings.Cut(whole, "-")
		if alone := fingerprintOf(t, header); !found || alone != first {
			t.Errorf("%s: %s alone, %s as a whole", name, alone, whole)
		}
	}
}

// TestFingerprintsDoNotDependOnChance draws everything that differs from run to run, and expects one fingerprint.
func TestFingerprintsDoNotDependOnChance(t *testing.T) {
	const report = `#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x%016x, pid=%d, tid=%d
#
# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6-LTS)
# Java VM: OpenJDK 64-Bit Server VM (17.0.15+6-LTS, mixed mode, linux-amd64)
# Problematic frame:
# C  [libsnappy-1.1-%x-%04x-%04x-%04x-%012x-libsnappyjava.so+0x%x]  compress.isra.%d+0x%x

---------------  T H R E A D  ---------------

Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)
C  [libnetty_tcnative_linux_x86_64%d.so+0x%x]  handshake [clone .constprop.%d]+0x%x
J %d%% c2 a.B$$Lambda$%d/0x%016x.run()V a.b@%d.2 (%d bytes) @ 0x%016x [0x%016x+0x%016x]
j  a.C$$EnhancerBySpringCGLIB$$%08x.get()V+%d
j  com.sun.proxy.$Proxy%d.get()V+%d

END.
`
	var first string
	rapid.Check(t, func(t *rapid.T) {
		address, small := rapid.Uint64Range(1<<40, 1<<47), rapid.IntRange(1, 99999)
		random := rapid.Uint64Range(1<<60, 1<<63)
		text := fmt.Sprintf(report, address.Draw(t, "pc"), small.Draw(t, "pid"), small.Draw(t, "tid"),
			rapid.Uint64Range(1<<28, 1<<32-1).Draw(t, "uuid"), small.Draw(t, "uuid")&0xffff|0x1000, small.Draw(t, "uuid")&0xffff|0x1000, small.Draw(t, "uuid")&0xffff|0x1000,
			address.Draw(t, "uuid"), small.Draw(t, "offset"), small.Draw(t, "clone"), small.Draw(t, "offset"),
			random.Draw(t, "name"), small.Draw(t, "offset"), small.Draw(t, "clone"), small.Draw(t, "offset"),
			small.Draw(t, "compilation"), small.Draw(t, "lambda"), address.Draw(t, "lambda"), small.Draw(t, "module"), small.Draw(t, "size"), address.Draw(t, "at"), address.Draw(t, "code"), address.Draw(t, "length"),
			rapid.Uint64Range(1<<28, 1<<32-1).Draw(t, "class"), small.Draw(t, "index"), small.Draw(t, "proxy"), small.Draw(t, "index"))
		c, ok := ParseCrash(text)
		if !ok || len(c.NativeFrames) != 4 {
			t.Fatalf("crash %+v", c)
		}
		if got := crashFingerprint(c); first == "" {
			first = got
		} else if got != first {
			head, stack := crashKey(c)
			t.Fatalf("%s, before that %s\n%s\n%s", got, first, head, stack)
		}
	})
}

func TestFramesInFingerprints(t *testing.T) {
	for _, c := range []struct{ name, frame, want string }{
		{"a function of the JVM", "V  [libjvm.so+0x5e1b44]  VtableBlob::create(char const*, int)+0x134  (codeBlob.cpp:429)", "libjvm.so VtableBlob::create(char const*, int)"},
		{"a clone", "V  [libjvm.so+0x8c00aa]  invoke(int) [clone .constprop.1]+0x3aa", "libjvm.so invoke(int)"},
		{"no symbol", "V  [libjvm.so+0x3fa6d9]", "libjvm.so 0x3fa6d9 8.0_212-b04"},
		{"an extracted library", "C  [libnetty_tcnative_linux_x86_6411823741925527740163.so+0x1d0a6]  f.part.0+0x36", "libnetty_tcnative_linux_x86_.so f"},
		{"a temporary file of JNA", "C  [jna3875920098123.tmp+0x1d0a6]  f+0x36", "jna.tmp f"},
		{"compiled code", "J 94% c2 a.B.run()V a.b@17.0.1 (27 bytes) @ 0x00007f6a04ae1b5c [0x00007f6a04ae1a80+0x00000000000000dc]", "java a.B.run()V"},
		{"a lambda", "j  Sp$$Lambda$1+0x00007f1f4c000a08.run()V+0", "java Sp$$Lambda.run()V"},
		{"a lambda's method", "j  Sp.lambda$main$0()V+5", "java Sp.lambda$main$()V"},
		{"a stub", "v  ~StubRoutines::jbyte_disjoint_arraycopy 0x00007f6a0bb2fd1b", " ~StubRoutines::jbyte_disjoint_arraycopy"},
		{"nothing known", "C  0x00007f2b3c0d2e70", "C"},
	} {
		f, ok := parseFrame(c.frame)
		if got := frameKey(f, "8.0_212-b04"); !ok || got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFingerprintsOfOutOfMemoryErrors(t *testing.T) {
	if oomFingerprint("Java heap space", "http-nio-8080-exec-12") != oomFingerprint("Java heap space", "http-nio-9090-exec-7") {
		t.Error("two threads of one pool differ")
	}
	if oomFingerprint("Java heap space", "main") == oomFingerprint("Metaspace", "main") || oomFingerprint("Metaspace", "main") == oomFingerprint("Metaspace", "pool-1-thread-1") {
		t.Error("two regions, or two pools, are the same")
	}
	if oomFingerprint("Cannot reserve 16777216 bytes of direct buffer memory (allocated: 1, limit: 2)", "main") != oomFingerprint("Cannot reserve 5 bytes of direct buffer memory (allocated: 3, limit: 4)", "main") {
		t.Error("sizes count")
	}
}

func TestOnlyWhatTellsCrashesApartHasAFingerprint(t *testing.T) {
	const signal = finding.CrashSignal
	for _, c := range []struct {
		name  string
		crash finding.Crash
		want  bool
	}{
		{"nothing at all", finding.Crash{}, false},
		{"a signal and a Java", finding.Crash{Kind: signal, Signal: "SIGSEGV", Release: 17, Vendor: "Debian"}, false},
		{"a frame", finding.Crash{Kind: signal, Signal: "SIGSEGV", Frame: &finding.Frame{Kind: "C", Library: "libz.so", Symbol: "inflate"}}, true},
		{"words", finding.Crash{Kind: signal, Signal: "SIGSEGV", Error: "An irrecoverable stack overflow has occurred."}, true},
		{"a place in the sources", finding.Crash{Kind: finding.CrashInternal, Site: "debug.cpp:362"}, true},
	} {
		if got := crashFingerprint(c.crash) != ""; got != c.want {
			t.Errorf("%s: there is one: %t, want %t", c.name, got, c.want)
		}
	}
}
