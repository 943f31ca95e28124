package main_test

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	cerrdefs "github.com/containerd/errdefs"

	"bootgate/testdata/testimage"
)

// demoImage is how the demo says which images it made.
var demoImage = regexp.MustCompile(`(?m)^made (bootgate-demo/\S+)$`)

// checkDemoImages fails the test when an image of the demo is still there.
func checkDemoImages(t *testing.T, got outcome) {
	t.Helper()
	made := demoImage.FindAllStringSubmatch(got.stderr, -1)
	if len(made) == 0 {
		t.Errorf("the demo made no images:\n%s", got.stderr)
	}
	cli := testimage.Engine(t)
	for _, match := range made {
		if _, err := cli.ImageInspect(t.Context(), match[1]); !cerrdefs.IsNotFound(err) {
			t.Errorf("image %s is still there (error %v)", match[1], err)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	got := gateRun{temporary: temporary(t), args: []string{"demo"}}.run(t)
	if got.code != 0 {
		t.Fatalf("exit code %d\nstderr: %s", got.code, got.stderr)
	}
	if !strings.HasPrefix(got.reason(), "gate: the demo went as it should") {
		t.Errorf("the last line on stderr is %q", got.reason())
	}
	for _, want := range []string{
		`(?m)^PASS +healthy +id `, `(?m)^FAIL +dies-late +id `, `(?m)^FAIL +leaks +id `,
		`boot-unstable: The container was ready after \S+, then exited with 3 `, `container-oom-kill: The kernel killed the main process for memory`,
	} {
		if !regexp.MustCompile(want).MatchString(got.stdout) {
			t.Errorf("stdout does not match %q:\n%s", want, got.stdout)
		}
	}
	checkDemoImages(t, got)
}

func TestDemoThatIsInterrupted(t *testing.T) {
	t.Parallel()
	g := gateRun{temporary: temporary(t), args: []string{"demo"}}.start(t)
	<-g.stderr.await("waiting until ready")
	g.signal(syscall.SIGINT)
	got := g.wait()
	if got.code != 130 || got.reason() != "gate: interrupted by SIGINT" {
		t.Errorf("exit code %d, last line %q", got.code, got.reason())
	}
	checkDemoImages(t, got)
}
