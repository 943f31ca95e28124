package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassVersions(t *testing.T) {
	const (
		newer  = "java.lang.UnsupportedClassVersionError: com/acme/App has been compiled by a more recent version of the Java Runtime (class file version 69.0), this version of the Java Runtime only recognizes class file versions up to 61.0\n"
		frames = "\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n\tat java.base/java.lang.ClassLoader.defineClass(ClassLoader.java:1017)\n"
		told   = "jvm-class-version: The class com.acme.App was compiled for Java 25 (class file version 69.0), and the JVM in the image is Java 17, which reads up to 61.0."
	)
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	checkDeaths(t, []deathCase{
		{name: "the main class, Java 11 and newer",
			death: died(1, "Error: LinkageError occurred while loading main class com.acme.App\n\t"+newer, "java"), want: []string{told}},
		{name: "the main class, Java 8",
			death: died(1, "Error: A JNI error has occurred, please check your installation and try again\nException in thread \"main\" java.lang.UnsupportedClassVersionError: App has been compiled by a more recent version of the Java Runtime (class file version 55.0), this version of the Java Runtime only recognizes class file versions up to 52.0\n"+frames, "java"),
			want:  []string{"jvm-class-version: The class App was compiled for Java 11 (class file version 55.0), and the JVM in the image is Java 8, which reads up to 52.0."}},
		{name: "a class loaded later",
			death: died(1, "Exception in thread \"main\" java.lang.IllegalStateException: context\n\tat L.main(L.java:1)\nCaused by: "+newer+frames+"\t... 1 more\n", "java"), want: []string{told}},
		{name: "an older JVM's words", // from public reports
			death: died(1, "Exception in thread \"main\" java.lang.UnsupportedClassVersionError: com/acme/App : Unsupported major.minor version 52.0\n"+frames, "java"),
			want:  []string{"jvm-class-version: The class com.acme.App was compiled for Java 8 (class file version 52.0), and the JVM in the image is an older release."}},
		{name: "OpenJ9's words", // from public reports
			death: died(1, "Error: LinkageError occurred while loading main class App\n\tjava.lang.UnsupportedClassVersionError: JVMCFRE199E bad major version 61.0 of class=App, the maximum supported major version is 55.0; offset=6\n", "java"),
			want:  []string{"jvm-class-version: The class App was compiled for Java 17 (class file version 61.0), and the JVM in the image is Java 11, which reads up to 55.0."}},
		{name: "preview features that are not enabled",
			death: died(1, "Error: LinkageError occurred while loading main class T\n\tjava.lang.UnsupportedClassVersionError: Preview features are not enabled for T (class file version 61.65535). Try running with '--enable-preview'\n", "java"),
			want:  []string{"jvm-class-version: The class T uses preview features of Java 17 (class file version 61.65535), and they are not enabled."}},
		{name: "preview features of another release",
			death: died(1, "Error: LinkageError occurred while loading main class T\n\tjava.lang.UnsupportedClassVersionError: T (class file version 61.65535) was compiled with preview features that are unsupported. This version of the Java Runtime only recognizes preview features for class file version 69.65535\n", "java"),
			want:  []string{"jvm-class-version: The class T uses preview features of Java 17 (class file version 61.65535), and the JVM in the image is Java 25: it knows only those of its own release."}},
		{name: "preview features of a release that is too new",
			death: died(1, "Exception in thread \"main\" "+strings.Replace(newer, "69.0", "69.65535", 1)+frames, "java"),
			want:  []string{"jvm-class-version: The class com.acme.App was compiled for Java 25 with preview features (class file version 69.65535), and the JVM in the image is Java 17, which reads up to 61.0."}},
		{name: "a Java agent",
			death: died(139, "Exception in thread \"main\" "+newer+frames+agentAborts, "java"), want: []string{told}},
		{name: "a saved log with a logger's marks",
			death: saved("2024-01-02 10:00:00 ERROR [main] Application run failed\njava.lang.IllegalStateException: no\n" + strings.ReplaceAll(frames, ")\n", ") ~[?:?]\n") + "Caused by: " + newer + frames), want: []string{told, "spring-start-failure: As a consequence Spring could not start the application."}},

		{name: "an optional class is too new and the JVM dies of something else",
			death: died(1, "DEBUG skipping\n"+newer+frames+"Exception in thread \"main\" java.net.BindException: Address already in use\n\tat sun.nio.ch.Net.bind0(Native Method)\n", "java")},
		{name: "an optional class is too new and the service lives", death: Death{Lines: lines("DEBUG skipping\n" + newer + frames)}},
		{name: "an optional class was too new long ago", death: died(1, newer+frames+strings.Repeat("working\n", 40), "java")},
	})
}

func TestSpringBootThreeOnAnOldJVMIsNamed(t *testing.T) {
	findings := Diagnose(died(1, "Error: LinkageError occurred while loading main class org.springframework.boot.loader.launch.JarLauncher\n"+
		"\tjava.lang.UnsupportedClassVersionError: org/springframework/boot/loader/launch/JarLauncher has been compiled by a more recent version of the Java Runtime (class file version 61.0), this version of the Java Runtime only recognizes class file versions up to 55.0\n", "java"))
	if len(findings) != 1 {
		t.Fatalf("got %d findings, want 1", len(findings))
	}
	if diff := cmp.Diff("Spring Boot 3 and Spring Framework 6 need Java 17 or newer.", findings[0].Cause); diff != "" {
		t.Errorf("cause (-want +got):\n%s", diff)
	}
}
