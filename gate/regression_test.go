package gate

import (
	"fmt"
	"slices"
	"strings"
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
	variable := builder.Change{Part: builder.PartEnvironment, Name: "DIE", How: builder.Added, New: "1"}
	base := builder.Change{Part: builder.PartBase, How: builder.Changed, Old: "debian:11", New: "debian:12"}
	const (
		fails = "fails where its baseline shop:1 comes up under the same conditions"
		keep  = "Keep the baseline shop:1 live; pin the builder by digest to "
	)
	own := finding.New("boot-exit", "It died.").Remedy
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
			keep + "one that has acme/java 1.4.0, and rebuild. " + own},
		{"a buildpack, and a variable", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{pack, variable}}, "builder-regression",
			"The builder changed (acme/java 1.4.0 → 1.5.0), the application layers are identical, settings changed as well (" + variable.String() + "), and the image " + fails + ": It died.",
			keep + "one that has acme/java 1.4.0, and rebuild. " + own},
		{"a layer of a buildpack", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{layer}}, "builder-regression",
			"What buildpacks contribute changed (layer acme/java helper sha256:a → sha256:b), the application layers are identical, and the image " + fails + ": It died.",
			keep + "the one that made it, and rebuild. " + own},
		{"an option that no application can have set", &builder.Changes{Apps: true, Application: builder.Same, List: []builder.Change{option}}, "builder-regression",
			"The builder changed (-Xss1m → -Xss2m in JAVA_TOOL_OPTIONS), the application layers are identical, and the image " + fails + ": It died.",
			keep + "the one that made it, and rebuild. " + own},
		{"a buildpack that came, and one that moved", &builder.Changes{Apps: true, Application: builder.Different, List: []builder.Change{pack, added}}, "builder-regression",
			"The builder changed (acme/java 1.4.0 → 1.5.0, acme/procfile 1.0.0 added), the application layers changed as well, and the image " + fails + ": It died.",
			keep + "one that has acme/java 1.4.0, and rebuild. " + own},
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

func TestWhatChangedBesideTheBuilderIsListedBehindIt(t *testing.T) {
	changes := func(part builder.Part, n int) []builder.Change {
		var list []builder.Change
		for i := range n {
			list = append(list, builder.Change{Part: part, Name: fmt.Sprintf("%s/%d", part, i), How: builder.Changed, Old: "1", New: "2"})
		}
		return list
	}
	for _, test := range []struct {
		name                         string
		built, settings              int
		listed, listedSettings, more int
	}{
		{"a buildpack and a variable", 1, 1, 1, 1, 0},
		{"a buildpack alone", 1, 0, 1, 0, 0},
		{"many buildpacks", 20, 0, 10, 0, 10},
		{"many buildpacks and a variable", 20, 1, 9, 1, 11},
		{"many of both", 20, 20, 7, 3, 30},
		{"a buildpack and many variables", 1, 20, 1, 9, 11},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := slices.Concat(changes(builder.PartBuildpack, test.built), changes(builder.PartEnvironment, test.settings))
			s := &subject{target: Target{Baseline: "shop:1"}, report: &ImageReport{Baseline: &Baseline{Changes: &builder.Changes{Apps: true, Application: builder.Same, List: all}}}}
			var got [3]int
			for i, e := range s.regression(finding.New("boot-exit", "It died.")).Evidence {
				switch {
				case strings.HasPrefix(e.Text, "and "):
					fmt.Sscanf(e.Text, "and %d more", &got[2])
				case strings.Contains(e.Text, string(builder.PartEnvironment)+"/"):
					got[1]++
					if i < got[0] {
						t.Errorf("%q stands before what the builder changed", e.Text)
					}
				default:
					got[0]++
				}
			}
			if want := [3]int{test.listed, test.listedSettings, test.more}; got != want {
				t.Errorf("listed of the builder, of the settings, more = %v, want %v", got, want)
			}
		})
	}
}
