package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const savedAs = "# An error report file with more information is saved as:\n# /work/hs_err_pid1.log\n"

func TestNativeMemory(t *testing.T) {
	const refused = "error jvm-oom-native-memory: The operating system refused the JVM "
	checkGraded(t, []deathCase{
		{name: "a heap larger than the host, on JDK 17 and 25", death: ended(1, "#\n# "+noMemory+"\n# Native memory allocation (mmap) failed to map 966367641600 bytes. Error detail: committing reserved memory.\n"+savedAs,
			"OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x00007eedc8000000, 966367641600, 0) failed; error='Not enough space' (errno=12)\n"),
			want: []string{refused + "900GiB of memory (committing reserved memory; not enough space, errno 12), and it ended."}},
		{name: "a heap larger than the host, on JDK 8 and 11", death: ended(1, "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory(0x00000006c0000000, 1073741824, 0) failed; error='Cannot allocate memory' (errno=12)\n"+
			"#\n# "+noMemory+"\n# Native memory allocation (mmap) failed to map 1073741824 bytes for committing reserved memory.\n"+savedAs, ""),
			want: []string{refused + "1GiB of memory (committing reserved memory; cannot allocate memory, errno 12), and it ended."}},
		{name: "a little memory while the application runs", death: ended(1, "Serving\n#\n# "+noMemory+"\n# Native memory allocation (malloc) failed to allocate 104 bytes. Error detail: AllocateHeap\n"+savedAs+
			"#\n# Can't open file to dump replay data. Error: Not enough space\n", "Exception in thread \"main\" java.lang.OutOfMemoryError\n"),
			want: []string{refused + "104B of memory (AllocateHeap), and it ended."}},
		{name: "space for classes, and only the log is left, without the marks", death: savedLog(noMemory + "\nNative memory allocation (mmap) failed to map 67108864 bytes. Error detail: Failed to reserve memory for metaspace\n"),
			want: []string{refused + "64MiB of memory (Failed to reserve memory for metaspace), and it ended."}},
		{name: "memory for a direct buffer", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Unable to allocate 1048576 bytes\n"+
			"\tat java.base/jdk.internal.misc.Unsafe.allocateMemory(Unsafe.java:638)\n\tat java.base/java.nio.DirectByteBuffer.<init>(DirectByteBuffer.java:112)\n"),
			want: []string{`error jvm-oom-native-memory: The operating system refused the program 1MiB of memory outside the heap, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "a file to map", death: ended(1, "", "Exception in thread \"main\" java.io.IOException: Map failed\n\tat java.base/sun.nio.ch.FileChannelImpl.mapInternal(FileChannelImpl.java:1127)\n\tat MF.main(MF.java:2)\n"+
			"Caused by: java.lang.OutOfMemoryError: Map failed\n\tat java.base/sun.nio.ch.FileChannelImpl.map0(Native Method)\n\t... 2 more\n"),
			want: []string{`error jvm-oom-native-memory: The operating system refused to map a file into memory, and the error ended the thread "main"; the process exited with 1.`}},
	})
}

func TestNativeMemoryThatTheHeapWasToHave(t *testing.T) {
	const refusal = "# " + noMemory + "\n# Native memory allocation (mmap) failed to map 8589934592 bytes. Error detail: committing reserved memory.\n"
	for _, c := range []struct {
		name       string
		entrypoint string
		limit      int64
		cause      string
	}{
		{"more than the limit", "-Xms8g", 512 * mib, "The heap is to have 8GiB from the start (-Xms), and the container's limit is 512MiB."},
		{"more than the host", "-Xms8g", 0, "The heap is to have 8GiB from the start (-Xms), and the host does not have that."},
		{"nobody says how much", "-server", 512 * mib, "It asked for more at once than the container's whole limit of 512MiB."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ended(1, refusal, "")
			d.Entrypoint, d.MemoryLimit = []string{"java", c.entrypoint, "App"}, c.limit
			if diff := cmp.Diff(c.cause, Diagnose(d)[0].Cause); diff != "" {
				t.Errorf("cause (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLackOfMemoryThatIsAForbiddenSystemCall(t *testing.T) {
	forbidden := func(thread string) string {
		return "[0.003s][warning][os,thread] Failed to start thread \"" + thread + "\" - pthread_create failed (EPERM) for attributes: stacksize: 1024k, guardsize: 4k, detached.\n"
	}
	want := func(thread string) []string {
		return []string{"error jvm-oom-native-memory: The JVM could not start its thread \"" + thread +
			"\", and takes it for a lack of memory; really the system call for new threads was forbidden (EPERM)."}
	}
	cases := []deathCase{
		{name: "on JDK 17", death: ended(1, forbidden("GC Thread#0")+"#\n# "+noMemory+"\n# Cannot create worker GC thread. Out of system resources.\n"+savedAs, ""), want: want("GC Thread#0")},
		{name: "on JDK 25", death: ended(1, forbidden("GC Thread#0")+"[0.004s][error  ][gc,task  ] Failed to create worker thread\n", ""), want: want("GC Thread#0")},
		{name: "with the serial collector on JDK 17", death: ended(1, forbidden("VM Thread")+"Error occurred during initialization of VM\nCannot create VM thread. Out of system resources.\n", ""), want: want("VM Thread")},
		{name: "with the serial collector on JDK 25", death: ended(1, forbidden("ArchiveWorkerThread")+"Error occurred during initialization of VM\n"+
			"Unable to create archive worker: unable to create native thread: possibly out of memory or process/resource limits reached\n", ""), want: want("ArchiveWorkerThread")},
	}
	checkGraded(t, cases)
	for _, c := range cases {
		if f := Diagnose(c.death)[0]; !strings.Contains(f.Remedy, "20.10.10") || !strings.Contains(f.Remedy, "Do not raise the memory limit") {
			t.Errorf("%s: remedy %q", c.name, f.Remedy)
		}
	}
}

func TestThreadRefusedForAReasonThatIsNotGiven(t *testing.T) {
	for _, c := range []struct{ name, stdout string }{
		{"a collector's on JDK 8", "#\n# " + noMemory + "\n# Cannot create GC thread. Out of system resources.\n" + savedAs},
		{"the VM thread on JDK 8", "Error occurred during initialization of VM\nCannot create VM thread. Out of system resources.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Diagnose(ended(1, c.stdout, ""))[0]
			if diff := cmp.Diff("The operating system refused the JVM a thread that it needs to start, which it takes for a lack of memory or resources.", f.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if !strings.Contains(f.Cause, "pids") || !strings.Contains(f.Cause, "clone3") {
				t.Errorf("cause %q names not both reasons", f.Cause)
			}
		})
	}
}

func TestLackOfMemoryThatOnlyTheErrorFileTells(t *testing.T) {
	d := ended(1, "", "")
	d.Files = []File{{Path: "/work/hs_err_pid1.log", Text: "#\n# " + noMemory + "\n# Native memory allocation (mmap) failed to map 1073741824 bytes. Error detail: committing reserved memory.\n" +
		"# Possible reasons:\n#   The system is out of physical RAM or swap space\n#\n#  Out of Memory Error (os_linux.cpp:2832), pid=1, tid=7\n#\n" +
		"# JRE version:  (17.0.15+6) (build )\n#\n\n---------------  S U M M A R Y ------------\n\nCommand Line: -Xms1g -Xmx1g App\n"}}
	f := Diagnose(d)[0]
	if diff := cmp.Diff("The operating system refused the JVM 1GiB of memory (committing reserved memory), and it ended.", f.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("The heap is to have 1GiB from the start (-Xms), and the host does not have that.", f.Cause); diff != "" {
		t.Errorf("cause (-want +got):\n%s", diff)
	}
	if f.Crash == nil || f.Crash.Release != 17 {
		t.Errorf("crash %+v", f.Crash)
	}
}
