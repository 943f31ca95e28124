package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"
)

// sizesLine are the lines in which a JVM, or what computes its options, says which it has (arguments.cpp, java_md.c, the
// memory calculator of Paketo and its relatives).
var sizesLine = lazyregexp.MustCompile(`(?:^|\s)(?:Picked up JAVA_TOOL_OPTIONS: |NOTE: Picked up JDK_JAVA_OPTIONS: |Calculated JVM Memory Configuration: |Picked up _JAVA_OPTIONS: )(.*)`)

// jvmOptions is all that is known of the options the JVM had, as one text: what comes later wins.
func (s scene) jvmOptions() string {
	var picked, overriding []string
	for _, l := range s.output {
		if m := sizesLine.FindStringSubmatch(l.Text); m != nil {
			if strings.Contains(l.Text, "Picked up _JAVA_OPTIONS: ") {
				overriding = append(overriding, m[1])
			} else {
				picked = append(picked, m[1])
			}
		}
	}
	if s.crash != nil {
		picked = append(picked, s.crash.Options...)
		picked = append(picked, s.crash.CommandLine)
	}
	return " " + strings.Join(picked, " ") + " " + strings.Join(s.Entrypoint, " ") + " " + strings.Join(overriding, " ") + " "
}

// The options that set sizes. A size in another place of a text, such as a file's name, is not one.
var (
	maxHeap      = lazyregexp.MustCompile(`[\s"'](?:-Xmx|-XX:MaxHeapSize=)(\d+)([kKmMgGtT]?)[\s"',(]`)
	initialHeap  = lazyregexp.MustCompile(`[\s"'](?:-Xms|-XX:InitialHeapSize=)(\d+)([kKmMgGtT]?)[\s"',(]`)
	maxMetaspace = lazyregexp.MustCompile(`[\s"']-XX:MaxMetaspaceSize=(\d+)([kKmMgGtT]?)[\s"',(]`)
	classSpace   = lazyregexp.MustCompile(`[\s"']-XX:CompressedClassSpaceSize=(\d+)([kKmMgGtT]?)[\s"',(]`)
	maxDirect    = lazyregexp.MustCompile(`[\s"']-XX:MaxDirectMemorySize=(\d+)([kKmMgGtT]?)[\s"',(]`)
)

// jvmSize returns the size an option sets, in bytes; 0 when it is unknown.
func (s scene) jvmSize(option *lazyregexp.Regexp) int64 {
	// Two options in a row share the white space between them.
	all := option.FindAllStringSubmatch(strings.ReplaceAll(s.jvmOptions(), " ", "  "), -1)
	if len(all) == 0 {
		return 0
	}
	m := all[len(all)-1]
	n, err := strconv.ParseInt(m[1], 10, 64)
	shift := map[string]uint{"": 0, "k": 10, "m": 20, "g": 30, "t": 40}[strings.ToLower(m[2])]
	if err != nil || n > 1<<62>>shift {
		return 0
	}
	return n << shift
}

// calculated reports whether a buildpack computes the sizes of the JVM's regions when the container starts.
func (s scene) calculated() bool {
	for _, b := range s.Buildpacks {
		if strings.HasPrefix(b.ID, "paketo-buildpacks/") {
			return true
		}
	}
	for _, name := range s.Environment {
		if strings.HasPrefix(name, "BPL_JVM_") || strings.HasPrefix(name, "BPI_JVM_") {
			return true
		}
	}
	for _, l := range s.output {
		if strings.Contains(l.Text, "Calculated JVM Memory Configuration: ") {
			return true
		}
	}
	return false
}
