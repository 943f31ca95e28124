package diagnose

import (
	"fmt"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const buildpackLauncher = "buildpack-launcher"

var launcherMarkers = []marker{
	{text: "failed to launch: "},
	{text: "failed to set platform API: "},
	{text: "failed to get platform API version"},
	{text: "failed to parse platform API '"},
	{text: "failed to set API for buildpack '"},
	{text: "failed to read metadata: "},
}

// The launcher's exit codes (platform specification; older releases end with 1).
const (
	exitLaunch       = 82
	exitPlatformAPI  = 11
	exitBuildpackAPI = 12
)

// launcherError is the launcher's last line (lifecycle, cmd/exit.go). A clock may stand in front of it.
var launcherError = lazyregexp.MustCompile(`^(?:\S+ )?ERROR: failed to (launch|set platform API|get platform API version|parse platform API|set API for buildpack '[^']*'|read metadata)(?:[:;] ?| ')(.*)$`)

// judgeLauncher looks for a launcher of Cloud Native Buildpacks that could not start the process.
func judgeLauncher(s scene) (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterLauncherly; i-- {
		m := launcherError.FindStringSubmatch(s.output[i].Text)
		if m == nil || s.ranAfter(i) {
			continue
		}
		if strings.Contains(m[2], "/memory-calculator'") {
			if _, ok := judgeMemoryCalculator(s); ok {
				return finding.Finding{}, false // that it failed is no news beside why
			}
		}
		return s.launcherReport(i, m[1], m[2])
	}
	return finding.Finding{}, false
}

// launcherReport explains a failed action of the launcher. Other programs fail to launch things, too: it has to have the
// launcher's own words, or its exit code.
func (s scene) launcherReport(i int, action, words string) (finding.Finding, bool) {
	evidence := []finding.Evidence{s.output[i].evidence()}
	const versions = "The image's lifecycle is older or newer than the platform that runs the image, or than the buildpacks in it."
	switch {
	case action == "set platform API" || strings.HasSuffix(action, "platform API version") || action == "parse platform API":
		return report(buildpackLauncher, fmt.Sprintf("The launcher could not start the process: %s.", trimStop("it cannot speak the platform API that it was asked for: "+words)),
			versions, "Leave CNB_PLATFORM_API out of the environment, or rebuild the image with a builder whose lifecycle supports that version.", evidence...), true
	case strings.HasPrefix(action, "set API for buildpack"):
		return report(buildpackLauncher, fmt.Sprintf("The launcher could not start the process: %s.", trimStop("a buildpack of the image speaks a version of the API that it does not: "+words)),
			versions, "Rebuild the image with a builder whose lifecycle and buildpacks fit together.", evidence...), true
	case action == "read metadata":
		return report(buildpackLauncher, fmt.Sprintf("The launcher could not read what the build wrote for it: %s.", trimStop(words)),
			"The file config/metadata.toml of the layers directory is missing, or the user the container runs as may not read it.",
			"Rebuild the image; check that no volume hides /layers and that USER and CNB_LAYERS_DIR are the builder's.", evidence...), true
	}
	for _, l := range launcherFailures {
		if m := l.shape.FindStringSubmatch(words); m != nil {
			told := l.tell(s, m)
			return report(buildpackLauncher, told.message, told.cause, told.remedy, append(s.helperEvidence(i, m), evidence...)...), true
		}
	}
	if s.ExitUnknown || s.ExitCode != exitLaunch {
		return finding.Finding{}, false
	}
	return report(buildpackLauncher, fmt.Sprintf("The launcher could not start the process: %s.", trimStop(words)), "", "", evidence...), true
}

// helperEvidence quotes what a helper said before it failed: the lines right above the launcher's.
func (s scene) helperEvidence(i int, m []string) []finding.Evidence {
	if !strings.HasPrefix(m[0], "exec.d: ") {
		return nil
	}
	var quoted []finding.Evidence
	for _, l := range s.above(i, 3) {
		quoted = append(quoted, l.evidence())
	}
	return quoted
}

// launcherFailures are what the launcher says of why it could not launch (launch/launcher.go, process.go, exec_d.go).
var launcherFailures = []struct {
	shape *lazyregexp.Regexp
	tell  func(s scene, m []string) initReason
}{
	{lazyregexp.MustCompile(`^determine start command: when there is no default process a command is required`), func(scene, []string) initReason {
		return initReason{message: "The launcher has nothing to start: the image has no default process, and no command was given.",
			cause:  "No buildpack contributed a process type web (or the one that was asked for), or the image's entrypoint is the launcher itself.",
			remedy: "Set the default process when building (pack build --default-process), add a Procfile, or give the command: command: in gate.yaml."}
	}},
	{lazyregexp.MustCompile(`^determine start command: process type (.+) was not found`), func(_ scene, m []string) initReason {
		return initReason{message: fmt.Sprintf("The launcher has nothing to start: the image has no process type %s.", quote(m[1])),
			cause: "The build that made the image contributed other process types.", remedy: "Use one of the image's own (pack inspect IMAGE lists them), or add it to the Procfile and rebuild."}
	}},
	{lazyregexp.MustCompile(`^exec\.d: failed to (?:execute|decode output from|read output from) exec\.d file at path '(.+?)': (.+)$`), func(_ scene, m []string) initReason {
		return initReason{message: fmt.Sprintf("The launcher could not start the process: the helper %s failed: %s.", quote(helperName(m[1])), trimStop(m[2])),
			cause:  fmt.Sprintf("The buildpack that brought %s runs it before every start; the lines above are its own.", m[1]),
			remedy: "Do what the helper asks for (often a binding, a variable or a memory limit), or rebuild with the builder version that last worked."}
	}},
	{lazyregexp.MustCompile(`^path lookup: exec: "(.+?)": (.+)$`), func(_ scene, m []string) initReason {
		return initReason{message: fmt.Sprintf("The launcher could not start the process: %s: %s.", quote(m[1]), trimStop(m[2])),
			cause:  "The process type names a program that is not on $PATH in the run image, or may not be executed.",
			remedy: fmt.Sprintf("Put %s into the application or install it with a buildpack; with a command of your own check its name.", quote(m[1]))}
	}},
	{lazyregexp.MustCompile(`^(?:direct|bash) exec: (?:fork/exec \S+: )?(exec format error|no such file or directory|permission denied)`), func(_ scene, m []string) initReason {
		r := initReason{message: fmt.Sprintf("The launcher could not start the process: %s.", m[1]),
			remedy: "Check the program the process type names (pack inspect IMAGE), and that it was built for this platform."}
		if m[1] == "no such file or directory" {
			r.cause = "The program is there and the interpreter it names is not: a start script in a run image without a shell (tiny, static)."
			r.remedy = "Use a run image with a shell (the base builder), or let the process be java itself."
		}
		return r
	}},
	{lazyregexp.MustCompile(`^change (?:to app )?directory: (.+)$`), func(_ scene, m []string) initReason {
		return initReason{message: fmt.Sprintf("The launcher could not enter the application's directory: %s.", trimStop(m[1])),
			cause: "A volume hides it, CNB_APP_DIR names another, or the user the container runs as may not enter it.", remedy: "Check the mounts, CNB_APP_DIR and USER."}
	}},
	{lazyregexp.MustCompile(`^no command provided for process type`), func(scene, []string) initReason {
		return initReason{message: "The launcher has nothing to start: the process type has no command.", remedy: "Give it one in the Procfile or project.toml, and rebuild."}
	}},
}

// helperName is the last part of a helper's path.
func helperName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
