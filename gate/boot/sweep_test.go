package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bootgate/gate/image"
)

// shore is a fake engine with things of a dead run, of the run of mine, of a run elsewhere, and of somebody else.
func shore(t *testing.T, mine *Lease) *fakeEngine {
	t.Helper()
	f := newFake(map[string]fakeImage{"app": {}})
	dead := &Lease{Run: "00000000dead", scope: mine.scope}
	elsewhere := &Lease{Run: "00000000e15e", scope: "elsewhere"}
	now := time.Now()
	for name, labels := range map[string]map[string]string{
		"dead": dead.Labels("candidate", hour), "mine": mine.Labels("candidate", hour), "elsewhere": elsewhere.Labels("candidate", hour),
		"expired": elsewhere.Labels("candidate", -hour), "stranger": {"app": "x"},
	} {
		config := &container.Config{Image: "app", Labels: labels}
		if _, err := f.ContainerCreate(t.Context(), config, &container.HostConfig{}, nil, nil, "c-"+name); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NetworkCreate(t.Context(), "n-"+name, network.CreateOptions{Labels: labels}); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.NetworkConnect(t.Context(), "n-dead", "the gate's own container", nil); err != nil {
		t.Fatal(err)
	}
	f.tags = []string{
		dead.Marker(1, hour), mine.Marker(1, hour), elsewhere.Marker(1, hour),
		fmt.Sprintf("%s/elsewhere/000:%d-1", image.MarkerDomain, now.Add(-hour).Unix()), "postgres:16", image.MarkerDomain + "/odd:tag",
	}
	f.calls = nil
	return f
}

func TestASweepRemovesWhatTheDeadLeft(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine := newLease(t)
	f := shore(t, mine)
	before := slices.Clone(f.tags)
	swept, err := Sweep(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	want := Swept{Containers: []string{"c-dead", "c-expired"}, Networks: []string{"n-dead", "n-expired"}, Images: []string{before[0], before[3]}}
	if diff := cmp.Diff(want, sorted(swept)); diff != "" {
		t.Errorf("swept (-want +got):\n%s", diff)
	}
	if swept.Count() != 6 {
		t.Errorf("%d things are counted, want 6", swept.Count())
	}
	left := sortedStrings("c-elsewhere", "c-mine", "c-stranger", "n-elsewhere", "n-mine", "n-stranger", before[1], before[2], before[4], before[5])
	if diff := cmp.Diff(left, f.left()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestARunSweepsItsOwn(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine := newLease(t)
	f := shore(t, mine)
	want := Swept{Containers: []string{"c-mine"}, Networks: []string{"n-mine"}, Images: []string{f.tags[1]}}
	swept, err := mine.SweepOwn(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, swept); diff != "" {
		t.Errorf("swept (-want +got):\n%s", diff)
	}
}

func TestASweepDoesWhatItCan(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine := newLease(t)
	for _, test := range []struct {
		call string
		want Swept
		err  string
	}{
		{"ContainerList", Swept{}, "listing containers: "},
		{"NetworkList", Swept{Containers: []string{"c-dead", "c-expired"}}, "listing networks: "},
		{"ImageList", Swept{Containers: []string{"c-dead", "c-expired"}, Networks: []string{"n-dead", "n-expired"}}, "listing images: "},
		{"ContainerRemove", Swept{Networks: []string{"n-dead", "n-expired"}, Images: []string{"both"}}, "removing container "},
		{"NetworkRemove", Swept{Containers: []string{"c-dead", "c-expired"}, Images: []string{"both"}}, "removing network "},
		{"ImageRemove", Swept{Containers: []string{"c-dead", "c-expired"}, Networks: []string{"n-dead", "n-expired"}}, "removing image "},
	} {
		t.Run(test.call, func(t *testing.T) {
			f := shore(t, mine)
			f.fault = func(_ int, call string) fault {
				if call == test.call {
					return failsBefore
				}
				return works
			}
			if len(test.want.Images) > 0 {
				test.want.Images = []string{f.tags[0], f.tags[3]}
			}
			var swept Swept
			var err error
			now := time.Now()
			synctest.Test(t, func(t *testing.T) { // so that trying again takes no time
				swept, err = sweep(t.Context(), f, func(labels map[string]string) bool { return !alive(labels, now) })
			})
			var engine *EngineError
			if !errors.As(err, &engine) || !strings.HasPrefix(engine.Error(), test.err) {
				t.Errorf("the error is %v, want an EngineError %q", err, test.err)
			}
			if diff := cmp.Diff(sorted(test.want), sorted(swept)); diff != "" {
				t.Errorf("swept (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("an interruption", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Sweep(ctx, shore(t, mine)); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestMarkersAreReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lease := &Lease{Run: rapid.StringMatching(`[0-9a-f]{12}`).Draw(r, "run"), scope: rapid.StringMatching(`[a-z2-7]{26}`).Draw(r, "scope")}
		needed := time.Duration(rapid.Int64Range(0, int64(10*hour)).Draw(r, "needed"))
		before := time.Now().Add(needed)
		labels, ok := markerLabels(lease.Marker(rapid.IntRange(0, 1000).Draw(r, "number"), needed))
		expires, err := time.Parse(time.RFC3339, labels[LabelExpires])
		if !ok || err != nil || labels[LabelRun] != lease.Run || labels[LabelLock] != lease.scope+"/"+lease.Run {
			r.Fatalf("labels %v (%v, %v)", labels, ok, err)
		}
		if late := expires.Sub(before); late < -time.Second || late > time.Minute {
			r.Fatalf("it expires at %s, want %s", expires, before)
		}
	})
}

func TestReferencesThatAreNoMarkers(t *testing.T) {
	for _, ref := range []string{
		"", "postgres:16", "bootgate.invalid", "bootgate.invalid/scope/run", "bootgate.invalid/run:1-1", "bootgate.invalid/scope/run:x-1",
		"bootgate.invalid/scope/run:-1", "example.com/bootgate.invalid/scope/run:1-1", "bootgate.invalidx/scope/run:1-1", "<none>:<none>",
	} {
		t.Run(ref, func(t *testing.T) {
			if labels, ok := markerLabels(ref); ok {
				t.Errorf("read as %v", labels)
			}
		})
	}
}

func sortedStrings(all ...string) []string {
	slices.Sort(all)
	return all
}

// sorted returns what was swept in one order, and lists that are empty as such.
func sorted(s Swept) Swept {
	return Swept{sortedStrings(append([]string{}, s.Containers...)...), sortedStrings(append([]string{}, s.Networks...)...), append([]string{}, s.Images...)}
}
