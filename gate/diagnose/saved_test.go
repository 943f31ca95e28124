package diagnose

import (
	"strings"
	"testing"
)

func TestDeathsThatOnlyASavedLogTellsOf(t *testing.T) {
	saved := func(output string) Death { return Death{Exited: true, ExitUnknown: true, Lines: lines(output)} }
	const (
		frames  = "\tat java.base/java.lang.System.loadLibrary(System.java:2006)\n\tat U.main(U.java:1)\n"
		noNope  = "java.lang.UnsatisfiedLinkError: no nope in java.library.path: /usr/lib\n" + frames
		toldOf  = `link-error: The JVM ended because the native library "nope" (libnope.so) is in none of the directories of java.library.path.`
		missing = "/uses: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n"
	)
	checkDeaths(t, []deathCase{
		{name: "a linker's last words", death: saved("starting\n" + missing),
			want: []string{`link-error: The shared library "libfoo.so.1", which "/uses" needs, is missing.`}},
		{name: "the java launcher cannot link the JVM", death: saved("Error: dl failure on line 542\nError: failed /opt/java/lib/server/libjvm.so, because libz.so.1: cannot open shared object file: No such file or directory\n"),
			want: []string{`link-error: The shared library "libz.so.1", which "/opt/java/lib/server/libjvm.so" needs, is missing.`}},
		{name: "a native library in main", death: saved("starting\nException in thread \"main\" " + noNope), want: []string{toldOf}},
		{name: "a native library in main, and words of farewell", death: saved("Exception in thread \"main\" " + noNope + "INFO closing\nINFO closed\n"), want: []string{toldOf}},
		{name: "the runtime's words, of one start", death: saved("exec /app: exec format error\n"),
			want: []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "the runtime's words, of several starts", death: saved(strings.Repeat("exec /app: exec format error\n", 4)),
			want: []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "an init's words", death: saved("[FATAL tini (7)] exec nope failed: No such file or directory\n"),
			want: []string{`entrypoint-missing: "nope" was not found by tini: it is in none of the directories of the container's $PATH.`}},
		{name: "a shell's words, and no others", death: saved("sh: 1: nope: not found\n"),
			want: []string{`entrypoint-missing: "nope" was not found by the shell: it is in none of the directories of the container's $PATH.`}},

		{name: "a shell's words among others", death: saved("starting\nsh: 1: curl: not found\n")},
		{name: "a linker's words long ago", death: saved(missing + strings.Repeat("working\n", 4))},
		{name: "a native library somebody can do without, and the log ends with that", death: saved("10:00 DEBUG no tcnative\n" + noNope)},
		{name: "a chat about launchers, and then a native library somebody can do without",
			death: saved("INFO <leo> and this? Error: Could not find or load main class a.B\n" + noNope + "serving\n")},
		{name: "the runtime's words among others", death: saved("starting\nexec /plugin: exec format error\n")},
	})
}
