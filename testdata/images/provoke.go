package images

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/cache"
)

// ErrNoCompiler says that there is nothing to compile C with.
var ErrNoCompiler = errors.New("no C compiler was found: apt-get install gcc libc6-dev")

// provokeModules are what the Java run-time of a provoking image holds: Unsafe, agents and the debugger's agent.
var provokeModules = []string{"java.base", "jdk.unsupported", "java.instrument", "jdk.jdwp.agent"}

// Provoke makes the image that all Provocations run in, with a Java run-time cut from the JDK at home. Beside the class
// Provoke (testdata/images/provoke) it holds what can be wrong with an application:
//
//	/bin/sh                  dash
//	/app                     classes: Provoke, Orders, NoMain, Agent; Newer of a release to come, Preview of a preview
//	/app/libprovoke.so       the native half of Provoke
//	/app/libneedy.so         needs libgone.so.1, which is not there
//	/app/libforeign.so       for another processor
//	/app/needy/libjvm.so     a VM that needs libgone.so.1
//	/app/*.jar               nomanifest, moved (its main class is gone), corrupt, agent (throws), noagent
//	/var/crash, /tmp, /work  folders; /work is the work directory
func Provoke(ctx context.Context, home string) (v1.Image, error) {
	runtime, err := demo.JVM(ctx, home, provokeModules)
	if err != nil {
		return nil, err
	}
	shell, err := shellFiles()
	if err != nil {
		return nil, err
	}
	app, err := provokeFiles(ctx, home)
	if err != nil {
		return nil, fmt.Errorf("making what dies: %w", err)
	}
	c := Config{
		Name: "provoke", NoFixture: true, Files: app, WorkingDir: "/work", Args: []string{"nothing"},
		Entrypoint: []string{demo.JavaRoot + "/bin/java", "-cp", classDir, "Provoke"},
	}
	return c.onTopOf(distinct(runtime, shell))
}

// distinct joins lists of files; the first of those with the same path wins.
func distinct(lists ...[]image.File) []image.File {
	var files []image.File
	seen := map[string]bool{}
	for _, list := range lists {
		for _, f := range list {
			if !seen[f.Path] {
				files = append(files, f)
			}
			seen[f.Path] = true
		}
	}
	return files
}

// shellFiles returns a shell as /bin/sh.
func shellFiles() ([]image.File, error) {
	path, err := exec.LookPath("dash")
	if err != nil {
		return nil, fmt.Errorf("no dash was found: apt-get install dash: %w", err)
	}
	files, err := demo.Closure(path)
	if err != nil {
		return nil, err
	}
	files[0].Path = "/bin/sh"
	return files, nil
}

// provokeFiles returns everything below /app, and the folders.
func provokeFiles(ctx context.Context, home string) ([]image.File, error) {
	root, err := cache.Root()
	if err != nil {
		return nil, err
	}
	sources := filepath.Join(root, "testdata", "images", "provoke")
	classes, err := provokeClasses(ctx, home, sources)
	if err != nil {
		return nil, err
	}
	libraries, err := provokeLibraries(ctx, sources)
	if err != nil {
		return nil, err
	}
	files := []image.File{
		{Path: "/work", Mode: 0o777 | fs.ModeDir},
		{Path: "/tmp", Mode: 0o777 | fs.ModeDir | fs.ModeSticky},
		{Path: "/var/crash", Mode: 0o777 | fs.ModeDir},
	}
	for _, name := range []string{"Provoke", "Provoke$Loader", "Orders", "NoMain", "Agent"} {
		files = append(files, image.File{Path: classDir + "/" + name + ".class", Mode: 0o644, Source: filepath.Join(classes, name+".class")})
	}
	for _, name := range []string{"libprovoke.so", "libneedy.so"} {
		files = append(files, image.File{Path: classDir + "/" + name, Mode: 0o755, Source: filepath.Join(libraries, name)})
	}
	files = append(files, image.File{Path: classDir + "/needy/libjvm.so", Mode: 0o755, Source: filepath.Join(libraries, "libneedy.so")})
	crafted, err := craftedFiles(classes, libraries)
	return append(files, crafted...), err
}

// craftedFiles returns what no compiler makes.
func craftedFiles(classes, libraries string) ([]image.File, error) {
	orders, err := os.ReadFile(filepath.Join(classes, "Orders.class"))
	if err != nil {
		return nil, err
	}
	agent, err := os.ReadFile(filepath.Join(classes, "Agent.class"))
	if err != nil {
		return nil, err
	}
	library, err := os.ReadFile(filepath.Join(libraries, "libneedy.so"))
	if err != nil {
		return nil, err
	}
	release := binary.BigEndian.Uint16(orders[6:])
	files := []image.File{
		{Path: "/Newer.class", Content: versioned(orders, release+9, 0)},
		{Path: "/Preview.class", Content: versioned(orders, release, 0xffff)},
		{Path: "/PreviewOfOld.class", Content: versioned(orders, release-1, 0xffff)},
		{Path: "/libforeign.so", Content: foreign(library)},
		{Path: "/corrupt.jar", Content: []byte("PK\x03\x04 the copy of this archive broke off")},
	}
	for _, j := range []struct {
		name, manifest string
		entries        map[string][]byte
	}{
		{"nomanifest.jar", "", map[string][]byte{"Orders.class": orders}},
		{"moved.jar", "Main-Class: com.acme.loader.JarLauncher\n", map[string][]byte{"Orders.class": orders}},
		{"agent.jar", "Premain-Class: Agent\n", map[string][]byte{"Agent.class": agent}},
		{"noagent.jar", "Built-By: nobody\n", map[string][]byte{"Agent.class": agent}},
	} {
		content, err := jar(j.manifest, j.entries)
		if err != nil {
			return nil, err
		}
		files = append(files, image.File{Path: "/" + j.name, Content: content})
	}
	for i := range files {
		files[i].Path, files[i].Mode = classDir+files[i].Path, 0o644
	}
	return files, nil
}

// provokeClasses compiles the Java sources and returns the folder of the classes.
func provokeClasses(ctx context.Context, home, sources string) (string, error) {
	release, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return "", err
	}
	key := cache.NewKey("provoke", string(release))
	if err := key.AddDir(sources); err != nil {
		return "", err
	}
	return cache.Get("provoke-classes-"+key.String(), func(path string) error {
		files, err := filepath.Glob(filepath.Join(sources, "*.java"))
		if err != nil {
			return err
		}
		args := append([]string{"-nowarn", "-XDignore.symbol.file", "-d", path}, files...)
		return cache.Run(exec.CommandContext(ctx, filepath.Join(home, "bin", "javac"), args...))
	})
}

// provokeLibraries compiles the native libraries and returns their folder.
func provokeLibraries(ctx context.Context, sources string) (string, error) {
	compiler, err := exec.LookPath("gcc")
	if err != nil {
		return "", ErrNoCompiler
	}
	key := cache.NewKey("provoke-libraries")
	if err := key.AddDir(sources); err != nil {
		return "", err
	}
	return cache.Get("provoke-libraries-"+key.String(), func(path string) error {
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		run := func(args ...string) error {
			cmd := exec.CommandContext(ctx, compiler, append([]string{"-shared", "-fPIC", "-O1", "-w", "-fno-omit-frame-pointer", "-ffile-prefix-map=" + sources + "=/src"}, args...)...)
			cmd.Dir = path
			cmd.Stdin = strings.NewReader("int ready(void) { return 1; }\n")
			return cache.Run(cmd)
		}
		if err := run("-o", "libprovoke.so", filepath.Join(sources, "provoke.c")); err != nil {
			return err
		}
		if err := run("-o", "libgone.so.1", "-Wl,-soname,libgone.so.1", "-xc", "-"); err != nil {
			return err
		}
		return run("-o", "libneedy.so", "-Wl,--no-as-needed", "-xc", "-", "-xnone", "libgone.so.1")
	})
}

// versioned returns a class file that claims to be of another version (JVM specification, section 4.1).
func versioned(class []byte, major, minor uint16) []byte {
	class = bytes.Clone(class)
	binary.BigEndian.PutUint16(class[4:], minor)
	binary.BigEndian.PutUint16(class[6:], major)
	return class
}

// foreign returns an ELF library that claims to be for another processor: AArch64, or x86-64 where it is for that.
func foreign(library []byte) []byte {
	const at, x8664, aarch64 = 18, 62, 183 // e_machine
	library = bytes.Clone(library)
	machine := uint16(aarch64)
	if binary.LittleEndian.Uint16(library[at:]) == aarch64 {
		machine = x8664
	}
	binary.LittleEndian.PutUint16(library[at:], machine)
	return library
}

// jar returns a jar file, without a manifest when that is empty.
func jar(manifest string, entries map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if manifest != "" {
		entries["META-INF/MANIFEST.MF"] = []byte("Manifest-Version: 1.0\n" + manifest)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		content := entries[name]
		f, err := w.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// CrashReport lets the JDK at home crash on this machine and returns what it leaves: its error file, and what it prints.
func CrashReport(ctx context.Context, home string) (file, output []byte, err error) {
	root, err := cache.Root()
	if err != nil {
		return nil, nil, err
	}
	classes, err := provokeClasses(ctx, home, filepath.Join(root, "testdata", "images", "provoke"))
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "bootgate-crash-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hs_err.log")
	cmd := exec.CommandContext(ctx, filepath.Join(home, "bin", "java"), "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile="+path, "-cp", classes, "Provoke", "unsafe")
	cmd.Dir = dir
	output, err = cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return nil, nil, fmt.Errorf("the JVM in %q does not crash: %w", home, err)
	}
	output = bytes.ReplaceAll(output, []byte(path), []byte("/hs_err_pid1.log"))
	file, err = os.ReadFile(path)
	return file, output, err
}
