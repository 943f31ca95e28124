package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/lazyregexp"
)

// jvmComplaints are what HotSpot (arguments.cpp, jvmFlag*.cpp, logConfiguration.cpp) and OpenJ9 say of options before the
// launcher gives up, the most telling first: one option can bring about two of them.
var jvmComplaints = []complaintShape{
	{lazyregexp.MustCompile(`^\w+ (\w+)=(\S+) is outside the allowed range \[ (\S+) \.\.\. (\S+) \]$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: " + fmt.Sprintf("its value %s is not between %s and %s.", plainNumber(m[2]), plainNumber(m[3]), plainNumber(m[4])),
			remedy: fmt.Sprintf("Give it a value between %s and %s.", plainNumber(m[3]), plainNumber(m[4]))}
	}},
	{lazyregexp.MustCompile(`^Error: VM option '([^']+)' is (diagnostic|experimental) and must be enabled via (-XX:\+\w+)\.$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM takes %s, which is " + m[2] + ", only after " + m[3] + ".",
			cause:  fmt.Sprintf("In this release the option is %s; in others it may be an ordinary one.", m[2]),
			remedy: fmt.Sprintf("Put %s before it, or remove it.", m[3])}
	}},
	{lazyregexp.MustCompile(`^Error: VM option '([^']+)' is (\w+) and is available only in (?:debug|developer) version of VM\.$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM has %s only in builds for its own developers.", remedy: "Remove it."}
	}},
	{lazyregexp.MustCompile(`^Unrecognized VM option '([^']+)'$`), unknown},
	{lazyregexp.MustCompile(`^Unrecognized option: (.+)$`), unknown},
	{lazyregexp.MustCompile(`^JVMJ9VM007E Command-line option unrecognised: (.+)$`), unknown},
	{lazyregexp.MustCompile(`^Unexpected \+/- setting in VM option '([^']+)'$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: it takes a value, not a sign.",
			remedy: fmt.Sprintf("Write -XX:%s=VALUE.", m[1])}
	}},
	{lazyregexp.MustCompile(`^Missing \+/- setting for VM option '([^'=]+)[^']*'$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: it is switched on or off by a sign.",
			remedy: fmt.Sprintf("Write -XX:+%s or -XX:-%[1]s.", m[1])}
	}},
	{lazyregexp.MustCompile(`^Improperly specified VM option '([^']+)'$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: its value has the wrong form.", remedy: "Give it a value of the form it takes (a number, a size such as 256m)."}
	}},
	{lazyregexp.MustCompile(`^Invalid -Xlog option '([^']+)'`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s.",
			cause:  "One of its parts is unknown, or its file cannot be written: the line before says which.",
			remedy: "Correct it (java -Xlog:help lists what there is), and log to a directory that is there and that USER may write to."}
	}},
	{lazyregexp.MustCompile(`Initialization of output 'file=(.+?)' using options '.*' failed\.$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot write the log file named in %s.",
			cause:  "Its directory is not in the image, or the user the container runs as may not write there.",
			remedy: "Create the directory in the image with the right owner, or log to stdout."}
	}},
	{lazyregexp.MustCompile(`^Invalid ([a-z ]+ size): (-X\S*)$`), func(m []string) complaint {
		return complaint{option: m[2], what: "The JVM cannot use %s: it is no valid " + m[1] + ".",
			cause: "It is not a number with k, m or g after it, or it is larger than any memory.", remedy: "Write a size such as -Xmx512m."}
	}},
	{lazyregexp.MustCompile(`^The (?:Java thread )?stack size specified is too small[.,] Specify at least (\S+?)\.?$`), func(m []string) complaint {
		return complaint{option: "-Xss", what: "The JVM cannot use %s: the thread stacks are smaller than the least it needs, " + m[1] + ".",
			remedy: fmt.Sprintf("Give -Xss (or -XX:ThreadStackSize) at least %s; 512k to 1m is usual.", m[1])}
	}},
	{lazyregexp.MustCompile(`^Unmatched quote in (\w+)$`), func(m []string) complaint {
		return complaint{variable: m[1], what: "The JVM could not read " + m[1] + ": a quotation mark is opened and not closed.",
			remedy: fmt.Sprintf("Close the quotation mark in %s.", m[1])}
	}},
	{lazyregexp.MustCompile(`^Could not open (?:settings|options) file '?(.+?)'?$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM could not open the file of options " + quote(m[1]) + ".", remedy: fmt.Sprintf("Put %s into the image, readable for USER, or remove the option.", quote(m[1]))}
	}},
	{lazyregexp.MustCompile(`^(-Xbootclasspath|-Djava\.(?:endorsed|ext)\.dirs=\S*) is (?:not supported|no longer a supported option)\.`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM does not support %s.", cause: "Java 9 removed it with the old layout of the JDK.",
			remedy: "Put the libraries on the class path or the module path."}
	}},
	{lazyregexp.MustCompile(`^Conflicting collector combinations in option list`), func([]string) complaint {
		return complaint{option: "-XX:+Use…GC", what: "The JVM was told to use two garbage collectors with %s.", remedy: "Leave one of the options that choose a collector."}
	}},
	{lazyregexp.MustCompile(`^(\w+) \(\d+\) must be ((?:less|greater) than or equal to \w+ \(\d+\))$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: it must be " + m[2] + ".", remedy: "Make the two options agree."}
	}},
	{lazyregexp.MustCompile(`^Syntax error, expecting (-XX:\w+)=\[(.+)\]$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The JVM cannot use %s: its value must be one of " + strings.ReplaceAll(m[2], "|", ", ") + ".",
			remedy: "Give it one of these values."}
	}},
}

func unknown(m []string) complaint {
	return complaint{option: m[1], what: "The JVM does not know %s."}
}

// launcherComplaints are what the java launcher says of options that it reads itself (java.c, args.c). It adds nothing.
var launcherComplaints = []complaintShape{
	{lazyregexp.MustCompile("^Error: could not open `(.+)'$"), func(m []string) complaint {
		return complaint{option: "@" + m[1], what: "The java launcher could not open the file of arguments " + quote(m[1]) + ".",
			remedy: fmt.Sprintf("Put %s into the image, readable for USER, or correct its name.", quote(m[1]))}
	}},
	{lazyregexp.MustCompile(`^Error: Option (\S+) is not allowed in environment variable (\w+)$`), func(m []string) complaint {
		return complaint{option: m[1], variable: m[2], what: "The java launcher does not take %s.",
			cause: "The variable may hold options of the JVM only, not what is to be run.", remedy: "Put it on the command line."}
	}},
	{lazyregexp.MustCompile(`^Error: Cannot specify main class in environment variable (\w+)$`), func(m []string) complaint {
		return complaint{variable: m[1], what: "The java launcher found a word in " + m[1] + " that is no option.",
			cause:  "Something in the variable does not begin with a minus sign: an option with a space in it that needs quotes, or a word too many.",
			remedy: "Leave only options of the JVM in the variable, and put quotes around values with spaces."}
	}},
	{lazyregexp.MustCompile(`^Error: (-\S+) requires (?:modules to be specified|module name|class path specification|jar file specification|.+ specification)$`), func(m []string) complaint {
		return complaint{option: m[1], what: "The java launcher needs a value after %s, and there is none.", remedy: fmt.Sprintf("Write the value of %s after it.", m[1])}
	}},
}

// plainNumber writes a number without the zeros behind its point.
func plainNumber(n string) string {
	if strings.Contains(n, ".") {
		n = strings.TrimSuffix(strings.TrimRight(n, "0"), ".")
	}
	return n
}
