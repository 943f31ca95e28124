package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// twoStreams are lines of standard output and, after them, of standard error.
func twoStreams(stdout, stderr string) []Line {
	all := lines(stdout)
	for i := range all {
		all[i].Stream = "stdout"
	}
	for _, l := range lines(stderr) {
		l.Number = len(all) + 1
		all = append(all, l)
	}
	return all
}

// ended is a JVM that printed lines and ended with code; lives is one that lives on; logged is one of which only its
// log is left.
func ended(code int, stdout, stderr string) Death {
	return Death{Exited: true, ExitCode: code, Lines: twoStreams(stdout, stderr)}
}

func lives(stdout, stderr string) Death { return Death{Lines: twoStreams(stdout, stderr)} }

func savedLog(output string) Death {
	return Death{Exited: true, ExitUnknown: true, Lines: lines(output)}
}

// graded is what a case expects of findings whose severity depends.
func graded(findings []finding.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, string(f.Severity)+" "+f.Rule+": "+f.Message)
	}
	return all
}

func checkGraded(t *testing.T, cases []deathCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(c.death)
			if diff := cmp.Diff(c.want, graded(findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, f := range findings {
				if f.Remedy == "" || len(f.Evidence) == 0 || len(f.Evidence) > shortageLines {
					t.Errorf("finding without remedy or with %d lines of evidence: %+v", len(f.Evidence), f)
				}
			}
		})
	}
}

// heapTrace is a logged trace of a heap that was full.
const heapTrace = "java.lang.OutOfMemoryError: Java heap space\n" +
	"\tat com.example.people.Import.load(Import.java:42)\n" +
	"\tat java.base/java.lang.Thread.run(Thread.java:840)\n"

func TestShortagesThatAreNone(t *testing.T) {
	checkGraded(t, []deathCase{
		{name: "the options name the error", death: ended(1, "Picked up JAVA_TOOL_OPTIONS: -XX:+ExitOnOutOfMemoryError -XX:+HeapDumpOnOutOfMemoryError -XX:OnOutOfMemoryError=kill\n", "")},
		{name: "a dump of all flags", death: ended(0, "     bool CrashOnOutOfMemoryError                  = false          {product} {default}\n"+
			"     bool ExitOnOutOfMemoryError                   = true           {product} {environment}\n"+
			"    ccstr OnOutOfMemoryError                       =                {product} {default}\n", "")},
		{name: "a class is named after the error", death: lives("INFO  c.e.OutOfMemoryErrorHandler - installed\nINFO  c.e.DirectMemoryErrorReporter : watching for java.lang.OutOfMemoryError\n", "")},
		{name: "a test prints an error it expects, without a trace", death: ended(0, "expected: java.lang.OutOfMemoryError: Java heap space\njava.lang.OutOfMemoryError: Java heap space\nok\n", "")},
		{name: "a test prints an error it expects, with a trace", death: ended(0, "INFO  handler catches the expected error\n"+heapTrace+"ok\n", "")},
		{name: "a test runner prints the trace of a simulated error and fails of something else", death: ended(1,
			"java.lang.OutOfMemoryError: Java heap space\n\tat com.example.HandlerTest.full(HandlerTest.java:9)\n"+
				"\tat org.junit.platform.commons.util.ReflectionUtils.invokeMethod(ReflectionUtils.java:727)\nTests run: 3, Failures: 1\n", "")},
		{name: "a framework logs at DEBUG what it does without", death: lives("10:00:01.120 DEBUG io.example.Buffers - no direct buffers:\n"+
			"java.lang.OutOfMemoryError: Direct buffer memory\n\tat java.base/java.nio.Bits.reserveMemory(Bits.java:175)\n", "")},
		{name: "somebody else throws the JVM's words about threads", death: lives("",
			"java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory or process/resource limits reached\n"+
				"\tat com.example.pool.Limited.grow(Limited.java:7)\n")},
		{name: "somebody else throws the JVM's words about direct buffers", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Direct buffer memory\n"+
			"\tat com.example.Arena.take(Arena.java:5)\n")},
		{name: "another node of a cluster ran out", death: lives("[10:00:01] [WARN ] a shard failed\norg.elasticsearch.transport.RemoteTransportException: [node-2][10.0.0.2:9300][indices:data/read/search]\n"+
			"Caused by: "+heapTrace, "")},
		{name: "a region that nobody knows", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: out of tickets\n\tat com.example.Box.sell(Box.java:5)\n")},
		{name: "documentation quotes what the JVM prints at its end", death: ended(1,
			"If the log ends with \"Terminating due to java.lang.OutOfMemoryError: Java heap space\" raise -Xmx.\n"+
				"  e.g. Terminating due to java.lang.OutOfMemoryError: Java heap space\n", "")},
		{name: "documentation quotes the lack of memory", death: ended(1, "# There is insufficient memory for the Java Runtime Environment to continue.\nis printed when the host is full.\n", "")},
		{name: "a collector makes do with fewer threads", death: lives("[12.345s][warning][os,thread] Failed to start thread \"GC Thread#7\" - pthread_create failed (EAGAIN) for attributes: stacksize: 1024k, guardsize: 4k, detached.\n"+
			"[12.345s][error  ][gc,task  ] Failed to create worker thread\n", "")},
		{name: "a collector made do with fewer threads long before an end of another kind", death: ended(1,
			"[12.345s][warning][os,thread] Failed to start thread \"GC Thread#7\" - pthread_create failed (EAGAIN) for attributes: stacksize: 1024k, guardsize: 4k, detached.\n"+
				"[12.345s][error  ][gc,task  ] Failed to create worker thread\n"+strings.Repeat("working\n", 5), "")},
	})
}

func TestSeverityOfShortages(t *testing.T) {
	const worker = "Exception in thread \"sync-worker-1\" " + heapTrace
	other := "Exception in thread \"main\" java.net.BindException: Address already in use\n\tat java.base/sun.nio.ch.Net.bind0(Native Method)\n"
	checkGraded(t, []deathCase{
		{name: "a worker ran out while the service lives", death: lives("ready\n", worker),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process lived on.`}},
		{name: "a worker ran out and the job ended well", death: ended(0, "done\n", worker),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process ended well all the same.`}},
		{name: "a worker ran out, and the process failed right after", death: ended(1, "loading\n", worker+"giving up\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process exited with 1 right after.`}},
		{name: "a worker ran out long before the process failed", death: ended(1, "", worker+strings.Repeat("working\n", 40)),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process went on, and ended some time later.`}},
		{name: "a worker ran out, and the process failed of something else", death: ended(1, "", worker+other),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process went on, and ended some time later.`}},
		{name: "a worker ran out, and only the log is left", death: savedLog("ready\n" + worker),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the log does not tell what became of the process.`}},
		{name: "the error was caught and logged", death: lives("", "10:00:01 ERROR import failed\n"+heapTrace),
			want: []string{"warning jvm-oom-heap: The Java heap was full, and the error was caught; the process lived on."}},
		{name: "the error was caught, and the program gave up", death: ended(7, "", heapTrace),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the process exited with 7 right after."}},
		{name: "the error was wrapped, and ended main", death: savedLog("Exception in thread \"main\" java.lang.RuntimeException: job failed\n" +
			"\tat com.example.Job.main(Job.java:3)\nCaused by: " + heapTrace + "\t... 1 more\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "main".`}},
		{name: "main ran out, and the log goes on for long", death: savedLog("Exception in thread \"main\" " + heapTrace + other),
			want: []string{`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "main"; the log does not tell what became of the process.`}},
		{name: "main ran out, and other threads complain of it before the process ends with the launcher's code", death: ended(1, "", "Exception in thread \"main\" "+heapTrace+
			"Exception in thread \"pool-1-thread-1\" java.lang.IllegalStateException: closed\n\tat com.example.Queue.take(Queue.java:9)\n"),
			want: []string{`error jvm-oom-heap: The Java heap was full, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "the application could not start because of it", death: ended(1, "2024-05-01T10:00:00.000Z ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed\n"+
			"org.springframework.beans.factory.BeanCreationException: Error creating bean\n\tat org.springframework.Factory.make(Factory.java:1)\nCaused by: "+heapTrace, ""),
			want: []string{"error jvm-oom-heap: The Java heap was full, and the application did not start.",
				"error spring-start-failure: As a consequence Spring could not start the application."}},
		{name: "the kernel killed the process later, for memory", death: Death{Exited: true, ExitCode: 137, OOMKilled: true, MemoryLimit: 64 * mib,
			Lines: twoStreams("", worker+strings.Repeat("working\n", 3))},
			want: []string{"error container-oom-kill: The kernel killed the main process for memory (137): its limit is 64MiB.",
				`warning jvm-oom-heap: The Java heap was full, and the error ended the thread "sync-worker-1"; the process went on, and ended some time later.`}},
		{name: "the JVM had no room left to print what ran out", death: ended(1, "", "\nException: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread \"filler\"\n"+
			"\nException: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread \"main\"\n"),
			want: []string{`error jvm-oom-heap: The JVM ran out of memory (it does not say of which kind; usually it is the heap) (2 times in all), and the error ended the thread "main"; the process exited with 1.`}},
	})
}

func TestFingerprintsOfShortagesKnowRegionsAndPools(t *testing.T) {
	of := func(thread string) string {
		return Diagnose(lives("", "Exception in thread \""+thread+"\" "+heapTrace))[0].Fingerprint
	}
	if one, other := of("http-nio-8080-exec-12"), of("http-nio-8080-exec-3"); one != other || one == "" {
		t.Errorf("threads of one pool have the fingerprints %q and %q", one, other)
	}
	if one, other := of("import-1"), of("export-1"); one == other {
		t.Errorf("threads of two pools have the same fingerprint %q", one)
	}
	heap := Diagnose(savedLog("Terminating due to java.lang.OutOfMemoryError: Java heap space\n"))[0].Fingerprint
	metaspace := Diagnose(savedLog("Terminating due to java.lang.OutOfMemoryError: Metaspace\n"))[0].Fingerprint
	if heap == metaspace {
		t.Errorf("two regions have the same fingerprint %q", heap)
	}
}

func TestEvidenceHoldsAFrameOfTheProgramsOwn(t *testing.T) {
	f := Diagnose(ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Metaspace\n"+
		"\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n\tat java.base/java.lang.ClassLoader.defineClass(ClassLoader.java:1017)\n"+
		"\tat java.base/java.lang.ClassLoader.defineClass(ClassLoader.java:879)\n\tat com.example.Loader.load(Loader.java:3)\n\tat com.example.Main.main(Main.java:4)\n"))[0]
	var got []int
	for _, e := range f.Evidence {
		got = append(got, e.Line)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 5}, got); diff != "" {
		t.Errorf("lines of evidence (-want +got):\n%s", diff)
	}
}
