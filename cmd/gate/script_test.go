package main_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts get into their golden files")

// TestScripts runs testdata/script/*.txtar: the gate as a user runs it, with a real engine and real registries. Beside
// the commands of testscript there are:
//
//	image NAME [flag...] [word...]    make an image that runs the fixture with these words (script_image_test.go)
//	registry [-auth U:P] [-fault F]   start a registry on the loopback interface; its address is $REGISTRY; with a fault such
//	                                  as change:layer or 503:manifest:1 (faults.ParseHarm) reading from it goes wrong
//	layers none|some                  whether the registry has given out layers so far
//	login HOST USER PASSWORD          write credentials into $HOME/.docker/config.json
//	exits CODE PROGRAM [argument...]  run a program that must end with this exit code; the gate must stay in its bounds
//	reason REGEXP                     the last line of stderr must match
//	verdict FILE VERDICT [RULE...]    the JSON report in FILE must have this verdict, and findings of just these rules
//	identity FILE KEY=VALUE...        the only image in the JSON report in FILE must have these values (null is empty)
//	normalise FILE TO                 copy FILE, or stdout or stderr, without what differs from run to run
//	outputs FILE                      print what the Actions runner reads from a file of outputs, in order
//	template FILE TO                  copy FILE with $NAMES replaced by their values
//	half FILE                         cut the second half of FILE off
//	unload                            remove the script's images from the engine
//	left, clean                       something, or nothing, must be left of the gate's runs
//
// Every script ends with clean of its own accord.
func TestScripts(t *testing.T) {
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setUp(env, dir) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"image": imageCommand, "registry": registryCommand, "login": loginCommand,
			"layers": layersCommand, "exits": exitsCommand, "reason": reasonCommand, "verdict": verdictCommand,
			"normalise": normaliseCommand, "outputs": outputsCommand, "left": leftCommand, "clean": cleanCommand,
			"identity": identityCommand, "half": halfCommand, "template": templateCommand, "unload": unloadCommand,
		},
	})
}

// lab is what a script works with beside its files.
type lab struct {
	// name is unique to the script; all its images carry it as a label.
	name string
	// programs is the directory of the programs.
	programs string
	// temporary is the gate's folder for temporary files.
	temporary string
	// tags are what the script itself has loaded into the engine.
	tags []string
	// credentials are those of the script's registry, as USER:PASSWORD.
	credentials string
	// layers is how many layers the script's registry has given out.
	layers atomic.Int64
}

type labKey struct{}

func labOf(ts *testscript.TestScript) *lab {
	l, ok := ts.Value(labKey{}).(*lab)
	if !ok {
		ts.Fatalf("the script has no lab")
	}
	return l
}

// setUp prepares the environment of a script.
func setUp(env *testscript.Env, programs string) error {
	l := &lab{name: strings.ToLower(rand.Text()[:10]), programs: programs, temporary: env.Getenv("TMPDIR")}
	env.Values[labKey{}] = l
	env.Setenv("PATH", programs+string(os.PathListSeparator)+env.Getenv("PATH"))
	home := filepath.Join(env.WorkDir, "home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("GOARCH", runtime.GOARCH)
	env.Setenv("UNIQUE", l.name)
	if host, ok := os.LookupEnv("DOCKER_HOST"); ok {
		env.Setenv("DOCKER_HOST", host)
	}
	env.Defer(func() {
		if err := l.tearDown(); err != nil {
			env.T().Fatal(err)
		}
	})
	return nil
}

// tearDown removes the script's images, and complains about what the gate left.
func (l *lab) tearDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	cli, err := newEngine(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	left, err := l.left(ctx, cli)
	if err != nil {
		return err
	}
	err = errors.Join(removeAll(ctx, cli, left), l.unload())
	if len(left) > 0 {
		err = errors.Join(fmt.Errorf("the gate left behind %s", strings.Join(left, ", ")), err)
	}
	return err
}

// unload removes the script's own images from the engine.
func (l *lab) unload() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	cli, err := newEngine(ctx)
	if err != nil {
		return err
	}
	defer cli.Close()
	var things []string
	for _, tag := range l.tags {
		things = append(things, "image "+tag)
	}
	l.tags = nil
	return removeAll(ctx, cli, things)
}

// exitsCommand runs a program. The gate is watched: it must never hold more than memoryLimit.
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	peak := filepath.Join(labOf(ts).temporary, "peak")
	command := args[1:]
	watched := command[0] == "gate"
	if watched {
		command = append([]string{filepath.Join(labOf(ts).programs, "peak"), peak, filepath.Join(labOf(ts).programs, "gate")}, command[1:]...)
	}
	err = ts.Exec(command[0], command[1:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if !watched {
		return
	}
	held, err := strconv.ParseInt(strings.TrimSpace(ts.ReadFile(peak)), 10, 64)
	ts.Check(err)
	ts.Logf("[peak resident set %d KiB]", held)
	if held<<10 > memoryLimit {
		ts.Fatalf("the gate held %d KiB, more than %d", held, memoryLimit>>10)
	}
}

// memoryLimit is the most memory the gate may have resident, in bytes, whatever an image does.
const memoryLimit = 64_000_000

func reasonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: reason REGEXP")
	}
	re, err := regexp.Compile(args[0])
	ts.Check(err)
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	if last := lines[len(lines)-1]; re.MatchString(last) == neg {
		ts.Fatalf("the last line on stderr is %q", last)
	}
}

// verdictReport is the part of a JSON report that a script asks about.
type verdictReport struct {
	Schema  int            `json:"schema"`
	Verdict string         `json:"verdict"`
	Images  []verdictImage `json:"images"`
	Inputs  []verdictImage `json:"inputs"` // of a diagnosis
}

// verdictImage is what was found out about an image, or in an input.
type verdictImage struct {
	Verdict  string `json:"verdict"`
	Findings []struct {
		Rule       string          `json:"rule"`
		Remedy     string          `json:"remedy"`
		Suppressed json.RawMessage `json:"suppressed"`
	} `json:"findings"`
}

func verdictCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: verdict FILE VERDICT [RULE...]")
	}
	var report verdictReport
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &report))
	got := []string{report.Verdict}
	for _, img := range append(report.Images, report.Inputs...) {
		for _, f := range img.Findings {
			got = append(got, f.Rule)
			if f.Remedy == "" {
				ts.Fatalf("the finding of rule %s has no remedy", f.Rule)
			}
		}
	}
	if diff := cmp.Diff(args[1:], got); diff != "" {
		ts.Fatalf("verdict and rules (-want +got):\n%s", diff)
	}
	if report.Schema != 1 {
		ts.Fatalf("schema is %d, want 1", report.Schema)
	}
}

func identityCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: identity FILE KEY=VALUE...")
	}
	var report struct {
		Images []map[string]any `json:"images"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &report))
	if len(report.Images) != 1 {
		ts.Fatalf("the report is about %d images, not one", len(report.Images))
	}
	for _, pair := range args[1:] {
		key, want, _ := strings.Cut(pair, "=")
		in := report.Images[0]
		if outer, inner, ok := strings.Cut(key, "."); ok {
			in, _ = in[outer].(map[string]any)
			key = inner
		}
		got := in[key]
		if got == nil {
			got = ""
		}
		if got != want {
			ts.Fatalf("%s is %q, want %q", key, got, want)
		}
	}
}

// outputsCommand reads a file of outputs the way the Actions runner does (actions/runner, FileCommandManager.cs):
// NAME=VALUE, or NAME<<DELIMITER and lines up to the delimiter.
func outputsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: outputs FILE")
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		equals, heredoc := strings.Index(lines[i], "="), strings.Index(lines[i], "<<")
		if heredoc < 0 || equals >= 0 && equals < heredoc {
			if equals < 1 {
				ts.Fatalf("line %d of %s is no output: %q", i+1, args[0], lines[i])
			}
			fmt.Fprintln(ts.Stdout(), lines[i])
			continue
		}
		name, delimiter := lines[i][:heredoc], lines[i][heredoc+2:]
		var value []string
		for i++; i < len(lines) && lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		if i == len(lines) || name == "" || delimiter == "" {
			ts.Fatalf("the value of output %q in %s has no end", name, args[0])
		}
		fmt.Fprintf(ts.Stdout(), "%s=%s\n", name, strings.Join(value, "\n"))
	}
}

func leftCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: left")
	}
	if left := labLeft(ts); len(left) == 0 {
		ts.Fatalf("nothing is left of the gate's runs")
	}
}

func cleanCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: clean")
	}
	if left := labLeft(ts); len(left) > 0 {
		ts.Fatalf("the gate left behind %s", strings.Join(left, ", "))
	}
}

func labLeft(ts *testscript.TestScript) []string {
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	cli, err := newEngine(ctx)
	ts.Check(err)
	defer cli.Close()
	left, err := labOf(ts).left(ctx, cli)
	ts.Check(err)
	return left
}

func templateCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: template FILE TO")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

func halfCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: half FILE")
	}
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()/2))
}

func unloadCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: unload")
	}
	ts.Check(labOf(ts).unload())
}

// differs are the parts of an output that differ from run to run, machine to machine or version to version, and what
// stands for them in a golden file.
var differs = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`sha256:[0-9a-f]{12,64}`), "sha256:DIGEST"},
	{regexp.MustCompile(`\bid [0-9a-f]{12}\b`), "id ID"},
	{regexp.MustCompile(`(bootgate-test/[a-z0-9-]+):[a-z2-7]{10}\b`), "$1:TAG"},
	{regexp.MustCompile(`\bbootgate-[0-9a-f]{12}-`), "bootgate-RUN-"},
	{regexp.MustCompile(`\b127\.0\.0\.1:\d+`), "REGISTRY"},
	{regexp.MustCompile(`\b172\.\d+\.\d+\.\d+\b`), "ADDRESS"},
	{regexp.MustCompile(`\blinux/(amd64|arm64)\b`), "linux/ARCH"},
	{regexp.MustCompile(`\bgo1\.\d+(\.\d+)?\b`), "GO"},
	{regexp.MustCompile(` \(\d+ attempts\)`), ""},
	{regexp.MustCompile(`\b\d+ min \d+ s\b`), "TIME"},
	{regexp.MustCompile(`\b\d+(\.\d+)? ?(ns|µs|ms|s)\b`), "TIME"},
	{regexp.MustCompile(`\bat most TIME\b`), "TIME"}, // on a busy host the engine may not tell
	{regexp.MustCompile(`\b\d+(\.\d+)? ?(KiB|MiB|GiB|KB|kB|MB|GB)\b`), "SIZE"},
	{regexp.MustCompile(`\b\d+ of \d+ bytes\b`), "N of M bytes"},
	// Only some kernels tell the peak, and only of a process that lived long enough.
	{regexp.MustCompile(`(?m)^ +memory +peak SIZE\n`), ""},
	{regexp.MustCompile(`(?m)engine │ .+`), "engine │ ITS WORDS"},
}

func normaliseCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: normalise FILE TO")
	}
	text := strings.ReplaceAll(ts.ReadFile(args[0]), ts.Getenv("WORK"), "$WORK")
	for _, d := range differs {
		text = d.pattern.ReplaceAllString(text, d.instead)
	}
	var out bytes.Buffer
	for line := range strings.Lines(text) {
		fmt.Fprintln(&out, strings.TrimRight(line, " \n"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}
