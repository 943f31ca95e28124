package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMainClasses(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "a class that is not there",
			death: died(1, "Error: Could not find or load main class a.b.Missing\nCaused by: java.lang.ClassNotFoundException: a.b.Missing\n", "java"),
			want:  []string{`jvm-main-class-missing: The main class "a.b.Missing" was not found.`}},
		{name: "a class that is not there, Java 8", death: died(1, "Error: Could not find or load main class a.b.Missing\n", "java"),
			want: []string{`jvm-main-class-missing: The main class "a.b.Missing" was not found.`}},
		{name: "an empty word",
			death: died(1, "Error: Could not find or load main class \nCaused by: java.lang.ClassNotFoundException: \n", "/start.sh"),
			want:  []string{`jvm-main-class-missing: The main class "" was not found.`}},
		{name: "a class in the wrong directory",
			death: died(1, "Error: Could not find or load main class App\nCaused by: java.lang.NoClassDefFoundError: App (wrong name: com/acme/App)\n", "java"),
			want:  []string{`jvm-main-class-missing: The main class "App" could not be loaded: the file of that name holds another class.`}},
		{name: "a class whose parent is missing",
			death: died(1, "Error: Could not find or load main class App\nCaused by: java.lang.NoClassDefFoundError: com/acme/Base\n", "java"),
			want:  []string{`jvm-main-class-missing: The main class "App" could not be loaded: java.lang.NoClassDefFoundError: com/acme/Base.`}},
		{name: "a class that cannot be initialized",
			death: died(1, "Error: Unable to initialize main class App\nCaused by: java.lang.NoClassDefFoundError: org/slf4j/Logger\n", "java"),
			want:  []string{`jvm-main-class-missing: The main class "App" could not be initialized: java.lang.NoClassDefFoundError: org/slf4j/Logger.`}},
		{name: "a jar file without a main class", death: died(1, "no main manifest attribute, in /app.jar\n", "java"),
			want: []string{`jvm-main-class-missing: The jar file "/app.jar" names no main class in its manifest.`}},
		{name: "a jar file that is not there", death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Xmx64m\nError: Unable to access jarfile /app.jar\n", "java"),
			want: []string{`jvm-main-class-missing: The jar file "/app.jar" is not in the image, or cannot be read.`}},
		{name: "a jar file that is none", death: died(1, "Error: Invalid or corrupt jarfile app.jar\n", "java"),
			want: []string{`jvm-main-class-missing: "app.jar" is no jar file that the JVM can read.`}},
		{name: "a class without a main method",
			death: died(1, "Error: Main method not found in class NoMain, please define the main method as:\n   public static void main(String[] args)\nor a JavaFX application class must extend javafx.application.Application\n", "java"),
			want:  []string{`jvm-main-class-missing: The class NoMain has no main method.`}},

		{name: "nothing to run, JDK 17", death: died(1, "Picked up JAVA_TOOL_OPTIONS: -Xmx64m\nUsage: java [options] <mainclass> [args...]\n           (to execute a class)\n"+strings.Repeat("    -more\n", 60), "java"),
			want: []string{"jvm-main-class-missing: The java launcher was started with nothing to run."}},
		{name: "nothing to run, JDK 25", death: died(1, "Usage: java [java options...] <application> [application arguments...]\n\nWhere <application> is one of:\n", "java"),
			want: []string{"jvm-main-class-missing: The java launcher was started with nothing to run."}},
		{name: "nothing to run, Java 8", death: died(1, "Usage: java [-options] class [args...]\n           (to execute a class)\n", "java"), // from public reports
			want: []string{"jvm-main-class-missing: The java launcher was started with nothing to run."}},

		{name: "an application's own usage", death: died(1, "Usage: java -jar app.jar [options]\n", "java")},
		{name: "somebody asked how java is used", death: died(0, "Usage: java [options] <mainclass> [args...]\n", "java")},
		{name: "a script looks for a class and goes on", death: died(1, "Error: Could not find or load main class Probe\n"+strings.Repeat("working\n", 9))},
		{name: "the service lives", death: Death{Lines: lines("Error: Could not find or load main class Probe\n")}},
		{name: "the class is there and too new",
			death: died(1, "Error: Could not find or load main class App\nCaused by: java.lang.UnsupportedClassVersionError: App has been compiled by a more recent version of the Java Runtime (class file version 69.0), this version of the Java Runtime only recognizes class file versions up to 61.0\n", "java"),
			want:  []string{"jvm-class-version: The class App was compiled for Java 25 (class file version 69.0), and the JVM in the image is Java 17, which reads up to 61.0."}},
	})
}

func TestMainClassesAreExplainedByTheirNames(t *testing.T) {
	for _, c := range []struct{ name, class, want string }{
		{"Spring Boot's launcher before 3.2", "org.springframework.boot.loader.JarLauncher",
			"Start org.springframework.boot.loader.launch.JarLauncher instead, in the Dockerfile's ENTRYPOINT or the start script."},
		{"Spring Boot's launcher from 3.2 on", "org.springframework.boot.loader.launch.WarLauncher",
			"Start org.springframework.boot.loader.WarLauncher with Spring Boot before 3.2, or java -jar, which reads the name from the manifest."},
		{"a variable that no shell expanded", "$JAVA_OPTS",
			`Start through a shell (["sh", "-c", "exec java $JAVA_OPTS -jar /app.jar"]), or set JAVA_TOOL_OPTIONS, which the JVM reads itself.`},
		{"options within one pair of quotation marks", " -jar",
			"Leave the quotation marks off in the start script (java $JAVA_OPTS …), or use JAVA_TOOL_OPTIONS."},
		{"half an option", "=bar", "Write the option without spaces, or put it in quotation marks."},
		{"a jar file", "app.jar", "Write java -jar app.jar, with options before -jar."},
		{"a source file", "Hello.java", "Name the class with its package and without an ending."},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(died(1, "Error: Could not find or load main class "+c.class+"\nCaused by: java.lang.ClassNotFoundException: "+c.class+"\n", "java"))
			if len(findings) != 1 {
				t.Fatalf("got %d findings, want 1", len(findings))
			}
			if diff := cmp.Diff(c.want, findings[0].Remedy); diff != "" {
				t.Errorf("remedy (-want +got):\n%s", diff)
			}
		})
	}
}
