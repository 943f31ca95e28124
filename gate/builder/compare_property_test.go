package builder

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/image"
)

// The words that images are made of are few, so that two have much in common.
var (
	someText    = rapid.SampledFrom([]string{"", "a", "b", "a b", "web", "x=y", "postgres://me:secret1@db", "https://hush1@h/x, HTTPS://hush2@h", "x Bearer hush1hush1", "token=hush2!!", "GH=ghp_hush1hush1hush1hush1", "\xff\x1b[31m", strings.Repeat("long ", 100)})
	someVersion = rapid.SampledFrom([]string{"", "1", "1.0.0", "1.0.1", "2.0", "8u302", "1.8.0_302", "8.0.302", "21.0.9+10-LTS", "main", strings.Repeat("9", 10_000)})
	someDigest  = rapid.SampledFrom([]string{"", "sha256:" + strings.Repeat("a", 64), "sha256:" + strings.Repeat("b", 64)})
	someTexts   = rapid.SliceOfN(someText, 0, 3)
	someAPIs    = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"0.3", "0.10", "0.15"}), 0, 3, rapid.ID[string])
	someMap     = rapid.MapOfN(rapid.SampledFrom([]string{"k", "token", "commit", labelBuild, "org.opencontainers.image.title", "org.opencontainers.image.source", "io.buildpacks.base.name"}), someText, 0, 4)
	someEnv     = rapid.SliceOfN(rapid.SampledFrom([]string{
		"A=1", "A=2", "A=", "DB_PASSWORD=hush1", "DB_PASSWORD=hush2", "DB=postgres://me:secret1@db", "DB=postgres://me:secret2@db", "=", "B", "HEADERS=Authorization: Bearer hush1", "GH=ghp_hush1hush1hush1hush1", "ANSIBLE_VAULT=hush2",
		"JAVA_TOOL_OPTIONS=-Xss1m -Dx=hush1", "JAVA_TOOL_OPTIONS=-Dx=hush2  -Xss1m", "JAVA_TOOL_OPTIONS=''", "JAVA_OPTS=--password hush1", "JAVA_OPTS=--db.password=hush1 -Xms1m", "JAVA_OPTS=-javaagent:/a.jar=hush2 --token=hush2", "BPL_JVM_HEAD_ROOM=5", "BPE_X=-a -b", "BPE_X=-b -a", "BPE_X=",
	}), 0, 5)
	someBuildpack = rapid.Custom(func(t *rapid.T) Buildpack {
		return Buildpack{ID: rapid.SampledFrom([]string{"acme/a", "acme/b", "acme/c"}).Draw(t, "id"), Version: someVersion.Draw(t, "version")}
	})
	someBuildpacks = rapid.SliceOfN(someBuildpack, 0, 4)
	someOrder      = rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) OrderEntry {
		return OrderEntry{ID: rapid.SampledFrom([]string{"acme/a", "acme/b"}).Draw(t, "id"), Version: someVersion.Draw(t, "version"), Optional: rapid.Bool().Draw(t, "optional")}
	}), 0, 2), 0, 3)
	someLayer = rapid.Custom(func(t *rapid.T) Layer {
		return Layer{
			Group: rapid.SampledFrom([]Group{GroupApplication, GroupBuildpacks, GroupRunImage, GroupOther, ""}).Draw(t, "group"), DiffID: someDigest.Draw(t, "diff id"), Size: rapid.Int64Range(0, 3).Draw(t, "size"), Buildpack: "acme/a",
			Data: json.RawMessage(rapid.SampledFrom([]string{"", "{", `{"dependency":1}`, `{"dependency":{"id":"d","version":"1.0"}}`, `{"dependency":{"id":"d","version":"2.0"}}`}).Draw(t, "data")),
		}
	})
)

func someApp(t *rapid.T) *App {
	rebasable := rapid.Bool().Draw(t, "rebasable")
	return &App{
		Buildpacks: someBuildpacks.Draw(t, "buildpacks"), Extensions: someBuildpacks.Draw(t, "extensions"),
		Processes: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Process {
			return Process{Type: someText.Draw(t, "type"), Command: someTexts.Draw(t, "command"), Direct: rapid.Bool().Draw(t, "direct")}
		}), 0, 3).Draw(t, "processes"),
		DefaultProcess: someText.Draw(t, "default"), Launcher: Launcher{Version: someVersion.Draw(t, "launcher"), Commit: someText.Draw(t, "commit")},
		RunImage: RunImage{
			Name: someText.Draw(t, "run"), Reference: shown(someText.Draw(t, "reference"), maxText), Digest: someDigest.Draw(t, "digest"), TopLayer: someDigest.Draw(t, "top"),
			Stack: someText.Draw(t, "stack"), DistroName: someText.Draw(t, "distro"), DistroVersion: someVersion.Draw(t, "distro version"),
		},
		Rebasable: &rebasable, Title: someText.Draw(t, "title"), SpringBoot: someVersion.Draw(t, "boot"),
		Source: rapid.SampledFrom([]*Source{nil, {Type: "git", Version: map[string]string{"commit": "1"}}, {Type: "git", Version: map[string]string{"commit": "2"}}}).Draw(t, "source"),
	}
}

func someBuilder(t *rapid.T) *Builder {
	return &Builder{
		Description: someText.Draw(t, "description"), Buildpacks: someBuildpacks.Draw(t, "buildpacks"), Order: someOrder.Draw(t, "order"),
		OrderExtensions: someOrder.Draw(t, "order of extensions"), CreatedBy: someText.Draw(t, "by"), CreatedByVersion: someVersion.Draw(t, "by version"),
		Lifecycle: Lifecycle{Version: someVersion.Draw(t, "lifecycle"), PlatformAPIs: someAPIs.Draw(t, "apis"), PlatformDeprecated: someAPIs.Draw(t, "deprecated")},
		RunImages: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) RunImageOffer {
			return RunImageOffer{Image: someText.Draw(t, "image"), Mirrors: someTexts.Draw(t, "mirrors")}
		}), 0, 2).Draw(t, "run images"),
	}
}

func someSide(t *rapid.T) Side {
	s := Side{
		Platform: someText.Draw(t, "platform"), Env: someEnv.Draw(t, "env"), Entrypoint: someTexts.Draw(t, "entrypoint"), Cmd: someTexts.Draw(t, "cmd"),
		User: someText.Draw(t, "user"), Ports: someTexts.Draw(t, "ports"), Labels: someMap.Draw(t, "labels"), Size: rapid.Int64Range(-1, 3).Draw(t, "size"),
	}
	s.Origin.Layers = rapid.SliceOfN(someLayer, 0, 5).Draw(t, "layers")
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		s.Origin.Builder = someBuilder(t)
	case 1:
		s.Origin.Buildpackage = &Buildpackage{Buildpack: someBuildpack.Draw(t, "buildpackage"), Buildpacks: someBuildpacks.Draw(t, "buildpacks")}
	case 2:
		s.Origin.Stack = &Stack{Stack: someText.Draw(t, "stack"), DistroName: someText.Draw(t, "distro"), DistroVersion: someVersion.Draw(t, "distro version")}
		s.Origin.Lifecycle = &Lifecycle{Version: someVersion.Draw(t, "lifecycle"), PlatformAPIs: someAPIs.Draw(t, "apis")}
	case 3:
		s.Origin.Maker = &Maker{Name: someText.Draw(t, "maker"), Version: someVersion.Draw(t, "maker version")}
		s.Origin.Base = &Base{Name: someText.Draw(t, "base"), Digest: someDigest.Draw(t, "base digest")}
	default:
		s.Origin.App = someApp(t)
	}
	if rapid.Bool().Draw(t, "java") {
		s.Origin.JVM = &JVM{Name: someText.Draw(t, "jvm"), Version: someVersion.Draw(t, "java version"), Buildpack: "acme/a"}
	}
	if rapid.Bool().Draw(t, "problem") {
		s.Origin.Problems = []Problem{{Label: labelBuild}}
	}
	return s
}

func TestAnImageDoesNotDifferFromItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := someSide(t)
		if changes := Compare(side, side); changes.Any() || len(changes.List) > 0 || changes.Headline() != "no difference" {
			t.Errorf("%s: %q", changes.Headline(), told(changes))
		}
	})
}

func TestComparingImagesTheOtherWayRoundGivesTheReverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someSide(t), someSide(t)
		there, back := Compare(a, b), Compare(b, a)
		for i, c := range there.List {
			c.How, c.Old, c.New = reversed(c.How), c.New, c.Old
			there.List[i] = c
		}
		slices.SortStableFunc(there.List, inOrder)
		for i, s := range there.Sizes {
			there.Sizes[i].Old, there.Sizes[i].New = s.New, s.Old
		}
		if first, second, ok := strings.Cut(there.Unlike, " and "); ok {
			there.Unlike = second + " and " + first
		}
		if diff := cmp.Diff(there, back); diff != "" {
			t.Errorf("reversed (-there +back):\n%s", diff)
		}
	})
}

func TestNoSecretIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := Compare(someSide(t), someSide(t))
		for _, c := range changes.List {
			for _, text := range []string{c.Name, c.Where, c.Old, c.New, c.String()} {
				if tells(text) {
					t.Errorf("%+v", c)
				}
			}
		}
		for _, size := range changes.Sizes {
			if tells(strings.Join(size.Which, " ")) {
				t.Errorf("%+v", size)
			}
		}
		if tells(changes.Headline()) {
			t.Error(changes.Headline())
		}
	})
}

// tells reports whether a text shows one of the secrets that images of the tests have.
func tells(text string) bool {
	return strings.Contains(text, "hush") || strings.Contains(text, "secret1") || strings.Contains(text, "secret2")
}

// someJSON is a label's value whose members have the names that labels have, and any of which may be of the wrong type.
func someJSON(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		switch {
		case kind <= 1 && depth > 0:
			object := map[string]any{}
			for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(someMembers), 0, 8, rapid.ID[string]).Draw(t, "names") {
				object[name] = someJSON(depth-1).Draw(t, name)
			}
			return object
		case kind == 2 && depth > 0:
			return rapid.SliceOfN(someJSON(depth-1), 0, 3).Draw(t, "list")
		case kind == 3:
			return rapid.SampledFrom([]any{true, nil, 1, 1.5, "1.0.0", "acme/a"}).Draw(t, "value")
		}
		return someText.Draw(t, "text")
	})
}

var someMembers = []string{
	"buildpacks", "id", "version", "homepage", "processes", "type", "command", "args", "buildpackID", "working-dir", "launcher", "source", "git",
	"repository", "commit", "runImage", "image", "reference", "topLayer", "mirrors", "stack", "app", "sha", "key", "layers", "jre", "data",
	"dependency", "name", "metadata", "direct", "buildpack-default-process-type", "description", "lifecycle", "createdBy", "order", "group", "bom",
	"https://hush1@h", "token=hush2!!",
}

// Whatever stands in a label, an annotation, the environment or the history: its secrets are neither in what is read from
// it nor in what is wrong with it.
func TestNoSecretIsRead(t *testing.T) {
	labels := []string{
		labelBuild, labelLifecycle, labelProject, labelBuilder, labelBuildpackage, labelLayers, labelOrder, labelLifecycleVersion, labelLifecycleAPIs,
		labelStackID, labelBaseID, labelDescription, labelMixins, labelMaintainer, labelReleased, labelHomepage, labelDistroName, labelDistroVersion,
		labelRebasable, labelSpringBoot, labelTitle, labelVersion, labelBaseName, labelBaseDigest, labelBuildah, labelDotnetSDK,
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &image.Candidate{Config: image.Config{Labels: map[string]string{}, Env: someEnv.Draw(t, "env"), Entrypoint: someTexts.Draw(t, "entrypoint")}}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(labels), 0, 8, rapid.ID[string]).Draw(t, "labels") {
			if rapid.Bool().Draw(t, "plain") {
				c.Config.Labels[name] = someText.Draw(t, name)
				continue
			}
			text, err := json.Marshal(someJSON(5).Draw(t, name))
			if err != nil {
				t.Fatal(err)
			}
			c.Config.Labels[name] = string(text)
		}
		for _, name := range []string{"CNB_PLATFORM_API", "CNB_PROCESS_TYPE", "JAVA_VERSION", "CNB_USER_ID", "CNB_STACK_ID"} {
			c.Config.Env = append(c.Config.Env, name+"="+someText.Draw(t, name))
		}
		c.Record.Annotations = someMap.Draw(t, "annotations")
		for range rapid.IntRange(0, 2).Draw(t, "steps") {
			by := rapid.SampledFrom([]string{"", "jib-", "ko ", "/bin/sh -c #(nop)"}).Draw(t, "by") + someText.Draw(t, "rest")
			c.Record.History = append(c.Record.History, image.Step{Author: rapid.SampledFrom([]string{"Jib", "apko", ""}).Draw(t, "author"), CreatedBy: by, Comment: someText.Draw(t, "comment")})
		}
		o := Read(c)
		for i := range o.Layers {
			o.Layers[i].Data = nil // it stays as it is; what is shown of it is in the changes and the JVM
		}
		if text, err := json.Marshal(o); err != nil || tells(string(text)) {
			t.Errorf("%v %s", err, text)
		}
	})
}
