package builder

import (
	"fmt"
	"strings"
	"testing"

	"bootgate/gate/finding"
	"bootgate/gate/version"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cnb is an application made by a lifecycle with buildpacks, each written as ID VERSION.
func cnb(lifecycle string, buildpacks ...string) Origin {
	return Origin{App: &App{Launcher: Launcher{Version: lifecycle}, Buildpacks: packs(buildpacks)}}
}

// aBuilder is a builder image.
func aBuilder(lifecycle string, buildpacks ...string) Origin {
	return Origin{Builder: &Builder{Lifecycle: Lifecycle{Version: lifecycle}, Buildpacks: packs(buildpacks)}}
}

func packs(texts []string) []Buildpack {
	var list []Buildpack
	for _, text := range texts {
		id, v, _ := strings.Cut(text, " ")
		list = append(list, Buildpack{ID: id, Version: v})
	}
	return list
}

// withJava puts a Java into an image.
func withJava(o Origin, version, name string) Origin {
	o.JVM = &JVM{Name: name, Version: version, Where: "JAVA_VERSION"}
	return o
}

// madeBy names the builder of an image.
func fromBuilder(o Origin, sure, name string) Origin {
	o.App.Builders = []BuilderGuess{{Name: name, Sure: sure, Why: "its provenance says so"}}
	return o
}

const (
	liberica = "paketo-buildpacks/bellsoft-liberica "
	appRef   = "registry.example.com/shop:1"
)

func TestWhatIsKnownToBeBadIsRecognised(t *testing.T) {
	for _, test := range []struct {
		name, ref string
		origin    Origin
		// want are the severities, ids and evidence of what is found.
		want []string
	}{
		{"the buildpack of September 2021 with Java 8", appRef, withJava(cnb("0.11.3", "acme/certs 1", liberica+"8.7.0"), "8.0.302", "BellSoft Liberica JRE"),
			[]string{"error paketo-java8-native-memory-tracking: io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica 8.7.0; JAVA_VERSION: Java 8.0.302 (BellSoft Liberica JRE)"}},
		{"the same, and nobody says which Java", appRef, cnb("0.11.3", liberica+"8.7.0"),
			[]string{"error paketo-java8-native-memory-tracking: io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica 8.7.0"}},
		{"the same, and the version of Java cannot be read", appRef, withJava(cnb("0.11.3", liberica+"8.7.0"), "eight", ""),
			[]string{"error paketo-java8-native-memory-tracking: io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica 8.7.0"}},
		{"the same with Java 11", appRef, withJava(cnb("0.11.3", liberica+"8.7.0"), "11.0.12", "BellSoft Liberica JRE"),
			[]string{"note paketo-java8-native-memory-tracking: io.buildpacks.build.metadata: buildpack paketo-buildpacks/bellsoft-liberica 8.7.0; JAVA_VERSION: Java 11.0.12 (BellSoft Liberica JRE)"}},
		{"the one before", appRef, withJava(cnb("0.11.3", liberica+"8.6.0"), "8.0.302", ""), nil},
		{"the one after", appRef, withJava(cnb("0.11.3", liberica+"8.7.1"), "8.0.302", ""), nil},
		{"another buildpack of that version", appRef, withJava(cnb("0.11.3", "acme/bellsoft-liberica 8.7.0"), "8.0.302", ""), nil},
		{"a bad lifecycle, by the launcher", appRef, cnb("0.21.2"),
			[]string{"error lifecycle-0.21.2-export: io.buildpacks.build.metadata: launcher 0.21.2 (the lifecycle that exported the image has the same version)"}},
		{"a good lifecycle", appRef, cnb("0.21.1"), nil},
		{"no lifecycle", appRef, cnb(""), nil},
		{"a version that is none", appRef, cnb("0.21.2."+strings.Repeat("9", 10_000), liberica+"latest"), nil},
		{"a bad builder by its tag", "docker.io/paketobuildpacks/builder-jammy-base:0.4.541", aBuilder("0.21.1"),
			[]string{"error builder-jammy-base-0.4.541: the image is called docker.io/paketobuildpacks/builder-jammy-base:0.4.541"}},
		{"its tag and its digest", "paketobuildpacks/builder-noble-java-tiny:0.0.101@sha256:" + strings.Repeat("a", 64), aBuilder("0.21.1"),
			[]string{"error builder-noble-java-tiny-0.0.101: the image is called paketobuildpacks/builder-noble-java-tiny:0.0.101@sha256:" + strings.Repeat("a", 64)}},
		{"the good one before", "docker.io/paketobuildpacks/builder-jammy-base:0.4.540", aBuilder("0.21.1"), nil},
		{"the same tag in another registry", "registry.example.com/paketobuildpacks/builder-jammy-base:0.4.541", aBuilder("0.21.1"), nil},
		{"a builder under a floating tag, by what is in it", "docker.io/paketobuildpacks/builder-jammy-base:latest", aBuilder("0.21.2", "paketo-buildpacks/java 5.16.0"), []string{
			"error paketo-java8-native-memory-tracking-java: io.buildpacks.builder.metadata: buildpack paketo-buildpacks/java 5.16.0",
			"error lifecycle-0.21.2-export: io.buildpacks.builder.metadata: lifecycle 0.21.2",
		}},
		{"a path of a builder", "./builder.tar", aBuilder("0.21.1"), nil},
		{"an application that its provenance says was made by it", appRef, fromBuilder(cnb("0.21.1"), "certain", "paketobuildpacks/builder-jammy-base:0.4.541"),
			[]string{"error builder-jammy-base-0.4.541: its provenance says so"}},
		{"an application that may have been made by it", appRef, fromBuilder(cnb("0.21.1"), "possible", "paketobuildpacks/builder-jammy-base:0.4.541"), nil},
		{"an application that is called like it", "docker.io/paketobuildpacks/builder-jammy-base:0.4.541", cnb("0.21.1"), nil},
		{"a Java that crashes under load", appRef, withJava(Origin{}, "11.0.16+8", ""), []string{"warning java-july-2022-c2: JAVA_VERSION: Java 11.0.16+8"}},
		{"the same update of Java 17", appRef, withJava(Origin{}, "17.0.4+8-LTS", "Temurin"), []string{"warning java-july-2022-c2: JAVA_VERSION: Java 17.0.4+8-LTS (Temurin)"}},
		{"the same update of Java 18", appRef, withJava(Origin{}, "18.0.2", ""), []string{"warning java-july-2022-c2: JAVA_VERSION: Java 18.0.2"}},
		{"the update of Java 17 that took it back", appRef, withJava(Origin{}, "17.0.4.1+1", ""), nil},
		{"the update of Java 17 before", appRef, withJava(Origin{}, "17.0.3", ""), nil},
		{"the update that took it back", appRef, withJava(Origin{}, "11.0.16.1+1", "Eclipse Temurin"), nil},
		{"another virtual machine of that version", appRef, withJava(Origin{}, "11.0.16", "IBM Semeru Runtime"), nil},
		{"a Java without a version", appRef, withJava(Origin{}, "", "Eclipse Temurin"), nil},
		{"an image that tells nothing", appRef, Origin{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range (Rules{}).Judge(test.origin, test.ref) {
				got = append(got, string(f.Severity)+" "+f.Known.ID+": "+evidenceOf(f))
				if f.Rule != "builder-known-bad" || f.Cause == "" || f.Remedy == "" {
					t.Errorf("the finding is %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func evidenceOf(f finding.Finding) string {
	var texts []string
	for _, e := range f.Evidence {
		texts = append(texts, e.Text)
	}
	return strings.Join(texts, "; ")
}

func TestEveryEntryHasASource(t *testing.T) {
	if len(KnownBadList()) == 0 {
		t.Error("the list is empty")
	}
	for _, k := range KnownBadList() {
		if !strings.HasPrefix(k.Link, "https://") || k.Cause == "" || k.Remedy == "" {
			t.Errorf("%s has no source, or does not say what is bad and what to take instead", k.ID)
		}
	}
}

func ranged(t testing.TB, text string) version.Range {
	t.Helper()
	r, err := version.ParseRange(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEntriesOfOnesOwnStandBesideTheBuiltInOnes(t *testing.T) {
	rules := Rules{KnownBad: []KnownBad{
		{ID: "agent-and-lifecycle", Buildpack: &BuildpackRange{ID: "acme/agent"}, Lifecycle: ranged(t, ">= 0.21"), Remedy: "Do without."},
		{ID: "old-lifecycle", Lifecycle: ranged(t, "< 0.20"), Cause: "It is old."},
		{ID: "watched", Severity: finding.Warning, Buildpack: &BuildpackRange{ID: "acme/watched"}, Cause: "It is new.", Remedy: "Wait."},
		{ID: "all-of-acme", Builder: &BuilderRange{Name: "registry.example.com/acme/builder"}, Cause: "It is closed."},
	}}
	for _, test := range []struct {
		name   string
		origin Origin
		want   []string
	}{
		{"both parts fit", cnb("0.21.2", "acme/agent 3"), []string{
			"error The image was made with buildpack acme/agent 3 and lifecycle 0.21.2, which is known to be bad. Do without.",
			"error The image was made with lifecycle 0.21.2, which is known to be bad. Build with a builder that has another lifecycle, such as 0.21.1 before it, and pin the builder by digest. " +
				"If you only ever publish to a registry, set this entry aside (suppress: with known: lifecycle-0.21.2-export).",
		}},
		{"one part fits", cnb("0.20.11", "acme/agent 3"), nil},
		{"one that is worth a warning", cnb("0.20.11", "acme/watched 1"), []string{"warning The image was made with buildpack acme/watched 1, which is known to be bad. Wait."}},
		{"no remedy of its own", cnb("0.19.6"), []string{"error The image was made with lifecycle 0.19.6, which is known to be bad. Rebuild the image with another version of it, and pin the builder by digest."}},
		{"any version of a builder", fromBuilder(cnb("0.21.0"), "certain", "registry.example.com/acme/builder@sha256:"+strings.Repeat("a", 64)),
			[]string{"error The image was made with builder registry.example.com/acme/builder, which is known to be bad. Rebuild the image with another version of it, and pin the builder by digest."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range rules.Judge(test.origin, appRef) {
				got = append(got, string(f.Severity)+" "+f.Message+" "+f.Remedy)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVersionsAreHeldAgainstWhatIsAllowed(t *testing.T) {
	const unreadable = "warning Labels that say how the image was made cannot be read: what is known to be bad in it would not be recognised."
	const unknown = "warning The version of the builder is not known, so that it cannot be held against >= 0.4.540, != 0.4.541."
	versions := Versions{"builder": ranged(t, ">= 0.4.540, != 0.4.541"), "lifecycle": ranged(t, ">= 0.20"), "acme/java": ranged(t, ">= 11, != 11.2.0")}
	only := func(key string) Versions { return Versions{key: versions[key]} }
	for _, test := range []struct {
		name, ref string
		versions  Versions
		origin    Origin
		want      []string
	}{
		{"a builder that is allowed", "acme/builder:0.4.542", only("builder"), aBuilder("0.20.1"), nil},
		{"a builder that is left out", "acme/builder:0.4.541-base", only("builder"), aBuilder("0.20.1"),
			[]string{"error The image has builder acme/builder 0.4.541, and builder.versions allows >= 0.4.540, != 0.4.541."}},
		{"a builder with a tag that is no version", "acme/builder:latest", only("builder"), aBuilder("0.20.1"),
			[]string{"error The image has builder acme/builder latest, and builder.versions allows >= 0.4.540, != 0.4.541."}},
		{"a builder without a tag", "acme/builder@sha256:" + strings.Repeat("a", 64), only("builder"), aBuilder("0.20.1"), []string{unknown}},
		{"an application whose provenance names a good builder", appRef, only("builder"), fromBuilder(cnb("0.20.1"), "certain", "acme/builder:0.4.540"), nil},
		{"an application whose provenance names a bad one", appRef, only("builder"), fromBuilder(cnb("0.20.1"), "certain", "acme/builder:0.4.1"),
			[]string{"error The image has builder acme/builder 0.4.1, and builder.versions allows >= 0.4.540, != 0.4.541."}},
		{"an application that does not name its builder", appRef, only("builder"), fromBuilder(cnb("0.20.1"), "likely", "acme/builder:0.4.1"), []string{unknown}},
		{"a lifecycle that is allowed", appRef, only("lifecycle"), cnb("0.20.1"), nil},
		{"a lifecycle that is too old", appRef, only("lifecycle"), cnb("0.19.6"),
			[]string{"error The image has lifecycle 0.19.6, and builder.versions allows >= 0.20."}},
		{"a lifecycle that nobody tells", appRef, only("lifecycle"), cnb(""),
			[]string{"error The image does not say which version of the lifecycle made it, so that it is not known to be in >= 0.20."}},
		{"a buildpack that is allowed", appRef, only("acme/java"), cnb("0.20.1", "acme/java 11.2.1"), nil},
		{"a buildpack that is left out", appRef, only("acme/java"), cnb("0.20.1", "acme/java 11.2.0"),
			[]string{"error The image has buildpack acme/java 11.2.0, and builder.versions allows >= 11, != 11.2.0."}},
		{"a buildpack without a version", appRef, only("acme/java"), cnb("0.20.1", "acme/java"),
			[]string{"error The image has buildpack acme/java in a version that it does not tell, and builder.versions allows >= 11, != 11.2.0.", unreadable}},
		{"a buildpack that took no part", appRef, only("acme/java"), cnb("0.20.1", "acme/go 1"), nil},
		{"all at once", appRef, versions, cnb("0.19.6", "acme/java 9"), []string{
			"error The image has buildpack acme/java 9, and builder.versions allows >= 11, != 11.2.0.",
			"error The image has lifecycle 0.19.6, and builder.versions allows >= 0.20.", unknown,
		}},
		{"an image that buildpacks did not make", appRef, versions, withJava(Origin{}, "17.0.1", ""), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range (Rules{Versions: test.versions}).Judge(test.origin, test.ref) {
				got = append(got, string(f.Severity)+" "+f.Message)
				if f.Rule != "builder-version" && f.Rule != "builder-labels" || f.Remedy == "" {
					t.Errorf("the finding is %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatAnImageSaysOfItselfNeverMakesTheJudgeFall(t *testing.T) {
	rules := Rules{Versions: Versions{"builder": ranged(t, "> 1"), "lifecycle": ranged(t, "> 1"), "acme/java": ranged(t, "> 1")}}
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9.+_~-]{0,200}`), rapid.Just("paketobuildpacks/builder:1"))
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) string { return text.Draw(t, label) }
		pack := []Buildpack{{ID: "acme/java", Version: draw("version")}, {ID: draw("id"), Version: draw("other version")}}
		o := Origin{JVM: &JVM{Name: draw("jvm"), Vendor: draw("vendor"), Version: draw("java"), Where: draw("where")}}
		if rapid.Bool().Draw(t, "app") {
			o.App = &App{Buildpacks: pack, Launcher: Launcher{Version: draw("launcher")}, Builders: []BuilderGuess{{Name: draw("builder"), Sure: "certain"}}}
		} else {
			o.Builder = &Builder{Buildpacks: pack, Lifecycle: Lifecycle{Version: draw("lifecycle")}}
		}
		for _, f := range rules.Judge(o, draw("ref")) {
			if f.Message == "" || f.Remedy == "" || fmt.Sprint(f.Severity) == "" {
				t.Errorf("the finding says nothing: %+v", f)
			}
		}
	})
}
