package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"
)

// initReason is what is told of one reason a JVM could not be set up.
type initReason struct {
	message, cause, remedy string
	line                   *Line // more evidence
}

// initReasons read the line below "Error occurred during initialization of …". above are the lines right above that.
var initReasons = []struct {
	shape *lazyregexp.Regexp
	tell  func(s scene, m []string, above []Line) initReason
}{
	{lazyregexp.MustCompile(`^Too small (maximum|initial) heap$`), smallHeap},
	{lazyregexp.MustCompile(`^(?:Initial heap size set to a larger value than the maximum heap size|Incompatible (?:initial|minimum) and maximum heap sizes specified)$`),
		func(s scene, _ []string, _ []Line) initReason {
			return initReason{message: "The JVM could not be set up: the heap is to begin larger than it may become" + s.sizesWords("-Xms", "-Xmx") + ".",
				cause:  "-Xms and -Xmx come from two places that do not know of each other, or a share of the container's memory is less than -Xms.",
				remedy: "Make -Xms at most -Xmx, or leave -Xms out."}
		}},
	{lazyregexp.MustCompile(`^Multiple garbage collectors selected$`), func(s scene, _ []string, _ []Line) initReason {
		names := s.optionsLike(collectorOption)
		what := ""
		if len(names) > 1 {
			what = ": " + strings.Join(names, ", ")
		}
		return initReason{message: "The JVM could not be set up: more than one garbage collector is selected" + what + ".",
			cause:  "An option of the image's own came on top of one that its base image, its builder or its deployment sets.",
			remedy: "Leave one of the options -XX:+Use…GC, or switch the other off with -XX:-Use…GC."}
	}},
	{lazyregexp.MustCompile(`^Could not reserve enough space for (?:(\d+) ?KB )?object heap$`), func(s scene, m []string, _ []Line) initReason {
		size := "the heap"
		if n, err := strconv.ParseInt(m[1], 10, 53); err == nil {
			size = "a heap of " + amount(n<<10)
		}
		return initReason{message: fmt.Sprintf("The JVM could not be set up: there is no address space for %s%s.", size, s.sizesWords("-Xmx")),
			cause: "-Xmx is larger than what the process may have: a slip in its unit, ulimit -v, or vm.overcommit_memory=2 on the host.", remedy: "Lower -Xmx, or lift the limit on address space."}
	}},
	{lazyregexp.MustCompile(`^(?:Could not reserve enough space for (code cache) \((\d+)K\)|Could not allocate (metaspace|compressed class space): (\d+) bytes)$`), func(s scene, m []string, _ []Line) initReason {
		what, kib := m[1]+m[3], m[2]
		n, _ := strconv.ParseInt(kib+m[4], 10, 53)
		if kib != "" {
			n <<= 10
		}
		return initReason{message: fmt.Sprintf("The JVM could not be set up: there is no address space for the %s of %s.", what, amount(n)),
			cause: "The address space of processes is limited (ulimit -v), or the host refuses to overcommit memory.", remedy: "Lift the limit on address space, or lower -XX:ReservedCodeCacheSize, -XX:CompressedClassSpaceSize and -Xmx."}
	}},
	{lazyregexp.MustCompile(`^OutOfMemoryError: (Metaspace|Compressed class space)$`), func(scene, []string, []Line) initReason {
		return initReason{message: "The JVM could not be set up: the space for classes is too small for its own.", remedy: "Raise -XX:MaxMetaspaceSize (64m is a usual least), or leave it out."}
	}},
	{lazyregexp.MustCompile(`^Could not find agent library (\S+) (?:on the library path|in absolute path|in JRE)?.*?(?:, with error: (.+))?$`), lostAgent},
	{lazyregexp.MustCompile(`^agent library failed (?:to init|Agent_OnLoad): (\S+)$`), failedAgent},
	{lazyregexp.MustCompile(`^Unable to use (shared archive|AOT cache)[.:]?`), func(s scene, m []string, above []Line) initReason {
		r := initReason{message: fmt.Sprintf("The JVM could not be set up: it was told to use the %s, and cannot.", m[1]),
			cause:  "The archive is missing, or was made by another build of the JVM, with other options or another class path.",
			remedy: "Make the archive anew with the JVM and the options it is used with, or use -Xshare:auto (-XX:AOTMode=auto), which goes on without it."}
		for i, l := range above {
			if sharedArchive.MatchString(l.Text) {
				r.message = strings.TrimSuffix(r.message, ".") + ": " + strings.TrimSuffix(brief(tagged.ReplaceAllString(l.Text, "")), ".") + "."
				r.line = &above[i]
				break
			}
		}
		return r
	}},
	{lazyregexp.MustCompile(`^java\.lang\.Error: A command line option has attempted to allow or enable the Security Manager`), func(s scene, _ []string, _ []Line) initReason {
		return initReason{message: "The JVM could not be set up: an option enables the Security Manager, and Java 24 and newer do not have one.",
			remedy: "Remove -Djava.security.manager" + strings.TrimSuffix(s.agentPlace("-Djava.security.manager"), ".") + ", or stay with Java 21."}
	}},
	{lazyregexp.MustCompile(`^java\.lang\.module\.FindException: Module (\S+) not found(?:, required by (\S+))?`), func(_ scene, m []string, _ []Line) initReason {
		needer := ""
		if m[2] != "" {
			needer = ", which " + m[2] + " requires,"
		}
		return initReason{message: fmt.Sprintf("The JVM could not put its modules together: the module %s%s is not there.", m[1], needer),
			cause:  "The run-time was cut (jlink) without it, it is not on the module path, or this Java release does not have it.",
			remedy: fmt.Sprintf("Add %s to the run-time (jlink --add-modules) or to --module-path, or correct --add-modules or -m.", m[1])}
	}},
	{lazyregexp.MustCompile(`^java(?:/|\.)lang(?:/|\.)NoClassDefFoundError: |^Unable to load native library|^Failed setting boot class path|^Unable to load ZIP library`), func(_ scene, m []string, _ []Line) initReason {
		return initReason{message: "The JVM could not be set up: its own classes or libraries cannot be found.",
			cause: "The Java run-time in the image is not whole, or JAVA_HOME or LD_LIBRARY_PATH mixes two of them.", remedy: "Copy the whole directory of one JRE, and check JAVA_HOME and LD_LIBRARY_PATH."}
	}},
}

var (
	collectorOption = lazyregexp.MustCompile(`^-XX:\+Use\w*GC$`)
	sharedArchive   = lazyregexp.MustCompile(`(?i)shared archive not found|not a valid (?:shared|AOT)|shared class paths mismatch|different version or build|incompatible|archive .*(?:mismatch|failed)`)
	// tagged is what unified logging puts in front: [0.001s][error][cds].
	tagged = lazyregexp.MustCompile(`^(?:\[[^\]]*\])+\s*`)
)

// smallHeap explains a heap below the JVM's least, which is often a number without its unit.
func smallHeap(s scene, m []string, _ []Line) initReason {
	option := map[string]string{"maximum": "-Xmx", "initial": "-Xms"}[m[1]]
	r := initReason{message: fmt.Sprintf("The JVM could not be set up: the %s heap is too small%s.", m[1], s.sizesWords(option)),
		cause: "The heap is less than the collector's least, about 2 MiB.", remedy: fmt.Sprintf("Raise %s, or leave it out.", option)}
	for _, set := range s.optionsLike(sizeOption) {
		if n := strings.TrimPrefix(set, option); n != set && bareNumber.MatchString(n) {
			r.cause = fmt.Sprintf("%s has no unit: it means %s bytes.", set, n)
			r.remedy = fmt.Sprintf("Write %sm, if megabytes were meant.", set)
		}
	}
	return r
}

var (
	sizeOption = lazyregexp.MustCompile(`^-Xm[sx]\S+$`)
	bareNumber = lazyregexp.MustCompile(`^\d+$`)
)

// lostAgent explains a native agent that cannot be loaded.
func lostAgent(s scene, m []string, _ []Line) initReason {
	r := initReason{message: fmt.Sprintf("The JVM could not be set up: the agent library %s cannot be loaded.", quote(m[1])),
		remedy: "Put the library where the option -agentlib or -agentpath says, or remove the option." + s.agentPlace(m[1])}
	if m[2] == "" {
		return r
	}
	r.message = fmt.Sprintf("The JVM could not be set up: the agent library %s cannot be loaded: %s.", quote(m[1]), brief(m[2]))
	if f := readFault(m[2]); f.library != "" && !f.missing() {
		r.cause = f.cause()
	} else if strings.Contains(m[2], "No such file or directory") {
		r.cause = "The image does not have it, or a volume hides it."
	}
	return r
}

// What libinstrument says before it fails (InvocationAdapter.c).
var (
	noAgentJar = lazyregexp.MustCompile(`^Error opening zip file or JAR manifest missing : (.+)$`)
	noPremain  = lazyregexp.MustCompile(`^Failed to find Premain-Class manifest attribute in (.+)$`)
	twice      = lazyregexp.MustCompile(`^ERROR: Cannot load this JVM TI agent twice`)
)

// failedAgent explains an agent whose library is there and which did not come up; most are jar files.
func failedAgent(s scene, m []string, above []Line) initReason {
	for i, l := range above {
		if jar := noAgentJar.FindStringSubmatch(l.Text); jar != nil {
			return initReason{line: &above[i],
				message: fmt.Sprintf("The JVM could not be set up: the Java agent %s is missing or is no jar file.", quote(jar[1])),
				cause:   "The image does not have it at that path, a volume hides it, or it was downloaded in part.",
				remedy:  fmt.Sprintf("Put the agent at %s, or remove -javaagent.", quote(jar[1])) + s.agentPlace(jar[1])}
		}
		if jar := noPremain.FindStringSubmatch(l.Text); jar != nil {
			return initReason{line: &above[i],
				message: fmt.Sprintf("The JVM could not be set up: %s is no Java agent: its manifest has no Premain-Class.", quote(jar[1])),
				remedy:  "Name the agent's own jar file after -javaagent (often one whose name ends with -agent or -all)." + s.agentPlace(jar[1])}
		}
		if twice.MatchString(l.Text) {
			return initReason{line: &above[i], message: "The JVM could not be set up: the debugger's agent is asked for twice.",
				cause:  "One -agentlib:jdwp is on the command line and another in a variable of the environment.",
				remedy: "Leave one of them." + s.agentPlace("jdwp")}
		}
	}
	return initReason{message: fmt.Sprintf("The JVM could not be set up: the agent %s failed.", quote(m[1])),
		remedy: "Look at what the agent printed; take a release of it that supports the Java release in the image, or remove it." + s.agentPlace(m[1])}
}

// optionText is a text of options and where it comes from.
type optionText struct{ where, text string }

// optionTexts are all options that are known to have been given.
func (s scene) optionTexts() []optionText {
	var all []optionText
	for _, l := range s.output {
		if m := pickedUp.FindStringSubmatch(l.Text); m != nil {
			all = append(all, optionText{m[1], m[2]})
		}
	}
	return append(all, optionText{"the command line", strings.Join(s.Entrypoint, " ")})
}

// optionsLike returns the options of a shape, each once.
func (s scene) optionsLike(shape *lazyregexp.Regexp) []string {
	var all []string
	seen := map[string]bool{}
	for _, text := range s.optionTexts() {
		for _, word := range strings.Fields(text.text) {
			if word = strings.Trim(word, `"'`); shape.MatchString(word) && !seen[word] {
				seen[word] = true
				all = append(all, word)
			}
		}
	}
	return all
}

// sizesWords says what the options that begin so are, as known: " (-Xms2g, -Xmx1g)".
func (s scene) sizesWords(starts ...string) string {
	var all []string
	for _, set := range s.optionsLike(sizeOption) {
		for _, start := range starts {
			if strings.HasPrefix(set, start) {
				all = append(all, set)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}
