package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"bootgate/gate/finding"
)

const crashSignal = "jvm-crash-signal"

// crashMarkers keep the header of an error report, and of a report that was printed as a whole what there is of use.
// They hold for all kinds of reports.
var crashMarkers = []marker{
	{text: fatalError, follow: goneOn + 5},
	{text: noMemory, follow: 24},
	{text: ") at pc=0x0", follow: 12},
	{text: "error report file with more information is saved as:", follow: 3},
	{text: "SafepointSynchronize::begin: Timeout"},
	{text: "S U M M A R Y ---", follow: 12},
	{text: "T H R E A D  ---", follow: 200},
	{text: "P R O C E S S  ---", follow: 2},
	{text: "siginfo: si_signo: ", follow: 4},
	{text: "VM Arguments:", follow: 5},
	{text: "Environment Variables:", follow: 10},
	{text: "S Y S T E M  ---", follow: 160},
}

// judgeCrash looks for the report of a JVM that was ended by a signal.
func judgeCrash(s scene) (finding.Finding, bool) {
	severity, ok := s.crashed(finding.CrashSignal)
	if !ok {
		return finding.Finding{}, false
	}
	if s.crash.failedSetup() {
		return finding.Finding{}, false
	}
	if s.crash.aborted() {
		return s.crash.judgeAbort(severity), true
	}
	cause, remedy := s.signalCause()
	return s.crash.report(crashSignal, s.crash.signalMessage(), cause, remedy, severity), true
}

func (c *crash) signalMessage() string {
	what := "The JVM crashed with " + c.Signal
	if c.SentBy != "" {
		what = "The JVM was ended by a " + c.Signal + " that was sent to it while it was"
		if c.Frame == nil {
			what = strings.TrimSuffix(what, " while it was")
		}
	} else if reason := c.reason(); reason != "" {
		what += " (" + reason + ")"
	}
	if where := c.where(); where != "" {
		what += " " + where
	}
	return sentence(what, c.java())
}

// reason puts into words why the kernel raised the signal.
func (c *crash) reason() string {
	switch c.Code {
	case "SEGV_MAPERR":
		return "nothing is mapped at address " + shortAddress(c.FaultAddress)
	case "SEGV_ACCERR":
		return "no access is allowed to address " + shortAddress(c.FaultAddress)
	case "SI_KERNEL":
		return "a general protection fault"
	case "FPE_INTDIV":
		return "an integer was divided by zero"
	case "BUS_ADRERR":
		return "there is no memory behind address " + shortAddress(c.FaultAddress)
	case "BUS_ADRALN":
		return "address " + shortAddress(c.FaultAddress) + " is not aligned"
	}
	return c.Code
}

// null reports whether the address that could not be used is that of a null pointer, or of a part of what it points to.
func (c *crash) null() bool {
	n, err := strconv.ParseUint(strings.TrimPrefix(c.FaultAddress, "0x"), 16, 64)
	return err == nil && n < 4096 && strings.HasPrefix(c.Code, "SEGV_")
}

// shortAddress writes an address without the zeros in front.
func shortAddress(address string) string {
	short := strings.TrimLeft(strings.TrimPrefix(address, "0x"), "0")
	if short == "" {
		short = "0"
	}
	return "0x" + short
}

// signalCause says why, as far as the signal and the place tell, and what to do.
func (s scene) signalCause() (cause, remedy string) {
	c := s.crash
	if c.SentBy != "" {
		return s.senderCause()
	}
	switch c.Signal {
	case "SIGBUS":
		return c.busCause()
	case "SIGILL":
		return c.instructionCause()
	}
	if c.overflowed || strings.Contains(c.Error, "stack overflow") {
		return "The stack of a thread was used up in native code, where it cannot become a StackOverflowError.",
			"Look for the recursion in the stack of the error file, or give threads more stack with -Xss or -XX:ThreadStackSize; threads that native code starts on musl (Alpine) have very little."
	}
	return c.placeCause()
}

// senderCause is about signals that the kernel did not raise itself.
func (s scene) senderCause() (cause, remedy string) {
	c := s.crash
	if c.Signal == "SIGILL" && s.safepointTimeout() {
		return "A thread did not reach a safepoint in time, and the JVM was told to end itself then (-XX:+AbortVMOnSafepointTimeout): the frame is where " +
				"that thread was, no illegal instruction.",
			fmt.Sprintf("Look at the loop or the long copy in %s; raise -XX:SafepointTimeoutDelay, or take -XX:+AbortVMOnSafepointTimeout away.", c.Frame.Function())
	}
	var pid, uid int
	if n, _ := fmt.Sscanf(c.SentBy, "pid %d, uid %d", &pid, &uid); n < 2 {
		return "Another process, or the JVM's own native code, sent the signal with kill().",
			"Look who sends signals to it: a supervisor, a watchdog, somebody's docker kill; the error file names the sender in its siginfo line."
	}
	switch pid {
	case c.PID:
		return "The process sent the signal to itself: native code it has loaded called kill() or raise().",
			"Look at the native libraries it loads, and at the stack in the error file."
	case 0:
		return "The signal came from outside of the container: somebody's docker kill, an orchestrator, or the host.",
			"Look who sends it; a SIGSEGV, SIGBUS or SIGILL is never a way to stop a JVM."
	}
	return fmt.Sprintf("Process %d of user %d sent the signal.", pid, uid),
		"Look what that process is (docker top, ps) and why it sends signals."
}

// safepointTimeout reports whether the JVM ended itself over a thread that did not reach a safepoint.
func (s scene) safepointTimeout() bool {
	if s.crash.Frame == nil {
		return false
	}
	if s.crash.option("-XX:+AbortVMOnSafepointTimeout") {
		return true
	}
	for _, l := range s.output {
		if strings.Contains(l.Text, "SafepointSynchronize::begin: Timeout detected") {
			return true
		}
	}
	return false
}

// busCause is about SIGBUS.
func (c *crash) busCause() (cause, remedy string) {
	if c.Code == "BUS_ADRALN" {
		return "Native code used an address that is not aligned as the processor demands.",
			"Update the native library of the frame, or the JDK."
	}
	return "A file that was mapped into memory became shorter while it was in use, or the disk, the tmpfs or the /dev/shm it is on is full.",
		"Check the space on the container's volumes, /tmp and /dev/shm (docker run --shm-size), and that nothing replaces or cuts jars and data files while " +
			"the JVM runs; -XX:-UsePerfData keeps the JVM's own mapped file out of /tmp."
}

// instructionCause is about SIGILL.
func (c *crash) instructionCause() (cause, remedy string) {
	arm := strings.Contains(c.VM, "aarch64")
	switch {
	case c.Frame != nil && c.Frame.Kind == "C" && !cLibrary(c.Frame.Library) && !ofJDK(c.Frame.Library) && c.Frame.Library != "":
		return fmt.Sprintf("%s was compiled for a processor with instructions that this one does not have, or ran into a trap of its own.", c.Frame.Library),
			fmt.Sprintf("Use a build of %s for this processor, or a version that chooses by itself.", c.Frame.Library)
	case arm:
		return "The JVM, or code it generated, uses an instruction that this processor, its virtual machine or emulator does not execute, often one of SVE.",
			"Add -XX:UseSVE=0, or move to a newer update of the JDK."
	}
	return "The JVM, or code it generated, uses an instruction that this processor, its virtual machine or emulator does not execute.",
		"Move to a newer update of the JDK; as a test, lower what it uses with -XX:UseAVX=1 or -XX:UseAVX=0; do not run the image under another architecture's emulator."
}
