package image_test

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// entry is what a test looks at in a layer.
type entry struct {
	Name string
	Mode int64
	Type byte
	Link string
	Body string
}

func entries(t *testing.T, img v1.Image) []entry {
	t.Helper()
	stream := mutate.Extract(img)
	defer stream.Close()
	var all []entry
	for reader := tar.NewReader(stream); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{header.Name, header.Mode, header.Typeflag, header.Linkname, string(body)})
	}
}

func TestMakePutsFilesIntoOneSortedLayer(t *testing.T) {
	host := t.TempDir()
	write(t, filepath.Join(host, "tool"), "#!", 0o755)
	write(t, filepath.Join(host, "tree", "lib", "a"), "A", 0o640)
	if err := os.Symlink("a", filepath.Join(host, "tree", "lib", "b")); err != nil {
		t.Fatal(err)
	}
	img, err := image.Make(image.Recipe{Files: []image.File{
		{Path: "/usr/bin/tool", Source: filepath.Join(host, "tool")},
		{Path: "/etc/app.conf", Content: []byte("k=v")},
		{Path: "/bin/run", Content: []byte("x"), Mode: fs.ModeSetuid | 0o755},
		{Path: "/bin/link", Link: "/usr/bin/tool"},
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{Path: "/opt/jre", Source: filepath.Join(host, "tree")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{Name: "bin", Mode: 0o755, Type: tar.TypeDir},
		{Name: "bin/link", Mode: 0o644, Type: tar.TypeSymlink, Link: "/usr/bin/tool"},
		{Name: "bin/run", Mode: 0o4755, Type: tar.TypeReg, Body: "x"},
		{Name: "etc", Mode: 0o755, Type: tar.TypeDir},
		{Name: "etc/app.conf", Mode: 0o644, Type: tar.TypeReg, Body: "k=v"},
		{Name: "opt", Mode: 0o755, Type: tar.TypeDir},
		{Name: "opt/jre", Mode: 0o755, Type: tar.TypeDir},
		{Name: "opt/jre/lib", Mode: 0o755, Type: tar.TypeDir},
		{Name: "opt/jre/lib/a", Mode: 0o640, Type: tar.TypeReg, Body: "A"},
		{Name: "opt/jre/lib/b", Mode: 0o777, Type: tar.TypeSymlink, Link: "a"},
		{Name: "tmp", Mode: 0o1777, Type: tar.TypeDir},
		{Name: "usr", Mode: 0o755, Type: tar.TypeDir},
		{Name: "usr/bin", Mode: 0o755, Type: tar.TypeDir},
		{Name: "usr/bin/tool", Mode: 0o755, Type: tar.TypeReg, Body: "#!"},
	}
	if diff := cmp.Diff(want, entries(t, img)); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
}

func TestMakeGivesTheSameDigestForTheSameRecipe(t *testing.T) {
	files := []image.File{{Path: "/a", Content: []byte("1")}, {Path: "/b/c", Content: []byte("2")}}
	var digests []string
	for _, order := range [][]image.File{{files[0], files[1]}, {files[1], files[0]}} {
		img, err := image.Make(image.Recipe{Files: order, Config: v1.Config{Entrypoint: []string{"/a"}}})
		if err != nil {
			t.Fatal(err)
		}
		digest, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest.String())
	}
	if digests[0] != digests[1] {
		t.Errorf("digests differ: %v", digests)
	}
}

func TestMakeTakesConfigurationAndPlatform(t *testing.T) {
	config := v1.Config{Cmd: []string{"/a", "b"}, ExposedPorts: map[string]struct{}{"80/tcp": {}}}
	img, err := image.Make(image.Recipe{Config: config, Platform: v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config, got.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("linux/arm/v7", got.Platform().String()); diff != "" {
		t.Errorf("platform (-want +got):\n%s", diff)
	}
}

func TestMakeRefusesWhatCannotBeALayer(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files []image.File
		want  string
	}{
		{"a relative path", []image.File{{Path: "bin/x"}}, `"bin/x" is not an absolute path`},
		{"the root itself", []image.File{{Path: "/"}}, `"/" is not an absolute path of a file`},
		{"one path twice", []image.File{{Path: "/x"}, {Path: "/./x"}}, `"/x" is there twice`},
		{"a file below a file", []image.File{{Path: "/x"}, {Path: "/x/y"}}, `"/x" is a file`},
		{"a source that is not there", []image.File{{Path: "/x", Source: "/does/not/exist"}}, "no such file"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := image.Make(image.Recipe{Files: tc.files})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestLoadPutsAMadeImageOnTheEngine(t *testing.T) {
	engine := dockerEngine(t)
	img := smallImage(t, "load")
	ref := testTag(t, engine)
	id, err := image.Load(t.Context(), engine, ref, img)
	if err != nil {
		t.Fatal(err)
	}
	want, err := img.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), id); diff != "" {
		t.Errorf("image ID (-want +got):\n%s", diff)
	}
}

func write(t testing.TB, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}
