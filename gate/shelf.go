package gate

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/image"
)

// shelf holds the images that one boot test brought to the engine.
type shelf struct {
	checker  *checker
	needed   time.Duration
	pulling  func(string)
	releases []func(context.Context) error
}

// put brings an image to the engine and returns it as something to boot.
func (s *shelf) put(ctx context.Context, candidate *image.Candidate) (boot.Image, error) {
	prepared, release, err := candidate.Prepare(ctx, s.checker.marker(s.needed), s.pulling)
	if release != nil {
		s.releases = append(s.releases, release)
	}
	if err != nil {
		return boot.Image{}, err
	}
	config := candidate.Config
	img := boot.Image{
		Ref: prepared.EngineRef, Platform: candidate.Platform, Env: config.Env, Entrypoint: config.Entrypoint, Cmd: config.Cmd,
		Ports: tcpPorts(config.ExposedPorts), StopSignal: config.StopSignal, Size: prepared.Size,
	}
	for _, b := range builder.Buildpacks(config.Labels) {
		img.Buildpacks = append(img.Buildpacks, boot.Buildpack{ID: b.ID, Version: b.Version})
	}
	if h := config.Healthcheck; h != nil {
		img.Healthcheck = &boot.Healthcheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
	}
	return img, nil
}

// clear takes the images away again, the last first. What the engine refuses is tried again: a verdict is not to be lost
// over an image that stays for a moment.
func (s *shelf) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearLimit)
	defer cancel()
	var errs []error
	for _, release := range slices.Backward(s.releases) {
		err := release(ctx)
		for try := 0; err != nil && try < clearTries && ctx.Err() == nil; try++ {
			select {
			case <-ctx.Done():
			case <-time.After(clearPause << try):
				err = release(ctx)
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Bounds on the removal of images: how long it may take in all, how often it is tried again, and the first of the
// pauses in between, which double.
const (
	clearLimit = time.Minute
	clearTries = 5
	clearPause = 50 * time.Millisecond
)

// tcpPorts reads "8080/tcp"; other protocols cannot be probed.
func tcpPorts(exposed []string) []int {
	var ports []int
	for _, e := range exposed {
		number, protocol, _ := strings.Cut(e, "/")
		if n, err := strconv.Atoi(number); err == nil && (protocol == "" || protocol == "tcp") {
			ports = append(ports, n)
		}
	}
	return ports
}
