package image

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTakesTheSchemeOff(t *testing.T) {
	for _, tc := range []struct {
		name, arg string
		want      Target
	}{
		{"a bare name", "alpine", Target{Value: "alpine"}},
		{"a registry with a port is no scheme", "localhost:5000/a:1", Target{Value: "localhost:5000/a:1"}},
		{"docker", "docker:alpine:3", Target{Scheme: Docker, Value: "alpine:3"}},
		{"docker with an image ID", "docker:sha256:" + hexOf('a'), Target{Scheme: Docker, Value: "sha256:" + hexOf('a')}},
		{"registry", "registry:ghcr.io/a/b@sha256:" + hexOf('b'), Target{Scheme: Registry, Value: "ghcr.io/a/b@sha256:" + hexOf('b')}},
		{"an image called registry needs to be written out", "registry:2", Target{Scheme: Registry, Value: "2"}},
		{"tar", "tar:x.tar", Target{Scheme: Tar, Value: "x.tar"}},
		{"oci with an entry", "oci:dir#v1", Target{Scheme: OCI, Value: "dir#v1"}},
		{"a path", "./x", Target{Value: "./x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.Arg = tc.arg
			got, err := Parse(tc.arg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("target (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefusesWhatNamesNoImage(t *testing.T) {
	for _, tc := range []struct{ name, arg, advice string }{
		{"nothing", "", generalAdvice},
		{"a scheme alone", "docker:", generalAdvice},
		{"upper case in a registry reference", "registry:Alpine", generalAdvice},
		{"a digest that is none", "docker:a@sha256:12", generalAdvice},
		{"a web address", "https://ghcr.io/a/b", `Write "ghcr.io/a/b".`},
		{"skopeo's registry prefix", "docker://alpine", `Write "registry:alpine".`},
		{"skopeo's archive prefix", "docker-archive:x.tar", `Write "tar:x.tar".`},
		{"a NUL character", "a\x00b", generalAdvice},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse(tc.arg)
			var wrong *ReferenceError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want a *ReferenceError", err)
			}
			if diff := cmp.Diff(tc.advice, wrong.Remedy()); diff != "" {
				t.Errorf("remedy (-want +got):\n%s", diff)
			}
		})
	}
}

const generalAdvice = "Write an image as REGISTRY/REPOSITORY:TAG or REPOSITORY@sha256:DIGEST, or the path of an archive or OCI layout."

func TestAPathIsToldFromAName(t *testing.T) {
	t.Chdir(t.TempDir())
	put := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("program", "\x7fELF and so on")
	put("zipped", "\x1f\x8b\x08")
	put("src/main.go", "package main")
	put("layout/index.json", "{}")
	put("odd#name/index.json", "{}")
	for _, tc := range []struct {
		name, value string
		path        bool
	}{
		{"a name that is no file", "alpine", false},
		{"a program with the image's name", "program", false},
		{"a directory with the image's name", "src", false},
		{"a layout directory", "layout", true},
		{"an entry of a layout directory", "layout#v1", true},
		{"a layout directory with a # in its name", "odd#name", true},
		{"a gzip file", "zipped", true},
		{"a directory that is written as one", "./src", true},
		{"an archive that does not exist", "image.tar", true},
		{"an entry of an archive that does not exist", "image.tgz#a:1", true},
		{"an absolute path", "/nowhere", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := looksLikePath(tc.value) || holdsImage(tc.value); got != tc.path {
				t.Errorf("%q is a path: got %v, want %v", tc.value, got, tc.path)
			}
		})
	}
}

func hexOf(digit byte) string {
	digits := make([]byte, 64)
	for i := range digits {
		digits[i] = digit
	}
	return string(digits)
}
