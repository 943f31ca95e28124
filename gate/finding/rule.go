package finding

import (
	"slices"
	"strings"
)

// Rule is something the gate can find. Ids are kebab-case and stable: a suppression, a dashboard or a script may hold
// on to them.
type Rule struct {
	ID string
	// Summary says when the rule fires, in a few words.
	Summary string
	// Severity is what a finding of the rule weighs unless policy says otherwise.
	Severity Severity
	// Inconclusive marks rules that blame the machine, a registry or the engine rather than the candidate.
	Inconclusive bool
	// Explanation is a paragraph for `gate rules ID`.
	Explanation string
	// Remedy is what to do when nothing more precise is known.
	Remedy string
}

// Rules returns all rules, in the order of their families.
func Rules() []Rule { return slices.Concat(general, jvm, controlled, made, changed, unreachable) }

// Lookup returns the rule with the given id.
func Lookup(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Family returns the part of a rule id before its first dash: "boot" of "boot-exit".
func Family(id string) string {
	family, _, _ := strings.Cut(id, "-")
	return family
}

// The catalogue is never changed; it is made of variables because Go has no constant slices.
var general = []Rule{
	{
		ID: "boot-exit", Severity: Error,
		Summary: "the process ended when it should not have, or not with 0",
		Explanation: "A service that ends is down, whatever its exit code; a job that ends with anything but 0 did not do its " +
			"work. The message has the exit code, or the signal and what it usually means, and the exception or the words of " +
			"an abort that it died of, where the output tells; the evidence is the last the container printed. A death the " +
			"gate can explain is reported under a rule of its own instead.",
		Remedy: "Read the last lines the container printed; run the image by hand with the same settings to see it again.",
	},
	{
		ID: "boot-exit-early", Severity: Error,
		Summary: "a job ended with 0 sooner than at-least",
		Explanation: "A job that succeeds in less time than it can possibly need did nothing: it found no work, or the wrong " +
			"place to look for it. Exit code 0 hides that, at-least shows it. The engine's clock decides, without its own work on " +
			"the start. A process so quick, on a host so busy, that its start was dated only after its end may have done nothing: it fails.",
		Remedy: "Check what the job was pointed at (inventory, queue, database, profile); lower at-least if it really can be this quick.",
	},
	{
		ID: "boot-timeout", Severity: Error,
		Summary: "not ready, or not finished, within the limit",
		Explanation: "A service must be ready, and a job finished, within `within`. The message names every probe that was still " +
			"waiting, with what the last attempt expected and what it got.",
		Remedy: "Compare what the probe asked for with what the container serves; raise within if it is merely slow.",
	},
	{
		ID: "boot-unstable", Severity: Error,
		Summary: "was ready, then died, turned unhealthy or stopped answering within stays-up",
		Explanation: "Readiness once is not health: pools run dry, migrations fail, background threads die a moment later. After " +
			"it is ready a container must stay up, healthy and answering for `stays-up`.",
		Remedy: "Look at what happened between ready and the end in the time line and the last lines.",
	},
	{
		ID: "boot-unhealthy", Severity: Error,
		Summary: "the image's own HEALTHCHECK says unhealthy",
		Explanation: "The image brings a HEALTHCHECK and its command failed as often as its retries allow. An orchestrator " +
			"that honours it would replace the container.",
		Remedy: "Run the health command inside the container; its last output is in the evidence.",
	},
	{
		ID: "boot-stop", Severity: Error,
		Summary: "still running stops-within after the stop signal",
		Explanation: "An orchestrator sends the stop signal (SIGTERM unless the image names another), waits, then kills. What is " +
			"still running then loses its open requests and transactions.",
		Remedy: "Handle SIGTERM; if a shell is PID 1, start the program with exec so that the signal reaches it.",
	},
	{
		ID: "boot-restart", Severity: Error,
		Summary: "does not come back after a kill and a start of the same container",
		Explanation: "Hosts restart containers. One that leaves a lock file, a half-written state or a taken port behind cannot " +
			"start again in its own file system.",
		Remedy: "Look for files that a first run leaves and a second one trips over: pid files, locks, heap dumps, sockets.",
	},
	{
		ID: "boot-overlap", Severity: Error,
		Summary: "`once:` was seen in more than one replica or start, or in none",
		Explanation: "Work that must be done once was done by more than one of the containers that ran, or by none of them. A lock " +
			"that covers only one way of starting (a schedule, but not a restart or a start by hand) shows up here.",
		Remedy: "Take the lock where the work is done, not where it is scheduled, and keep it in a place all replicas share.",
	},
	{
		ID: "boot-log", Severity: Error,
		Summary:     "a forbidden pattern was printed",
		Explanation: "The container printed a line that matches one of the patterns under `forbid:`.",
		Remedy:      "Fix what the line complains about; narrow the pattern if the line is harmless.",
	},
	{
		ID: "boot-disk", Severity: Error,
		Summary: "wrote more than `disk` into its own file system",
		Explanation: "What a container writes outside volumes and tmpfs goes to the host's disk and is lost with the container. One " +
			"that writes without bound fills the host and takes its neighbours with it. The gate stops it at `disk`.",
		Remedy: "Find what grows (logs, temporary files, heap dumps) and bound it, or mount a volume for it.",
	},
	{
		ID: "boot-slower", Severity: Warning,
		Summary: "took slower-than times as long as the baseline",
		Explanation: "A new version that needs twice as long until it is ready, or for the same work, is worth a look before it is " +
			"in production, and a JVM that lost its class data sharing or a pool that is warmed twice shows nowhere else. Both " +
			"are booted under the same conditions, in turns when `rounds` asks for several: then the medians of both must be " +
			"beyond the limit, and more than half of the rounds. A difference of less than 100 ms is none.",
		Remedy: "Compare the time lines and the first lines of both; rounds: 3 or more tells chance from a change.",
	},
	{
		ID: "boot-memory", Severity: Warning,
		Summary: "used memory-over times the memory of the baseline",
		Explanation: "The peak of memory of the container's control group, from its start to its end, files it has read included, is " +
			"more than `memory-over` times that of the baseline. A difference of less than 16 MiB is none.",
		Remedy: "Compare heap and pool settings, and what is loaded at the start; see that the memory limit still leaves room.",
	},
	{
		ID: "boot-errors", Severity: Warning,
		Summary: "printed errors-over more lines of the level error than the baseline",
		Explanation: "Lines of output with the level error or a graver one are counted, in the layouts of the common logging " +
			"frameworks; a stack trace has no level and is not. The candidate has more than `errors-over` of them more than the " +
			"baseline, although it does what is asked of it.",
		Remedy: "Read the errors in the evidence: what is new among them came with the new image.",
	},
	{
		ID: "boot-baseline", Severity: Note,
		Summary: "the boot was not compared with one of the baseline",
		Explanation: "The policy asks to compare boots (`slower-than`, `memory-over`, `errors-over`, `size-over`, `rounds`), and " +
			"there was nothing to compare with: no baseline is known, or it did not come up itself, or the engine could not tell " +
			"how long a job ran. That says nothing about the image. The same is said when the control boot is always to be made, " +
			"and no baseline is known.",
		Remedy: "Name a baseline that works under the same conditions, with --baseline or baseline: in gate.yaml.",
	},
	{
		ID: "container-oom-kill", Severity: Error,
		Summary: "the kernel killed the main process or a child for memory",
		Explanation: "The container reached its memory limit and the kernel killed a process in it. When that is the main process " +
			"the container ends with 137 and no last words; when it is a child, the main process may live on without it.",
		Remedy: "Raise the memory limit, or lower what the process takes (for a JVM: heap, metaspace, threads, direct buffers together must fit).",
	},
	{
		ID: "entrypoint-missing", Severity: Error,
		Summary: "nothing to run, not found, not executable, or its interpreter is missing",
		Explanation: "The engine could not start what the image names as its entrypoint and command. Often the file is there and " +
			"its interpreter is not: a script with Windows line ends, or a program linked against another C library.",
		Remedy: "Check ENTRYPOINT and CMD against what is in the image, its mode bits, and its first line or ELF interpreter.",
	},
	{
		ID: "wrong-architecture", Severity: Error,
		Summary: "exec format error, or the image's platform cannot run on this engine",
		Explanation: "The program is built for another processor than the engine's, or it is a script without a #! line. The image " +
			"may claim a platform its files do not have.",
		Remedy: "Build for the platform it is deployed on, or name the right one with --platform.",
	},
	{
		ID: "link-error", Severity: Error,
		Summary: "a shared library or symbol is missing at start",
		Explanation: "The dynamic linker could not find a library, a symbol or a symbol version. The base image changed under the " +
			"program, or the program was built on a newer one.",
		Remedy: "Install the library in the image, or build on the same base as it runs on.",
	},
}

// unreachable are the rules for what could not be found, read or reached.
var unreachable = []Rule{
	{
		ID: "image-not-found", Severity: Error,
		Summary: "there is no such image",
		Explanation: "The registry answered and has no such tag or digest, or the path or engine image named with a scheme does " +
			"not exist. A gate cannot pass what is not there.",
		Remedy: "Check the name, and that the build pushed it.",
	},
	{
		ID: "image-invalid", Severity: Error,
		Summary: "what was given is not a readable image",
		Explanation: "The file or layout is not an image, is truncated, or its bytes do not have the digest they are named by; or " +
			"a registry has, undamaged, something that is no image, or a part of one.",
		Remedy: "Build or copy the image again; `docker save` and OCI archives or layouts are understood.",
	},
	{
		ID: "image-size", Severity: Warning,
		Summary: "size-over times as large as the baseline",
		Explanation: "The image, with all its layers as the engine has unpacked them, is more than `size-over` times as large as the " +
			"baseline. Every host pulls and stores that. A difference of less than 1 MiB is none.",
		Remedy: "gate diff BASELINE IMAGE shows which group of layers grew.",
	},
	{
		ID: "image-baseline", Severity: Warning,
		Summary: "the baseline cannot be had, or cannot be compared with the image",
		Explanation: "The image under --baseline, or baseline: in gate.yaml, is not there, cannot be read, is for another " +
			"platform, or is a builder where the image is an application. The candidate is judged as if none had been named: what failed still fails, but the gate cannot say " +
			"whether the image or the host is at fault, nor what changed.",
		Remedy: "Name an image that is known to be good and for the same platform, or leave the baseline out.",
	},
	{
		ID: "host-engine", Severity: Error, Inconclusive: true,
		Summary: "the container engine could not be reached or refused to work",
		Explanation: "Nothing was learned about the image: the Docker engine is not running, may not be used by this user, or " +
			"answered with an error.",
		Remedy: "Start the engine (`systemctl start docker`, or Docker Desktop) and check that `docker version` shows a server.",
	},
	{
		ID: "host-registry", Severity: Error, Inconclusive: true,
		Summary: "the registry could not be reached, refused to answer, or gave out damaged content",
		Explanation: "Nothing was learned about the image: the registry is down, slow, limits the rate, did not accept the " +
			"credentials, or what came from it is cut short or has another digest than was asked for. Passing faults were met " +
			"with three attempts, and waits of up to 30 s that it asked for were waited for.",
		Remedy: "Check the network and `docker login`; try again. Push the image again when damaged content stays.",
	},
	{
		ID: "host-needs", Severity: Error, Inconclusive: true,
		Summary: "an image under `needs:` did not become ready",
		Explanation: "The candidate was not started, because something it needs (a database, a broker) did not come up first. That " +
			"says nothing about the candidate.",
		Remedy: "Fix the image, its settings or its readiness under needs:.",
	},
}
