package finding

// controlled are the rules for what the boot of a baseline tells about a candidate that failed.
var controlled = []Rule{
	{
		ID: "builder-regression", Severity: Error,
		Summary: "the image fails, its baseline does not, and the builder's parts changed",
		Explanation: "The candidate failed, so the baseline was booted under exactly the same conditions, and came up: the host is in " +
			"order, the image is not. Since the baseline the JVM, a buildpack, the launcher, the run image or something else that " +
			"the builder decides has changed: by its version, or by its layers where the version is the old one. A " +
			"builder moves under its tag, and an image breaks when it is rebuilt. Where the application layers are identical, " +
			"only settings that changed as well can be the reason beside it, such as a variable of the environment. The finding " +
			"has what changed, the builder's parts first, what failed and what is known of it; the findings about the failure itself follow.",
		Remedy: "Keep the baseline live, pin the builder by digest to the one that made it, and rebuild; or do what helps against the failure itself.",
	},
	{
		ID: "image-regression", Severity: Error,
		Summary: "the image fails, its baseline does not, and no builder is known to be at fault",
		Explanation: "The candidate failed, so the baseline was booted under exactly the same conditions, and came up: the host is in " +
			"order, the image is not. Nothing for which a builder has to answer is known to have changed. An application that " +
			"changed itself may have asked for another buildpack, another Java or other options; labels that cannot be read " +
			"prove nothing; and an image that no buildpacks made has no builder to blame for its Java or its base. What of " +
			"all that changed is in the message.",
		Remedy: "Keep the baseline live; look at what changed in the application and its settings since.",
	},
	{
		ID: "host-cannot-start", Severity: Error, Inconclusive: true,
		Summary: "the image fails, and so does its baseline",
		Explanation: "The candidate failed, so the baseline, which is known to be good, was booted under exactly the same conditions, " +
			"and failed as well. Either this host cannot start such containers, or the conditions (needs, limits, network, " +
			"settings) do not let even a good image come up. Nothing is known about the candidate then: its own findings are " +
			"warnings.",
		Remedy: "See whether anything starts here (`docker run`), what the engine's log says, and whether disk and memory are full; " +
			"then whether the baseline was ever good under these settings.",
	},
}
