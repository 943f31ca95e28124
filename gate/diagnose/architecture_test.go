package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrongArchitectures(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "the kernel refuses the program", death: died(1, "exec /app: exec format error\n", "/app"),
			want: []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "the kernel refuses the program and the image says what it is for",
			death: Death{Exited: true, ExitCode: 1, Lines: lines("exec /app: exec format error\n"), Entrypoint: []string{"/app"}, Platform: "linux/arm64", EnginePlatform: "linux/amd64"},
			want:  []string{`wrong-architecture: "/app" could not be executed: exec format error (the image is for linux/arm64, the engine runs linux/amd64).`}},
		{name: "an old runc", // from public reports
			death: died(1, "standard_init_linux.go:211: exec user process caused \"exec format error\"\n", "/app"),
			want:  []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "crun", death: refused("OCI runtime start failed: crun: exec container process `/app`: Exec format error: unknown", "/app"),
			want: []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "dash", death: died(126, "sh: 1: exec: /hello-arm64: Exec format error\n", "sh", "-c", "exec /hello-arm64"),
			want: []string{`wrong-architecture: "/hello-arm64" could not be executed: exec format error.`}},
		{name: "bash", death: died(126, "/b3.sh: line 2: /hello-arm64: cannot execute binary file: Exec format error\n", "/b3.sh"),
			want: []string{`wrong-architecture: "/hello-arm64" could not be executed: exec format error.`}},
		{name: "gosu", death: died(1, "error: exec failed: exec format error\n", "gosu", "0", "/app"),
			want: []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "BusyBox reads the program as a script", // from public reports
			death: died(2, "/app: line 1: \x7fELF\x02\x01: not found\n/app: line 2: syntax error: unexpected \"(\"\n", "sh", "-c", "/app"),
			want:  []string{`wrong-architecture: "/app" could not be executed: exec format error.`}},
		{name: "Rosetta", // from public reports
			death: died(133, "rosetta error: failed to open elf at /lib64/ld-linux-x86-64.so.2\n", "/app"),
			want:  []string{`wrong-architecture: A program for another processor was started under emulation, and the image has no "/lib64/ld-linux-x86-64.so.2" for it.`}},
		{name: "QEMU", // from public reports
			death: died(255, "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2': No such file or directory\n", "/app"),
			want:  []string{`wrong-architecture: A program for another processor was started under emulation, and the image has no "/lib64/ld-linux-x86-64.so.2" for it.`}},
		{name: "the image in the engine is for another platform",
			death: refused("image with reference app was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64"),
			want:  []string{"wrong-architecture: The image is for linux/amd64, and linux/arm64 was asked for."}},
		{name: "the image in a newer engine has no such platform", // from the sources of Docker 28
			death: refused("image with reference app was found but does not provide the specified platform (linux/arm64)"),
			want:  []string{"wrong-architecture: The image has nothing for linux/arm64."}},
		{name: "a native library of a JVM is for another processor",
			death: died(1, "Exception in thread \"main\" java.lang.UnsatisfiedLinkError: /x/libarm.so: /x/libarm.so: cannot open shared object file: No such file or directory (Possible cause: can't load AARCH64 .so on a AMD 64 platform)\n"+
				"\tat java.base/jdk.internal.loader.NativeLibraries.load(Native Method)\n"+
				"\tat U.main(U.java:1)\n", "java", "U"),
			want: []string{`wrong-architecture: The JVM could not load "/x/libarm.so": it is built for AARCH64 and the platform is AMD 64.`}},
	})
}

func TestExecFormatErrorOfAScriptIsItsFirstLine(t *testing.T) {
	got := Diagnose(died(1, "exec /noshebang.sh: exec format error\n", "/noshebang.sh"))[0].Cause
	want := "It is a script whose first line is not #! and an interpreter: the kernel executes no other scripts."
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cause (-want +got):\n%s", diff)
	}
}
