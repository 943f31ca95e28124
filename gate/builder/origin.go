package builder

import "encoding/json"

// Origin is what an image tells of how it was made. What it does not tell is empty; what it tells in a way that cannot be
// read is among the problems. All texts are the image's own and as hostile as it is.
type Origin struct {
	// App is set for an image that buildpacks made.
	App *App
	// Builder is set for an image that builds others.
	Builder *Builder
	// Buildpackage is set for an image that holds buildpacks for builders.
	Buildpackage *Buildpackage
	// Lifecycle is set for an image that holds a lifecycle for builders.
	Lifecycle *Lifecycle
	// Stack is set for an image that buildpacks build in or that applications stand on: a build or a run image. Of an
	// application or a builder see App.RunImage and Builder.Stack.
	Stack *Stack
	// Maker is what made an image that buildpacks did not make, where it left a mark: "jib", "ko", "buildkit", "dotnet".
	Maker *Maker
	// Base is the image that this one stands on, where that is known. For an image made by buildpacks it is the run
	// image's description; see also App.RunImage.
	Base *Base
	// JVM is the Java run-time in the image; nil when nothing tells of one.
	JVM *JVM
	// Layers are all layers of the image from the lowest to the top, each with what it is for.
	Layers []Layer
	// Provenance is what says how the image was built, where its index names such a statement.
	Provenance *Provenance
	// Contents are what the layers themselves tell; nil as long as nobody has read them.
	Contents *Contents
	// Problems are labels that are missing where others say that they should be there, or that cannot be read.
	Problems []Problem
}

// App is an image that buildpacks made.
type App struct {
	// Buildpacks and Extensions took part in the build, in their order.
	Buildpacks, Extensions []Buildpack
	// Unlisted says why others may have taken part than these, as the labels cannot be read to their end: "buildpacks[3]
	// cannot be read"; empty when these are all.
	Unlisted  string
	Processes []Process
	// DefaultProcess is the type of the process that runs without a choice; empty when none is known.
	DefaultProcess string
	// Launcher is the program that starts the process. The lifecycle that exported the image has the same version.
	Launcher Launcher
	RunImage RunImage
	// PlatformAPI is the version of the platform API that the build spoke (CNB_PLATFORM_API); empty when unknown.
	PlatformAPI string
	// Rebasable is nil when the image does not say: then it is.
	Rebasable *bool
	Source    *Source
	// SpringBoot is the version of Spring Boot; empty when unknown.
	SpringBoot string
	// Title and Version are the application's own (org.opencontainers.image.title and .version).
	Title, Version string
	// Builders are builders that may have made the image, the likeliest first. No label names the builder.
	Builders []BuilderGuess
}

// Process is a way to start an application image.
type Process struct {
	Type string
	// Command and Args are masked where they carry secrets.
	Command, Args []string
	// Direct says that no shell is between.
	Direct bool
	// Buildpack is the id of the buildpack that contributed it; WorkDir is empty for the application directory.
	Buildpack, WorkDir string
	Default            bool
}

// Launcher is the launcher in an image.
type Launcher struct {
	Version string
	// Repository and Commit are of its source; empty when the label has none.
	Repository, Commit string
}

// RunImage is what an application image stands on, as the lifecycle wrote it down.
type RunImage struct {
	// Name is what the builder calls it, such as "docker.io/paketobuildpacks/run-jammy-base:latest"; older lifecycles
	// leave it out.
	Name string
	// Reference is as written: repo@sha256:… when the image was published, the bare hexadecimal id of an image when it
	// was exported to an engine. The two cannot be compared; TopLayer can.
	Reference string
	// Digest is the sha256:… of a published run image; else empty.
	Digest string
	// TopLayer is the diff ID of its last layer.
	TopLayer string
	Mirrors  []string
	// Stack is its stack id; ID its target base id. Either may be empty.
	Stack, ID string
	// DistroName and DistroVersion are such as "ubuntu" and "22.04".
	DistroName, DistroVersion string
	Maintainer, Released      string
}

// Group says what layers are for.
type Group string

// The groups of layers, as `gate diff` sums them up.
const (
	GroupApplication Group = "application"
	GroupBuildpacks  Group = "buildpacks" // with the launcher, its configuration and bills of materials
	GroupRunImage    Group = "run-image"  // of an image that no buildpacks made: all its layers below a known base
	GroupOther       Group = "layers"     // of an image about which nothing is known
	GroupImage       Group = "image"      // all of them
)

// Layer is one layer of an image.
type Layer struct {
	Group Group
	// Buildpack and Name are of a layer that a buildpack contributed; Name is "launcher", "config", "process-types",
	// "sbom" or empty for the others.
	Buildpack, Name string
	// DiffID is sha256:… of the layer uncompressed; Digest of the layer as it is stored, empty where nobody knows it.
	DiffID, Digest string
	// Size is in bytes as it is stored; 0 where nobody says, as for an image of an engine.
	Size int64
	// Data is what the buildpack wrote down about it, at most some kilobytes of JSON; nil when nothing.
	Data json.RawMessage
}

// Source is what the application was built from.
type Source struct {
	// Type is such as "git".
	Type string
	// Version and Metadata are what project descriptor and platform wrote: commit, branch, repository and the like, with
	// nested keys joined by dots.
	Version, Metadata map[string]string
}

// BuilderGuess is a builder that may have made an image.
type BuilderGuess struct {
	// Name is a repository, with a tag where one is known.
	Name string
	// Sure is "certain" (the image's provenance names it), "likely" (the gate knows of no other that uses this run
	// image) or "possible".
	Sure string
	// Why is a phrase: "only it uses this run image".
	Why string
}

// Builder is an image that builds others.
type Builder struct {
	Description string
	// Buildpacks and Extensions are those it has; Unlisted is as in App.
	Buildpacks, Extensions []Buildpack
	Unlisted               string
	// Order and OrderExtensions are the groups that are tried, in their order.
	Order, OrderExtensions [][]OrderEntry
	Lifecycle              Lifecycle
	// RunImages are those it may put under applications, with their mirrors.
	RunImages []RunImageOffer
	// CreatedBy and CreatedByVersion are the tool that made it, such as "Pack CLI".
	CreatedBy, CreatedByVersion string
	// Stack is its stack id; empty for those that name none.
	Stack string
	// UserID and GroupID are CNB_USER_ID and CNB_GROUP_ID.
	UserID, GroupID string
}

// OrderEntry is one buildpack of a group.
type OrderEntry struct {
	ID, Version string
	Optional    bool
}

// RunImageOffer is a run image of a builder.
type RunImageOffer struct {
	Image   string
	Mirrors []string
}

// Lifecycle is the lifecycle in a builder, with the APIs it speaks.
type Lifecycle struct {
	Version                            string
	PlatformAPIs, PlatformDeprecated   []string
	BuildpackAPIs, BuildpackDeprecated []string
}

// Buildpackage is an image that holds a buildpack and those it is made of.
type Buildpackage struct {
	Buildpack
	// Buildpacks and Extensions are all that it holds, sorted.
	Buildpacks, Extensions []Buildpack
	// Stacks are the ids of the stacks it is for.
	Stacks []string
}

// Stack is what a build or run image says of itself.
type Stack struct {
	// Stack is its stack id; ID its target base id. Either may be empty.
	Stack, ID, Description    string
	DistroName, DistroVersion string
	Maintainer, Released      string
	Homepage                  string
	// Mixins is how many mixins it names.
	Mixins int
}

// Provenance is a statement about how an image was built.
type Provenance struct {
	// Digest is that of the manifest that holds it.
	Digest string
	// Read is set once it has been read; the rest is empty before.
	Read bool
	// Builder is who built the image, as the statement says (builder.id); Source is what it was built from.
	Builder, Source string
	// Images are the images that went into the build, those of its own stages and tools included.
	Images []Base
}

// Contents are what the layers of an image tell.
type Contents struct {
	// JVMs are those whose release file was found, and that no upper layer takes away again.
	JVMs []JVM
	// Highest is the class that needs the newest JVM; nil when there is no class.
	Highest *Class
	// Main is the class with which the image starts, as its command or the manifest of an archive says; of several the one
	// that needs the newest JVM, and nil when it is not known.
	Main *Class
	// Places are the folders and archives that have classes.
	Places []Place
	// Classes is how many class files were looked at, in Jars archives and folders.
	Classes, Jars int
	// Read are the indices in Layers of those that were read.
	Read []int
	// Skipped says what was not looked at, and why, as phrases.
	Skipped []string
}

// Class is a class file.
type Class struct {
	// Name is such as "com.example.Main".
	Name string
	// Where is the file or archive it is in: "/workspace/BOOT-INF/lib/a.jar".
	Where string
	// Major is the major version of its format; Release is the release of Java that it needs at least.
	Major, Release int
	// Layer is the index in Layers of the layer it is in.
	Layer int
}

// Maker is what made an image, other than buildpacks.
type Maker struct {
	Name, Version string
	// Why is where it says so, as a phrase: "history: created by jib-maven-plugin:3.4.0".
	Why string
}

// Base is the image another stands on.
type Base struct {
	Name, Digest string
	// Where says where it is written: an annotation, a label, the provenance.
	Where string
}

// JVM is a Java run-time in an image.
type JVM struct {
	// Name and Vendor are such as "BellSoft Liberica JRE" and "BellSoft"; either may be empty.
	Name, Vendor string
	// Version is as its vendor writes it: "21.0.9", "8.0.302".
	Version string
	// Release is the number of its feature release, such as 21 or 8; 0 when the version does not tell.
	Release int
	// Where says what told: "layer jre of paketo-buildpacks/bellsoft-liberica", "JAVA_VERSION", "/opt/java/release".
	Where string
	// Buildpack is the id of the buildpack that contributed it; empty for others.
	Buildpack string
}

// Problem is something about the labels of an image that is not as it should be.
type Problem struct {
	// Label is its key, or what else is concerned.
	Label string
	// Text says what is wrong with it: "missing", "is no JSON: …", "is 5.2 MB long; at most 2 MiB are read".
	Text string
}
