package images

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"bootgate/testdata/cache"
)

// Fixture returns the path of the fixture program, statically linked for Linux on this machine's architecture. It
// builds it when the cache has none of these sources.
func Fixture(ctx context.Context) (string, error) {
	path, err := fixture(ctx)
	if err != nil {
		return "", fmt.Errorf("building the fixture program: %w", err)
	}
	return path, nil
}

func fixture(ctx context.Context) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	key := cache.NewKey(runtime.Version(), runtime.GOARCH)
	if err := key.AddDir(filepath.Join(root, "testdata", "fixture")); err != nil {
		return "", err
	}
	return cache.Get("fixture-"+key.String(), func(path string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/fixture")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOWORK=off", "GOFLAGS=-buildvcs=false")
		return cache.Run(cmd)
	})
}
