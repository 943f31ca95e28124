package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const (
	classVersion      = "jvm-class-version"
	classVersionError = "java.lang.UnsupportedClassVersionError"
)

var classVersionMarkers = []marker{{text: classVersionError, trace: true}}

// judgeClassVersion looks for classes that were compiled for another Java release than the JVM's.
func judgeClassVersion(s scene) (finding.Finding, bool) {
	outer, t := s.deadly(func(t *throwable) bool { return t.class == classVersionError })
	agent := t == nil
	if agent {
		outer, t = s.classVersionOfAgent()
	}
	if t == nil {
		return finding.Finding{}, false
	}
	evidence := []finding.Evidence{s.output[t.at].evidence()}
	if outer != t {
		evidence = []finding.Evidence{s.output[outer.at].evidence(), s.output[t.at].evidence()}
	}
	for _, v := range versionMessages {
		if m := v.shape.FindStringSubmatch(t.message); m != nil {
			told := v.tell(m)
			if agent {
				told.cause = "It is part of a Java agent (-javaagent). " + told.cause
			}
			return report(classVersion, told.message, strings.TrimSpace(told.cause), told.remedy, evidence...), true
		}
	}
	return finding.Finding{}, false
}

// classVersionOfAgent returns the error of an agent that is too new, which makes the JVM abort.
func (s scene) classVersionOfAgent() (outer, found *throwable) {
	if !s.Exited || s.ExitCode == 0 && !s.ExitUnknown {
		return nil, nil
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterAbort; i-- {
		if !strings.HasPrefix(s.output[i].Text, javaAgentFailed) {
			continue
		}
		if t := s.lastThrown(i); t != nil && t.innermost().class == classVersionError {
			return t, t.innermost()
		}
	}
	return nil, nil
}

// versionMessages are the messages of UnsupportedClassVersionError (classFileParser.cpp from Java 8 on, and its
// forerunner; OpenJ9's j9nls).
var versionMessages = []struct {
	shape *lazyregexp.Regexp
	tell  func(m []string) initReason
}{
	{lazyregexp.MustCompile(`^(\S+) has been compiled by a more recent version of the Java Runtime \(class file version (\d+)\.(\d+)\), this version of the Java Runtime only recognizes class file versions up to (\d+)\.\d+`),
		func(m []string) initReason { return newerClass(m[1], m[2], m[3], m[4]) }},
	{lazyregexp.MustCompile(`^JVMCFRE\w+ bad major version (\d+)(?:\.\d+)? of class=(\S+?), the maximum supported major version is (\d+)`),
		func(m []string) initReason { return newerClass(m[2], m[1], "0", m[3]) }},
	{lazyregexp.MustCompile(`^(\S+) : Unsupported major\.minor version (\d+)\.\d+`),
		func(m []string) initReason { return newerClass(m[1], m[2], "0", "") }},
	{lazyregexp.MustCompile(`^Preview features are not enabled for (\S+) \(class file version (\d+)\.65535\)`), func(m []string) initReason {
		return initReason{
			message: fmt.Sprintf("The class %s uses preview features of Java %s (class file version %s.65535), and they are not enabled.", dotted(m[1]), javaOf(m[2]), m[2]),
			cause:   "It was compiled with --enable-preview.", remedy: "Run java with --enable-preview, or compile without it."}
	}},
	{lazyregexp.MustCompile(`^(\S+) \(class file version (\d+)\.65535\) was compiled with preview features that are unsupported\..* class file version (\d+)\.65535`), func(m []string) initReason {
		return initReason{
			message: fmt.Sprintf("The class %s uses preview features of Java %s (class file version %s.65535), and the JVM in the image is Java %s: it knows only those of its own release.", dotted(m[1]), javaOf(m[2]), m[2], javaOf(m[3])),
			cause:   "Preview features belong to exactly one release.", remedy: fmt.Sprintf("Use a base image or builder with Java %s, or compile with Java %s, or without --enable-preview.", javaOf(m[2]), javaOf(m[3]))}
	}},
}

// previewMinor is the minor version of classes that use preview features (JVMS 4.1).
const previewMinor = "65535"

// newerClass explains a class for a release that the JVM does not know yet. knows is the highest version the JVM reads.
// The minor version tells whether the class needs preview features of its release.
func newerClass(class, version, minor, knows string) initReason {
	class, java := dotted(class), javaOf(version)
	has := "an older release"
	r := initReason{
		cause:  fmt.Sprintf("The build uses a newer JDK than the image has, or a dependency needs Java %s.", java),
		remedy: fmt.Sprintf("Use a base image or builder with Java %s or newer (BP_JVM_VERSION=%[1]s with Paketo).", java),
	}
	if knows != "" {
		has = fmt.Sprintf("Java %s, which reads up to %s.0", javaOf(knows), knows)
		r.remedy = strings.TrimSuffix(r.remedy, ".") + fmt.Sprintf(", or compile with --release %s.", javaOf(knows))
	}
	features := ""
	if minor == previewMinor {
		features = " with preview features"
		r.cause += " Preview features belong to exactly one release."
		r.remedy = fmt.Sprintf("Use a base image or builder with exactly Java %s (BP_JVM_VERSION=%[1]s with Paketo) and run java with --enable-preview, or compile without it", java)
		if knows != "" {
			r.remedy += fmt.Sprintf(" and with --release %s", javaOf(knows))
		}
		r.remedy += "."
	}
	r.message = fmt.Sprintf("The class %s was compiled for Java %s%s (class file version %s.%s), and the JVM in the image is %s.", class, java, features, version, minor, has)
	if strings.HasPrefix(class, "org.springframework.") && java == "17" {
		r.cause = "Spring Boot 3 and Spring Framework 6 need Java 17 or newer."
		r.remedy = "Use a base image or builder with Java 17 or newer (BP_JVM_VERSION=17 with Paketo), or stay with Spring Boot 2.7."
	}
	return r
}

// javaOf is the Java release of a class file's major version: 61 is Java 17.
func javaOf(major string) string {
	n, err := strconv.Atoi(major)
	if err != nil || n < 45 {
		return "(" + major + ")"
	}
	return strconv.Itoa(max(n-44, 1))
}

// dotted writes a class's name as the language does: class files have slashes.
func dotted(class string) string { return brief(strings.ReplaceAll(class, "/", ".")) }
