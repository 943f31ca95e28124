// Package cache keeps what test programs build (the fixture program, Java classes, tools) from one test process to the
// next, by the content of what it is built from.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// Root returns the directory of Bootgate's go.mod, looked for upwards from the working directory, which a Go test has
// in its package.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for start := dir; ; {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module bootgate\n") {
			return dir, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", fmt.Errorf("no go.mod of Bootgate at %q or above", start)
	}
}

// Dir returns the directory in which test programs keep what they build, and makes it: under the user's cache
// directory, or under the one for temporary files where the user has none.
func Dir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "bootgate-test")
	return dir, os.MkdirAll(dir, 0o700)
}

// Get returns the path of name in the cache. When it is not there, build writes it to another path first, so that
// no process ever sees half of it. Processes that want the same thing at the same time wait for the first of them.
func Get(name string, build func(path string) error) (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return "", fmt.Errorf("waiting for another process that builds %s: %w", name, err)
	}
	defer lock.Close()
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	work, err := os.MkdirTemp(dir, "building-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	built := filepath.Join(work, "built")
	if err := build(built); err != nil {
		return "", err
	}
	if err := os.Rename(built, path); err != nil {
		return "", err
	}
	return path, nil
}

// Key collects what a cached thing is made from.
type Key struct{ sum hash.Hash }

// NewKey returns a key made from parts.
func NewKey(parts ...string) Key {
	k := Key{sha256.New()}
	k.Add(parts...)
	return k
}

// Add adds parts to the key.
func (k Key) Add(parts ...string) {
	for _, part := range parts {
		fmt.Fprintf(k.sum, "%d %s\n", len(part), part)
	}
}

// AddDir adds the names and contents of all files directly in dir.
func (k Key) AddDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(k.sum, "%q %d\n", entry.Name(), len(data))
		k.sum.Write(data)
	}
	return nil
}

// String returns the key in 20 hex digits.
func (k Key) String() string { return hex.EncodeToString(k.sum.Sum(nil)[:10]) }

// Run runs a command; its error holds what the command printed.
func Run(cmd *exec.Cmd) error {
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running %s: %w\n%s", strings.Join(cmd.Args, " "), err, output.Bytes())
	}
	return nil
}
