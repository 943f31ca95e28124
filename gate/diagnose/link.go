package diagnose

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const linkError = "link-error"

var linkMarkers = []marker{
	{text: "error while loading shared libraries"},
	{text: "symbol lookup error"},
	{text: "Error loading shared library"},
	{text: "Error relocating"},
	{text: "Error: dl failure on line"},
	{text: ".so, because "},
	{text: "Inconsistency detected by ld.so"},
	{text: "cannot open shared object file"},
	{text: "' not found (required by "},
	{text: "java.lang.UnsatisfiedLinkError", trace: true},
}

// judgeLink looks for a library or a symbol that was missing when the program was linked at its start.
func judgeLink(s scene) (finding.Finding, bool) {
	if !s.failed() || s.refusal != nil {
		return finding.Finding{}, false
	}
	for i := 0; i < len(s.output); i++ {
		fault, ok := readLinker(s.output[i].Text)
		if !ok {
			continue
		}
		worst, quoted := fault, []finding.Evidence{s.output[i].evidence()}
		for ; i+1 < len(s.output); i++ {
			next, ok := readLinker(s.output[i+1].Text)
			if !ok {
				break
			}
			if next.asksMoreThan(worst) {
				worst = next
			}
			if len(quoted) < 5 {
				quoted = append(quoted, s.output[i+1].evidence())
			}
		}
		if fault.fits(s.ExitCode, s.after(i)) {
			return worst.report(quoted...), true
		}
	}
	return judgeLoaded(s)
}

// linkFault is a library or symbol that is missing, as a linker tells it.
type linkFault struct {
	needer  string // the program or library that needs it
	library string // the library that is missing or unusable; of a version, the one that does not have it
	symbol  string // the symbol that is missing
	version string // the symbol version that is missing
	why     string // why a library could not be used, in the linker's words
	code    int    // what the linker ends the process with, where nothing else ends so; else 0
}

// fits reports whether a process that ended with code, and printed that many lines after the linker's, died of the
// fault. The linker prints it and ends the process; a wrapper may add some words and an exit code of its own.
func (f linkFault) fits(code, linesAfter int) bool {
	if f.code != 0 && f.code == code {
		return linesAfter <= 20
	}
	return linesAfter <= 3
}

// asksMoreThan reports whether f needs a later version of the same family of versions as g: GLIBC_2.34 after GLIBC_2.32.
func (f linkFault) asksMoreThan(g linkFault) bool {
	family, version, ok := strings.Cut(f.version, "_")
	other, before, _ := strings.Cut(g.version, "_")
	if !ok || family != other {
		return false
	}
	return slices.Compare(numbers(version), numbers(before)) > 0
}

// numbers splits "2.34" into 2 and 34; what is no number counts as 0.
func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		all = append(all, n)
	}
	return all
}

// The lines of glibc's and musl's linkers and of the java launcher. They end the process with 127, but for a missing
// version (1, as so much else) and libjvm.so (6).
var (
	glibcLibrary   = lazyregexp.MustCompile(`^(\S.*?): error while loading shared libraries: (.+)$`)
	glibcSymbol    = lazyregexp.MustCompile(`^(\S.*?): symbol lookup error: (\S.*?): undefined symbol: (.+)$`)
	glibcVersion   = lazyregexp.MustCompile("^(\\S.*?): (\\S+): version `([^']+)' not found \\(required by (.+)\\)$")
	glibcBroken    = lazyregexp.MustCompile(`^Inconsistency detected by ld\.so: (.+)$`)
	muslLibrary    = lazyregexp.MustCompile(`^Error loading shared library (.+?): (.+?) \(needed by (.+)\)$`)
	muslRelocation = lazyregexp.MustCompile(`^Error relocating (.+?): (.+): symbol not found$`)
	javaLibrary    = lazyregexp.MustCompile(`^Error: failed (\S+\.so), because (.+)$`)
)

// linkers is built once and only read after that.
var linkers = newScanner(linkMarkers)

func readLinker(text string) (linkFault, bool) {
	if linkers.find([]byte(text)) == nil {
		return linkFault{}, false
	}
	if m := glibcLibrary.FindStringSubmatch(text); m != nil {
		f := readFault(m[2])
		f.needer, f.code = m[1], 127
		return f, true
	}
	if m := glibcSymbol.FindStringSubmatch(text); m != nil {
		symbol, _, _ := strings.Cut(m[3], " (")
		symbol, version, _ := strings.Cut(symbol, ", version ")
		return linkFault{needer: m[2], symbol: symbol, version: version, code: 127}, true
	}
	if m := glibcVersion.FindStringSubmatch(text); m != nil {
		return linkFault{needer: m[4], library: m[2], version: m[3]}, true
	}
	if m := glibcBroken.FindStringSubmatch(text); m != nil {
		return linkFault{why: m[1], code: 127}, true
	}
	if m := muslLibrary.FindStringSubmatch(text); m != nil {
		return linkFault{needer: m[3], library: m[1], why: m[2], code: 127}, true
	}
	if m := muslRelocation.FindStringSubmatch(text); m != nil {
		return linkFault{needer: m[1], symbol: m[2], code: 127}, true
	}
	if m := javaLibrary.FindStringSubmatch(text); m != nil {
		f := readFault(m[2])
		f.needer, f.code = m[1], 6
		return f, true
	}
	return linkFault{}, false
}

// What dlerror(3) says; the first word is the library at fault, or the one that needs something.
var (
	dlVersion = lazyregexp.MustCompile("^(\\S+): version `([^']+)' not found \\(required by (.+?)\\)")
	dlSymbol  = lazyregexp.MustCompile(`^(\S+): undefined symbol: (\S+?)(?:, version (\S+))?(?: \(.*\))?$`)
	dlLibrary = lazyregexp.MustCompile(`^(\S+): (cannot open shared object file: .+|file too short|invalid ELF header|wrong ELF class: .+|` +
		`failed to map segment from shared object.*|cannot enable executable stack.*|cannot allocate memory in static TLS block|.*cannot dynamically load .+)$`)
)

// readFault reads the text of dlerror(3). What it does not know becomes the reason.
func readFault(text string) linkFault {
	if m := dlVersion.FindStringSubmatch(text); m != nil {
		return linkFault{needer: m[3], library: m[1], version: m[2]}
	}
	if m := dlSymbol.FindStringSubmatch(text); m != nil {
		return linkFault{needer: m[1], symbol: m[2], version: m[3]}
	}
	if m := dlLibrary.FindStringSubmatch(text); m != nil {
		return linkFault{library: m[1], why: m[2]}
	}
	return linkFault{why: text}
}

// missing reports whether the library was not there at all.
func (f linkFault) missing() bool {
	return strings.Contains(f.why, "No such file or directory")
}

func (f linkFault) report(evidence ...finding.Evidence) finding.Finding {
	return report(linkError, f.message(), f.cause(), f.remedy(), evidence...)
}

func (f linkFault) message() string {
	needer := quote(f.needer)
	if f.needer == "" {
		needer = "the program"
	}
	switch {
	case f.library != "" && f.version != "":
		return fmt.Sprintf("%s needs version %s of %s, and the one in the image does not have it.", upper(needer), f.version, quote(f.library))
	case f.symbol != "":
		return fmt.Sprintf("%s needs the symbol %s, and no library in the image has it.", upper(needer), quote(f.symbol))
	case f.library != "" && f.library == f.needer:
		return fmt.Sprintf("The shared library %s could not be loaded: %s.", needer, f.why)
	case f.library != "" && f.missing():
		return fmt.Sprintf("The shared library %s, which %s needs, is missing.", quote(f.library), needer)
	case f.library != "":
		return fmt.Sprintf("The shared library %s, which %s needs, could not be loaded: %s.", quote(f.library), needer, f.why)
	}
	return fmt.Sprintf("%s could not be linked at its start: %s.", upper(needer), f.why)
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// glibcOnly are names that only glibc has: a program that misses them was built for glibc and is run on musl.
var glibcOnly = lazyregexp.MustCompile(`^(?:__\w+_chk|__res_\w+|__longjmp_chk|gnu_get_libc_version|mallinfo|ld-linux\S*|libc\.so\.6|libresolv\.so\.2|__isoc23_\w+)$`)

func (f linkFault) cause() string {
	glibc, isGlibc := strings.CutPrefix(f.version, "GLIBC_")
	switch {
	case isGlibc:
		return fmt.Sprintf("It was built on a system with glibc %s or newer; the image's base is older.", glibc)
	case strings.HasPrefix(f.version, "GLIBCXX_") || strings.HasPrefix(f.version, "CXXABI_"):
		return "It was built with a newer C++ compiler than the image's libstdc++ comes from."
	case glibcOnly.MatchString(f.symbol) || glibcOnly.MatchString(path.Base(f.library)):
		return "It was built for glibc, and the image's C library is musl (Alpine), or there is none."
	case f.symbol != "" || f.version != "":
		return "The libraries in the image are of other versions than those it was built with."
	case f.missing():
		return "The base image does not bring it and nothing installed it, or it is there for another processor."
	}
	return ""
}

// packages says which package of Debian and of Alpine has a library.
var packages = map[string][2]string{
	"libfontconfig.so.1":  {"libfontconfig1", "fontconfig"},
	"libfreetype.so.6":    {"libfreetype6", "freetype"},
	"libgcc_s.so.1":       {"libgcc-s1", "libgcc"},
	"libgomp.so.1":        {"libgomp1", "libgomp"},
	"libpq.so.5":          {"libpq5", "libpq"},
	"libssl.so.3":         {"libssl3", "libssl3"},
	"libcrypto.so.3":      {"libssl3", "libcrypto3"},
	"libstdc++.so.6":      {"libstdc++6", "libstdc++"},
	"libz.so.1":           {"zlib1g", "zlib"},
	"libGL.so.1":          {"libgl1", "mesa-gl"},
	"libglib-2.0.so.0":    {"libglib2.0-0", "glib"},
	"libgthread-2.0.so.0": {"libglib2.0-0", "glib"},
}

func (f linkFault) remedy() string {
	_, isGlibc := strings.CutPrefix(f.version, "GLIBC_")
	switch {
	case isGlibc, strings.HasPrefix(f.version, "GLIBCXX_"):
		return "Build on the base image it runs on, or move the image to a newer base."
	case glibcOnly.MatchString(f.symbol) || glibcOnly.MatchString(path.Base(f.library)):
		return "Use a base image with glibc (Debian, Ubuntu, distroless), or build it for musl."
	case f.symbol != "" || f.version != "":
		return "Build on the base image it runs on, and check LD_LIBRARY_PATH for a directory with older copies."
	}
	if p, ok := packages[path.Base(f.library)]; ok && f.missing() {
		return fmt.Sprintf("Install it in the image: apt-get install -y %s on Debian and Ubuntu, apk add %s on Alpine.", p[0], p[1])
	}
	if f.library != "" && f.missing() {
		return fmt.Sprintf("Install the package that has %s in the image, or COPY the library to a directory of the linker's (ldconfig -p lists what it knows).", quote(f.library))
	}
	if strings.Contains(f.why, "ELF") || strings.Contains(f.why, "too short") {
		return "Replace the file: it is damaged, cut short (a Git LFS pointer?) or built for another processor."
	}
	return ""
}
