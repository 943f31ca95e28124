package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// portTaken is Spring Boot's report of a port that is in use.
const portTaken = "2026-03-01T10:00:01.000Z ERROR 1 --- [app] [main] o.s.b.d.LoggingFailureAnalysisReporter   : \n\n" +
	"***************************\nAPPLICATION FAILED TO START\n***************************\n\n" +
	"Description:\n\nWeb server failed to start. Port 8080 was already in use.\n\n" +
	"Action:\n\nIdentify and stop the process that's listening on port 8080 or configure this application to listen on another port.\n\n"

// runFailed is an exception that SpringApplication logs, without its root.
const runFailed = "2026-03-01 10:00:01.000 ERROR 1 --- [           main] o.s.boot.SpringApplication               : Application run failed\n\n" +
	"org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'a': boom\n" +
	"\tat org.springframework.beans.factory.support.AbstractBeanFactory.doGetBean(AbstractBeanFactory.java:1)\n" +
	"\tat com.acme.App.main(App.java:9)\n"

func TestSpringThatDoesNotStart(t *testing.T) {
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	const root = "Caused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)\n\t... 20 common frames omitted\n"
	checkDeaths(t, []deathCase{
		{name: "its own report", death: died(1, portTaken, "java"),
			want: []string{"spring-start-failure: Spring could not start the application: Web server failed to start. Port 8080 was already in use."}},
		{name: "its own report in a saved log, and words of farewell", death: saved(portTaken + "2026-03-01 INFO bye\n"),
			want: []string{"spring-start-failure: Spring could not start the application: Web server failed to start. Port 8080 was already in use."}},
		{name: "an exception", death: died(1, runFailed, "java"),
			want: []string{"spring-start-failure: Spring could not start the application: org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'a': boom."}},
		{name: "an exception and what it goes back to", death: died(1, runFailed+root, "java"),
			want: []string{"spring-start-failure: Spring could not start the application: java.net.ConnectException: Connection refused."}},
		{name: "a class that is too new is the cause",
			death: died(1, runFailed+"Caused by: java.lang.UnsupportedClassVersionError: com/acme/Lib has been compiled by a more recent version of the Java Runtime (class file version 65.0), this version of the Java Runtime only recognizes class file versions up to 61.0\n\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)\n", "java"),
			want: []string{
				"jvm-class-version: The class com.acme.Lib was compiled for Java 21 (class file version 65.0), and the JVM in the image is Java 17, which reads up to 61.0.",
				"spring-start-failure: As a consequence Spring could not start the application."}},
		{name: "a native library is the cause",
			death: died(1, runFailed+"Caused by: java.lang.UnsatisfiedLinkError: no nope in java.library.path: /usr/lib\n\tat java.base/java.lang.System.loadLibrary(System.java:2006)\n", "java"),
			want: []string{
				`link-error: The JVM ended because the native library "nope" (libnope.so) is in none of the directories of java.library.path.`,
				"spring-start-failure: As a consequence Spring could not start the application."}},

		{name: "it ended well", death: died(0, portTaken)},
		{name: "the service lives", death: Death{Lines: lines(portTaken)}},
		{name: "long ago", death: died(1, portTaken+strings.Repeat("working\n", 70))},
		{name: "a manual", death: died(1, "If you see\nAPPLICATION FAILED TO START\nread on.\n")},
		{name: "a title that nothing follows", death: died(1, "***************************\nAPPLICATION FAILED TO START\n***************************\n")},
	})
}

func TestSpringsOwnAdviceIsTheRemedy(t *testing.T) {
	findings := Diagnose(died(1, portTaken))
	if len(findings) != 1 {
		t.Fatalf("got %d findings, want 1", len(findings))
	}
	const want = "Identify and stop the process that's listening on port 8080 or configure this application to listen on another port."
	if diff := cmp.Diff(want, findings[0].Remedy); diff != "" {
		t.Errorf("remedy (-want +got):\n%s", diff)
	}
}

func TestACauseWhoseTraceWasNotKeptIsStillTheCause(t *testing.T) {
	d := died(1, runFailed)
	d.Lines = append(d.Lines, Line{Number: 300, Stream: "stderr", Text: "Caused by: java.net.ConnectException: Connection refused"})
	want := []string{"spring-start-failure: Spring could not start the application: java.net.ConnectException: Connection refused."}
	if diff := cmp.Diff(want, told(Diagnose(d))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
