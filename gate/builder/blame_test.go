package builder

import (
	"strings"
	"testing"
)

// Each case changes an image of buildpacks, and says whether its builder has to answer for that.
func TestTheBuilderIsBlamedForWhatItDecidedAlone(t *testing.T) {
	otherApplication := func(s *Side) { s.Origin.Layers[4].DiffID = "sha256:other" }
	without := func(s *Side, id string) {
		kept := []Buildpack{}
		for _, b := range s.Origin.App.Buildpacks {
			if b.ID != id {
				kept = append(kept, b)
			}
		}
		s.Origin.App.Buildpacks = kept
	}
	const helper = "sha256:" + "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	for _, test := range []struct {
		name    string
		change  func(old, new *Side)
		blamed  bool
		builder Sameness
		head    string
	}{
		{"nothing but a setting", func(_, b *Side) { b.User = "root" }, false, Same, "same application, same builder, different settings: user 1000:1000 → root"},
		{"another application", func(_, b *Side) { otherApplication(b) }, false, Same, "different application, same builder"},
		{"a buildpack built anew under its old version", func(_, b *Side) { b.Origin.Layers[2].DiffID = helper }, true, Different,
			"same application, different builder: layer paketo-buildpacks/bellsoft-liberica helper sha256:helper-8.6.0 → sha256:cccccccccccc"},
		{"a layer more of a buildpack", func(_, b *Side) {
			b.Origin.Layers = append(b.Origin.Layers, Layer{Group: GroupBuildpacks, Buildpack: "acme/own", Name: "agent", DiffID: "sha256:agent"})
		}, true, Different, "same application, different builder: layer acme/own agent added: sha256:agent"},
		{"a run image built anew that no label tells of", func(a, b *Side) {
			a.Origin.App.RunImage, b.Origin.App.RunImage = RunImage{}, RunImage{}
			b.Origin.Layers[1].DiffID = "sha256:run2"
		}, true, Different, "same application, different builder: run image (top layer sha256:run) → (top layer sha256:run2)"},
		{"another layer of a buildpack, which may hold what it made of another application", func(_, b *Side) {
			otherApplication(b)
			b.Origin.Layers[2].DiffID = helper
		}, false, Unknown, "different application"},
		{"layers that describe the build", func(a, b *Side) {
			a.Origin.Layers[3].Name, b.Origin.Layers[3].Name, b.Origin.Layers[3].DiffID = "config", "config", "sha256:config2"
		}, false, Same, "same application, same builder, different layers"},
		{"a program that a buildpack compiled into a layer of its own", func(a, b *Side) {
			for _, s := range []*Side{a, b} {
				s.Origin.JVM, s.Origin.Layers[2].Buildpack, s.Origin.Layers[2].Name = nil, "paketo-buildpacks/go-build", "targets"
				s.Origin.App.Processes[0].Command = []string{"/layers/paketo-buildpacks_go-build/targets/bin/shop"}
			}
			b.Origin.Layers[2].DiffID = "sha256:targets2"
		}, false, Same, "different application, same builder"},
		{"labels that cannot be read", func(_, b *Side) {
			b.Origin.App.Buildpacks, b.Origin.App.Launcher, b.Origin.JVM, b.Origin.App.Processes = nil, Launcher{}, nil, nil
			b.Origin.Problems = []Problem{{labelBuild, "is no JSON: unexpected end"}, {labelLifecycle, "is no JSON: unexpected end"}}
			b.User = "root"
		}, false, Unknown, "same application, different settings: user 1000:1000 → root"},
		{"a buildpack whose version cannot be read", func(_, b *Side) {
			without(b, "paketo-buildpacks/java")
			b.Origin.Problems = []Problem{{labelBuild, `buildpacks[2].version is no version: "999"; paketo-buildpacks/java is left out`}}
			b.User = "root"
		}, false, Unknown, "same application, different settings: user 1000:1000 → root"},
		{"a buildpack without its version", func(_, b *Side) {
			b.Origin.App.Buildpacks[2].Version = ""
			b.User = "root"
		}, false, Same, "same application, same builder, different settings: user 1000:1000 → root"},
		{"an update, beside labels that cannot be read", func(_, b *Side) {
			b.Origin.App.Buildpacks[1].Version = "8.7.0"
			b.Origin.Problems = []Problem{{labelBuild, "processes is a text, not a list"}}
		}, true, Different, "same application, different builder: paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0"},
		{"a buildpack that came with another application", func(_, b *Side) {
			otherApplication(b)
			b.Origin.App.Buildpacks = append(b.Origin.App.Buildpacks, Buildpack{ID: "acme/procfile", Version: "1.0.0"})
		}, false, Unknown, "different application: acme/procfile 1.0.0 added"},
		{"a buildpack that came with the same application", func(_, b *Side) {
			b.Origin.App.Buildpacks = append(b.Origin.App.Buildpacks, Buildpack{ID: "acme/own", Version: "1.0.0"})
		}, true, Different, "same application, different builder: acme/own 1.0.0 added"},
		{"an option of another application", func(_, b *Side) {
			otherApplication(b)
			b.Env = append(b.Env, "JAVA_TOOL_OPTIONS=-Xss2m")
		}, false, Same, "different application, same builder: -Xss2m added to JAVA_TOOL_OPTIONS"},
		{"the Java that another application asks for", func(_, b *Side) {
			otherApplication(b)
			b.Origin.JVM.Version = "11.0.12"
		}, false, Unknown, "different application: BellSoft Liberica JRE 8.0.302 → 11.0.12"},
		{"a buildpack that moved beside another application", func(_, b *Side) {
			otherApplication(b)
			b.Origin.App.Buildpacks[1].Version, b.Origin.JVM.Version = "8.7.0", "8.0.312"
		}, true, Different, "different application, different builder: BellSoft Liberica JRE 8.0.302 → 8.0.312, paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0"},
		{"another Java without any builder", func(a, b *Side) {
			a.Origin.App, b.Origin.App = nil, nil
			b.Origin.JVM.Version = "8.0.312"
		}, false, Unknown, "same application, different settings: BellSoft Liberica JRE 8.0.302 → 8.0.312"},
		{"another base without any builder", func(a, b *Side) {
			a.Origin.App, b.Origin.App = nil, nil
			a.Origin.Base, b.Origin.Base = &Base{Name: "debian:11"}, &Base{Name: "debian:12"}
			otherApplication(b)
		}, false, Unknown, "different application, different base image: base image debian:11 → debian:12"},
		{"buildpacks where there were none", func(a, _ *Side) {
			a.Origin.App, a.Origin.Maker = nil, &Maker{Name: "jib"}
		}, false, Unknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, new := incident("5.15.0", "8.6.0", "8.0.302"), incident("5.15.0", "8.6.0", "8.0.302")
			test.change(&old, &new)
			changes := Compare(old, new)
			if changes.ByBuilder() != test.blamed || changes.Builder != test.builder {
				t.Errorf("blamed %v (builder %s), want %v (%s): %q", changes.ByBuilder(), changes.Builder, test.blamed, test.builder, told(changes))
			}
			if head := changes.Headline(); test.head != "" && head != test.head || strings.Contains(head, "builder") && changes.Builder == Unknown {
				t.Errorf("headline\n%q, want\n%q", head, test.head)
			}
		})
	}
}

func TestAnotherProgramIsAnotherApplicationWhicheverLayerItIsIn(t *testing.T) {
	side := func(program string) Side {
		return Side{Origin: Origin{
			App: &App{Processes: []Process{{Type: "web", Command: []string{"/layers/acme_go/bin/shop"}}}},
			Layers: []Layer{
				{Group: GroupBuildpacks, Buildpack: "acme/go", Name: "bin", DiffID: program},
				{Group: GroupApplication, DiffID: "sha256:empty"},
			},
		}}
	}
	if changes := Compare(side("sha256:one"), side("sha256:two")); changes.Application != Different {
		t.Errorf("application %s", changes.Application)
	}
	if changes := Compare(side("sha256:one"), side("sha256:one")); changes.Application != Same {
		t.Errorf("application %s", changes.Application)
	}
}

func TestABuildpackThatTheApplicationAskedForIsNoOtherBuilder(t *testing.T) {
	old, new := incident("5.15.0", "8.6.0", "8.0.302"), incident("5.15.0", "8.6.0", "8.0.302")
	new.Origin.Layers[4].DiffID = "sha256:other"
	new.Origin.App.Buildpacks = append(new.Origin.App.Buildpacks, Buildpack{ID: "acme/procfile", Version: "1.0.0"})
	found := JudgeChanges(Compare(old, new))
	const want = "Made with other buildpacks than the baseline: acme/procfile 1.0.0 added; the application changed, too."
	if len(found) != 1 || found[0].Message != want {
		t.Errorf("found %+v, want %q", found, want)
	}
}
