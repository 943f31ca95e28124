package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const wrongArchitecture = "wrong-architecture"

var architectureMarkers = []marker{
	{text: "exec format error"},
	{text: "Exec format error"},
	{text: "exec user process caused"},
	{text: "rosetta error: "},
	{text: "qemu-x86_64: Could not open"},
	{text: "qemu-aarch64: Could not open"},
}

// judgeArchitecture looks for programs, libraries and images that are made for another processor or system.
func judgeArchitecture(s scene) (finding.Finding, bool) {
	if f, ok := judgePlatform(s); ok {
		return f, true
	}
	if s.refusal != nil && s.refusal.why == badFormat {
		return judgeFormat(s, *s.refusal), true
	}
	if f, ok := judgeEmulator(s); ok {
		return f, true
	}
	return judgeForeignLibrary(s)
}

// What the engine says when it has the image, but not for the platform that was asked for.
var (
	otherPlatform = lazyregexp.MustCompile(`does not match the specified platform: wanted (\S+?),? actual: (\S+)`)
	noPlatform    = lazyregexp.MustCompile(`does not provide the specified platform \(([^)]+)\)|no matching manifest for (\S+)`)
	otherSystem   = lazyregexp.MustCompile(`image operating system "([^"]+)" cannot be used on this platform`)
)

func judgePlatform(s scene) (finding.Finding, bool) {
	quoted := s.engineError()
	const remedy = "Build the image for this platform too (docker buildx build --platform), or ask for the one it has with --platform."
	if m := otherPlatform.FindStringSubmatch(s.StartError); m != nil {
		return report(wrongArchitecture, fmt.Sprintf("The image is for %s, and %s was asked for.", m[2], m[1]), "", remedy, quoted), true
	}
	if m := noPlatform.FindStringSubmatch(s.StartError); m != nil {
		return report(wrongArchitecture, fmt.Sprintf("The image has nothing for %s.", m[1]+m[2]), "", remedy, quoted), true
	}
	if m := otherSystem.FindStringSubmatch(s.StartError); m != nil {
		return report(wrongArchitecture, fmt.Sprintf("The image is for %s, which this engine cannot run.", m[1]), "", "", quoted), true
	}
	return finding.Finding{}, false
}

// judgeFormat explains ENOEXEC: the kernel knows no way to execute the file.
func judgeFormat(s scene, r refusal) finding.Finding {
	name := r.program
	message := "The program could not be executed: exec format error."
	if name != "" {
		message = fmt.Sprintf("%s could not be executed: exec format error.", quote(name))
	}
	image, engine := architectureOf(s.Platform), architectureOf(s.EnginePlatform)
	switch {
	case image != "" && engine != "" && image != engine:
		message = strings.TrimSuffix(message, ".") + fmt.Sprintf(" (the image is for %s, the engine runs %s).", s.Platform, s.EnginePlatform)
		return report(wrongArchitecture, message,
			fmt.Sprintf("The engine has no emulation for %s.", image),
			fmt.Sprintf("Build the image for %s (docker buildx build --platform %[1]s), or run the gate on a host for %s.", s.EnginePlatform, s.Platform),
			r.evidence...)
	case script(name):
		return report(wrongArchitecture, message,
			"It is a script whose first line is not #! and an interpreter: the kernel executes no other scripts.",
			fmt.Sprintf("Make the first line of %s #!/bin/sh (or whatever it is written for), without an empty line or a byte order mark before it.", quote(name)),
			r.evidence...)
	}
	cause := "It was built for another processor, it is a script without a #! line, or it is empty or cut short."
	if engine != "" {
		cause = fmt.Sprintf("It was built for another processor than %s, it is a script without a #! line, or it is empty or cut short.", engine)
	}
	return report(wrongArchitecture, message, cause,
		"Check the file with `file`, and GOARCH, --target or --platform where it is built; in a multi-stage Dockerfile every stage needs the right platform.",
		r.evidence...)
}

// script reports whether a file is a script by its name.
func script(name string) bool {
	for _, ending := range []string{".sh", ".bash", ".py", ".rb", ".pl", ".js"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// architectureOf returns the second part of os/arch[/variant].
func architectureOf(platform string) string {
	parts := strings.Split(platform, "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// emulator is what QEMU and Rosetta print when a program for another processor is started in an image that lacks that
// processor's libraries. (From public reports; not produced here.)
var emulator = lazyregexp.MustCompile(`^(?:rosetta error: failed to open elf at|qemu-(\S+): Could not open) '?(/[^':]+)'?`)

func judgeEmulator(s scene) (finding.Finding, bool) {
	if !s.Exited || s.ExitCode == 0 {
		return finding.Finding{}, false
	}
	for i, l := range s.output {
		m := emulator.FindStringSubmatch(l.Text)
		if m == nil || s.after(i) > 5 {
			continue
		}
		return report(wrongArchitecture,
			fmt.Sprintf("A program for another processor was started under emulation, and the image has no %s for it.", quote(m[2])),
			"The image holds programs of two architectures: one of them was downloaded or copied for the wrong one.",
			"Choose the architecture of what the Dockerfile downloads by TARGETARCH, or give --platform to every stage.",
			l.evidence()), true
	}
	return finding.Finding{}, false
}

// foreignLibrary is the JDK's remark when a native library is for another processor (os_linux.cpp, os::dll_load).
var foreignLibrary = lazyregexp.MustCompile(`\(Possible cause: can't load (.+?) \.so on a (.+?) platform\)`)

func judgeForeignLibrary(s scene) (finding.Finding, bool) {
	line, message, ok := s.unsatisfiedLink()
	if !ok {
		return finding.Finding{}, false
	}
	m := foreignLibrary.FindStringSubmatch(line.Text)
	if m == nil {
		return finding.Finding{}, false
	}
	library, _, _ := strings.Cut(message, ": ")
	return report(wrongArchitecture,
		fmt.Sprintf("The JVM could not load %s: it is built for %s and the platform is %s.", quote(library), m[1], m[2]),
		"The native part of a dependency was packed for another processor.",
		fmt.Sprintf("Add the dependency's native artifact (classifier) for %s, or build the image on that platform.", m[2]),
		line.evidence()), true
}
