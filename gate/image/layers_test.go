package image_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// layered returns an image of three layers: compressed with gzip, with Zstandard, and with gzip.
func layered(t testing.TB) v1.Image {
	t.Helper()
	img := smallImage(t, "lowest")
	for i, kind := range []types.MediaType{types.OCILayerZStd, types.OCILayer} {
		content := tarWith(t, fmt.Sprintf("file-%d", i), strings.Repeat(t.Name(), 5000))
		opener := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
		layer, err := tarball.LayerFromOpener(opener, tarball.WithMediaType(types.OCILayer))
		if kind == types.OCILayerZStd {
			layer, err = tarball.LayerFromOpener(opener, tarball.WithMediaType(kind), tarball.WithCompression("zstd"))
		}
		if err == nil {
			img, err = mutate.Append(img, mutate.Addendum{Layer: layer, MediaType: kind, History: v1.History{CreatedBy: string(kind)}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return img
}

func tarWith(t testing.TB, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg})
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filesIn reads layers and lists the files in them, in the order in which they are read.
func filesIn(t testing.TB, c *image.Candidate, which ...int) []string {
	t.Helper()
	var files []string
	err := c.ReadLayers(t.Context(), which, func(i int, content io.Reader) error {
		h, err := tar.NewReader(content).Next()
		if err != nil {
			return err
		}
		files = append(files, fmt.Sprintf("%d %s", i, h.Name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLayersAreReadFromEverywhere(t *testing.T) {
	noHome(t)
	img := layered(t)
	r := newRegistry(t)
	ref, _ := r.push(t, img, "layers:1")
	dir := ociLayout(t, map[string]v1.Image{"one": img})
	plain := tarOf(t, dir)
	saved := dockerArchive(t, map[string]v1.Image{"bootgate-test/layers:1": smallImage(t, "lowest")})
	for name, arg := range map[string]string{"a registry": ref, "a layout": dir, "an archive": plain, "a compressed archive": zipped(t, plain)} {
		t.Run(name, func(t *testing.T) {
			c, err := resolve(t, arg, image.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"2 file-1", "1 file-0", "0 what"}, filesIn(t, c, 2, 1, 0)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			last := c.Record.History[len(c.Record.History)-1]
			if len(c.Record.Layers) != 3 || c.Record.Layers[1].MediaType != string(types.OCILayerZStd) || last.CreatedBy != string(types.OCILayer) {
				t.Errorf("record %+v", c.Record)
			}
		})
	}
	c, err := resolve(t, saved, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0 what"}, filesIn(t, c, 0)); diff != "" {
		t.Errorf("files of what docker save wrote (-want +got):\n%s", diff)
	}
}

func TestLayersOfTheEngine(t *testing.T) {
	engine := dockerEngine(t)
	tag := testTag(t, engine)
	if _, err := image.Load(t.Context(), engine, tag, smallImage(t, "x")); err != nil {
		t.Fatal(err)
	}
	c, err := resolve(t, tag, image.Options{Connect: func(context.Context) (image.Engine, error) { return engine, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0 what"}, filesIn(t, c, 0)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := c.ReadHistory(t.Context()); err != nil || c.Source != image.FromEngine || len(c.Record.History) == 0 {
		t.Errorf("source %s, history %+v, error %v", c.Source, c.Record.History, err)
	}
}

func TestADamagedLayerIsNoLayer(t *testing.T) {
	noHome(t)
	img := layered(t)
	r := newRegistry(t)
	ref, _ := r.push(t, img, "damaged:1")
	c, err := resolve(t, ref, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	w, err := zstd.NewWriter(&other)
	if err == nil {
		_, err = w.Write(tarWith(t, "other", "x"))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	read := func() error {
		return c.ReadLayers(t.Context(), []int{1}, func(int, io.Reader) error { return nil })
	}
	answerBlobs := func(body []byte, length int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if kindOfRequest(r.URL.Path) != "blob" {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(length))
			_, _ = w.Write(body)
			return true
		}
	}
	r.misbehave(answerBlobs(other.Bytes(), other.Len()))
	wantError[*image.RegistryError](t, read(), "came damaged")
	r.misbehave(answerBlobs(other.Bytes(), other.Len()+100))
	wantError[*image.RegistryError](t, read())
	r.misbehave(answerBlobs([]byte("no layer"), 8))
	wantError[*image.RegistryError](t, read(), "came damaged")
	r.misbehave(nil)
	stop := errors.New("enough")
	if err := c.ReadLayers(t.Context(), []int{0, 1}, func(int, io.Reader) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
	if err := c.ReadLayers(t.Context(), []int{3}, nil); err == nil {
		t.Error("there is a fourth layer")
	}
}

func TestADamagedLayerOfALayoutIsNoLayer(t *testing.T) {
	img := layered(t)
	dir := ociLayout(t, map[string]v1.Image{"one": img})
	c, err := resolve(t, dir, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := layerFile(t, dir, img)
	raw := content(t, file)
	raw[len(raw)/2] ^= 1
	write(t, file, string(raw), 0o644)
	err = c.ReadLayers(t.Context(), []int{0}, func(int, io.Reader) error { return nil })
	wantError[*image.InvalidError](t, err, "damaged")
}

func TestTheRegistryIsAskedBesideTheEngine(t *testing.T) {
	noHome(t)
	engine := &counting{Engine: dockerEngine(t)}
	r := newRegistry(t)
	ref, digest := r.push(t, smallImage(t, "x"), "beside:1")
	connect := func(context.Context) (image.Engine, error) { return engine, nil }
	c, err := resolve(t, ref, image.Options{Connect: connect})
	if err != nil || c.Source != image.FromRegistry || c.Digest != digest {
		t.Fatalf("%+v, %v", c, err)
	}
	refused := errors.New("no engine here")
	broken := func(context.Context) (image.Engine, error) { return nil, refused }
	if c, err := resolve(t, ref, image.Options{Connect: broken}); err != nil || c.Digest != digest {
		t.Errorf("without an engine: %+v, %v", c, err)
	}
	if _, err := resolve(t, r.host()+"/none:1", image.Options{Connect: broken}); !errors.Is(err, refused) {
		t.Errorf("what is not there either: error %v, want %v", err, refused)
	}
	if _, err := resolve(t, "docker:none:1", image.Options{Connect: broken}); !errors.Is(err, refused) {
		t.Errorf("what only the engine may have: error %v, want %v", err, refused)
	}
	never := func(context.Context) (image.Engine, error) { t.Error("the engine was reached"); return nil, refused }
	if _, err := resolve(t, "registry:"+ref, image.Options{Connect: never}); err != nil {
		t.Error(err)
	}
}

func TestALayerThatIsNotWhatTheConfigurationSaysIsInvalid(t *testing.T) {
	noHome(t)
	img := layered(t)
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.RootFS.DiffIDs[0] = file.RootFS.DiffIDs[1]
	if img, err = mutate.ConfigFile(img, file); err != nil {
		t.Fatal(err)
	}
	ref, _ := newRegistry(t).push(t, img, "mixed:1")
	c, err := resolve(t, ref, image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = c.ReadLayers(t.Context(), []int{0}, func(int, io.Reader) error { return nil })
	wantError[*image.InvalidError](t, err, "layer sha256:", "uncompressed it has the digest")
}
