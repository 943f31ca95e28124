package builder

// The labels of an app image, by platform specification.
const (
	// labelBuild has how the image was built: {"buildpacks":[{"id","version","homepage"}],"processes",…}; since platform
	// API 0.3.
	labelBuild = "io.buildpacks.build.metadata"
	// labelLifecycle has what the layers are: {"buildpacks":[{"key","version","layers"}],…}; in all versions.
	labelLifecycle = "io.buildpacks.lifecycle.metadata"
	// labelProject has what the application was built from: {"source":{"type","version","metadata"}}.
	labelProject   = "io.buildpacks.project.metadata"
	labelRebasable = "io.buildpacks.rebasable"
)

// The labels of build and run images, which application and builder images inherit: stacks until platform API 0.11,
// targets since 0.12.
const (
	labelStackID       = "io.buildpacks.stack.id"
	labelMixins        = "io.buildpacks.stack.mixins"
	labelBaseID        = "io.buildpacks.base.id"
	labelMaintainer    = "io.buildpacks.base.maintainer"
	labelHomepage      = "io.buildpacks.base.homepage"
	labelReleased      = "io.buildpacks.base.released"
	labelDescription   = "io.buildpacks.base.description"
	labelDistroName    = "io.buildpacks.base.distro.name"
	labelDistroVersion = "io.buildpacks.base.distro.version"
	// The former names: of maintainer, homepage, released and description, before base took the place of stack, and of the
	// distribution, before its name was settled.
	stackMaintainer  = "io.buildpacks.stack.maintainer"
	stackHomepage    = "io.buildpacks.stack.homepage"
	stackReleased    = "io.buildpacks.stack.released"
	stackDescription = "io.buildpacks.stack.description"
	stackDistroName  = "io.buildpacks.stack.distro.name"
	stackDistroVer   = "io.buildpacks.stack.distro.version"
)

// The labels of builders, buildpackages and lifecycle images (pack's own, by its source and by the distribution
// specification).
const (
	labelBuilder          = "io.buildpacks.builder.metadata"
	labelLayers           = "io.buildpacks.buildpack.layers"
	labelExtensionLayers  = "io.buildpacks.extension.layers"
	labelOrder            = "io.buildpacks.buildpack.order"
	labelOrderExtensions  = "io.buildpacks.buildpack.order-extensions"
	labelBuildpackage     = "io.buildpacks.buildpackage.metadata"
	labelLifecycleVersion = "io.buildpacks.lifecycle.version"
	labelLifecycleAPIs    = "io.buildpacks.lifecycle.apis"
)

// Labels and annotations of everybody (OCI image specification, annotations.md), and of single tools.
const (
	labelTitle      = "org.opencontainers.image.title"
	labelVersion    = "org.opencontainers.image.version"
	labelSource     = "org.opencontainers.image.source"
	labelRevision   = "org.opencontainers.image.revision"
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
	labelSpringBoot = "org.springframework.boot.version"
	labelBuildah    = "io.buildah.version"
	labelDotnetSDK  = "net.dot.sdk.version"
	labelDotnet     = "net.dot.runtime.majorminor"
)

// Environment variables of images.
const (
	envPlatformAPI = "CNB_PLATFORM_API"
	envProcessType = "CNB_PROCESS_TYPE"
	envUserID      = "CNB_USER_ID"
	envGroupID     = "CNB_GROUP_ID"
	envStackID     = "CNB_STACK_ID"
	envJavaVersion = "JAVA_VERSION"
	envJavaHome    = "JAVA_HOME"
	envKoData      = "KO_DATA_PATH"
)
