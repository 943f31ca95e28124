package diagnose

import (
	"strings"
	"testing"
)

// agentThrew is what JDK 17 prints when a Java agent throws.
const agentThrew = "Exception in thread \"main\" java.lang.reflect.InvocationTargetException\n" +
	"\tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)\n" +
	"\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)\n" +
	"\tat java.instrument/sun.instrument.InstrumentationImpl.loadClassAndCallPremain(InstrumentationImpl.java:503)\n" +
	"Caused by: java.lang.IllegalStateException: agent says no\n" +
	"\tat Agent.premain(Agent.java:1)\n" +
	"\t... 6 more\n" +
	"*** java.lang.instrument ASSERTION FAILED ***: \"!errorOutstanding\" with message Outstanding error when calling method in invokeJavaAgentMainMethod at ./src/java.instrument/share/native/libinstrument/JPLISAgent.c line: 619\n" +
	"*** java.lang.instrument ASSERTION FAILED ***: \"success\" with message invokeJavaAgentMainMethod failed at ./src/java.instrument/share/native/libinstrument/JPLISAgent.c line: 459\n" + agentAborts

const agentAborts = "FATAL ERROR in native method: processing of -javaagent failed, processJavaStart failed\n" +
	"Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)\n" +
	"V  [libjvm.so+0x8b0022]  jni_FatalError+0xb2\n" +
	"V  [libjvm.so+0xa2f1cf]  JvmtiExport::post_vm_initialized()+0xcf\n" +
	"C  [libjli.so+0x389f]  JavaMain+0x8f\n\n"

func TestInitFailures(t *testing.T) {
	setup := func(reason string) string { return "Error occurred during initialization of VM\n" + reason + "\n" }
	checkDeaths(t, []deathCase{
		{name: "a heap without its unit",
			death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Xmx512\n"+setup("Too small maximum heap"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: the maximum heap is too small (-Xmx512)."}},
		{name: "a heap that begins larger than it may become",
			death: died(1, setup("Initial heap size set to a larger value than the maximum heap size"), "java", "-Xms2g", "-Xmx1g"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: the heap is to begin larger than it may become (-Xms2g, -Xmx1g)."}},
		{name: "two collectors",
			death: died(1, "Picked up JAVA_TOOL_OPTIONS: -XX:+UseParallelGC\n"+setup("Multiple garbage collectors selected"), "java", "-XX:+UseG1GC", "-jar", "app.jar"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: more than one garbage collector is selected: -XX:+UseParallelGC, -XX:+UseG1GC."}},
		{name: "no address space for the heap, JDK 17",
			death: died(1, setup("Could not reserve enough space for 4194304KB object heap"), "java", "-Xmx4g"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: there is no address space for a heap of 4GiB (-Xmx4g)."}},
		{name: "no address space for the heap, JDK 25",
			death: died(1, setup("Could not reserve enough space for 4194304 KB object heap"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: there is no address space for a heap of 4GiB."}},
		{name: "no address space for the heap, and an old launcher's last words", // from public reports
			death: died(1, setup("Could not reserve enough space for object heap")+refusedJVM, "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: there is no address space for the heap."}},
		{name: "no address space for compiled code",
			death: died(1, setup("Could not reserve enough space for code cache (245760K)"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: there is no address space for the code cache of 240MiB."}},
		{name: "no address space for classes",
			death: died(1, setup("Could not allocate compressed class space: 1073741824 bytes"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: there is no address space for the compressed class space of 1GiB."}},
		{name: "metaspace too small",
			death: died(1, setup("OutOfMemoryError: Metaspace"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: the space for classes is too small for its own."}},
		{name: "a native agent that is missing",
			death: died(1, setup("Could not find agent library nope on the library path, with error: libnope.so: cannot open shared object file: No such file or directory"), "java", "-agentlib:nope"),
			want:  []string{`jvm-init-failure: The JVM could not be set up: the agent library "nope" cannot be loaded: libnope.so: cannot open shared object file: No such file or directory.`}},
		{name: "a Java agent that is missing, JDK 17",
			death: died(1, "Picked up JAVA_TOOL_OPTIONS: -javaagent:/nodir/agent.jar\nError opening zip file or JAR manifest missing : /nodir/agent.jar\n"+setup("agent library failed to init: instrument"), "java"),
			want:  []string{`jvm-init-failure: The JVM could not be set up: the Java agent "/nodir/agent.jar" is missing or is no jar file.`}},
		{name: "a Java agent that is none, JDK 25",
			death: died(1, "Failed to find Premain-Class manifest attribute in noagent.jar\n"+setup("agent library failed Agent_OnLoad: instrument"), "java"),
			want:  []string{`jvm-init-failure: The JVM could not be set up: "noagent.jar" is no Java agent: its manifest has no Premain-Class.`}},
		{name: "a Java agent that throws, as process 1",
			death: died(139, agentThrew, "java", "-javaagent:/agent.jar=x=y", "-jar", "/app.jar"),
			want:  []string{`jvm-init-failure: The Java agent "/agent.jar" ended the JVM: it threw java.lang.IllegalStateException: agent says no.`}},
		{name: "a Java agent that throws, under a shell",
			death: died(134, agentThrew+"Aborted\n", "sh", "-c", "java -jar /app.jar"),
			want:  []string{`jvm-init-failure: A Java agent ended the JVM: it threw java.lang.IllegalStateException: agent says no.`}},
		{name: "a debugger's port that is taken",
			death: died(2, "ERROR: transport error 202: bind failed: Address already in use\nERROR: JDWP Transport dt_socket failed to initialize, TRANSPORT_INIT(510)\nJDWP exit error AGENT_ERROR_TRANSPORT_INIT(197): No transports initialized [./src/jdk.jdwp.agent/share/native/libjdwp/debugInit.c:744]\n", "java"),
			want:  []string{"jvm-init-failure: The debugger's agent ended the JVM: bind failed: Address already in use (TRANSPORT_INIT)."}},
		{name: "a debugger's transport that is not there",
			death: died(139, "ERROR: transport library not found: dt_nope\nERROR: JDWP Transport dt_nope failed to initialize, TRANSPORT_LOAD(509)\nJDWP exit error AGENT_ERROR_TRANSPORT_LOAD(196): No transports initialized [./src/jdk.jdwp.agent/share/native/libjdwp/debugInit.c:744]\nFATAL ERROR in native method: JDWP No transports initialized, jvmtiError=AGENT_ERROR_TRANSPORT_LOAD(196)\nNative frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)\nV  [libjvm.so+0x8b0022]  jni_FatalError+0xb2\n", "java"),
			want:  []string{`jvm-init-failure: The debugger's agent ended the JVM: there is no transport library "dt_nope" (TRANSPORT_LOAD).`}},
		{name: "a debugger's options that are wrong",
			death: died(1, "ERROR: JDWP option syntax error: -agentlib:jdwp=nope\n", "java"),
			want:  []string{"jvm-init-failure: The debugger's agent does not understand its options: -agentlib:jdwp=nope."}},
		{name: "a debugger asked for twice", // from public reports
			death: died(1, "ERROR: Cannot load this JVM TI agent twice, check your java command line for duplicate jdwp options.\n"+setup("agent library failed to init: jdwp"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: the debugger's agent is asked for twice."}},
		{name: "a shared archive that is not there, JDK 17",
			death: died(1, "An error has occurred while processing the shared archive file.\nSpecified shared archive not found (/nodir/x.jsa).\n"+setup("Unable to use shared archive."), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: it was told to use the shared archive, and cannot: Specified shared archive not found (/nodir/x.jsa)."}},
		{name: "a shared archive that is not there, JDK 25",
			death: died(1, "[0.001s][error][cds] Not a valid shared archive file (/nodir/x.jsa)\n[0.001s][error][cds] CDS is incompatible with other specified options.\n"+setup("Unable to use shared archive: invalid archive"), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: it was told to use the shared archive, and cannot: Not a valid shared archive file (/nodir/x.jsa)."}},
		{name: "an AOT cache that is not there",
			death: died(1, "[0.004s][error][aot] An error has occurred while processing the AOT cache. Run with -Xlog:aot for details.\n[0.004s][error][aot] Loading static archive failed.\n[0.004s][error][aot] Unable to map shared spaces\n"+setup("Unable to use AOT cache."), "java"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: it was told to use the AOT cache, and cannot: Loading static archive failed."}},
		{name: "the Security Manager that is no more",
			death: died(1, setup("java.lang.Error: A command line option has attempted to allow or enable the Security Manager. Enabling a Security Manager is not supported.\n\tat java.lang.System.initPhase3(java.base@25.0.3/System.java:1970)"), "java", "-Djava.security.manager"),
			want:  []string{"jvm-init-failure: The JVM could not be set up: an option enables the Security Manager, and Java 24 and newer do not have one."}},
		{name: "a module that is not there",
			death: died(1, "Error occurred during initialization of boot layer\njava.lang.module.FindException: Module nope not found\n", "java", "-m", "nope/x.Y"),
			want:  []string{"jvm-init-failure: The JVM could not put its modules together: the module nope is not there."}},
		{name: "modules that cannot be put together otherwise",
			death: died(1, "Error occurred during initialization of boot layer\njava.lang.RuntimeException: Unable to parse --add-opens <module>/<package>: java.base\n", "java"),
			want:  []string{"jvm-init-failure: The JVM ended while it was putting its modules together: java.lang.RuntimeException: Unable to parse --add-opens <module>/<package>: java.base."}},
		{name: "a reason nobody has read before",
			death: died(1, setup("Something else went wrong."), "java"),
			want:  []string{"jvm-init-failure: The JVM ended while it was setting itself up: Something else went wrong."}},
		{name: "no reason", death: died(1, setup(""), "java"),
			want: []string{"jvm-init-failure: The JVM ended while it was setting itself up, and did not say why."}},
		{name: "half an installation", death: died(2, "Error: could not find libjava.so\nError: Could not find Java SE Runtime Environment.\n", "java"),
			want: []string{"jvm-init-failure: The java launcher found no Java run-time where it is: the installation is not whole."}},

		{name: "a script tries a JVM and goes on", death: died(1, setup("Too small maximum heap")+strings.Repeat("working\n", 13))},
		{name: "the process lives", death: Death{Lines: lines(setup("Too small maximum heap"))}},
		{name: "the debugger waits", death: died(1, "Listening for transport dt_socket at address: 5005\n", "java")},
		{name: "a manual quotes it", death: died(1, "  If you see \"Error occurred during initialization of VM\" lower -Xmx.\n", "java")},
	})
}

func TestInitFailuresOnTwoStreams(t *testing.T) {
	trace, _, _ := strings.Cut(agentThrew, "*** ")
	setup := func(reason string) string { return "Error occurred during initialization of VM\n" + reason + "\n" }
	const aborted = "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007efdf5b7850f, pid=1, tid=7\n#\n" +
		"# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6-Debian-1deb12u1)\n# Problematic frame:\n# C  [libc.so.6+0x2650f]  abort+0x170\n#\n"
	const threw = "jvm-init-failure: A Java agent ended the JVM: it threw java.lang.IllegalStateException: agent says no."
	checkDeaths(t, []deathCase{
		{name: "the trace of an agent stands behind the abort", death: ended(134, agentAborts, trace), want: []string{threw}},
		{name: "the abort of process 1, which looks like a crash", death: ended(127, agentAborts+aborted, trace), want: []string{threw}},
		{name: "an agent that is missing", death: ended(1, setup("agent library failed to init: instrument"), "Error opening zip file or JAR manifest missing : /app/a.jar\n"),
			want: []string{`jvm-init-failure: The JVM could not be set up: the Java agent "/app/a.jar" is missing or is no jar file.`}},
		{name: "a debugger that is asked for twice", death: ended(1, setup("agent library failed Agent_OnLoad: jdwp"), "ERROR: Cannot load this JVM TI agent twice, check your java command line for duplicate jdwp options.\n"),
			want: []string{"jvm-init-failure: The JVM could not be set up: the debugger's agent is asked for twice."}},
		{name: "a debugger without its transport", death: ended(127, "FATAL ERROR in native method: JDWP No transports initialized, jvmtiError=AGENT_ERROR_TRANSPORT_LOAD(196)\n"+aborted,
			"ERROR: transport library not found: dt_nosuch\nERROR: JDWP Transport dt_nosuch failed to initialize, TRANSPORT_LOAD(509)\n"),
			want: []string{`jvm-init-failure: The debugger's agent ended the JVM: there is no transport library "dt_nosuch" (TRANSPORT_LOAD).`}},
	})
}
