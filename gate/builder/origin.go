package builder

import "encoding/json"

// Origin is what an image tells of how it was made. What it does not tell is empty; what it tells in a way that cannot be
// read is among the problems. All texts are the image's own and as hostile as it is.
type Origin struct {
	// App is set for an image that buildpacks made.
	App *App
	// Builder is set for an image that builds others.
	Builder *Builder
	// Maker is what made an image that buildpacks did not make, where it left a mark: "jib", "ko", "buildkit", "dotnet".
	Maker *Maker
	// Base is the image that this one stands on, where that is known. For an image made by buildpacks it is the run
	// image's description; see also App.RunImage.
	Base *Base
	// JVM is the Java run-time in the image; nil when nothing tells of one.
	JVM *JVM
	// Problems are labels that are missing where others say that they should be there, or that cannot be read.
	Problems []Problem
}

// App is an image that buildpacks made.
type App struct {
	// Buildpacks and Extensions took part in the build, in their order.
	Buildpacks, Extensions []Buildpack
	Processes              []Process
	// DefaultProcess is the type of the process that runs without a choice; empty when none is known.
	DefaultProcess string
	// Launcher is the program that starts the process. The lifecycle that exported the image has the same version.
	Launcher Launcher
	RunImage RunImage
	// Layers are the layers that the build added, by what they are for.
	Layers []Layer
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
)

// Layer is one layer that a build added, as the labels describe it.
type Layer struct {
	Group Group
	// Buildpack and Name are of a layer that a buildpack contributed; Name is "launcher", "config", "process-types",
	// "sbom" or empty for the others.
	Buildpack, Name string
	// DiffID is sha256:… of the layer uncompressed.
	DiffID string
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
	// Sure is "certain" (the image's provenance names it), "likely" (only it uses this run image) or "possible".
	Sure string
	// Why is a sentence.
	Why string
}

// Builder is an image that builds others.
type Builder struct {
	Description string
	// Buildpacks and Extensions are those it has.
	Buildpacks, Extensions []Buildpack
	// Order and OrderExtensions are the groups that are tried, in their order.
	Order, OrderExtensions [][]OrderEntry
	Lifecycle              Lifecycle
	// RunImages are those it may put under applications, with their mirrors.
	RunImages []RunImageOffer
	// CreatedBy and CreatedByVersion are the tool that made it, such as "Pack CLI".
	CreatedBy, CreatedByVersion string
	Stack                       string
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
