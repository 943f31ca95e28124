package diagnose

import (
	"strings"
	"testing"

	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

// knownDeath is a death, and the rule it is reported under.
type knownDeath struct {
	death Death
	rule  string
}

// ofRule makes a death of a rule's class, with the output it left.
func ofRule(rule string, lines ...string) knownDeath {
	return knownDeath{Death{Exited: true, ExitCode: 1, Lines: printed(lines...)}, rule}
}

// exits changes how the process ended.
func (k knownDeath) exits(code int) knownDeath {
	k.death.ExitCode = code
	return k
}

// ofCrash makes the death of a JVM, process 1, that wrote a report of it.
func ofCrash(lines ...string) knownDeath { return ofRule("jvm-crash-signal", lines...).exits(139) }

// with changes what is known of the death.
func (k knownDeath) with(change func(*Death)) knownDeath {
	change(&k.death)
	return k
}

// header is the header of an error report.
func header(signal, jre, vm, frame string) []string {
	return []string{
		"#", "# A fatal error has been detected by the Java Runtime Environment:", "#",
		"#  " + signal + " (0xb) at pc=0x00007f8c11d3a2f7, pid=1, tid=0x00007f8c12ea4700", "#",
		"# JRE version:  (" + jre + ") (build )", "# Java VM: OpenJDK 64-Bit Server VM (" + vm + ")",
		"# Problematic frame:", "# " + frame, "#",
	}
}

// pair is a death that a known cause explains, and one that differs in a single fact, which it does not.
type pair struct {
	id         string
	fits, near knownDeath
}

func pairs() []pair {
	const (
		reserved = "V  [libjvm.so+0xb2a2f7]  VirtualMemoryTracker::add_reserved_region(unsigned char*, unsigned long, NativeCallStack const&, MemoryType, bool)+0x77"
		java8    = "25.302-b08 mixed mode linux-amd64 compressed oops"
		java21   = "21.0.5+11-LTS, mixed mode, sharing, tiered, compressed oops, compressed class ptrs, g1 gc, linux-"
		tcnative = "C  [libio_grpc_netty_shaded_netty_tcnative_linux_x86_6416403915550837391.so+0x29193]  netty_internal_tcnative_SSLContext_JNI_OnLoad+0x7b3"
		refused  = "[0.004s][warning][os,thread] Failed to start thread \"GC Thread#0\" - pthread_create failed (EPERM) for attributes: stacksize: 1024k, guardsize: 4k, detached."
		memory   = "# There is insufficient memory for the Java Runtime Environment to continue."
		worker   = "# Cannot create worker GC thread. Out of system resources."
		biased   = "Unrecognized VM option 'UseBiasedLocking'"
		noVM     = "Error: Could not create the Java Virtual Machine."
		noMore   = "Error: A fatal exception has occurred. Program will exit."
		counted  = "Calculated JVM Memory Configuration: -XX:MaxDirectMemorySize=10M -Xmx1266938K -XX:MaxMetaspaceSize=174185K -XX:ReservedCodeCacheSize=240M -Xss1M (Total Memory: 1953124K, Thread Count: 250, Loaded Class Count: 28339, Headroom: 0%)"
		classes  = "Terminating due to java.lang.OutOfMemoryError: Metaspace"
		bash     = "/__cacert_entrypoint.sh: exec: line 30: bash: not found"
	)
	liberica := func(version string) func(*Death) {
		return func(d *Death) {
			d.Buildpacks = []Buildpack{{"paketo-buildpacks/ca-certificates", "3.10.0"}, {"paketo-buildpacks/bellsoft-liberica", version}}
		}
	}
	temurin := func(d *Death) { d.Environment = []string{"PATH", "JAVA_VERSION"} }
	return []pair{
		{"java8-native-memory-tracking-2021", ofCrash(header("SIGSEGV", "8.0_302-b08", java8, reserved)...), ofCrash(header("SIGSEGV", "11.0.12+7", java8, reserved)...)},
		{"java8-native-memory-tracking", ofCrash(header("SIGSEGV", "8.0_352-b08", java8, reserved)...), ofCrash(header("SIGSEGV", "8.0_352-b08", java8, "V  [libjvm.so+0x6d2a2f]  JavaThread::run()+0x77")...)},
		{"apple-m4-sve", ofCrash(header("SIGILL", "21.0.5+11", java21+"aarch64", "j  java.lang.System.registerNatives()V+0 java.base@21.0.5")...),
			ofCrash(header("SIGILL", "21.0.5+11", java21+"amd64", "j  java.lang.System.registerNatives()V+0 java.base@21.0.5")...)},
		{"netty-tcnative-on-musl", ofCrash(header("SIGSEGV", "21.0.2+13", java21+"amd64", tcnative)...),
			ofCrash(header("SIGSEGV", "21.0.2+13", java21+"amd64", strings.Replace(tcnative, "SSLContext_JNI_OnLoad", "SSL_read", 1))...)},
		{"clone3-refused", ofRule("jvm-oom-native-memory", refused, "#", memory, worker), ofRule("jvm-oom-thread", strings.Replace(refused, "EPERM", "EAGAIN", 1), "#", memory, worker)},
		{"spring-boot-launcher-moved", ofRule("jvm-main-class-missing", "Error: Could not find or load main class org.springframework.boot.loader.JarLauncher"),
			ofRule("jvm-main-class-missing", "Error: Could not find or load main class org.springframework.boot.loader.launch.JarLauncher")},
		{"paketo-java-21", ofRule("jvm-bad-option", biased, noVM, noMore).with(liberica("11.0.1")), ofRule("jvm-bad-option", biased, noVM, noMore).with(liberica("10.9.2"))},
		{"cds-archive-and-agent", ofRule("jvm-init-failure", "[0.016s][error][cds] CDS is disabled because early JVMTI ClassFileLoadHook is in use.", "Error occurred during initialization of VM", "Unable to use shared archive."),
			ofRule("jvm-init-failure", "Error occurred during initialization of VM", "Unable to use shared archive.")},
		{"paketo-metaspace", ofRule("jvm-oom-metaspace", counted, classes).exits(3), ofRule("jvm-oom-metaspace", strings.Replace(counted, "-XX:MaxMetaspaceSize=174185K ", "", 1), classes).exits(3)},
		{"memory-calculator-failed", ofRule("buildpack-launcher", "ERROR: failed to launch: exec.d: failed to execute exec.d file at path '/layers/paketo-buildpacks_bellsoft-liberica/helper/exec.d/memory-calculator': exit status 1").exits(82),
			ofRule("buildpack-launcher", "ERROR: failed to launch: exec.d: failed to execute exec.d file at path '/layers/paketo-buildpacks_bellsoft-liberica/helper/exec.d/java-opts': exit status 1").exits(82)},
		{"no-default-process", ofRule("buildpack-launcher", "ERROR: failed to launch: determine start command: when there is no default process a command is required").exits(82),
			ofRule("buildpack-launcher", "ERROR: failed to launch: determine start command: process type web was not found").exits(82)},
		{"script-without-shell", ofRule("buildpack-launcher", "ERROR: failed to launch: direct exec: no such file or directory").exits(82), ofRule("buildpack-launcher", "ERROR: failed to launch: direct exec: permission denied").exits(82)},
		{"tomcat-for-another-group", ofRule("entrypoint-missing", "catalina.sh: /layers/paketo-buildpacks_apache-tomcat/tomcat/bin/catalina.sh: Permission denied").exits(126),
			ofRule("entrypoint-missing", "catalina.sh: /layers/paketo-buildpacks_apache-tomcat/tomcat/bin/setclasspath.sh: Permission denied").exits(126)},
		{"alpine-without-bash", ofRule("entrypoint-missing", bash).exits(127).with(temurin), ofRule("entrypoint-missing", bash).exits(127)},
		{"distroless-java-not-executable", ofRule("entrypoint-missing").with(func(d *Death) {
			d.Exited = false
			d.StartError = `OCI runtime create failed: runc create failed: unable to start container process: exec: "/usr/bin/java": permission denied: unknown`
		}), ofRule("entrypoint-missing").with(func(d *Death) {
			d.Exited = false
			d.StartError = `OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/java": permission denied: unknown`
		})},
	}
}

func TestEveryKnownCauseFitsWhatItIsAboutAndNotWhatIsNextToIt(t *testing.T) {
	tested := map[string]bool{}
	for _, p := range pairs() {
		tested[p.id] = true
		t.Run(p.id, func(t *testing.T) {
			for want, k := range map[bool]knownDeath{true: p.fits, false: p.near} {
				found := Rules{}.Apply(k.death, Diagnose(k.death))
				if len(found) != 1 || found[0].Rule != k.rule {
					t.Fatalf("findings are %+v, want one of %s", found, k.rule)
				}
				if fits := found[0].Known != nil && found[0].Known.ID == p.id; fits != want {
					t.Errorf("fits: %v, want %v; the known cause is %+v", fits, want, found[0].Known)
				}
			}
		})
	}
	for _, c := range KnownCauses() {
		if !tested[c.ID] {
			t.Errorf("known cause %s has no pair of deaths", c.ID)
		}
		if c.Link == "" || len(c.Rule) == 0 {
			t.Errorf("known cause %s has no link, or no rule", c.ID)
		}
	}
}

func TestWhatACauseAsksForMustAllBeThere(t *testing.T) {
	f := finding.New("jvm-crash-signal", "The JVM was ended by SIGSEGV.")
	f.Evidence = []finding.Evidence{{Source: "stderr", Text: "# evidence"}}
	f.Crash = &finding.Crash{
		Version: "17.0.8+7", Vendor: "Eclipse Adoptium", VM: "OpenJDK 64-Bit Server VM Temurin-17.0.8+7 (17.0.8+7)", Options: []string{"-XX:+UseZGC", "-Xmx512m"},
		Frame: &finding.Frame{Kind: "C", Text: "C  0x0000000000021866"}, NativeFrames: []finding.Frame{{Text: "0x21866"}, {Library: "libx.so", Text: "C  [libx.so+0x12]  x_init+0x2"}},
	}
	d := Death{
		Lines:       printed("NOTE: Picked up JDK_JAVA_OPTIONS: -Da=b -javaagent:/a.jar", "Paketo Buildpack for Spring Boot 5.30.0", "the end"),
		Entrypoint:  []string{"/usr/bin/java", "-Dx=/layers/acme_own-jre/jre/x", "-ea", "-jar", "/app.jar", "-not-jvm"},
		Environment: []string{"PATH", "BPL_JVM_THREAD_COUNT"}, Buildpacks: []Buildpack{{"acme/own", "1.2.3"}},
	}
	const head = "- {id: x, cause: why, remedy: this, "
	for _, test := range []struct {
		asks string
		want bool
	}{
		{"rule: jvm-crash-signal", true},
		{"rule: [jvm-oom-heap, jvm-crash-signal]", true},
		{"rule: jvm-oom-heap", false},
		{"frame: 'libx.*x_init'", true},
		{"frame: liby", false},
		{"jre: '17'", true},
		{"jre: '>= 17, < 17.0.8'", false},
		{"vendor: Adoptium", true},
		{"vendor: Temurin", true},
		{"vendor: Corretto", false},
		{"flag: -XX:+UseZGC", true},
		{"flag: [-Xmx, -javaagent, -ea]", true},
		{"flag: [-Xmx, -Xms]", false},
		{"flag: -XX:+UseZ", false},
		{"flag: -not-jvm", false},
		{"env: BPL_JVM_THREAD_COUNT", true},
		{"env: [PATH, HOME]", false},
		{"buildpack: {id: ^acme/own$}", true},
		{"buildpack: {id: ^acme/own$, version: '~> 1.2'}", true},
		{"buildpack: {id: ^acme/own$, version: '>= 2'}", false},
		{"buildpack: {id: spring-boot, version: '>= 5, < 6'}", true},
		{"buildpack: {id: ^acme/own-jre$}", true},
		{"buildpack: {id: ^acme/own-jre$, version: '> 0'}", false},
		{"text: the end", true},
		{"text: [SIGSEGV, evidence]", true},
		{"text: [SIGSEGV, nothing]", false},
		{"frame: libx, jre: '17', flag: -Xmx, env: PATH, text: end, vendor: Adoptium, buildpack: {id: own}", true},
		{"frame: libx, jre: '17', flag: -Xmx, env: PATH, text: end, vendor: Adoptium, buildpack: {id: other}", false},
	} {
		t.Run(test.asks, func(t *testing.T) {
			causes, err := ParseCauses([]byte(head + test.asks + "}"))
			if err != nil {
				t.Fatal(err)
			}
			if got := causes.Explain(d, []finding.Finding{f})[0].Known != nil; got != test.want {
				t.Errorf("fits: %v, want %v", got, test.want)
			}
		})
	}
}

func TestACauseIsLookedForInTheServiceThatDied(t *testing.T) {
	causes, err := ParseCauses([]byte("- {id: x, text: no space, cause: why, remedy: this}"))
	if err != nil {
		t.Fatal(err)
	}
	d := Death{Lines: []Line{
		{Number: 1, Text: "Attaching to app-1, db-1"},
		{Number: 2, Stream: "app-1", Service: "app-1", Text: "dead"},
		{Number: 3, Stream: "db-1", Service: "db-1", Text: "no space left"},
		{Number: 4, Stream: "db-1", Service: "db-1", Text: "dead, too"},
	}}
	var findings []finding.Finding
	for _, l := range []Line{d.Lines[1], d.Lines[3]} {
		f := finding.New("jvm-oom-heap", "The heap was full.")
		f.Evidence = []finding.Evidence{l.evidence()}
		findings = append(findings, f)
	}
	var got []bool
	for _, f := range causes.Explain(d, findings) {
		got = append(got, f.Known != nil)
	}
	if diff := cmp.Diff([]bool{false, true}, got); diff != "" {
		t.Errorf("explained (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotKnownIsNotThere(t *testing.T) {
	f := finding.New("jvm-oom-heap", "The heap was full.")
	for _, asks := range []string{"jre: '> 0'", "jre: '!= 8'", "frame: .", "vendor: .*", "flag: -Xmx", "env: PATH", "buildpack: {id: .}", "text: ."} {
		causes, err := ParseCauses([]byte("- {id: x, rule: jvm-oom-heap, cause: why, remedy: this, " + asks + "}"))
		if err != nil {
			t.Fatal(err)
		}
		got := causes.Explain(Death{}, []finding.Finding{f})[0]
		if want := asks == "text: ."; (got.Known != nil) != want { // the message is a text
			t.Errorf("%s fits: %v, want %v", asks, got.Known != nil, want)
		}
	}
}

func TestAVersionOfJavaIsReadOffTheOutput(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"an error report's", []string{"# JRE version: OpenJDK Runtime Environment Temurin-17.0.8+7 (17.0.8+7) (build 17.0.8+7)"}, "17.0.8+7"},
		{"Spring Boot's", []string{"2026-01-01 INFO 1 --- [main] c.a.Shop : Starting Shop v1.2 using Java 1.8.0_302 with PID 1 (/app.jar started by cnb in /)"}, "8.0.302"},
		{"Tomcat's", []string{"01-Jan-2026 10:00:00.000 INFO [main] org.apache.catalina.startup.VersionLoggerListener.log JVM Version:           21.0.5+11-LTS"}, "21.0.5+11"},
		{"two that agree", []string{"# JRE version: (17.0.8+7) (build )", "Starting Shop using Java 17.0.8 on host"}, "17.0.8"},
		{"two that differ", []string{"Starting Shop using Java 17.0.8 on host", "Starting Shop using Java 21.0.1 on host"}, ""},
		{"a sentence about Java", []string{"We are using Java 17 here"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if v := versionIn(test.lines); v != nil {
				got = v.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("version (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuildpacksIntroduceThemselves(t *testing.T) {
	for _, test := range []struct {
		line string
		want []Buildpack
	}{
		{"Paketo Buildpack for BellSoft Liberica 8.7.0", []Buildpack{{"paketo-buildpacks/bellsoft-liberica", "8.7.0"}}},
		{"[INFO]     [creator]     Paketo BellSoft Liberica Buildpack 8.7.0", []Buildpack{{"paketo-buildpacks/bellsoft-liberica", "8.7.0"}}},
		{"Paketo Microsoft OpenJDK Buildpack 2.2.5", []Buildpack{{"paketo-buildpacks/microsoft-openjdk", "2.2.5"}}},
		{"see the Paketo Buildpack for details", nil},
	} {
		if diff := cmp.Diff(test.want, banner(test.line)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.line, diff)
		}
	}
}

func TestCausesThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"no list", "id: x", "reading known causes"},
		{"an unknown key", "- {id: x, rule: jvm-oom-heap, cause: a, remedy: b, regex: c}", `unknown field "regex"`},
		{"no condition", "- {id: x, cause: a, remedy: b}", "asks for nothing"},
		{"a rule that is not there", "- {id: x, rule: jvm-oom, cause: a, remedy: b}", `no rule "jvm-oom"`},
		{"a range that is none", "- {id: x, jre: new, cause: a, remedy: b}", "is no condition"},
		{"an empty list", "- {id: x, text: [], cause: a, remedy: b}", "a text or a list of texts"},
		{"twice the same", "- {id: x, text: a, cause: a, remedy: b}\n- {id: x, text: a, cause: a, remedy: b}", "two causes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseCauses([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, without %q", err, test.want)
			}
		})
	}
}

// printed makes lines of output.
func printed(texts ...string) []Line { return lines(strings.Join(texts, "\n")) }
