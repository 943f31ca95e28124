package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

var (
	// runtimeVersion is the version in a JRE line; the build after it is empty before the JVM is initialised.
	runtimeVersion = lazyregexp.MustCompile(`\((\d[^()]*)\) \(build ([^()]*)\)`)
	// vmVersion is the version in a VM line; JDK 8 writes its own HotSpot version there, 25.302-b08.
	vmVersion = lazyregexp.MustCompile(`VM[^(]*\((?:build )?(\d[^\s,()]*)`)
	// infoVersion is the version of the run-time in the line vm_info.
	infoVersion = lazyregexp.MustCompile(`JRE (?:\([^()]*\) )?\((\d[^()]*)\)`)
	hotspot8    = lazyregexp.MustCompile(`^25\.(\d+)-(b\d+)`)
)

// identify works out which Java it was, from the lines that name the run-time and the virtual machine.
func (c *crash) identify() {
	if m := runtimeVersion.FindStringSubmatch(c.JRE); m != nil {
		c.Version = m[1]
	} else if m := vmVersion.FindStringSubmatch(c.VM); m != nil {
		c.Version = hotspot8.ReplaceAllString(m[1], "8.0_$1-$2")
	} else if m := infoVersion.FindStringSubmatch(c.info); m != nil {
		c.Version = strings.TrimPrefix(m[1], "1.")
	}
	c.Release = release(c.Version)
	if c.VM == "" && c.info != "" {
		c.VM, _, _ = strings.Cut(c.info, " for ")
	}
	c.Vendor = vendorOf(c.JRE+" "+c.VM+" "+c.info, c.bugs)
}

// release is the Java release that a version of JDK 8 or later belongs to: 8 of 8.0_302-b08 and of 1.8.0_302.
func release(version string) int {
	version = strings.TrimPrefix(version, "1.")
	i := 0
	for i < len(version) && digit(version[i]) {
		i++
	}
	n, _ := strconv.Atoi(version[:i])
	return n
}

// vendors are who builds HotSpot, by what the version lines or the bug page have of theirs. The first that fits counts.
var vendors = []struct{ text, name string }{
	{"Temurin", "Eclipse Adoptium"}, {"adoptium", "Eclipse Adoptium"}, {"AdoptOpenJDK", "AdoptOpenJDK"},
	{"Corretto", "Amazon"}, {"corretto", "Amazon"},
	{"bell-sw.com", "BellSoft"}, {"Liberica", "BellSoft"},
	{"Zulu", "Azul"}, {"azul.com", "Azul"}, {"azulsystems", "Azul"},
	{"SapMachine", "SAP"}, {"Microsoft", "Microsoft"}, {"microsoft", "Microsoft"},
	{"Red_Hat", "Red Hat"}, {"redhat.com", "Red Hat"}, {"(Red Hat", "Red Hat"},
	{"Debian", "Debian"}, {"deb1", "Debian"}, {"~deb", "Debian"}, {"bugs.debian.org", "Debian"},
	{"Ubuntu", "Ubuntu"}, {"ubuntu", "Ubuntu"}, {"launchpad.net", "Ubuntu"},
	{"alpine", "Alpine"}, {"Dragonwell", "Alibaba"}, {"BiSheng", "Huawei"}, {"Tencent", "Tencent"},
	{"JBR-", "JetBrains"}, {"jetbrains", "JetBrains"}, {"GraalVM", "GraalVM"}, {"Java(TM) SE", "Oracle"},
}

func vendorOf(lines, bugs string) string {
	for _, v := range vendors {
		if strings.Contains(lines, v.text) || strings.Contains(bugs, v.text) {
			return v.name
		}
	}
	return ""
}

// libcOf tells the C library by a VM line, which names musl where it is that (linux-musl).
func libcOf(vm string) string {
	if strings.Contains(vm, "linux-musl") {
		return "musl"
	}
	return ""
}

// missing lists what a whole file has and this report has not.
func (c *crash) missing() []string {
	parts := []part{partCommand, partTime, partThread, partNative, partSignal, partProcess, partSystem, partEnd}
	var all []string
	if c.mixed {
		all = append(all, "what is surely its own (it is mixed with another report)")
	}
	if c.headless {
		all = append(all, "the header")
	}
	if c.Kind == finding.CrashSignal && c.Frame == nil {
		all = append(all, "the problematic frame")
	}
	if c.JRE == "" && !(c.headless && c.Version != "") {
		all = append(all, "the Java version")
	}
	for _, p := range parts {
		switch {
		case c.has[p], p == partSignal && c.Kind != finding.CrashSignal:
		case p == partEnd && c.Release == 8 && c.has[partTime]: // the time is the last thing that JDK 8 writes
		default:
			all = append(all, string(p))
		}
	}
	return all
}
