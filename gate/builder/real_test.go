package builder_test

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/gate/builder"
	"bootgate/gate/image"
	"bootgate/testdata/cnb"
)

// read pushes an image to a registry and says what is read off it there.
func read(t *testing.T, img v1.Image) builder.Origin {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(server.Listener.Addr().String() + "/shop:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	c, err := image.Resolve(t.Context(), ref.String(), image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return builder.Read(c)
}

// app is what the words of cnb.Parse describe.
func app(t *testing.T, words string) cnb.App {
	t.Helper()
	a, err := cnb.Parse(words)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestWhatTheLifecycleWritesIsRead makes images with the lifecycle itself: what was asked for must come out again.
func TestWhatTheLifecycleWritesIsRead(t *testing.T) {
	t.Parallel()
	for _, version := range []string{cnb.Lifecycle, cnb.OldLifecycle} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			a := app(t, "app=job process=task java=acme/own-java@1.2.3-rc.1 server=2.0.0 jvm=21.0.9 run=2 api=0.13 lifecycle="+version)
			img, err := cnb.Image(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			o := read(t, img)
			if o.App == nil {
				t.Fatalf("no application: %+v", o)
			}
			wantOrigin(t, o, img, version)
			wantLayers(t, o)
			if len(o.Problems) > 0 {
				t.Errorf("problems: %+v", o.Problems)
			}
		})
	}
}

func wantOrigin(t *testing.T, o builder.Origin, img v1.Image, version string) {
	t.Helper()
	file, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	yes, run := true, o.App.RunImage
	process := func(kind string, isDefault bool) builder.Process {
		return builder.Process{
			Type: kind, Command: []string{"java"}, Args: []string{"-cp", "/workspace", "Job"}, Direct: true, Buildpack: cnb.ServerID, Default: isDefault,
		}
	}
	labels := cnb.RunLabels(2)
	want := &builder.App{
		Buildpacks: []builder.Buildpack{
			{ID: "acme/own-java", Version: "1.2.3-rc.1", Homepage: "https://buildpacks.example.com/acme/own-java"},
			{ID: cnb.ServerID, Version: "2.0.0", Homepage: "https://buildpacks.example.com/" + cnb.ServerID},
		},
		Processes:      []builder.Process{process("task", true), process("web", false)},
		DefaultProcess: "task",
		Launcher:       builder.Launcher{Version: version, Repository: "https://github.com/buildpacks/lifecycle", Commit: o.App.Launcher.Commit},
		RunImage: builder.RunImage{
			Name: cnb.RunImageName, Reference: "registry.acme.localhost/run-tiny@" + run.Digest, Digest: run.Digest,
			TopLayer: file.RootFS.DiffIDs[1].String(), Mirrors: []string{cnb.RunImageMirror},
			Stack: labels["io.buildpacks.stack.id"], ID: labels["io.buildpacks.base.id"],
			DistroName: "acme-linux", DistroVersion: "2.0", Maintainer: labels["io.buildpacks.base.maintainer"], Released: labels["io.buildpacks.base.released"],
		},
		PlatformAPI: "0.13",
		Rebasable:   &yes,
		Source: &builder.Source{
			Type: "git", Version: map[string]string{"commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
			Metadata: map[string]string{"repository": "https://git.example.com/acme/shop.git", "refs": "main"},
		},
		Builders: o.App.Builders,
	}
	if diff := cmp.Diff(want, o.App); diff != "" {
		t.Errorf("application (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(run.Digest, "sha256:") || o.App.Launcher.Commit == "" {
		t.Errorf("run image %q, commit %q", run.Digest, o.App.Launcher.Commit)
	}
	jvm := &builder.JVM{Name: "Acme JRE", Version: "21.0.9", Release: 21, Where: "layer jre of acme/own-java", Buildpack: "acme/own-java"}
	if o.JVM != nil {
		jvm.Vendor = o.JVM.Vendor // what the name says of it is another test's
	}
	if diff := cmp.Diff(jvm, o.JVM); diff != "" {
		t.Errorf("JVM (-want +got):\n%s", diff)
	}
}

func wantLayers(t *testing.T, o builder.Origin) {
	t.Helper()
	var layers []string
	for _, l := range o.Layers {
		layers = append(layers, strings.TrimSpace(string(l.Group)+" "+l.Buildpack+" "+l.Name))
		if l.Size == 0 || l.Digest == "" {
			t.Errorf("a layer has %d bytes and the digest %q", l.Size, l.Digest)
		}
	}
	want := []string{
		"run-image", "run-image", "buildpacks acme/own-java helper", "buildpacks acme/own-java jre", "buildpacks  sbom",
		"application", "buildpacks  launcher", "buildpacks  config", "buildpacks  process-types",
	}
	if diff := cmp.Diff(want, layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
}

func TestWhatPackWritesIsRead(t *testing.T) {
	t.Parallel()
	img, err := cnb.Builder(app(t, "java=acme/own-java@5.16.0 lifecycle=0.21.2"))
	if err != nil {
		t.Fatal(err)
	}
	o := read(t, img)
	apis := []string{"0.7", "0.8", "0.9", "0.10", "0.11", "0.12"}
	want := &builder.Builder{
		Description: cnb.BuilderDescription,
		Buildpacks: []builder.Buildpack{
			{ID: "acme/own-java", Version: "5.16.0", Homepage: "https://buildpacks.example.com/acme/own-java"},
			{ID: cnb.ServerID, Version: "1.0.0", Homepage: "https://buildpacks.example.com/" + cnb.ServerID},
		},
		Order: [][]builder.OrderEntry{{{ID: "acme/own-java", Version: "5.16.0"}, {ID: cnb.ServerID, Version: "1.0.0"}}},
		Lifecycle: builder.Lifecycle{
			Version: "0.21.2", BuildpackAPIs: apis, PlatformAPIs: append(apis[:len(apis):len(apis)], "0.13", "0.14", "0.15"),
		},
		RunImages: []builder.RunImageOffer{{Image: cnb.RunImageName, Mirrors: []string{cnb.RunImageMirror}}},
		CreatedBy: "Pack CLI", CreatedByVersion: o.Builder.CreatedByVersion, Stack: "com.example.stacks.tiny", UserID: "1001", GroupID: "1000",
	}
	if diff := cmp.Diff(want, o.Builder); diff != "" {
		t.Errorf("builder (-want +got):\n%s", diff)
	}
	if len(o.Problems) > 0 {
		t.Errorf("problems: %+v", o.Problems)
	}
}
