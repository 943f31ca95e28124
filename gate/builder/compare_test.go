package builder

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// incident is a small image as Paketo's builders made them in September 2021, with the buildpacks of the given versions.
func incident(java, liberica, jvm string) Side {
	return Side{
		Origin: Origin{
			App: &App{
				Buildpacks:     []Buildpack{{ID: "paketo-buildpacks/ca-certificates", Version: "2.4.0"}, {ID: "paketo-buildpacks/bellsoft-liberica", Version: liberica}, {ID: "paketo-buildpacks/java", Version: java}},
				Processes:      []Process{{Type: "web", Command: []string{"java"}, Args: []string{"org.springframework.boot.loader.JarLauncher"}, Direct: true, Default: true}},
				DefaultProcess: "web",
				Launcher:       Launcher{Version: "0.11.3"},
				RunImage:       RunImage{Name: "index.docker.io/paketobuildpacks/run:base-cnb", Digest: "sha256:" + strings.Repeat("a", 64), TopLayer: "sha256:run"},
			},
			Layers: []Layer{
				{Group: GroupRunImage, DiffID: "sha256:os", Size: 20 << 20},
				{Group: GroupRunImage, DiffID: "sha256:run", Size: 1 << 20},
				{Group: GroupBuildpacks, Buildpack: "paketo-buildpacks/bellsoft-liberica", Name: "helper", DiffID: "sha256:helper-" + liberica, Size: 3 << 20},
				{Group: GroupBuildpacks, Name: "launcher", DiffID: "sha256:launcher", Size: 2 << 20},
				{Group: GroupApplication, DiffID: "sha256:app", Size: 10 << 20},
			},
			JVM: &JVM{Name: "BellSoft Liberica JRE", Vendor: "BellSoft", Version: jvm, Buildpack: "paketo-buildpacks/bellsoft-liberica"},
		},
		Platform: "linux/amd64",
		Env:      []string{"PATH=/cnb/process:/cnb/lifecycle:/usr/bin", "CNB_PLATFORM_API=0.3"}, Entrypoint: []string{"/cnb/process/web"},
		User: "1000:1000", Ports: []string{"8080/tcp"}, Labels: map[string]string{"team": "warehouse"},
		Size: 36 << 20,
	}
}

func TestTheIncidentIsSeenAtOnce(t *testing.T) {
	changes := Compare(incident("5.15.0", "8.6.0", "8.0.302"), incident("5.16.0", "8.7.0", "8.0.302"))
	want := Changes{
		Application: Same, Builder: Different, Apps: true,
		List: []Change{
			{Part: PartBuildpack, Name: "paketo-buildpacks/bellsoft-liberica", How: Up, Old: "8.6.0", New: "8.7.0"},
			{Part: PartBuildpack, Name: "paketo-buildpacks/java", How: Up, Old: "5.15.0", New: "5.16.0"},
		},
		Sizes: []SizeChange{
			{Group: GroupApplication, Old: 10 << 20, New: 10 << 20, Layers: Same},
			{Group: GroupBuildpacks, Old: 5 << 20, New: 5 << 20, Layers: Different, Which: []string{"paketo-buildpacks/bellsoft-liberica helper"}},
			{Group: GroupRunImage, Old: 21 << 20, New: 21 << 20, Layers: Same},
			{Group: GroupImage, Old: 36 << 20, New: 36 << 20, Layers: Different},
		},
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	const headline = "same application, different builder: paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0, paketo-buildpacks/java 5.15.0 → 5.16.0"
	if got := changes.Headline(); got != headline {
		t.Errorf("headline %q, want %q", got, headline)
	}
}

// Each case changes one thing of the image, and says in the words of the report what that is.
func TestOneChangeIsToldAsOne(t *testing.T) {
	env := func(old, new string) func(a, b *Side) {
		return func(a, b *Side) { a.Env, b.Env = append(a.Env, old), append(b.Env, new) }
	}
	label := func(name, old, new string) func(a, b *Side) {
		return func(a, b *Side) {
			a.Labels, b.Labels = map[string]string{name: old}, map[string]string{name: new}
			if old == "" {
				a.Labels = nil
			}
		}
	}
	for _, test := range []struct {
		name   string
		change func(old, new *Side)
		want   []string
	}{
		{"a Java release", func(_, b *Side) { b.Origin.JVM.Version = "11.0.12" }, []string{"jvm up major BellSoft Liberica JRE 8.0.302 → 11.0.12"}},
		{"an older update of Java", func(_, b *Side) { b.Origin.JVM.Version = "8u292" }, []string{"jvm down BellSoft Liberica JRE 8.0.302 → 8u292"}},
		{"the same Java in other words", func(_, b *Side) { b.Origin.JVM.Version = "1.8.0_302" }, nil},
		{"another vendor of Java", func(_, b *Side) { b.Origin.JVM.Name = "Eclipse Temurin JRE" }, []string{"jvm changed BellSoft Liberica JRE 8.0.302 → Eclipse Temurin JRE 8.0.302"}},
		{"a vendor that is not told", func(_, b *Side) { b.Origin.JVM.Name, b.Origin.JVM.Vendor = "", "" }, nil},
		{"no Java any more", func(_, b *Side) { b.Origin.JVM = nil }, []string{"jvm removed BellSoft Liberica JRE 8.0.302 removed"}},
		{"the launcher", func(_, b *Side) { b.Origin.App.Launcher.Version = "0.10.9" }, []string{"launcher down launcher 0.11.3 → 0.10.9"}},
		{"a launcher that is not told", func(_, b *Side) { b.Origin.App.Launcher.Version = "" }, nil},
		{"a launcher of another commit", func(a, b *Side) { a.Origin.App.Launcher.Commit, b.Origin.App.Launcher.Commit = "a1", "b2" }, []string{"launcher changed launcher 0.11.3 commit a1 → 0.11.3 commit b2"}},
		{"a buildpack that went down", func(_, b *Side) { b.Origin.App.Buildpacks[0].Version = "1.9.9" }, []string{"buildpack down major paketo-buildpacks/ca-certificates 2.4.0 → 1.9.9"}},
		{"a buildpack of a version that cannot be compared", func(_, b *Side) { b.Origin.App.Buildpacks[0].Version = "main" }, []string{"buildpack changed paketo-buildpacks/ca-certificates 2.4.0 → main"}},
		{"one buildpack more", func(_, b *Side) {
			b.Origin.App.Buildpacks = append(b.Origin.App.Buildpacks, Buildpack{ID: "acme/own", Version: "1"})
		}, []string{"buildpack added acme/own 1 added"}},
		{"one buildpack less", func(_, b *Side) { b.Origin.App.Buildpacks = b.Origin.App.Buildpacks[1:] }, []string{"buildpack removed paketo-buildpacks/ca-certificates 2.4.0 removed"}},
		{"another order", func(_, b *Side) {
			l := b.Origin.App.Buildpacks
			l[0], l[1] = l[1], l[0]
		}, []string{"order changed order of buildpacks paketo-buildpacks/ca-certificates, paketo-buildpacks/bellsoft-liberica, paketo-buildpacks/java → paketo-buildpacks/bellsoft-liberica, paketo-buildpacks/ca-certificates, paketo-buildpacks/java"}},
		{"what a buildpack installed", func(a, b *Side) {
			a.Origin.Layers[2].Data = json.RawMessage(`{"dependency":{"id":"agent","name":"Some Agent","version":"1.2.3"}}`)
			b.Origin.Layers[2].Data = json.RawMessage(`{"dependency":{"id":"agent","name":"Some Agent","version":"1.3.0"}}`)
		}, []string{"dependency up Some Agent 1.2.3 → 1.3.0"}},
		{"another run image of the same name", func(_, b *Side) {
			b.Origin.App.RunImage.Digest = "sha256:" + strings.Repeat("b", 64)
		}, []string{"run-image changed run image index.docker.io/paketobuildpacks/run:base-cnb sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb"}},
		{"a run image that was exported to an engine, with the same top layer", func(_, b *Side) {
			b.Origin.App.RunImage.Digest, b.Origin.App.RunImage.Reference = "", strings.Repeat("c", 64)
		}, nil},
		{"a run image that was exported to an engine, with another top layer", func(_, b *Side) {
			b.Origin.App.RunImage.Digest, b.Origin.App.RunImage.Reference, b.Origin.App.RunImage.TopLayer = "", strings.Repeat("c", 64), "sha256:os"
		}, []string{"run-image changed run image index.docker.io/paketobuildpacks/run:base-cnb (top layer sha256:run) → index.docker.io/paketobuildpacks/run:base-cnb (top layer sha256:os)"}},
		{"a run image that is not told", func(_, b *Side) { b.Origin.App.RunImage = RunImage{} }, nil},
		{"a newer distribution", func(a, b *Side) {
			a.Origin.App.RunImage.DistroName, a.Origin.App.RunImage.DistroVersion = "ubuntu", "22.04"
			b.Origin.App.RunImage.DistroName, b.Origin.App.RunImage.DistroVersion = "ubuntu", "24.04"
		}, []string{"run-image up major run image distribution 22.04 → 24.04"}},
		{"an option of the JVM", env("JAVA_TOOL_OPTIONS=-Xss1m -XX:+UseG1GC", "JAVA_TOOL_OPTIONS=-Xss512k -XX:-UseG1GC -XX:NativeMemoryTracking=summary"), []string{
			"jvm-flag changed -XX:+UseG1GC → -XX:-UseG1GC in JAVA_TOOL_OPTIONS",
			"jvm-flag changed -Xss1m → -Xss512k in JAVA_TOOL_OPTIONS",
			"jvm-flag added -XX:NativeMemoryTracking=summary added to JAVA_TOOL_OPTIONS",
		}},
		{"options in another order", env("_JAVA_OPTIONS=-Xss1m -Xmx1g", "_JAVA_OPTIONS=-Xmx1g -Xss1m"), []string{"jvm-flag changed _JAVA_OPTIONS -Xss1m -Xmx1g → -Xmx1g -Xss1m"}},
		{"an option that is given twice", env("JAVA_OPTS=--add-opens java.base/a=ALL-UNNAMED", "JAVA_OPTS=--add-opens java.base/a=ALL-UNNAMED --add-opens java.base/b=ALL-UNNAMED"), []string{
			"jvm-flag added --add-opens java.base/b=ALL-UNNAMED added to JAVA_OPTS"}},
		{"a property that may be a secret", env("JDK_JAVA_OPTIONS=-Ddb.url=x1", "JDK_JAVA_OPTIONS=-Ddb.url=x2"), []string{"jvm-flag changed -Ddb.url of JDK_JAVA_OPTIONS changed (hidden)"}},
		{"a setting of the launcher", env("BPL_JAVA_NMT_ENABLED=false", "BPL_JAVA_NMT_ENABLED=true"), []string{"jvm-flag changed BPL_JAVA_NMT_ENABLED false → true"}},
		{"options that are embedded", env("BPE_APPEND_JAVA_TOOL_OPTIONS=-Xss1m", "BPE_APPEND_JAVA_TOOL_OPTIONS=-Xss2m"), []string{"jvm-flag changed -Xss1m → -Xss2m in BPE_APPEND_JAVA_TOOL_OPTIONS"}},
		{"a variable", env("MODE=fast", "MODE=safe"), []string{"environment changed variable MODE fast → safe"}},
		{"a variable that became empty", env("MODE=fast", "MODE="), []string{`environment changed variable MODE fast → ""`}},
		{"a variable more", env("A=1", "B=1"), []string{"environment removed variable A removed: 1", "environment added variable B added: 1"}},
		{"a secret", env("DB_PASSWORD=one", "DB_PASSWORD=two"), []string{"environment changed variable DB_PASSWORD changed (hidden)"}},
		{"a new secret", env("", "DB_PASSWORD=two"), []string{"environment added variable DB_PASSWORD added: (hidden)"}},
		{"a password in an address", env("DB=postgres://me:one@db/x", "DB=postgres://me:two@db/x"), []string{"environment changed variable DB changed (hidden)"}},
		{"another address with a password", env("DB=postgres://me:one@db/x", "DB=postgres://me:one@db2/x"), []string{"environment changed variable DB postgres://me:***@db/x → postgres://me:***@db2/x"}},
		{"a token in the name of the base", label(labelBaseName, "", "https://ghp_one@github.com/x"), []string{"label added label org.opencontainers.image.base.name added: https://***@github.com/x"}},
		{"a token in an address", label("org.opencontainers.image.source", "https://ghp_one@github.com/x", "https://ghp_two@github.com/y"), []string{"label changed label org.opencontainers.image.source https://***@github.com/x → https://***@github.com/y"}},
		{"another token in an address", label("org.opencontainers.image.source", "https://ghp_one@github.com/x", "https://ghp_two@github.com/x"), []string{"label changed label org.opencontainers.image.source changed (hidden)"}},
		{"credentials in a header", env("HEADERS=Authorization: Bearer one", "HEADERS=Accept: x"), []string{"environment changed variable HEADERS Authorization: Bearer *** → Accept: x"}},
		{"a token by its looks", env("GH=ghp_0123456789abcdefGHIJ", "GH=none"), []string{"environment changed variable GH *** → none"}},
		{"the entrypoint", func(_, b *Side) { b.Entrypoint = []string{"sh", "-c", "exec java"} }, []string{"entrypoint changed entrypoint /cnb/process/web → sh -c 'exec java'"}},
		{"a secret of the entrypoint", func(a, b *Side) {
			a.Entrypoint, b.Entrypoint = []string{"x", "--password=1"}, []string{"x", "--password=2"}
		}, []string{"entrypoint changed entrypoint changed (hidden)"}},
		{"the command", func(_, b *Side) { b.Cmd = []string{"--all"} }, []string{"entrypoint added command added: --all"}},
		{"a process", func(_, b *Side) { b.Origin.App.Processes[0].Args = []string{"Main"} }, []string{"process changed process web java org.springframework.boot.loader.JarLauncher → java Main"}},
		{"the default process", func(_, b *Side) { b.Origin.App.DefaultProcess = "task" }, []string{"process changed default process web → task"}},
		{"the user", func(_, b *Side) { b.User = "" }, []string{"user removed user removed: 1000:1000"}},
		{"a port", func(_, b *Side) { b.Ports = []string{"8443/tcp"} }, []string{"port removed port 8080/tcp removed", "port added port 8443/tcp added"}},
		{"a label", func(_, b *Side) { b.Labels = map[string]string{"team": "platform"} }, []string{"label changed label team warehouse → platform"}},
		{"a label that is read", func(_, b *Side) { b.Labels = map[string]string{"team": "warehouse", labelBuild: "{}"} }, nil},
		{"a label that cannot be read", func(_, b *Side) {
			b.Labels = map[string]string{"team": "warehouse", labelBuild: "{"}
			b.Origin.Problems = []Problem{{Label: labelBuild, Text: "is no JSON"}}
		}, []string{"label added label " + labelBuild + " added: {"}},
		{"the platform", func(_, b *Side) { b.Platform = "linux/arm64" }, []string{"platform changed platform linux/amd64 → linux/arm64"}},
		{"the stop signal", func(_, b *Side) { b.StopSignal = "SIGQUIT" }, []string{"other added stop signal added: SIGQUIT"}},
		{"what made it", func(_, b *Side) {
			b.Origin = Origin{Layers: b.Origin.Layers, Maker: &Maker{Name: "jib", Version: "3.4.0"}}
		}, []string{
			"jvm removed BellSoft Liberica JRE 8.0.302 removed", "launcher removed launcher 0.11.3 removed",
			"buildpack removed paketo-buildpacks/bellsoft-liberica 8.6.0 removed", "buildpack removed paketo-buildpacks/ca-certificates 2.4.0 removed",
			"buildpack removed paketo-buildpacks/java 5.15.0 removed",
			"run-image removed run image removed: index.docker.io/paketobuildpacks/run:base-cnb", "maker changed made by buildpacks → jib 3.4.0",
			"process removed process web removed: java org.springframework.boot.loader.JarLauncher",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, new := incident("5.15.0", "8.6.0", "8.0.302"), incident("5.15.0", "8.6.0", "8.0.302")
			test.change(&old, &new)
			if diff := cmp.Diff(test.want, told(Compare(old, new))); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// told says each change in one line.
func told(changes Changes) []string {
	var lines []string
	for _, c := range changes.List {
		how := string(c.How)
		if c.Major {
			how += " major"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Part, how, c))
	}
	return lines
}

func TestTwoBuildersAreCompared(t *testing.T) {
	builder := func() Side {
		return Side{Origin: Origin{Builder: &Builder{
			Description: "Ubuntu", CreatedBy: "Pack CLI", CreatedByVersion: "0.36.0",
			Buildpacks: []Buildpack{{ID: "acme/java", Version: "1.0.0"}, {ID: "acme/java", Version: "1.1.0"}, {ID: "acme/go", Version: "2.0.0"}},
			Order:      [][]OrderEntry{{{ID: "acme/java", Version: "1.1.0"}}, {{ID: "acme/go", Version: "2.0.0"}, {ID: "acme/ca", Optional: true}}},
			Lifecycle:  Lifecycle{Version: "0.20.11", PlatformAPIs: []string{"0.3", "0.14"}, BuildpackAPIs: []string{"0.10"}},
			RunImages:  []RunImageOffer{{Image: "acme/run:base", Mirrors: []string{"ghcr.io/acme/run:base"}}},
		}}}
	}
	for _, test := range []struct {
		name   string
		change func(*Builder)
		want   []string
	}{
		{"nothing", func(*Builder) {}, nil},
		{"the lifecycle and its APIs", func(b *Builder) {
			b.Lifecycle = Lifecycle{Version: "0.21.0", PlatformAPIs: []string{"0.14", "0.15"}, PlatformDeprecated: []string{"0.3"}, BuildpackAPIs: []string{"0.10"}}
		}, []string{"lifecycle up lifecycle 0.20.11 → 0.21.0", "api changed platform 0.3 API supported → deprecated", "api added platform 0.15 API added: supported"}},
		{"one of two versions of a buildpack", func(b *Builder) { b.Buildpacks[1].Version = "1.2.0" }, []string{"buildpack up acme/java 1.1.0 → 1.2.0"}},
		{"one version less", func(b *Builder) { b.Buildpacks = b.Buildpacks[1:] }, []string{"buildpack removed acme/java 1.0.0 removed"}},
		{"the order", func(b *Builder) { b.Order[0], b.Order[1] = b.Order[1], b.Order[0] }, []string{"order changed order of groups acme/java, acme/go, acme/ca (optional) → acme/go, acme/ca (optional), acme/java"}},
		{"a version in the order alone", func(b *Builder) { b.Order[0][0].Version = "1.0.0" }, []string{"order removed order of group removed: acme/java@1.1.0", "order added order of group added: acme/java@1.0.0"}},
		{"the run image", func(b *Builder) { b.RunImages[0].Image = "acme/run:tiny" }, []string{
			"run-image removed run image acme/run:base removed: ghcr.io/acme/run:base", "run-image added run image acme/run:tiny added: ghcr.io/acme/run:base"}},
		{"who made it", func(b *Builder) { b.CreatedByVersion = "0.37.0" }, []string{"other up created by Pack CLI 0.36.0 → 0.37.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, new := builder(), builder()
			test.change(new.Origin.Builder)
			changes := Compare(old, new)
			if diff := cmp.Diff(test.want, told(changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if !changes.Builders || changes.Application != Unknown {
				t.Errorf("builders %v, application %s", changes.Builders, changes.Application)
			}
		})
	}
}

func TestLongValuesAreShortenedAroundTheirFirstDifference(t *testing.T) {
	long := strings.Repeat("x", 5000)
	changes := Compare(Side{Labels: map[string]string{"l": long + "1" + long}}, Side{Labels: map[string]string{"l": long + "2" + long}})
	for _, text := range []string{changes.List[0].Old, changes.List[0].New} {
		if len(text) > maxShown+2*len("…") || !strings.ContainsAny(text, "12") {
			t.Errorf("shown as %q", text)
		}
	}
}

func TestALongListIsCutAndCounted(t *testing.T) {
	labels := map[string]string{}
	for i := range 3000 {
		labels[fmt.Sprint("label", i)] = "x"
	}
	changes := Compare(Side{}, Side{Labels: labels})
	if len(changes.List) != maxChanges || changes.More != 2000 {
		t.Errorf("%d changes and %d more", len(changes.List), changes.More)
	}
}

func TestOneImageInARegistryAndOnAnEngineDoesNotDiffer(t *testing.T) {
	registry, engine := incident("5.15.0", "8.6.0", "8.0.302"), incident("5.15.0", "8.6.0", "8.0.302")
	for i := range engine.Origin.Layers {
		engine.Origin.Layers[i].Size = 0 // an engine does not say
	}
	engine.Size = 0
	changes := Compare(registry, engine)
	if changes.Any() || changes.Application != Same || changes.Sizes[0].New != -1 {
		t.Errorf("%s: %+v", changes.Headline(), changes)
	}
}

func TestTheHeadlineBlamesNoBuilderWhereThereIsNone(t *testing.T) {
	java := func(version string) Side { return Side{Origin: Origin{JVM: &JVM{Version: version}}, User: version} }
	changes := Compare(java("17.0.9"), java("21"))
	const want = "different image: Java 17.0.9 → 21, user 17.0.9 → 21"
	if got := changes.Headline(); got != want {
		t.Errorf("headline %q, want %q", got, want)
	}
}
