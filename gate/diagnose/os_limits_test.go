package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorFileTellsWhichLimitWasReached(t *testing.T) {
	const (
		memory   = "# Native memory allocation (malloc) failed to allocate 72 bytes. Error detail: AllocateHeap\n"
		thread   = "# Cannot create worker GC thread. Out of system resources.\n"
		unnamed  = "The operating system refused the JVM a thread that it needs to start"
		unlimits = "rlimit (soft/hard): STACK 8192k/infinity , CORE 0k/infinity , NPROC 96365/96365 , NOFILE 20000/20000 , AS infinity/infinity , CPU infinity/infinity\n"
	)
	for _, c := range []struct {
		name, refused, limits, message, cause string
	}{
		{"the user's address space", memory, "rlimit (soft/hard): STACK 8192k/infinity , NOFILE 20000/20000 , AS 700000k/700000k , CPU infinity/infinity\n",
			"jvm-oom-native-memory: The operating system refused the JVM 72B of memory (AllocateHeap), and it ended.",
			"The user may have 683.6MiB of address space (ulimit -v), of which a JVM sets aside far more than it uses."},
		{"the number of mappings", memory, unlimits + "Total number of mappings: 65528\n/proc/sys/vm/max_map_count (maximum number of memory map areas a process may have): 65530\n",
			"jvm-oom-native-memory: The operating system refused the JVM 72B of memory (AllocateHeap), and it ended.",
			"The process had 65528 mappings of memory, and the host allows 65530 (vm.max_map_count)."},
		{"none that it tells of", memory, unlimits + "Total number of mappings: 150\n/proc/sys/vm/max_map_count (maximum number of memory map areas a process may have): 65530\n",
			"jvm-oom-native-memory: The operating system refused the JVM 72B of memory (AllocateHeap), and it ended.", refusedCause},
		{"the number of threads", thread, "maximum number of tasks: 4\ncurrent number of tasks: 4\n",
			"jvm-oom-thread: " + unnamed + ", and it could not start.",
			"The JVM calls it a lack of memory or resources; it is the container's limit of 4 processes and threads (pids), and a JVM starts with more threads than that."},
		{"not the number of threads", thread, "maximum number of tasks: unlimited\ncurrent number of tasks: 1\n",
			"jvm-oom-native-memory: " + unnamed + ", which it takes for a lack of memory or resources.",
			"The operating system refused the thread: the container's limit on processes and threads (pids) is too low, or a seccomp profile refuses the clone3 " +
				"system call (Docker before 20.10.10 or libseccomp before 2.5.2, with glibc 2.34 or newer in the image)."},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := "#\n# " + noMemory + "\n" + c.refused
			d := ended(1, header+savedAs, "")
			d.Files = []File{{Path: "/work/hs_err_pid1.log", Text: header + "#\n#  Out of Memory Error (allocation.cpp:44), pid=1, tid=7\n#\n" +
				"# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6)\n\n---------------  S Y S T E M  ---------------\n\n" + c.limits}}
			f := Diagnose(d)[0]
			if diff := cmp.Diff(c.message, f.Rule+": "+f.Message); diff != "" {
				t.Errorf("finding (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.cause, f.Cause); diff != "" {
				t.Errorf("cause (-want +got):\n%s", diff)
			}
			if f.Crash == nil {
				t.Error("the finding has no crash")
			}
		})
	}
}
