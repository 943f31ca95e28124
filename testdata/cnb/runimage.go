package cnb

import (
	"fmt"
	"io/fs"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"bootgate/gate/image"
)

// stackID is the stack of run images and builders.
const stackID = "com.example.stacks.tiny"

// RunLabels are the labels of a run image (platform.md, section Run Image, and what Paketo's stacks add).
func RunLabels(version int) map[string]string {
	return map[string]string{
		"io.buildpacks.base.description":    "a C library and nothing else",
		"io.buildpacks.base.distro.name":    "acme-linux",
		"io.buildpacks.base.distro.version": fmt.Sprintf("%d.0", version),
		"io.buildpacks.base.homepage":       "https://run.example.com",
		"io.buildpacks.base.id":             "com.example.acme.tiny",
		"io.buildpacks.base.maintainer":     "Acme Platform",
		"io.buildpacks.base.released":       fmt.Sprintf("2026-0%d-01T00:00:00Z", version),
		"io.buildpacks.rebasable":           "true",
		"io.buildpacks.stack.id":            stackID,
	}
}

// runImage makes a version of the image that applications stand on: two layers, of which only the upper one is another
// with each version.
func runImage(version int, libraries []image.File) (v1.Image, error) {
	system := append(slices.Clone(libraries),
		image.File{Path: "/etc/passwd", Content: []byte(passwd)},
		image.File{Path: "/etc/group", Content: []byte(group)},
		image.File{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
	)
	img, err := image.Make(image.Recipe{
		Files:  system,
		Config: v1.Config{User: fmt.Sprintf("%d:%d", UserID, GroupID), Labels: RunLabels(version), Env: []string{"PATH=/usr/bin:/bin"}},
	})
	if err != nil {
		return nil, err
	}
	release := fmt.Sprintf("ID=acme-linux\nVERSION_ID=%d.0\nPRETTY_NAME=\"Acme Linux %d.0\"\n", version, version)
	upper, err := image.Make(image.Recipe{Files: []image.File{{Path: "/etc/os-release", Content: []byte(release)}}})
	if err != nil {
		return nil, err
	}
	layers, err := upper.Layers()
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(img, layers...)
}
