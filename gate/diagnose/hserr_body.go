package diagnose

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// part is one of the parts of a whole error file.
type part string

// The parts, by what they are called in a list of what is missing.
const (
	partCommand part = "the command line"
	partThread  part = "the current thread"
	partNative  part = "the native stack"
	partSignal  part = "the signal's details"
	partProcess part = "the process section"
	partSystem  part = "the system section"
	partTime    part = "the elapsed time"
	partEnd     part = "its end"
)

// bodyLine reads a line of the body of an error file. The sections stand in another order in each release, so each line
// is known by itself.
func (r *reportReader) bodyLine(text string) {
	switch text[0] {
	case '-':
		r.section(text)
	case 'C', 'c', 'V', 'J', 'j', 'N', 's', 'e', 't', 'T', 'H', '_', 'm', 'l', 'u', 'E', 'v', 'O', 'P':
		_ = r.threadLine(text) || r.processLine(text) || r.systemLine(text)
	}
}

// section reads the line above a section: "---------------  T H R E A D  ---------------".
func (r *reportReader) section(text string) {
	name := strings.ReplaceAll(strings.Trim(text, "- "), " ", "")
	switch name {
	case "SUMMARY", "THREAD":
		r.written = true
	case "PROCESS":
		r.written, r.has[partProcess] = true, true
	case "SYSTEM":
		r.written, r.has[partSystem] = true, true
	}
}

var (
	currentThread = lazyregexp.MustCompile(`^Current thread(?: \(0x[0-9a-f]+\):| is) +(.+)$`)
	threadStack   = lazyregexp.MustCompile(`, stack\(0x[^)]*\)(?: \(\d+K\))?| \[stack: 0x[^\]]*\]`)
	spaces        = lazyregexp.MustCompile(` {2,}`)
	vmOperation   = lazyregexp.MustCompile(`^VM_Operation \(0x[0-9a-f]+\): (\w+)`)
	signalInfo    = lazyregexp.MustCompile(`^siginfo: ?(.+)$`)
	signalCode    = lazyregexp.MustCompile(`si_code[:=] ?-?\d+ \(([A-Z_]+)\)`)
	signalAddress = lazyregexp.MustCompile(`si_addr[:=] ?(0x[0-9a-f]+)`)
	signalSender  = lazyregexp.MustCompile(`si_pid[:=] ?(\d+).*si_uid[:=] ?(\d+)`)
)

// threadLine reads a line about the thread that crashed.
func (r *reportReader) threadLine(text string) bool {
	switch {
	case strings.HasPrefix(text, "Current thread"):
		if m := currentThread.FindStringSubmatch(text); m != nil {
			r.written, r.has[partThread] = true, true
			r.Thread = either(r.Thread, spaces.ReplaceAllString(threadStack.ReplaceAllString(m[1], ""), " "))
		}
	case strings.HasPrefix(text, "Native frames:"):
		r.stack(&r.NativeFrames)
		r.has[partNative] = true
	case strings.HasPrefix(text, "Java frames:"):
		r.stack(&r.JavaFrames)
	case strings.HasPrefix(text, "Current CompileTask:"):
		r.expect(2, r.compileTask)
	case strings.HasPrefix(text, "VM_Operation ("):
		if m := vmOperation.FindStringSubmatch(text); m != nil {
			r.Operation = either(r.Operation, m[1])
		}
	case strings.HasPrefix(text, "siginfo:"):
		r.signalInfo(text)
	case strings.HasPrefix(text, "Stack: ["):
		if m := stackLine.FindStringSubmatch(text); m != nil && r.lowest == 0 {
			r.lowest, r.pointer = address(m[1]), address(m[2])
		}
	default:
		return false
	}
	return true
}

// stack reads the frames that follow. Where the JVM starts the stack over (it does when it stumbles over its own debug
// information), and where the report was printed twice, the first is kept.
func (r *reportReader) stack(frames *[]finding.Frame) {
	if len(*frames) > 0 {
		return
	}
	r.expect(3, func(text string, l Line) reading {
		f, ok := parseFrame(text)
		if ok && r.headless && frames == &r.NativeFrames && len(*frames) == 0 {
			r.quote(l)
		}
		switch {
		case ok && len(*frames) < maxCrashFrames:
			*frames = append(*frames, f)
			return took
		case ok, strings.HasPrefix(text, "...<more frames>"):
			return took
		case text == "", strings.HasPrefix(text, "Java frames:"), strings.HasPrefix(text, "siginfo:"),
			strings.HasPrefix(text, "Registers:"), strings.HasPrefix(text, "-----"), strings.HasPrefix(text, "Retrying call stack"):
			return over
		}
		return notMine
	})
}

// compileTask reads the method that the thread was compiling, without the compiler's own numbers.
func (r *reportReader) compileTask(text string, _ Line) reading {
	if text == "" {
		return notMine
	}
	if m := compiling.FindStringSubmatch(text); m != nil {
		r.Compilation = either(r.Compilation, m[1]+": "+m[2])
		return tookLast
	}
	return notMine
}

var compiling = lazyregexp.MustCompile(`^(C1|C2|JVMCI):.*? ([\w$./]+::[\w$<>]+.*)$`)

// signalInfo reads the kernel's own words for the signal.
func (r *reportReader) signalInfo(text string) {
	m := signalInfo.FindStringSubmatch(text)
	if m == nil || r.has[partSignal] {
		return
	}
	r.has[partSignal] = true
	if m := signalCode.FindStringSubmatch(text); m != nil {
		r.Code = m[1]
	}
	if m := signalAddress.FindStringSubmatch(text); m != nil {
		r.FaultAddress = m[1]
	}
	if m := signalSender.FindStringSubmatch(text); m != nil {
		r.SentBy = "pid " + m[1] + ", uid " + m[2]
	}
}

// stackLine tells the bounds of the thread's stack, and where in it the thread was.
var stackLine = lazyregexp.MustCompile(`^Stack: \[(0x[0-9a-f]+),0x[0-9a-f]+\], +sp=(0x[0-9a-f]+)`)

// guardZone is how far from its lowest address a stack is guarded by the JVM, in bytes, at the most.
const guardZone = 96 << 10

// overflow reports whether the address that could not be used lies in the guard pages of the thread's stack.
func (c *crash) overflow() bool {
	at := address(c.FaultAddress)
	return c.lowest > 0 && at >= c.lowest && at < c.lowest+guardZone && c.pointer < c.lowest+2*guardZone
}

// address reads 0x…; 0 when it is none.
func address(s string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	return n
}

var elapsedTime = lazyregexp.MustCompile(`elapsed time: (\d+(?:\.\d+)?) seconds`)

// processLine reads a line about the process.
func (r *reportReader) processLine(text string) bool {
	name, value, _ := strings.Cut(text, ":")
	value = strings.TrimSpace(value)
	switch name {
	case "Command Line":
		r.has[partCommand] = true
		r.CommandLine = either(r.CommandLine, value)
	case "jvm_args":
		r.has[partCommand] = true
		r.arguments = either(r.arguments, value)
		r.addOptions(value)
	case "java_command":
		r.has[partCommand] = true
		if r.CommandLine == "" { // before JDK 11
			r.CommandLine = strings.TrimSpace(r.arguments + " " + value)
		}
	case "Host":
		r.Host = either(r.Host, value)
	default:
		return r.otherProcessLine(text)
	}
	return true
}

func (r *reportReader) otherProcessLine(text string) bool {
	if strings.Contains(text, "elapsed time: ") {
		if m := elapsedTime.FindStringSubmatch(text); m != nil {
			seconds, _ := strconv.ParseFloat(m[1], 64)
			r.Elapsed = cmp.Or(r.Elapsed, time.Duration(seconds*float64(time.Second)))
			r.has[partTime] = true
			return true
		}
	}
	for _, name := range []string{"JAVA_TOOL_OPTIONS=", "JDK_JAVA_OPTIONS=", "_JAVA_OPTIONS="} {
		if value, ok := strings.CutPrefix(text, name); ok {
			r.addOptions(value)
			return true
		}
	}
	return false
}

// systemLine reads a line about the machine and the container.
func (r *reportReader) systemLine(text string) bool {
	name, value, found := strings.Cut(text, ":")
	if !found {
		if text == "END." {
			r.has[partEnd] = true
			return true
		}
		return false
	}
	value = strings.TrimSpace(value)
	switch name {
	case "libc":
		r.Libc = either(r.Libc, libcName(value))
	case "uname":
		r.kernel = either(r.kernel, value)
	case "vm_info":
		r.info = either(r.info, value)
	case "memory_limit_in_bytes":
		if r.MemoryLimit == 0 {
			r.MemoryLimit = byteCount(value)
		}
	case "cpu_quota":
		r.quota = count(value)
		r.processors()
	case "cpu_period":
		r.period = count(value)
		r.processors()
	default:
		return false
	}
	return true
}

// processors works out how many processors the container may use.
func (r *reportReader) processors() {
	if r.quota > 0 && r.period > 0 {
		r.CPUs = r.quota / r.period
	}
}

// count reads a number; 0 where there is none.
func count(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// byteCount reads "536870912" or "524288 k"; 0 where there is no limit.
func byteCount(s string) int64 {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return 0
	}
	switch strings.ToLower(unit) {
	case "k", "kb":
		return n << 10
	case "m", "mb":
		return n << 20
	}
	return n
}

// libcName shortens "glibc 2.36 NPTL 2.36".
func libcName(s string) string {
	name, _, _ := strings.Cut(s, " NPTL")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(name), "- unknown"))
}
