package cnb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/cache"
	"bootgate/testdata/images"
)

// buildpackAPI is the version of the buildpack specification that the buildpacks follow.
const buildpackAPI = "0.11"

// dirName is what a buildpack's folders are called: its id, with the slashes replaced (buildpack.md, escaped id).
func (b Buildpack) dirName() string { return strings.ReplaceAll(b.ID, "/", "_") }

// files returns the folder of a buildpack below /cnb/buildpacks, with what it contributes.
func (b Buildpack) files(program string, contribute []image.File) []image.File {
	dir := "/cnb/buildpacks/" + b.dirName() + "/" + b.Version
	descriptor := fmt.Sprintf(`api = %q

[buildpack]
id = %q
version = %q
homepage = %q

[[targets]]
os = "linux"
`, buildpackAPI, b.ID, b.Version, b.homepage())
	files := []image.File{
		{Path: dir + "/buildpack.toml", Content: []byte(descriptor)},
		{Path: dir + "/bin/detect", Mode: 0o755, Source: program},
		{Path: dir + "/bin/build", Mode: 0o755, Source: program},
	}
	for _, f := range contribute {
		f.Path = dir + "/contribute" + f.Path
		files = append(files, f)
	}
	return files
}

func (b Buildpack) homepage() string { return "https://buildpacks.example.com/" + b.ID }

// javaLayers returns what the buildpack of the Java run-time contributes, and the libraries that the run image must have
// for it.
func (a App) javaLayers(ctx context.Context, program string) (layers, libraries []image.File, err error) {
	all, err := demo.JVM(ctx, a.Home, []string{"java.base", "jdk.httpserver"})
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		if rest, ok := strings.CutPrefix(f.Path, demo.JavaRoot+"/"); ok {
			f.Path = "/jre/" + rest
			layers = append(layers, f)
		} else {
			libraries = append(libraries, f)
		}
	}
	options := a.Options
	if a.Crash {
		agent, err := crashAgent(ctx)
		if err != nil {
			return nil, nil, err
		}
		layers = append(layers, image.File{Path: "/helper/libagent.so", Mode: 0o755, Source: agent})
		options += " -agentpath:/layers/" + a.Java.dirName() + "/helper/libagent.so"
	}
	layers = append(layers,
		image.File{Path: "/jre.toml", Content: []byte(a.jreDescription())},
		image.File{Path: "/jre/env.launch/JAVA_HOME.default", Content: []byte("/layers/" + a.Java.dirName() + "/jre")},
		image.File{Path: "/helper.toml", Content: []byte("[types]\nlaunch = true\n")},
		image.File{Path: "/helper/exec.d/helper", Mode: 0o755, Source: program},
		image.File{Path: "/helper/options", Content: []byte(options)},
	)
	return layers, libraries, nil
}

// jreDescription describes the layer of the run-time as libpak does: by the dependency that is in it.
func (a App) jreDescription() string {
	sum := sha256.Sum256([]byte(a.JVM))
	return fmt.Sprintf(`[types]
launch = true

[metadata]
launch = true

[metadata.dependency]
cpes = ["cpe:2.3:a:acme:jre:%[1]s:*:*:*:*:*:*:*"]
id = "jre"
name = "Acme JRE"
purl = "pkg:generic/acme-jre@%[1]s?arch=%[2]s"
sha256 = "%[3]s"
stacks = ["*"]
uri = "https://jre.example.com/acme-jre-%[1]s-linux-%[2]s.tar.gz"
version = "%[1]s"

[[metadata.dependency.licenses]]
type = "GPL-2.0 WITH Classpath-exception-2.0"
uri = "https://openjdk.org/legal/gplv2+ce.html"
`, a.JVM, runtime.GOARCH, hex.EncodeToString(sum[:]))
}

// serverLayers returns what the buildpack of the processes contributes.
func (a App) serverLayers(class string) ([]image.File, error) {
	launch := ""
	for _, process := range []string{"web", "task"} {
		args, err := json.Marshal([]string{"-cp", "/workspace", class})
		if err != nil {
			return nil, err
		}
		launch += fmt.Sprintf("[[processes]]\ntype = %q\ncommand = [\"java\"]\nargs = %s\ndefault = %t\n\n", process, args, process == a.Process)
	}
	return []image.File{{Path: "/launch.toml", Content: []byte(launch)}}, nil
}

// workspace returns the application: its classes, in /workspace.
func (a App) workspace(ctx context.Context) (files []image.File, class string, err error) {
	class = images.PublicClass(a.Source)
	if files, err = images.Classes(ctx, a.Home, class, a.Source); err != nil {
		return nil, "", fmt.Errorf("compiling %s: %w", class, err)
	}
	for i, f := range files {
		files[i].Path = "/workspace/" + filepath.Base(f.Path)
	}
	return files, class, nil
}

// partProgram builds the program of the buildpacks, statically linked.
func partProgram(ctx context.Context) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	key := cache.NewKey(runtime.Version(), runtime.GOARCH)
	if err := key.AddDir(filepath.Join(root, "testdata", "cnb", "part")); err != nil {
		return "", err
	}
	return cache.Get("part-"+key.String(), func(path string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./testdata/cnb/part")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOWORK=off", "GOFLAGS=-buildvcs=false")
		return cache.Run(cmd)
	})
}

// crashAgent compiles the agent that makes a JVM crash.
func crashAgent(ctx context.Context) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	compiler, err := exec.LookPath("gcc")
	if err != nil {
		return "", images.ErrNoCompiler
	}
	source, err := os.ReadFile(filepath.Join(root, "testdata", "cnb", "agent", "agent.c"))
	if err != nil {
		return "", err
	}
	return cache.Get("agent-"+cache.NewKey(runtime.GOARCH, string(source)).String()+".so", func(path string) error {
		cmd := exec.CommandContext(ctx, compiler, "-shared", "-fPIC", "-O1", "-nostdlib", "-Wl,--build-id=none", "-o", path, "-xc", "-")
		cmd.Stdin = strings.NewReader(string(source))
		return cache.Run(cmd)
	})
}

// write puts files below a folder.
func write(root string, files []image.File) error {
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.Path))
		if f.Mode.IsDir() {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
			if err := os.Chmod(path, f.Mode); err != nil {
				return err
			}
			continue
		}
		content, mode := f.Content, f.Mode.Perm()
		if f.Source != "" {
			var err error
			if content, err = os.ReadFile(f.Source); err != nil {
				return err
			}
		}
		if mode == 0 {
			mode = 0o644
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if f.Mode&fs.ModeSymlink != 0 || f.Link != "" {
			if err := os.Symlink(f.Link, path); err != nil {
				return err
			}
			continue
		}
		if err := errors.Join(os.WriteFile(path, content, mode), os.Chmod(path, mode)); err != nil {
			return err
		}
	}
	return nil
}
