package report

import (
	"fmt"
	"slices"

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
	changes := builder.Changes{Application: builder.Same, List: []builder.Change{
		{Part: builder.PartJVM, Name: "BellSoft Liberica JRE", How: builder.Up, Old: "8.0.292", New: "8.0.302"},
		{Part: builder.PartBuildpack, Name: "paketo-buildpacks/bellsoft-liberica", How: builder.Up, Old: "8.6.0", New: "8.7.0"},
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
	b.Ended, b.Exit, b.Stop, b.Duration = boot.EndedExited, &boot.Exit{Code: 1, At: 950 * ms}, nil, 950*ms
	own := found("boot-unstable", "The container was ready after 900ms, then exited with 1 50ms later.", "")
	warning := found("image-baseline", "The baseline shop:1.4.1 fails under the conditions in which the image passes: "+own.Message, "")
	m.Findings = []finding.Finding{warning}
	return againstBaseline(m, gate.ControlBoot{
		Verdict: finding.Fail, Findings: []finding.Finding{own}, Boots: []boot.Observation{b},
	}, builder.Changes{Application: builder.Unknown})
}
