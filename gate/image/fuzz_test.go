package image

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"alpine", "docker:alpine", "registry:ghcr.io/a/b:1", "tar:x.tar#a:1", "oci:d#v", "docker://x", "", ":", "a@sha256:", "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		target, err := Parse(arg)
		if err != nil {
			var wrong *ReferenceError
			if !errors.As(err, &wrong) || wrong.Remedy() == "" {
				t.Errorf("Parse(%q): %T %v", arg, err, err)
			}
			return
		}
		if target.Value == "" {
			t.Errorf("Parse(%q) has no value", arg)
		}
		path, item := splitPath(target.Value)
		if len(path)+len(item) > len(target.Value) {
			t.Errorf("splitPath(%q) is %q, %q", target.Value, path, item)
		}
	})
}

// FuzzDocuments feeds foreign bytes to everything that reads a document. None may panic, and no digest that is not one
// may come out, because digests become file names.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		`{"schemaVersion":2,"config":{"digest":"sha256:x","size":1},"layers":[{"digest":"../x"}]}`,
		`{"schemaVersion":2,"manifests":[{"digest":"sha256:x","platform":{"os":"linux","architecture":"arm","variant":""}}]}`,
		`[{"Config":"c","RepoTags":null,"Layers":["../../x"]}]`,
		`{"os":"linux","config":{"Healthcheck":{"Test":[]},"ExposedPorts":{"80":{}}},"rootfs":{"diff_ids":[]}}`,
		`{"schemaVersion":2,"config":{},"layers":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = kindOf(document{raw: raw})
		_, _ = parseSaved(raw)
		if m, err := parseManifest(raw); err == nil {
			for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
				if !filepath.IsLocal(blobFile(d.Digest)) {
					t.Errorf("digest %q leads out of the layout", d.Digest)
				}
			}
		}
		if c, err := parseConfig(raw); err == nil {
			_ = bootConfig(&c.Config)
			_ = formatPlatform(c.platform())
		}
		if index, err := v1.ParseIndexManifest(bytes.NewReader(raw)); err == nil {
			chosen, _ := child(index, v1.Platform{OS: "linux", Architecture: "arm"})
			_, _ = chooseEntry(t.Context(), "x", index, "v1", wish{asked: &v1.Platform{OS: "linux", Architecture: "arm"}})
			if chosen != nil && checkDescriptor(*chosen) == nil && !filepath.IsLocal(blobFile(chosen.Digest)) {
				t.Errorf("digest %q leads out of the layout", chosen.Digest)
			}
		}
	})
}

func FuzzArchive(f *testing.F) {
	for _, seed := range [][]byte{nil, []byte("\x1f\x8b\x08"), make([]byte, 1024), []byte("{}")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file := filepath.Join(t.TempDir(), "x.tar")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Resolve(t.Context(), file, Options{})
		var problem Problem
		if err != nil && !errors.As(err, &problem) {
			t.Errorf("%T %v has no remedy", err, err)
		}
	})
}
