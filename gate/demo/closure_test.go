package demo

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"bootgate/gate/image"
)

func paths(files []image.File) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.Path)
	}
	return all
}

func TestClosureOfAStaticProgramIsTheProgramAlone(t *testing.T) {
	program := staticProgram(t)
	files, err := Closure(program)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{program}, paths(files)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestClosureOfADynamicProgramRunsInAnEmptyImage(t *testing.T) {
	engine := dockerEngine(t)
	dir := t.TempDir()
	library := compiled(t, dir, "lib/libanswer.so", "int answer(void) { return 42; }\n", "-shared", "-fPIC", "-Wl,-soname,libanswer.so")
	program := compiled(t, dir, "program", "#include <stdio.h>\nint answer(void);\nint main(void) { printf(\"answer %d\\n\", answer()); return 7; }\n",
		library, "-Wl,-rpath,$ORIGIN/lib")
	files, err := Closure(program)
	if err != nil {
		t.Fatal(err)
	}
	if got := paths(files); got[0] != program || !slices.Contains(got, library) || !slices.IsSorted(got[1:]) {
		t.Errorf("got files %q, want the program first, the rest sorted, %q among it", got, library)
	}
	ref := loaded(t, engine, "closure", files)
	got := ran(t, engine, container.Config{Image: ref, Entrypoint: []string{program}}, container.HostConfig{}, "")
	if diff := cmp.Diff(life{code: 7, output: "answer 42\n"}, got, cmp.AllowUnexported(life{})); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
}

func TestClosureNamesTheLibraryThatIsMissing(t *testing.T) {
	dir := t.TempDir()
	library := compiled(t, dir, "libanswer.so", "int answer(void) { return 42; }\n", "-shared", "-fPIC", "-Wl,-soname,libanswer.so.9")
	program := compiled(t, dir, "program", "int answer(void);\nint main(void) { return answer(); }\n", library)
	_, err := Closure(program)
	var missing *MissingLibraryError
	if !errors.As(err, &missing) {
		t.Fatalf("got error %v, want a MissingLibraryError", err)
	}
	if diff := cmp.Diff([]string{"libanswer.so.9", program}, []string{missing.Library, missing.For}); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestClosureRefusesWhatIsNoProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "script.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho not an ELF file, though long enough for a header\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := Closure(path)
	var format *elf.FormatError
	if !errors.As(err, &format) {
		t.Errorf("got error %v, want an elf.FormatError", err)
	}
}

func TestSystemDirectoriesComeFromTheLinkersConfiguration(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"etc/ld.so.conf":               "# first\ninclude ld.so.conf.d/*.conf\n/opt/last # a comment\nhwcap 0 nosegneg\n",
		"etc/ld.so.conf.d/a.conf":      "/opt/a\n",
		"etc/ld.so.conf.d/b.conf":      "/opt/b /opt/c\ninclude /etc/ld.so.conf\n",
		"etc/ld.so.conf.d/ignored.txt": "/opt/ignored\n",
		"usr/lib/x86_64-linux-gnu/x":   "",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"/opt/a", "/opt/b", "/opt/c", "/opt/last", "/usr/lib/x86_64-linux-gnu",
		"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
	}
	if diff := cmp.Diff(want, systemDirs(root)); diff != "" {
		t.Errorf("directories (-want +got):\n%s", diff)
	}
}
