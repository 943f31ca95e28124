package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// ociLayout writes images as an OCI layout directory, each under its name.
func ociLayout(t testing.TB, images map[string]v1.Image) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for name, img := range images {
		var options []layout.Option
		if name != "" {
			options = append(options, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": name}))
		}
		if err := p.AppendImage(img, options...); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tarOf packs a directory.
func tarOf(t testing.TB, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image.tar")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w := tar.NewWriter(out)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// zipped compresses a file.
func zipped(t testing.TB, file string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content(t, file)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, file+".gz", b.String(), 0o644)
	return file + ".gz"
}

func content(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// dockerArchive writes images the way `docker save` did before Docker 25.
func dockerArchive(t testing.TB, images map[string]v1.Image) string {
	t.Helper()
	byTag := map[name.Tag]v1.Image{}
	for ref, img := range images {
		tag, err := name.NewTag(ref)
		if err != nil {
			t.Fatal(err)
		}
		byTag[tag] = img
	}
	file := filepath.Join(t.TempDir(), "saved.tar")
	if err := tarball.MultiWriteToFile(file, byTag); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestResolveReadsFiles(t *testing.T) {
	img := smallImage(t, "")
	dir := ociLayout(t, map[string]v1.Image{"": img})
	archive, saved := tarOf(t, dir), dockerArchive(t, map[string]v1.Image{"a:1": img})
	withDigest := image.Candidate{
		Digest: digestOf(t, img), ImageID: idOf(t, img), Platform: "linux/amd64", Config: smallConfig(),
	}
	withoutDigest := withDigest
	withoutDigest.Digest = ""
	for _, tc := range []struct {
		name, arg, path string
		source          image.Source
		want            image.Candidate
	}{
		{"an OCI layout directory", dir, dir, image.FromLayout, withDigest},
		{"an OCI layout directory with its prefix", "oci:" + dir, dir, image.FromLayout, withDigest},
		{"an OCI archive", archive, archive, image.FromArchive, withDigest},
		{"an OCI archive with the layout's prefix", "oci:" + archive, archive, image.FromArchive, withDigest},
		{"an OCI archive with the archive's prefix", "tar:" + archive, archive, image.FromArchive, withDigest},
		{"a compressed OCI archive", zipped(t, archive), archive + ".gz", image.FromArchive, withDigest},
		{"a docker save archive", saved, saved, image.FromArchive, withoutDigest},
		{"a compressed docker save archive", zipped(t, saved), saved + ".gz", image.FromArchive, withoutDigest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := resolve(t, tc.arg, image.Options{})
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Name, tc.want.Ref, tc.want.Source = tc.arg, tc.path, tc.source
			if diff := cmp.Diff(&tc.want, got, ignoreSize, cmpopts.IgnoreUnexported(image.Candidate{}), cmpopts.IgnoreFields(image.Candidate{}, "Record")); diff != "" {
				t.Errorf("candidate (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneOfSeveralImagesIsChosenByName(t *testing.T) {
	one, two := smallImage(t, "1"), smallImage(t, "2")
	dir := ociLayout(t, map[string]v1.Image{"v1": one, "v2": two})
	saved := dockerArchive(t, map[string]v1.Image{"app:1": one, "app:2": two})
	for _, tc := range []struct{ name, arg string }{
		{"by the name of a layout's entry", dir + "#v2"},
		{"by the name of a layout's entry, with the prefix", "oci:" + dir + "#v2"},
		{"by digest", dir + "#" + digestOf(t, two)},
		{"by an archive's tag", saved + "#app:2"},
		{"by an archive's tag in full", saved + "#docker.io/library/app:2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := resolve(t, tc.arg, image.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(idOf(t, two), got.ImageID); diff != "" {
				t.Errorf("image ID (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("an error lists them when none is named", func(t *testing.T) {
		_, err := resolve(t, dir, image.Options{})
		wantError[*image.ReferenceError](t, err, "2 images", "v1", "v2", dir+"#v")
	})
	t.Run("an error lists them when another is named", func(t *testing.T) {
		_, err := resolve(t, dir+"#v3", image.Options{})
		wantError[*image.NotFoundError](t, err, "v1", "v2")
	})
	t.Run("an error lists the tags of an archive", func(t *testing.T) {
		_, err := resolve(t, saved, image.Options{})
		wantError[*image.ReferenceError](t, err, "app:1", "app:2")
	})
}

func TestEntriesForSeveralPlatformsAreOneImage(t *testing.T) {
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"linux/amd64", "linux/s390x"} {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.AppendImage(imageFor(t, text, *platform), layout.WithPlatform(*platform)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := resolve(t, dir, image.Options{Platform: "linux/s390x"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("linux/s390x", got.Platform); diff != "" {
		t.Errorf("platform (-want +got):\n%s", diff)
	}
}

func TestAnIndexInALayoutHasItsOwnDigest(t *testing.T) {
	index := indexOf(t, "linux/amd64", "linux/s390x")
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.AppendIndex(index); err != nil {
		t.Fatal(err)
	}
	got, err := resolve(t, dir, image.Options{Platform: "linux/s390x"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(digestOf(t, index), got.Digest); diff != "" {
		t.Errorf("digest (-want +got):\n%s", diff)
	}
	if got.ChildDigest == "" {
		t.Error("no child digest")
	}
}

// layerFile is the path of the first layer in a layout directory.
func layerFile(t testing.TB, dir string, img v1.Image) string {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "blobs", "sha256", strings.TrimPrefix(digestOf(t, layers[0]), "sha256:"))
}

func TestFilesThatAreNoImagesAreRefused(t *testing.T) {
	img := smallImage(t, "")
	whole := tarOf(t, ociLayout(t, map[string]v1.Image{"": img}))
	dir := t.TempDir()
	file := func(name string, raw []byte) string {
		write(t, filepath.Join(dir, name), string(raw), 0o644)
		return filepath.Join(dir, name)
	}
	raw := content(t, whole)
	withoutLayer := ociLayout(t, map[string]v1.Image{"": img})
	if err := os.Remove(layerFile(t, withoutLayer, img)); err != nil {
		t.Fatal(err)
	}
	shortLayer := ociLayout(t, map[string]v1.Image{"": img})
	if err := os.Truncate(layerFile(t, shortLayer, img), 10); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, arg, want string }{
		{"an empty file", file("empty.tar", nil), "the file is empty"},
		{"text", file("text.tar", []byte(strings.Repeat("not a tar ", 100))), "not an image"},
		{"a tar of something else", tarOf(t, filepath.Dir(file("other/readme", []byte("hello")))), "neither index.json"},
		{"a tar that is cut off", file("cut.tar", raw[:len(raw)/2]), "unexpected EOF"},
		{"a gzip that is cut off", file("cut.tar.gz", content(t, zipped(t, whole))[:500]), "unexpected EOF"},
		{"gzip of something else", file("other.tgz", []byte("\x1f\x8bno")), "not an image"},
		{"a manifest.json that is none", tarOf(t, filepath.Dir(file("bad/manifest.json", []byte("{")))), "manifest.json cannot be read"},
		{"a manifest.json that names no image", tarOf(t, filepath.Dir(file("none/manifest.json", []byte("[]")))), "names no image"},
		{"a manifest.json without its configuration", tarOf(t, filepath.Dir(file("half/manifest.json", []byte(`[{"Config":"c"}]`)))), "file does not exist"},
		{"a directory", dir, "no index.json"},
		{"an index.json that is none", filepath.Dir(file("layout/index.json", []byte("["))), "index.json cannot be read"},
		{"a digest that leads elsewhere", filepath.Dir(file("evil/index.json",
			[]byte(`{"manifests":[{"digest":"sha256:../../../../../../etc/passwd"}]}`))), "index.json cannot be read"},
		{"a layout without a layer", withoutLayer, "is missing"},
		{"a layout with a short layer", shortLayer, "10 bytes of"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := resolve(t, tc.arg, image.Options{})
			wantError[*image.InvalidError](t, err, tc.want, "Build or copy the image again")
		})
	}
}

func TestPathsThatCannotBeReadAreUserErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tc := range []struct{ name, arg string }{
		{"an archive by its name", "nothing.tar"},
		{"a path that is written as one", "./nothing"},
		{"an archive with its prefix", "tar:nothing"},
		{"a layout with its prefix", "oci:nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := resolve(t, tc.arg, image.Options{})
			got := wantError[*image.NotFoundError](t, err, "the file system", "looked for in")
			if !errors.Is(got, fs.ErrNotExist) {
				t.Errorf("%v is not fs.ErrNotExist", got)
			}
		})
	}
	if err := os.Mkdir("dir", 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := resolve(t, "tar:dir", image.Options{})
	wantError[*image.ReferenceError](t, err, "it is a directory", "oci:dir")
	_, err = resolve(t, "oci:dir", image.Options{})
	wantError[*image.InvalidError](t, err, "not an OCI layout: it has no index.json")
	saved := dockerArchive(t, map[string]v1.Image{"a:1": smallImage(t, "")})
	_, err = resolve(t, "oci:"+saved, image.Options{})
	wantError[*image.ReferenceError](t, err, "it is a `docker save` archive that holds no OCI layout", "tar:"+saved)
}
