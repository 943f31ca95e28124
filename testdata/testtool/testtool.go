// Package testtool builds the programs that only tests run, from the Go module in testdata/tools, which keeps them out
// of the product's own go.mod.
package testtool

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"bootgate/testdata/cache"
)

// Tool is a program in the module testdata/tools, by its package.
type Tool string

// The tools.
const (
	// Act runs workflows of GitHub Actions on this machine.
	Act Tool = "github.com/nektos/act"
	// Actionlint checks workflow files.
	Actionlint Tool = "github.com/rhysd/actionlint/cmd/actionlint"
)

// Build returns the path of the tool's program. It builds it when the cache does not have it, which takes about half a
// minute for Act and needs the Go module proxy or a filled module cache.
func Build(ctx context.Context, tool Tool) (string, error) {
	path, err := build(ctx, tool)
	if err != nil {
		return "", fmt.Errorf("building %s: %w", tool, err)
	}
	return path, nil
}

func build(ctx context.Context, tool Tool) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	key := cache.NewKey(runtime.Version(), runtime.GOARCH, string(tool))
	if err := key.AddDir(filepath.Join(root, "testdata", "tools")); err != nil {
		return "", err
	}
	return cache.Get(filepath.Base(string(tool))+"-"+key.String(), func(path string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, string(tool))
		cmd.Dir = filepath.Join(root, "testdata", "tools")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=", "GOARCH=", "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
		return cache.Run(cmd)
	})
}
