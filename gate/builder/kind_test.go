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
