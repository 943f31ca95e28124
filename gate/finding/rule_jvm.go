package finding

// jvm are the rules for what a dying Java virtual machine, its launcher or its framework says.
var jvm = []Rule{
	{
		ID: "jvm-crash-signal", Severity: Error,
		Summary: "the JVM was ended by a signal and wrote an error report",
		Explanation: "Native code (the JVM itself, a library it loaded, or code it had compiled) did something the kernel does not " +
			"allow. The message names the signal and the problematic frame: V is the JVM, C a native library, J compiled Java. " +
			"The fingerprint stays the same from run to run, so it can be searched for. The exit code is 134 under a " +
			"shell or an init, and 139 or 127 where the JVM is process 1, to which the kernel does not deliver the SIGABRT it sends " +
			"itself.",
		Remedy: "Compare what changed since it last worked (JDK, native libraries, base image, JVM options), and go back to that.",
	},
	{
		ID: "jvm-internal-error", Severity: Error,
		Summary: "the JVM found itself in an impossible state and gave up",
		Explanation: "A check inside the JVM failed (guarantee, fatal error, a time limit on safepoints or VM operations) and it " +
			"wrote an error report. The message has the place in the JVM's sources and what was checked.",
		Remedy: "Look the message up in the JDK's bug database; try the newest update of the same Java release.",
	},
	{
		ID: "jvm-oom-heap", Severity: Error,
		Summary: "the Java heap was full",
		Explanation: "java.lang.OutOfMemoryError: Java heap space, or an array larger than any heap. Where the JVM was told to end " +
			"on it (ExitOnOutOfMemoryError, CrashOnOutOfMemoryError) it did; else only the thread that asked for memory got the " +
			"error. One that the process outlives is a warning.",
		Remedy: "Raise -Xmx or -XX:MaxRAMPercentage together with the container's memory limit, or take a heap dump and look for what grows.",
	},
	{
		ID: "jvm-oom-metaspace", Severity: Error,
		Summary: "the space for classes was full",
		Explanation: "java.lang.OutOfMemoryError: Metaspace, or Compressed class space: more classes were loaded than the limit has " +
			"room for. Builders compute that limit from the number of classes they counted in the image.",
		Remedy: "Raise -XX:MaxMetaspaceSize (or -XX:CompressedClassSpaceSize); with Paketo set BPL_JVM_LOADED_CLASS_COUNT; look for class loaders that are never let go.",
	},
	{
		ID: "jvm-oom-direct", Severity: Error,
		Summary: "the limit on direct buffers was reached",
		Explanation: "Memory outside the heap that NIO and Netty use for input and output is bounded by -XX:MaxDirectMemorySize, by " +
			"default as much as the heap. ExitOnOutOfMemoryError does not act on this error.",
		Remedy: "Raise -XX:MaxDirectMemorySize together with the container's memory limit, or look for buffers that are not released.",
	},
	{
		ID: "jvm-oom-native-memory", Severity: Error,
		Summary: "the operating system refused memory to the JVM",
		Explanation: "The JVM asked the operating system for memory (for its heap, its collector, code or threads) and got none. " +
			"When it could not create a thread for its collector and the error is EPERM, it is not memory: an old seccomp " +
			"profile refuses the clone3 system call of a new C library.",
		Remedy: "Make heap, metaspace, code cache, thread stacks and direct buffers together fit into the container's memory limit.",
	},
	{
		ID: "jvm-oom-thread", Severity: Error,
		Summary: "no further thread could be created",
		Explanation: "java.lang.OutOfMemoryError: unable to create native thread. It is hardly ever about memory: the container's " +
			"limit on processes and threads (pids), or the user's (ulimit -u), was reached. ExitOnOutOfMemoryError does not act on " +
			"this error. A JVM that may not even have the threads it starts with says insufficient memory, or that it cannot be set up.",
		Remedy: "Raise the pids limit if the number of threads is right, or bound the thread pools; a thread dump shows whose they are.",
	},
	{
		ID: "jvm-oom-gc-overhead", Severity: Error,
		Summary: "the garbage collector ran nearly all the time for next to nothing",
		Explanation: "java.lang.OutOfMemoryError: GC overhead limit exceeded: the heap is so nearly full that collecting it took " +
			"almost all the time and freed almost nothing.",
		Remedy: "Treat it as a full heap: raise -Xmx or -XX:MaxRAMPercentage together with the memory limit, or look for what grows.",
	},
	{
		ID: "jvm-bad-option", Severity: Error,
		Summary: "the JVM does not know, or cannot use, an option",
		Explanation: "The JVM refused its command line, JAVA_TOOL_OPTIONS or JDK_JAVA_OPTIONS before it did anything. Options come " +
			"and go with Java releases; a builder or base image that moves to another release brings this about.",
		Remedy: "Remove or replace the option the message names where it is set.",
	},
	{
		ID: "jvm-class-version", Severity: Error,
		Summary: "classes were compiled for a newer Java than the image has",
		Explanation: "java.lang.UnsupportedClassVersionError: the class file's version is higher than the JVM in the image can read. " +
			"Version N belongs to Java release N-44.",
		Remedy: "Use a base image or builder with at least that Java release, or compile with --release for the one in the image.",
	},
	{
		ID: "jvm-main-class-missing", Severity: Error,
		Summary: "the main class or the jar file to run is not there",
		Explanation: "The java launcher found no jar file, no Main-Class in its manifest, no such class, no main method in it, or " +
			"nothing to run at all. " +
			"Spring Boot 3.2 moved its launcher to org.springframework.boot.loader.launch.",
		Remedy: "Check the name after java (or -jar, -cp) against what is in the image.",
	},
	{
		ID: "jvm-init-failure", Severity: Error,
		Summary: "the JVM ended while it was setting itself up",
		Explanation: "Error occurred during initialization of VM, an agent that could not be loaded or that threw, a debugger's port " +
			"that was taken: the application never ran.",
		Remedy: "Change what the message names: heap sizes, collectors, agents, shared archives.",
	},
	{
		ID: "jvm-memory-calculator", Severity: Error,
		Summary: "the buildpack's memory calculator found no room for a heap",
		Explanation: "Images made by Paketo and its relatives compute the JVM's memory settings at start: metaspace, code cache, " +
			"direct memory and thread stacks are fixed, and what the container's limit leaves is the heap. It left none.",
		Remedy: "Raise the container's memory limit, or lower BPL_JVM_THREAD_COUNT or BPL_JVM_LOADED_CLASS_COUNT.",
	},
	{
		ID: "buildpack-launcher", Severity: Error,
		Summary: "the launcher of a buildpack image could not start the process",
		Explanation: "Cloud Native Buildpacks put a launcher in front of the application. It ended itself: no such process type, an " +
			"exec.d helper that failed, metadata it cannot read, or a platform API it does not speak.",
		Remedy: "Look at which part the launcher names; rebuild with the builder version that last worked.",
	},
	{
		ID: "spring-start-failure", Severity: Error,
		Summary: "Spring could not start its application context",
		Explanation: "APPLICATION FAILED TO START with its description and action, or Application run failed with the innermost cause " +
			"of its exception.",
		Remedy: "Do what Spring's own Action says, or look at the innermost cause.",
	},
	{
		ID: "openj9-dump", Severity: Error,
		Summary: "an OpenJ9 JVM wrote a dump because it crashed or ran out of memory",
		Explanation: "OpenJ9 (Semeru, IBM Java) reports a crash as Unhandled exception with a vmState and writes javacore, core and " +
			"snap files; it writes the same for an OutOfMemoryError (systhrow), which the process may outlive.",
		Remedy: "Copy the javacore file out of the container and read its first section; then compare JDK and options with what worked.",
	},
	{
		ID: "graal-native-crash", Severity: Error,
		Summary: "a GraalVM native executable crashed",
		Explanation: "The executable was compiled ahead of time: its own handler reports a segmentation fault, or it refuses a " +
			"processor that lacks features it was compiled for.",
		Remedy: "Compile with -march=compatibility, or for the processor it is deployed on; look at the frames above the handler.",
	},
}
