package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// graalSegfaultOutput is what a native executable's handler prints, shortened; made after public reports.
const graalSegfaultOutput = "\n[ [ SubstrateSegfaultHandler caught a segfault in thread 0x00007f1c8c000b80 ] ]\n" +
	"siginfo: si_signo: 11, si_code: 1, si_addr: 0x0000000000000010\n\n" +
	"General purpose register contents:\n  RAX 0x0000000000000000 points into AOT compiled code\n\n" +
	"Threads:\n  0x00007f1c8c000b80 STATUS_IN_JAVA (PREVENT_VM_FROM_REACHING_SAFEPOINT) \"main\"\n\n" +
	"Stacktrace for the failing thread 0x00007f1c8c000b80:\n" +
	"  SP 0x00007ffc5a7f0a10 IP 0x0000000000a1b2c3  [image code] com.example.zoo.Keeper.feed(Keeper.java:31)\n" +
	"  SP 0x00007ffc5a7f0a30 IP 0x0000000000a1b2d0  [image code] com.example.zoo.Main.main(Main.java:9)\n\n" +
	"VM mutexes:\n  mutex \"thread\" is unlocked.\n\n" +
	"Segfault detected, aborting process. Use '-XX:-InstallSegfaultHandler' to disable the segfault handler at run time and create a core dump instead.\n\n"

func TestNativeExecutables(t *testing.T) {
	const features = "The current machine does not support all of the following CPU features that are required by the image: [CX8, CMOV, AVX, AVX2].\n" +
		"Please rebuild the executable with an appropriate setting of the -march option.\n"
	checkDeaths(t, []deathCase{
		{name: "a crash", death: died(139, graalSegfaultOutput),
			want: []string{"graal-native-crash: The native executable (GraalVM) crashed with a segmentation fault in com.example.zoo.Keeper.feed."}},
		{name: "a crash of the newest release", death: died(134, "[ [ SegfaultHandler caught a segfault in thread 0x0000000108032300 ] ]\nsiginfo: si_signo: 11, si_code: 1, si_addr: 0x10\n"),
			want: []string{"graal-native-crash: The native executable (GraalVM) crashed with a segmentation fault."}},
		{name: "a crash of an old release", death: died(99, "[ [ SubstrateSegfaultHandler caught signal 11 ] ]\n\nGeneral Purpose Register Set Values: \n\n  RAX 00007fa3c0003680\n"),
			want: []string{"graal-native-crash: The native executable (GraalVM) crashed with a segmentation fault."}},
		{name: "a processor that is too old", death: died(1, features),
			want: []string{"graal-native-crash: The native executable needs a processor with CX8, CMOV, AVX, AVX2, and this one does not have all of that."}},
		{name: "no room", death: died(24, "Fatal error: Failed to create the main Isolate. (code 24)\n"),
			want: []string{"graal-native-crash: The native executable could not set up its heap (code 24)."}},

		{name: "a manual quotes the handler", death: died(1, "If it prints [ [ SubstrateSegfaultHandler caught a segfault ] ] report it.\n")},
		{name: "only the first line is there", death: died(1, "[ [ SubstrateSegfaultHandler caught a segfault in thread 0x00007f1c8c000b80 ] ]\nworking\n")},
		{name: "a tool was tried and the service lives", death: Death{Lines: lines(features)}},
		{name: "it ended well", death: died(0, features)},
	})
}

func TestACrashOfANativeExecutableIsRead(t *testing.T) {
	findings := Diagnose(died(139, graalSegfaultOutput))
	if len(findings) != 1 || findings[0].Crash == nil {
		t.Fatalf("got %v", findings)
	}
	c := findings[0].Crash
	if diff := cmp.Diff([]string{"SIGSEGV", "com.example.zoo.Keeper.feed", "com.example.zoo.Main.main"}, []string{c.Signal, c.Frame.Symbol, c.JavaFrames[1].Symbol}); diff != "" {
		t.Errorf("crash (-want +got):\n%s", diff)
	}
	if findings[0].Fingerprint == "" {
		t.Error("no fingerprint")
	}
}
