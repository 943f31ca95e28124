// Made measures what `gate check` finds of images in a registry before it starts them, and prints lines of a Markdown table.
// Call it by made.sh, which builds the gate.
//
//	made ROUNDS GATE
//
// The registry is one in this process, on the loopback interface. One image was made with something known to be bad, and has
// 100 MB of layers: it is compared with pulling it. The other is a Java job with 24 MB of libraries: it is compared with the
// same image when it does not tell which Java it has, so that its classes are not looked at. A round runs both contenders, in
// turns the one and the other first; the ratio is taken within a round, and the median over the rounds is reported.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/gate/image"
	"bootgate/testdata/bench/turns"
	"bootgate/testdata/images"
)

func main() {
	if err := measure(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "made:", err)
		os.Exit(1)
	}
}

// contender is a command with the exit code it must have; after is run after it, and not measured.
type contender struct {
	code           int
	command, after []string
}

func measure(args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: made ROUNDS GATE")
	}
	rounds, err := turns.Rounds(args[0])
	if err != nil {
		return err
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	refs, err := push(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		return err
	}
	check := func(code int, ref string) contender {
		return contender{code: code, command: []string{args[1], "check", "--as=job", "--format=json", "registry:" + ref}}
	}
	pull := contender{command: []string{"docker", "pull", "-q", refs["bad"]}, after: []string{"docker", "rmi", refs["bad"]}}
	for _, contest := range []struct {
		what, with string
		a, b       contender
	}{
		{"`gate check` of an image of 100 MB that was made with something known to be bad", "`docker pull` of it", check(1, refs["bad"]), pull},
		{"`gate check` of a Java job with 24 MB of libraries, pulled", "the same when the image does not tell its Java", check(0, refs["told"]), check(0, refs["untold"])},
	} {
		if err := compare(out, rounds, contest.what, contest.with, contest.a, contest.b); err != nil {
			return err
		}
	}
	return nil
}

// compare runs two contenders and writes a line about them.
func compare(out io.Writer, rounds int, what, with string, a, b contender) error {
	result, err := turns.Compare(rounds, a.run, b.run)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "| %s, %.2f s | %s, %.2f s | %.2f × (%.2f to %.2f) |\n",
		what, result.A, with, result.B, result.Ratio, result.Least, result.Most)
	return err
}

// run returns how many seconds the contender took.
func (c contender) run() (float64, error) {
	begun := time.Now()
	said, err := exec.Command(c.command[0], c.command[1:]...).CombinedOutput()
	took := time.Since(begun).Seconds()
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return 0, err
	}
	if code != c.code {
		return 0, fmt.Errorf("%s ended with %d, not %d: %s", strings.Join(c.command, " "), code, c.code, said)
	}
	if len(c.after) > 0 {
		err = exec.Command(c.after[0], c.after[1:]...).Run()
	} else {
		err = nil
	}
	return took, err
}

const job = "public class Job { public static void main(String[] args) { System.out.println(\"done\"); } }\n"

// push makes the images and returns their references by name.
func push(host string) (map[string]string, error) {
	bad, err := random.Image(10_000_000, 10)
	if err == nil {
		bad, err = mutate.Config(bad, v1.Config{Labels: map[string]string{
			"io.buildpacks.build.metadata": `{"buildpacks":[{"id":"acme/java","version":"1.0.0"}],"launcher":{"version":"0.21.2"}}`,
		}})
	}
	if err != nil {
		return nil, err
	}
	library, err := jar()
	if err != nil {
		return nil, err
	}
	java := images.JavaConfig{Source: job, Config: images.Config{Files: []image.File{{Path: "/app/libs/library.jar", Mode: 0o644, Content: library}}}}
	untold, err := images.Java(context.Background(), java)
	if err != nil {
		return nil, err
	}
	java.Env = append(java.Env, "JAVA_VERSION=25.0.1")
	told, err := images.Java(context.Background(), java)
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for of, img := range map[string]v1.Image{"bad": bad, "told": told, "untold": untold} {
		ref, err := name.ParseReference(host + "/" + of + ":1")
		if err == nil {
			err = remote.Write(ref, img)
		}
		if err != nil {
			return nil, err
		}
		refs[of] = ref.String()
	}
	return refs, nil
}

// jar is an archive of 3000 class files of 8 KB that do not compress.
func jar() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range 3000 {
		f, err := w.Create(fmt.Sprintf("org/library/Part%d.class", i))
		if err == nil {
			_, err = f.Write(append([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x34"), random8K()...))
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func random8K() []byte {
	b := make([]byte, 8<<10)
	_, _ = rand.Read(b) // it never fails
	return b
}
