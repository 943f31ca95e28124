package builder

import "bootgate/gate/finding"

// judgeBuilderChange reports what of the builder changed, the run image and Java aside.
func judgeBuilderChange(c Changes) []finding.Finding {
	list := c.ofParts(PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency, PartLayer)
	if len(list) == 0 {
		return nil
	}
	rest := ""
	switch c.Application {
	case Same:
		rest = "; the application layers are identical"
	case Different:
		rest = "; the application changed, too"
	}
	lead := "Built with another builder than the baseline: "
	if !c.ByBuilder() {
		lead = "Made with other buildpacks than the baseline: " // the application may have asked for them
	}
	return []finding.Finding{changed("builder-changed", lead, list, rest)}
}
