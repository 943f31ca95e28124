package gate

import (
	"testing"

	"bootgate/gate/builder"
	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

// Each case is what changed from a baseline that comes up to an image that does not, and who is blamed in which words.
func TestWhoIsBlamedForAnImageThatFailsWhereItsBaselineDoesNot(t *testing.T) {
	java := builder.Change{Part: builder.PartJVM, Name: "Java", How: builder.Up, Old: "17.0.1", New: "17.0.2"}
	pack := builder.Change{Part: builder.PartBuildpack, Name: "acme/java", How: builder.Up, Old: "1.4.0", New: "1.5.0"}
	added := builder.Change{Part: builder.PartBuildpack, Name: "acme/procfile", How: builder.Added, New: "1.0.0"}
	option := builder.Change{Part: builder.PartJVMFlag, Name: "-Xss", Where: "JAVA_TOOL_OPTIONS", How: builder.Changed, Old: "-Xss1m", New: "-Xss2m"}
	layer := builder.Change{Part: builder.PartLayer, Name: "acme/java helper", How: builder.Changed, Old: "sha256:a", New: "sha256:b"}
	base := builder.Change{Part: builder.PartBase, How: builder.Changed, Old: "debian:11", New: "debian:12"}
	const (
		fails = "fails where its baseline shop:1 comes up under the same conditions"
		keep  = "Keep the baseline shop:1 live; pin the builder by digest to "
	)
	for _, test := range []struct {
		name    string
		changes *builder.Changes
		rule    string
		message string
		remedy  string
	}{
		{"nobody knows what changed", nil, "image-regression", "The image " + fails + ": It died.", ""},
		{"nothing changed", &builder.Changes{Apps: true, Application: builder.Same, Builder: builder.Same}, "image-regression",
			"The image " + fails + ", though the application layers are identical and nothing of the builder changed: It died.", ""},
		{"the application alone", &builder.Changes{Apps: true, Application: builder.Different, Builder: builder.Same}, "image-regression",
			"The image " + fails + "; the application layers changed, nothing of the builder did: It died.", ""},
		{"nothing is known of the builder", &builder.Changes{Apps: true, Application: builder.Same, Builder: builder.Unknown}, "image-regression",
			"The image " + fails + ", though the application layers are identical: It died.", ""},
		{"the application, and nothing is known of the builder", &builder.Changes{Apps: true, Application: builder.Different, Builder: builder.Unknown}, "image-regression",
			"The image " + fails + "; the application layers changed: It died.", ""},
		{"a buildpack", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{java, pack, option}}, "builder-regression",
			"The builder changed (acme/java 1.4.0 → 1.5.0), the application layers are identical, and the image " + fails + ": It died.",
			keep + "one that has acme/java 1.4.0, and rebuild."},
		{"a layer of a buildpack", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{layer}}, "builder-regression",
			"What buildpacks contribute changed (layer acme/java helper sha256:a → sha256:b), the application layers are identical, and the image " + fails + ": It died.",
			keep + "the one that made it, and rebuild."},
		{"an option that no application can have set", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{option}}, "builder-regression",
			"The builder changed (-Xss1m → -Xss2m in JAVA_TOOL_OPTIONS), the application layers are identical, and the image " + fails + ": It died.",
			keep + "the one that made it, and rebuild."},
		{"a buildpack that came, and one that moved", &builder.Changes{Apps: true, Application: builder.Different, List: []builder.Change{pack, added}}, "builder-regression",
			"The builder changed (acme/java 1.4.0 → 1.5.0, acme/procfile 1.0.0 added), the application layers changed as well, and the image " + fails + ": It died.",
			keep + "one that has acme/java 1.4.0, and rebuild."},
		{"a buildpack that the application asked for", &builder.Changes{Apps: true, Application: builder.Different, List: []builder.Change{added}}, "image-regression",
			"The image changed (acme/procfile 1.0.0 added), the application layers changed as well, and fails where its baseline shop:1 comes up under the same conditions: It died.", ""},
		{"Java, without a builder", &builder.Changes{Application: builder.Unknown, List: []builder.Change{java}}, "image-regression",
			"The image changed (Java 17.0.1 → 17.0.2), and fails where its baseline shop:1 comes up under the same conditions: It died.", ""},
		{"the base image of one made by Jib", &builder.Changes{Application: builder.Same, List: []builder.Change{base}}, "image-regression",
			"The image changed (base image debian:11 → debian:12), the application layers are identical, and fails where its baseline shop:1 comes up under the same conditions: It died.", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &subject{target: Target{Baseline: "shop:1"}, report: &ImageReport{Baseline: &Baseline{Changes: test.changes}}}
			f := s.regression(finding.New("boot-exit", "It died."))
			if test.remedy == "" {
				test.remedy = f.Remedy // the failure's own
			}
			want := []string{test.rule, test.message, test.remedy}
			if diff := cmp.Diff(want, []string{f.Rule, f.Message, f.Remedy}); diff != "" {
				t.Errorf("blamed (-want +got):\n%s", diff)
			}
		})
	}
}
