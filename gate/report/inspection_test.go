package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"bootgate/gate"
	"bootgate/gate/builder"
	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

func hexOf(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

// inspectionOf is an inspection of an image in a registry.
func inspectionOf(name string, o builder.Origin) gate.Inspection {
	return gate.Inspection{
		Verdict: finding.Pass, Name: name, Size: 312 << 20, User: "1002:1000",
		Identity: gate.Identity{Ref: "ghcr.io/acme/" + name, Source: "registry", Digest: hexOf("a"), ImageID: hexOf("c"), Platform: "linux/amd64"},
		Origin:   o,
	}
}

// builtByBuildpacks is an application with everything that buildpacks write.
func builtByBuildpacks() gate.Inspection {
	no := false
	in := inspectionOf("shop:1.4.2", builder.Origin{
		App: &builder.App{
			Title: "shop", Version: "1.4.2", SpringBoot: "3.5.1",
			Buildpacks: []builder.Buildpack{
				{ID: "paketo-buildpacks/ca-certificates", Version: "3.10.4", Name: "CA Certificates", Homepage: "https://example.com"},
				{ID: "paketo-buildpacks/bellsoft-liberica", Version: "11.2.5"},
			},
			Extensions: []builder.Buildpack{{ID: "acme/curl", Version: "0.1.0"}},
			Processes: []builder.Process{
				{Type: "web", Command: []string{"java"}, Args: []string{"-Ddb.password=***", "org.springframework.boot.loader.launch.JarLauncher"}, Direct: true, Default: true, Buildpack: "paketo-buildpacks/spring-boot", WorkDir: "/srv"},
				{Type: "shell", Command: []string{"bash"}},
			},
			DefaultProcess: "web", PlatformAPI: "0.14",
			Launcher: builder.Launcher{Version: "0.20.11", Repository: "github.com/buildpacks/lifecycle", Commit: "3c8b7dd"},
			RunImage: builder.RunImage{
				Name: "docker.io/paketobuildpacks/ubuntu-noble-run-tiny:0.0.24", Reference: "docker.io/paketobuildpacks/ubuntu-noble-run-tiny@" + hexOf("d"), Digest: hexOf("d"),
				TopLayer: hexOf("2"), Mirrors: []string{"gcr.io/mirror"}, Stack: "io.buildpacks.stacks.noble.tiny", ID: "noble", DistroName: "ubuntu", DistroVersion: "24.04",
				Maintainer: "Paketo", Released: "2025-01-01",
			},
			Rebasable: &no,
			Source:    &builder.Source{Type: "git", Version: map[string]string{"commit": "4b825dc"}, Metadata: map[string]string{"repository": "https://***@github.com/acme/shop"}},
			Builders:  []builder.BuilderGuess{{Name: "paketobuildpacks/builder-noble-java-tiny", Sure: builder.Likely, Why: "only it has the run image"}},
		},
		Base: &builder.Base{Name: "docker.io/paketobuildpacks/ubuntu-noble-run-tiny:0.0.24", Digest: hexOf("d"), Where: "label"},
		JVM: &builder.JVM{
			Name: "BellSoft Liberica JRE", Vendor: "BellSoft", Version: "17.0.12", Release: 17,
			Where: "layer jre of paketo-buildpacks/bellsoft-liberica", Buildpack: "paketo-buildpacks/bellsoft-liberica",
		},
		Layers: []builder.Layer{
			{Group: builder.GroupRunImage, DiffID: hexOf("2"), Digest: hexOf("3"), Size: 28 << 20},
			{Group: builder.GroupBuildpacks, Buildpack: "paketo-buildpacks/bellsoft-liberica", Name: "jre", DiffID: hexOf("4"), Digest: hexOf("5"), Size: 190 << 20},
			{Group: builder.GroupApplication, DiffID: hexOf("6"), Digest: hexOf("7"), Size: 94 << 20},
		},
		Contents: &builder.Contents{
			JVMs:    []builder.JVM{{Vendor: "BellSoft", Version: "17.0.12", Release: 17, Where: "/layers/paketo-buildpacks_bellsoft-liberica/jre/release"}, {Vendor: "SAP", Version: "8.0.302", Release: 8, Where: "/opt/old/release"}},
			Highest: &builder.Class{Name: "org.x.New", Where: "/workspace/BOOT-INF/lib/new.jar", Major: 65, Release: 21, Layer: 2},
			Main:    &builder.Class{Name: "com.acme.Shop", Where: "/workspace/BOOT-INF/classes/com/acme/Shop.class", Major: 65, Release: 21, Layer: 2},
			Places:  []builder.Place{{Where: "/workspace/BOOT-INF/lib/new.jar", Library: true, Lowest: builder.Class{Name: "org.x.New", Where: "/workspace/BOOT-INF/lib/new.jar", Major: 65, Release: 21, Layer: 2}}},
			Classes: 48_112, Jars: 93, Read: []int{1, 2}, Skipped: []string{"1 layer of the run image"},
		},
		Problems: []builder.Problem{{Label: "io.buildpacks.project.metadata", Text: "is no JSON: unexpected end of JSON input"}},
	})
	in.ChildDigest = hexOf("b")
	in.Entrypoint, in.Ports = []string{"/cnb/process/web"}, []string{"8080/tcp"}
	return in
}

func aBuilder() gate.Inspection {
	buildpacks := []builder.Buildpack{{ID: "paketo-buildpacks/java", Version: "18.0.0"}, {ID: "paketo-buildpacks/jvm", Version: "1.1.1"}}
	in := inspectionOf("builder-noble-java-tiny:0.0.100", builder.Origin{Builder: &builder.Builder{
		Description: "Noble with Java", Buildpacks: buildpacks, Extensions: []builder.Buildpack{{ID: "acme/ext", Version: "1"}},
		Order:           [][]builder.OrderEntry{{{ID: "paketo-buildpacks/java", Version: "18.0.0"}, {ID: "acme/opt", Optional: true}}},
		OrderExtensions: [][]builder.OrderEntry{{{ID: "acme/ext"}}},
		Lifecycle: builder.Lifecycle{
			Version: "0.20.11", PlatformAPIs: []string{"0.13", "0.14"}, PlatformDeprecated: []string{"0.13"}, BuildpackAPIs: []string{"0.10", "0.11"}, BuildpackDeprecated: []string{"0.10"},
		},
		RunImages: []builder.RunImageOffer{{Image: "paketobuildpacks/ubuntu-noble-run-tiny:0.0.24", Mirrors: []string{"gcr.io/mirror"}}},
		CreatedBy: "Pack CLI", CreatedByVersion: "0.38.0", Stack: "io.buildpacks.stacks.noble", UserID: "1001", GroupID: "1000",
	}})
	in.Ref, in.Source = in.Name, "engine"
	in.Digest = ""
	return in
}

// inspections are those of the golden files, by file name.
func inspections() map[string]gate.Inspection {
	kit := inspectionOf("tool:2", builder.Origin{
		Maker:      &builder.Maker{Name: "buildkit", Version: "0.17", Why: "an attestation in the index"},
		Base:       &builder.Base{Name: "alpine:3.20", Digest: hexOf("e"), Where: "provenance"},
		JVM:        &builder.JVM{Version: "21.0.2+13", Release: 21, Where: "JAVA_VERSION"},
		Provenance: &builder.Provenance{Digest: hexOf("f"), Read: true, Builder: "https://github.com/acme/shop/actions", Source: "https://github.com/acme/shop", Images: []builder.Base{{Name: "alpine:3.20", Digest: hexOf("e"), Where: "provenance"}}},
		Layers:     []builder.Layer{{Group: builder.GroupOther, DiffID: hexOf("2")}},
		Contents:   &builder.Contents{Highest: &builder.Class{Name: "org.x.Native", Where: "/app.jar", Major: 66, Release: 22}, Main: &builder.Class{Name: "Main", Where: "/app.jar", Major: 61, Release: 17}, Classes: 1, Jars: 1},
	})
	kit.Entrypoint, kit.Cmd = []string{"java", "-jar"}, []string{"/app.jar"}
	unread := kit
	unread.Origin.Provenance, unread.Origin.Contents = &builder.Provenance{Digest: hexOf("f")}, nil
	gone := found("host-registry", "image \"ghcr.io/acme/shop:9\": registry ghcr.io: status 503", "")
	gone.Remedy = "Try again later: the registry itself has a fault."
	return map[string]gate.Inspection{
		"application": builtByBuildpacks(),
		"builder":     aBuilder(),
		"buildpackage": inspectionOf("java:18", builder.Origin{Buildpackage: &builder.Buildpackage{
			Buildpack: builder.Buildpack{ID: "paketo-buildpacks/java", Version: "18.0.0", Homepage: "https://example.com"}, Stacks: []string{"*"},
			Buildpacks: []builder.Buildpack{{ID: "paketo-buildpacks/java", Version: "18.0.0"}}, Extensions: []builder.Buildpack{{ID: "acme/ext", Version: "1"}},
		}}),
		"lifecycle": inspectionOf("lifecycle:0.20.11", builder.Origin{Lifecycle: &builder.Lifecycle{Version: "0.20.11", PlatformAPIs: []string{"0.14"}}}),
		"runimage": inspectionOf("run:1", builder.Origin{Stack: &builder.Stack{
			Stack: "io.buildpacks.stacks.jammy", ID: "jammy", Description: "A run image", DistroName: "ubuntu", DistroVersion: "22.04", Maintainer: "Paketo", Released: "2024", Homepage: "https://x", Mixins: 1204,
		}}),
		"buildkit": kit,
		"unread":   unread,
		"unknown":  inspectionOf("thing:1", builder.Origin{}),
		"gone":     {Verdict: finding.Inconclusive, Name: "ghcr.io/acme/shop:9", Findings: []finding.Finding{gone}},
	}
}

func inspectedAs(t testing.TB, format string, in gate.Inspection, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteInspection(format, &b, in, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenInspections(t *testing.T) {
	forms := map[string]func(*testing.T, gate.Inspection) []byte{
		"txt": func(t *testing.T, in gate.Inspection) []byte { return inspectedAs(t, FormatText, in, Options{}) },
		"color.txt": func(t *testing.T, in gate.Inspection) []byte {
			return inspectedAs(t, FormatText, in, Options{Text: TextOptions{Color: true, Width: 80}})
		},
		"json": func(t *testing.T, in gate.Inspection) []byte { return inspectedAs(t, FormatJSON, in, Options{}) },
		"md":   func(t *testing.T, in gate.Inspection) []byte { return inspectedAs(t, FormatMarkdown, in, Options{}) },
		"github": func(t *testing.T, in gate.Inspection) []byte {
			step := newStep(t)
			log := inspectedAs(t, FormatGitHub, in, Options{Env: step.env, Random: step, ReportPath: "inspection.json"})
			return append(log, []byte("=== GITHUB_OUTPUT\n"+step.output(t)+"=== GITHUB_STEP_SUMMARY\n"+step.summary(t))...)
		},
	}
	for sample, in := range inspections() {
		for form, write := range forms {
			if (strings.Contains(form, ".") || form == "github") && sample != "application" && sample != "gone" {
				continue
			}
			t.Run(sample+" as "+form, func(t *testing.T) { golden(t, "inspection-"+sample+"."+form, write(t, in)) })
		}
	}
}

func TestTheReasonOfAnInspectionIsOneLine(t *testing.T) {
	for sample, want := range map[string]string{
		"application": "read: shop:1.4.2: an application image made by buildpacks",
		"unknown":     "read: thing:1: an image that does not say what made it",
		"gone":        `inconclusive: ghcr.io/acme/shop:9: host-registry: image "ghcr.io/acme/shop:9": registry ghcr.io: status 503`,
	} {
		t.Run(sample, func(t *testing.T) {
			if diff := cmp.Diff(want, InspectionReason(inspections()[sample])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	var unknown *UnknownFormatError
	if err := WriteInspection("xml", &bytes.Buffer{}, gate.Inspection{}, Options{}); !errors.As(err, &unknown) {
		t.Errorf("got error %v", err)
	}
}

// poisonedInspection is an inspection in which every text that an image has a hand in is s.
func poisonedInspection(s string) gate.Inspection {
	pack := []builder.Buildpack{{ID: s, Version: s, Name: s, Homepage: s}}
	class := &builder.Class{Name: s, Where: s, Major: 52, Release: 8}
	jvm := builder.JVM{Name: s, Vendor: s, Version: s, Where: s, Buildpack: s}
	in := inspectionOf("x", builder.Origin{
		App: &builder.App{
			Title: s, Version: s, SpringBoot: s, Buildpacks: pack, Extensions: pack, PlatformAPI: s, DefaultProcess: s,
			Processes: []builder.Process{{Type: s, Command: []string{s}, Args: []string{s, s}, WorkDir: s, Buildpack: s}},
			Launcher:  builder.Launcher{Version: s, Repository: s, Commit: s},
			RunImage:  builder.RunImage{Name: s, Reference: s, Digest: s, TopLayer: s, DistroName: s, DistroVersion: s, Stack: s, ID: s},
			Source:    &builder.Source{Type: s, Version: map[string]string{s: s}, Metadata: map[string]string{s: s}},
			Builders:  []builder.BuilderGuess{{Name: s, Sure: s, Why: s}},
		},
		Provenance: &builder.Provenance{Digest: s, Read: true, Builder: s, Source: s, Images: []builder.Base{{Name: s, Digest: s}}},
		JVM:        &jvm, Contents: &builder.Contents{JVMs: []builder.JVM{jvm}, Highest: class, Skipped: []string{s}},
		Problems: []builder.Problem{{Label: s, Text: s}},
	})
	in.Name, in.Ref, in.User, in.Platform, in.Ports = s, "ref "+s, s, s, []string{s}
	return in
}

func TestWhatLabelsSayIsHarmless(t *testing.T) {
	plain := markdownShape(inspectedAs(t, FormatMarkdown, poisonedInspection("plain"), Options{}))
	for _, s := range hostile {
		in := poisonedInspection(s)
		for _, width := range []int{0, 60} {
			checkQuiet(t, "text", inspectedAs(t, FormatText, in, Options{Text: TextOptions{Width: width}}))
		}
		for _, format := range []string{FormatJSON, FormatMarkdown} {
			checkQuiet(t, format, inspectedAs(t, format, in, Options{}))
		}
		checkQuiet(t, "reason", []byte(InspectionReason(in)))
		if prose(s) == "" {
			continue // what is empty is left out
		}
		got := markdownShape(inspectedAs(t, FormatMarkdown, in, Options{}))
		if diff := cmp.Diff(plain, got); diff != "" {
			t.Errorf("shape of the Markdown of %q (-harmless +hostile):\n%s", s, diff)
		}
	}
	for _, limit := range []int{SummaryLimit, 1000, 1} {
		if got := inspectionMarkdown(poisonedInspection(strings.Repeat("x", 900)), limit); len(got) > limit {
			t.Errorf("%d bytes, limit %d", len(got), limit)
		}
	}
}
