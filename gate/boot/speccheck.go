package boot

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bootgate/gate/lazyregexp"
)

// SpecProblem is a setting that can be read but makes no sense.
type SpecProblem struct {
	// Key is the key of gate.yaml at fault; below it the path goes on with dots, and positions in lists counted from
	// 0: "needs.1.name".
	Key string
	// Message says what is wrong and what to write instead.
	Message string
}

// Bounds of what a boot can be asked for.
const (
	// MaxReplicas is how many containers of an image start at once at most.
	MaxReplicas = 16
	// MaxPids is the kernel's own limit on a 64-bit machine (PID_MAX_LIMIT in linux/threads.h).
	MaxPids = 4 << 20
	// MaxRounds is how often an image is booted at most to be compared.
	MaxRounds = 50
	// MaxErrorsOver is how many more errors can be tolerated.
	MaxErrorsOver = 1_000_000
	// MinMemory is the smallest memory limit the engine takes (linuxMinMemory in moby's daemon).
	MinMemory Bytes = 6 << 20
)

// Check returns everything about the spec that makes no sense, in the order of its keys. What cannot even be read,
// such as a duration without a unit, was refused before there was a Spec.
func (s Spec) Check() []SpecProblem {
	var c specCheck
	c.oneOf("as", string(s.As), string(Auto), string(Service), string(Job))
	c.oneOf("network", string(s.Network), string(Isolated), string(Bridge))
	c.ready("", s.Ready, s.As)
	c.times(s)
	c.needs(s.Needs)
	c.limits(s)
	c.comparison(s)
	c.container("", settings{s.User, s.Tmpfs, s.Env, s.EnvFile, s.Entrypoint, s.Command})
	order := specKeys()
	slices.SortStableFunc(c.problems, func(a, b SpecProblem) int {
		return slices.Index(order, topKey(a.Key)) - slices.Index(order, topKey(b.Key))
	})
	return c.problems
}

// specKeys are the keys of a Spec in the order of its fields.
func specKeys() []string {
	return []string{
		"as", "ready", "within", "stays-up", "at-least", "stops-within", "needs", "replicas", "once", "restart", "second-start",
		"forbid", "memory", "cpus", "pids", "disk", "user", "read-only", "tmpfs", "env", "env-file", "entrypoint", "command", "network",
		"slower-than", "memory-over", "errors-over", "size-over", "rounds",
	}
}

func topKey(key string) string {
	top, _, _ := strings.Cut(key, ".")
	return top
}

// specCheck collects problems.
type specCheck struct{ problems []SpecProblem }

func (c *specCheck) add(key, format string, args ...any) {
	c.problems = append(c.problems, SpecProblem{Key: key, Message: fmt.Sprintf(format, args...)})
}

// oneOf refuses a value that is neither empty nor known.
func (c *specCheck) oneOf(key, value string, known ...string) {
	if value == "" || slices.Contains(known, value) {
		return
	}
	last := len(known) - 1
	c.add(key, "%q is not known here: write %s or %s", value, strings.Join(known[:last], ", "), known[last])
}

// times checks the durations against the mode and against each other.
func (c *specCheck) times(s Spec) {
	c.within("", s.Within)
	if s.As == Job {
		if s.StaysUp != nil {
			c.add("stays-up", "a job does not stay up: leave this out, or make it a service")
		}
		if s.StopsWithin != nil {
			c.add("stops-within", "a job ends by itself: leave this out, or make it a service")
		}
	}
	if s.AtLeast == nil {
		return
	}
	if s.As == Service {
		c.add("at-least", "a service is not meant to end: leave this out, or make it a job")
		return
	}
	limit := DefaultWithin
	if s.As == Job {
		limit = DefaultJobWithin
	}
	limit = orDuration(s.Within, limit)
	if time.Duration(*s.AtLeast) > limit {
		c.add("at-least", "%s is longer than the %s of within: no job could pass", *s.AtLeast, Duration(limit))
	}
}

func (c *specCheck) within(prefix string, within *Duration) {
	if within != nil && *within == 0 {
		c.add(prefix+"within", "0s leaves no time: write how long it may take, such as 60s")
	}
}

func (c *specCheck) ready(prefix string, ready Readiness, as Mode) {
	if as == Job && len(ready) > 0 {
		c.add(prefix+"ready", "a job is done when it has exited with 0: leave this out, or make it a service")
	}
}

// limits checks the numbers. Zero stands for the default everywhere.
func (c *specCheck) limits(s Spec) {
	if s.Replicas < 0 || s.Replicas > MaxReplicas {
		c.add("replicas", "%d replicas are out of range: write 1 to %d", s.Replicas, MaxReplicas)
	}
	c.memory("", s.Memory)
	if !(s.CPUs == 0 || s.CPUs >= minCPUs && s.CPUs <= maxCPUs) {
		c.add("cpus", "%v cores are out of range: write %v to %v", s.CPUs, minCPUs, maxCPUs)
	}
	if s.Pids < 0 || s.Pids > MaxPids {
		c.add("pids", "%d processes are out of range: write 1 to %d", s.Pids, MaxPids)
	}
	if s.Disk < 0 {
		c.add("disk", "the amount is negative: write one such as 2GiB")
	}
}

// comparison checks what is compared with the baseline. Zero rounds stand for the default.
func (c *specCheck) comparison(s Spec) {
	if s.ErrorsOver != nil && (*s.ErrorsOver < 0 || *s.ErrorsOver > MaxErrorsOver) {
		c.add("errors-over", "%d lines are out of range: write 0 to %d", *s.ErrorsOver, MaxErrorsOver)
	}
	if s.Rounds < 0 || s.Rounds > MaxRounds {
		c.add("rounds", "%d rounds are out of range: write 1 to %d", s.Rounds, MaxRounds)
	}
}

// minCPUs is the smallest share the engine's CPU quota can express (1 ms in 100 ms); maxCPUs only catches typing errors.
const (
	minCPUs = 0.01
	maxCPUs = 1024
)

func (c *specCheck) memory(prefix string, memory Bytes) {
	if memory != 0 && memory < MinMemory {
		c.add(prefix+"memory", "%s is less than the engine's smallest limit: write at least %s", memory, MinMemory)
	}
}

// needs checks what is started first.
func (c *specCheck) needs(needs []Need) {
	seen := map[string]bool{}
	for i, n := range needs {
		prefix := fmt.Sprintf("needs.%d.", i)
		switch {
		case !hostName.MatchString(n.Name):
			c.add(prefix+"name", "%q is not a host name: write up to 63 lower-case letters, digits and dashes, such as db", n.Name)
		case n.Name == "localhost":
			c.add(prefix+"name", "localhost is the candidate itself: give the need another name, such as db")
		case seen[n.Name]:
			c.add(prefix+"name", "two needs have the name %q", n.Name)
		}
		seen[n.Name] = true
		if n.Image == "" || strings.ContainsFunc(n.Image, unicode.IsSpace) {
			c.add(prefix+"image", "%q is not an image reference: write it as postgres:16", n.Image)
		}
		c.oneOf(prefix+"as", string(n.As), string(Service), string(Job))
		c.ready(prefix, n.Ready, n.As)
		c.within(prefix, n.Within)
		c.memory(prefix, n.Memory)
		c.container(prefix, settings{n.User, n.Tmpfs, n.Env, n.EnvFile, n.Entrypoint, n.Command})
	}
}

// hostName is a DNS label (RFC 1123, section 2.1) in lower case.
var hostName = lazyregexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// settings are what a Spec and a Need have in common.
type settings struct {
	user       string
	tmpfs      []string
	env        Env
	envFile    []string
	entrypoint Command
	command    Command
}

func (c *specCheck) container(prefix string, s settings) {
	if strings.ContainsFunc(s.user, unicode.IsSpace) {
		c.add(prefix+"user", "%q holds white space: write a name, uid or uid:gid", s.user)
	}
	for i, mount := range s.tmpfs {
		if path, _, _ := strings.Cut(mount, ":"); !strings.HasPrefix(path, "/") || strings.Trim(path, "/") == "" {
			c.add(prefix+"tmpfs."+strconv.Itoa(i), "%q is not an absolute path below /: write it as /tmp or /tmp:size=64m", mount)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.env)) {
		// The name is not shown where it may hold a value.
		if before, _, found := strings.Cut(name, "="); found {
			c.add(prefix+"env", "the name of variable %q goes on with =: write it as %[1]s: VALUE", before)
		} else if name == "" || strings.ContainsFunc(name, unicode.IsSpace) || strings.ContainsRune(name, 0) {
			c.add(prefix+"env", "the name of a variable is empty or holds white space")
		}
		if value := s.env[name]; value != nil && strings.ContainsRune(*value, 0) {
			c.add(prefix+"env", "the value of a variable holds a NUL byte")
		}
	}
	for i, path := range s.envFile {
		if path == "" {
			c.add(prefix+"env-file."+strconv.Itoa(i), "the path is empty")
		}
	}
	if len(s.entrypoint) > 0 && s.entrypoint[0] == "" {
		c.add(prefix+"entrypoint", "the first word is empty: it names the program to run")
	}
}
