package diagnose

import "testing"

func TestInternalErrors(t *testing.T) {
	const guarantee = `#
# A fatal error has been detected by the Java Runtime Environment:
#
#  Internal Error (g1ParScanThreadState.cpp:111), pid=1, tid=0x00007f5a3c0d1700
#  guarantee(is_in_reserved(obj)) failed: must be
#
# JRE version: OpenJDK Runtime Environment (8.0_302-b08) (build 1.8.0_302-b08)
# Java VM: OpenJDK 64-Bit Server VM (25.302-b08 mixed mode linux-amd64 compressed oops)
# Core dump written. Default location: /app/core or core.1
`
	checkDeaths(t, []deathCase{
		{name: "a VM operation took too long", death: leaving(t, 139, "jdk25-vm-operation-timeout"),
			want: []string{"jvm-internal-error: The JVM gave up: G1CollectFull VM operation took too long: 1 ms elapsed since VM-op start (timeout: 0 ms) (vmThread.cpp:63); Java 25.0.3+9 (Eclipse Adoptium), 35 ms after its start."}},
		{name: "a check failed", death: died(134, guarantee),
			want: []string{"jvm-internal-error: The JVM gave up: guarantee(is_in_reserved(obj)) failed: must be (g1ParScanThreadState.cpp:111); Java 8.0_302-b08."}},
	})
}
