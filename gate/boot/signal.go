package boot

import "fmt"

// signalBase is what a shell, and the engine after it, adds to the number of the signal that ended a process:
// POSIX.1-2017, XCU 2.8.2, asks for more than 128; Linux shells and runc use 128 exactly.
const signalBase = 128

// The real-time signals of Linux, as glibc counts them: the first two after 31 are kept for its threads.
// See signal(7), "Real-time signals".
const (
	firstRealTime = 34
	lastRealTime  = 64
)

// signalNames are the signals of Linux on x86, ARM, POWER, s390 and RISC-V, by number: signal(7), "Standard signals".
// A container is always Linux, whatever the gate itself runs on, so the names of the host's syscall package are of no
// use.
var signalNames = [...]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
	16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
	23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
	30: "SIGPWR", 31: "SIGSYS",
}

// SignalName returns the name of the signal an exit code stands for, such as "SIGKILL" for 137 and "SIGRTMIN+1" for
// 163. It is empty when the code is not 128 plus a signal's number: then the process ended by itself.
func SignalName(code int) string {
	number := code - signalBase
	switch {
	case number >= 1 && number < len(signalNames):
		return signalNames[number]
	case number == firstRealTime:
		return "SIGRTMIN"
	case number > firstRealTime && number <= lastRealTime:
		return fmt.Sprintf("SIGRTMIN+%d", number-firstRealTime)
	default:
		return ""
	}
}
