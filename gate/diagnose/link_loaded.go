package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// judgeLoaded looks for libraries that a language's run-time could not load, where that ended the process: the trace of
// it is the last the process printed.
func judgeLoaded(s scene) (finding.Finding, bool) {
	if line, message, ok := s.unsatisfiedLink(); ok {
		// A library for another processor is the architecture's judge's.
		return judgeUnsatisfiedLink(line, message), !foreignLibrary.MatchString(message)
	}
	for i := len(s.output) - 1; i >= 0; i-- {
		text := s.output[i].Text
		if m := scriptLoad.FindStringSubmatch(text); m != nil {
			if f := readFault(m[1]); f.library != "" || f.symbol != "" || f.version != "" {
				return f.report(s.output[i].evidence()), true
			}
		}
		if !afterScriptLoad.MatchString(text) {
			break
		}
	}
	return finding.Finding{}, false
}

// scriptLoad is the headline of an uncaught error of dlopen(3): in Python the last line, in Node.js followed by a stack.
var scriptLoad = lazyregexp.MustCompile(`^(?:ImportError|OSError|Error): (.+)$`)

// afterScriptLoad are the lines that Node.js prints after the headline.
var afterScriptLoad = lazyregexp.MustCompile(`^(?:    at .+|  code: '[^']*'|\}|Node\.js v\S+)$`)

const unsatisfiedLinkError = "java.lang.UnsatisfiedLinkError"

// remembered is the cause of a class that could not be initialized before, as the JVM remembers it.
var remembered = lazyregexp.MustCompile(`^Exception java\.lang\.UnsatisfiedLinkError: (.+?)(?: \[in thread "[^"]*"\])?$`)

// linkMessage returns the message of an UnsatisfiedLinkError.
func linkMessage(t *throwable) (string, bool) {
	if t.class == unsatisfiedLinkError {
		first, _, _ := strings.Cut(t.message, "\n")
		return first, first != ""
	}
	if m := remembered.FindStringSubmatch(t.message); m != nil && t.class == "java.lang.ExceptionInInitializerError" {
		return m[1], true
	}
	return "", false
}

// unsatisfiedLink returns the headline of an UnsatisfiedLinkError that ended the JVM, and its message. A library that an
// application can do without is logged in the same words.
func (s scene) unsatisfiedLink() (Line, string, bool) {
	_, t := s.deadly(func(t *throwable) bool { _, ok := linkMessage(t); return ok })
	if t == nil {
		return Line{}, "", false
	}
	message, _ := linkMessage(t)
	return s.output[t.at], message, true
}

// The messages of UnsatisfiedLinkError (ClassLoader.java, NativeLibraries.java, linkResolver.cpp).
var (
	notOnPath = lazyregexp.MustCompile(`^no (\S+) in java\.library\.path`)
	noSuchLib = lazyregexp.MustCompile(`^Can't load library: (.+)$`)
	noMethod  = lazyregexp.MustCompile(`^'(.+)'$`)
	// opened is a library that was found and the error of dlopen(3) after it.
	opened = lazyregexp.MustCompile(`^(/\S+): (.+)$`)
)

func judgeUnsatisfiedLink(line Line, message string) finding.Finding {
	if m := notOnPath.FindStringSubmatch(message); m != nil {
		return report(linkError,
			fmt.Sprintf("The JVM ended because the native library %s (lib%s.so) is in none of the directories of java.library.path.", quote(m[1]), m[1]),
			"", "Put the library into the image and its directory into -Djava.library.path or LD_LIBRARY_PATH.", line.evidence())
	}
	if m := noSuchLib.FindStringSubmatch(message); m != nil {
		return report(linkError, fmt.Sprintf("The JVM ended because the native library %s is missing.", quote(m[1])),
			"", "Put the library where the program looks for it.", line.evidence())
	}
	if m := noMethod.FindStringSubmatch(message); m != nil {
		return report(linkError, fmt.Sprintf("The JVM ended because no loaded native library has the method %s.", quote(m[1])),
			"The native library was not loaded before its first use, or is of another version than the classes.",
			"Take the classes and the native library from the same release.", line.evidence())
	}
	if m := opened.FindStringSubmatch(message); m != nil {
		fault, ok := readLinker(m[2]) // musl's words
		if !ok {
			fault = readFault(m[2])
		}
		if fault.needer == "" {
			fault.needer = m[1]
		}
		return fault.report(line.evidence())
	}
	return report(linkError, fmt.Sprintf("The JVM ended because it could not link native code: %s.", message), "", "", line.evidence())
}
