package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// A fingerprint is the same for two deaths of the same origin. That of a crash has two parts with a dash in between:
// the first is made of what the header says, so it is there, and the same, when only the log survived; the second of
// the stack and the C library, which only the error file has.

// stackDepth is how many frames of the stack count.
const stackDepth = 4

// crashFingerprint returns the fingerprint of a crash; empty where nothing is known but the signal and the Java: those
// are the same for crashes that have nothing to do with one another.
func crashFingerprint(c finding.Crash) string {
	if c.Frame == nil && c.Error == "" && c.Site == "" {
		return ""
	}
	head, stack := crashKey(c)
	if stack == "" {
		return digestOf(head, 12)
	}
	return digestOf(head, 12) + "-" + digestOf(stack, 6)
}

// digestOf returns that many hexadecimal digits of a key's hash.
func digestOf(key string, digits int) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:digits]
}

// crashKey returns what the two parts of a crash's fingerprint are made of. stack is empty when only the header is
// known.
func crashKey(c finding.Crash) (head, stack string) {
	parts := []string{string(c.Kind)}
	switch c.Kind {
	case finding.CrashSignal:
		parts = append(parts, c.Signal, messageClass(c.Error))
	case finding.CrashInternal:
		file, _, _ := strings.Cut(c.Site, ":")
		parts = append(parts, file, messageClass(c.Error))
	case finding.CrashMemory:
		parts = append(parts, messageClass(c.Error))
	}
	if c.Frame != nil {
		parts = append(parts, frameKey(*c.Frame, c.Version))
	}
	parts = append(parts, fmt.Sprintf("java %d", c.Release), c.Vendor)
	if len(c.NativeFrames) == 0 {
		return strings.Join(parts, "\n"), ""
	}
	var frames []string
	for _, f := range slices.Concat(c.NativeFrames, c.JavaFrames) {
		if !unspecific(f) && len(frames) < stackDepth {
			frames = append(frames, frameKey(f, c.Version))
		}
	}
	libc, _, _ := strings.Cut(c.Libc, " ")
	return strings.Join(parts, "\n"), strings.Join(append(frames, libc), "\n")
}

// oomFingerprint returns the fingerprint of an OutOfMemoryError of a region ("Java heap space") in a thread; the name
// of the thread may be empty.
func oomFingerprint(region, thread string) string {
	return digestOf("oom\n"+messageClass(region)+"\n"+threadPool(thread), 12)
}

var (
	poolNumber = lazyregexp.MustCompile(`[-#_ ]?\d+`)
)

// threadPool returns what the threads of a pool have in common: "http-nio-exec" of "http-nio-8080-exec-12".
func threadPool(thread string) string { return poolNumber.ReplaceAllString(thread, "") }

var (
	hexNumber = lazyregexp.MustCompile(`0x[0-9a-fA-F]+`)
	quantity  = lazyregexp.MustCompile(`\d+(?:\.\d+)?`)
)

// messageClass is a message without its numbers.
func messageClass(message string) string {
	return quantity.ReplaceAllString(hexNumber.ReplaceAllString(message, "N"), "N")
}

// frameKey is a frame without what differs from run to run: offsets, addresses, compilation ids, the numbers in names
// that are generated. A frame without a symbol has its place in the library instead, which holds for one build alone.
func frameKey(f finding.Frame, version string) string {
	library := libraryKey(f.Library)
	switch {
	case f.Kind == "J" || f.Kind == "j" || f.Kind == "A":
		return "java " + symbolKey(f.Symbol)
	case f.Symbol != "":
		return library + " " + symbolKey(f.Symbol)
	case f.Library != "":
		return library + " " + f.Offset + " " + version
	}
	return f.Kind
}

var (
	cloneSuffix  = lazyregexp.MustCompile(` ?\[clone [^\]]*\]|(?:\.(?:isra|constprop|part|cold|lto_priv|llvm)(?:\.\d+)*)+`)
	generated    = lazyregexp.MustCompile(`(\$\$Lambda|LambdaForm\$\w+|Hidden\w*)(?:\$\d+)?(?:[/+](?:0x)?[0-9a-f]+)?`)
	hashSuffix   = lazyregexp.MustCompile(`(\$\$\w*(?:CGLIB|ByteBuddy)\w*\$\$)[0-9a-f]+|(\$ByteBuddy\$)\w+`)
	numberedName = lazyregexp.MustCompile(`(\$Proxy|Generated(?:Method|Constructor|SerializationConstructor)Accessor|lambda\$\w+\$)\d+`)
	addressTail  = lazyregexp.MustCompile(`[ +/]0x[0-9a-f]+`)
	uuid         = lazyregexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	longNumber   = lazyregexp.MustCompile(`\d{6,}`)
)

func symbolKey(symbol string) string {
	symbol = cloneSuffix.ReplaceAllString(symbol, "")
	symbol = generated.ReplaceAllString(symbol, "$1")
	symbol = hashSuffix.ReplaceAllString(symbol, "$1$2")
	symbol = numberedName.ReplaceAllString(symbol, "$1")
	return strings.TrimSpace(addressTail.ReplaceAllString(symbol, ""))
}

// libraryKey is the name of a library without the random number or UUID that it is given where it is extracted from a
// jar at run time.
func libraryKey(library string) string {
	return longNumber.ReplaceAllString(uuid.ReplaceAllString(library, ""), "")
}

// plumbing are functions that stand in stacks of all kinds: those that report a crash and end the process, and those
// that every thread begins with.
var plumbing = []string{
	"abort", "raise", "gsignal", "__GI_", "__pthread_kill", "pthread_kill", "__restore_rt", "<signal handler", "kill",
	"VMError::", "report_vm_error", "report_fatal", "report_java_out_of_memory", "report_vm_out_of_memory", "JVM_handle_linux_signal",
	"signalHandler", "javaSignalHandler", "crash_handler", "os::abort", "os::Linux::", "~StubRoutines::call_stub", "JavaCalls::",
	"Thread::call_run", "thread_native_entry", "java_start", "start_thread", "clone", "JavaMain", "ThreadJavaMain", "jni_invoke_static",
}

// unspecific reports whether a frame says nothing about a crash.
func unspecific(f finding.Frame) bool {
	if f.Symbol == "" {
		return f.Library == "" || cLibrary(f.Library)
	}
	return slices.ContainsFunc(plumbing, func(name string) bool {
		return f.Symbol == name || strings.HasPrefix(f.Symbol, name) && !strings.HasPrefix(f.Symbol, name+"_")
	})
}

// cLibrary reports whether a library is the C library or its linker.
func cLibrary(library string) bool {
	return strings.HasPrefix(library, "libc.so") || strings.HasPrefix(library, "libc-2") || strings.HasPrefix(library, "libpthread") ||
		strings.HasPrefix(library, "ld-linux") || strings.HasPrefix(library, "ld-musl") || strings.HasPrefix(library, "libc.musl")
}
