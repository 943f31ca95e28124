package builder

import "testing"

func TestWhichKindsCanBeCompared(t *testing.T) {
	app, builds := Origin{App: &App{}}, Origin{Builder: &Builder{}}
	for _, test := range []struct {
		name     string
		old, new Origin
		want     bool
	}{
		{"two applications", app, app, true},
		{"two builders", builds, builds, true},
		{"an image without buildpacks, and one with", Origin{}, app, true},
		{"one that a Dockerfile made of a run image", Origin{Stack: &Stack{}}, app, true},
		{"a builder and an application", builds, app, false},
		{"an application and a builder", app, builds, false},
		{"a builder and a package of buildpacks", builds, Origin{Buildpackage: &Buildpackage{}}, false},
		{"a lifecycle and an application", Origin{Lifecycle: &Lifecycle{}}, app, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if old, new := test.old.Kind(), test.new.Kind(); old.Comparable(new) != test.want {
				t.Errorf("%q and %q: comparable = %v, want %v", old, new, !test.want, test.want)
			}
		})
	}
}

func TestAnApplicationAndABuilderAreToldApart(t *testing.T) {
	app := Side{Origin: Origin{App: &App{RunImage: RunImage{Name: "index.docker.io/acme/run:base", Digest: "sha256:a"}}}}
	builds := func(offers ...RunImageOffer) Side {
		return Side{Origin: Origin{Builder: &Builder{Description: "ours", RunImages: offers}}}
	}
	for _, test := range []struct {
		name      string
		old, new  Side
		headline  string
		runImages int
	}{
		{"on a run image of the builder", app, builds(RunImageOffer{Image: "acme/run:base", Mirrors: []string{"ghcr.io/acme/run:base"}}), "an application and a builder", 0},
		{"on a mirror of one", app, builds(RunImageOffer{Image: "ghcr.io/acme/run:base", Mirrors: []string{"docker.io/acme/run:base"}}), "an application and a builder", 0},
		{"the other way round", builds(RunImageOffer{Image: "acme/run:base"}), app, "a builder and an application", 0},
		{"with another run image beside it", app, builds(RunImageOffer{Image: "acme/run:base"}, RunImageOffer{Image: "acme/run:tiny"}), "an application and a builder", 1},
		{"on another run image", app, builds(RunImageOffer{Image: "acme/run:tiny"}), "an application and a builder", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes := Compare(test.old, test.new)
			if got := changes.Headline(); got != test.headline {
				t.Errorf("headline %q, want %q", got, test.headline)
			}
			if got := changes.Of(PartRunImage); len(got) != test.runImages {
				t.Errorf("run images that differ: %v, want %d", got, test.runImages)
			}
		})
	}
}
