package diagnose

import (
	"strings"
	"testing"

	"bootgate/gate/finding"
)

func TestADeathThatASavedLogGoesOnAfterIsNoneOfTheProcessItself(t *testing.T) {
	working := strings.Repeat("10:00:00.000 [http-1] INFO  c.e.Main - page 12 shown\n", 60)
	for _, c := range []struct {
		name, log string
		severity  finding.Severity
	}{
		{"a crash ends the log", working + crashHeader, finding.Error},
		{"some lines of other threads follow a crash", working + crashHeader + "10:00:00.000 [http-2] INFO  c.e.Main - page 13 shown\n", finding.Error},
		{"the process was started again after a crash", crashHeader + "10:00:09.000 [main] INFO  c.e.Main - Starting Main using Java 17\n" + working, finding.Error},
		{"a framework's banner follows a crash", crashHeader + " :: Spring Boot ::  (v3.2.4)\n" + working, finding.Error},
		{"the log goes on as if nothing had happened", working + crashHeader + working, finding.Warning},
		{"the JVM ended itself", working + "Terminating due to java.lang.OutOfMemoryError: Java heap space\n", finding.Error},
		{"the JVM ended itself, and was started again", "Terminating due to java.lang.OutOfMemoryError: Java heap space\nPicked up JAVA_TOOL_OPTIONS: -Xmx1g\n" + working, finding.Error},
		{"the log goes on after words of a JVM's end", working + "Terminating due to java.lang.OutOfMemoryError: Java heap space\n" + working, finding.Warning},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings := Diagnose(savedLog(c.log))
			if len(findings) != 1 || findings[0].Severity != c.severity {
				t.Errorf("findings %+v, want one %s", findings, c.severity)
			}
		})
	}
}

func TestADeathThatSomebodyWatchedOverIsHis(t *testing.T) {
	const (
		up      = "2026-03-02T08:00:01.723Z  INFO 1 --- [           main] c.e.Orders : Started Orders in 1.9 seconds (process running for 2.3)\n"
		report  = "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f1d2c0a1234, pid=3127, tid=3128\n#\n# Problematic frame:\n# C  [libraster.so+0x1234]  tile_fill+0x10\n#\n"
		dead    = "2026-03-02T08:02:11.040Z  WARN 1 --- [pool-2-thread-1] c.e.Workers : worker 3127 died with 134, restarting\n"
		working = "2026-03-02T08:02:12.310Z  INFO 1 --- [pool-2-thread-1] c.e.Workers : worker 3160 is up\n"
		self    = "trying out a child\njava.lang.OutOfMemoryError: Java heap space\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n"
	)
	for _, c := range []struct {
		name, log string
		want      int
	}{
		{"who started a worker tells of its death, and logs on", up + report + dead + working, 0},
		{"the log ends with who tells of the death", up + report + dead, 1},
		{"nobody tells of the death", up + report + working, 1},
		{"nobody logged before the report", report + dead + working, 1},
		{"another process is told to be dead", up + report + strings.Replace(dead, "3127", "3128", 1) + working, 1},
		{"a child was to run out of memory", self + "the child ended with 3, as expected\n" + up, 0},
		{"nobody expected that the memory ran out", self + "the child ended with 3\n" + up, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			errors := 0
			for _, f := range Diagnose(savedLog(c.log)) {
				if f.Severity == finding.Error {
					errors++
				}
			}
			if errors != c.want {
				t.Errorf("%d errors, want %d", errors, c.want)
			}
		})
	}
}

func TestNothingIsSaidOfWhatFollowsWhereLinesAreMissing(t *testing.T) {
	d := savedLog(crashHeader + strings.Repeat("10:00:00.000 [http-1] INFO  c.e.Main - page 12 shown\n", 60))
	d.Lines = append(d.Lines[:30:30], d.Lines[40:]...)
	if findings := Diagnose(d); len(findings) != 1 || findings[0].Severity != finding.Error {
		t.Errorf("findings %+v, want one error", findings)
	}
}
