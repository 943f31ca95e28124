package gate

import (
	"testing"

	"bootgate/gate/builder"
	"bootgate/gate/finding"
	"bootgate/gate/policy"
	"bootgate/gate/version"

	"github.com/google/go-cmp/cmp"
)

func TestAKeyOfBuilderVersionsThatNoImageMeetsIsSaid(t *testing.T) {
	app := func(ids ...string) *builder.Origin {
		o := &builder.Origin{App: &builder.App{}}
		for _, id := range ids {
			o.App.Buildpacks = append(o.App.Buildpacks, builder.Buildpack{ID: id, Version: "1"})
		}
		return o
	}
	damaged := app("acme/java")
	damaged.App.Unlisted = "the label is damaged"
	const says = "builder.versions names what no image of this check was made with: "
	for _, test := range []struct {
		name, key string
		origins   []*builder.Origin
		// want are message and remedy.
		want []string
	}{
		{"mistyped", "paketo-buildpacks/belsoft-liberica", []*builder.Origin{app("paketo-buildpacks/ca-certificates", "paketo-buildpacks/bellsoft-liberica")},
			[]string{says + "paketo-buildpacks/belsoft-liberica.", "Did you mean paketo-buildpacks/bellsoft-liberica for paketo-buildpacks/belsoft-liberica?"}},
		{"of another author", "paketo-buildpacks/cpython", []*builder.Origin{app("paketo-buildpacks/ca-certificates")},
			[]string{says + "paketo-buildpacks/cpython.", "Check the spelling: `gate inspect` shows the ids of an image's buildpacks."}},
		{"one of several images has it", "acme/java", []*builder.Origin{app("acme/go"), app("acme/java")}, nil},
		{"the lifecycle is no buildpack", "lifecycle", []*builder.Origin{app("acme/go")}, nil},
		{"an image that was not read may have it", "acme/rust", []*builder.Origin{app("acme/go"), nil}, nil},
		{"damaged labels may hide it", "acme/rust", []*builder.Origin{damaged}, nil},
		{"nothing was made by buildpacks", "acme/rust", []*builder.Origin{{}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &checker{origins: test.origins, request: Request{
				Targets: make([]Target, len(test.origins)), Policy: &policy.Policy{Builder: builder.Rules{Versions: builder.Versions{test.key: version.Range{}}}},
			}, report: Report{Images: make([]ImageReport, len(test.origins))}}
			c.noteUnmet()
			var got []string
			for _, m := range c.report.Images {
				for _, f := range m.Findings {
					if got = append(got, f.Message, f.Remedy); f.Rule != "builder-version" || f.Severity != finding.Note {
						t.Errorf("the finding is %+v", f)
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}
