package diagnose

import (
	"strings"
	"testing"
)

func TestDirect(t *testing.T) {
	const reached = "The limit on direct buffers was reached"
	checkGraded(t, []deathCase{
		{name: "on JDK 17", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Cannot reserve 1048576 bytes of direct buffer memory (allocated: 16777216, limit: 16777216)\n"+
			"\tat java.base/java.nio.Bits.reserveMemory(Bits.java:178)\n\tat java.base/java.nio.DirectByteBuffer.<init>(DirectByteBuffer.java:121)\n\tat java.base/java.nio.ByteBuffer.allocateDirect(ByteBuffer.java:332)\n\tat D.main(D.java:2)\n"),
			want: []string{`error jvm-oom-direct: ` + reached + `: 1MiB more were asked for, 16MiB of 16MiB were in use, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 25", death: ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Cannot reserve 1048576 bytes of direct buffer memory (allocated: 20971520, limit: 20971520)\n"+
			"\tat java.base/java.nio.Bits.reserveMemory(Bits.java:178)\n\tat java.base/java.nio.DirectByteBuffer.<init>(DirectByteBuffer.java:108)\n"),
			want: []string{`error jvm-oom-direct: ` + reached + `: 1MiB more were asked for, 20MiB of 20MiB were in use, and the error ended the thread "main"; the process exited with 1.`}},
		{name: "on JDK 8 and 11, which give no sizes", death: Death{Exited: true, ExitCode: 1, Entrypoint: []string{"java", "-XX:MaxDirectMemorySize=16m", "D"},
			Lines: lines("Exception in thread \"main\" java.lang.OutOfMemoryError: Direct buffer memory\n\tat java.nio.Bits.reserveMemory(Bits.java:695)\n\tat java.nio.DirectByteBuffer.<init>(DirectByteBuffer.java:123)\n")},
			want: []string{`error jvm-oom-direct: ` + reached + ` (16MiB), and the error ended the thread "main"; the process exited with 1.`}},
		{name: "a worker reached it, and the service lives", death: lives("", "Exception in thread \"reactor-http-epoll-2\" java.lang.OutOfMemoryError: Cannot reserve 4194304 bytes of direct buffer memory (allocated: 10481664, limit: 10485760)\n"+
			"\tat java.base/java.nio.Bits.reserveMemory(Bits.java:178)\n"),
			want: []string{`warning jvm-oom-direct: ` + reached + `: 4MiB more were asked for, 10MiB of 10MiB were in use, and the error ended the thread "reactor-http-epoll-2"; the process lived on.`}},
		{name: "Netty counts for itself", death: lives("10:00:01 WARN i.n.c.DefaultChannelPipeline - an exception was caught\n"+
			"io.netty.util.internal.OutOfDirectMemoryError: failed to allocate 4194304 byte(s) of direct memory (used: 62914560, max: 64487424)\n"+
			"\tat io.netty.util.internal.PlatformDependent.incrementMemoryCounter(PlatformDependent.java:843)\n", ""),
			want: []string{`warning jvm-oom-direct: ` + reached + `: 4MiB more were asked for, 60MiB of 61.5MiB were in use, and the error was caught; the process lived on.`}},
	})
}

func TestDirectRemedySaysWhatDoesNotHelp(t *testing.T) {
	f := Diagnose(ended(1, "", "Exception in thread \"main\" java.lang.OutOfMemoryError: Direct buffer memory\n\tat java.nio.Bits.reserveMemory(Bits.java:695)\n"))[0]
	if !strings.Contains(f.Remedy, "-XX:MaxDirectMemorySize") || !strings.Contains(f.Remedy, "ExitOnOutOfMemoryError does not act") {
		t.Errorf("remedy %q", f.Remedy)
	}
	if !strings.Contains(f.Cause, "where that is not set by the size of the heap") {
		t.Errorf("cause %q", f.Cause)
	}
}
