package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinkErrors(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "glibc: a missing library",
			death: died(127, "/uses: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\n", "/uses"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which "/uses" needs, is missing.`}},
		{name: "glibc: a missing library under a wrapper with a code of its own",
			death: died(1, "starting\n/uses: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory\nworker ended\n", "/wrap"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which "/uses" needs, is missing.`}},
		{name: "glibc: a library that is cut short",
			death: died(127, "./uses: error while loading shared libraries: /l/libfoo.so.1: file too short\n"),
			want:  []string{`link-error: The shared library "/l/libfoo.so.1", which "./uses" needs, could not be loaded: file too short.`}},
		{name: "glibc: a library for another word size",
			death: died(127, "./uses: error while loading shared libraries: libfoo.so.1: wrong ELF class: ELFCLASS32\n"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which "./uses" needs, could not be loaded: wrong ELF class: ELFCLASS32.`}},
		{name: "glibc: a missing symbol",
			death: died(127, "/uses-now: symbol lookup error: /uses-now: undefined symbol: bar\n"),
			want:  []string{`link-error: "/uses-now" needs the symbol "bar", and no library in the image has it.`}},
		{name: "glibc: a missing version",
			death: died(1, "/uver: /l3/libver.so.1: version `FOO_2.0' not found (required by /uver)\n"),
			want:  []string{`link-error: "/uver" needs version FOO_2.0 of "/l3/libver.so.1", and the one in the image does not have it.`}},
		{name: "glibc: several missing versions, of which the highest counts",
			death: died(1, "/app: /lib/libc.so.6: version `GLIBC_2.32' not found (required by /app)\n/app: /lib/libc.so.6: version `GLIBC_2.34' not found (required by /app)\n/app: /lib/libc.so.6: version `GLIBC_2.4' not found (required by /app)\n"),
			want:  []string{`link-error: "/app" needs version GLIBC_2.34 of "/lib/libc.so.6", and the one in the image does not have it.`}},
		{name: "glibc: a library without the versions it had when the program was built",
			death: died(127, "/uver: /l2/libver.so.1: no version information available (required by /uver)\nInconsistency detected by ld.so: dl-lookup.c: 107: check_match: Assertion `version->filename == NULL || ! _dl_name_match_p (version->filename, map)' failed!\n"),
			want:  []string{"link-error: The program could not be linked at its start: dl-lookup.c: 107: check_match: Assertion `version->filename == NULL || ! _dl_name_match_p (version->filename, map)' failed!."}},
		{name: "musl: a missing library and the symbols it would have had",
			death: died(127, "Error loading shared library libfoo.so.1: No such file or directory (needed by /muses)\nError relocating /muses: bar: symbol not found\nError relocating /muses: foo: symbol not found\n"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which "/muses" needs, is missing.`}},
		{name: "musl: a missing symbol",
			death: died(127, "Error relocating /mfort: __sprintf_chk: symbol not found\n"),
			want:  []string{`link-error: "/mfort" needs the symbol "__sprintf_chk", and no library in the image has it.`}},
		{name: "the java launcher: libjvm.so cannot be loaded",
			death: died(6, "Error: dl failure on line 542\nError: failed /opt/java/lib/server/libjvm.so, because /l/libstdc++.so.6: file too short\n", "java"),
			want:  []string{`link-error: The shared library "/l/libstdc++.so.6", which "/opt/java/lib/server/libjvm.so" needs, could not be loaded: file too short.`}},
		{name: "Python: an extension module's library is missing",
			death: died(1, "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nImportError: libfoo.so.1: cannot open shared object file: No such file or directory\n", "python3"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which the program needs, is missing.`}},
		{name: "Python: an extension module's symbol is missing",
			death: died(1, "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\nImportError: /x/uu.so: undefined symbol: foo\n", "python3"),
			want:  []string{`link-error: "/x/uu.so" needs the symbol "foo", and no library in the image has it.`}},
		{name: "Node.js: an addon's library is missing",
			death: died(1, "/n.js:1\nprocess.dlopen({exports:{}}, process.argv[2]);\n        ^\n\nError: libfoo.so.1: cannot open shared object file: No such file or directory\n    at Object.<anonymous> (/n.js:1:9)\n    at node:internal/main/run_main_module:28:49 {\n  code: 'ERR_DLOPEN_FAILED'\n}\n\nNode.js v20.20.2\n", "node"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which the program needs, is missing.`}},
	})
}

func TestLinkErrorsThatEndAJVM(t *testing.T) {
	const trace = "\tat java.base/java.lang.System.loadLibrary(System.java:2006)\n\tat U.main(U.java:1)\n"
	checkDeaths(t, []deathCase{
		{name: "a library is not on the path",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: no nope in java.library.path: /usr/java/packages/lib:/usr/lib\n"+trace, "java"),
			want:  []string{`link-error: The JVM ended because the native library "nope" (libnope.so) is in none of the directories of java.library.path.`}},
		{name: "the error is the cause of another",
			death: died(1, "Exception in thread \"main\" java.lang.RuntimeException: wrapped\n\tat U.main(U.java:1)\nCaused by: java.lang.UnsatisfiedLinkError: no nope in java.library.path: /usr/lib\n"+trace+"\t... 1 more\n", "java"),
			want:  []string{`link-error: The JVM ended because the native library "nope" (libnope.so) is in none of the directories of java.library.path.`}},
		{name: "the error is why a class could not be initialized",
			death: died(1, "Exception in thread \"main\" java.lang.NoClassDefFoundError: Could not initialize class U$X\n\tat U.main(U.java:1)\nCaused by: java.lang.ExceptionInInitializerError: Exception java.lang.UnsatisfiedLinkError: no nope in java.library.path: /usr/lib [in thread \"main\"]\n"+trace+"\t... 1 more\n", "java"),
			want:  []string{`link-error: The JVM ended because the native library "nope" (libnope.so) is in none of the directories of java.library.path.`}},
		{name: "a library named by its path is missing",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: Can't load library: /nope.so\n"+trace, "java"),
			want:  []string{`link-error: The JVM ended because the native library "/nope.so" is missing.`}},
		{name: "a native method is not in the library",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: 'void U.foo()'\n\tat U.foo(Native Method)\n", "java"),
			want:  []string{`link-error: The JVM ended because no loaded native library has the method "void U.foo()".`}},
		{name: "a library's own library is missing",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /x/libneeds.so: libfoo.so.1: cannot open shared object file: No such file or directory\n"+trace, "java"),
			want:  []string{`link-error: The shared library "libfoo.so.1", which "/x/libneeds.so" needs, is missing.`}},
		{name: "a library's symbol is missing",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /x/libund.so: /x/libund.so: undefined symbol: foo\n"+trace, "java"),
			want:  []string{`link-error: "/x/libund.so" needs the symbol "foo", and no library in the image has it.`}},
		{name: "a library's version is missing",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /x/libv.so: /l3/libver.so.1: version `FOO_2.0' not found (required by /x/libv.so)\n"+trace, "java"),
			want:  []string{`link-error: "/x/libv.so" needs version FOO_2.0 of "/l3/libver.so.1", and the one in the image does not have it.`}},
		{name: "a library is cut short",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /x/libempty.so: /x/libempty.so: file too short\n"+trace, "java"),
			want:  []string{`link-error: The shared library "/x/libempty.so" could not be loaded: file too short.`}},
		{name: "a library for glibc on musl", // from public reports
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /tmp/snappy.so: Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /tmp/snappy.so)\n"+trace, "java"),
			want:  []string{`link-error: The shared library "ld-linux-x86-64.so.2", which "/tmp/snappy.so" needs, is missing.`}},
	})
}

func TestLinkCausesAndRemedies(t *testing.T) {
	type advice struct{ Cause, Remedy string }
	for _, c := range []struct {
		name  string
		death Death
		want  advice
	}{
		{"a newer glibc", died(1, "/app: /lib/libc.so.6: version `GLIBC_2.34' not found (required by /app)\n"),
			advice{"It was built on a system with glibc 2.34 or newer; the image's base is older.",
				"Build on the base image it runs on, or move the image to a newer base."}},
		{"glibc on musl", died(127, "Error relocating /mfort: __sprintf_chk: symbol not found\n"),
			advice{"It was built for glibc, and the image's C library is musl (Alpine), or there is none.",
				"Use a base image with glibc (Debian, Ubuntu, distroless), or build it for musl."}},
		{"a library with a well-known package", died(127, "/app: error while loading shared libraries: libgomp.so.1: cannot open shared object file: No such file or directory\n"),
			advice{"The base image does not bring it and nothing installed it, or it is there for another processor.",
				"Install it in the image: apt-get install -y libgomp1 on Debian and Ubuntu, apk add libgomp on Alpine."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Diagnose(c.death)[0]
			if diff := cmp.Diff(c.want, advice{f.Cause, f.Remedy}); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
		})
	}
}
