package diagnose

import (
	"strings"
	"testing"
)

const (
	noThreadCreated = "[0.035s][warning][os,thread] Failed to start thread \"Unknown thread\" - pthread_create failed (EAGAIN) for attributes: stacksize: 1024k, guardsize: 0k, detached.\n"
	noThreadStarted = "[0.035s][warning][os,thread] Failed to start the native thread for java.lang.Thread "
	noNativeThread  = "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached\n"
)

func TestThread(t *testing.T) {
	checkGraded(t, []deathCase{
		{name: "on JDK 17 under a pids limit", death: ended(1, noThreadCreated+noThreadStarted+"\"import-21\"\n",
			"Exception in thread \"main\" "+noNativeThread+"\tat java.base/java.lang.Thread.start0(Native Method)\n\tat java.base/java.lang.Thread.start(Thread.java:809)\n\tat T.main(T.java:1)\n"),
			want: []string{`error jvm-oom-thread: The thread "import-21" could not be started, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 25, in a pool, and the error is caught", death: ended(0, noThreadCreated+noThreadStarted+"\"pool-1-thread-23\"\npool full, serving on\n",
			noNativeThread+"\tat java.base/java.lang.Thread.start0(Native Method)\n\tat java.base/java.lang.Thread.start(Thread.java:1444)\n\tat java.base/java.lang.System$1.start(System.java:2231)\n"),
			want: []string{`warning jvm-oom-thread: The thread "pool-1-thread-23" could not be started, and the error was caught; the process ended well all the same.`}},
		{name: "only the JVM's own line tells", death: lives(noThreadCreated+noThreadStarted+"\"pool-1-thread-23\"\nserving on\n", ""),
			want: []string{`warning jvm-oom-thread: The thread "pool-1-thread-23" could not be started; the process lived on.`}},
		{name: "on JDK 8", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: unable to create new native thread\n"+
			"\tat java.lang.Thread.start0(Native Method)\n\tat java.lang.Thread.start(Thread.java:719)\n"),
			want: []string{`error jvm-oom-thread: No further thread could be started, and the error ended the thread "main"; the process exited with 1.`}},
	})
}

func TestThreadThatTheJVMNeedsToStart(t *testing.T) {
	const start = "error jvm-oom-thread: The operating system refused the JVM "
	created := func(name string) string { return strings.Replace(noThreadCreated, "Unknown thread", name, 1) }
	checkGraded(t, []deathCase{
		{name: "a collector's on JDK 17, which calls it memory", death: ended(1, created("GC Thread#0")+"#\n# There is insufficient memory for the Java Runtime Environment to continue.\n"+
			"# Cannot create worker GC thread. Out of system resources.\n# An error report file with more information is saved as:\n# /work/hs_err_pid1.log\n", ""),
			want: []string{start + `its thread "GC Thread#0" (EAGAIN), and it could not start.`}},
		{name: "a collector's on JDK 25", death: ended(1, created("G1 Conc#0")+"[0.012s][error  ][gc,task  ] Failed to create worker thread\n", ""),
			want: []string{start + `its thread "G1 Conc#0" (EAGAIN), and it could not start.`}},
		{name: "a thread of the JVM's on JDK 17", death: ended(1, created("VM Thread")+"Error occurred during initialization of VM\nCannot create VM thread. Out of system resources.\n", ""),
			want: []string{start + `its thread "VM Thread" (EAGAIN), and it could not start.`}},
		{name: "a collector's service thread, which the JVM gives other words", death: ended(1, created("G1 Service")+"Error occurred during initialization of VM\nCould not create G1ServiceThread\n",
			"Error: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.\n"),
			want: []string{start + `its thread "G1 Service" (EAGAIN), and it could not start.`}},
		{name: "a Java thread of the JVM's on JDK 25", death: ended(1, noThreadCreated+"Error occurred during initialization of VM\n"+noNativeThread, ""),
			want: []string{start + "a thread that it needs to start (EAGAIN), and it could not start."}},
		{name: "a Java thread of the JVM's on JDK 8", death: ended(1, "Error occurred during initialization of VM\njava.lang.OutOfMemoryError: unable to create new native thread\n", ""),
			want: []string{"error jvm-oom-thread: No further thread could be started while the JVM was still setting itself up."}},
	})
}

func TestThreadCauseNamesTheLimit(t *testing.T) {
	for _, c := range []struct {
		name  string
		death Death
	}{
		{"before the application ran", ended(1, strings.Replace(noThreadCreated, "Unknown thread", "VM Thread", 1)+"Error occurred during initialization of VM\nCannot create VM thread. Out of system resources.\n", "")},
		{"while it ran", ended(1, noThreadCreated+noThreadStarted+"\"import-21\"\n", "Exception in thread \"main\" "+noNativeThread+"\tat java.base/java.lang.Thread.start0(Native Method)\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.death.PidsLimit = 40
			if cause := Diagnose(c.death)[0].Cause; !strings.Contains(cause, "the container's limit of 40 processes and threads (pids)") {
				t.Errorf("cause %q", cause)
			}
		})
	}
}
