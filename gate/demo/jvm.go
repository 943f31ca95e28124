package demo

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/image"
)

// JavaRoot is where JVM puts the Java run-time in an image; the launcher is JavaRoot + "/bin/java".
const JavaRoot = "/opt/java"

// ErrNoJDK says that no JDK was found that can cut a run-time for a Linux image.
var ErrNoJDK = errors.New("no JDK with jlink was found: install one (apt-get install openjdk-17-jdk-headless) or set JAVA_HOME")

// JVM returns the files of a Java run-time with the given modules, and the system libraries it is linked with, sorted
// by path: an image of these alone can run java. javaHome is the home of a JDK with jlink; see JDKs. The run-time is
// under JavaRoot and is cut by jlink (JEP 282).
//
// A run-time that was cut is kept in the user's cache directory, which the files name their content in, so that a
// second call with the same JDK and modules takes no time. It takes about two seconds and 60 MB of disk for java.base.
func JVM(ctx context.Context, javaHome string, modules []string) ([]image.File, error) {
	tree, err := runtimeTree(ctx, javaHome, modules)
	if err != nil {
		return nil, fmt.Errorf("cutting a Java run-time from %q: %w", javaHome, err)
	}
	files, err := collectRuntime(tree)
	if err != nil {
		return nil, fmt.Errorf("collecting the Java run-time in %q: %w", tree, err)
	}
	return files, nil
}

// JDKs returns the homes of the JDKs on this machine that JVM can use, with symbolic links resolved and without
// duplicates: JAVA_HOME, the one that java in PATH belongs to, and those where Linux distributions put them.
func JDKs() []string {
	candidates := []string{os.Getenv("JAVA_HOME")}
	if java, err := exec.LookPath("java"); err == nil {
		if real, err := filepath.EvalSymlinks(java); err == nil {
			candidates = append(candidates, filepath.Dir(filepath.Dir(real)))
		}
	}
	for _, pattern := range []string{"/usr/lib/jvm/*", "/usr/java/*", "/opt/java/*", "/opt/jdk*"} {
		found, _ := filepath.Glob(pattern)
		candidates = append(candidates, found...)
	}
	var homes []string
	for _, home := range candidates {
		real, err := filepath.EvalSymlinks(home)
		if home == "" || err != nil || slices.Contains(homes, real) || !linkable(real) {
			continue
		}
		homes = append(homes, real)
	}
	return homes
}

// linkable reports whether the JDK at home has a compiler and can cut Linux run-times: it has jlink, and the modules
// in packed form or, from Java 24 on, usually a run-time image that can be linked from itself (JEP 493).
func linkable(home string) bool {
	for _, tool := range []string{"javac", "jlink"} {
		if info, err := os.Stat(filepath.Join(home, "bin", tool)); err != nil || info.IsDir() {
			return false
		}
	}
	if runtime.GOOS != "linux" {
		return false
	}
	if _, err := os.Stat(filepath.Join(home, "jmods", "java.base.jmod")); err == nil {
		return true
	}
	return Release(home) >= 24
}

// Release returns the feature release of the JDK at home, such as 17, from its release file; 0 when it is unknown.
func Release(home string) int {
	data, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		version, ok := strings.CutPrefix(strings.TrimSpace(line), "JAVA_VERSION=")
		if !ok {
			continue
		}
		major, _, _ := strings.Cut(strings.Trim(version, `"`), ".")
		n, _ := strconv.Atoi(major)
		return n
	}
	return 0
}

// runtimeTree returns the directory of a run-time with the given modules, cutting it when it is not there yet.
func runtimeTree(ctx context.Context, home string, modules []string) (string, error) {
	release, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return "", err
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	modules = slices.Compact(slices.Sorted(slices.Values(modules)))
	key := sha256.Sum256([]byte(home + "\n" + string(release) + "\n" + strings.Join(modules, ",")))
	tree := filepath.Join(cache, "jre-"+hex.EncodeToString(key[:8]))
	if _, err := os.Stat(filepath.Join(tree, "bin", "java")); err == nil {
		return tree, nil
	}
	work, err := os.MkdirTemp(cache, "cutting-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	cut := filepath.Join(work, "jre")
	err = run(ctx, filepath.Join(home, "bin", "jlink"),
		"--add-modules", strings.Join(modules, ","), "--no-header-files", "--no-man-pages", "--output", cut)
	if err != nil {
		return "", err
	}
	// Another process may have put the same tree in place meanwhile; either will do.
	if err := os.Rename(cut, tree); err != nil {
		if _, there := os.Stat(filepath.Join(tree, "bin", "java")); there != nil {
			return "", err
		}
	}
	return tree, nil
}

// cacheDir makes and returns a directory of this user's that survives the process: in XDG_CACHE_HOME or HOME.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "bootgate")
	return dir, os.MkdirAll(dir, 0o700)
}

// run runs a tool and returns an error with what it printed when it fails.
func run(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		if text := strings.TrimSpace(output.String()); text != "" {
			return fmt.Errorf("running %s: %w: %s", filepath.Base(name), cmp.Or(ctx.Err(), err), text)
		}
		return fmt.Errorf("running %s: %w", filepath.Base(name), cmp.Or(ctx.Err(), err))
	}
	return nil
}

// collectRuntime lists the files of the run-time in tree, without its legal notices, and the libraries outside of it.
func collectRuntime(tree string) ([]image.File, error) {
	var files []image.File
	var binaries []string
	present := map[string]bool{}
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if rel == "legal" {
				return fs.SkipDir
			}
			return nil
		}
		f, err := file(JavaRoot+"/"+filepath.ToSlash(rel), path)
		if err != nil {
			return err
		}
		files = append(files, f)
		if strings.HasSuffix(path, ".so") {
			present[filepath.Base(path)] = true
		}
		if strings.HasSuffix(path, ".so") || filepath.Dir(rel) == "bin" {
			binaries = append(binaries, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l := newLinker(present)
	for _, path := range binaries {
		if err := l.add(path, nil); err != nil {
			return nil, err
		}
	}
	libraries, err := l.files()
	if err != nil {
		return nil, err
	}
	files = append(files, libraries...)
	slices.SortFunc(files, func(a, b image.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}
