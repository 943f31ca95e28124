package boot

import "time"

// Observation is everything that was seen of one container from its creation to its end. It holds no opinion: the
// judges make findings of it, now or later from its JSON. All times are offsets from the moment the engine was asked
// to start the container.
type Observation struct {
	// Role says which of the containers of a boot test this was: "candidate", "replica 2", "restart", "second start",
	// or "need NAME".
	Role string `json:"role"`
	// Asked is what the container was held to.
	Asked Asked `json:"asked"`
	// EnginePlatform is the engine's own os/arch; empty when it was not asked, because nothing went wrong, or did not say.
	EnginePlatform string `json:"enginePlatform,omitempty"`
	// Container is the container's name on the engine.
	Container string `json:"container,omitempty"`
	// StartError is what the engine said when it could not create or start the container for a reason that lies in
	// the image or its settings; empty when it started. Such a text never reaches the container's own output.
	StartError string `json:"startError,omitempty"`

	// Ready is whether every awaited sign of readiness showed.
	Ready bool `json:"ready"`
	// ReadyAfter is when it did.
	ReadyAfter time.Duration `json:"readyAfter,omitempty"`
	// ReadyBy says by which sign, in words.
	ReadyBy string `json:"readyBy,omitempty"`
	// Answered is whether an attempt from outside (http, tcp, exec, HEALTHCHECK) succeeded, so that it is a server
	// beyond doubt, and not only something that printed a line.
	Answered bool `json:"answered,omitempty"`
	// Awaited lists the signs that were still missing when waiting ended, each with its last attempt.
	Awaited []Attempt `json:"awaited,omitempty"`

	// Ended says how watching ended.
	Ended Ending `json:"ended"`
	// Lost is the attempt that failed after readiness, when Ended is EndedUnanswering or EndedUnhealthy.
	Lost *Attempt `json:"lost,omitempty"`
	// Exit is how the main process ended; nil when it was still running and had to be killed by the gate.
	Exit *Exit `json:"exit,omitempty"`
	// Stop is what followed the stop signal; nil when none was sent.
	Stop *Stop `json:"stop,omitempty"`
	// OOMEvents counts how often the kernel killed a process of the container for memory, its children included.
	OOMEvents int `json:"oomEvents,omitempty"`
	// MemoryLimit is the limit in force in bytes; 0 means none.
	MemoryLimit int64 `json:"memoryLimit,omitempty"`
	// PidsLimit is how many processes and threads the container may have; 0 when it was not written down.
	PidsLimit int64 `json:"pidsLimit,omitempty"`
	// PeakMemory is the highest memory use that was seen in bytes; 0 when it was never sampled.
	PeakMemory int64 `json:"peakMemory,omitempty"`
	// DiskUsed is what the container had written into its own file system in bytes when it passed the limit.
	DiskUsed int64 `json:"diskUsed,omitempty"`

	// Duration is the time from start to the end of watching.
	Duration time.Duration `json:"duration"`
	// Timeline is what happened, in order.
	Timeline []Event `json:"timeline"`
	// Output is what the container printed, within bounds.
	Output Output `json:"output"`
	// Once tells whether, and with what line, the once: pattern was printed.
	Once *Line `json:"once,omitempty"`
	// Forbidden holds the first lines that matched a forbid: pattern.
	Forbidden []Forbidden `json:"forbidden,omitempty"`
	// Files are what a dead process left in the container: crash reports, dumps, cores.
	Files []File `json:"files,omitempty"`
}

// Asked is what a container was held to: the part of a Plan that judging needs.
type Asked struct {
	Mode Mode `json:"mode"`
	// Within, StaysUp, AtLeast and StopsWithin are as in Spec, with the defaults filled in.
	Within      time.Duration `json:"within"`
	StaysUp     time.Duration `json:"staysUp,omitempty"`
	AtLeast     time.Duration `json:"atLeast,omitempty"`
	StopsWithin time.Duration `json:"stopsWithin,omitempty"`
	// Command is the whole argument vector: entrypoint and command.
	Command []string `json:"command,omitempty"`
	// Platform is os/arch[/variant] of the image.
	Platform string `json:"platform,omitempty"`
	// Environment holds the names of the variables the container was given, sorted: the image's and those that were
	// added. Values are never recorded.
	Environment []string `json:"environment,omitempty"`
	// Buildpacks are those the image was built with.
	Buildpacks []Buildpack `json:"buildpacks,omitempty"`
	// ImageSize is how large the image is on the engine in bytes, shared layers included; 0 when it was not told.
	ImageSize int64 `json:"imageSize,omitempty"`
	// Server says by what the image looks like that of a server: "an exposed port", "a HEALTHCHECK"; else empty.
	Server string `json:"server,omitempty"`
	// Once is the pattern that exactly one start must print; empty when none was asked.
	Once string `json:"once,omitempty"`
}

// Buildpack is one that an image was built with.
type Buildpack struct {
	ID      string `json:"id"`
	Version string `json:"version,omitempty"`
}

// Ending says how the watch over a container ended.
type Ending string

// The endings.
const (
	// EndedServed: it was ready and stayed so for as long as was asked; the gate stopped it.
	EndedServed Ending = "served"
	// EndedExited: its main process ended by itself.
	EndedExited Ending = "exited"
	// EndedNotStarted: the engine could not start it; StartError says why.
	EndedNotStarted Ending = "not-started"
	// EndedTimeout: it was not ready, or not finished, within the limit.
	EndedTimeout Ending = "timeout"
	// EndedUnhealthy: its HEALTHCHECK turned unhealthy.
	EndedUnhealthy Ending = "unhealthy"
	// EndedUnanswering: a probe that had succeeded kept failing.
	EndedUnanswering Ending = "unanswering"
	// EndedDiskFull: it wrote more than the disk limit.
	EndedDiskFull Ending = "disk-full"
)

// Attempt is the latest try of one probe.
type Attempt struct {
	// Probe is the one-line form of the probe, or the words for a sign that Auto looks for.
	Probe string `json:"probe"`
	// Expected and Actual say what the probe wanted and what it got.
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Attempts counts the tries so far.
	Attempts int `json:"attempts"`
}

// Exit is how a main process ended.
type Exit struct {
	// Code is the exit status, 0 to 255; 128 plus the signal's number when a signal ended it.
	Code int `json:"code"`
	// OOMKilled is the engine's flag: the kernel killed a process of the container for memory.
	OOMKilled bool `json:"oomKilled"`
	// At is when it ended.
	At time.Duration `json:"at"`
	// Ran is how long the process itself ran, by the engine's clock: At without the engine's own work. It is zero when
	// the engine did not tell, or dated the end before the start: then only At bounds it.
	Ran time.Duration `json:"ran"`
}

// Lived returns how long the process ran, or, where that is not known, how long it ran at most.
func (e Exit) Lived() (d time.Duration, atMost bool) {
	if e.Ran > 0 {
		return e.Ran, false
	}
	return e.At, e.At > 0
}

// after says when the process ended.
func (e Exit) after() string {
	d, atMost := e.Lived()
	if atMost {
		return "after at most " + span(d)
	}
	return "after " + span(d)
}

// Stop is what followed the stop signal.
type Stop struct {
	// Signal is what was sent: the image's STOPSIGNAL or SIGTERM.
	Signal string `json:"signal"`
	// Took is the time from the signal to the end, or to when the gate gave up waiting.
	Took time.Duration `json:"took"`
	// Forced is whether it had to be killed.
	Forced bool `json:"forced"`
}

// Event is one thing that happened.
type Event struct {
	At time.Duration `json:"at"`
	// What is a short stable word: "created", "started", "ready", "exited", "oom", "health", "stop-signal", …
	What string `json:"what"`
	// Detail is for people.
	Detail string `json:"detail,omitempty"`
}

// Output is what a container printed: its first and last lines, and the lines that were marked as worth keeping.
type Output struct {
	// Lines and Bytes count everything, kept or not.
	Lines int   `json:"lines"`
	Bytes int64 `json:"bytes"`
	// Errors counts the lines whose level is error or graver, as gate/loglevel reads it, kept or not.
	Errors int `json:"errors"`
	// Head and Tail are the first and the last lines. They do not overlap: Head comes first, then Dropped lines, then
	// Tail.
	Head    []Line `json:"head,omitempty"`
	Dropped int    `json:"dropped,omitempty"`
	Tail    []Line `json:"tail,omitempty"`
	// Marked are lines from anywhere that somebody asked to keep, whether in Head or Tail or not.
	Marked []Line `json:"marked,omitempty"`
}

// Line is one line of output.
type Line struct {
	// Number counts from 1 over both streams, in the order they arrived.
	Number int `json:"number"`
	// Stream is "stdout" or "stderr".
	Stream string `json:"stream"`
	// Text is the line without its end; secrets are masked, and a long line is cut and ends in "…".
	Text string `json:"text"`
}

// Forbidden is a line that matched a forbidden pattern.
type Forbidden struct {
	Pattern string `json:"pattern"`
	Line    Line   `json:"line"`
}

// File is something a dead process left behind.
type File struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
	// Kind is "hs_err", "replay", "heap-dump", "core", "jfr" or "javacore".
	Kind string `json:"kind"`
	// Content is the text of an hs_err or javacore file, up to 1 MiB; empty for the others.
	Content string `json:"content,omitempty"`
}
