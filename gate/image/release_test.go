package image_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/docker/docker/api/types/container"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
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

func TestAPulledImageIsHeldByTheMarkerAlone(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "swept:1")
	c, m := candidate(t, engine, ref), marker(t, engine, "")
	prepare(t, c, m)
	inspected, err := engine.ImageInspect(t.Context(), c.ImageID)
	must(t, err)
	if diff := cmp.Diff([]string{m}, append(inspected.RepoTags, inspected.RepoDigests...)); diff != "" {
		t.Errorf("tags and digests (-want +got):\n%s", diff)
	}
	_, err = engine.ImageRemove(t.Context(), m, dockerimage.RemoveOptions{}) // all that a sweep needs to do
	must(t, err)
	wantHas(t, engine, c.ImageID, false)
}

func TestWhatTheUserPulledMeanwhileStaysTheirs(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	img := smallImage(t, "")
	ref, digest := s.push(t, img, "both:1")
	pulled := strings.TrimSuffix(ref, ":1") + "@" + digest
	removeLater(t, engine, ref)
	pulling := &counting{Engine: engine, after: func() { // the user's tag comes between the gate's pull and its marker
		must(t, engine.ImageTag(t.Context(), pulled, ref))
	}}
	c := candidate(t, pulling, ref)
	_, release := prepare(t, c, marker(t, engine, ""))
	must(t, release(t.Context()))
	inspected, err := engine.ImageInspect(t.Context(), ref)
	must(t, err)
	if diff := cmp.Diff([]string{pulled}, inspected.RepoDigests); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
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

func TestGatesMayPrepareAndReleaseAtOnce(t *testing.T) {
	noHome(t)
	engine, s := dockerEngine(t), newRegistry(t)
	ref, _ := s.push(t, smallImage(t, ""), "rush:1")
	var gates errgroup.Group
	for _, run := range []string{"a", "b", "c"} {
		c, m := candidate(t, engine, ref), marker(t, engine, run)
		gates.Go(func() error {
			for range 3 {
				prepared, release, err := c.Prepare(t.Context(), m, nil)
				if err != nil {
					return err
				}
				if _, err := engine.ImageInspect(t.Context(), prepared.EngineRef); err != nil {
					return err
				}
				if err := release(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	must(t, gates.Wait())
	wantHas(t, engine, candidate(t, engine, ref).ImageID, false)
}
