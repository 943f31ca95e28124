package report

import (
	"fmt"
	"strings"
	"time"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

// The samples: what a check of such an image would report.

const ms = time.Millisecond

// digestOf returns a digest that begins with the hex digits start.
func digestOf(start string) string { return "sha256:" + (start + strings.Repeat("0f1e2d3c", 8))[:64] }

// printed returns numbered lines of one stream as the whole output of a container.
func printed(stream string, lines ...string) boot.Output {
	o := boot.Output{Lines: len(lines)}
	for i, text := range lines {
		o.Bytes += int64(len(text)) + 1
		o.Head = append(o.Head, boot.Line{Number: i + 1, Stream: stream, Text: text})
	}
	return o
}

// evidenceOf quotes lines of a container.
func evidenceOf(lines ...boot.Line) []finding.Evidence {
	return each(lines, func(l boot.Line) finding.Evidence {
		return finding.Evidence{Source: l.Stream, Line: l.Number, Text: l.Text}
	})
}

// found returns a finding of a rule with evidence, a cause and the rule's own remedy.
func found(rule, message, cause string, evidence ...finding.Evidence) finding.Finding {
	f := finding.New(rule, message)
	f.Cause = cause
	f.Evidence = append(f.Evidence, evidence...)
	return f
}

// outcome fills in what every image report has.
func outcome(name string, took time.Duration, findings []finding.Finding, boots ...boot.Observation) gate.ImageReport {
	return gate.ImageReport{
		Name: name, Ref: "registry.example.com/acme/" + name + ":1.4.2", Source: "registry",
		Digest: digestOf(fmt.Sprintf("%x", name)), ImageID: digestOf("ee"), Platform: "linux/amd64",
		Verdict: finding.Of(findings), Findings: findings, Boots: boots, Duration: took,
	}
}

func reportOf(took time.Duration, images ...gate.ImageReport) gate.Report {
	r := gate.Report{Verdict: finding.Pass, Images: images, Duration: took}
	for _, m := range images {
		r.Verdict = finding.Worse(r.Verdict, m.Verdict)
	}
	return r
}

var asService = boot.Asked{Mode: boot.Service, Within: time.Minute, StaysUp: 5 * time.Second, StopsWithin: 10 * time.Second}

var asJob = boot.Asked{Mode: boot.Job, Within: 15 * time.Minute, AtLeast: time.Second, StopsWithin: 10 * time.Second}

// served is a container that did all that was asked.
func served(role string, ready time.Duration) boot.Observation {
	return boot.Observation{
		Role: role, Asked: asService, Container: "bootgate-7f3a-" + strings.ReplaceAll(role, " ", "-"), Ready: true,
		ReadyAfter: ready, ReadyBy: "http:8080/", Answered: true, Ended: boot.EndedServed,
		Exit: &boot.Exit{Code: 143, At: ready + 5040*ms, Ran: ready + 5040*ms}, Stop: &boot.Stop{Signal: "SIGTERM", Took: 40 * ms},
		PeakMemory: 61 << 20, Duration: ready + 5040*ms, Output: printed("stdout", "listening on :8080"),
		Timeline: []boot.Event{
			{At: -8 * ms, What: "created"}, {At: 0, What: "started"}, {At: ready, What: "ready", Detail: "http:8080/"},
			{At: ready + 5000*ms, What: "stop-signal", Detail: "SIGTERM"}, {At: ready + 5040*ms, What: "exited", Detail: "143"},
		},
	}
}

func healthyServer() gate.ImageReport {
	m := outcome("shop", 6100*ms, nil, served("candidate", 812*ms))
	m.ChildDigest = digestOf("c41d")
	return m
}

func doneJob() gate.ImageReport {
	b := boot.Observation{
		Role: "candidate", Asked: asJob, Ended: boot.EndedExited, Exit: &boot.Exit{At: 3210 * ms, Ran: 3210 * ms}, Duration: 3210 * ms,
		Output:   printed("stdout", "42 rows written"),
		Timeline: []boot.Event{{What: "started"}, {At: 3210 * ms, What: "exited", Detail: "0"}},
	}
	return outcome("nightly", 3500*ms, nil, b)
}

// crashed was ready and then died of SIGSEGV, after many lines.
func crashed() gate.ImageReport {
	b := served("candidate", 1200*ms)
	b.Ended, b.Stop, b.Duration = boot.EndedExited, nil, 2700*ms
	b.Exit = &boot.Exit{Code: 139, At: 2700 * ms, Ran: 2700 * ms}
	b.MemoryLimit, b.PeakMemory = 512<<20, 317<<20
	b.Timeline = []boot.Event{
		{What: "started"}, {At: 1200 * ms, What: "ready", Detail: "http:8080/"}, {At: 2700 * ms, What: "exited", Detail: "139"},
	}
	b.Output = boot.Output{Lines: 3402, Bytes: 214_331, Errors: 2, Dropped: 3390}
	for i := 1; i <= 2; i++ {
		b.Output.Head = append(b.Output.Head, boot.Line{Number: i, Stream: "stdout", Text: fmt.Sprintf("starting module %d", i)})
	}
	for i, text := range []string{
		"2027-01-12T08:15:02.113Z  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http)",
		"#", "# A fatal error has been detected by the Java Runtime Environment:", "#",
		"#  SIGSEGV (0xb) at pc=0x00007f3d1c0a92f7, pid=1, tid=23", "#",
		"# Problematic frame:", "# V  [libjvm.so+0xb2a2f7]  VirtualMemoryTracker::add_reserved_region(unsigned char*, unsigned long)", "#",
		"# An error report file with more information is saved as:", "# /workspace/hs_err_pid1.log",
	} {
		b.Output.Tail = append(b.Output.Tail, boot.Line{Number: 3392 + i, Stream: "stdout", Text: text})
	}
	b.Output.Marked = []boot.Line{b.Output.Tail[4]}
	b.Files = []boot.File{{Path: "/workspace/hs_err_pid1.log", Size: 34_912, Kind: "hs_err", Content: "# A fatal error …"}}
	f := found("boot-unstable", "The container was ready after 1.2 s and died 1.5 s later with exit code 139 (SIGSEGV).",
		"The Java virtual machine itself crashed, in its native memory tracking; no Java code can do that by itself.",
		append(evidenceOf(b.Output.Tail[4], b.Output.Tail[7]),
			finding.Evidence{Source: "/workspace/hs_err_pid1.log", Line: 7, Text: "# JRE version: OpenJDK Runtime Environment (8.0_302-b08)"})...)
	f.Crash, f.Fingerprint = crashReport(), "3f9c1d0a77b2e418"
	f.Known = &finding.Known{ID: "java8-native-memory-tracking", Link: "https://github.com/paketo-buildpacks/libjvm/pull/105"}
	warning := found("boot-log", "A line says that a default password is in use.", "",
		finding.Evidence{Source: "stdout", Line: 88, Text: "Using generated security password: ********"})
	warning.Severity = finding.Warning
	warning.Location = &finding.Location{File: "gate.yaml", Line: 12, Column: 7}
	m := outcome("ndw-etl", 3200*ms, []finding.Finding{f, warning}, b)
	m.Baseline = &gate.Baseline{Name: "ndw-etl:1.4.1", Identity: gate.Identity{
		Ref: "registry.example.com/acme/ndw-etl:1.4.1", Source: "registry", Digest: digestOf("ba5e"), ChildDigest: digestOf("ba5ec"),
		ImageID: digestOf("ba5e1d"), Platform: "linux/amd64",
	}}
	return m
}

func killedForMemory() gate.ImageReport {
	b := boot.Observation{
		Role: "candidate", Asked: asService, Ended: boot.EndedExited, Exit: &boot.Exit{Code: 137, OOMKilled: true, At: 900 * ms, Ran: 900 * ms},
		OOMEvents: 1, MemoryLimit: 64 << 20, PeakMemory: 64 << 20, Duration: 900 * ms,
		Output: printed("stdout", "loading index"),
		Timeline: []boot.Event{
			{What: "started"}, {At: 880 * ms, What: "oom"}, {At: 900 * ms, What: "exited", Detail: "137"},
		},
	}
	f := found("container-oom-kill", "The kernel killed the main process for memory: it reached the limit of 64 MiB.", "",
		finding.Evidence{Source: "engine", Text: "oom event at 880 ms"}, evidenceOf(b.Output.Head...)[0])
	return outcome("search", 1400*ms, []finding.Finding{f}, b)
}

func timedOut() gate.ImageReport {
	need := served("need db", 2300*ms)
	need.ReadyBy = "tcp:5432"
	b := boot.Observation{
		Role: "candidate", Asked: asService, Ended: boot.EndedTimeout, Duration: time.Minute, PeakMemory: 112 << 20,
		Awaited: []boot.Attempt{
			{Probe: "http:8080/health", Expected: "status 200-399", Actual: "status 503", Attempts: 241},
			{Probe: "log:Started .+", Expected: "a line that matches", Actual: "2 lines, none of which does", Attempts: 0},
		},
		Stop:   &boot.Stop{Signal: "SIGTERM", Took: 10 * time.Second, Forced: true},
		Output: printed("stderr", "connecting to db:5432", "\x1b[31mERROR\x1b[0m connection refused, retrying"),
		Timeline: []boot.Event{
			{What: "started"}, {At: time.Minute, What: "timeout"}, {At: time.Minute, What: "stop-signal", Detail: "SIGTERM"},
			{At: 70 * time.Second, What: "killed"},
		},
	}
	f := found("boot-timeout", "Not ready within 60 s: http:8080/health answered 503, log:Started .+ was not printed.", "",
		finding.Evidence{Source: "probe", Text: "http:8080/health: expected status 200-399, got status 503"})
	stop := found("boot-stop", "Still running 10 s after SIGTERM.", "")
	return outcome("billing", 73*time.Second, []finding.Finding{f, stop}, need, b)
}

func overlapping() gate.ImageReport {
	one, two, again := served("candidate", 300*ms), served("replica 2", 310*ms), served("restart", 290*ms)
	line := boot.Line{Number: 2, Stream: "stdout", Text: "sync: taking over 4,113 people"}
	for _, b := range []*boot.Observation{&one, &two} {
		b.Once, b.Asked.Once = &line, "sync: taking over"
		b.Output = printed("stdout", "listening on :8080", line.Text)
	}
	again.Exit, again.Stop = nil, &boot.Stop{Signal: "SIGTERM", Took: 10 * time.Second, Forced: true}
	evidence := evidenceOf(line, line)
	evidence[0].Source, evidence[1].Source = "candidate, stdout", "replica 2, stdout"
	f := found("boot-overlap", "2 of 3 starts printed a line that matches `sync: taking over`: candidate, replica 2.",
		"The lock covers scheduled runs, not those at a start.", evidence...)
	return outcome("people-sync", 12*time.Second, []finding.Finding{f}, one, two, again)
}

func forbiddenAndSuppressed() gate.ImageReport {
	b := served("candidate", 500*ms)
	line := boot.Line{Number: 1, Stream: "stdout", Text: "WARN default credentials in use"}
	b.Output = printed("stdout", line.Text)
	b.Forbidden = []boot.Forbidden{{Pattern: "default credentials", Line: line}}
	f := found("boot-log", "A forbidden pattern was printed: default credentials.", "", evidenceOf(line)...)
	f.Suppressed = &finding.Suppression{Reason: "demo system, no real data", Owner: "platform", Until: "2027-01-31"}
	note := found("boot-exit-early", "It ended close to at-least.", "")
	note.Severity = finding.Note
	return outcome("demo", 6*time.Second, []finding.Finding{note, f}, b)
}

func engineDown() gate.ImageReport {
	f := found("host-engine", "The Docker engine at unix:///var/run/docker.sock does not answer.", "",
		finding.Evidence{Source: "engine", Text: "dial unix /var/run/docker.sock: connect: no such file or directory"})
	m := outcome("reports", 20*ms, []finding.Finding{f})
	m.Digest, m.ImageID, m.Platform, m.Ref = "", "", "", "reports"
	return m
}

func notFound() gate.ImageReport {
	f := found("image-not-found", "registry.example.com has no acme/typo:1.4.2.", "")
	f.Location = &finding.Location{Image: "registry.example.com/acme/typo:1.4.2", Layer: digestOf("1a")}
	m := outcome("typo", 180*ms, []finding.Finding{f})
	m.Digest, m.ImageID, m.Platform = "", "", ""
	return m
}

func notStarted() gate.ImageReport {
	b := boot.Observation{
		Role: "candidate", Asked: asService, Ended: boot.EndedNotStarted,
		StartError: `exec: "/app/server": stat /app/server: no such file or directory`,
		Timeline:   []boot.Event{{At: -9 * ms, What: "created"}},
	}
	f := found("entrypoint-missing", "The engine could not start /app/server: no such file.", "",
		finding.Evidence{Source: "engine", Text: b.StartError})
	m := outcome("local", 300*ms, []finding.Finding{f}, b)
	m.Digest, m.Source, m.Ref = "", "engine", "local"
	return m
}

// condemned fails for what it was made with, before it was pulled.
func condemned() gate.ImageReport {
	f := found("builder-known-bad", "The image was made with lifecycle 0.21.2, which is known to be bad.",
		"Its exporter cannot save what it built to a Docker engine.",
		finding.Evidence{Source: "image", Text: "io.buildpacks.build.metadata: launcher 0.21.2 (the lifecycle that exported the image has the same version)"})
	f.Known = &finding.Known{ID: "lifecycle-0.21.2-export", Link: "https://github.com/buildpacks/lifecycle/issues/1605"}
	m := outcome("orders", 240*ms, []finding.Finding{f})
	m.NotBooted = "it fails for builder-known-bad before it is started"
	return m
}

func fullDisk() gate.ImageReport {
	b := served("candidate", 100*ms)
	b.Ended, b.DiskUsed, b.Exit, b.Stop = boot.EndedDiskFull, 10<<30+512<<20, nil, nil
	b.Output = boot.Output{}
	lost := boot.Attempt{Probe: "http:8080/", Expected: "status 200-399", Actual: "connection refused", Attempts: 3}
	b.Lost = &lost
	return outcome("archive", 31*time.Second, []finding.Finding{found("boot-disk", "It wrote 10.5 GiB into its own file system.", "")}, b)
}

// samples are the reports of the golden files, by file name.
func samples() map[string]gate.Report {
	return map[string]gate.Report{
		"pass":         reportOf(6200*ms, healthyServer()),
		"job":          reportOf(3600*ms, doneJob()),
		"crash":        reportOf(3300*ms, crashed()),
		"not-booted":   reportOf(250*ms, condemned()),
		"inconclusive": reportOf(25*ms, engineDown()),
		"suppressed":   reportOf(6100*ms, forbiddenAndSuppressed()),
		"several": reportOf(75*time.Second, healthyServer(), crashed(), doneJob(), killedForMemory(), timedOut(), overlapping(),
			forbiddenAndSuppressed(), engineDown(), notFound(), notStarted(), fullDisk()),
		"regression": reportOf(9*time.Second, rebuilt()),
		"host":       reportOf(75*time.Second, onABrokenHost()),
		"control":    reportOf(12*time.Second, betterThanBaseline()),
		"compared":   reportOf(40*time.Second, slowerThanBaseline(), likeBaseline()),
		"none":       {Verdict: finding.Inconclusive},
	}
}
