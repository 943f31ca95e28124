package builder

import (
	"fmt"
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
)

// sum is a digest of the given letter.
func sum(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

// labelled is an image with these labels.
func labelled(pairs ...string) *image.Candidate {
	labels := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = pairs[i+1]
	}
	return &image.Candidate{Config: image.Config{Labels: labels}}
}

func withLayers(c *image.Candidate, letters string) *image.Candidate {
	for _, letter := range letters {
		c.Record.Layers = append(c.Record.Layers, image.Layer{DiffID: sum(string(letter)), Digest: sum("0"), Size: 7})
	}
	return c
}

const modernBuild = `{"buildpacks":[{"id":"paketo-buildpacks/bellsoft-liberica","version":"11.2.5","homepage":"https://example.com/bl"}],
	"extensions":[{"id":"acme/curl","version":"0.1.0"}],
	"launcher":{"version":"0.20.11","source":{"git":{"repository":"github.com/buildpacks/lifecycle","commit":"3c8b7dd"}}},
	"processes":[
		{"type":"web","command":["java"],"args":["-Dspring.datasource.password=hunter2","--token","geheim","-jar","/workspace/app.jar"],"direct":true,"buildpackID":"paketo-buildpacks/spring-boot","working-dir":"/srv"},
		{"type":"task","command":["bash"],"args":[],"direct":false}],
	"buildpack-default-process-type":"task"}`

func modernLifecycle() string {
	return fmt.Sprintf(`{"app":[{"sha":%q},{"sha":%q}],"config":{"sha":%q},"launcher":{"sha":%q},"process-types":{"sha":%q},"sbom":{"sha":%q},
	"buildpacks":[{"key":"paketo-buildpacks/bellsoft-liberica","version":"11.2.5","layers":{
		"jre":{"sha":%q,"launch":true,"data":{"dependency":{"id":"jre","name":"BellSoft Liberica JRE","version":"21.0.9","purl":"pkg:generic/x"}}},
		"jdk":{"sha":%q,"launch":false,"build":true,"data":{"dependency":{"id":"jdk","name":"BellSoft Liberica JDK","version":"25.0.1"}}},
		"helper":{"sha":%q,"launch":true}}}],
	"runImage":{"topLayer":%q,"reference":"index.docker.io/paketobuildpacks/ubuntu-noble-run-tiny@%s","image":"docker.io/paketobuildpacks/ubuntu-noble-run-tiny:0.0.24","mirrors":["gcr.io/mirror"]}}`,
		sum("a"), sum("b"), sum("c"), sum("d"), sum("e"), sum("f"), sum("1"), sum("2"), sum("3"), sum("9"), sum("7"))
}

func TestAnApplicationOfARecentPlatform(t *testing.T) {
	c := withLayers(labelled(
		labelBuild, modernBuild, labelLifecycle, modernLifecycle(),
		labelProject, `{"source":{"type":"git","version":{"commit":"abc","nested":{"deep":7}},"metadata":{"repository":"https://me:pw@github.com/acme/shop","refs":["main","v1"],"token":"x","mirror":"https://ghp_x@github.com/acme/shop"}}}`,
		labelRebasable, "false", labelSpringBoot, "3.5.1", labelTitle, "shop", labelVersion, "1.2",
		labelBaseID, "noble", labelDistroName, "ubuntu", labelDistroVersion, "24.04", labelMaintainer, "Paketo", labelReleased, "2025-01-01",
	), "89132cdbaef5")
	c.Config.Entrypoint = []string{"/cnb/process/web"}
	c.Config.Env = []string{"CNB_PLATFORM_API=0.14"}
	no := false
	want := Origin{
		App: &App{
			Buildpacks: []Buildpack{{ID: "paketo-buildpacks/bellsoft-liberica", Version: "11.2.5", Homepage: "https://example.com/bl"}},
			Extensions: []Buildpack{{ID: "acme/curl", Version: "0.1.0"}},
			Processes: []Process{
				{Type: "web", Command: []string{"java"}, Args: []string{"-Dspring.datasource.password=***", "--token", "***", "-jar", "/workspace/app.jar"}, Direct: true, Buildpack: "paketo-buildpacks/spring-boot", WorkDir: "/srv", Default: true},
				{Type: "task", Command: []string{"bash"}, Args: []string{}},
			},
			DefaultProcess: "web",
			Launcher:       Launcher{Version: "0.20.11", Repository: "github.com/buildpacks/lifecycle", Commit: "3c8b7dd"},
			RunImage: RunImage{
				Name: "docker.io/paketobuildpacks/ubuntu-noble-run-tiny:0.0.24", Reference: "index.docker.io/paketobuildpacks/ubuntu-noble-run-tiny@" + sum("7"),
				Digest: sum("7"), TopLayer: sum("9"), Mirrors: []string{"gcr.io/mirror"}, ID: "noble", DistroName: "ubuntu", DistroVersion: "24.04", Maintainer: "Paketo", Released: "2025-01-01",
			},
			PlatformAPI: "0.14", Rebasable: &no,
			Source: &Source{
				Type: "git", Version: map[string]string{"commit": "abc", "nested.deep": "7"},
				Metadata: map[string]string{"repository": "https://***@github.com/acme/shop", "refs": "main, v1", "token": "***", "mirror": "https://***@github.com/acme/shop"},
			},
			SpringBoot: "3.5.1", Title: "shop", Version: "1.2",
			Builders: []BuilderGuess{
				{Name: "paketobuildpacks/builder-noble-java-tiny", Sure: Possible, Why: "the run image paketobuildpacks/ubuntu-noble-run-tiny is also that of others"},
				{Name: "paketobuildpacks/builder-noble-buildpackless-tiny", Sure: Possible, Why: "the run image paketobuildpacks/ubuntu-noble-run-tiny is also that of others"},
			},
		},
		Base: &Base{Name: "docker.io/paketobuildpacks/ubuntu-noble-run-tiny:0.0.24", Digest: sum("7"), Where: "label " + labelLifecycle},
		JVM: &JVM{
			Name: "BellSoft Liberica JRE", Vendor: "BellSoft", Version: "21.0.9", Release: 21,
			Where: "layer jre of paketo-buildpacks/bellsoft-liberica", Buildpack: "paketo-buildpacks/bellsoft-liberica",
		},
	}
	got := Read(c)
	var groups []string
	for _, layer := range got.Layers {
		groups = append(groups, strings.TrimSpace(fmt.Sprintf("%s %s %s", layer.Group, layer.Buildpack, layer.Name)))
	}
	got.Layers = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("origin (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"run-image", "run-image", "buildpacks paketo-buildpacks/bellsoft-liberica jre", "buildpacks paketo-buildpacks/bellsoft-liberica helper",
		"buildpacks", "buildpacks  config", "buildpacks  launcher", "application", "application", "buildpacks  process-types", "buildpacks  sbom", "buildpacks",
	}, groups); diff != "" {
		t.Errorf("groups of the layers 8 9 1 3 2 c d b a e f 5 (-want +got):\n%s", diff)
	}
}

// readBack is a short form of what is read of an application image.
func readBack(o Origin) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if o.App != nil {
		for _, p := range o.App.Buildpacks {
			add("buildpack %s %s", p.ID, p.Version)
		}
		for _, p := range o.App.Processes {
			add("process %s %q %q direct=%v default=%v", p.Type, p.Command, p.Args, p.Direct, p.Default)
		}
		if o.App.Launcher.Version != "" {
			add("launcher %s", o.App.Launcher.Version)
		}
		if run := o.App.RunImage; run.Name+run.Reference+run.TopLayer != "" {
			add("run image %q reference %q digest %q mirrors %q", run.Name, run.Reference, run.Digest, run.Mirrors)
		}
	}
	if o.JVM != nil {
		add("jvm %q %q %q %d, %s", o.JVM.Name, o.JVM.Vendor, o.JVM.Version, o.JVM.Release, o.JVM.Where)
	}
	for _, layer := range o.Layers {
		add("layer %s %s %s", layer.Group, layer.Buildpack, layer.Name)
	}
	for _, p := range o.Problems {
		add("problem %s %s", p.Label, p.Text)
	}
	return b.String()
}

func TestLabelsOfEveryGeneration(t *testing.T) {
	entry := func(c *image.Candidate, entrypoint string, env ...string) *image.Candidate {
		c.Config.Entrypoint, c.Config.Env = []string{entrypoint}, env
		return c
	}
	for _, test := range []struct {
		name string
		c    *image.Candidate
		want string
	}{
		{
			"platform API 0.2: one label, and an application that is one layer",
			entry(withLayers(labelled(labelLifecycle, fmt.Sprintf(`{"app":{"sha":%q},"config":{"sha":%q},"launcher":{"sha":%q},"buildpacks":[{"key":"org.cloudfoundry.openjdk","version":"1.0","layers":{"openjdk-jre":{"sha":%q,"data":{"dependency":{"name":"OpenJDK JRE","version":"11.0.5"}},"launch":true}}}],"runImage":{"topLayer":%q,"reference":"%s"},"stack":{"runImage":{"image":"cloudfoundry/run:base-cnb","mirrors":["gcr.io/x"]}}}`, sum("a"), sum("b"), sum("c"), sum("d"), sum("9"), strings.Repeat("7", 64))), "9abcd"), "/lifecycle/launcher"),
			`buildpack org.cloudfoundry.openjdk 1.0
run image "cloudfoundry/run:base-cnb" reference "7777777777777777777777777777777777777777777777777777777777777777" digest "" mirrors ["gcr.io/x"]
jvm "OpenJDK JRE" "" "11.0.5" 11, layer openjdk-jre of org.cloudfoundry.openjdk
layer run-image  
layer application  
layer buildpacks  config
layer buildpacks  launcher
layer buildpacks org.cloudfoundry.openjdk openjdk-jre
problem io.buildpacks.build.metadata is missing: only platform API 0.2 and older leave it out
`,
		},
		{
			"platform API 0.3: a command that is a text, a bill of materials, and the process that the launcher takes by itself",
			entry(labelled(labelBuild, `{"bom":[{"name":"jdk","metadata":{"name":"BellSoft Liberica JDK","version":"8.0.302"}},{"name":"jre","metadata":{"name":"BellSoft Liberica JRE","version":"8.0.302"},"buildpack":{"id":"paketo-buildpacks/bellsoft-liberica","version":"8.7.0"}}],"buildpacks":[{"id":"paketo-buildpacks/bellsoft-liberica","version":"8.7.0"}],"processes":[{"type":"web","command":"java org.x.Main","args":null,"direct":false},{"type":"task","command":"java","args":["-jar"],"direct":true}],"launcher":{"version":"0.11.3","source":{"git":{"repository":"x","commit":"y"}}}}`, labelLifecycle, `{}`), "/cnb/lifecycle/launcher"),
			`buildpack paketo-buildpacks/bellsoft-liberica 8.7.0
process web ["java org.x.Main"] [] direct=false default=true
process task ["java"] ["-jar"] direct=true default=false
launcher 0.11.3
jvm "BellSoft Liberica JRE" "BellSoft" "8.0.302" 8, bill of materials of io.buildpacks.build.metadata
`,
		},
		{
			"a launcher that is told the process by a variable",
			entry(labelled(labelBuild, `{"buildpacks":[],"processes":[{"type":"web","command":"a"},{"type":"task","command":"b"}]}`, labelLifecycle, `{}`), "/cnb/lifecycle/launcher", "CNB_PROCESS_TYPE=task"),
			`process web ["a"] [] direct=false default=false
process task ["b"] [] direct=false default=true
`,
		},
		{
			"a launcher of platform API 0.4 and newer that has no default",
			entry(labelled(labelBuild, `{"processes":[{"type":"web","command":"a"}]}`, labelLifecycle, `{}`), "/cnb/lifecycle/launcher", "CNB_PLATFORM_API=0.4"),
			`process web ["a"] [] direct=false default=false
`,
		},
		{
			"platform API 0.15: environments of processes, and a process without a shell that does not say so",
			entry(labelled(labelBuild, `{"processes":[{"type":"web","command":["a"],"args":["b"],"exec-env":["production"]}],"launcher":{"version":"0.21.0"}}`, labelLifecycle, `{}`), "/cnb/process/web"),
			`process web ["a"] ["b"] direct=true default=true
launcher 0.21.0
`,
		},
		{
			"a run image from an engine has a bare id, which is no digest",
			labelled(labelBuild, `{}`, labelLifecycle, fmt.Sprintf(`{"runImage":{"topLayer":%q,"reference":"sha256:%s"}}`, sum("1"), strings.Repeat("7", 64))),
			`run image "" reference "sha256:7777777777777777777777777777777777777777777777777777777777777777" digest "" mirrors []
`,
		},
		{
			"Heroku's layer names what was downloaded",
			labelled(labelBuild, `{}`, labelLifecycle, fmt.Sprintf(`{"buildpacks":[{"key":"heroku/jvm","version":"7.0.0","layers":{"openjdk":{"sha":%q,"launch":true,"data":{"source_tarball_url":"https://lang.example/zulu-21.0.2.tar.gz"}}}}]}`, sum("1"))),
			`buildpack heroku/jvm 7.0.0
jvm "Azul Zulu" "Azul" "21.0.2" 21, layer openjdk of heroku/jvm
`,
		},
		{
			"Google's layer has a version",
			labelled(labelBuild, `{}`, labelLifecycle, fmt.Sprintf(`{"buildpacks":[{"key":"google.java.runtime","version":"0.9.1","layers":{"java":{"sha":%q,"launch":true,"data":{"version":"17.0.10+7"}}}}]}`, sum("1"))),
			`buildpack google.java.runtime 0.9.1
jvm "OpenJDK" "" "17.0.10+7" 17, layer java of google.java.runtime
`,
		},
		{
			"labels that are wrong in every member",
			withLayers(labelled(labelBuild, `{"buildpacks":"x","extensions":7,"processes":[1,{"type":[],"command":{},"args":"one","direct":"yes"}],"launcher":{"version":{}},"bom":"x"}`,
				labelLifecycle, `{"app":7,"config":{"sha":1},"launcher":"sha256:1","buildpacks":[{"key":7,"layers":[]}],"runImage":[],"stack":"x"}`,
				labelProject, `[]`, labelRebasable, "perhaps", labelSpringBoot, "1\n2"), "1"),
			`process  [] ["one"] direct=false default=false
layer layers  
problem io.buildpacks.build.metadata buildpacks is a text, not a list
problem io.buildpacks.lifecycle.metadata buildpacks[0].key is a number, not a text
problem io.buildpacks.lifecycle.metadata buildpacks[0] has no id of a buildpack: ""
problem io.buildpacks.build.metadata extensions is a number, not a list
problem io.buildpacks.build.metadata launcher.version is an object, not a text
problem io.buildpacks.lifecycle.metadata runImage is a list, not an object
problem io.buildpacks.lifecycle.metadata stack is a text, not an object
problem io.buildpacks.rebasable is neither true nor false: "perhaps"
problem io.buildpacks.project.metadata is a list, not an object
problem org.springframework.boot.version is no version: "1\n2"
problem io.buildpacks.build.metadata processes[0] is a number, not an object
problem io.buildpacks.build.metadata processes[1].direct is a text, not true or false
problem io.buildpacks.build.metadata processes[1].type is a list, not a text
problem io.buildpacks.build.metadata processes[1].command is an object, not a list
problem io.buildpacks.lifecycle.metadata app is a number, not a list
problem io.buildpacks.lifecycle.metadata launcher is no digest: "sha256:1"
problem io.buildpacks.lifecycle.metadata config.sha is a number, not a text
problem io.buildpacks.lifecycle.metadata buildpacks[0].key is a number, not a text
problem io.buildpacks.lifecycle.metadata buildpacks[0].layers is a list, not an object
`,
		},
		{
			"labels that are no JSON, cut short, empty and null",
			labelled(labelBuild, `{"buildpacks":[`, labelLifecycle, "", labelProject, "null"),
			"problem io.buildpacks.build.metadata is no JSON: unexpected end of JSON input\nproblem io.buildpacks.lifecycle.metadata is empty\n",
		},
		{
			"a label of five megabytes, and one that is nested without end",
			labelled(labelBuild, strings.Repeat("x", 5<<20), labelLifecycle, strings.Repeat(`{"a":`, 100_000)),
			"problem io.buildpacks.build.metadata is 5.2 MB long; at most 2 MiB are read\nproblem io.buildpacks.lifecycle.metadata is no JSON: invalid character '{' exceeded max depth\n",
		},
		{
			"versions of ten thousand digits",
			labelled(labelBuild, fmt.Sprintf(`{"launcher":{"version":%q},"buildpacks":[{"id":"a/b","version":%[1]q}]}`, strings.Repeat("9", 10_000)), labelLifecycle, "{}"),
			"buildpack a/b \n" + `problem io.buildpacks.build.metadata buildpacks[0].version is no version: "99999999999999999999999999999999999999999999999999999999999999999999999999999999"… (10000 bytes)
problem io.buildpacks.build.metadata launcher.version is no version: "99999999999999999999999999999999999999999999999999999999999999999999999999999999"… (10000 bytes)
`,
		},
		{
			"layers that the image does not have",
			withLayers(labelled(labelBuild, "{}", labelLifecycle, fmt.Sprintf(`{"app":[{"sha":%q}],"runImage":{"topLayer":%q}}`, sum("1"), sum("2"))), "3"),
			`run image "" reference "" digest "" mirrors []
layer layers  
problem io.buildpacks.lifecycle.metadata names a top layer of the run image that is not in the image: "sha256:2222222222222222222222222222222222222222222222222222222222222222"
problem io.buildpacks.lifecycle.metadata describes layers that the image does not have, such as sha256:1111111111111111111111111111111111111111111111111111111111111111
`,
		},
		{"an image without labels", labelled(), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, readBack(Read(test.c))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
