// Twins measures commands that read what is written on images in a registry against other programs that do, and prints
// lines of a Markdown table: `gate diff` of two images against two readings of a configuration, one after the other, and
// `gate inspect` against one. Call it by diff.sh and inspect.sh, which build what it runs.
//
//	twins diff ROUNDS GATE CRANE
//	twins inspect ROUNDS GATE CRANE [SKOPEO]
//
// The registry is one in this process, on the loopback interface. Both images have twelve layers and a configuration of
// seven kilobytes, as buildpacks write it. A round runs both contenders, in turns the one and the other first; the ratio
// is taken within a round, and the median over the rounds is reported.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/testdata/bench/turns"
)

func main() {
	if err := measure(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "twins:", err)
		os.Exit(1)
	}
}

// contest is a command of the gate and what it is measured against.
type contest struct {
	gateName, otherName string
	gate, other         func() error
}

func measure(args []string, out io.Writer) error {
	if len(args) < 4 || args[0] != "diff" && args[0] != "inspect" {
		return errors.New("usage: twins diff|inspect ROUNDS GATE CRANE [SKOPEO]")
	}
	rounds, err := turns.Rounds(args[1])
	if err != nil {
		return err
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	refs, err := push(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		return err
	}
	contests := diffs(args[2], args[3], refs)
	if args[0] == "inspect" {
		contests = inspections(args[2], args[3], refs[0], args[4:])
	}
	for _, c := range contests {
		if err := c.measure(rounds, out); err != nil {
			return err
		}
	}
	return nil
}

func diffs(gate, crane string, refs [2]string) []contest {
	return []contest{{
		gateName: "`gate diff` of two images in a registry", otherName: "two times `crane config`, one after the other",
		gate:  func() error { return run(gate, "diff", "registry:"+refs[0], "registry:"+refs[1]) },
		other: func() error { return errors.Join(run(crane, "config", refs[0]), run(crane, "config", refs[1])) },
	}}
}

func inspections(gate, crane, ref string, skopeo []string) []contest {
	in := func(arg string) func() error { return func() error { return run(gate, "inspect", arg) } }
	config := func() error { return run(crane, "config", ref) }
	contests := []contest{
		{"`gate inspect` of an image in a registry", "`crane config`", in("registry:" + ref), config},
		{"the same, with the engine asked beside the registry", "`crane config`", in(ref), config},
	}
	for _, program := range skopeo {
		inspect := func() error { return run(program, "inspect", "--tls-verify=false", "docker://"+ref) }
		contests = append(contests, contest{"`gate inspect` of an image in a registry", "`skopeo inspect`", in("registry:" + ref), inspect})
	}
	return contests
}

func (c contest) measure(rounds int, out io.Writer) error {
	result, err := turns.Compare(rounds, turns.Timed(c.gate), turns.Timed(c.other))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "| %s | %.1f ms | %s: %.1f ms | %.2f x (%.2f to %.2f) |\n",
		c.gateName, 1000*result.A, c.otherName, 1000*result.B, result.Ratio, result.Least, result.Most)
	return err
}

// push makes the two images, which share all layers but one, and returns their references.
func push(host string) ([2]string, error) {
	var refs [2]string
	base, err := random.Image(4<<10, 11)
	if err != nil {
		return refs, err
	}
	for i := range refs {
		layer, err := random.Layer(4<<10, "application/vnd.docker.image.rootfs.diff.tar.gzip")
		if err != nil {
			return refs, err
		}
		img, err := mutate.AppendLayers(base, layer)
		if err == nil {
			img, err = mutate.Config(img, config(i, img))
		}
		if err != nil {
			return refs, err
		}
		refs[i] = fmt.Sprintf("%s/shop:%d", host, i+1)
		ref, err := name.ParseReference(refs[i])
		if err == nil {
			err = remote.Write(ref, img)
		}
		if err != nil {
			return refs, err
		}
	}
	return refs, nil
}

// config is what buildpacks write on an image.
func config(version int, img v1.Image) v1.Config {
	var buildpacks, layers []string
	for i := range 12 {
		id := fmt.Sprintf("acme/buildpack-%d", i)
		buildpacks = append(buildpacks, fmt.Sprintf(`{"id":%q,"version":"1.%d.0","homepage":"https://example.com/%s"}`, id, version, id))
		layers = append(layers, fmt.Sprintf(`{"key":%q,"version":"1.%d.0","layers":{"helper":{"sha":"sha256:%064d","data":{"dependency":{"id":"helper","name":"Helper %d","version":"1.%d.0","uri":"https://example.com/%064d.tgz"}},"launch":true}}}`,
			id, version, i, i, version, i))
	}
	top := ""
	if all, err := img.Layers(); err == nil {
		if id, err := all[len(all)-1].DiffID(); err == nil {
			top = id.String()
		}
	}
	return v1.Config{
		Env: []string{"PATH=/cnb/process:/cnb/lifecycle:/usr/bin:/bin", "CNB_PLATFORM_API=0.14"}, Entrypoint: []string{"/cnb/process/web"}, User: "1000:1000",
		Labels: map[string]string{
			"io.buildpacks.build.metadata": fmt.Sprintf(`{"buildpacks":[%s],"processes":[{"type":"web","command":["java"],"args":["-jar","app.jar"],"direct":true}],"launcher":{"version":"0.21.%d"}}`,
				strings.Join(buildpacks, ","), version),
			"io.buildpacks.lifecycle.metadata": fmt.Sprintf(`{"app":[{"sha":%q}],"buildpacks":[%s],"runImage":{"topLayer":"sha256:%064d","reference":"example.com/run@sha256:%064d","image":"example.com/run:1"}}`,
				top, strings.Join(layers, ","), 1, version),
		},
	}
}

// run runs a program without a word.
func run(program string, args ...string) error {
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return nil
}
