package image_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bootgate/gate/image"

	cerrdefs "github.com/containerd/errdefs"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// prepare prepares a candidate, and releases it when the test ends.
func prepare(t testing.TB, c *image.Candidate, marker string) (image.Prepared, func(context.Context) error) {
	t.Helper()
	prepared, release, err := c.Prepare(t.Context(), marker, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := release(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return prepared, release
}

// has reports whether the engine has an image.
func has(t testing.TB, engine *client.Client, ref string) bool {
	t.Helper()
	_, err := engine.ImageInspect(t.Context(), ref)
	if err != nil && !cerrdefs.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// wantHas asserts whether the engine has an image.
func wantHas(t testing.TB, engine *client.Client, ref string, want bool) {
	t.Helper()
	if got := has(t, engine, ref); got != want {
		t.Errorf("the engine has %s: got %v, want %v", ref, got, want)
	}
}

// tags are the tags of an image on the engine, sorted.
func tags(t testing.TB, engine *client.Client, ref string) []string {
	t.Helper()
	inspected, err := engine.ImageInspect(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(inspected.RepoTags)
	return inspected.RepoTags
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// candidate resolves arg with the engine.
func candidate(t testing.TB, engine image.Engine, arg string) *image.Candidate {
	t.Helper()
	c, err := resolve(t, arg, image.Options{Engine: engine})
	must(t, err)
	return c
}

func TestARegistryImageIsPulledByDigestAndRemoved(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	index := indexOf(t, "linux/amd64", "linux/s390x")
	ref, _ := s.push(t, index, "multi:1")
	c := candidate(t, engine, ref)
	s.push(t, smallImage(t, "moved"), "multi:1") // the tag moves before the pull
	var said []string
	prepared, release, err := c.Prepare(t.Context(), marker(t, engine, ""), func(text string) { said = append(said, text) })
	must(t, err)
	if diff := cmp.Diff(c.ImageID, prepared.EngineRef); diff != "" {
		t.Errorf("what is booted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("1 of 1 layers", last(said)); diff != "" {
		t.Errorf("last progress (-want +got):\n%s", diff)
	}
	wantHas(t, engine, marker(t, engine, ""), true)
	must(t, release(t.Context()))
	wantHas(t, engine, c.ImageID, false)
	must(t, release(t.Context()))
}

func TestAnImageForAnotherPlatformIsPulled(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	for _, platform := range []string{"linux/s390x", "linux/arm/v7"} {
		ref, _ := s.push(t, indexOf(t, platform), "foreign:1")
		c, err := resolve(t, ref, image.Options{Engine: engine, Platform: platform})
		must(t, err)
		prepared, release := prepare(t, c, marker(t, engine, ""))
		if diff := cmp.Diff(c.ImageID, prepared.EngineRef); diff != "" {
			t.Errorf("what is booted (-want +got):\n%s", diff)
		}
		must(t, release(t.Context()))
	}
}

func last(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}

func TestAPrivateImageIsPulledWithTheKeychain(t *testing.T) {
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "private:1")
	s.misbehave(locked("s3cret"))
	dockerConfig(t, fmt.Sprintf(`{"auths":{%q:{"username":"gate","password":"s3cret"}}}`, s.host()))
	c := candidate(t, engine, ref)
	prepare(t, c, marker(t, engine, ""))
	wantHas(t, engine, c.ImageID, true)
}

func TestAnImageTheEngineHasIsNotPulled(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img, own := smallImage(t, ""), testTag(t, engine)
	_, err := image.Load(t.Context(), engine, own, img)
	must(t, err)
	ref, _ := s.push(t, img, "same:1")
	c := candidate(t, engine, ref)
	if c.Source != image.FromRegistry {
		t.Fatalf("source is %s", c.Source)
	}
	s.misbehave(func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(500); return true })
	_, release := prepare(t, c, marker(t, engine, ""))
	must(t, release(t.Context()))
	if diff := cmp.Diff([]string{own}, tags(t, engine, own)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestAPullOfADamagedLayerIsNotTheEnginesFault(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, _ := s.push(t, img, "damaged:1")
	c := candidate(t, engine, ref)
	layer := strings.TrimPrefix(layerFile(t, "", img), "blobs/sha256/")
	body := content(t, layerFile(t, ociLayout(t, map[string]v1.Image{"": img}), img))
	for _, tc := range []struct {
		name string
		blob func(http.ResponseWriter)
		want func(testing.TB, error)
	}{
		{"a layer that is missing", func(w http.ResponseWriter) { w.WriteHeader(404) }, invalid("names a part that the registry does not have")},
		{"a layer with other bytes", func(w http.ResponseWriter) {
			_, _ = w.Write(bytes.Repeat([]byte("x"), len(body)))
		}, registryError("layer sha256:" + layer + " came damaged")},
		{"a layer that was cut off when it was stored", func(w http.ResponseWriter) { _, _ = w.Write(body[:len(body)/2]) },
			registryError(fmt.Sprintf("layer sha256:%s came damaged: only %d of %d bytes came", layer, len(body)/2, len(body)))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, layer) {
					return false
				}
				tc.blob(w)
				return true
			})
			_, _, err := c.Prepare(t.Context(), marker(t, engine, ""), nil)
			tc.want(t, err)
			wantHas(t, engine, c.ImageID, false)
		})
	}
}

func TestAPullThatStandsStillIsGivenUp(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, _ := s.push(t, img, "still:1")
	c, err := resolve(t, ref, image.Options{Engine: engine, Transport: &http.Transport{ResponseHeaderTimeout: time.Second}})
	must(t, err)
	layer := strings.TrimPrefix(layerFile(t, "", img), "blobs/sha256/")
	over := make(chan struct{}) // an engine that has given up may keep its connection
	t.Cleanup(func() { close(over) })
	hang := func(r *http.Request) bool {
		select {
		case <-over:
		case <-r.Context().Done():
		}
		return true
	}
	s.misbehave(func(_ http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, layer) && hang(r)
	})
	_, _, err = c.Prepare(t.Context(), marker(t, engine, ""), nil)
	wantError[*image.RegistryError](t, err, "timeout awaiting response headers", layer)
	wantHas(t, engine, c.ImageID, false)
	s.misbehave(func(_ http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, layer) && !strings.HasPrefix(r.UserAgent(), "bootgate") && hang(r)
	})
	_, _, err = c.Prepare(t.Context(), marker(t, engine, ""), nil)
	wantError[*image.EngineError](t, err, "pulling it into the engine", "nothing has moved for 2s")
}

func TestCancellingEndsAPull(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, _ := s.push(t, img, "slow:1")
	c := candidate(t, engine, ref)
	ctx, cancel := context.WithCancel(t.Context())
	layer := strings.TrimPrefix(layerFile(t, "", img), "blobs/sha256/")
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	s.misbehave(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, layer) {
			return false
		}
		cancel()
		select { // the blob never comes
		case <-over:
		case <-r.Context().Done():
		}
		return true
	})
	_, _, err := c.Prepare(ctx, marker(t, engine, ""), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	wantHas(t, engine, c.ImageID, false)
}

// zstdImage is a small image whose layer is compressed with Zstandard.
func zstdImage(t testing.TB) v1.Image {
	t.Helper()
	plain := smallImage(t, "zstd")
	layers, err := plain.Layers()
	must(t, err)
	stream, err := layers[0].Uncompressed()
	must(t, err)
	raw, err := io.ReadAll(stream)
	must(t, err)
	encoder, err := zstd.NewWriter(nil)
	must(t, err)
	compressed := static.NewLayer(encoder.EncodeAll(raw, nil), types.OCILayerZStd)
	diffID, err := layers[0].DiffID()
	must(t, err)
	img, err := mutate.Append(empty.Image, mutate.Addendum{Layer: diffIDLayer{compressed, diffID}})
	must(t, err)
	config, err := img.ConfigFile()
	must(t, err)
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	img, err = mutate.ConfigFile(img, config)
	must(t, err)
	return img
}

// diffIDLayer is a layer with the digest of its uncompressed content, which a static one does not know.
type diffIDLayer struct {
	v1.Layer
	diffID v1.Hash
}

func (l diffIDLayer) DiffID() (v1.Hash, error) { return l.diffID, nil }

func TestFilesAreLoadedUnderTheMarkerAlone(t *testing.T) {
	engine := dockerEngine(t)
	for _, tc := range []struct {
		name string
		file func(testing.TB, v1.Image) string
	}{
		{"an OCI layout", func(t testing.TB, img v1.Image) string { return ociLayout(t, map[string]v1.Image{"": img}) }},
		{"an OCI archive", func(t testing.TB, img v1.Image) string { return tarOf(t, ociLayout(t, map[string]v1.Image{"v1": img})) }},
		{"a compressed OCI archive", func(t testing.TB, img v1.Image) string {
			return zipped(t, tarOf(t, ociLayout(t, map[string]v1.Image{"": img})))
		}},
		{"a docker save archive", func(t testing.TB, img v1.Image) string {
			return dockerArchive(t, map[string]v1.Image{"bootgate-test/user:1": img})
		}},
		{"a compressed docker save archive", func(t testing.TB, img v1.Image) string {
			return zipped(t, dockerArchive(t, map[string]v1.Image{"bootgate-test/user:1": img}))
		}},
		{"a layout with a zstd layer", func(t testing.TB, _ v1.Image) string { return ociLayout(t, map[string]v1.Image{"": zstdImage(t)}) }},
		{"an image without layers", func(t testing.TB, _ v1.Image) string {
			img, err := image.Make(image.Recipe{Config: v1.Config{Labels: map[string]string{"t": t.Name()}}})
			must(t, err)
			return ociLayout(t, map[string]v1.Image{"": img})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := marker(t, engine, "")
			c := candidate(t, engine, tc.file(t, smallImage(t, "")))
			prepared, release := prepare(t, c, m)
			if diff := cmp.Diff(c.ImageID, prepared.EngineRef); diff != "" {
				t.Errorf("what is booted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{m}, tags(t, engine, c.ImageID)); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
			must(t, release(t.Context()))
			wantHas(t, engine, c.ImageID, false)
		})
	}
}

func TestWhatTheEngineSavesCanBeLoaded(t *testing.T) {
	engine := dockerEngine(t)
	ref := testTag(t, engine)
	layers := image.Recipe{Files: []image.File{{Path: "/a", Content: []byte(t.Name())}}}
	img, err := image.Make(layers)
	must(t, err)
	own, err := img.Layers()
	must(t, err)
	img, err = mutate.AppendLayers(img, own[0]) // twice the same: saved as a symbolic link
	must(t, err)
	id, err := image.Load(t.Context(), engine, ref, img)
	must(t, err)
	saved, err := engine.ImageSave(t.Context(), []string{ref})
	must(t, err)
	defer saved.Close()
	raw, err := io.ReadAll(saved)
	must(t, err)
	_, err = engine.ImageRemove(t.Context(), ref, dockerimage.RemoveOptions{})
	must(t, err)
	file := filepath.Join(t.TempDir(), "saved.tar")
	write(t, file, string(raw), 0o644)
	c := candidate(t, engine, file)
	if diff := cmp.Diff(id, c.ImageID); diff != "" {
		t.Errorf("image ID (-want +got):\n%s", diff)
	}
	prepare(t, c, marker(t, engine, ""))
	wantHas(t, engine, ref, false)
}

// spoiled is an image file with one byte of a layer changed, so that all sizes are right.
func spoiled(t testing.TB, file string, find []byte) string {
	t.Helper()
	raw := content(t, file)
	i := bytes.Index(raw, find)
	if i < 0 {
		t.Fatalf("%s does not hold the layer", file)
	}
	raw[i+len(find)/2] ^= 0xff
	write(t, file, string(raw), 0o644)
	return file
}

func TestADamagedLayerIsInvalidAndNothingIsLeft(t *testing.T) {
	engine := dockerEngine(t)
	for _, tc := range []struct {
		name string
		file func(testing.TB, v1.Image, []byte) string
	}{
		{"in a layout", func(t testing.TB, img v1.Image, layer []byte) string {
			dir := ociLayout(t, map[string]v1.Image{"": img})
			spoiled(t, layerFile(t, dir, img), layer)
			return dir
		}},
		{"in an OCI archive", func(t testing.TB, img v1.Image, layer []byte) string {
			return spoiled(t, tarOf(t, ociLayout(t, map[string]v1.Image{"": img})), layer)
		}},
		{"in a docker save archive", func(t testing.TB, img v1.Image, layer []byte) string {
			return spoiled(t, dockerArchive(t, map[string]v1.Image{"a:1": img}), layer)
		}},
		{"in an uncompressed docker save archive", func(t testing.TB, img v1.Image, _ []byte) string {
			return spoiled(t, uncompressedArchive(t, img), []byte(t.Name()))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			img, m := smallImage(t, ""), marker(t, engine, "")
			layer := content(t, layerFile(t, ociLayout(t, map[string]v1.Image{"": img}), img))
			c := candidate(t, engine, tc.file(t, img, layer))
			_, _, err := c.Prepare(t.Context(), m, nil)
			wantError[*image.InvalidError](t, err, "layer sha256:", "is damaged")
			wantHas(t, engine, m, false)
			wantHas(t, engine, c.ImageID, false)
		})
	}
}

// uncompressedArchive writes an image the way Docker's own `docker save` does: with plain layers.
func uncompressedArchive(t testing.TB, img v1.Image) string {
	t.Helper()
	layers, err := img.Layers()
	must(t, err)
	stream, err := layers[0].Uncompressed()
	must(t, err)
	layer, err := io.ReadAll(stream)
	must(t, err)
	config, err := img.RawConfigFile()
	must(t, err)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1/layer.tar"), string(layer), 0o644)
	write(t, filepath.Join(dir, "config.json"), string(config), 0o644)
	write(t, filepath.Join(dir, "manifest.json"), `[{"Config":"config.json","RepoTags":["a:1"],"Layers":["1/layer.tar"]}]`, 0o644)
	return tarOf(t, dir)
}

func TestTheUsersTagsAreNotTouched(t *testing.T) {
	engine := dockerEngine(t)
	own := testTag(t, engine)
	mine, theirs := smallImage(t, "mine"), smallImage(t, "theirs")
	id, err := image.Load(t.Context(), engine, own, mine)
	must(t, err)
	c := candidate(t, engine, dockerArchive(t, map[string]v1.Image{own: theirs}))
	_, release := prepare(t, c, marker(t, engine, ""))
	inspected, err := engine.ImageInspect(t.Context(), own)
	must(t, err)
	if diff := cmp.Diff(id, inspected.ID); diff != "" {
		t.Errorf("what the user's tag names (-want +got):\n%s", diff)
	}
	must(t, release(t.Context()))
	wantHas(t, engine, own, true)
}

func TestAnImageThatVanishedIsPreparedAgain(t *testing.T) {
	engine := dockerEngine(t)
	c := candidate(t, engine, ociLayout(t, map[string]v1.Image{"": smallImage(t, "")}))
	prepare(t, c, marker(t, engine, ""))
	_, err := engine.ImageRemove(t.Context(), c.ImageID, dockerimage.RemoveOptions{Force: true})
	must(t, err)
	prepare(t, c, marker(t, engine, ""))
	wantHas(t, engine, c.ImageID, true)
}

func TestPrepareRefusesAMarkerThatIsNoTag(t *testing.T) {
	engine := dockerEngine(t)
	c := candidate(t, engine, ociLayout(t, map[string]v1.Image{"": smallImage(t, "")}))
	_, _, err := c.Prepare(t.Context(), "run", nil)
	wantError[*image.ReferenceError](t, err, "not a marker")
}
