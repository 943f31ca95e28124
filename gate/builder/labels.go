package builder

// The labels of an app image, by platform specification.
const (
	// labelBuild has how the image was built: {"buildpacks":[{"id","version","homepage"}],"processes",…}; since platform
	// API 0.3.
	labelBuild = "io.buildpacks.build.metadata"
	// labelLifecycle has what the layers are: {"buildpacks":[{"key","version","layers"}],…}; in all versions.
	labelLifecycle = "io.buildpacks.lifecycle.metadata"
)
