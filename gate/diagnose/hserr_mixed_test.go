package diagnose

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

// TestMixedReportsGiveNoCrashMadeOfTwo mixes the headers of two JVMs line by line.
func TestMixedReportsGiveNoCrashMadeOfTwo(t *testing.T) {
	other := strings.NewReplacer("SIGSEGV (0xb)", "SIGFPE (0x8)", "pc=0x00007f0a87ad430c", "pc=0x00007f0a00001111", "libjvm.so+0x", "libnative.so+0x1", "# V  ", "# C  ").Replace(crashHeader)
	first, _ := ParseCrash(crashHeader)
	second, _ := ParseCrash(other)
	if first.Frame == nil || second.Frame == nil || first.Signal == second.Signal || sameFrame(*first.Frame, *second.Frame) {
		t.Fatalf("not two: %+v, %+v", first, second)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := strings.SplitAfter(crashHeader, "\n"), strings.SplitAfter(other, "\n")
		var mixed strings.Builder
		for len(a)+len(b) > 0 {
			from := &a
			if len(a) == 0 || len(b) > 0 && rapid.Bool().Draw(t, "second") {
				from = &b
			}
			mixed.WriteString((*from)[0])
			*from = (*from)[1:]
		}
		crash, ok := ParseCrash(mixed.String())
		if !ok || crash.Frame == nil {
			return
		}
		whole := first
		if crash.PC == second.PC {
			whole = second
		}
		if crash.Signal != whole.Signal || !sameFrame(*crash.Frame, *whole.Frame) {
			t.Fatalf("%s\n%+v at %+v", mixed.String(), crash, *crash.Frame)
		}
	})
}

func TestReportsThatContradictThemselves(t *testing.T) {
	const fpe = "#  SIGFPE (0x8) at pc=0x00007fda1618a21d, pid=1, tid=7\n"
	jre := crashHeader[strings.Index(crashHeader, "# JRE version"):]
	jre, _, _ = strings.Cut(jre, "\n")
	for _, c := range []struct {
		name, from, to string
		want           bool
	}{
		{"nothing does", "", "", false},
		{"the same twice", jre, jre + "\n" + jre, false},
		{"two lines that say what happened", "# JRE version", fpe + "# JRE version", true},
		{"two Javas", jre, jre + "\n# JRE version: OpenJDK Runtime Environment (11.0.2+9) (build 11.0.2+9)", true},
		{"a run-time and a virtual machine of two releases", jre, "# JRE version: OpenJDK Runtime Environment (11.0.2+9) (build 11.0.2+9)", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			crash := readCrash(lines(strings.Replace(crashHeader, c.from, c.to, 1)))
			if crash == nil || crash.mixed != c.want {
				t.Fatalf("%+v", crash)
			}
			f := crash.report(crashSignal, "Message.", "", "", finding.Error)
			if c.want != (f.Fingerprint == "") || c.want != (crash.JRE == "") {
				t.Errorf("fingerprint %q, %q", f.Fingerprint, crash.JRE)
			}
		})
	}
}
