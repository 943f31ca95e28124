package gate

import (
	"strings"

	"bootgate/gate/boot"
	"bootgate/gate/diagnose"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
)

// explain says why a process is dead, as the policy wants it said: what the judges found, with the causes that are
// known. A nil policy adds nothing to the built-in causes.
func explain(d diagnose.Death, p *policy.Policy) []finding.Finding {
	return rulesOf(p).Apply(d, diagnose.Diagnose(d))
}

// known returns a finding about a death that no judge explained with what is known of it: what to do about the exception it
// names, and the cause, if one is known.
func known(d diagnose.Death, p *policy.Policy, f finding.Finding) finding.Finding {
	if headline := diagnose.Headline(d); headline != "" && strings.Contains(f.Message, headline) {
		if advice := diagnose.Advice(headline); advice != "" {
			f.Remedy = advice
		}
	}
	return rulesOf(p).Apply(d, []finding.Finding{f})[0]
}

func rulesOf(p *policy.Policy) diagnose.Rules {
	if p == nil {
		return diagnose.Rules{}
	}
	return p.Diagnose
}

// explainer gives the judges of boots what diagnose knows about deaths. It asks nobody: what was observed is enough.
func explainer(p *policy.Policy) boot.Explainer {
	return boot.Explainer{
		Death:    func(seen boot.Observation) []finding.Finding { return explain(deathOf(seen), p) },
		Exit:     func(e boot.Exit) (string, string) { return diagnose.DescribeExit(e.Code, e.OOMKilled) },
		Headline: func(seen boot.Observation) string { return diagnose.Headline(deathOf(seen)) },
		Known:    func(seen boot.Observation, f finding.Finding) finding.Finding { return known(deathOf(seen), p, f) },
	}
}

// deathOf puts an observation into the words of diagnose.
func deathOf(seen boot.Observation) diagnose.Death {
	d := diagnose.Death{
		OOMEvents: seen.OOMEvents, MemoryLimit: seen.MemoryLimit, PeakMemory: seen.PeakMemory, StartError: seen.StartError,
		PidsLimit: seen.PidsLimit, Entrypoint: seen.Asked.Command, Platform: seen.Asked.Platform, EnginePlatform: seen.EnginePlatform,
		Environment: seen.Asked.Environment,
	}
	if seen.Exit != nil && seen.Ended == boot.EndedExited {
		d.Exited, d.ExitCode, d.OOMKilled = true, seen.Exit.Code, seen.Exit.OOMKilled
	}
	for _, b := range seen.Asked.Buildpacks {
		d.Buildpacks = append(d.Buildpacks, diagnose.Buildpack{ID: b.ID, Version: b.Version})
	}
	for _, line := range seen.Output.All() {
		d.Lines = append(d.Lines, diagnose.Line{Number: line.Number, Stream: line.Stream, Text: line.Text})
	}
	for _, file := range seen.Files {
		if file.Content != "" {
			d.Files = append(d.Files, diagnose.File{Path: file.Path, Text: file.Content})
		}
	}
	return d
}
