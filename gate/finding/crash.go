package finding

import (
	"strings"
	"time"
)

// Crash is what a dying Java virtual machine wrote about its own end: its error file, or as much of it as survived in
// a log. Every text is the JVM's own, without the marks around it; what the file does not say is empty, 0 or nil.
type Crash struct {
	// Kind is what ended the JVM.
	Kind CrashKind
	// Signal is the signal's name ("SIGSEGV") and SignalNumber its number; Code names why the kernel sent it
	// ("SEGV_MAPERR"). SentBy says who else did, when it was sent with kill(2): "kill", or "pid 12, uid 0".
	Signal       string
	SignalNumber int
	Code         string
	SentBy       string
	// FaultAddress is the address that could not be used (si_addr) and PC the program counter, both as 0x….
	FaultAddress string
	PC           string
	PID          int
	// TID is a decimal number, before JDK 11 often a pointer.
	TID string
	// Site is the place in the JVM's sources that found an internal error ("debug.cpp:362"), and Error what it says; of a
	// signal, what was said of it before: that a stack overflowed, or why the process aborted itself.
	Site  string
	Error string
	// Frame is the problematic frame.
	Frame *Frame
	// JRE and VM are the lines that name the run-time and the virtual machine.
	JRE string
	VM  string
	// Version is the exact version of the run-time as the vendor writes it ("8.0_302-b08", "17.0.21+9"); Release is the
	// Java release it belongs to (8, 17) and Vendor who built it, as far as the lines tell.
	Version string
	Release int
	Vendor  string
	// Thread is the line that says what the current thread was, such as `JavaThread "main" [_thread_in_vm, id=7]`.
	Thread string
	// Operation is the VM operation the thread was executing, and Compilation the method it was compiling.
	Operation   string
	Compilation string
	// NativeFrames and JavaFrames are the current thread's stack, innermost first, within bounds.
	NativeFrames []Frame
	JavaFrames   []Frame
	// CommandLine is how the JVM was called. Options are the options it got, those of JAVA_TOOL_OPTIONS and its like
	// included; values of properties that sound secret are masked.
	CommandLine string
	Options     []string
	// Libc is the C library the JVM ran on: "glibc 2.36", "musl - 1.2.4"; Host the line that describes the machine.
	Libc string
	Host string
	// MemoryLimit and CPUs are the container limits the JVM saw; 0 when there were none or they are not known.
	MemoryLimit int64 // bytes
	CPUs        float64
	// Elapsed is how long the JVM had been running.
	Elapsed time.Duration
	// File is the path of the error file as the JVM announced it, or as it was found.
	File string
	// Missing lists the parts that a whole file of this kind has and this one has not, in words; empty when it is whole.
	Missing []string
}

// CrashKind is what ended a JVM that wrote an error report.
type CrashKind string

// The kinds.
const (
	// CrashSignal: a signal such as SIGSEGV.
	CrashSignal CrashKind = "signal"
	// CrashInternal: the JVM found a state that must not be, and gave up.
	CrashInternal CrashKind = "internal-error"
	// CrashMemory: the operating system refused memory (or a thread).
	CrashMemory CrashKind = "insufficient-memory"
)

// Frame is one frame of a stack as an error file shows it.
type Frame struct {
	// Kind is the letter in front: V (VM), C (native), J (compiled Java), j (interpreted Java), v (generated stub), A
	// (ahead-of-time compiled Java).
	Kind string
	// Library is the file name of the library the frame is in, Offset the place in it as 0x…, and Symbol the function
	// or Java method, with the offset within it removed. Each may be empty.
	Library string
	Offset  string
	Symbol  string
	// Text is the whole frame as it was written, without leading white space.
	Text string
}

// Function returns the function or Java method of a frame without its arguments: "Unsafe_GetLong", "Foo.bar"; empty
// when it has none.
func (f Frame) Function() string {
	name := f.Symbol
	if f.Kind != "V" && f.Kind != "C" {
		name, _, _ = strings.Cut(name, "(")
		return strings.TrimPrefix(name, "~")
	}
	// The arguments of a C++ function begin at the first parenthesis that is not part of its name.
	for i := 0; i < len(name); i++ {
		if name[i] == '(' && !strings.HasPrefix(name[i:], "(anonymous namespace)") && !strings.HasSuffix(name[:i], "operator") {
			return name[:i]
		}
	}
	name, _, _ = strings.Cut(name, " [clone ")
	return name
}
