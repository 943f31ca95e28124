package image_test

import (
	"testing"

	"bootgate/gate/image"
)

// BenchmarkResolve measures what it costs to find out about an image.
func BenchmarkResolve(b *testing.B) {
	noHome(b)
	engine, s := dockerEngine(b), newRegistry(b)
	own := testTag(b, engine)
	if _, err := image.Load(b.Context(), engine, own, smallImage(b, "")); err != nil {
		b.Fatal(err)
	}
	ref, _ := s.push(b, smallImage(b, "registry"), "a:1")
	index, _ := s.push(b, indexOf(b, "linux/amd64", "linux/arm64"), "multi:1")
	for _, bc := range []struct{ name, arg string }{
		{"engine", "docker:" + own}, {"registry", "registry:" + ref}, {"index", "registry:" + index},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := image.Resolve(b.Context(), bc.arg, image.Options{Engine: engine}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPrepare measures what it costs to mark and release an image that the engine has already.
func BenchmarkPrepare(b *testing.B) {
	noHome(b)
	engine, s := dockerEngine(b), newRegistry(b)
	own, m := testTag(b, engine), marker(b, engine, "")
	img := smallImage(b, "")
	if _, err := image.Load(b.Context(), engine, own, img); err != nil {
		b.Fatal(err)
	}
	ref, _ := s.push(b, img, "a:1")
	c := candidate(b, engine, "registry:"+ref)
	for b.Loop() {
		_, release, err := c.Prepare(b.Context(), m, nil)
		if err == nil {
			err = release(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
