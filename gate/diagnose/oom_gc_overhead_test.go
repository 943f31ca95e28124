package diagnose

import "testing"

func TestOverhead(t *testing.T) {
	checkGraded(t, []deathCase{
		{name: "on JDK 17", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: GC overhead limit exceeded\n"+
			"\tat java.base/java.util.HashMap.newNode(HashMap.java:1901)\n\tat java.base/java.util.HashMap.put(HashMap.java:610)\n\tat G.main(G.java:2)\n"),
			want: []string{`error jvm-oom-gc-overhead: The garbage collector took nearly all the time and freed next to nothing, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 25", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: GC overhead limit exceeded\n"+
			"\tat java.base/jdk.internal.misc.Unsafe.allocateUninitializedArray(Unsafe.java:1396)\n\tat java.base/java.lang.invoke.LambdaForm$MH/0x000000002e040800.invoke(LambdaForm$MH)\n\tat G.main(G.java:2)\n"),
			want: []string{`error jvm-oom-gc-overhead: The garbage collector took nearly all the time and freed next to nothing, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the JVM is told to end", death: ended(3, "Terminating due to java.lang.OutOfMemoryError: GC overhead limit exceeded\n", ""),
			want: []string{"error jvm-oom-gc-overhead: The garbage collector took nearly all the time and freed next to nothing, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "the limit of the heap is known", death: Death{Exited: true, ExitCode: 3, Entrypoint: []string{"java", "-Xmx30m", "G"},
			Lines: lines("Terminating due to java.lang.OutOfMemoryError: GC overhead limit exceeded\n")},
			want: []string{"error jvm-oom-gc-overhead: The garbage collector took nearly all the time and freed next to nothing of a heap that may grow to 30MiB, and the JVM ended itself (ExitOnOutOfMemoryError)."}},
		{name: "a worker met it, and then the heap was full", death: ended(3, "Terminating due to java.lang.OutOfMemoryError: Java heap space\n",
			"Exception in thread \"sync-1\" java.lang.OutOfMemoryError: GC overhead limit exceeded\n\tat com.example.Sync.run(Sync.java:9)\n"+"retrying\n"+"Exception in thread \"sync-2\" java.lang.IllegalStateException: gone\n\tat com.example.Sync.run(Sync.java:7)\n"),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the JVM ended itself (ExitOnOutOfMemoryError).",
				`warning jvm-oom-gc-overhead: The garbage collector took nearly all the time and freed next to nothing, and the error ended the thread "sync-1"; the process went on, and ended some time later.`}},
	})
}
