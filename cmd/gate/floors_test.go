package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bootgate/testdata/cache"
)

// floors are the packages of the product by their height. A package imports only what is on a lower floor, so that what
// is below never depends on what is above, and rooms on one floor do not know each other.
func floors() map[string]int {
	return map[string]int{
		"cmd/gate":    6,
		"gate/report": 5, "gate/demo": 5,
		"gate":        4,
		"gate/policy": 3,
		"gate/boot":   2, "gate/builder": 2, "gate/diagnose": 2,
		"gate/image": 1, "gate/finding": 1, "gate/secret": 1, "gate/pattern": 1, "gate/version": 1,
		"gate/commandline": 0, "gate/lazyregexp": 0, "gate/loglevel": 0,
	}
}

// sourceFile is a Go file of this module.
type sourceFile struct {
	path    string // relative to the root, with slashes
	imports []string
}

func (f sourceFile) pkg() string  { return path.Dir(f.path) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

const module = "bootgate/"

// sourceFiles reads the imports of all Go files of the module: those of the module's own packages, without its name.
func sourceFiles(t *testing.T) []sourceFile {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	var files []sourceFile
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." {
			_, notOurs := os.Stat(filepath.Join(root, name, "go.mod"))
			if notOurs == nil || strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		file := sourceFile{path: name}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(imported+"/", module); ok {
				file.imports = append(file.imports, strings.TrimSuffix(own, "/"))
			}
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportsGoDownwards(t *testing.T) {
	heights := floors()
	for _, file := range sourceFiles(t) {
		if strings.HasPrefix(file.path, "testdata/") || file.isTest() {
			continue
		}
		height, known := heights[file.pkg()]
		if !known {
			t.Errorf("package %s is on no floor: give it one", file.pkg())
			continue
		}
		for _, imported := range file.imports {
			below, known := heights[imported]
			if imported == file.pkg() || known && below < height {
				continue
			}
			t.Errorf("%s (floor %d) imports %s (floor %d)", file.path, height, imported, below)
		}
	}
}

func TestEveryFloorIsInhabited(t *testing.T) {
	files := sourceFiles(t)
	for pkg := range floors() {
		if !slices.ContainsFunc(files, func(f sourceFile) bool { return f.pkg() == pkg && !f.isTest() }) {
			t.Errorf("package %s is not there any more: take it off its floor", pkg)
		}
	}
}
