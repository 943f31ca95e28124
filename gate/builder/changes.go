package builder

import "slices"

// Changes is what differs between two images, the most telling first.
type Changes struct {
	List []Change
	// Application says whether the layers of the application are the same.
	Application Sameness
	// Builder says whether what the builder decides is the same: Different when something in the list is its doing; Unknown
	// when buildpacks did not make both images, when labels cannot be read, and when layers differ that may be of either.
	Builder Sameness
	// Sizes are of the groups of layers, and of the whole image last.
	Sizes []SizeChange
	// Apps is set when buildpacks made both images; Builders when both are builders: then there is no application.
	Apps, Builders bool
	// Unlike says what the images are when they are of kinds that have little in common: "an application and a builder".
	Unlike string
	// More is how many changes are not in the list, because it would be too long; they are the least telling.
	More int
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
	PartDependency  Part = "dependency"
	PartRunImage    Part = "run-image"
	PartLayer       Part = "layer" // of a buildpack, where no version tells that it changed
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
	// Name is of which: the id of a buildpack, the name of a variable, flag or label, the type of a process. Empty where a
	// part has only one.
	Name string
	// Where is the variable that a flag of the JVM stands in; else empty.
	Where string
	How   How
	// Old and New are the values, empty where there was or is none, Hidden for those that are secret, and shortened where
	// they are long.
	Old, New string
	// Major is set when a version's first number differs; of Java's, when its release does (1.8.0 and 8u302 are of one).
	Major bool
}

// Hidden stands for a value that is secret, or sounds like it.
const Hidden = "(hidden)"

// SizeChange is how a group of layers changed.
type SizeChange struct {
	Group Group
	// Old and New are sizes in bytes as stored; 0 where there are no such layers, and -1 where their size is unknown.
	Old, New int64
	// Layers says whether they are the same layers.
	Layers Sameness
	// Which are the layers that differ, where they have names: "paketo-buildpacks/bellsoft-liberica helper".
	Which []string
}

// Any reports whether anything differs at all.
func (c Changes) Any() bool {
	return len(c.List) > 0 || c.Unlike != "" || c.Application == Different || slices.ContainsFunc(c.Sizes, func(s SizeChange) bool {
		return s.Layers == Different || s.Layers == Unknown && s.Old != s.New && s.Old >= 0 && s.New >= 0
	})
}

// Of returns the changes of one part.
func (c Changes) Of(part Part) []Change {
	var all []Change
	for _, change := range c.List {
		if change.Part == part {
			all = append(all, change)
		}
	}
	return all
}
