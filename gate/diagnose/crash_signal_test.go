package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/finding"
)

// leaving is a process that ended with code and left an error file of testdata.
func leaving(t *testing.T, code int, name string) Death {
	t.Helper()
	return Death{Exited: true, ExitCode: code, Files: []File{{Path: "/app/hs_err_pid1.log", Text: hserrFiles(t)[name]}}}
}

// printing is a process that ended with code and printed an error report of testdata, the first so many lines of it.
func printing(t *testing.T, code int, name string, count int) Death {
	t.Helper()
	all := strings.SplitAfter(hserrFiles(t)[name], "\n")
	return died(code, strings.Join(all[:min(count, len(all))], ""), "java")
}

func TestCrashesBySignal(t *testing.T) {
	const mapped = "jvm-crash-signal: The JVM crashed with SIGSEGV (nothing is mapped at address 0x0) "
	checkDeaths(t, []deathCase{
		{name: "in the JVM itself", death: leaving(t, 139, "jdk17-jvm-sigsegv"),
			want: []string{mapped + "in the JVM itself (libjvm.so, Unsafe_GetLong); Java 17.0.15+6 (Debian), 33 ms after its start."}},
		{name: "in the JVM itself, under a shell", death: leaving(t, 134, "jdk25-jvm-sigsegv"),
			want: []string{mapped + "in the JVM itself (libjvm.so, Unsafe_GetLong); Java 25.0.3+9 (Eclipse Adoptium), 59 ms after its start."}},
		{name: "without a core dump, which ends with 1", death: leaving(t, 1, "jdk17-no-core"),
			want: []string{mapped + "in the JVM itself (libjvm.so, Unsafe_GetLong); Java 17.0.15+6 (Debian), 50 ms after its start."}},
		{name: "in a native library that follows a null pointer", death: leaving(t, 139, "jdk25-native-null"),
			want: []string{mapped + "in the native library librecords.so (parse_record); Java 25.0.3+9 (Eclipse Adoptium), 40 ms after its start."}},
		{name: "in a native library that divides by zero", death: leaving(t, 134, "jdk17-native-division"),
			want: []string{"jvm-crash-signal: The JVM crashed with SIGFPE (an integer was divided by zero) in the native library librecords.so (parse_record); Java 17.0.15+6 (Debian), 50 ms after its start."}},
		{name: "in a native library for another processor", death: leaving(t, 134, "jdk25-native-ud2"),
			want: []string{"jvm-crash-signal: The JVM crashed with SIGILL (ILL_ILLOPN) in the native library librecords.so (parse_record); Java 25.0.3+9 (Eclipse Adoptium), 38 ms after its start."}},
		{name: "over a mapped file that was cut", death: leaving(t, 134, "jdk17-native-cut-mapping"),
			want: []string{"jvm-crash-signal: The JVM crashed with SIGBUS (there is no memory behind address 0x7fbe2464e000) in the native library librecords.so (parse_record); Java 17.0.15+6 (Debian), 28 ms after its start."}},
		{name: "by a signal that somebody sent", death: leaving(t, 139, "jdk25-killed-by-itself"),
			want: []string{"jvm-crash-signal: The JVM was ended by a SIGSEGV that was sent to it while it was in the C library libc.so.6+0x85f14; Java 25.0.3+9 (Eclipse Adoptium), 36 ms after its start."}},
		{name: "over a thread that reached no safepoint", death: leaving(t, 134, "jdk17-safepoint-timeout"),
			want: []string{"jvm-crash-signal: The JVM was ended by a SIGILL that was sent to it while it was in compiled Java code, Sp.spin; Java 17.0.15+6 (Debian), 2.5 s after its start."}},
		{name: "with the crashHeader alone", death: printing(t, 139, "jdk17-jvm-sigsegv", 16),
			want: []string{"jvm-crash-signal: The JVM crashed with SIGSEGV in the JVM itself (libjvm.so, Unsafe_GetLong); Java 17.0.15+6 (Debian)."}},
		{name: "with the whole report in the output", death: printing(t, 139, "jdk25-printed-to-stdout", 1e6),
			want: []string{mapped + "in the JVM itself (libjvm.so, Unsafe_GetLong); Java 25.0.3+9 (Eclipse Adoptium), 86 ms after its start."}},
	})
}

func TestCausesOfCrashes(t *testing.T) {
	for _, c := range []struct{ name, file, cause, remedy string }{
		{"Unsafe names who called it", "jdk17-jvm-sigsegv", "Segv.main used memory through Unsafe", "Look at Segv.main"},
		{"a null pointer names the library", "jdk25-native-null", "librecords.so followed a null pointer", "Update librecords.so or the jar that brings it"},
		{"a division names the library", "jdk17-native-division", "librecords.so divided by zero", "Update librecords.so"},
		{"an illegal instruction in a library is about its build", "jdk25-native-ud2", "compiled for a processor with instructions", "a build of librecords.so for this processor"},
		{"SIGBUS is about files and space", "jdk17-native-cut-mapping", "became shorter", "/dev/shm"},
		{"a signal from nowhere is about the outside", "jdk25-container-killed-by-segv", "from outside of the container", "Look who sends it"},
		{"a crash while a method is compiled names it", "jdk8-compiler", "crashed while it compiled org.example.ledger.Balance::rebuild", "exclude,org.example.ledger.Balance::rebuild"},
		{"a crash of the collector is about the heap", "jdk11-collector", "garbage collector met something", "-XX:+UseSerialGC"},
		{"an illegal instruction in Java code is about the processor", "jdk11-ahead-of-time", "does not execute", "newer update of the JDK"},
		{"a library on musl is about the C library", "jdk21-extracted-library-on-musl", "the C library is musl", "a base image with glibc"},
		{"an agent that is none is named", "jdk25-container-init-agent-foreign", "-agentpath:/app/libprovoke.so", "agent library"},
		{"a signal of its own is about kill", "jdk25-killed-by-itself", "sent the signal to itself", "native libraries"},
		{"a safepoint timeout names the loop", "jdk25-safepoint-timeout", "did not reach a safepoint", "Sp.spin; raise -XX:SafepointTimeoutDelay"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(leaving(t, 134, c.file))
			if len(findings) != 1 {
				t.Fatalf("findings %v", told(findings))
			}
			if !strings.Contains(findings[0].Cause, c.cause) || !strings.Contains(findings[0].Remedy, c.remedy) {
				t.Errorf("cause %q, remedy %q", findings[0].Cause, findings[0].Remedy)
			}
		})
	}
}

// crashHeader is what a crash prints, in as few lines as it takes.
const crashHeader = `#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f0a87ad430c, pid=1, tid=7
#
# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6-LTS)
# Java VM: OpenJDK 64-Bit Server VM (17.0.15+6-LTS, mixed mode, linux-amd64)
# Problematic frame:
# V  [libjvm.so+0xed430c]  Unsafe_GetLong+0x12c
#
`

func TestCrashesThatCount(t *testing.T) {
	const crashed = "The JVM crashed with SIGSEGV in the JVM itself (libjvm.so, Unsafe_GetLong); Java 17.0.15+6."
	unknown := died(0, crashHeader)
	unknown.ExitUnknown = true
	alive := died(0, crashHeader)
	alive.Exited = false
	for _, c := range []struct {
		name     string
		death    Death
		severity finding.Severity
	}{
		{"of process 1", died(139, crashHeader), finding.Error},
		{"under a shell", died(134, crashHeader), finding.Error},
		{"of a child, whose parent ends with a code of its own", died(1, crashHeader), finding.Error},
		{"in a saved log", unknown, finding.Error},
		{"of a child, while the main process lives on", alive, finding.Warning},
		{"of a child, whose parent ends well", died(0, crashHeader), finding.Warning},
		{"of a child, whose parent is stopped", died(143, crashHeader), finding.Warning},
		{"behind the launcher's time stamps", died(139, prefixed("2021-09-29T02:00:11.%03dZ ", crashHeader)), finding.Error},
		{"behind a name and a bar", died(139, prefixed("app-1  | ", crashHeader)), finding.Error},
		{"behind a log framework", died(139, prefixed("2021-09-29 02:00:11.%03d  INFO 7 --- [main] c.e.Runner : ", crashHeader)), finding.Error},
		{"with lost marks", died(139, strings.ReplaceAll(strings.ReplaceAll(crashHeader, "# ", ""), "#\n", "\n")), finding.Error},
		{"with doubled lines", died(139, doubled(crashHeader)), finding.Error},
		{"with carriage returns", died(139, strings.ReplaceAll(crashHeader, "\n", "\r\n")), finding.Error},
		{"newest first", died(139, upsideDown(crashHeader)), finding.Error},
		{"with the first lines lost", died(139, crashHeader[strings.Index(crashHeader, "#  SIGSEGV"):]), finding.Error},
		{"with another thread's words in between", died(139, strings.ReplaceAll(crashHeader, "#\n", "#\n[thread 12 also had an error]\n")), finding.Error},
		{"with another thread's words within the frame", died(139, strings.Replace(crashHeader, "  Unsafe_GetLong+0x12c", "[thread 12 also had an error]\n  Unsafe_GetLong+0x12c", 1)), finding.Error},
		{"with the same report on the other stream within the frame", died(139, strings.Replace(crashHeader, "  Unsafe_GetLong+0x12c", "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n  Unsafe_GetLong+0x12c", 1)), finding.Error},
		{"with a warning within the frame", died(139, strings.Replace(crashHeader, "# V  [", "# VWARNING: A terminally deprecated method in sun.misc.Unsafe has been called\n  [", 1)), finding.Error},
		{"with a warning behind the frame's name", died(139, strings.Replace(crashHeader, "Unsafe_GetLong+0x12c", "Unsafe_GetLongWARNING: A terminally deprecated method has been called\n+0x12c", 1)), finding.Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(c.death)
			if len(findings) != 1 || findings[0].Rule != crashSignal {
				t.Fatalf("findings %v", told(findings))
			}
			f := findings[0]
			if diff := cmp.Diff(crashed, f.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if f.Severity != c.severity {
				t.Errorf("severity %s, want %s", f.Severity, c.severity)
			}
			if f.Crash == nil || f.Fingerprint != crashFingerprint(*f.Crash) || f.Fingerprint == "" {
				t.Errorf("crash %+v, fingerprint %q", f.Crash, f.Fingerprint)
			}
		})
	}
}

func TestQuotedCrashesDoNotCount(t *testing.T) {
	quiet := func(output string) Death {
		d := died(0, output)
		d.Exited = false
		return d
	}
	signal := "#  SIGSEGV (0xb) at pc=0x00007f0a87ad430c, pid=1, tid=7\n"
	checkDeaths(t, []deathCase{
		{name: "the first line alone", death: died(1, "# A fatal error has been detected by the Java Runtime Environment:\nsee the manual\n")},
		{name: "the signal's line alone", death: died(1, signal+"see the manual\n")},
		{name: "indented", death: died(139, prefixed("    ", crashHeader))},
		{name: "in quotation marks", death: died(139, prefixed("> ", crashHeader))},
		{name: "within a sentence", death: died(1, "INFO Look for '# A fatal error has been detected by the Java Runtime Environment:' in the log\n"+signal)},
		{name: "with words behind it", death: died(1, "# A fatal error has been detected by the Java Runtime Environment: see below\n"+signal)},
		{name: "a part of it in a service that runs", death: quiet("# A fatal error has been detected by the Java Runtime Environment:\n#\n" + signal)},
		{name: "an abort that no JVM reports", death: died(134, "free(): invalid pointer\n", "java")},
		{name: "an assertion of a native program", death: died(134, "app: main.c:12: main: Assertion `x > 0' failed.\n", "/app")},
	})
}

func prefixed(prefix, text string) string {
	var b strings.Builder
	number := 7
	for line := range strings.Lines(text) {
		number += 13
		stamp := strings.Replace(prefix, "%03d", strings.Repeat("0", number%3)+"1"+strings.Repeat("9", 2-number%3), 1)
		b.WriteString(stamp + line)
	}
	return b.String()
}

func doubled(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(line + line)
	}
	return b.String()
}

func upsideDown(text string) string {
	var b strings.Builder
	all := strings.SplitAfter(text, "\n")
	for i := len(all) - 1; i >= 0; i-- {
		b.WriteString(all[i])
	}
	return b.String()
}

func TestAHeaderOnOneStreamDoesNotHideTheReportOnTheOther(t *testing.T) {
	text := hserrFiles(t)["jdk17-jvm-sigsegv"]
	want := fingerprintOf(t, text)
	header, _, _ := strings.Cut(text, "---------------  S U M M A R Y")
	head, report := lines(header), lines(text)
	rapid.Check(t, func(t *rapid.T) {
		d := Death{Exited: true, ExitCode: 139}
		add := func(stream string, l Line) {
			d.Lines = append(d.Lines, Line{Number: len(d.Lines) + 1, Stream: stream, Text: l.Text})
		}
		next, at := 0, rapid.IntRange(0, 80).Draw(t, "first")
		for i, l := range report {
			for next < len(head) && at <= i {
				add("stdout", head[next])
				next++
				at += rapid.IntRange(0, 6).Draw(t, "gap")
			}
			add("stderr", l)
		}
		findings := Diagnose(d)
		if len(findings) != 1 || findings[0].Fingerprint != want {
			t.Errorf("found %s, want one finding with the fingerprint %s", told(findings), want)
		}
	})
}
