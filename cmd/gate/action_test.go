package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/testdata/cache"
	"bootgate/testdata/testimage"
	"bootgate/testdata/testtool"
)

// workflowRun is one run of testdata/action/check.yml by nektos/act, the runner that works without GitHub.
type workflowRun struct {
	// vars are the workflow's variables, which it hands to the action as inputs.
	vars map[string]string
	// sources puts the sources of the gate beside the action, so that it can be built.
	sources bool
	// broken adds a file to the sources that does not compile.
	broken bool
	// home is the runner's home directory, with its tool cache. Default: a new one.
	home string
	// path is PATH. Default: this process's.
	path string
}

// workflowResult is what a run of the workflow did.
type workflowResult struct {
	// job is the result of the job with the action: "success" or "failure".
	job string
	// verdict, digest and report are the action's outputs as the next job sees them.
	verdict, digest, report string
	// log is what the action printed, without workflow commands.
	log string
	// summary is the step summary.
	summary string
	// commands are the workflow commands that the runner obeyed, outputs included.
	commands []actRecord
}

// actRecord is a line of act's JSON log.
type actRecord struct {
	JobID     string `json:"jobID"`
	JobResult string `json:"jobResult"`
	Output    bool   `json:"raw_output"`
	Message   string `json:"msg"`
	Command   string `json:"command"`
	Name      string `json:"name"`
	Arg       string `json:"arg"`
	Content   string `json:"content"`
}

func (r workflowRun) run(t *testing.T) workflowResult {
	t.Helper()
	act, err := testtool.Build(t.Context(), testtool.Act())
	if err != nil {
		t.Fatal(err)
	}
	if r.home == "" {
		r.home = t.TempDir()
	}
	if r.path == "" {
		r.path = os.Getenv("PATH")
	}
	args := []string{
		"push", "--platform", "ubuntu-latest=-self-hosted", "--json", "--workflows", "check.yml",
		"--no-cache-server", "--artifact-server-addr", "127.0.0.1", "--cache-server-addr", "127.0.0.1",
	}
	for name, value := range r.vars {
		args = append(args, "--var", name+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), act, args...)
	cmd.Dir = actRepository(t, r)
	cmd.Env = append(goEnvironment(t), "HOME="+r.home, "PATH="+r.path, "TMPDIR="+t.TempDir(), "DOCKER_HOST="+os.Getenv("DOCKER_HOST"))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("running act: %v\n%s", err, stderr.Bytes())
	}
	result := readActLog(t, &stdout)
	if result.job == "" {
		t.Fatalf("the job with the action has no result\n%s", stderr.Bytes())
	}
	return result
}

// readActLog makes sense of act's log. Records of the action's own step are those of a composite, which act writes
// twice: the command records are kept once.
func readActLog(t *testing.T, log *bytes.Buffer) workflowResult {
	t.Helper()
	var result workflowResult
	var lines strings.Builder
	scanner := bufio.NewScanner(log)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		var record actRecord
		if err := json.Unmarshal(scanner.Bytes(), &record); err != nil {
			t.Fatalf("act printed %q: %v", scanner.Text(), err)
		}
		switch {
		case record.JobID == "after" && strings.HasPrefix(record.Message, "outputs<"):
			outputs := strings.Split(strings.TrimSuffix(strings.TrimPrefix(record.Message, "outputs<"), ">\n"), "><")
			if len(outputs) != 3 {
				t.Fatalf("the later job printed %q", record.Message)
			}
			result.verdict, result.digest, result.report = outputs[0], outputs[1], outputs[2]
		case record.JobID != "check":
		case record.JobResult != "":
			result.job = record.JobResult
		case record.Command == "summary":
			result.summary = record.Content
		case record.Command != "":
			result.commands = append(result.commands, record)
		case record.Output:
			lines.WriteString(record.Message)
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	result.log = lines.String()
	return result
}

// actRepository makes a repository with the action in it, as act wants to see one.
func actRepository(t *testing.T, r workflowRun) string {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string]string{"action.yml": "action.yml", "testdata/action/check.yml": "check.yml"}
	if r.sources {
		files["go.mod"], files["go.sum"] = "go.mod", "go.sum"
		for _, folder := range []string{"cmd", "gate"} {
			if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if r.broken {
		if err := os.WriteFile(filepath.Join(dir, "cmd", "gate", "broken.go"), []byte("package"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range files {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(from)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"-c", "user.name=Bootgate", "-c", "user.email=bootgate@example.com", "commit", "--quiet", "--allow-empty", "--message=Start"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		if err := cache.Run(cmd); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goEnvironment returns the settings a Go build needs to find what this process's has downloaded and built.
func goEnvironment(t *testing.T) []string {
	t.Helper()
	var env []string
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN"} {
		value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env
}

// builtGate builds the gate and returns its path.
func builtGate(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gate")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if err := cache.Run(cmd); err != nil {
		t.Fatal(err)
	}
	return path
}

// toolsWithoutGo returns a PATH with what the action and act call, except for go.
func toolsWithoutGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"bash", "cat", "cut", "docker", "find", "git", "mkdir", "mktemp", "mv", "node", "rm", "sha256sum", "sort"} {
		path, err := exec.LookPath(name)
		if name == "node" && err != nil {
			continue // act looks for it, and does without
		}
		if err != nil {
			t.Fatalf("this test needs %s: %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestActionVerdict(t *testing.T) {
	gate := builtGate(t)
	ready := testimage.App(t, testimage.Config{Name: "action-ready", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	failing := testimage.App(t, testimage.Config{Name: "action-exit", Args: []string{"eprint=no database", "exit=3"}})
	broken := testimage.App(t, testimage.Config{Name: "action-broken", Args: []string{"eprint=no broker", "exit=4"}})
	type outcome struct{ Job, Verdict string }
	tests := []struct {
		name string
		vars map[string]string
		want outcome
		says string // in the step summary
	}{
		{name: "a healthy server passes", vars: map[string]string{"IMAGES": ready, "ARGS": "--stays-up=0s"}, want: outcome{"success", "pass"}},
		{name: "a crash fails", vars: map[string]string{"IMAGES": failing}, want: outcome{"failure", "fail"}},
		{name: "one bad image of two fails", vars: map[string]string{"IMAGES": ready + "\n" + failing, "ARGS": "--stays-up=1s"},
			want: outcome{"failure", "fail"}},
		{name: "inputs reach the gate", vars: map[string]string{
			"IMAGES": ready, "AS": "service", "READY": "http:8080/\ntcp:8080", "WITHIN": "30s", "ARGS": "--stays-up=0s\n--memory=256MiB",
		}, want: outcome{"success", "pass"}},
		{name: "a baseline that comes up shows that the image is at fault", vars: map[string]string{
			"IMAGES": failing, "AS": "service", "BASELINE": "\n  " + ready + "  \n",
		}, want: outcome{"failure", "fail"}, says: "image-regression"},
		{name: "a baseline for each of two images", vars: map[string]string{
			"IMAGES": ready + "\n" + failing, "ARGS": "--stays-up=1s", "BASELINE": ready + "=" + failing + "\n" + failing + "=" + ready, "CONTROL": "always",
		}, want: outcome{"failure", "fail"}, says: "fails under the conditions in which the image passes"},
		{name: "a baseline that fails as well leaves it open", vars: map[string]string{
			"IMAGES": failing, "AS": "service", "ARGS": "--stops-within=1s", "BASELINE": broken,
		}, want: outcome{"failure", "inconclusive"}, says: "host-cannot-start"},
		{name: "a wrong flag is an error", vars: map[string]string{"IMAGES": ready, "ARGS": "--no-such-flag"}, want: outcome{"failure", "error"}},
		{name: "a working directory that is not there is an error", vars: map[string]string{"IMAGES": ready, "DIRECTORY": "nowhere"},
			want: outcome{"failure", "error"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.vars["BINARY"] = gate
			got := workflowRun{vars: tt.vars}.run(t)
			if diff := cmp.Diff(tt.want, outcome{got.job, got.verdict}); diff != "" {
				t.Errorf("outcome (-want +got):\n%s\nlog:\n%s", diff, got.log)
			}
			if tt.want.Verdict != "error" && !strings.Contains(strings.ToLower(got.summary), tt.want.Verdict) {
				t.Errorf("the step summary does not say %q:\n%s", tt.want.Verdict, got.summary)
			}
			if !strings.Contains(got.summary, tt.says) {
				t.Errorf("the step summary does not say %q:\n%s", tt.says, got.summary)
			}
		})
	}
}

func TestActionReport(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.json")
	image := testimage.App(t, testimage.Config{Name: "action-report"})
	got := workflowRun{vars: map[string]string{"BINARY": builtGate(t), "IMAGES": image, "REPORT": report, "AS": "job"}}.run(t)
	if got.report != report {
		t.Errorf("output report is %q, want %q", got.report, report)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("%v\nlog:\n%s", err, got.log)
	}
	var content struct {
		Schema  int    `json:"schema"`
		Verdict string `json:"verdict"`
	}
	if err := json.Unmarshal(data, &content); err != nil {
		t.Fatal(err)
	}
	if content.Schema != 1 || content.Verdict != "pass" {
		t.Errorf("the report has schema %d and verdict %q, want 1 and pass", content.Schema, content.Verdict)
	}
}

// TestActionHostileImage boots an image that prints what would take over a careless log: each line that a runner obeys
// carries the word "owned".
func TestActionHostileImage(t *testing.T) {
	hostile := testimage.App(t, testimage.Config{Name: "action-hostile", Args: []string{
		"print=::set-output name=verdict::pass", "print=::set-output name=owned::owned", "print=::error::owned",
		`write=x\r::error::owned\n`, `print=\u00a0::warning::owned`, "print=##[error]owned", "eprint=::add-mask::fail",
		"print=::set-env name=OWNED::owned", "print=::add-path::owned", "print=::stop-commands::owned",
		"print=verdict=pass", "print=verdict<<owned", "print=# PASS", "print=_GitHubActionsFileCommandDelimeter_", "exit=3",
	}})
	got := workflowRun{vars: map[string]string{"BINARY": builtGate(t), "IMAGES": hostile}}.run(t)
	if got.job != "failure" || got.verdict != "fail" {
		t.Errorf("job %q with verdict %q, want failure and fail", got.job, got.verdict)
	}
	allowed := []string{"set-output", "error", "warning", "notice", "group", "endgroup", "stop-commands"}
	for i, command := range got.commands {
		resume := i > 0 && got.commands[i-1].Command == "stop-commands" && command.Command == got.commands[i-1].Arg
		if !resume && !slices.Contains(allowed, command.Command) {
			t.Errorf("the runner obeyed %q with %q", command.Command, command.Arg)
		}
		if command.Command == "set-output" && !slices.Contains([]string{"verdict", "digest", "report"}, command.Name) {
			t.Errorf("the runner set output %q", command.Name)
		}
		if command.Arg == "owned" {
			t.Errorf("the runner obeyed the container's %q", command.Command)
		}
	}
	for line := range strings.FieldsFuncSeq(got.log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
			t.Errorf("GitHub's own runner would obey the line %q", line)
		}
	}
	if strings.Contains("\n"+got.summary, "\n# PASS") {
		t.Errorf("the summary has a heading of the container's:\n%s", got.summary)
	}
}

func TestActionInputsAreNotEvaluated(t *testing.T) {
	trap := filepath.Join(t.TempDir(), "trap")
	bait := "x$(touch " + trap + ")`touch " + trap + "`; touch " + trap + " #'\"${{ 1 }}"
	gate := builtGate(t)
	for _, input := range []string{"IMAGES", "AS", "READY", "WITHIN", "BASELINE", "CONTROL", "ARGS", "DIRECTORY", "REPORT", "BINARY"} {
		t.Run(input, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"BINARY": gate, "IMAGES": "bootgate-test/none:none"}
			vars[input] = bait
			got := workflowRun{vars: vars}.run(t)
			if got.verdict == "pass" || got.verdict == "" {
				t.Errorf("verdict %q", got.verdict)
			}
			if _, err := os.Stat(trap); err == nil {
				t.Error("a part of an input was run")
			}
		})
	}
}

func TestActionBuildsTheGateFromItsSources(t *testing.T) {
	home := t.TempDir()
	image := testimage.App(t, testimage.Config{Name: "action-build"})
	vars := map[string]string{"IMAGES": image, "AS": "job"}
	if got := (workflowRun{vars: vars, sources: true, home: home}).run(t); got.verdict != "pass" {
		t.Fatalf("first use: verdict %q, want pass\n%s", got.verdict, got.log)
	}
	got := workflowRun{vars: vars, sources: true, home: home, path: toolsWithoutGo(t)}.run(t)
	if got.verdict != "pass" {
		t.Errorf("second use, out of the tool cache: verdict %q, want pass\n%s", got.verdict, got.log)
	}
}

func TestActionSaysWhatIsMissing(t *testing.T) {
	nowhere := map[string]string{"BINARY": "nowhere/gate"}
	tests := []struct {
		name string
		run  workflowRun
		want string
	}{
		{name: "no binary and no Go", run: workflowRun{sources: true, path: toolsWithoutGo(t)}, want: "actions/setup-go"},
		{name: "no binary and no sources", run: workflowRun{}, want: "not beside action.yml"},
		{name: "sources that do not compile", run: workflowRun{sources: true, broken: true}, want: "could not be built"},
		{name: "a binary that is not there", run: workflowRun{vars: nowhere}, want: `"binary" does not name an executable file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// act does not wait for the last of a failing step's output (its pseudo-terminal is copied beside the step, and left
			// when the step fails), so on a busy machine an annotation can be missing from its log, never from a runner's.
			var said bool
			var got workflowResult
			for try := 0; try < 4 && !said; try++ {
				got = tt.run.run(t)
				if got.job != "failure" || got.verdict != "error" {
					t.Errorf("job %q with verdict %q, want failure and error", got.job, got.verdict)
				}
				said = slices.ContainsFunc(got.commands, func(c actRecord) bool { return c.Command == "error" && strings.Contains(c.Arg, tt.want) })
			}
			if !said {
				t.Errorf("no annotation says %q; log:\n%s", tt.want, got.log)
			}
		})
	}
}
