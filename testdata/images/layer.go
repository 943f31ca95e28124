package images

import (
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"bootgate/gate/image"
	"bootgate/testdata/cache"
)

// packed returns an image that holds nothing but the files, in one layer. It is kept in the cache as an OCI layout,
// because packing is slow: under the race detector it takes a second for each 7 MB.
func packed(files []image.File) (v1.Image, error) {
	key := cache.NewKey("packed")
	for _, f := range files {
		key.Add(f.Path, f.Mode.String(), f.Link, string(f.Content), f.Source)
		if f.Source == "" {
			continue
		}
		info, err := os.Stat(f.Source)
		if err != nil {
			return nil, err
		}
		key.Add(fmt.Sprint(info.Size()), info.ModTime().String())
	}
	return Kept("packed-"+key.String(), func() (v1.Image, error) { return image.Make(image.Recipe{Files: files}) })
}

// Kept returns the image that the cache has under a name. When it has none, what is made goes there first, as an OCI
// layout.
func Kept(name string, made func() (v1.Image, error)) (v1.Image, error) {
	dir, err := cache.Get(name, func(path string) error {
		img, err := made()
		if err != nil {
			return err
		}
		l, err := layout.Write(path, empty.Index)
		if err != nil {
			return err
		}
		return l.AppendImage(img)
	})
	if err != nil {
		return nil, err
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(manifest.Manifests) != 1 {
		return nil, fmt.Errorf("the layout %q has %d images, want 1", dir, len(manifest.Manifests))
	}
	return index.Image(manifest.Manifests[0].Digest)
}

// assemble puts more files on top of an image and gives it a configuration.
func assemble(base v1.Image, files []image.File, config v1.Config, platform v1.Platform) (v1.Image, error) {
	if len(files) > 0 {
		top, err := image.Make(image.Recipe{Files: files})
		if err != nil {
			return nil, err
		}
		layers, err := top.Layers()
		if err != nil {
			return nil, err
		}
		if base, err = mutate.AppendLayers(base, layers...); err != nil {
			return nil, err
		}
	}
	file, err := base.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Config = config
	file.OS, file.Architecture, file.Variant = platform.OS, platform.Architecture, platform.Variant
	return mutate.ConfigFile(base, file)
}
