package gate

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// regression says that the candidate fails where the baseline does not: with what of the builder changed, when anything
// did, and with what is known of the failure. lead is the finding about that.
func (s *subject) regression(lead finding.Finding) finding.Finding {
	changes := s.report.Baseline.Changes
	var f finding.Finding
	if changes != nil && changes.ByBuilder() {
		f = s.builderRegression(*changes, lead)
	} else {
		f = finding.New("image-regression", s.changedImage(changes)+lead.Message)
		f.Remedy = fmt.Sprintf("Keep %s live. %s", s.baselineName(), lead.Remedy)
		if changes != nil {
			f.Evidence = listed(changes.List)
		}
	}
	f.Evidence = append(f.Evidence, lead.Evidence...)
	f.Cause, f.Known, f.Crash, f.Fingerprint, f.Location = lead.Cause, lead.Known, lead.Crash, lead.Fingerprint, lead.Location
	return f
}

// builderRegression says that the builder is what changed, what changed beside it, and what helps against the failure where
// the builder cannot be had as it was.
func (s *subject) builderRegression(changes builder.Changes, lead finding.Finding) finding.Finding {
	parts := changes.ByTheBuilder()
	telling := parts
	if packs := changes.Of(builder.PartBuildpack); len(packs) > 0 {
		telling = packs // a person can pin these
	}
	what := "The builder"
	if len(changes.Of(builder.PartLayer)) > 0 {
		what = "What buildpacks contribute" // under the same versions
	}
	f := finding.New("builder-regression", fmt.Sprintf("%s changed (%s)%s%s, and the image fails where its baseline %s comes up under the same conditions: %s",
		what, builder.Listed(telling, maxTold), application(changes.Application), settings(changes), s.target.Baseline, lead.Message))
	f.Evidence = listed(withRest(parts, changes.BesideTheBuilder()))
	f.Remedy = fmt.Sprintf("Keep %s live; pin the builder by digest to %s, and rebuild. %s", s.baselineName(), had(telling), lead.Remedy)
	return f
}

// settings says which settings, with which an image is started, changed beside the builder: they may be the reason as well.
func settings(changes builder.Changes) string {
	list := changes.Settings()
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf(", settings changed as well (%s)", builder.Listed(list, maxTold))
}

// withRest puts the rest behind the parts of the builder, and makes room for its first where there are many of both.
func withRest(parts, rest []builder.Change) []builder.Change {
	room := max(maxListed-len(rest), maxListed-leastOfRest)
	if len(parts) <= room {
		return slices.Concat(parts, rest)
	}
	return slices.Concat(parts[:room], rest, parts[room:])
}

// baselineName is the baseline as a person finds it again.
func (s *subject) baselineName() string {
	name := "the baseline " + s.target.Baseline
	if digest := s.report.Baseline.Digest; digest != "" && !strings.Contains(name, digest) {
		name += " (" + digest + ")"
	}
	return name
}

// maxTold is how many changes a sentence names; maxListed, how many are listed as evidence, leastOfRest of them for what the
// builder did not decide, if there is so much.
const (
	maxTold     = 2
	maxListed   = 10
	leastOfRest = 3
)

// had names what the baseline had that a builder can be chosen by: "paketo-buildpacks/bellsoft-liberica 8.6.0". What it did
// not have, options and layers are nothing that can be pinned.
func had(changes []builder.Change) string {
	var words []string
	for _, c := range changes {
		if c.Old != "" && c.Part != builder.PartJVMFlag && c.Part != builder.PartLayer && len(words) < maxTold {
			words = append(words, strings.TrimSpace(c.Subject()+" "+c.Old))
		}
	}
	if len(words) == 0 {
		return "the one that made it"
	}
	return "one that has " + strings.Join(words, " and ")
}

// application says what is known of the application beside a builder that changed.
func application(layers builder.Sameness) string {
	switch layers {
	case builder.Same:
		return ", the application layers are identical"
	case builder.Different:
		return ", the application layers changed as well"
	}
	return ""
}

// changedImage says that an image fails where its baseline does not, and what is known to have changed for which no builder
// has to answer.
func (s *subject) changedImage(changes *builder.Changes) string {
	if changes != nil {
		if made := changes.Made(); len(made) > 0 {
			return fmt.Sprintf("The image changed (%s)%s, and fails where its baseline %s comes up under the same conditions: ",
				builder.Listed(made, maxTold), application(changes.Application), s.target.Baseline)
		}
	}
	return fmt.Sprintf("The image fails where its baseline %s comes up under the same conditions%s: ", s.target.Baseline, besides(changes))
}

// besides says what is known to be the same where nothing is known to have changed but the application.
func besides(changes *builder.Changes) string {
	if changes == nil {
		return ""
	}
	same := changes.Builder == builder.Same
	switch {
	case changes.Application == builder.Same && same:
		return ", though the application layers are identical and nothing of the builder changed"
	case changes.Application == builder.Same:
		return ", though the application layers are identical"
	case changes.Application == builder.Different && same:
		return "; the application layers changed, nothing of the builder did"
	case changes.Application == builder.Different:
		return "; the application layers changed"
	}
	return ""
}

// listed lists changes as evidence.
func listed(changes []builder.Change) []finding.Evidence {
	evidence := []finding.Evidence{}
	for _, c := range changes[:min(len(changes), maxListed)] {
		evidence = append(evidence, finding.Evidence{Source: "changed", Text: c.String()})
	}
	if more := len(changes) - len(evidence); more > 0 {
		evidence = append(evidence, finding.Evidence{Source: "changed", Text: fmt.Sprintf("and %d more", more)})
	}
	return evidence
}
