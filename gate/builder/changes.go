package builder

// Changes is what differs between two images, the most telling first.
type Changes struct {
	List []Change
	// Application says whether the layers of the application are the same.
	Application Sameness
	// Sizes are of the groups of layers, in bytes as they are stored.
	Sizes []SizeChange
}

// Sameness is whether two images have something in common.
type Sameness string

// The degrees of sameness.
const (
	Same      Sameness = "same"
	Different Sameness = "different"
	Unknown   Sameness = "unknown"
)

// Part is what of an image changed.
type Part string

// The parts, the most telling first.
const (
	PartJVM         Part = "jvm"
	PartLauncher    Part = "launcher"
	PartLifecycle   Part = "lifecycle"
	PartBuildpack   Part = "buildpack"
	PartExtension   Part = "extension"
	PartRunImage    Part = "run-image"
	PartBase        Part = "base"
	PartMaker       Part = "maker"
	PartJVMFlag     Part = "jvm-flag"
	PartEnvironment Part = "environment"
	PartEntrypoint  Part = "entrypoint"
	PartProcess     Part = "process"
	PartUser        Part = "user"
	PartPort        Part = "port"
	PartLabel       Part = "label"
	PartPlatform    Part = "platform"
	PartOrder       Part = "order"
	PartAPI         Part = "api"
	PartOther       Part = "other"
)

// How is the way in which something changed.
type How string

// The ways.
const (
	Added   How = "added"
	Removed How = "removed"
	Up      How = "up"
	Down    How = "down"
	Changed How = "changed" // neither up nor down, or nobody can tell
)

// Change is one difference between two images.
type Change struct {
	Part Part
	// Name is of which: the id of a buildpack, the name of a variable or label, the type of a process. Empty where a part
	// has only one.
	Name string
	How  How
	// Old and New are the values, empty where there was or is none, and "(hidden)" for one that sounds secret.
	Old, New string
	// Major is set when a version's first number differs.
	Major bool
}

// SizeChange is how the size of a group of layers changed, in bytes.
type SizeChange struct {
	Group    Group
	Old, New int64
}

// ByBuilder reports whether anything changed that a builder decides: the JVM, the launcher or lifecycle, a buildpack or
// extension, the run image, and the layers they add.
func (c Changes) ByBuilder() bool {
	for _, change := range c.List {
		switch change.Part {
		case PartJVM, PartLauncher, PartLifecycle, PartBuildpack, PartExtension, PartRunImage, PartJVMFlag:
			return true
		}
	}
	return false
}
