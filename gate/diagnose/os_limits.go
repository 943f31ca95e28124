package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"
)

// The lines of an error file that tell which limits the process had (os_linux.cpp, os_posix.cpp, cgroupSubsystem): JDK
// 17 and newer print all of them.
var (
	maxTasks     = lazyregexp.MustCompile(`(?m)^maximum number of tasks: (\d+)\s*$`)
	currentTasks = lazyregexp.MustCompile(`(?m)^current number of tasks: (\d+)\s*$`)
	addressSpace = lazyregexp.MustCompile(`(?m)^rlimit \(soft/hard\):.*?\bAS (\d+)k/`)
	maxMappings  = lazyregexp.MustCompile(`(?m)^/proc/sys/vm/max_map_count \([^)]*\): (\d+)\s*$`)
	allMappings  = lazyregexp.MustCompile(`(?m)^Total number of mappings: (\d+)\s*$`)
)

// reported returns the number that a line of the error file has; 0 when there is no such line.
func (s scene) reported(line *lazyregexp.Regexp) int64 {
	if s.crash == nil {
		return 0
	}
	text := func(text string) int64 {
		if m := line.FindStringSubmatch(text); m != nil {
			if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				return n
			}
		}
		return 0
	}
	for _, f := range s.Files {
		if n := text(f.Text); n > 0 && strings.Contains(f.Text, noMemory) {
			return n
		}
	}
	for _, l := range s.output {
		if n := text(l.Text); n > 0 {
			return n
		}
	}
	return 0
}

// pidsReached returns the limit on processes and threads when the error file tells that it was reached; else 0.
func (s scene) pidsReached() int64 {
	if limit := s.reported(maxTasks); limit > 0 && s.reported(currentTasks) >= limit {
		return limit
	}
	return 0
}

// memoryLimit is the limit in force, or else the one that the JVM saw, in bytes; 0 when neither is known.
func (s scene) memoryLimit() int64 {
	if s.MemoryLimit == 0 && s.crash != nil {
		return s.crash.MemoryLimit
	}
	return s.MemoryLimit
}
