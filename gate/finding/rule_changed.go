package finding

// changed are the rules for what differs from the baseline. They explain, and never decide.
var changed = []Rule{
	{
		ID: "builder-changed", Severity: Note,
		Summary: "the image was built with other buildpacks, another launcher or lifecycle than its baseline",
		Explanation: "A builder moves under its tag: the same source, built again, gets whatever its buildpacks are then. The " +
			"message names what moved, from which version to which, and says whether the layers of the application are the same. " +
			"The run image and Java have rules of their own: run-image-changed, jvm-changed. `gate diff` shows everything.",
		Remedy: "Nothing, if the change was meant; else pin the builder by digest, so that it changes only when somebody changes it.",
	},
	{
		ID: "jvm-changed", Severity: Note,
		Summary: "the image has another Java, or gives it other options, than its baseline",
		Explanation: "A note for an update. It is a warning when the release is another one (17 to 21), when the version is older " +
			"than the baseline's, and when there is no Java any more: hardly anybody means that.",
		Remedy: "Check that the new version is meant; BP_JVM_VERSION at build time keeps Paketo's buildpacks on one release.",
	},
	{
		ID: "run-image-changed", Severity: Note,
		Summary: "the image stands on another run image or base image than its baseline",
		Explanation: "The run image is what buildpacks put the application on, with its C library, certificates and packages; for " +
			"other images it is the base image. Run images are compared by digest, or by their top layer where the builder ran " +
			"against an engine and wrote down an id that means nothing elsewhere.",
		Remedy: "Nothing, if the change was meant; else rebuild on the run image of the baseline, or rebase onto it.",
	},
}
