package report

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// crashReport is a crash of which everything is known.
func crashReport() *finding.Crash {
	frame := func(kind, library, offset, symbol string) finding.Frame {
		return finding.Frame{Kind: kind, Library: library, Offset: offset, Symbol: symbol, Text: kind + "  [" + library + "+" + offset + "]  " + symbol}
	}
	top := frame("V", "libjvm.so", "0xb2a2f7", "VirtualMemoryTracker::add_reserved_region(unsigned char*, unsigned long)")
	return &finding.Crash{
		Kind: finding.CrashSignal, Signal: "SIGSEGV", SignalNumber: 11, Code: "SEGV_MAPERR", SentBy: "kill", FaultAddress: "0x0000000000000018",
		PC: "0x00007f3d1c0a92f7", PID: 1, TID: "23", Site: "debug.cpp:362", Error: "guarantee(x) failed: y", Frame: &top,
		JRE: "OpenJDK Runtime Environment (8.0_302-b08) (build 1.8.0_302-b08)", VM: "OpenJDK 64-Bit Server VM (25.302-b08 mixed mode linux-amd64)",
		Version: "8.0_302-b08", Release: 8, Vendor: "BellSoft", Thread: `JavaThread "main" [_thread_in_vm, id=23]`,
		Operation: "G1CollectForAllocation", Compilation: "C2: 1021 java.lang.String::hashCode (55 bytes)",
		NativeFrames: []finding.Frame{
			top, frame("V", "libjvm.so", "0x8d1c40", "os::reserve_memory(unsigned long)"), frame("V", "libjvm.so", "0x5a2e10", "CodeHeap::reserve"),
			frame("V", "libjvm.so", "0x4b1f00", "codeCache_init()"), frame("V", "libjvm.so", "0x6c0a20", "init_globals()"),
			frame("C", "libpthread.so.0", "0x76db", "start_thread"),
		},
		JavaFrames:  []finding.Frame{{Kind: "j", Symbol: "sun.misc.Unsafe.getLong(J)J", Text: "j  sun.misc.Unsafe.getLong(J)J+0"}},
		CommandLine: "-Xmx256m org.springframework.boot.loader.JarLauncher", Options: []string{"-Xmx256m", "-XX:NativeMemoryTracking=summary"},
		Libc: "glibc 2.31", Host: "4 cores, 15G", MemoryLimit: 512 << 20, CPUs: 1.5, Elapsed: 120 * time.Millisecond,
		File: "/workspace/hs_err_pid1.log", Missing: []string{"the heap", "the end"},
	}
}

// crashedLog is what a log with a crash in it tells.
func crashedLog() gate.InputReport {
	f := found("jvm-crash-signal", "The JVM crashed with SIGSEGV in VirtualMemoryTracker::add_reserved_region (libjvm.so).",
		"The native memory tracking of this Java 8 is broken.",
		finding.Evidence{Source: "logs/ndw-etl.log", Line: 5, Text: "#  SIGSEGV (0xb) at pc=0x00007f3d1c0a92f7, pid=1, tid=23"},
		finding.Evidence{Source: "logs/ndw-etl.log", Line: 13, Text: "# V  [libjvm.so+0xb2a2f7]  VirtualMemoryTracker::add_reserved_region"})
	f.Crash, f.Fingerprint = crashReport(), "3f9c1d0a77b2e418"
	f.Known = &finding.Known{ID: "java8-native-memory-tracking", Link: "https://github.com/paketo-buildpacks/libjvm/pull/105"}
	return gate.InputReport{File: "logs/ndw-etl.log", Lines: 17, Findings: []finding.Finding{f}}
}

// mixedLog is what the log of two services tells, one of which ran out of memory and lived on.
func mixedLog() gate.InputReport {
	f := found("jvm-oom-heap", "The Java heap was full, and the process lived on.", "", finding.Evidence{Source: "app-1", Line: 40_212, Text: "java.lang.OutOfMemoryError: Java heap space"})
	f.Severity, f.Fingerprint = finding.Warning, "77aa0011"
	return gate.InputReport{File: "compose.log", Lines: 91_034, Findings: []finding.Finding{f}}
}

// suppressedLog is what a log tells of a crash that is set aside.
func suppressedLog() gate.InputReport {
	in := crashedLog()
	in.Findings[0].Suppressed = &finding.Suppression{Reason: "the old job crashes until it is replaced", Owner: "platform", Until: "2027-01-31"}
	return in
}

func diagnosisOf(inputs ...gate.InputReport) gate.Diagnosis {
	d := gate.Diagnosis{Verdict: finding.Pass, Inputs: inputs}
	for _, in := range inputs {
		d.Verdict = finding.Worse(d.Verdict, finding.Of(in.Findings))
	}
	return d
}

// diagnoses are the diagnoses of the golden files, by file name.
func diagnoses() map[string]gate.Diagnosis {
	healthy := gate.InputReport{File: "boot.log", Lines: 3402}
	return map[string]gate.Diagnosis{
		"diagnosed":   diagnosisOf(crashedLog()),
		"unexplained": diagnosisOf(healthy),
		"quoted":      diagnosisOf(gate.InputReport{File: "chat.log", Lines: 210, Quoted: 44}),
		"warned":      diagnosisOf(mixedLog()),
		"suppressed":  diagnosisOf(suppressedLog()),
		"inputs":      diagnosisOf(crashedLog(), healthy, mixedLog(), crashedLog()),
		"unread":      diagnosisOf(crashedLog(), gate.InputReport{File: "gone.log", Error: fs.ErrNotExist}, gate.InputReport{File: "cut.log.gz", Lines: 12, Error: errors.New("unexpected EOF")}),
	}
}

func diagnosis(t testing.TB, format string, d gate.Diagnosis, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDiagnosis(format, &b, d, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenDiagnoses(t *testing.T) {
	forms := map[string]func(*testing.T, gate.Diagnosis) []byte{
		"txt": func(t *testing.T, d gate.Diagnosis) []byte { return diagnosis(t, FormatText, d, Options{}) },
		"color.txt": func(t *testing.T, d gate.Diagnosis) []byte {
			return diagnosis(t, FormatText, d, Options{Text: TextOptions{Color: true, Width: 80}})
		},
		"json": func(t *testing.T, d gate.Diagnosis) []byte { return diagnosis(t, FormatJSON, d, Options{}) },
		"md":   func(t *testing.T, d gate.Diagnosis) []byte { return diagnosis(t, FormatMarkdown, d, Options{}) },
		"github": func(t *testing.T, d gate.Diagnosis) []byte {
			step := newStep(t)
			log := diagnosis(t, FormatGitHub, d, Options{Env: step.env, Random: step, ReportPath: "diagnosis.json"})
			return append(log, []byte("=== GITHUB_OUTPUT\n"+step.output(t)+"=== GITHUB_STEP_SUMMARY\n"+step.summary(t))...)
		},
	}
	for sample, d := range diagnoses() {
		for form, write := range forms {
			if strings.Contains(form, ".") && sample != "inputs" {
				continue
			}
			t.Run(sample+" as "+form, func(t *testing.T) { golden(t, "diagnosis-"+sample+"."+form, write(t, d)) })
		}
	}
}

func TestTheReasonOfADiagnosisIsOneLine(t *testing.T) {
	for sample, want := range map[string]string{
		"diagnosed":   "fail: logs/ndw-etl.log: jvm-crash-signal: The JVM crashed with SIGSEGV in VirtualMemoryTracker::add_reserved_region (libjvm.so).",
		"unexplained": "pass: nothing in boot.log explains a death",
		"suppressed":  "pass: only what is suppressed in logs/ndw-etl.log",
		"warned":      "pass: only warnings in compose.log",
		"inputs":      "fail: 2 of 4 inputs: logs/ndw-etl.log (jvm-crash-signal), logs/ndw-etl.log (jvm-crash-signal)",
		"unread":      "error: reading gone.log: file does not exist (and 1 more could not be read)",
	} {
		t.Run(sample, func(t *testing.T) {
			if got := DiagnosisReason(diagnoses()[sample]); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestAnUnknownFormatOfADiagnosisIsRefused(t *testing.T) {
	err := WriteDiagnosis("xml", &bytes.Buffer{}, gate.Diagnosis{}, Options{})
	var unknown *UnknownFormatError
	if !errors.As(err, &unknown) {
		t.Errorf("got error %v", err)
	}
}

func TestALongDiagnosisStaysUnderTheLimit(t *testing.T) {
	var many []gate.InputReport
	for range 2000 {
		many = append(many, crashedLog())
	}
	for _, limit := range []int{SummaryLimit, 65_536, 1000, 1} {
		got := diagnosisMarkdown(diagnosisOf(many...), limit)
		if len(got) > limit {
			t.Errorf("%d bytes, limit %d", len(got), limit)
		}
		if len(got) > 0 && !bytes.HasSuffix(got, []byte(" in the JSON report._\n")) {
			t.Errorf("does not say what was left out: …%q", got[max(0, len(got)-100):])
		}
	}
}
