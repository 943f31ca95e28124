package builder

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBuildpacksAreReadOffTheLabels(t *testing.T) {
	const paketo = `{"id":"paketo-buildpacks/ca-certificates","version":"2.4.0","homepage":"https://example.com"},{"id":"paketo-buildpacks/bellsoft-liberica","version":"8.7.0"}`
	two := []Buildpack{{ID: "paketo-buildpacks/ca-certificates", Version: "2.4.0", Homepage: "https://example.com"}, {ID: "paketo-buildpacks/bellsoft-liberica", Version: "8.7.0"}}
	build := func(value string) map[string]string { return map[string]string{labelBuild: value} }
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, `{"id":"acme/b%d","version":"1"},`, i)
	}
	for _, test := range []struct {
		name   string
		labels map[string]string
		want   []Buildpack
	}{
		{"platform API 0.3: a command is one text, and there is a bill of materials", build(`{"bom":[{"name":"jre"}],"buildpacks":[` + paketo + `],"processes":[{"type":"web","command":"java","args":[],"direct":true}],"launcher":{"version":"0.11.3"}}`), two},
		{"platform API 0.10: a command is a list, and there are extensions", build(`{"buildpacks":[` + paketo + `],"extensions":[{"id":"acme/ext","version":"1"}],"processes":[{"type":"web","command":["java"],"args":["-jar"]}]}`), two},
		{"platform API 0.2: only the layers tell", map[string]string{labelLifecycle: `{"app":[{"sha":"sha256:1"}],"buildpacks":[{"key":"acme/first","version":"2.4.0","layers":{}},{"key":"acme/own","version":"1"}]}`}, []Buildpack{{ID: "acme/first", Version: "2.4.0"}, {ID: "acme/own", Version: "1"}}},
		{"layers of an application that is no list", map[string]string{labelLifecycle: `{"app":{"sha":"sha256:1"},"buildpacks":[{"key":"acme/own","version":"1"}]}`}, []Buildpack{{ID: "acme/own", Version: "1"}}},
		{"both labels: the one about the build counts", map[string]string{labelBuild: `{"buildpacks":[` + paketo + `]}`, labelLifecycle: `{"buildpacks":[{"key":"acme/own","version":"1"}]}`}, two},
		{"a buildpack without a version", build(`{"buildpacks":[{"id":"acme/own"}]}`), []Buildpack{{ID: "acme/own", Version: ""}}},
		{"one that is listed twice", build(`{"buildpacks":[{"id":"acme/own","version":"1"},{"id":"acme/own","version":"1"}]}`), []Buildpack{{ID: "acme/own", Version: "1"}}},
		{"entries of which some are none", build(`{"buildpacks":[1,null,"x",{"id":7},{"id":"acme/own","version":"1"},{"id":"a b"},{"id":"a","version":"1\n2"},{}]}`), []Buildpack{{ID: "acme/own", Version: "1"}, {ID: "a"}}},
		{"none that can be read, and layers that tell", map[string]string{labelBuild: `{"buildpacks":[{"id":7}]}`, labelLifecycle: `{"buildpacks":[{"key":"acme/own","version":"1"}]}`}, []Buildpack{{ID: "acme/own", Version: "1"}}},
		{"one without a version that can be read, and layers that tell of others", map[string]string{labelBuild: `{"buildpacks":[{"id":"acme/own","version":"1 "}]}`, labelLifecycle: `{"buildpacks":[{"key":"acme/other","version":"1"}]}`}, []Buildpack{{ID: "acme/own"}}},
		{"other labels", map[string]string{"maintainer": "x"}, nil},
		{"no labels", nil, nil},
		{"an empty label", build(""), nil},
		{"text", build("paketo"), nil},
		{"a list", build("[]"), nil},
		{"null", build("null"), nil},
		{"buildpacks that are no list", build(`{"buildpacks":"paketo"}`), nil},
		{"a label that is cut short", build(`{"buildpacks":[` + paketo), nil},
		{"nesting without end", build(`{"buildpacks":` + strings.Repeat("[", 100_000)), nil},
		{"five megabytes", build(`{"buildpacks":[{"id":"acme/own","version":"1"}],"x":"` + strings.Repeat("x", 5<<20) + `"}`), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Buildpacks(test.labels)); diff != "" {
				t.Errorf("buildpacks (-want +got):\n%s", diff)
			}
		})
	}
	if got := len(Buildpacks(build(`{"buildpacks":[` + strings.TrimSuffix(many.String(), ",") + `]}`))); got != maxBuildpacks {
		t.Errorf("%d of 1000 buildpacks, want %d", got, maxBuildpacks)
	}
}

func FuzzBuildpacks(f *testing.F) {
	for _, seed := range []string{`{"buildpacks":[{"id":"acme/own","version":"1"}]}`, `{"buildpacks":[{"key":"a"}],"app":{}}`, `[]`, `{"buildpacks":[[[]]]}`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, label string) {
		found := Buildpacks(map[string]string{labelBuild: label, labelLifecycle: label})
		if len(found) > maxBuildpacks {
			t.Errorf("%d buildpacks", len(found))
		}
		for _, b := range found {
			if !isID(b.ID) || !isVersion(b.Version) {
				t.Errorf("%+v is no buildpack", b)
			}
		}
	})
}
