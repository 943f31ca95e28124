package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// The texts are those of JDK 17 and 25, which print the same.
func TestHeap(t *testing.T) {
	checkGraded(t, []deathCase{
		{name: "the error ends main", death: ended(1, "loading people\n",
			"Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat H.main(H.java:2)\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the JVM is told to end", death: ended(3, "loading people\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n", ""),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "the JVM is told to end, and only the log is left", death: savedLog("loading people\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n"),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "the JVM ends in the middle of a line of the application's", death: ended(3, "loading Terminating due to java.lang.OutOfMemoryError: Java heap space\npeople\n", ""),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "a supervisor starts the JVM again", death: lives("Terminating due to java.lang.OutOfMemoryError: Java heap space\nrestarting\n", ""),
			want: []string{"warning jvm-oom-heap: The Java heap was full; the process lived on."}},
		{name: "an array is longer than any heap", death: ended(1, "",
			"Exception in thread \"main\" java.lang.OutOfMemoryError: Requested array size exceeds VM limit\n\tat A.main(A.java:1)\n"),
			want: []string{`error jvm-oom-heap: The program asked for an array that is longer than any heap has room for, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the heap is dumped first", death: ended(1, "loading people\njava.lang.OutOfMemoryError: Java heap space\nDumping heap to /work/java_pid1.hprof ...\n"+
			"Heap dump file created [17872152 bytes in 0.013 secs]\n", "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat H.main(H.java:2)\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the heap is dumped, and the process lives on", death: lives("java.lang.OutOfMemoryError: Java heap space\nDumping heap to java_pid1.hprof ...\n"+
			"Heap dump file created [17872152 bytes in 0.013 secs]\nworking\n", ""),
			want: []string{"warning jvm-oom-heap: The Java heap was full; the process lived on."}},
		{name: "a command kills the JVM", death: ended(137, "#\n# java.lang.OutOfMemoryError: Java heap space\n# -XX:OnOutOfMemoryError=\"kill -9 %p\"\n"+
			"#   Executing /bin/sh -c \"kill -9 1\"...\n", ""),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the command of -XX:OnOutOfMemoryError killed the JVM."}},
		{name: "a command only takes note, and main ends", death: ended(1, "#\n# java.lang.OutOfMemoryError: Java heap space\n# -XX:OnOutOfMemoryError=\"echo dying\"\n"+
			"#   Executing /bin/sh -c \"echo dying\"...\ndying\n", "Exception in thread \"main\" java.lang.OutOfMemoryError: Java heap space\n\tat H.main(H.java:2)\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "main"; the process exited with 1.`}},
	})
}

func TestHeapThatCrashesTheJVMOnPurpose(t *testing.T) {
	d := ended(139, "loading people\nAborting due to java.lang.OutOfMemoryError: Java heap space\n#\n"+
		"# A fatal error has been detected by the Java Runtime Environment:\n#\n#  Internal Error (debug.cpp:362), pid=1, tid=7\n"+
		"#  fatal error: OutOfMemory encountered: Java heap space\n#\n", "")
	first := Diagnose(d)[0]
	want := "jvm-oom-heap: The Java heap was full, and the JVM crashed itself on purpose (CrashOnOutOfMemoryError)."
	if diff := cmp.Diff(want, told([]finding.Finding{first})[0]); diff != "" {
		t.Errorf("first finding (-want +got):\n%s", diff)
	}
}

func TestHeapDumpThatCouldNotBeWritten(t *testing.T) {
	f := Diagnose(ended(3, "java.lang.OutOfMemoryError: Java heap space\nDumping heap to /dumps/java_pid1.hprof ...\n"+
		"Unable to create /dumps/java_pid1.hprof: File exists\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n", ""))[0]
	want := "The heap dump that would show what filled it could not be written to /dumps/java_pid1.hprof: file exists. The dump of an earlier run " +
		"stands there, and has the same name at every start."
	if diff := cmp.Diff(want, f.Cause); diff != "" {
		t.Errorf("cause (-want +got):\n%s", diff)
	}
	if !strings.Contains(f.Remedy, "remove the old dump first") {
		t.Errorf("remedy %q", f.Remedy)
	}
	var got []int
	for _, e := range f.Evidence {
		got = append(got, e.Line)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, got); diff != "" {
		t.Errorf("lines of evidence (-want +got):\n%s", diff)
	}
}

func TestHeapIsComparedWithTheContainersLimit(t *testing.T) {
	const end = "Terminating due to java.lang.OutOfMemoryError: Java heap space\n"
	for _, c := range []struct {
		name           string
		stdout         string
		entrypoint     []string
		message, cause string
	}{
		{"set on the command line", end, []string{"java", "-Xmx64m", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app.jar"}, "(it may grow to 64MiB)", "The heap may take 64MiB (25%) of the container's 256MiB."},
		{"set twice, where the last one wins", end, []string{"sh", "-c", "java -Xmx64m -Xmx128m -jar /app.jar"}, "(it may grow to 128MiB)", "The heap may take 128MiB (50%) of the container's 256MiB."},
		{"set by an environment variable", "Picked up JAVA_TOOL_OPTIONS: -Xmx1g\n" + end, []string{"java", "App"}, "(it may grow to 1GiB)", "The heap may take 1GiB (400%) of the container's 256MiB."},
		{"set by a buildpack", "Calculated JVM Memory Configuration: -XX:MaxDirectMemorySize=10M -Xmx73728K -XX:MaxMetaspaceSize=79M (Total Memory: 256M)\n" + end, nil,
			"(it may grow to 72MiB)", "The heap may take 72MiB (28%) of the container's 256MiB."},
		{"set by nobody", end, []string{"java", "-jar", "/app-Xmx1g.jar"}, "was full,",
			"No -Xmx is known of: unless told otherwise the JVM takes for its heap a quarter of the container's memory, which is limited to 256MiB."},
		{"set as a part of the memory", end, []string{"java", "-XX:MaxRAMPercentage=75", "App"}, "was full,", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ended(3, c.stdout, "")
			d.MemoryLimit, d.Entrypoint = 256*mib, c.entrypoint
			f := Diagnose(d)[0]
			if !strings.Contains(f.Message, c.message) {
				t.Errorf("message %q lacks %q", f.Message, c.message)
			}
			if diff := cmp.Diff(c.cause, f.Cause); diff != "" {
				t.Errorf("cause (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHeapThatOnlyTheErrorFileTellsOf(t *testing.T) {
	d := ended(139, "", "")
	d.Files = []File{{Path: "/work/hs_err_pid1.log", Text: "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n" +
		"#  Internal Error (debug.cpp:362), pid=1, tid=7\n#  fatal error: OutOfMemory encountered: Java heap space\n#\n# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6)\n"}}
	f := Diagnose(d)[0]
	want := "jvm-oom-heap: The Java heap was full, and the JVM crashed itself on purpose (CrashOnOutOfMemoryError)."
	if diff := cmp.Diff(want, told([]finding.Finding{f})[0]); diff != "" {
		t.Errorf("first finding (-want +got):\n%s", diff)
	}
	if len(f.Evidence) == 0 || f.Evidence[0].Source != "/work/hs_err_pid1.log" {
		t.Errorf("evidence %+v", f.Evidence)
	}
}
