package testimage_test

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/image"
	"bootgate/testdata/images"
	"bootgate/testdata/testimage"
)

// dockerRun runs a container of ref to its end and returns what it printed.
func dockerRun(t *testing.T, ref string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", append([]string{"run", "--rm", ref}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker run %s: %v\n%s", ref, err, out)
	}
	return string(out)
}

func TestAppRunsItsScript(t *testing.T) {
	ref := testimage.App(t, testimage.Config{
		Args: []string{"env=COLOUR", "id", "cat=/hello"}, Env: []string{"COLOUR=blue"}, User: "1000:1000", WorkingDir: "/work",
		Files: []image.File{{Path: "/hello", Mode: 0o644, Content: []byte("hello\n")}},
	})
	want := "COLOUR=blue\nuid=1000 gid=1000 cwd=/work\nhello\n"
	if diff := cmp.Diff(want, dockerRun(t, ref)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestAppTakesAnotherScript(t *testing.T) {
	ref := testimage.App(t, testimage.Config{Args: []string{"exit=1"}})
	if diff := cmp.Diff("other\n", dockerRun(t, ref, "print=other")); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestJVMRunsAClass(t *testing.T) {
	ref := testimage.JVM(t, "", `public class Hello {
	public static void main(String[] args) { System.out.println("hello from " + System.getProperty("java.vm.name")); }
}`)
	if got := dockerRun(t, ref); !strings.HasPrefix(got, "hello from ") {
		t.Errorf("output %q does not start with a greeting", got)
	}
}

func TestImagesAreGoneAfterTheirTest(t *testing.T) {
	const label = "bootgate.test.gone"
	var ref string
	t.Run("a test with an image", func(t *testing.T) {
		ref = testimage.App(t, testimage.Config{Labels: map[string]string{label: "1"}})
	})
	testimage.Leftovers(t, label)
	if err := exec.CommandContext(t.Context(), "docker", "image", "inspect", ref).Run(); err == nil {
		t.Errorf("image %s is still there", ref)
	}
}

// recorder is a test that remembers that it failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestLeftoversAreSeen(t *testing.T) {
	const label = "bootgate.test.left"
	testimage.App(t, testimage.Config{Labels: map[string]string{label: "1"}})
	r := &recorder{TB: t}
	testimage.Leftovers(r, label)
	if !r.failed {
		t.Error("an image that is there was not seen")
	}
}

func TestAppImageHasALayer(t *testing.T) {
	layers, err := testimage.AppImage(t, images.Config{}).Layers()
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 1 {
		t.Fatalf("image has %d layers, want 1", len(layers))
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	n, err := io.Copy(io.Discard, content)
	if err != nil || n < 1<<20 {
		t.Errorf("the layer has %d bytes (error %v), want the program's", n, err)
	}
}
