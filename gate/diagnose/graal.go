package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const graalCrash = "graal-native-crash"

var graalMarkers = []marker{
	{text: "SegfaultHandler caught ", follow: 8},
	{text: "Stacktrace for the failing thread ", follow: 12},
	{text: "does not support all of the following CPU features that are required by the image", follow: 1},
	{text: "Failed to create the main Isolate."},
}

// What the run-time of native executables prints (SubstrateSegfaultHandler, SubstrateDiagnostics, CPUFeatureAccess,
// JavaMainWrapper). From public sources and reports; there is no such compiler here.
var (
	graalSegfault = lazyregexp.MustCompile(`^\[ \[ (?:Substrate)?SegfaultHandler caught (a segfault|signal \d+)(?: in thread (0x[0-9a-f]+))?\.? \] \]$`)
	graalDumps    = lazyregexp.MustCompile(`^(?:siginfo: |General purpose register (?:contents|values):|General Purpose Register Set Values:|\[ \[ (?:Substrate)?SegfaultHandler caught )`)
	graalStack    = lazyregexp.MustCompile(`^Stacktrace for the failing thread `)
	graalFrame    = lazyregexp.MustCompile(`^\s+(?:[A-Za-z]\s+)?SP 0x[0-9a-f]+ IP 0x[0-9a-f]+ (?:size=\S+ )?\s*(?:\[(?:image|jit|aot)[^\]]*\] )?(\S.+)$`)
	graalFeatures = lazyregexp.MustCompile(`^The current machine does not support all of the following CPU features that are required by the image: \[(.+)\]\.?$`)
	graalIsolate  = lazyregexp.MustCompile(`Failed to create the main Isolate\.(?: \(code (\d+)\))?$`)
)

// judgeGraal looks for a native executable of GraalVM that crashed or refused to start.
func judgeGraal(s scene) (finding.Finding, bool) {
	if !s.Exited || s.ExitCode == 0 && !s.ExitUnknown {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0; i-- {
		text := s.output[i].Text
		if m := graalSegfault.FindStringSubmatch(text); m != nil && s.graalDump(i) {
			return s.graalSegfault(i, m), true
		}
		if s.after(i) > afterLauncherly {
			continue
		}
		if m := graalFeatures.FindStringSubmatch(text); m != nil {
			return report(graalCrash,
				fmt.Sprintf("The native executable needs a processor with %s, and this one does not have all of that.", brief(m[1])),
				"It was compiled for a newer processor than it runs on: x86-64-v3 is the default, or -march=native of the build machine.",
				"Compile with -march=compatibility (native-image; BP_NATIVE_IMAGE_BUILD_ARGUMENTS with Paketo), or run it on a newer processor.",
				s.output[i].evidence()), true
		}
		if m := graalIsolate.FindStringSubmatch(text); m != nil {
			return report(graalCrash, "The native executable could not set up its heap"+graalCode(m[1])+".",
				"There is not enough memory or address space for its image and heap, or the file is damaged.",
				"Raise the container's memory limit, or lower -Xmx or -XX:MaxHeapSize.", s.output[i].evidence()), true
		}
	}
	return finding.Finding{}, false
}

func graalCode(code string) string {
	if code == "" {
		return ""
	}
	return " (code " + code + ")"
}

// graalDump reports whether the handler's own dump follows a line of its: nobody else prints one.
func (s scene) graalDump(i int) bool {
	for _, l := range s.below(i, 8) {
		if graalDumps.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// graalSegfault reports a crash, and where it was, if the handler came so far.
func (s scene) graalSegfault(i int, m []string) finding.Finding {
	c := finding.Crash{Kind: finding.CrashSignal, Signal: "SIGSEGV", SignalNumber: 11, Vendor: "GraalVM Native Image", Thread: m[2]}
	evidence := []finding.Evidence{s.output[i].evidence()}
	for j := i + 1; j < len(s.output); j++ {
		if !graalStack.MatchString(s.output[j].Text) || s.output[j].Stream != s.output[i].Stream {
			continue
		}
		for _, l := range s.below(j, 40) {
			f := graalFrame.FindStringSubmatch(l.Text)
			if f == nil {
				break
			}
			if c.Frame == nil {
				evidence = append(evidence, l.evidence())
				c.Frame = &finding.Frame{Kind: "A", Symbol: graalMethod(f[1]), Text: strings.TrimSpace(l.Text)}
			}
			c.JavaFrames = append(c.JavaFrames, finding.Frame{Kind: "A", Symbol: graalMethod(f[1]), Text: strings.TrimSpace(l.Text)})
		}
		break
	}
	message := "The native executable (GraalVM) crashed with a segmentation fault"
	if c.Frame != nil {
		message += " in " + brief(c.Frame.Symbol)
	}
	f := report(graalCrash, message+".",
		"Native code that it calls, Unsafe, or the compiler's own fault; reflection and resources that are missing look different.",
		"Try the newest release of GraalVM; build with -O0 or -g and look at the frames above the handler; run the same application on a JVM to tell whose fault it is.", evidence...)
	f.Crash, f.Fingerprint = &c, crashFingerprint(c)
	return f
}

// graalMethod takes the file and line off a frame: com.acme.A.b(A.java:1).
func graalMethod(frame string) string {
	method, _, _ := strings.Cut(frame, "(")
	return strings.TrimSpace(method)
}
