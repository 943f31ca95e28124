package builder

import (
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestABuilder(t *testing.T) {
	c := labelled(labelBuilder, `{"description":"Noble with Java","buildpacks":[{"id":"paketo-buildpacks/java","version":"18.0.0","homepage":"https://example.com"}],
		"stack":{"runImage":{"image":"","mirrors":null}},
		"images":[{"image":"index.docker.io/paketobuildpacks/run-noble-tiny:latest","mirrors":["gcr.io/x/run","public.ecr.aws/x/run"]}],
		"lifecycle":{"version":"0.20.11","api":{"buildpack":"0.2","platform":"0.3"},"apis":{"buildpack":{"deprecated":[],"supported":["0.7","0.8"]},"platform":{"deprecated":["0.3"],"supported":["0.7","0.14"]}}},
		"createdBy":{"name":"Pack CLI","version":"0.38.0+git-1"}}`,
		labelOrder, `[{"group":[{"id":"paketo-buildpacks/java","version":"18.0.0"},{"id":"acme/opt","optional":true}]},{"group":[]}]`,
		labelOrderExtensions, `[{"group":[{"id":"acme/ext"}]}]`, labelStackID, "io.buildpacks.stacks.noble")
	c.Config.Env = []string{"CNB_USER_ID=1001", "CNB_GROUP_ID=1000"}
	want := Origin{Builder: &Builder{
		Description: "Noble with Java",
		Buildpacks:  []Buildpack{{ID: "paketo-buildpacks/java", Version: "18.0.0", Homepage: "https://example.com"}},
		Order: [][]OrderEntry{
			{{ID: "paketo-buildpacks/java", Version: "18.0.0"}, {ID: "acme/opt", Optional: true}}, {},
		},
		OrderExtensions: [][]OrderEntry{{{ID: "acme/ext"}}},
		Lifecycle: Lifecycle{
			Version: "0.20.11", PlatformAPIs: []string{"0.7", "0.14"}, PlatformDeprecated: []string{"0.3"}, BuildpackAPIs: []string{"0.7", "0.8"},
		},
		RunImages: []RunImageOffer{{Image: "index.docker.io/paketobuildpacks/run-noble-tiny:latest", Mirrors: []string{"gcr.io/x/run", "public.ecr.aws/x/run"}}},
		CreatedBy: "Pack CLI", CreatedByVersion: "0.38.0+git-1", Stack: "io.buildpacks.stacks.noble", UserID: "1001", GroupID: "1000",
	}}
	if diff := cmp.Diff(want, Read(c)); diff != "" {
		t.Errorf("origin (-want +got):\n%s", diff)
	}
}

func TestOldAndBrokenBuilders(t *testing.T) {
	for _, test := range []struct {
		name string
		c    *image.Candidate
		want Builder
		said []Problem
	}{
		{
			"before pack 0.4: groups in place of an order, and a buildpack that is the latest",
			labelled(labelBuilder, `{"buildpacks":[{"id":"org.cloudfoundry.java","version":"1.0","latest":true}],"groups":[{"buildpacks":[{"id":"org.cloudfoundry.java","version":"1.0","latest":true}]}],"stack":{"runImage":{"image":"cloudfoundry/run","mirrors":null}},"lifecycle":{"version":"0.4.0"}}`),
			Builder{
				Buildpacks: []Buildpack{{ID: "org.cloudfoundry.java", Version: "1.0"}}, Order: [][]OrderEntry{{{ID: "org.cloudfoundry.java", Version: "1.0"}}},
				Lifecycle: Lifecycle{Version: "0.4.0"}, RunImages: []RunImageOffer{{Image: "cloudfoundry/run"}},
			},
			nil,
		},
		{
			"before pack 0.11: one version of each API",
			labelled(labelBuilder, `{"buildpacks":[{"id":"a/b"}],"lifecycle":{"version":"0.7.5","api":{"buildpack":"0.2","platform":"0.3"}}}`, labelOrder, `[{"group":[{"id":"a/b"}]}]`),
			Builder{Buildpacks: []Buildpack{{ID: "a/b"}}, Order: [][]OrderEntry{{{ID: "a/b"}}}, Lifecycle: Lifecycle{Version: "0.7.5", PlatformAPIs: []string{"0.3"}, BuildpackAPIs: []string{"0.2"}}},
			nil,
		},
		{
			"the buildpacks are in the layers' label alone",
			labelled(labelBuilder, `{"lifecycle":{"version":"0.7.5"}}`, labelLayers, `{"b/b":{"2":{"api":"0.2"},"1":{"homepage":"https://x"}},"a/a":{"1":{}},"bad id":{"1":{}}}`, labelOrder, `[{"group":[{"id":"a/a"}]}]`),
			Builder{Unlisted: labelLayers + ": not all in it are buildpacks", Buildpacks: []Buildpack{{ID: "a/a", Version: "1"}, {ID: "b/b", Version: "1", Homepage: "https://x"}, {ID: "b/b", Version: "2"}}, Order: [][]OrderEntry{{{ID: "a/a"}}}, Lifecycle: Lifecycle{Version: "0.7.5"}},
			[]Problem{{labelLayers, `bad id is no buildpack: "bad id" "1"`}},
		},
		{
			"everything is of another kind",
			labelled(labelBuilder, `{"description":[],"buildpacks":{},"stack":[],"images":"x","lifecycle":"x","createdBy":7}`, labelOrder, `{}`),
			Builder{Unlisted: labelBuilder + ": buildpacks cannot be read to its end"},
			[]Problem{
				{labelBuilder, "createdBy is a number, not an object"}, {labelBuilder, "description is a list, not a text"},
				{labelBuilder, "buildpacks is an object, not a list"}, {labelOrder, "is an object, not a list"},
				{labelBuilder, "lifecycle is a text, not an object"}, {labelBuilder, "images is a text, not a list"}, {labelBuilder, "stack is a list, not an object"},
				{labelBuilder, "names no buildpacks"}, {labelBuilder, "names no lifecycle"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Read(test.c)
			if got.Builder == nil {
				t.Fatal("no builder")
			}
			if diff := cmp.Diff(test.want, *got.Builder, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("builder (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.said, got.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestImagesForBuilders(t *testing.T) {
	for _, test := range []struct {
		name string
		c    *image.Candidate
		want Origin
	}{
		{
			"a lifecycle",
			labelled(labelLifecycleVersion, "0.20.11", labelLifecycleAPIs, `{"buildpack":{"deprecated":[],"supported":["0.7"]},"platform":{"deprecated":[],"supported":["0.14"]}}`),
			Origin{Lifecycle: &Lifecycle{Version: "0.20.11", PlatformAPIs: []string{"0.14"}, BuildpackAPIs: []string{"0.7"}}},
		},
		{
			"a buildpackage",
			labelled(labelBuildpackage, `{"id":"acme/java","version":"2.0.0","homepage":"https://x","stacks":[{"id":"*"}]}`, labelLayers, `{"acme/java":{"2.0.0":{}},"acme/jre":{"1.1.0":{}}}`),
			Origin{Buildpackage: &Buildpackage{
				Buildpack: Buildpack{ID: "acme/java", Version: "2.0.0", Homepage: "https://x"}, Stacks: []string{"*"},
				Buildpacks: []Buildpack{{ID: "acme/java", Version: "2.0.0"}, {ID: "acme/jre", Version: "1.1.0"}},
			}},
		},
		{
			"a run image",
			labelled(labelStackID, "io.buildpacks.stacks.jammy", labelMixins, `["a","b"]`, labelBaseID, "jammy-run", labelDescription, "A run image", labelDistroName, "ubuntu", labelDistroVersion, "22.04", labelMaintainer, "Paketo", labelReleased, "2024", labelHomepage, "https://x"),
			Origin{Stack: &Stack{Stack: "io.buildpacks.stacks.jammy", ID: "jammy-run", Description: "A run image", DistroName: "ubuntu", DistroVersion: "22.04", Maintainer: "Paketo", Released: "2024", Homepage: "https://x", Mixins: 2}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Read(test.c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOtherMakers(t *testing.T) {
	steps := func(c *image.Candidate, steps ...image.Step) *image.Candidate { c.Record.History = steps; return c }
	annotated := func(c *image.Candidate, pairs ...string) *image.Candidate {
		c.Record.Annotations = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			c.Record.Annotations[pairs[i]] = pairs[i+1]
		}
		return c
	}
	with := func(c *image.Candidate, change func(*image.Candidate)) *image.Candidate { change(c); return c }
	base := image.Step{CreatedBy: "/bin/sh -c #(nop) ADD file:1 in / "}
	empty := image.Step{CreatedBy: `/bin/sh -c #(nop)  CMD ["bash"]`, Empty: true}
	for _, test := range []struct {
		name string
		c    *image.Candidate
		want Origin
	}{
		{
			"Jib, on a base that docker made",
			steps(withLayers(labelled(), "123"), base, empty, image.Step{Author: "Jib", CreatedBy: "jib-maven-plugin:3.4.0", Comment: "dependencies"}, image.Step{Author: "Jib", CreatedBy: "jib-maven-plugin:3.4.0", Comment: "classes"}),
			Origin{Maker: &Maker{Name: "jib", Version: "3.4.0", Why: "history: created by jib-maven-plugin:3.4.0"}, Layers: []Layer{{Group: GroupRunImage}, {Group: GroupApplication}, {Group: GroupApplication}}},
		},
		{
			"ko, which says what the base is",
			annotated(steps(withLayers(labelled(), "12"), image.Step{CreatedBy: "apko", Author: "apko"}, image.Step{Author: "ko", CreatedBy: "ko build ko://acme/x", Comment: "go build output, at /ko-app/x"}), labelBaseName, "cgr.dev/chainguard/static:latest", labelBaseDigest, sum("a")),
			Origin{Maker: &Maker{Name: "ko", Why: "history: created by ko build ko://acme/x"}, Base: &Base{Name: "cgr.dev/chainguard/static:latest", Digest: sum("a"), Where: "annotation of the manifest"}, Layers: []Layer{{Group: GroupRunImage}, {Group: GroupApplication}}},
		},
		{
			".NET, whose base is in labels",
			steps(withLayers(labelled(labelDotnetSDK, "8.0.100", labelBaseName, "mcr.microsoft.com/dotnet/runtime:8.0", labelBaseDigest, "no digest"), "1"), image.Step{Author: ".NET SDK", CreatedBy: ".NET SDK, Version 8.0.100"}),
			Origin{Maker: &Maker{Name: "dotnet", Version: "8.0.100", Why: "history: created by .NET SDK, Version 8.0.100"}, Base: &Base{Name: "mcr.microsoft.com/dotnet/runtime:8.0", Where: "label, which a base may hand on"}, Layers: []Layer{{Group: GroupApplication}}},
		},
		{
			"buildah",
			labelled(labelBuildah, "1.33.7"),
			Origin{Maker: &Maker{Name: "buildah", Version: "1.33.7", Why: "label io.buildah.version"}},
		},
		{
			"BuildKit, with an attestation, on a base from Jib",
			with(steps(withLayers(labelled(), "12"), image.Step{Author: "Jib", CreatedBy: "jib-core:1"}, image.Step{CreatedBy: "COPY . . # buildkit", Comment: "buildkit.dockerfile.v0"}), func(c *image.Candidate) {
				c.Record.Attestations = []image.Attestation{{Type: "attestation-manifest", Digest: sum("e")}}
			}),
			Origin{Maker: &Maker{Name: "buildkit", Why: `history: comment "buildkit.dockerfile.v0", and an attestation in the index`}, Provenance: &Provenance{Digest: sum("e")}, Layers: []Layer{{Group: GroupOther}, {Group: GroupOther}}},
		},
		{
			"docker's own builder, with a JVM of Eclipse's image",
			with(steps(withLayers(labelled(), "1"), base, empty), func(c *image.Candidate) {
				c.Config.Env = []string{"JAVA_HOME=/opt/java/openjdk", "JAVA_VERSION=jdk-21.0.2+13"}
			}),
			Origin{Maker: &Maker{Name: "docker", Why: `history: created by /bin/sh -c #(nop)  CMD ["bash"]`}, JVM: &JVM{Version: "21.0.2+13", Release: 21, Where: "JAVA_VERSION"}, Layers: []Layer{{Group: GroupOther}}},
		},
		{
			"a history that does not fit the layers",
			steps(withLayers(labelled(), "123"), image.Step{Author: "Jib", CreatedBy: "jib-core:x y"}),
			Origin{Maker: &Maker{Name: "jib", Why: "history: created by jib-core:x y"}, Layers: []Layer{{Group: GroupOther}, {Group: GroupOther}, {Group: GroupOther}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Read(test.c)
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(Layer{}, "DiffID", "Digest", "Size")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheFeatureReleaseInAVersion(t *testing.T) {
	for version, want := range map[string]int{
		"21.0.9": 21, "8.0.302": 8, "1.8.0_302": 8, "8u402-b06": 8, "jdk-21.0.2+13": 21, "jdk8u402-b06": 8, "17": 17, "25-ea": 25, "1.8": 8, "jdk-17.0.8+7_openj9-0.40.0": 17,
		"": 0, "x": 0, "1.": 0, strings.Repeat("9", 10_000): 0, "-1": 0,
	} {
		if got := feature(version); got != want {
			t.Errorf("%s: %d, want %d", cutTo(version, 20), got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(modernBuild, modernLifecycle(), byte(0))
	f.Add(`{"description":"x","buildpacks":[{"id":"a"}],"lifecycle":{"version":"1"}}`, `[{"group":[{"id":"a"}]}]`, byte(1))
	f.Add(`{"a/b":{"1":{}}}`, `{"id":"a","version":"1"}`, byte(2))
	f.Add(`{"buildpack":{"supported":["1"]}}`, "1.2.3", byte(3))
	f.Add(`["a"]`, "jdk-21", byte(4))
	f.Fuzz(func(t *testing.T, one, two string, kind byte) {
		var c *image.Candidate
		switch kind % 5 {
		case 0:
			c = labelled(labelBuild, one, labelLifecycle, two, labelProject, one, labelSpringBoot, two)
		case 1:
			c = labelled(labelBuilder, one, labelOrder, two, labelLayers, two)
		case 2:
			c = labelled(labelLayers, one, labelBuildpackage, two, labelExtensionLayers, one)
		case 3:
			c = labelled(labelLifecycleAPIs, one, labelLifecycleVersion, two)
		case 4:
			c = labelled(labelMixins, one, labelStackID, two)
		}
		c = withLayers(c, "19ab")
		c.Config.Env = []string{"JAVA_VERSION=" + two, "CNB_PLATFORM_API=" + one}
		c.Config.Entrypoint = []string{two}
		c.Record.History = []image.Step{{Author: one, CreatedBy: two, Comment: one}}
		c.Record.Annotations = map[string]string{labelBaseName: one, labelBaseDigest: two}
		got := Read(c)
		if len(got.Layers) != len(c.Record.Layers) || len(got.Problems) > maxProblems+1 {
			t.Errorf("%d layers, %d problems", len(got.Layers), len(got.Problems))
		}
		if kind%5 == 0 {
			if diff := cmp.Diff(Buildpacks(c.Config.Labels), got.App.Buildpacks); diff != "" {
				t.Errorf("Buildpacks and Read (-Buildpacks +Read):\n%s", diff)
			}
		}
	})
}
