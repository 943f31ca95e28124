package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// j9Segfault is what OpenJ9 prints of a crash in a JNI library, shortened; made after public reports.
const j9Segfault = "Unhandled exception\n" +
	"Type=Segmentation error vmState=0x00040000\n" +
	"J9Generic_Signal_Number=00000018 Signal_Number=0000000b Error_Value=00000000 Signal_Code=00000001\n" +
	"Handler1=00007F477C4A1D20 Handler2=00007F477C27C4A0 InaccessibleAddress=0000000000000000\n" +
	"RDI=00007F4774012B00 RSI=00007F477D0E4A40 RAX=0000000000000000 RBX=0000000000000000\n" +
	"Module=/app/libnative.so\n" +
	"Module_base_address=00007F47606CC000 Symbol=Java_App_call\n" +
	"Symbol_address=00007F47606CC61A\n" +
	"Target=2_90_20240101_1 (Linux 5.10.0-28-amd64)\n" +
	"CPU=amd64 (4 logical CPUs) (0x1f27fd000 RAM)\n" +
	"----------- Stack Backtrace -----------\n" +
	"Java_App_call+0x2c (0x00007F47606CC646 [libnative.so+0x646])\n" +
	"(0x00007F477C44E314 [libj9vm29.so+0x141314])\n" +
	"---------------------------------------\n" +
	"JVMDUMP039I Processing dump event \"gpf\", detail \"\" at 2026/03/01 04:16:02 - please wait.\n" +
	"JVMDUMP032I JVM requested System dump using '/app/core.20260301.041602.1.0001.dmp' in response to an event\n" +
	"JVMDUMP010I System dump written to /app/core.20260301.041602.1.0001.dmp\n" +
	"JVMDUMP032I JVM requested Java dump using '/app/javacore.20260301.041602.1.0002.txt' in response to an event\n" +
	"JVMDUMP010I Java dump written to /app/javacore.20260301.041602.1.0002.txt\n" +
	"JVMDUMP013I Processed dump event \"gpf\", detail \"\".\n"

const j9Memory = "JVMDUMP039I Processing dump event \"systhrow\", detail \"java/lang/OutOfMemoryError\" at 2026/03/01 04:16:02 - please wait.\n" +
	"JVMDUMP032I JVM requested Java dump using '/app/javacore.20260301.041602.1.0002.txt' in response to an event\n" +
	"JVMDUMP010I Java dump written to /app/javacore.20260301.041602.1.0002.txt\n" +
	"JVMDUMP013I Processed dump event \"systhrow\", detail \"java/lang/OutOfMemoryError\".\n"

func TestOpenJ9(t *testing.T) {
	javacore := func(d Death, text string) Death {
		d.Files = []File{{Path: "/app/javacore.20260301.041602.1.0002.txt", Text: text}}
		return d
	}
	const title = "0SECTION       TITLE subcomponent dump routine\nNULL           ===============================\n"
	checkGraded(t, []deathCase{
		{name: "a crash", death: died(139, j9Segfault),
			want: []string{"error openj9-dump: The JVM (OpenJ9) crashed with SIGSEGV (segmentation error) in libnative.so, Java_App_call."}},
		{name: "a crash, and what the javacore says of the JVM",
			death: javacore(died(134, j9Segfault), title+"1TISIGINFO     Dump Event \"gpf\" (00002000) received \n1CIJAVAVERSION JRE 17 Linux amd64-64 (build 17.0.10+7)\n"),
			want:  []string{"error openj9-dump: The JVM (OpenJ9) crashed with SIGSEGV (segmentation error) in libnative.so, Java_App_call; it is JRE 17 Linux amd64-64 (build 17.0.10+7)."}},
		{name: "only the javacore is left",
			death: javacore(died(139, ""), title+"1TISIGINFO     Dump Event \"gpf\" (00002000) received \n"),
			want:  []string{"error openj9-dump: The JVM (OpenJ9) crashed and wrote a javacore."}},
		{name: "a crash of a child", death: Death{Lines: lines(j9Segfault)},
			want: []string{"warning openj9-dump: The JVM (OpenJ9) crashed with SIGSEGV (segmentation error) in libnative.so, Java_App_call."}},
		{name: "an OutOfMemoryError that it outlives",
			death: javacore(Death{Lines: lines(j9Memory)}, title+"1TISIGINFO     Dump Event \"systhrow\" (00040000) Detail \"java/lang/OutOfMemoryError\" \"Java heap space\" received \n"),
			want:  []string{"warning openj9-dump: The JVM (OpenJ9) wrote its dumps because of an OutOfMemoryError (Java heap space)."}},
		{name: "an OutOfMemoryError that ends it", death: died(1, j9Memory+"Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat App.main(App.java:1)\n"),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the error ended the thread \"main\"; the process exited with 1.",
				"error openj9-dump: The JVM (OpenJ9) wrote its dumps because of an OutOfMemoryError."}},

		{name: "somebody asked for a dump", death: died(1, "JVMDUMP039I Processing dump event \"user\", detail \"\" at 2026/03/01 04:16:02 - please wait.\nJVMDUMP013I Processed dump event \"user\", detail \"\".\n")},
		{name: "another language's words", death: died(1, "Unhandled exception\n  at Program.Main()\n")},
	})
}

func TestACrashOfOpenJ9IsReadAndHasAFingerprint(t *testing.T) {
	d := died(139, j9Segfault)
	d.Files = []File{{Path: "/app/javacore.1.txt", Text: "0SECTION       TITLE subcomponent dump routine\n1TISIGINFO     Dump Event \"gpf\" (00002000) received \n1CIJAVAVERSION JRE 17 Linux amd64-64 (build 17.0.10+7)\n"}}
	findings := Diagnose(d)
	if len(findings) != 1 || findings[0].Crash == nil {
		t.Fatalf("got %v", findings)
	}
	c := findings[0].Crash
	got := []string{c.Signal, c.Frame.Library, c.Frame.Symbol, c.Frame.Offset, c.VM, c.NativeFrames[1].Library, c.Error}
	want := []string{"SIGSEGV", "libnative.so", "Java_App_call", "0x646", "OpenJ9 2_90_20240101_1", "libj9vm29.so", "Segmentation error, vmState=0x00040000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("crash (-want +got):\n%s", diff)
	}
	if findings[0].Fingerprint == "" || c.Release != 17 {
		t.Errorf("fingerprint %q, release %d", findings[0].Fingerprint, c.Release)
	}
}
