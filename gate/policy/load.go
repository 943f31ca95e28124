package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bootgate/gate/boot"
)

// FileName is the name of the policy file.
const FileName = "gate.yaml"

// misnamed is what people call it by habit. Passing it over would mean a check without the policy.
const misnamed = "gate.yml"

// Find looks for gate.yaml in dir and the folders above it, up to and including the root of the repository (the folder
// that has .git) or, outside of one, of the file system. ok is false when there is none. A gate.yml on the way is an
// *Error: it would be mistaken for the policy.
func Find(dir string) (path string, ok bool, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", false, fmt.Errorf("looking for %s: %w", FileName, err)
	}
	for {
		path = filepath.Join(dir, FileName)
		if found, err := exists(path); found || err != nil {
			return path, found, err
		}
		wrong := filepath.Join(dir, misnamed)
		if found, err := exists(wrong); err != nil {
			return "", false, err
		} else if found {
			return "", false, fileError(wrong, errors.New("the policy has another name: rename it to "+FileName))
		}
		root, err := exists(filepath.Join(dir, ".git"))
		if err != nil {
			return "", false, err
		}
		parent := filepath.Dir(dir)
		if root || parent == dir {
			return "", false, nil
		}
		dir = parent
	}
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", FileName, err)
	}
	return true, nil
}

// Load reads the policy at path. Every error is an *Error, a file that cannot be read included. Paths of env files
// become absolute: in the file they are relative to its folder.
func Load(path string) (*Policy, error) {
	data, err := read(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	p, err := Parse(path, data, time.Now())
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fileError(path, err)
	}
	for i := range p.Images {
		spec := &p.Images[i].Boot
		resolve(dir, spec.EnvFile)
		for j := range spec.Needs {
			resolve(dir, spec.Needs[j].EnvFile)
		}
	}
	return p, nil
}

// read returns at most one byte more than Parse takes.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

func resolve(dir string, paths []string) {
	for i, path := range paths {
		if !filepath.IsAbs(path) {
			paths[i] = filepath.Join(dir, path)
		}
	}
}

// Parse reads a policy from the bytes of a file. path only serves to name it; now decides which suppressions have
// expired. Every error is an *Error with all problems that were found.
func Parse(path string, data []byte, now time.Time) (*Policy, error) {
	src, root := parseTree(data)
	p := &Policy{Path: path}
	d := decoder{src: src}
	if root != nil {
		d.root(root, p)
		c := checker{decoder: &d, tree: root, now: now}
		c.images(p.Images)
		c.builder(p.Builder)
		c.diagnose(p.Diagnose)
		c.suppressions(p)
	}
	if err := src.error(path); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseReady reads signs of readiness in YAML's flow form, as --ready takes them: {tcp: 5432} or [healthcheck].
func ParseReady(text string) (boot.Readiness, error) {
	return parseFlow[boot.Readiness](text)
}

// ParseNeed reads one entry of needs: in YAML's flow form, as --needs takes it: {name: db, image: "postgres:16"}.
func ParseNeed(text string) (boot.Need, error) {
	return parseFlow[boot.Need](text)
}

// parseFlow reads one value as strictly as Parse reads a file. The error is one line without the text, which may hold
// the values of environment variables.
func parseFlow[T any](text string) (value T, err error) {
	src, root := parseTree([]byte(text))
	if root != nil {
		d := decoder{src: src}
		d.root(root, &value)
	} else if len(src.noted) == 0 {
		src.add(span{}, "there is no value", "")
	}
	return value, src.inline()
}
