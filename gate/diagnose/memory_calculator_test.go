package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noRoom is how Paketo's helper and the launcher end in a container of 256 MiB.
const noRoom = "Calculating JVM memory based on 262144K available memory\n" +
	"unable to calculate memory configuration\n" +
	"fixed memory regions require 643769K which is greater than 262144K available for allocation: -XX:MaxDirectMemorySize=10M, -XX:MaxMetaspaceSize=131769K, -XX:ReservedCodeCacheSize=240M, -Xss1M * 250 threads\n" +
	"\x1b[31;1mERROR: \x1b[0mfailed to launch: exec.d: failed to execute exec.d file at path '/layers/paketo-buildpacks_bellsoft-liberica/helper/exec.d/memory-calculator': exit status 1\n"

func TestMemoryCalculators(t *testing.T) {
	checkDeaths(t, []deathCase{
		{name: "regions that are fixed", death: died(82, noRoom, "/cnb/process/web"),
			want: []string{"jvm-memory-calculator: The memory calculator found no room for a Java heap: everything but the heap needs 628.7MiB, and the container has 256MiB."}},
		{name: "an older launcher's exit code", death: died(1, noRoom, "/cnb/process/web"),
			want: []string{"jvm-memory-calculator: The memory calculator found no room for a Java heap: everything but the heap needs 628.7MiB, and the container has 256MiB."}},
		{name: "a heap that is set", death: died(82, "unable to calculate memory configuration\nall memory regions require 1155769K which is greater than 1G available for allocation: -Xmx512M, -XX:MaxDirectMemorySize=10M, -XX:MaxMetaspaceSize=131769K, -XX:ReservedCodeCacheSize=240M, -Xss1M * 250 threads\n"),
			want: []string{"jvm-memory-calculator: The memory calculator found no room for a Java heap: the heap that is set and what else the JVM needs come to 1.1GiB, and the container has 1GiB."}},
		{name: "2020's words behind a clock", // from public reports
			death: died(1, "2020-06-01T10:00:00Z required memory 1261955K is greater than 1048576K available for allocation: -XX:MaxDirectMemorySize=10M\n"),
			want:  []string{"jvm-memory-calculator: The memory calculator found no room for a Java heap: the JVM needs 1.2GiB, and the container has 1GiB."}},
		{name: "the newest release's words", // from public sources
			death: died(82, "unable to calculate memory configuration\ncalculated heap size (1048576) is less than the JVM minimum of 2M.\nTo resolve this, reduce one or more of:\n"),
			want:  []string{"jvm-memory-calculator: The memory calculator found no room for a Java heap: what else the JVM needs leaves 1MiB of the container's memory."}},

		{name: "it ended well", death: died(0, noRoom)},
		{name: "the service lives", death: Death{Lines: lines(noRoom)}},
		{name: "it found room", death: died(1, "Calculated JVM Memory Configuration: -XX:MaxDirectMemorySize=10M -Xmx408405K -XX:MaxMetaspaceSize=128170K -XX:ReservedCodeCacheSize=240M -Xss1M (Total Memory: 1G, Thread Count: 250, Loaded Class Count: 20000, Headroom: 0%)\n")},
		{name: "long ago", death: died(1, noRoom+strings.Repeat("working\n", 13))},
	})
}

func TestTheCalculatorsPartsAreNamed(t *testing.T) {
	findings := Diagnose(died(82, noRoom))
	if len(findings) != 1 {
		t.Fatalf("got %d findings, want 1", len(findings))
	}
	want := []string{
		"The calculator reserves 10MiB for direct buffers, 128.7MiB for classes, 240MiB for compiled code, 250MiB for the stacks of 250 threads.",
		"Raise the container's memory limit above 628.7MiB and what the heap needs, or make the parts smaller: BPL_JVM_THREAD_COUNT (250 threads are assumed), BPL_JVM_LOADED_CLASS_COUNT, -XX:ReservedCodeCacheSize or -Xss in JAVA_TOOL_OPTIONS.",
	}
	if diff := cmp.Diff(want, []string{findings[0].Cause, findings[0].Remedy}); diff != "" {
		t.Errorf("cause and remedy (-want +got):\n%s", diff)
	}
}
