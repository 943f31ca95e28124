package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// DescribeExit puts an exit code into words. what says what happened and always holds the code: "killed by SIGSEGV
// (139)", "exited with 3". meaning says what that usually tells, as part of a sentence without its full stop, and is
// empty when the code says nothing. It is worded as sure as it is: the engine's out-of-memory flag is a fact, a bare
// 137 is not.
//
// sent are the signals the gate itself sent to the process, such as "SIGTERM"; a death by one of them was asked for.
func DescribeExit(code int, oomKilled bool, sent ...string) (what, meaning string) {
	number := code - 128
	name, ok := signalName(number)
	if !ok {
		return fmt.Sprintf("exited with %d", code), joinMeaning(codeMeanings[code], oomKilled)
	}
	what = fmt.Sprintf("killed by %s (%d)", name, code)
	asked := slices.ContainsFunc(sent, func(s string) bool { return signalNumber(s) == number })
	switch {
	case number == sigkill && oomKilled:
		return what, "the kernel killed it for memory, says the engine"
	case asked:
		return what, joinMeaning("the signal the gate had sent it", oomKilled)
	case number == sigkill:
		return what, "somebody or something sent it SIGKILL; likely memory ran short on the host, but the engine has no " +
			"report of that"
	}
	return what, joinMeaning(signalMeanings[number], oomKilled)
}

// DescribeSavedExit is DescribeExit for an exit code that somebody tells of a saved log. No engine was asked then.
func DescribeSavedExit(code int, oomKilled bool) (what, meaning string) {
	what, meaning = DescribeExit(code, oomKilled)
	if code == 128+sigkill && !oomKilled {
		meaning = "somebody stopped it, or the kernel killed it for memory; where the engine says the latter (State.OOMKilled, " +
			"Reason: OOMKilled), give --oom-killed"
	}
	return what, meaning
}

// joinMeaning adds what the engine's out-of-memory flag means beside another kind of end.
func joinMeaning(meaning string, oomKilled bool) string {
	const child = "the kernel had killed a child process for memory"
	switch {
	case !oomKilled:
		return meaning
	case meaning == "":
		return child
	}
	return meaning + "; " + child
}

const sigkill = 9

// codeMeanings are the exit codes with a meaning of their own. 125 to 127 are the shell's and the engine's
// (POSIX.1-2017, Shell Command Language, 2.8.2), 128 and 255 were seen with Docker, 82 and 11 are those of the Cloud
// Native Buildpacks launcher (platform specification, launcher exit codes).
var codeMeanings = map[int]string{
	1:   "the program's own code for a failure, or that of something it runs; the last lines should say which",
	2:   "a failure of the program's own; shells and many programs use it for wrong usage, Go programs for a panic",
	11:  "if the image was made by Cloud Native Buildpacks: its launcher does not support the platform API it was asked for",
	82:  "if the image was made by Cloud Native Buildpacks: its launcher could not start the process",
	125: "a container engine or a wrapper such as env or timeout failed before it ran the program",
	126: "something that was to be run was found but could not be executed",
	127: "something that was to be run was not found, or one of its shared libraries was not; a JVM that aborts as process 1 may end so, too",
	128: "the engine could not start the process, or a program called exit(128)",
	255: "the program called exit(-1), or the engine or the host went down while it ran",
}

// signalMeanings tell what a death by a signal usually means, by its number.
var signalMeanings = map[int]string{
	1:  "its terminal or its supervisor went away, or it was told to reload and does not know how",
	2:  "somebody interrupted it",
	3:  "somebody asked it to quit with a core dump; a JVM would have printed its threads instead",
	4:  "the processor does not know an instruction: built for a newer one, or a crash",
	5:  "a breakpoint or a deliberate trap in native code",
	6:  "it aborted itself: a failed assertion, an uncaught C++ exception, a damaged heap, a fatal error of a JVM",
	7:  "a memory access the hardware refused: a file cut short while mapped, /dev/shm or a disk that is full",
	8:  "an integer division by zero or a like error in native code",
	11: "a crash in native code, or a native stack that overflowed, of which a JVM leaves no report; of PID 1 it may also be an abort(), because the kernel does not deliver SIGABRT to it",
	13: "it wrote to a pipe nobody reads any more",
	14: "a timer of its own ran out",
	15: "somebody asked it to stop",
	24: "it used up the CPU time it is allowed (ulimit -t)",
	25: "it wrote a file larger than it is allowed (ulimit -f)",
	31: "it made a system call that a seccomp profile forbids",
}

// signalNames are the signals of Linux by number, on the processors containers run on (signal(7)).
var signalNames = [...]string{
	1: "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
	"SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
	"SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
}

// The real-time signals as glibc numbers them: it keeps the first two for itself.
const sigrtmin, sigrtmax = 34, 64

func signalName(number int) (string, bool) {
	switch {
	case number >= 1 && number < len(signalNames):
		return signalNames[number], true
	case number == sigrtmin:
		return "SIGRTMIN", true
	case number > sigrtmin && number <= sigrtmax:
		return fmt.Sprintf("SIGRTMIN+%d", number-sigrtmin), true
	}
	return "", false
}

// signalNumber reads a signal as a STOPSIGNAL has it: SIGTERM, TERM, 15, SIGRTMIN+3. It returns 0 for anything else.
func signalNumber(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	s = "SIG" + strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for n := 1; n <= sigrtmax; n++ {
		if name, ok := signalName(n); ok && name == s {
			return n
		}
	}
	if s == "SIGRTMAX" {
		return sigrtmax
	}
	if below, ok := strings.CutPrefix(s, "SIGRTMAX-"); ok {
		if n, err := strconv.Atoi(below); err == nil && n >= 0 && n < sigrtmax-sigrtmin {
			return sigrtmax - n
		}
	}
	return 0
}
