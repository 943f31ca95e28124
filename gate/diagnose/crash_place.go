package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
)

// placeCause says why, by the frame that crashed.
func (c *crash) placeCause() (cause, remedy string) {
	if c.Frame == nil {
		return "", ""
	}
	f := *c.Frame
	switch {
	case c.Compilation != "":
		return fmt.Sprintf("The JIT compiler crashed while it compiled %s.", compiledMethod(c.Compilation)),
			fmt.Sprintf("Move to the newest update of Java%s; until then leave the method out: -XX:CompileCommand=exclude,%s.", c.releaseWord(), compiledMethod(c.Compilation))
	case f.Kind == "V" && strings.HasPrefix(f.Symbol, "Unsafe_"), f.Kind == "v" && strings.Contains(f.Symbol, "unsafe"):
		return c.unsafeCause()
	case f.Kind == "V":
		return c.vmCause()
	case f.Kind == "J" || f.Kind == "A":
		return "Code that the JIT compiler made crashed: a mistake of the compiler, or memory that native code or Unsafe had overwritten before.",
			fmt.Sprintf("Move to the newest update of Java%s; to see whether it is the compiler, leave the method out: -XX:CompileCommand=exclude,%s.",
				c.releaseWord(), lastDot(f.Function()))
	case f.Kind == "C" && f.Library != "" && !cLibrary(f.Library) && !ofJDK(f.Library):
		return c.libraryCause(f)
	case f.Kind == "C":
		return c.callerCause()
	case f.Kind == "v":
		return "A routine that the JVM generates, such as one that copies arrays, met memory that is not there: a buffer that was freed or unmapped, a mapped file " +
				"that became shorter, or an object that native code had overwritten.",
			"Look at the first Java frames of the error file, and at who frees or unmaps what they use."
	}
	return "", ""
}

// releaseWord is " 17", or nothing.
func (c *crash) releaseWord() string {
	if c.Release == 0 {
		return ""
	}
	return fmt.Sprintf(" %d", c.Release)
}

// lastDot writes a.b.C.m as a.b.C::m, which is how CompileCommand names methods.
func lastDot(method string) string {
	if i := strings.LastIndexByte(method, '.'); i > 0 {
		return method[:i] + "::" + method[i+1:]
	}
	return method
}

// compiledMethod is the method of "C2: java.util.HashMap::put (300 bytes)".
func compiledMethod(task string) string {
	_, method, _ := strings.Cut(task, ": ")
	method, _, _ = strings.Cut(method, " ")
	return method
}

// unsafeCause is about addresses that Java code made up.
func (c *crash) unsafeCause() (cause, remedy string) {
	caller := c.javaCaller()
	if caller == "" {
		return "Java code used sun.misc.Unsafe (or a buffer that is freed or unmapped) with an address that is not its own.",
			"Look which library calls it in the Java frames of the error file, and update that library."
	}
	return fmt.Sprintf("%s used memory through Unsafe at an address that is not its own, or that is freed or unmapped by now.", caller),
		fmt.Sprintf("Look at %s, or update the library it belongs to.", caller)
}

// vmCause is about crashes in the JVM itself.
func (c *crash) vmCause() (cause, remedy string) {
	newest := fmt.Sprintf("Compare what changed since it last worked (JDK update, builder, base image, options); move to the newest update of Java%s, or back to the one that worked.", c.releaseWord())
	agent := slices.IndexFunc(c.Options, func(o string) bool { return strings.HasPrefix(o, "-agentpath:") || strings.HasPrefix(o, "-agentlib:") })
	switch {
	case agent >= 0 && strings.HasPrefix(c.Frame.Symbol, "JvmtiAgent"):
		return "The JVM crashed while it loaded the agent it was given with " + c.Options[agent] + ": the library is no agent, or not one for this Java release.",
			"Take the option away, or give the path of an agent library that is made for this Java release."
	case c.beforeInit():
		return "No Java code had run yet: it is the JDK, its options, or what it runs on, not the application.", newest
	case c.collecting():
		return "The garbage collector met something in the heap that is no object: native code or Unsafe overwrote it, or the collector is at fault.",
			"As a test, run with another collector (-XX:+UseSerialGC) and with -Xcheck:jni, and without native libraries; " + lower(newest)
	}
	return "The JVM is at fault, or native code had overwritten its memory before; Java code alone cannot do that.", newest
}

// collectors are how the names of the VM operations of garbage collectors begin.
var collectors = []string{"G1", "Parallel", "SerialCollect", "GenCollect", "CMS_", "Shenandoah", "ZMark", "XMark", "ZOperation", "XOperation", "CollectForMetadata"}

// collecting reports whether the thread was collecting garbage.
func (c *crash) collecting() bool {
	return strings.HasPrefix(c.Thread, "GCTaskThread") || strings.HasPrefix(c.Thread, "ConcurrentGCThread") || strings.Contains(c.Thread, `"GC Thread#`) ||
		slices.ContainsFunc(collectors, func(name string) bool { return strings.HasPrefix(c.Operation, name) })
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// libraryCause is about native libraries that neither the JDK nor the system brought.
func (c *crash) libraryCause(f finding.Frame) (cause, remedy string) {
	switch {
	case c.Signal == "SIGFPE":
		cause = fmt.Sprintf("Native code in %s divided by zero, or did a like operation; the JVM only reports it.", f.Library)
	case strings.HasPrefix(c.Libc, "musl"):
		return fmt.Sprintf("Native code in %s used memory that is not its own; the C library is musl (Alpine), for which the library may not be built.", f.Library),
			fmt.Sprintf("Use a base image with glibc, or a build of %s for musl.", f.Library)
	case c.null():
		cause = fmt.Sprintf("Native code in %s followed a null pointer; the JVM only reports it.", f.Library)
	default:
		cause = fmt.Sprintf("Native code in %s used memory that is not its own; the JVM only reports it.", f.Library)
	}
	return cause, fmt.Sprintf("Update %s or the jar that brings it, or go back to the version that worked; report it to its makers.", f.Library)
}

// callerCause is about the C library and the JDK's native libraries, which crash over what they are given: the first
// frame above them counts.
func (c *crash) callerCause() (cause, remedy string) {
	for _, f := range c.NativeFrames {
		if f.Kind == "C" && f.Library != "" && !cLibrary(f.Library) && !ofJDK(f.Library) {
			return fmt.Sprintf("%s, which called it, gave it memory that is not valid.", f.Library),
				fmt.Sprintf("Update %s or the jar that brings it, or go back to the version that worked.", f.Library)
		}
	}
	if !c.written && ofJDK(c.Frame.Library) {
		return "The frame is only where it happened: the JDK's libraries crash on what they are given, a jar or a file that is replaced while it is in use, or memory " +
				"that native code had overwritten.",
			"Read in the error file which Java frames called it (gate diagnose reads it); compare what changed since it last worked: JDK, native libraries, base image."
	}
	return "", ""
}
