package diagnose

import (
	"fmt"
	"path"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const mainClassMissing = "jvm-main-class-missing"

var mainClassMarkers = []marker{
	{text: "Error: Could not find or load main class ", follow: 1},
	{text: "Error: Unable to initialize main class ", follow: 1},
	{text: "no main manifest attribute, in "},
	{text: "Error: Unable to access jarfile "},
	{text: "Error: Invalid or corrupt jarfile "},
	{text: "Error: Main method "},
	{text: "Usage: java ["},
	{text: "Error: An unexpected error occurred while trying to open file "},
}

// afterLauncher is how many lines a wrapper may add after the launcher's.
const afterLauncher = 8

// judgeMainClass looks for a java launcher that found nothing to run.
func judgeMainClass(s scene) (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	if first, ok := s.usage(); ok && (first == 0 || pickedUp.MatchString(s.output[first-1].Text)) {
		return report(mainClassMissing, "The java launcher was started with nothing to run.",
			"No class, jar file or module stands on its command line: a variable that should hold it is empty, or CMD was overridden.",
			"Write what to run after java's options: java -jar /app.jar.", s.output[first].evidence()), true
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterLauncher; i-- {
		for _, l := range launcherWords {
			m := l.shape.FindStringSubmatch(s.output[i].Text)
			if m == nil {
				continue
			}
			cause := launcherCause(s.below(i, 1))
			if cause.missing == classVersionError {
				return finding.Finding{}, false // the class is there; its version is another judge's
			}
			told := l.tell(m[1], cause)
			evidence := []finding.Evidence{s.output[i].evidence()}
			if cause.line != nil {
				evidence = append(evidence, cause.line.evidence())
			}
			return report(mainClassMissing, told.message, told.cause, told.remedy, evidence...), true
		}
	}
	return finding.Finding{}, false
}

// afterUsage is how many lines the launcher's text about its usage has at most, in any release.
const afterUsage = 150

// usage returns the line that begins the launcher's text about its usage, where that is all it has to say.
func (s scene) usage() (int, bool) {
	for i, l := range s.output {
		if usageLine.MatchString(l.Text) {
			return i, s.after(i) <= afterUsage
		}
		if i > 4 {
			break
		}
	}
	return 0, false
}

var usageLine = lazyregexp.MustCompile(`^Usage: java \[-?(?:java )?options(?:\.\.\.)?\] `)

// because is the line below the launcher's: why the class could not be loaded. Java 8 does not say.
type because struct {
	missing string // the class of the exception that says so
	what    string // its message
	line    *Line
}

var launcherCaused = lazyregexp.MustCompile(`^Caused by: (\S+?)(?::(?: (.*))?)?$`)

func launcherCause(below []Line) because {
	if len(below) == 0 {
		return because{}
	}
	m := launcherCaused.FindStringSubmatch(below[0].Text)
	if m == nil {
		return because{}
	}
	return because{missing: m[1], what: m[2], line: &below[0]}
}

// launcherWords are what the java launcher says (LauncherHelper.java, launcher.properties, java.c).
var launcherWords = []struct {
	shape *lazyregexp.Regexp
	tell  func(name string, cause because) initReason
}{
	{lazyregexp.MustCompile(`^Error: Could not find or load main class ?(.*)$`), noMainClass},
	{lazyregexp.MustCompile(`^Error: Unable to initialize main class (.+)$`), noDependency},
	{lazyregexp.MustCompile(`^(?:Failed to load Main-Class manifest attribute from|no main manifest attribute, in) (.+)$`), func(jar string, _ because) initReason {
		return initReason{message: fmt.Sprintf("The jar file %s names no main class in its manifest.", quote(jar)),
			cause:  "It is a plain library, or the one of two jar files that is not executable (NAME-plain.jar, NAME.jar.original), or the build does not set Main-Class.",
			remedy: "Copy the executable jar file into the image, or let the build set Main-Class (with Spring Boot: the bootJar task, the repackage goal), or run a class with java -cp."}
	}},
	{lazyregexp.MustCompile(`^Error: Unable to access jarfile ?(.*)$`), noJar},
	{lazyregexp.MustCompile(`^Error: (?:Invalid or corrupt jarfile|An unexpected error occurred while trying to open file) (.+)$`), func(jar string, _ because) initReason {
		return initReason{message: fmt.Sprintf("%s is no jar file that the JVM can read.", quote(jar)),
			cause:  "It is empty, cut short, a directory, a Git LFS pointer, or a web page that was downloaded in its place.",
			remedy: "Look at the file in the image (its size, and `unzip -l`), and at the step that copies or downloads it."}
	}},
	{lazyregexp.MustCompile(`^Error: Main method not found in class ([^,\s]+)`), func(class string, _ because) initReason {
		return initReason{message: fmt.Sprintf("The class %s has no main method.", class),
			cause:  "The name is of another class than was meant, or its method is not public static void main(String[]), which releases before Java 25 ask for.",
			remedy: "Name the class that has the main method, in the manifest (Main-Class, Start-Class) or after java."}
	}},
	{lazyregexp.MustCompile(`^Error: Main method (?:is not static|must return a value of type void) in class ([^,\s]+)`), func(class string, _ because) initReason {
		return initReason{message: fmt.Sprintf("The main method of %s is not of the form the JVM in the image asks for.", class),
			remedy: "Write it as public static void main(String[] args), or use Java 25 or newer."}
	}},
}

// noJar explains a jar file that is not there.
func noJar(jar string, _ because) initReason {
	r := initReason{message: fmt.Sprintf("The jar file %s is not in the image, or cannot be read.", quote(jar)),
		cause:  "COPY puts it somewhere else, under another name (a version in it?), the working directory is another, or USER may not read it.",
		remedy: fmt.Sprintf("Check that COPY puts the file at %s, that .dockerignore does not leave it out, and that no volume hides it.", quote(jar))}
	switch {
	case strings.ContainsAny(jar, "*?"):
		r.cause = "A name with a wildcard is expanded by a shell only; the list form of ENTRYPOINT and CMD has none."
		r.remedy = "Name the file in full, or COPY it under a fixed name (COPY target/*.jar /app.jar)."
	case strings.Contains(jar, "$"):
		r.cause = notExpanded
		r.remedy = "Write the name out, or start through a shell: [\"sh\", \"-c\", \"exec java -jar …\"]."
	case jar == "" || strings.HasPrefix(jar, "-"):
		r.cause = "An option stands where the name of the jar file belongs."
		r.remedy = "Put options before -jar, and the file's name right after it."
	}
	return r
}

const notExpanded = "The list form of ENTRYPOINT and CMD does not expand variables: there is no shell."

// The launchers of Spring Boot, which 3.2 moved from one package to another.
const (
	oldLoader = "org.springframework.boot.loader."
	newLoader = "org.springframework.boot.loader.launch."
)

// noMainClass explains a main class that cannot be loaded.
func noMainClass(name string, cause because) initReason {
	r := initReason{
		message: fmt.Sprintf("The main class %s was not found.", quote(name)),
		cause:   "It is not on the class path, its name is misspelt, or the manifest names a class that was moved.",
		remedy:  "Check the name (with its package, without .class) and the class path against what is in the image.",
	}
	simple := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case strings.HasSuffix(simple, "Launcher") && name == newLoader+simple:
		r.cause = "Spring Boot 3.2 moved its launchers to that package; the application is of an older release."
		r.remedy = fmt.Sprintf("Start %s%s with Spring Boot before 3.2, or java -jar, which reads the name from the manifest.", oldLoader, simple)
	case strings.HasSuffix(simple, "Launcher") && name == oldLoader+simple:
		r.cause = "Spring Boot 3.2 moved its launchers to another package."
		r.remedy = fmt.Sprintf("Start %s%s instead, in the Dockerfile's ENTRYPOINT or the start script.", newLoader, simple)
	case strings.Contains(cause.what, "wrong name: "):
		r.message = fmt.Sprintf("The main class %s could not be loaded: the file of that name holds another class.", quote(name))
		r.remedy = "Name the class with its package, and put the root of the packages on the class path."
	case cause.missing != "" && cause.missing != "java.lang.ClassNotFoundException":
		r.message = fmt.Sprintf("The main class %s could not be loaded: %s.", quote(name), brief(strings.TrimSuffix(cause.missing+": "+cause.what, ": ")))
		r.cause = ""
		if strings.HasSuffix(cause.missing, ".NoClassDefFoundError") {
			r.cause = fmt.Sprintf("It needs %s, which is not on the class path.", dotted(cause.what))
			r.remedy = "Put the missing library on the class path (the thin jar was copied without its dependencies?)."
		}
	case strings.HasPrefix(name, "$") || strings.Contains(name, "${"):
		r.cause = notExpanded
		r.remedy = "Start through a shell ([\"sh\", \"-c\", \"exec java $JAVA_OPTS -jar /app.jar\"]), or set JAVA_TOOL_OPTIONS, which the JVM reads itself."
	case strings.TrimSpace(name) != name || name == "" || strings.HasPrefix(strings.TrimSpace(name), "-"):
		r.cause = "An empty word or one with a space in it stands among java's options, and is taken for the class to run: a variable in quotation marks that is empty or holds several options."
		r.remedy = "Leave the quotation marks off in the start script (java $JAVA_OPTS …), or use JAVA_TOOL_OPTIONS."
	case strings.HasSuffix(name, ".jar"):
		r.cause = "-jar is missing before the name, or an option before it swallowed it."
		r.remedy = "Write java -jar " + path.Base(strings.ReplaceAll(name, ".jar", "")) + ".jar, with options before -jar."
	case strings.HasSuffix(name, ".class") || strings.HasSuffix(name, ".java"):
		r.cause = "The name of a file stands where the name of a class belongs."
		r.remedy = "Name the class with its package and without an ending."
	case strings.ContainsAny(name, "=:"):
		r.cause = "A part of an option stands alone and is taken for the class to run: there is a space too many, or quotation marks are missing."
		r.remedy = "Write the option without spaces, or put it in quotation marks."
	}
	return r
}

// noDependency explains a main class whose own references cannot be resolved (Java 11 and newer).
func noDependency(name string, cause because) initReason {
	r := initReason{message: fmt.Sprintf("The main class %s could not be initialized.", quote(name)),
		remedy: "Put the missing library on the class path (the thin jar was copied without its dependencies?)."}
	if cause.missing != "" {
		r.message = fmt.Sprintf("The main class %s could not be initialized: %s.", quote(name), brief(strings.TrimSuffix(cause.missing+": "+cause.what, ": ")))
	}
	if strings.HasSuffix(cause.missing, ".NoClassDefFoundError") {
		r.cause = fmt.Sprintf("It needs %s, which is not on the class path.", dotted(cause.what))
	}
	return r
}
