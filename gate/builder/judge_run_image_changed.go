package builder

import "bootgate/gate/finding"

// judgeRunImageChange reports another run image, or base image.
func judgeRunImageChange(c Changes) []finding.Finding {
	list := c.ofParts(PartRunImage, PartBase)
	if len(list) == 0 {
		return nil
	}
	return []finding.Finding{changed("run-image-changed", "Stands on something else than the baseline: ", list, "")}
}
