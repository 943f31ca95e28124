package diagnose

import (
	"strings"
	"testing"
)

func TestAbortsThatShowAsCrashes(t *testing.T) {
	aborting := func(before, after string) Death {
		d := leaving(t, 127, "jdk17-container-native-abort")
		report := strings.ReplaceAll(strings.ReplaceAll(crashHeader, "0x00007f0a87ad430c, pid=1, tid=7", "0x00007f429e94e50f, pid=1, tid=7"),
			"V  [libjvm.so+0xed430c]  Unsafe_GetLong+0x12c", "C  [libc.so.6+0x2650f]  abort+0x170")
		d.Lines = lines(before + report + after)
		return d
	}
	const called, java = "jvm-crash-signal: Native code in the JVM's process called abort()", "; Java 17.0.15+6 (Debian), 69 ms after its start."
	checkDeaths(t, []deathCase{
		{name: "without a word", death: aborting("", ""), want: []string{called + java}},
		{name: "after memory was freed that was not its own", death: aborting("free(): invalid pointer\n", ""), want: []string{called + ": free(): invalid pointer" + java}},
		{name: "after an assertion", death: aborting("java: table.c:47: look: Assertion `n > 0' failed.\n", ""), want: []string{called + ": java: table.c:47: look: Assertion `n > 0' failed" + java}},
		{name: "with the words on the other stream, behind the report", death: aborting("", "*** stack smashing detected ***: terminated\n"),
			want: []string{called + ": *** stack smashing detected ***: terminated" + java}},
		{name: "with a stack in between", death: aborting("FATAL ERROR in native method: no transports\n"+strings.Repeat("V  [libjvm.so+0x1]  f+0x1\n", 12), ""),
			want: []string{called + ": FATAL ERROR in native method: no transports" + java}},
	})
	f := Diagnose(aborting("free(): invalid pointer\n", ""))[0]
	if f.Evidence[0].Text != "free(): invalid pointer" || !strings.Contains(f.Remedy, "Provoke.die") || !strings.Contains(f.Cause, "freed memory") {
		t.Errorf("evidence %v, cause %q, remedy %q", f.Evidence[0], f.Cause, f.Remedy)
	}
}
