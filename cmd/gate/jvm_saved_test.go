package main_test

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"bootgate/testdata/images"
	"bootgate/testdata/testimage"
)

// saved is what the container printed, as docker compose logs shows it; empty when lines of it were not kept.
func (p provoked) saved() string {
	if len(p.Boots) != 1 || p.Boots[0].Output.Dropped > 0 {
		return ""
	}
	output := p.Boots[0].Output
	lines := slices.Concat(output.Head, output.Tail)
	slices.SortFunc(lines, func(a, b provokedLine) int { return cmp.Compare(a.Number, b.Number) })
	var text strings.Builder
	for _, l := range slices.CompactFunc(lines, func(a, b provokedLine) bool { return a.Number == b.Number }) {
		text.WriteString("app-1  | " + l.Text + "\n")
	}
	return text.String()
}

// checkSaved holds gate diagnose to what gate check said: from the saved log alone it must come to the same class and,
// for a crash, to the same first part of the fingerprint. What only the engine knows, no log tells.
func checkSaved(t *testing.T, reports map[string]provoked) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"diagnose", "--format", "json"}
	for name, p := range reports {
		if text := p.saved(); text != "" {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, name)
		}
	}
	for name, got := range diagnosed(t, dir, args) {
		checked := reports[name].first()
		first := provoked{Findings: got}.first()
		if checked.Severity != "error" || checked.Rule == "boot-exit" || checked.Rule == "container-oom-kill" {
			if first.Severity == "error" && first.Rule != checked.Rule {
				t.Errorf("%s: gate diagnose says %s, gate check %s %s\n%s", name, first.Rule, checked.Severity, checked.Rule, reports[name].saved())
			}
			continue
		}
		if first.Rule != checked.Rule || first.Severity != checked.Severity {
			t.Errorf("%s: gate diagnose says %q (%s), gate check %q\n%s", name, first.Rule, first.Severity, checked.Rule, reports[name].saved())
		}
		a, _, _ := strings.Cut(first.Fingerprint, "-")
		b, _, _ := strings.Cut(checked.Fingerprint, "-")
		if a != b && !slices.Contains(reasonElsewhere, name) {
			t.Errorf("%s: the fingerprint of gate diagnose is %q, that of gate check %q", name, first.Fingerprint, checked.Fingerprint)
		}
	}
}

// reasonElsewhere are crashes whose reason stands on stderr, and the report on stdout: which of them a log has first is
// chance.
var reasonElsewhere = []string{"native-assert", "native-free"}

// diagnosed runs gate diagnose in a folder and returns what it found, by file.
func diagnosed(t *testing.T, dir string, args []string) map[string][]provokedFinding {
	t.Helper()
	got := gateRun{temporary: t.TempDir(), dir: dir, args: args}.run(t)
	var report struct {
		Inputs []struct {
			File     string            `json:"file"`
			Findings []provokedFinding `json:"findings"`
		} `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || got.code > 1 {
		t.Fatalf("gate diagnose exits with %d: %v\n%s", got.code, err, got.stderr)
	}
	byFile := map[string][]provokedFinding{}
	for _, input := range report.Inputs {
		byFile[input.File] = input.Findings
	}
	return byFile
}

// savedExpectations are what gate diagnose must say of the logs of provocations that gate check cannot bring about.
var savedExpectations = map[string]expectation{
	"clone3-refused": {rule: "jvm-oom-native-memory", says: `EPERM`, cause: `(?i)seccomp|clone3`, remedy: `(?i)docker|libseccomp`},
	"killed-by-segv": {rule: "jvm-crash-signal", says: `SIGSEGV that was sent`, signal: "SIGSEGV", frame: `C .*`, file: `/work/hs_err_pid1\.log`},
}

// TestSavedCrashes brings containers to their end by means of the engine, and shows their logs to gate diagnose.
func TestSavedCrashes(t *testing.T) {
	t.Parallel()
	for _, home := range javaHomes(t) {
		t.Run(filepath.Base(home), func(t *testing.T) {
			t.Parallel()
			ref := provokeImage(t, home)
			dir := t.TempDir()
			args := []string{"diagnose", "--format", "json"}
			for _, p := range images.Provocations() {
				if p.Plain {
					text := plainLog(t, ref, p)
					if err := os.WriteFile(filepath.Join(dir, p.Name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					args = append(args, p.Name)
				}
			}
			got := diagnosed(t, dir, args)
			for name, e := range savedExpectations {
				t.Run(name, func(t *testing.T) { e.check(t, provoked{Name: name, Verdict: "fail", Findings: got[name]}, home) })
			}
		})
	}
}

// plainLog runs a provocation by the engine alone and returns what it printed.
func plainLog(t *testing.T, ref string, p images.Provocation) string {
	t.Helper()
	cli := testimage.Engine(t)
	config := &container.Config{Image: ref, Entrypoint: p.Entrypoint, Cmd: p.Command, Env: p.Env, Labels: map[string]string{images.Label: "1"}}
	host := &container.HostConfig{NetworkMode: "none"}
	if p.Seccomp != "" {
		host.SecurityOpt = []string{"seccomp=" + p.Seccomp}
	}
	made, err := cli.ContainerCreate(t.Context(), config, host, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		limited, cancel := context.WithTimeout(ctx, cleanLimit)
		defer cancel()
		if err := cli.ContainerRemove(limited, made.ID, container.RemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
			t.Error(err)
		}
	})
	if err := cli.ContainerStart(t.Context(), made.ID, container.StartOptions{}); err != nil {
		t.Fatal(err)
	}
	logs, err := cli.ContainerLogs(t.Context(), made.ID, container.LogsOptions{ShowStdout: true, ShowStderr: true, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer logs.Close()
	out, ended := &syncBuffer{}, make(chan error, 1)
	started := out.await("Provoke starts: ")
	go func() {
		_, err := stdcopy.StdCopy(out, out, logs)
		ended <- err
	}()
	if p.Seccomp == "" {
		select {
		case <-started:
		case <-ended:
			t.Fatalf("%s ended before it was killed:\n%s", p.Name, out)
		}
		if err := cli.ContainerKill(t.Context(), made.ID, "SEGV"); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return out.String()
}
