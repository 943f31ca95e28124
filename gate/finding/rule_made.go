package finding

// made are the rules for what an image tells of how it was made, before it runs.
var made = []Rule{
	{
		ID: "builder-known-bad", Severity: Error,
		Summary: "made with something that is known to make bad images",
		Explanation: "A buildpack, lifecycle, builder or Java of the image is in the gate's list of those that broke images before, or " +
			"in builder.known-bad of gate.yaml. The message says which, the evidence by what it was recognised, the link where it " +
			"was discussed. The image is neither pulled nor started for it. Where the Java of the image is known and is not " +
			"harmed, the finding is a note; entries with severity: warning, about what harms few or late, are warnings. An entry is set aside under suppress:, where known: names it.",
		Remedy: "Rebuild the image with another version of it, and pin the builder by digest.",
	},
	{
		ID: "builder-version", Severity: Error,
		Summary: "made with a version that builder.versions does not allow",
		Explanation: "builder.versions in gate.yaml says which versions of the builder, the lifecycle and of buildpacks are allowed. " +
			"A version that the image does not tell, or that cannot be read, is not allowed; nor is a list of buildpacks that cannot " +
			"be read to its end and so may hold the one in question. The builder's own version is an " +
			"exception: no label of an application names its builder, so that there is a warning where it is not known. " +
			"An id that no image of a check has is a note: it may be mistyped.",
		Remedy: "Rebuild the image with a version that is allowed, or change builder.versions if this one is meant to be.",
	},
	{
		ID: "builder-labels", Severity: Warning,
		Summary: "labels that say how the image was made cannot be read",
		Explanation: "Buildpacks write down in labels what they made an image with. Here some of that is missing or damaged, so that " +
			"bad versions would not be recognised. That alone does not make the image bad.",
		Remedy: "Compare with `gate inspect` of an image that was built before; look for what rewrites the image's labels after the build.",
	},
	{
		ID: "image-class-version", Severity: Error,
		Summary: "the application's classes are for a newer Java than the image has",
		Explanation: "A class file says which release of Java it is for, and the image says which it has. An older JVM refuses such " +
			"a class when it comes to load it. The message names a class and both releases. It is an error where the image starts " +
			"with that class, and its Java is certain: by its buildpack, its release file, or a JAVA_VERSION beside which the layers " +
			"have no room for another. Else it is a warning, and the image is booted: for a class of the application's own where all " +
			"beside it are too new, or a JAVA_VERSION that a base image may have left behind. Libraries have classes that are only loaded where they can " +
			"be: several that have no other are a warning. The layers with the application are read beside the pull, up to 64 MiB, and " +
			"the image is not started; nothing is read of an image that tells of no Java, nor of one that only the engine has.",
		Remedy: "Use a base image or builder with a newer Java (BP_JVM_VERSION with Paketo), or compile with --release for the one in the image.",
	},
}
