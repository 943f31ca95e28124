package gate

import (
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

// Report is the outcome of one run of `gate check`: every image with its verdict, and the verdict of all of them.
type Report struct {
	Verdict finding.Verdict
	// Images are in the order they were asked for.
	Images []ImageReport
	// Duration is the wall time of the run, removal of what it made included.
	Duration time.Duration
}

// ImageReport is the outcome for one image.
type ImageReport struct {
	// Name is the image's name in gate.yaml, or else what the command line called it.
	Name string
	// Ref is the full reference, or the path of an archive or layout.
	Ref string
	// Source is where the image came from: "registry", "engine", "archive" or "layout".
	Source string
	// Digest is the manifest digest; for a multi-platform image that of the index. Empty when only the engine knows
	// the image: then ImageID is all there is.
	Digest string
	// ChildDigest is the digest of the platform's own manifest when Digest is an index; else empty.
	ChildDigest string
	// ImageID is the digest of the image's configuration, as the engine shows it.
	ImageID string
	// Platform is os/arch[/variant].
	Platform string
	Verdict  finding.Verdict
	// Findings are ordered: the root cause first, suppressed ones last.
	Findings []finding.Finding
	// Boots are all containers of the image that ran, and those of its needs, in the order they started.
	Boots []boot.Observation
	// NotBooted says why no container was started although the image is there: it fails for what it is. Empty otherwise.
	NotBooted string
	// Baseline is the image this one is compared with; nil when there is none, or it cannot be had.
	Baseline *Baseline
	// Comparison is how the image did beside its baseline; nil when that was not asked for, or cannot be said.
	Comparison *boot.Comparison
	// Duration is the wall time spent on this image.
	Duration time.Duration
}

// Baseline is the last image that is known to be good.
type Baseline struct {
	// Name is what the command line or gate.yaml calls it.
	Name string
	Identity
	// Changes is what differs between it and the image; nil when that is not known.
	Changes *builder.Changes
	// Control is its own boot under the conditions of the image's; nil when there was none.
	Control *ControlBoot
}

// ControlBoot is the boot of a baseline under the conditions under which the image was booted.
type ControlBoot struct {
	Verdict finding.Verdict
	// Findings are what would be said of the baseline if it were the image under test.
	Findings []finding.Finding
	// Boots are as in ImageReport.
	Boots []boot.Observation
}

// Identity says which image something is about.
type Identity struct {
	// Ref, Source, Digest, ChildDigest, ImageID and Platform are as in ImageReport.
	Ref, Source, Digest, ChildDigest, ImageID, Platform string
}

// Phase is a step in the life of one image's check.
type Phase string

// The phases, in their order. An image may skip some and repeat others.
const (
	Queued    Phase = "queued"
	Resolving Phase = "resolving"
	Pulling   Phase = "pulling"
	Needs     Phase = "starting needs"
	Starting  Phase = "starting"
	Waiting   Phase = "waiting until ready"
	Running   Phase = "running" // a job at work
	Holding   Phase = "staying up"
	Stopping  Phase = "stopping"
	Removing  Phase = "removing"
	Control   Phase = "control boot" // of the baseline, after the image failed
	Comparing Phase = "comparing"    // with the baseline, in further rounds
	Done      Phase = "done"
)

// Progress is told what a check is doing while it runs. Its methods may be called from several goroutines.
type Progress interface {
	// Enter says that the image with the given index in the request entered a phase; detail may be empty.
	Enter(image int, phase Phase, detail string)
	// Finish says that the image is done.
	Finish(image int, report ImageReport)
}
