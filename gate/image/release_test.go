package image_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestTwoGatesDoNotTakeAnImageFromEachOther(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, _ := s.push(t, smallImage(t, "registry"), "shared:1")
	for _, tc := range []struct{ name, arg string }{
		{"from a registry", ref},
		{"from a layout", ociLayout(t, map[string]v1.Image{"": img})},
	} {
		for _, order := range [][2]int{{0, 1}, {1, 0}} {
			t.Run(fmt.Sprintf("%s, gate %d lets go first", tc.name, order[0]+1), func(t *testing.T) {
				var releases [2]func(context.Context) error
				var id string
				for i, run := range []string{"a", "b"} {
					c := candidate(t, engine, tc.arg)
					if c.Source == image.FromEngine {
						t.Error("what another gate pulled was taken for the engine's own")
					}
					_, releases[i] = prepare(t, c, marker(t, engine, run))
					id = c.ImageID
				}
				must(t, releases[order[0]](t.Context()))
				wantHas(t, engine, id, true)
				must(t, releases[order[1]](t.Context()))
				wantHas(t, engine, id, false)
			})
		}
	}
}

func TestAnImageTheUserTakesOverStays(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "taken:1")
	own := testTag(t, engine)
	c := candidate(t, engine, ref)
	prepared, release := prepare(t, c, marker(t, engine, ""))
	must(t, engine.ImageTag(t.Context(), prepared.EngineRef, own))
	must(t, release(t.Context()))
	if diff := cmp.Diff([]string{own}, tags(t, engine, own)); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestAnImageInUseIsNotTakenFromItsContainer(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, "registry"), "used:1")
	for _, tc := range []struct{ name, arg string }{
		{"from a registry", ref},
		{"from a layout", ociLayout(t, map[string]v1.Image{"": smallImage(t, "layout")})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, m := candidate(t, engine, tc.arg), marker(t, engine, "")
			prepared, release := prepare(t, c, m)
			created, err := engine.ContainerCreate(t.Context(), &container.Config{Image: prepared.EngineRef}, nil, nil, nil, "")
			must(t, err)
			remove := func() error {
				return engine.ContainerRemove(context.Background(), created.ID, container.RemoveOptions{Force: true})
			}
			t.Cleanup(func() { _ = remove() })
			must(t, release(t.Context()))
			wantHas(t, engine, c.ImageID, true)
			must(t, remove())
			_, release = prepare(t, c, m) // the next run with this image finds it, and takes it away
			must(t, release(t.Context()))
			wantHas(t, engine, c.ImageID, false)
		})
	}
}

func TestASweepMayReleaseWhateverItFinds(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "swept:1")
	c, m := candidate(t, engine, ref), marker(t, engine, "")
	prepare(t, c, m)
	all := tags(t, engine, c.ImageID)
	if diff := cmp.Diff(2, len(all)); diff != "" {
		t.Fatalf("tags %v (-want +got):\n%s", all, diff)
	}
	other := all[slices.IndexFunc(all, func(tag string) bool { return tag != m })]
	must(t, image.Release(t.Context(), engine, other))
	if diff := cmp.Diff(all, tags(t, engine, c.ImageID)); diff != "" {
		t.Errorf("tags of an image that a run holds (-want +got):\n%s", diff)
	}
	_, err := engine.ImageRemove(t.Context(), m, dockerimage.RemoveOptions{})
	must(t, err)
	must(t, image.Release(t.Context(), engine, other))
	wantHas(t, engine, c.ImageID, false)
}

func TestKeepPulledKeepsThePullAndNotTheMarker(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, digest := s.push(t, smallImage(t, ""), "kept:1")
	pulled := strings.TrimSuffix(ref, ":1") + "@" + digest
	removeLater(t, engine, pulled)
	c, err := resolve(t, ref, image.Options{Engine: engine, KeepPulled: true})
	must(t, err)
	_, release := prepare(t, c, marker(t, engine, ""))
	must(t, release(t.Context()))
	wantHas(t, engine, pulled, true)
	if diff := cmp.Diff(0, len(tags(t, engine, pulled))); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}
