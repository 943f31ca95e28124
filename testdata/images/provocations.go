package images

import (
	"slices"

	"bootgate/gate/demo"
)

// Provocation is one way to make a Java container die, or to make it look so, in the image of Provoke.
type Provocation struct {
	Name string
	// Entrypoint and Command replace those of the image.
	Entrypoint, Command []string
	// Env holds KEY=VALUE pairs.
	Env []string
	// Memory is the limit in bytes and Pids that of processes and threads; 0 for none.
	Memory, Pids int64
	ReadOnly     bool
	User         string
	// Lives is whether the process lives on until it is killed.
	Lives bool
	// From is the first Java release that it works with; 0 for all.
	From int
	// Plain is whether it needs what only plain Docker can do: see Seccomp and Kill.
	Plain bool
	// Seccomp is a seccomp profile.
	Seccomp string
}

const (
	javaProgram = demo.JavaRoot + "/bin/java"
	mebibyte    = 1 << 20
)

// java returns the provocation that runs java with these arguments as the container's first process.
func java(name string, args ...string) Provocation {
	return Provocation{Name: name, Entrypoint: []string{javaProgram}, Command: args}
}

// provoke returns the provocation that runs the class Provoke in the given way, with options of the VM.
func provoke(name, way string, options ...string) Provocation {
	return java(name, slices.Concat(options, []string{"-cp", classDir, "Provoke", way})...)
}

// shell returns the provocation that runs a shell script, in which "java" is the launcher.
func shell(name, script string) Provocation {
	return Provocation{
		Name: name, Entrypoint: []string{"/bin/sh", "-c"}, Command: []string{script + "; exit $?"},
		Env: []string{"PATH=" + demo.JavaRoot + "/bin:/bin"},
	}
}

// underShell returns p run by a shell, so that the JVM is not the first process.
func (p Provocation) underShell() Provocation {
	p.Name += "-under-shell"
	p.Command = slices.Concat([]string{`"$@"; exit $?`, "sh"}, p.Entrypoint, p.Command)
	p.Entrypoint = []string{"/bin/sh", "-c"}
	return p
}

// native returns the provocation in which the native library dies in the given way.
func native(how string) Provocation {
	p := provoke("native-"+how, "native")
	p.Command = append(p.Command, how)
	return p
}

func (p Provocation) with(args ...string) Provocation {
	p.Command = append(slices.Clone(p.Command), args...)
	return p
}

func (p Provocation) memory(bytes int64) Provocation { p.Memory = bytes; return p }
func (p Provocation) pids(n int64) Provocation       { p.Pids = n; return p }
func (p Provocation) lives() Provocation             { p.Lives = true; return p }
func (p Provocation) from(release int) Provocation   { p.From = release; return p }
func (p Provocation) env(pairs ...string) Provocation {
	p.Env = slices.Concat(p.Env, pairs)
	return p
}

// Provocations returns all provocations; their names are unique.
func Provocations() []Provocation {
	return slices.Concat(crashes(), errorFiles(), memories(), starts(), links(), exceptions(), fine())
}

// crashes end in a report of the JVM about its own end, or should.
func crashes() []Provocation {
	unlock := "-XX:+UnlockDiagnosticVMOptions"
	crash := provoke("unsafe", "unsafe")
	internal := provoke("crash-on-oom", "heap", "-Xmx32m", "-XX:+CrashOnOutOfMemoryError")
	spin := provoke("safepoint-timeout", "spin", "-XX:-UseCountedLoopSafepoints", "-XX:LoopStripMiningIter=0", unlock,
		"-XX:+SafepointTimeout", "-XX:SafepointTimeoutDelay=1000", "-XX:+AbortVMOnSafepointTimeout")
	operation := provoke("vm-operation-timeout", "collect", unlock, "-XX:+AbortVMOnVMOperationTimeout", "-XX:AbortVMOnVMOperationTimeoutDelay=0")
	segv := native("segv")
	killed := provoke("killed-by-segv", "sleep")
	killed.Plain = true
	return []Provocation{
		crash, crash.underShell(), internal, internal.underShell(), spin, operation.from(21),
		segv, segv.underShell(), native("ill"), native("fpe"), native("bus"), native("overflow"),
		native("abort"), native("abort").underShell(), native("assert"), native("free"), native("kill"), native("exit"),
		provoke("no-core", "unsafe", "-XX:-CreateCoredumpOnCrash"), killed,
		provoke("crash-with-options", "unsafe", "-XX:+UseSerialGC").env("JAVA_TOOL_OPTIONS=-Xmx64m -Ddb.password=hunter2"),
	}
}

// errorFiles are crashes whose report goes elsewhere.
func errorFiles() []Provocation {
	readOnly := provoke("error-file-nowhere", "unsafe")
	readOnly.ReadOnly = true
	user := shell("error-file-tmp", "cd /app && java -cp /app Provoke unsafe")
	user.User = "1000:1000"
	return []Provocation{
		provoke("error-file-custom", "unsafe", "-XX:ErrorFile=/var/crash/jvm-%p.err"),
		provoke("error-file-missing-folder", "unsafe", "-XX:ErrorFile=/no/such/folder/hs_err_%p.log"),
		provoke("error-file-stdout", "unsafe", "-XX:ErrorFile=/dev/stdout"),
		provoke("error-file-to-stdout", "unsafe", "-XX:+ErrorFileToStdout"),
		provoke("error-file-to-stderr", "unsafe", "-XX:+ErrorFileToStderr"),
		shell("error-file-root-folder", "cd / && java -cp /app Provoke unsafe"),
		readOnly, user,
	}
}

// memories end for want of memory, or of something that looks like it.
func memories() []Provocation {
	exit := provoke("heap-exit", "heap", "-Xmx32m", "-XX:+ExitOnOutOfMemoryError")
	const clone3 = `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}`
	seccomp := provoke("clone3-refused", "nothing")
	seccomp.Plain, seccomp.Seccomp = true, clone3
	return []Provocation{
		provoke("heap", "heap", "-Xmx32m"), exit, exit.underShell(),
		provoke("heap-dump", "heap", "-Xmx32m", "-XX:+HeapDumpOnOutOfMemoryError"),
		shell("heap-dump-exists", "echo old > java_pid1.hprof; exec java -Xmx32m -XX:+HeapDumpOnOutOfMemoryError -XX:+ExitOnOutOfMemoryError -cp /app Provoke heap"),
		provoke("heap-aside", "heap-aside", "-Xmx32m").lives(),
		provoke("heap-aside-exit", "heap-aside", "-Xmx32m", "-XX:+ExitOnOutOfMemoryError"),
		provoke("array", "array"), provoke("array-exit", "array", "-XX:+ExitOnOutOfMemoryError"),
		provoke("metaspace", "metaspace", "-XX:MaxMetaspaceSize=12m"),
		provoke("metaspace-exit", "metaspace", "-XX:MaxMetaspaceSize=12m", "-XX:+ExitOnOutOfMemoryError"),
		provoke("class-space", "metaspace", "-XX:CompressedClassSpaceSize=1m"),
		provoke("gc-overhead", "overhead", "-Xmx30m", "-XX:+UseParallelGC", "-XX:GCTimeLimit=10", "-XX:GCHeapFreeLimit=90"),
		provoke("gc-overhead-exit", "overhead", "-Xmx30m", "-XX:+UseParallelGC", "-XX:GCTimeLimit=10", "-XX:GCHeapFreeLimit=90", "-XX:+ExitOnOutOfMemoryError"),
		provoke("direct", "direct", "-XX:MaxDirectMemorySize=16m"),
		provoke("direct-exit", "direct", "-XX:MaxDirectMemorySize=16m", "-XX:+ExitOnOutOfMemoryError"),
		provoke("threads", "threads", "-XX:+UseSerialGC").pids(40),
		provoke("threads-alive", "threads-alive", "-XX:+UseSerialGC").pids(40).lives(),
		provoke("threads-exit", "threads", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError").pids(40),
		provoke("insufficient-memory", "nothing", "-Xms900g", "-Xmx900g"),
		provoke("insufficient-memory-mapped", "nothing", "-Xms900g", "-Xmx900g", "-XX:+UseSerialGC").memory(256 * mebibyte),
		shell("address-space", "ulimit -v 3000000; java -Xmx4g -cp /app Provoke nothing"),
		shell("address-space-classes", "ulimit -v 1200000; java -Xmx256m -cp /app Provoke nothing"),
		provoke("few-pids", "nothing", "-XX:+UseG1GC").pids(6),
		provoke("fewer-pids", "nothing").pids(2),
		provoke("pre-touch", "nothing", "-Xms512m", "-XX:+AlwaysPreTouch").memory(64 * mebibyte),
		provoke("pre-touch", "nothing", "-Xms512m", "-XX:+AlwaysPreTouch").memory(64 * mebibyte).underShell(),
		seccomp,
	}
}

// Works reports whether the provocation works with the JDK at home.
func (p Provocation) Works(home string) bool {
	return demo.Release(home) >= p.From
}
