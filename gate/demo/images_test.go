package demo

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"

	"bootgate/gate/boot"
)

func TestImagesBehaveAsTheirStoriesSay(t *testing.T) {
	jdks(t)
	engine := dockerEngine(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	images, cleanup, err := Images(t.Context(), Options{Engine: engine, Self: self, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cleanup(); err != nil {
			t.Error(err)
		}
	}()
	type outcome struct {
		Want finding.Verdict
		Code int
		OOM  bool
		Last string // of the output
	}
	got := map[string]outcome{}
	for _, img := range images {
		stopAfter := ""
		if img.Want == finding.Pass {
			stopAfter = "listening on port 8080"
		}
		memory := int64(img.Spec.Memory)
		l := ran(t, engine, container.Config{Image: img.Ref}, container.HostConfig{Resources: container.Resources{Memory: memory, MemorySwap: memory}}, stopAfter)
		lines := strings.Split(strings.TrimSpace(l.output), "\n")
		last := lines[len(lines)-1]
		if i := strings.IndexAny(last, "0123456789"); l.oom && i > 0 {
			last = last[:i]
		}
		got[img.Name] = outcome{img.Want, l.code, l.oom, last}
	}
	java := got["java-healthy"]
	if !strings.HasPrefix(java.Last, "Java ") {
		t.Errorf("the Java server printed %q last", java.Last)
	}
	java.Last = ""
	got["java-healthy"] = java
	want := map[string]outcome{
		"healthy":      {finding.Pass, 0, false, "stop signal received, no open requests, bye"},
		"dies-late":    {finding.Fail, 3, false, "ERROR main: cannot work without a database, giving up"},
		"leaks":        {finding.Fail, 137, true, "read part "},
		"java-healthy": {finding.Pass, 143, false, ""},
		"java-heap":    {finding.Fail, 3, false, "Terminating due to java.lang.OutOfMemoryError: Java heap space"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "made bootgate-demo/healthy:") {
		t.Errorf("the log says nothing of an image that was made:\n%s", log.String())
	}
}

func TestImagesAreRemovedWhenTheDemoIsInterrupted(t *testing.T) {
	engine := dockerEngine(t)
	before := demoImages(t, engine)
	ctx, interrupt := context.WithCancel(t.Context())
	log := writerFunc(func(line string) {
		if strings.HasPrefix(line, "made ") {
			interrupt()
		}
	})
	_, _, err := Images(ctx, Options{Engine: engine, Self: staticProgram(t), Log: log})
	if err == nil {
		t.Fatal("the interruption was no error")
	}
	if diff := cmp.Diff(before, demoImages(t, engine)); diff != "" {
		t.Errorf("images on the engine (-before +after):\n%s", diff)
	}
}

func TestJavaImagesThatCannotBeMadeAreLeftOutWithTheReason(t *testing.T) {
	engine := dockerEngine(t)
	var log strings.Builder
	m := &maker{Options: Options{Engine: engine, Log: &log}}
	t.Setenv("HOME", "") // without it there is no place for a run-time
	t.Setenv("XDG_CACHE_HOME", "")
	images, err := m.java(t.Context())
	if err != nil || len(images) != 0 {
		t.Errorf("got images %v and error %v, want neither", images, err)
	}
	if !strings.Contains(log.String(), "no Java images: ") {
		t.Errorf("the log does not say that the Java images are left out:\n%s", log.String())
	}
}

func TestLeftoversOfAKilledDemoAreSweptAndThoseOfALiveOneAreNot(t *testing.T) {
	engine := dockerEngine(t)
	over, going := lease(t), lease(t)
	dead := maker{Options: Options{Engine: engine, Labels: over.Labels("demo", time.Hour), Log: &strings.Builder{}}, tag: "test-dead"}
	live := maker{Options: Options{Engine: engine, Labels: going.Labels("demo", time.Hour), Log: &strings.Builder{}}, tag: "test-live"}
	for _, m := range []*maker{&dead, &live} {
		m.Self = staticProgram(t)
		defer func() {
			if err := m.cleanup(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := m.native(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := over.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := boot.Sweep(t.Context(), engine); err != nil {
		t.Fatal(err)
	}
	if err := going.Release(); err != nil {
		t.Error(err)
	}
	left := demoImages(t, engine)
	for _, name := range []string{"healthy", "dies-late", "leaks"} {
		if left["bootgate-demo/"+name+":test-dead"] || !left["bootgate-demo/"+name+":test-live"] {
			t.Errorf("after the sweep there are %v, want no %s:test-dead and %[2]s:test-live", left, name)
		}
	}
}

func lease(t *testing.T) *boot.Lease {
	t.Helper()
	l, err := boot.NewLease()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// demoImages are the references of all demo images on the engine.
func demoImages(t *testing.T, engine *client.Client) map[string]bool {
	t.Helper()
	found, err := engine.ImageList(t.Context(), dockerimage.ListOptions{Filters: filters.NewArgs(filters.Arg("label", Label))})
	if err != nil {
		t.Fatal(err)
	}
	refs := map[string]bool{}
	for _, img := range found {
		for _, ref := range img.RepoTags {
			refs[ref] = true
		}
	}
	return refs
}

type writerFunc func(string)

func (w writerFunc) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}
