package cnb_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/testdata/cnb"
)

// made makes the image that the words describe.
func made(t *testing.T, words string) v1.Image {
	t.Helper()
	app, err := cnb.Parse(words)
	if err != nil {
		t.Fatal(err)
	}
	img, err := cnb.Image(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// layers returns the diff IDs of an image's layers.
func layers(t *testing.T, img v1.Image) []v1.Hash {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return file.RootFS.DiffIDs
}

func TestAHelperThatChangesLeavesTheOtherLayersAsTheyAre(t *testing.T) {
	t.Parallel()
	before, after := layers(t, made(t, "app=job")), layers(t, made(t, "app=job java=1.1.0 crash"))
	if len(before) != len(after) {
		t.Fatalf("%d and %d layers", len(before), len(after))
	}
	var changed []int
	for i := range before {
		if before[i] != after[i] {
			changed = append(changed, i)
		}
	}
	// After the two of the run image comes the helper, then run-time, bill of materials, application, launcher; the
	// launcher's configuration names the buildpacks.
	if diff := cmp.Diff([]int{2, 7}, changed); diff != "" {
		t.Errorf("changed layers (-want +got):\n%s", diff)
	}
}

func TestTheLifecycleWritesWhichVersionItHas(t *testing.T) {
	t.Parallel()
	for version, words := range map[string]string{cnb.Lifecycle: "app=job", cnb.OldLifecycle: "app=job lifecycle=0.20.11"} {
		file, err := made(t, words).ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		var label struct {
			Launcher struct {
				Version string
				Source  struct {
					Git struct{ Repository, Commit string }
				}
			}
		}
		if err := json.Unmarshal([]byte(file.Config.Labels["io.buildpacks.build.metadata"]), &label); err != nil {
			t.Fatal(err)
		}
		if got := label.Launcher; got.Version != version || got.Source.Git.Commit == "" {
			t.Errorf("lifecycle %s writes %+v", version, got)
		}
	}
}

func TestWordsThatSayNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"java", "java=", "colour=red", "app=none", "run=two", "process=cron", "crash=yes"} {
		if app, err := cnb.Parse(words); err == nil {
			t.Errorf("%q gives %+v", words, app)
		}
	}
	if _, err := cnb.Image(t.Context(), cnb.App{Lifecycle: "0.1.0"}); err == nil {
		t.Error("there is no lifecycle 0.1.0")
	}
}

func TestABuilderHasTheLabelsThatPackWrites(t *testing.T) {
	t.Parallel()
	app, err := cnb.Parse("java=acme/own-java@5.16.0 lifecycle=0.21.2")
	if err != nil {
		t.Fatal(err)
	}
	img, err := cnb.Builder(app)
	if err != nil {
		t.Fatal(err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	const id, version = "acme/own-java", "5.16.0"
	var (
		metadata struct {
			Buildpacks []struct{ ID, Version string }
			Lifecycle  struct{ Version string }
		}
		found map[string]map[string]struct{ LayerDiffID string }
		order []struct {
			Group []struct{ ID, Version string }
		}
	)
	for label, into := range map[string]any{"builder.metadata": &metadata, "buildpack.layers": &found, "buildpack.order": &order} {
		if err := json.Unmarshal([]byte(file.Config.Labels["io.buildpacks."+label]), into); err != nil {
			t.Fatalf("label %s: %v", label, err)
		}
	}
	if b := metadata.Buildpacks[0]; b.ID != id || b.Version != version || metadata.Lifecycle.Version != "0.21.2" {
		t.Errorf("metadata are %+v", metadata)
	}
	if b := order[0].Group[0]; b.ID != id || b.Version != version {
		t.Errorf("the order is %+v", order)
	}
	if want := layers(t, img)[1].String(); found[id][version].LayerDiffID != want {
		t.Errorf("layers are %+v, want %s", found, want)
	}
}
