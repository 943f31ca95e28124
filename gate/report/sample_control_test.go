package report

import (
	"fmt"
	"slices"
	"time"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// againstBaseline gives an image a baseline that was booted, too.
func againstBaseline(m gate.ImageReport, control gate.ControlBoot, changes builder.Changes) gate.ImageReport {
	m.Baseline = &gate.Baseline{
		Name: m.Name + ":1.4.1", Identity: gate.Identity{
			Ref: "registry.example.com/acme/" + m.Name + ":1.4.1", Source: "registry", Digest: digestOf("ba5e"), ChildDigest: digestOf("ba5ec"),
			ImageID: digestOf("ba5e1d"), Platform: "linux/amd64",
		},
		Control: &control, Changes: &changes,
	}
	m.Verdict = finding.Of(m.Findings)
	return m
}

// rebuilt crashed since a builder moved under its tag: its baseline, of the same application, does its job.
func rebuilt() gate.ImageReport {
	m := crashed()
	lead := m.Findings[0]
	changes := builder.Changes{Application: builder.Same, Apps: true, More: 1, Sizes: []builder.SizeChange{
		{Group: builder.GroupApplication, Old: 31 << 20, New: 31 << 20, Layers: builder.Same},
		{Group: builder.GroupBuildpacks, Old: 74 << 20, New: 75 << 20, Layers: builder.Different},
	}, List: []builder.Change{
		{Part: builder.PartJVM, Name: "BellSoft Liberica JRE", How: builder.Up, Old: "8.0.292", New: "8.0.302"},
		{Part: builder.PartBuildpack, Name: "paketo-buildpacks/bellsoft-liberica", How: builder.Up, Old: "8.6.0", New: "8.7.0"},
		{Part: builder.PartJVMFlag, Name: "-XX:NativeMemoryTracking", Where: "JAVA_TOOL_OPTIONS", How: builder.Added, New: "summary", Major: true},
		{Part: builder.PartRunImage, How: builder.Changed, Old: digestOf("0a"), New: digestOf("0b")},
	}}
	f := found("builder-regression", "The builder changed (paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0), the application layers are identical, "+
		"and the image fails where its baseline ndw-etl:1.4.1 comes up under the same conditions: "+lead.Message, lead.Cause)
	for _, change := range changes.List {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "changed", Text: change.String()})
	}
	f.Evidence = append(f.Evidence, lead.Evidence...)
	f.Known, f.Crash, f.Fingerprint = lead.Known, lead.Crash, lead.Fingerprint
	f.Remedy = "Keep the baseline ndw-etl:1.4.1 (" + digestOf("ba5e") + ") live; pin the builder by digest to one that has paketo-buildpacks/bellsoft-liberica 8.6.0, and rebuild."
	m.Findings = slices.Concat([]finding.Finding{f}, m.Findings)
	b := served("baseline", 1100*ms)
	return againstBaseline(m, gate.ControlBoot{Verdict: finding.Pass, Boots: []boot.Observation{b}}, changes)
}

// onABrokenHost fails, and so does its baseline, another way.
func onABrokenHost() gate.ImageReport {
	m := timedOut()
	baseline := boot.Observation{
		Role: "baseline", Asked: asService, Ended: boot.EndedNotStarted, StartError: "OCI runtime create failed: no space left on device",
		Timeline: []boot.Event{{At: -9 * ms, What: "created"}},
	}
	own := found("entrypoint-missing", "The engine could not start /app/server: no space left on device.", "",
		finding.Evidence{Source: "engine", Text: baseline.StartError})
	f := found("host-cannot-start", fmt.Sprintf("Neither the image nor its baseline billing:1.4.1, which is known to be good, comes up here. The image: %s The baseline: %s",
		m.Findings[0].Message, own.Message), "They fail in different ways: the image may be broken, too, but a host on which a good image fails cannot tell.",
		finding.Evidence{Source: "candidate, stderr", Line: 1, Text: "connecting to db:5432"},
		finding.Evidence{Source: "candidate, stderr", Line: 2, Text: "\x1b[31mERROR\x1b[0m connection refused, retrying"},
		finding.Evidence{Source: "baseline, engine", Text: baseline.StartError})
	for i := range m.Findings {
		m.Findings[i].Severity = finding.Warning
	}
	m.Findings = slices.Concat([]finding.Finding{f}, m.Findings)
	return againstBaseline(m, gate.ControlBoot{
		Verdict: finding.Fail, Findings: []finding.Finding{own}, Boots: []boot.Observation{baseline},
	}, builder.Changes{Application: builder.Different})
}

// betterThanBaseline passes where its baseline fails, which was booted because somebody wanted to know.
func betterThanBaseline() gate.ImageReport {
	m := healthyServer()
	b := served("baseline", 900*ms)
	b.Ended, b.Exit, b.Stop, b.Duration = boot.EndedExited, &boot.Exit{Code: 1, At: 950 * ms, Ran: 950 * ms}, nil, 950*ms
	own := found("boot-unstable", "The container was ready after 900ms, then exited with 1 50ms later.", "")
	warning := found("image-baseline", "The baseline shop:1.4.1 fails under the conditions in which the image passes: "+own.Message, "")
	m.Findings = []finding.Finding{warning}
	return againstBaseline(m, gate.ControlBoot{
		Verdict: finding.Fail, Findings: []finding.Finding{own}, Boots: []boot.Observation{b},
	}, builder.Changes{Application: builder.Unknown})
}

// slowerThanBaseline passes, and takes longer than its baseline.
func slowerThanBaseline() gate.ImageReport {
	m := healthyServer()
	second := int64(time.Second)
	m.Comparison = &boot.Comparison{Rounds: 3, Measures: []boot.Measure{
		{
			What: boot.MeasuredReady, Candidate: boot.Spread{Median: 32 * second / 10, Least: 3 * second, Most: 34 * second / 10},
			Baseline: boot.Spread{Median: 3 * second / 2, Least: 14 * second / 10, Most: 16 * second / 10},
			Ratio:    boot.Times{Median: 2.1333, Least: 2, Most: 2.4}, Limit: "2x", Over: true,
		},
		{
			What: boot.MeasuredMemory, Candidate: boot.Spread{Median: 61 << 20, Least: 61 << 20, Most: 61 << 20},
			Baseline: boot.Spread{Median: 60 << 20, Least: 58 << 20, Most: 61 << 20}, Ratio: boot.Times{Median: 1.0166, Least: 1, Most: 1.05}, Limit: "1.5x",
		},
		{What: boot.MeasuredErrors, Candidate: boot.Spread{Median: 12, Least: 12, Most: 12}, Limit: "5", Over: true},
		{
			What: boot.MeasuredSize, Candidate: boot.Spread{Median: 300 << 20, Least: 300 << 20, Most: 300 << 20},
			Baseline: boot.Spread{Median: 200 << 20, Least: 200 << 20, Most: 200 << 20}, Ratio: boot.Times{Median: 1.5, Least: 1.5, Most: 1.5},
		},
	}}
	slower := found("boot-slower", "The container was ready after 3.2s, that of the baseline after 1.5s: 2.1 times as long, in the median of 3 rounds (2.0 to 2.4 times). The limit is slower-than: 2x.", "",
		finding.Evidence{Source: "round 1", Text: "3s, baseline 1.5s"}, finding.Evidence{Source: "round 2", Text: "3.4s, baseline 1.4s"},
		finding.Evidence{Source: "round 3", Text: "3.2s, baseline 1.6s"})
	errors := found("boot-errors", "The container printed 12 lines of the level error, that of the baseline 0 lines: 12 more, in the median of 3 rounds. The limit is errors-over: 5.", "")
	m.Findings = []finding.Finding{slower, errors}
	b := served("baseline", 1500*ms)
	return againstBaseline(m, gate.ControlBoot{Verdict: finding.Pass, Boots: []boot.Observation{b}}, builder.Changes{Application: builder.Different})
}

// likeBaseline was compared once, and nothing is beyond a limit.
func likeBaseline() gate.ImageReport {
	m := healthyServer()
	spread := func(n int64) boot.Spread { return boot.Spread{Median: n, Least: n, Most: n} }
	m.Comparison = &boot.Comparison{Rounds: 1, Measures: []boot.Measure{
		{What: boot.MeasuredJob, Candidate: spread(int64(900 * ms)), Baseline: spread(int64(time.Second)), Ratio: boot.Times{Median: 0.9, Least: 0.9, Most: 0.9}, Limit: "2x"},
		{What: boot.MeasuredErrors, Candidate: spread(1), Baseline: spread(2), Ratio: boot.Times{Median: 0.5, Least: 0.5, Most: 0.5}, Limit: "0"},
	}}
	return againstBaseline(m, gate.ControlBoot{Verdict: finding.Pass, Boots: []boot.Observation{served("baseline", 900*ms)}}, builder.Changes{Application: builder.Same})
}
