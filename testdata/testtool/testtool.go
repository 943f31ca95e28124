// Package testtool builds the programs that only tests run, from the Go modules in testdata/tools, which keep them out of
// the product's own go.mod.
package testtool

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"bootgate/testdata/cache"
)

// Tool is a program that only tests run.
type Tool struct {
	// Package is the path of the program's package.
	Package string
	// Module is the folder below testdata/tools whose go.mod says which version it is; empty for testdata/tools itself.
	Module string
	// Set are variables of the program and their values, as the linker takes them: PACKAGE.NAME=VALUE.
	Set []string
}

// Act runs workflows of GitHub Actions on this machine.
func Act() Tool { return Tool{Package: "github.com/nektos/act"} }

// LifecycleVersions are the versions of the lifecycle of Cloud Native Buildpacks that can be built, by the folders of
// their modules.
func LifecycleVersions() map[string]string {
	return map[string]string{"0.21.0": "lifecycle-0.21", "0.20.11": "lifecycle-0.20"}
}

// Lifecycle makes application images; Launcher is the program of the same version that it puts into them.
func Lifecycle(version string) Tool { return ofLifecycle("lifecycle", version) }

// Launcher starts the processes of an application image.
func Launcher(version string) Tool { return ofLifecycle("launcher", version) }

func ofLifecycle(program, version string) Tool {
	const module = "github.com/buildpacks/lifecycle"
	commits := map[string]string{"0.21.0": "fc6bccb1", "0.20.11": "4e5936a9"} // of the tags
	return Tool{Package: module + "/cmd/" + program, Module: LifecycleVersions()[version], Set: []string{
		module + "/cmd.Version=" + version,
		module + "/cmd.SCMRepository=https://" + module,
		module + "/cmd.SCMCommit=" + commits[version],
	}}
}

// Build returns the path of the tool's program. It builds it when the cache does not have it, which takes two processors
// about half a minute and needs the Go module proxy or a filled module cache.
func Build(ctx context.Context, tool Tool) (string, error) {
	path, err := build(ctx, tool)
	if err != nil {
		return "", fmt.Errorf("building %s: %w", tool.Package, err)
	}
	return path, nil
}

func build(ctx context.Context, tool Tool) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "testdata", "tools", tool.Module)
	key := cache.NewKey(runtime.Version(), runtime.GOARCH, tool.Package, strings.Join(tool.Set, " "))
	if err := key.AddDir(dir); err != nil {
		return "", err
	}
	return cache.Get(path.Base(tool.Package)+"-"+key.String(), func(built string) error {
		flags := "-s -w"
		for _, set := range tool.Set {
			flags += " -X " + set
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags="+flags, "-o", built, tool.Package)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=", "GOARCH=", "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
		return cache.Run(cmd)
	})
}
