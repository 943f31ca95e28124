// Package images makes the images that tests and benchmarks boot: the fixture program (bootgate/testdata/fixture) alone
// in an image made FROM scratch, and real Java run-times with a class to run. It builds what goes into them with the go
// command and the JDKs of this machine and keeps that in the user's cache directory, keyed by content, so that the
// second test process finds it there.
//
// It knows no engine and no testing.T: bootgate/testdata/testimage puts both around it.
package images

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"bootgate/gate/image"
)

// Label is on every image made here, and so on every container of one. Its value is "1".
const Label = "bootgate.test"

// Repository is the first part of every tag made here.
const Repository = "bootgate-test"

// Program is the path of the fixture program in an image.
const Program = "/fixture"

// Config says what an image is like. The zero value is an image whose fixture program ends at once with 0.
type Config struct {
	// Name is the last part of the image's repository: bootgate-test/NAME. Default "app".
	Name string
	// Args is the fixture's script, and the image's CMD.
	Args []string
	// Entrypoint replaces Program as the image's ENTRYPOINT. Empty but not nil: the image has none.
	Entrypoint []string
	// Env holds KEY=VALUE pairs.
	Env []string
	// Expose lists ports as EXPOSE has them: "8080", "8125/udp".
	Expose []string
	// Healthcheck is the image's HEALTHCHECK; see Health.
	Healthcheck *v1.HealthConfig
	StopSignal  string
	User        string
	WorkingDir  string
	// Labels are set beside Label.
	Labels map[string]string
	// Files are added to the image, in a layer of their own.
	Files []image.File
	// NoFixture leaves the fixture program out.
	NoFixture bool
	// Platform is what the image claims to be made for. Default linux on this machine's architecture.
	Platform v1.Platform
}

// App makes the image that c describes.
func App(ctx context.Context, c Config) (v1.Image, error) {
	var base []image.File
	if !c.NoFixture {
		fixture, err := Fixture(ctx)
		if err != nil {
			return nil, err
		}
		base = []image.File{{Path: Program, Mode: 0o755, Source: fixture}}
	}
	return c.onTopOf(base)
}

// onTopOf makes the image with a layer of base below its own files.
func (c Config) onTopOf(base []image.File) (img v1.Image, err error) {
	img = empty.Image
	if len(base) > 0 {
		img, err = packed(base)
	}
	if err == nil {
		img, err = assemble(img, c.Files, c.config(), c.platform())
	}
	if err != nil {
		return nil, fmt.Errorf("making test image %q: %w", c.name(), err)
	}
	return img, nil
}

// Tag returns a new name for the image, one that no other test process uses.
func (c Config) Tag() string {
	return fmt.Sprintf("%s/%s:%d-%s", Repository, c.name(), os.Getpid(), strings.ToLower(rand.Text()[:10]))
}

func (c Config) name() string {
	if c.Name == "" {
		return "app"
	}
	return c.Name
}

func (c Config) platform() v1.Platform {
	if c.Platform.OS == "" && c.Platform.Architecture == "" {
		return v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	}
	return c.Platform
}

// Amend adds to an image that something else made: the labels, variables and ports of c, and Label.
func Amend(img v1.Image, c Config) (v1.Image, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file, added := file.DeepCopy(), c.config()
	if file.Config.Labels == nil {
		file.Config.Labels = map[string]string{}
	}
	maps.Copy(file.Config.Labels, added.Labels)
	file.Config.Env = append(file.Config.Env, added.Env...)
	if file.Config.ExposedPorts == nil {
		file.Config.ExposedPorts = added.ExposedPorts
	} else {
		maps.Copy(file.Config.ExposedPorts, added.ExposedPorts)
	}
	return mutate.ConfigFile(img, file)
}

func (c Config) config() v1.Config {
	config := v1.Config{
		Entrypoint:  c.Entrypoint,
		Cmd:         c.Args,
		Env:         c.Env,
		Healthcheck: c.Healthcheck,
		StopSignal:  c.StopSignal,
		User:        c.User,
		WorkingDir:  c.WorkingDir,
		Labels:      map[string]string{Label: "1"},
	}
	if c.Entrypoint == nil && !c.NoFixture {
		config.Entrypoint = []string{Program}
	}
	for key, value := range c.Labels {
		config.Labels[key] = value
	}
	for _, port := range c.Expose {
		if !strings.Contains(port, "/") {
			port += "/tcp"
		}
		if config.ExposedPorts == nil {
			config.ExposedPorts = map[string]struct{}{}
		}
		config.ExposedPorts[port] = struct{}{}
	}
	return config
}
