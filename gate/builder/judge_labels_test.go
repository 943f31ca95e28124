package builder

import (
	"fmt"
	"strings"
	"testing"

	"bootgate/gate/finding"
	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
)

// naming is what is read off an application image whose labels on build and layers name buildpacks, as JSON.
func naming(build, layers string) Origin {
	c := &image.Candidate{Config: image.Config{Labels: map[string]string{
		labelBuild:     `{"buildpacks":` + build + `,"launcher":{"version":"0.20.1"}}`,
		labelLifecycle: `{"buildpacks":` + layers + `}`,
	}}}
	return Read(c)
}

func TestWhatIsHiddenByDamagedLabelsIsSaid(t *testing.T) {
	const entry = `{"id":"paketo-buildpacks/bellsoft-liberica","version":"%s"}`
	java := func(version string) string { return fmt.Sprintf(entry, version) }
	one := func(version string) string { return "[" + java(version) + "]" }
	var many strings.Builder
	for i := range maxBuildpacks + 44 {
		fmt.Fprintf(&many, `{"id":"acme/b%d","version":"1"},`, i)
	}
	const unread = "io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica has no version that can be read"
	cut := func(what string) []string {
		return []string{
			"builder-version The labels do not tell all buildpacks of the image, so that paketo-buildpacks/bellsoft-liberica, if it is one, is not known to be in >= 11. " + what,
			"builder-labels " + what,
		}
	}
	version := "builder-version The image has buildpack paketo-buildpacks/bellsoft-liberica in a version that it does not tell, and builder.versions allows >= 11. io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica"
	for _, test := range []struct {
		name   string
		origin Origin
		want   []string
	}{
		{"a blank behind the version", naming(one("8.7.0 "), one("8.7.0 ")), []string{version, "builder-labels " + unread}},
		{"a version that is a number", naming(strings.ReplaceAll(one("8.7"), `"8.7"`, "8.7"), "[]"), []string{version, "builder-labels " + unread}},
		{"a version of ten thousand digits", naming(one(strings.Repeat("8", 10_000)), "[]"), []string{version, "builder-labels " + unread}},
		{"no version", naming(`[{"id":"paketo-buildpacks/bellsoft-liberica"}]`, "[]"), []string{version, "builder-labels " + unread}},
		{"more buildpacks than are read", naming("["+many.String()+java("8.7.0")+"]", "[]"), cut("io.buildpacks.build.metadata: buildpacks cannot be read to its end")},
		{"an entry without an id", naming(`[{"id":"acme/go","version":"1"},{"version":"8.7.0"}]`, "[]"), cut("io.buildpacks.build.metadata: buildpacks[1] cannot be read")},
		{"an entry that is none", naming(`[{"id":"acme/go","version":"1"},null]`, "[]"), cut("io.buildpacks.build.metadata: buildpacks[1] cannot be read")},
		{"no list, and layers that tell of others", naming(`"none"`, `[{"key":"acme/go","version":"1"}]`), cut("io.buildpacks.build.metadata: buildpacks cannot be read to its end")},
		{"an extension without an id", naming(`[{"id":"acme/go","version":"1"}],"extensions":[{}]`, "[]"), cut("io.buildpacks.build.metadata: extensions[0] cannot be read")},
		{"nothing in either", naming("[]", "[]"), cut("no label names a buildpack")},
		{"the build is not told, and layers tell of a good one", Read(&image.Candidate{Config: image.Config{Labels: map[string]string{labelBuild: "{", labelLifecycle: `{"buildpacks":[{"key":"paketo-buildpacks/bellsoft-liberica","version":"11.1.0"}]}`}}}),
			[]string{"builder-labels io.buildpacks.build.metadata: is no JSON: unexpected end of JSON input"}},
		{"a builder with an entry that is none", Read(&image.Candidate{Config: image.Config{Labels: map[string]string{labelBuilder: `{"buildpacks":[{"id":"acme/go","version":"1"},7],"lifecycle":{"version":"0.20.1"}}`}}}),
			cut("io.buildpacks.builder.metadata: buildpacks[1] cannot be read")},
		{"all is told, and something else is wrong", naming(one("11.1.0")+`,"processes":7`, "[]"), nil},
		{"a homepage that is none", naming(`[{"id":"paketo-buildpacks/bellsoft-liberica","version":"11.1.0","homepage":7}]`, "[]"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			rules := Rules{Versions: Versions{"paketo-buildpacks/bellsoft-liberica": ranged(t, ">= 11")}}
			for _, f := range rules.Judge(test.origin, appRef) {
				text := f.Rule + " "
				if f.Rule == "builder-version" {
					text += f.Message + " "
				}
				if f.Counts() != (f.Rule == "builder-version") {
					t.Errorf("%s is of severity %s", f.Rule, f.Severity)
				}
				got = append(got, text+evidenceOf(f))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyLabelsThatMatterAreMissed(t *testing.T) {
	for _, test := range []struct {
		name, label string
		origin      Origin
		want        bool
	}{
		{"no buildpacks", labelBuild, cnb("0.20.1"), true},
		{"no launcher", labelBuild, cnb("", "acme/java 1"), true},
		{"no buildpacks, and layers that nobody describes", labelLifecycle, cnb("0.20.1"), true},
		{"a builder without a lifecycle", labelBuilder, aBuilder("", "acme/java 1"), true},
		{"no launcher, and layers that nobody describes", labelLifecycle, cnb("", "acme/java 1"), false},
		{"all that matters is there", labelLifecycle, cnb("0.20.1", "acme/java 1"), false},
		{"another label", "io.buildpacks.project.metadata", cnb("0.20.1"), false},
		{"an image that buildpacks did not make", labelBuild, Origin{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.origin.Problems = []Problem{{Label: test.label, Text: "is no JSON"}}
			findings := Rules{}.Judge(test.origin, appRef)
			if (len(findings) > 0) != test.want {
				t.Fatalf("findings are %+v, want some: %v", findings, test.want)
			}
			for _, f := range findings {
				if f.Rule != "builder-labels" || f.Severity != finding.Warning || evidenceOf(f) != test.label+": is no JSON" {
					t.Errorf("the finding is %+v", f)
				}
			}
		})
	}
}
