package boot

import (
	"time"
)

// Mode says what a container is expected to do with its life.
type Mode string

// The modes.
const (
	// Auto passes a container that exits with 0, or that becomes ready by whatever sign is known (its HEALTHCHECK, an
	// exposed port, a well-known log line) and then stays up.
	Auto Mode = "auto"
	// Service must become ready, stay up, and end in time after its stop signal.
	Service Mode = "service"
	// Job must exit with 0, not sooner than AtLeast and not later than Within.
	Job Mode = "job"
)

// Network says what a container can reach.
type Network string

// The networks.
const (
	// Isolated is a network of the boot's own with no way out: only the images under Needs are on it.
	Isolated Network = "isolated"
	// Bridge is the engine's default bridge, with a way out to the world.
	Bridge Network = "bridge"
)

// Spec is the `boot:` section of gate.yaml, as written: every field is optional, and nil or empty means "the default",
// which Plan fills in from what is known of the image. Every key has a flag of the same name on the command line.
//
// The json names are the keys of gate.yaml; the description tags become the JSON Schema and the help of the flags.
type Spec struct {
	// As is the mode: auto, service or job. Default auto.
	As Mode `json:"as,omitempty" jsonschema:"what the container is expected to do: service (becomes ready and stays up), job (exits with 0) or auto (either; with ready it is a service)"`
	// Ready lists the signs of readiness; all of them must show. Default: what Auto knows, also for a Service.
	Ready Readiness `json:"ready,omitempty" jsonschema:"signs of readiness, all of which must show: http, tcp, log, healthcheck, exec"`
	// Within is how long becoming ready, or a job's whole run, may take. Default 60s; 15m for a job.
	Within *Duration `json:"within,omitempty" jsonschema:"how long until it is ready, or a job has ended (default 60s, job 15m)"`
	// StaysUp is how long a ready container must stay up, healthy and answering. Default 5s.
	StaysUp *Duration `json:"stays-up,omitempty" jsonschema:"how long it must stay up, healthy and answering once it is ready (default 5s; 10s when nothing tells when it is ready, also instead of 0s)"`
	// AtLeast is the shortest time a job can honestly take. Default 0s.
	AtLeast *Duration `json:"at-least,omitempty" jsonschema:"the shortest time in which a job can have done its work (default 0s)"`
	// StopsWithin is how long a service may take to end after its stop signal; with 0s it is killed instead, and not
	// asked to end. Default 10s.
	StopsWithin *Duration `json:"stops-within,omitempty" jsonschema:"how long it may take to end after its stop signal; 0s kills it instead (default 10s)"`
	// Needs lists images that are started first, on the same network.
	Needs []Need `json:"needs,omitempty" jsonschema:"images started first on the same network, each reachable by its name"`
	// Replicas is how many containers of the image start at once. Default 1.
	Replicas int `json:"replicas,omitempty" jsonschema:"how many containers of the image start at once (default 1)"`
	// Once is a regular expression that must be printed by exactly one of all the containers and starts.
	Once Pattern `json:"once,omitempty" jsonschema:"regular expression that exactly one of all replicas and starts must print"`
	// Restart kills the first container once it has proved itself, starts it again, and asks the same of it again.
	Restart bool `json:"restart,omitempty" jsonschema:"kill the container and start it again: it must come back"`
	// SecondStart starts one more container of the image afterwards, as a start by hand would.
	SecondStart bool `json:"second-start,omitempty" jsonschema:"start one more container afterwards, as a start by hand would"`
	// Forbid lists regular expressions that no line of the output may match.
	Forbid []Pattern `json:"forbid,omitempty" jsonschema:"regular expressions that no line of the output may match"`
	// Memory is the memory limit, swap included, in bytes. Default: none.
	Memory Bytes `json:"memory,omitempty" jsonschema:"memory limit such as 512MiB, swap included (default none)"`
	// CPUs is the CPU limit in cores. Default: none.
	CPUs float64 `json:"cpus,omitempty" jsonschema:"CPU limit in cores, such as 0.5 (default none)"`
	// Pids is how many processes and threads the container may have. Default 1024.
	Pids int64 `json:"pids,omitempty" jsonschema:"how many processes and threads it may have (default 1024)"`
	// Disk is how much the container may write into its own file system, in bytes. Default 10GiB.
	Disk Bytes `json:"disk,omitempty" jsonschema:"how much it may write into its own file system, such as 2GiB (default 10GiB)"`
	// User is the user to run as, in the engine's syntax: name, uid, or uid:gid. Default: the image's.
	User string `json:"user,omitempty" jsonschema:"user to run as: name, uid or uid:gid (default the image's)"`
	// ReadOnly mounts the container's root file system read-only.
	ReadOnly bool `json:"read-only,omitempty" jsonschema:"mount the root file system read-only"`
	// Tmpfs lists paths to mount a tmpfs on, each with optional mount options: /tmp or /tmp:size=64m.
	Tmpfs []string `json:"tmpfs,omitempty" jsonschema:"paths to mount a tmpfs on, with optional options: /tmp:size=64m"`
	// Env holds environment variables. A null value takes the variable from the gate's own environment.
	Env Env `json:"env,omitempty" jsonschema:"environment variables; without a value, taken from the gate's own environment"`
	// EnvFile lists files of KEY=VALUE lines, relative to gate.yaml or, for a flag, to the working directory.
	EnvFile []string `json:"env-file,omitempty" jsonschema:"files of KEY=VALUE lines; relative to gate.yaml, or to the working directory when given as a flag"`
	// Entrypoint replaces the image's ENTRYPOINT; nil keeps it.
	Entrypoint Command `json:"entrypoint,omitempty" jsonschema:"replaces the image's ENTRYPOINT"`
	// Command replaces the image's CMD; nil keeps it.
	Command Command `json:"command,omitempty" jsonschema:"replaces the image's CMD"`
	// Network is Isolated (the default) or Bridge.
	Network Network `json:"network,omitempty" jsonschema:"isolated (no way out, the default) or bridge"`
	// SlowerThan warns when becoming ready, or a job's whole run, takes more than so many times as long as with the
	// baseline. This and the following are about a comparison with the baseline; zero does not ask for one.
	SlowerThan Ratio `json:"slower-than,omitempty" jsonschema:"warn when it takes more than so many times as long as the baseline until it is ready, or a job has ended, such as 2x"`
	// MemoryOver warns when the peak of memory is more than so many times that of the baseline.
	MemoryOver Ratio `json:"memory-over,omitempty" jsonschema:"warn when it uses more than so many times the memory of the baseline at its peak, such as 1.5x"`
	// ErrorsOver warns when more than so many lines of output more than with the baseline are errors; nil does not ask.
	ErrorsOver *int `json:"errors-over,omitempty" jsonschema:"warn when it prints more than so many lines of the level error beyond those of the baseline, such as 0"`
	// SizeOver warns when the image is more than so many times as large as the baseline.
	SizeOver Ratio `json:"size-over,omitempty" jsonschema:"warn when the image is more than so many times as large as the baseline, such as 1.2x"`
	// Rounds is how often both are booted for the comparison, in turns. Default 1.
	Rounds int `json:"rounds,omitempty" jsonschema:"how often image and baseline are booted in turns to be compared; the medians count (default 1)"`
}

// Need is an image that must be up before the candidate starts.
type Need struct {
	// Name is the host name under which the candidate reaches it. Required, unique among the needs.
	Name string `json:"name" jsonschema:"host name under which the candidate reaches it"`
	// Image is a reference in any form `gate check` takes. Required.
	Image string `json:"image" jsonschema:"image reference, in any form gate check takes"`
	// As is Service (the default: wait until it is ready) or Job (wait until it exited with 0: a migration, a seed).
	As Mode `json:"as,omitempty" jsonschema:"service (wait until it is ready, the default) or job (wait until it exited with 0)"`
	// Ready lists the signs of readiness. Default: what Auto knows.
	Ready Readiness `json:"ready,omitempty" jsonschema:"signs of readiness, all of which must show"`
	// Within is how long that may take. Default 60s.
	Within     *Duration `json:"within,omitempty" jsonschema:"how long until it is ready (default 60s)"`
	Memory     Bytes     `json:"memory,omitempty" jsonschema:"memory limit such as 512MiB (default none)"`
	User       string    `json:"user,omitempty" jsonschema:"user to run as (default the image's)"`
	Tmpfs      []string  `json:"tmpfs,omitempty" jsonschema:"paths to mount a tmpfs on"`
	Env        Env       `json:"env,omitempty" jsonschema:"environment variables"`
	EnvFile    []string  `json:"env-file,omitempty" jsonschema:"files of KEY=VALUE lines, relative to gate.yaml"`
	Entrypoint Command   `json:"entrypoint,omitempty" jsonschema:"replaces the image's ENTRYPOINT"`
	Command    Command   `json:"command,omitempty" jsonschema:"replaces the image's CMD"`
}

// Compares reports whether the boot is to be compared with one of the baseline.
func (s Spec) Compares() bool {
	return s.SlowerThan != 0 || s.MemoryOver != 0 || s.ErrorsOver != nil || s.SizeOver != 0 || s.Rounds != 0
}

// Defaults that are not zero.
const (
	DefaultWithin      = 60 * time.Second
	DefaultJobWithin   = 15 * time.Minute
	DefaultStaysUp     = 5 * time.Second
	DefaultStopsWithin = 10 * time.Second
	DefaultPids        = 1024
	DefaultDisk        = 10 << 30
)
