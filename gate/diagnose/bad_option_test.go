package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const refusedJVM = "Error: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.\n"

func TestBadOptions(t *testing.T) {
	inEnvironment := func(d Death, names ...string) Death {
		d.Environment = names
		return d
	}
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	checkDeaths(t, []deathCase{
		{name: "an option that was removed, on the command line",
			death: died(1, "Unrecognized VM option 'MaxPermSize=64m'\n"+refusedJVM, "java", "-XX:MaxPermSize=64m", "-jar", "/app.jar"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:MaxPermSize=64m, given on the command line."}},
		{name: "an option that was removed, in the environment",
			death: died(1, "NOTE: Picked up JDK_JAVA_OPTIONS: -XX:MaxPermSize=3m -XX:NoSuch\nUnrecognized VM option 'MaxPermSize=3m'\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:MaxPermSize=3m, set in JDK_JAVA_OPTIONS."}},
		{name: "an option that was removed, the JVM drops its sign",
			death: died(1, "Unrecognized VM option 'UseConcMarkSweepGC'\n"+refusedJVM, "/start.sh"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:+UseConcMarkSweepGC."}},
		{name: "an option with its sign, in the environment",
			death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Xmx64m -XX:-NoSuch\nUnrecognized VM option 'NoSuch'\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:-NoSuch, set in JAVA_TOOL_OPTIONS."}},
		{name: "JDK 17 puts its own guess and the launcher's words on one line",
			death: died(1, "Unrecognized VM option 'MaxRAMPercent=3'\nDid you mean 'MaxRAMPercentage=<value>'? "+refusedJVM, "/start.sh"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:MaxRAMPercent=3."}},
		{name: "an option within a shell's command line",
			death: died(1, "Unrecognized option: -Xnope\n"+refusedJVM, "sh", "-c", "exec java -Xnope -jar /app.jar"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -Xnope, given on the command line."}},
		{name: "an option of newer launchers",
			death: died(1, "Unrecognized option: --add-opens=java.base/java.lang=ALL-UNNAMED\n"+refusedJVM, "java", "--add-opens=java.base/java.lang=ALL-UNNAMED"),
			want:  []string{"jvm-bad-option: The JVM does not know the option --add-opens=java.base/java.lang=ALL-UNNAMED, given on the command line."}},
		{name: "a value out of range says more than the line after it",
			death: died(1, "double MaxRAMPercentage=200.000000 is outside the allowed range [ 0.000000 ... 100.000000 ]\nImproperly specified VM option 'MaxRAMPercentage=200'\n"+refusedJVM, "java", "-XX:MaxRAMPercentage=200"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:MaxRAMPercentage=200, given on the command line: its value 200 is not between 0 and 100."}},
		{name: "a value of the wrong form",
			death: died(1, "Improperly specified VM option 'MaxMetaspaceSize=12q'\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:MaxMetaspaceSize=12q: its value has the wrong form."}},
		{name: "a sign where a value belongs",
			death: died(1, "Unexpected +/- setting in VM option 'MaxMetaspaceSize'\n"+refusedJVM, "java", "-XX:+MaxMetaspaceSize"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:+MaxMetaspaceSize, given on the command line: it takes a value, not a sign."}},
		{name: "a value where a sign belongs",
			death: died(1, "Missing +/- setting for VM option 'UseG1GC=1'\n"+refusedJVM, "java", "-XX:UseG1GC=1"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:UseG1GC=1, given on the command line: it is switched on or off by a sign."}},
		{name: "an option that has to be unlocked, JDK 17",
			death: died(1, "Error: VM option 'PrintNMTStatistics' is diagnostic and must be enabled via -XX:+UnlockDiagnosticVMOptions.\nError: The unlock option must precede 'PrintNMTStatistics'.\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM takes the option -XX:PrintNMTStatistics, which is diagnostic, only after -XX:+UnlockDiagnosticVMOptions."}},
		{name: "an option that has to be unlocked, JDK 25",
			death: died(1, "Error: VM option 'UseEpsilonGC' is experimental and must be enabled via -XX:+UnlockExperimentalVMOptions.\nError: The unlock option must precede 'UseEpsilonGC'.\nImproperly specified VM option 'UseEpsilonGC'\n"+refusedJVM, "java", "-XX:+UseEpsilonGC"),
			want:  []string{"jvm-bad-option: The JVM takes the option -XX:+UseEpsilonGC, given on the command line, which is experimental, only after -XX:+UnlockExperimentalVMOptions."}},
		{name: "a heap size without a unit that is one",
			death: died(1, "Invalid maximum heap size: -Xmx12q\n"+refusedJVM, "java", "-Xmx12q"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -Xmx12q, given on the command line: it is no valid maximum heap size."}},
		{name: "thread stacks too small",
			death: died(1, "\nThe Java thread stack size specified is too small. Specify at least 136k\n"+refusedJVM, "java", "-Xss1k"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -Xss1k, given on the command line: the thread stacks are smaller than the least it needs, 136k."}},
		{name: "on two streams, thread stacks too small",
			death: Death{Exited: true, ExitCode: 1, Entrypoint: []string{"java", "-Xss1k"}, Lines: twoStreams("\nThe Java thread stack size specified is too small. Specify at least 136k\n", refusedJVM)},
			want:  []string{"jvm-bad-option: The JVM cannot use the option -Xss1k, given on the command line: the thread stacks are smaller than the least it needs, 136k."}},
		{name: "logging to a directory that is not there",
			death: died(1, "[0.000s][error][logging] Error opening log file '/nodir/x.log': No such file or directory\n[0.000s][error][logging] Initialization of output 'file=/nodir/x.log' using options '(null)' failed.\nInvalid -Xlog option '-Xlog:gc:file=/nodir/x.log', see error log for details.\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -Xlog:gc:file=/nodir/x.log."}},
		{name: "the old option for a log",
			death: died(1, "[0.000s][warning][gc] -Xloggc is deprecated. Will use -Xlog:gc:/nodir/gc.log instead.\n[0.000s][error  ][logging] Error opening log file '/nodir/gc.log': No such file or directory\n[0.000s][error  ][logging] Initialization of output 'file=/nodir/gc.log' using options '(null)' failed.\n"+refusedJVM, "java", "-Xloggc:/nodir/gc.log"),
			want:  []string{"jvm-bad-option: The JVM cannot write the log file named in the option -Xloggc:/nodir/gc.log, given on the command line."}},
		{name: "a quotation mark that is not closed",
			death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Dfoo='x\nUnmatched quote in JAVA_TOOL_OPTIONS\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM could not read JAVA_TOOL_OPTIONS: a quotation mark is opened and not closed."}},
		{name: "two options that do not agree",
			death: died(1, "ConcGCThreads (99) must be less than or equal to ParallelGCThreads (2)\n"+refusedJVM, "java", "-XX:ConcGCThreads=99"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:ConcGCThreads=99, given on the command line: it must be less than or equal to ParallelGCThreads (2)."}},
		{name: "something Java 9 took away",
			death: died(1, "-Djava.endorsed.dirs=/x is not supported. Endorsed standards and standalone APIs\nin modular form will be supported via the concept of upgradeable modules.\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM does not support the option -Djava.endorsed.dirs=/x."}},
		{name: "a file of options that is not there",
			death: died(1, "Could not open options file '/nodir/x'\n"+refusedJVM, "java", "-XX:VMOptionsFile=/nodir/x"),
			want:  []string{`jvm-bad-option: The JVM could not open the file of options "/nodir/x".`}},
		{name: "a complaint nobody has read before",
			death: died(1, "Invalid ReservedCodeCacheSize=4096M. Must be at most 2048M.\n"+refusedJVM, "java"),
			want:  []string{"jvm-bad-option: The JVM refused its options: Invalid ReservedCodeCacheSize=4096M. Must be at most 2048M."}},
		{name: "OpenJ9", // from public reports
			death: died(1, "JVMJ9VM007E Command-line option unrecognised: -Xnope\n"+refusedJVM, "java", "-Xnope"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -Xnope, given on the command line."}},
		{name: "the launcher's file of arguments",
			death: died(1, "Error: could not open `/nodir/x'\n", "java", "@/nodir/x"),
			want:  []string{`jvm-bad-option: The java launcher could not open the file of arguments "/nodir/x".`}},
		{name: "an option the launcher takes from no variable",
			death: died(1, "NOTE: Picked up JDK_JAVA_OPTIONS: -jar x\nError: Option -jar is not allowed in environment variable JDK_JAVA_OPTIONS\n", "java"),
			want:  []string{"jvm-bad-option: The java launcher does not take the option -jar, set in JDK_JAVA_OPTIONS."}},
		{name: "a word in a variable",
			death: died(1, "NOTE: Picked up JDK_JAVA_OPTIONS: foo\nError: Cannot specify main class in environment variable JDK_JAVA_OPTIONS\n", "java"),
			want:  []string{"jvm-bad-option: The java launcher found a word in JDK_JAVA_OPTIONS that is no option."}},
		{name: "one of a few values",
			death: died(1, "Syntax error, expecting -XX:NativeMemoryTracking=[off|summary|detail]\n"+refusedJVM, "java", "-XX:NativeMemoryTracking=nope"),
			want:  []string{"jvm-bad-option: The JVM cannot use the option -XX:NativeMemoryTracking=nope, given on the command line: its value must be one of off, summary, detail."}},
		{name: "an option whose value is missing, and how java is used",
			death: died(1, "Error: -jar requires jar file specification\nUsage: java [options] <mainclass> [args...]\n"+strings.Repeat("    -more\n", 60), "java", "-jar"),
			want:  []string{"jvm-bad-option: The java launcher needs a value after the option -jar, given on the command line, and there is none."}},
		{name: "a saved log", death: saved("starting\nUnrecognized VM option 'UseParNewGC'\n" + refusedJVM),
			want: []string{"jvm-bad-option: The JVM does not know the option -XX:+UseParNewGC."}},
		{name: "an image with a start script and a variable of its own",
			death: inEnvironment(died(1, "Unrecognized VM option 'NoSuch'\n"+refusedJVM, "/start.sh"), "PATH", "JAVA_OPTS"),
			want:  []string{"jvm-bad-option: The JVM does not know the option -XX:NoSuch."}},

		{name: "a script tries an option and goes on without it",
			death: died(1, "Unrecognized VM option 'UseZGC'\n"+refusedJVM+strings.Repeat("working\n", 13))},
		{name: "a script tries an option and serves", death: Death{Lines: lines("Unrecognized VM option 'UseZGC'\n" + refusedJVM)}},
		{name: "it ended well", death: died(0, "Unrecognized VM option 'UseZGC'\n"+refusedJVM)},
		{name: "another program's command line", death: died(1, "Unrecognized option: --nope\nusage: app [options]\n", "java", "-jar", "/app.jar", "--nope")},
		{name: "nothing stands above", death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Xmx64m\n"+refusedJVM)},
	})
}

func TestBadOptionsAreExplained(t *testing.T) {
	for _, c := range []struct{ name, output, cause, remedy string }{
		{"removed, with a replacement", "Unrecognized VM option 'UseConcMarkSweepGC'\n",
			"-XX:+UseConcMarkSweepGC is an option of older releases: Java 14 and newer do not have it.",
			"Remove it (the JVM chooses a collector itself), or choose -XX:+UseG1GC, -XX:+UseParallelGC or -XX:+UseZGC. Look for it in the image's ENTRYPOINT and CMD, in its start script, and in JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and JAVA_OPTS."},
		{"newer than the image", "Picked up JAVA_TOOL_OPTIONS: -XX:AOTCache=app.aot\nUnrecognized VM option 'AOTCache=app.aot'\n",
			"-XX:AOTCache=app.aot is an option of Java 24 and newer: the JVM in the image is older.",
			"Remove it, or take a base image or builder with that release. It is set in JAVA_TOOL_OPTIONS."},
		{"another vendor's", "Unrecognized option: -Xgcpolicy:gencon\n", "-Xgcpolicy:gencon is an option of OpenJ9.",
			"Remove it, or choose one of HotSpot's collectors (-XX:+UseG1GC). Look for it in the image's ENTRYPOINT and CMD, in its start script, and in JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and JAVA_OPTS."},
		{"one of a family", "Unrecognized VM option 'CMSInitiatingOccupancyFraction=70'\n",
			"-XX:CMSInitiatingOccupancyFraction=70 is an option of older releases: Java 14 and newer do not have it.",
			"Remove it with the collector it belongs to (Concurrent Mark Sweep); G1 needs no tuning to begin with. Look for it in the image's ENTRYPOINT and CMD, in its start script, and in JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and JAVA_OPTS."},
		{"unknown to everybody", "Unrecognized VM option 'NoSuch=3'\n",
			"It is misspelt, or it belongs to another Java release or to another vendor's JVM than the image has.",
			"Remove -XX:NoSuch=3, or correct it. Look for it in the image's ENTRYPOINT and CMD, in its start script, and in JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and JAVA_OPTS."},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(died(1, c.output+refusedJVM))
			if len(findings) != 1 {
				t.Fatalf("got %d findings, want 1", len(findings))
			}
			if diff := cmp.Diff([]string{c.cause, c.remedy}, []string{findings[0].Cause, findings[0].Remedy}); diff != "" {
				t.Errorf("cause and remedy (-want +got):\n%s", diff)
			}
		})
	}
}
