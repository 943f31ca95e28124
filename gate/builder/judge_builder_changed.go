package builder

import "bootgate/gate/finding"

// judgeBuilderChange reports what of the builder changed, the run image and Java aside.
func judgeBuilderChange(c Changes) []finding.Finding {
	list := c.ofParts(PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartDependency)
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
	return []finding.Finding{changed("builder-changed", "Built with another builder than the baseline: ", list, rest)}
}
