package main_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"bootgate/gate/image"
	"bootgate/testdata/faults"
	"bootgate/testdata/testimage"
)

// faultScenario is a check that must survive the loss of any one call to the engine.
type faultScenario struct {
	name string
	// image prepares the scenario and returns what makes the image for one run: a new one where it is brought to the
	// engine, so that no run has what another brought.
	image func(t *testing.T) func(t *testing.T) string
	args  []string
	// baseline makes the baseline, if there is one. The candidate fails then, so that the exit code is 1, or 3.
	baseline func(t *testing.T) string
	// optional are the calls without whose answer the gate comes to the same verdict, and why.
	optional map[string]string
	// either are calls after whose loss the gate may come to the verdict or give up, depending on what it was for.
	either map[string]string
}

// always are calls that no check depends on.
func always() map[string]string {
	return map[string]string{
		"GET /containers/json":           "a sweep that fails is left to the next run",
		"GET /networks":                  "the same",
		"GET /images/json":               "the same",
		"DELETE /containers/{}":          "removals are repeated",
		"DELETE /networks/{}":            "removals are repeated",
		"DELETE /images/{}":              "removals are repeated",
		"GET /version":                   "it only helps to explain a failure",
		"GET /containers/{}/json size=1": "how much was written is looked at again",
		"GET /containers/{}/stats":       "peak memory is good to know, no more",
		"GET /containers/{}/changes":     "what a dead process left is good to know, no more",
		"GET /containers/{}/archive":     "the same",
		"HEAD /containers/{}/archive":    "the same",
	}
}

func faultScenarios() []faultScenario {
	own := func(t *testing.T) func(*testing.T) string {
		ref := testimage.App(t, testimage.Config{Name: "faults-server", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
		return func(*testing.T) string { return ref }
	}
	return []faultScenario{
		{
			name: "a control boot",
			image: func(t *testing.T) func(*testing.T) string {
				ref := testimage.App(t, testimage.Config{Name: "faults-broken", Args: []string{"eprint=no database", "exit=3"}})
				return func(*testing.T) string { return ref }
			},
			baseline: func(t *testing.T) string { return own(t)(t) },
			args:     []string{"--stays-up=0s", "--as=service"},
		},
		{
			name:  "a server of the engine's own",
			image: own,
			args:  []string{"--stays-up=0s"},
		},
		{
			name:  "a job from an archive",
			image: func(*testing.T) func(*testing.T) string { return savedImage },
			args:  []string{"--as=job"},
		},
		{
			name:  "a server that is asked inside, needs another and is started again",
			image: own,
			args:  []string{"--stays-up=0s", "--restart", "--ready=exec:/fixture", "--needs={name: other, image: IMAGE}"},
			optional: map[string]string{
				"POST /containers/{}/exec": "the probe tries again", "POST /exec/{}/start": "the probe tries again",
				"GET /exec/{}/json": "the probe tries again",
			},
		},
		{
			name: "a job from a registry",
			image: func(*testing.T) func(*testing.T) string {
				return func(t *testing.T) string { return pushedImage(t, nil) }
			},
			args:   []string{"--as=job"},
			either: map[string]string{"DELETE /images/{}": "a part of bringing it takes something away, too"},
		},
	}
}

// jobImage makes an image like no other, so that no engine has any part of it, and fails the test when it is on the
// engine in the end.
func jobImage(t *testing.T) v1.Image {
	t.Helper()
	const label = "bootgate.test.faults"
	unique := rand.Text()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
		defer cancel()
		cli, err := newEngine(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		left, err := cli.ImageList(ctx, dockerimage.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", label+"="+unique))})
		if err != nil {
			t.Fatal(err)
		}
		for _, img := range left {
			t.Errorf("the gate left behind image %s %v %v", img.ID, img.RepoTags, img.RepoDigests)
			if err := removeAll(ctx, cli, []string{"image " + img.ID}); err != nil {
				t.Error(err)
			}
		}
	})
	return testimage.AppImage(t, testimage.Config{
		Name: "faults-job", Args: []string{"print=done"}, Labels: map[string]string{label: unique},
		Files: []image.File{{Path: "/unique", Mode: 0o644, Content: []byte(unique)}},
	})
}

// savedImage writes an image of a job as docker save does, and returns the path.
func savedImage(t *testing.T) string {
	t.Helper()
	ref, err := name.NewTag("bootgate-test/faults-job:1")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "job.tar")
	if err := tarball.WriteToFile(path, ref, jobImage(t)); err != nil {
		t.Fatal(err)
	}
	return path
}

// pushedImage starts a registry that has an image of a job, and returns the image's reference. With around, requests
// pass through it.
func pushedImage(t *testing.T, around func(http.Handler) http.Handler) string {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if around != nil {
		handler = around(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(server.Listener.Addr().String() + "/job:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, jobImage(t)); err != nil {
		t.Fatal(err)
	}
	return ref.String()
}

// TestEveryCallToTheEngine answers each call to the engine in turn with an error: once without having done it, once
// after. The image is in order, so the verdict is never fail; what could not be told is inconclusive, with the engine's
// words as the reason; and nothing stays behind. A call that an earlier scenario has is not repeated in a later one.
func TestEveryCallToTheEngine(t *testing.T) {
	covered := map[string]int{}
	for _, s := range faultScenarios() {
		t.Run(s.name, func(t *testing.T) {
			newImage, counts := s.image(t), map[string]int{}
			if s.baseline != nil {
				s.args = append(s.args, "--baseline="+s.baseline(t))
			}
			for _, r := range s.run(t, newImage, nil) {
				counts[r.Call] = max(counts[r.Call], r.Nth)
			}
			for _, call := range slices.Sorted(maps.Keys(counts)) {
				for nth := covered[call] + 1; nth <= counts[call]; nth++ {
					for _, fault := range faultsOf(call) {
						name := fmt.Sprintf("%s %d %v", strings.NewReplacer("{}", "ID", " /", " ", "/", " ").Replace(call), nth, fault)
						t.Run(name, func(t *testing.T) {
							t.Parallel()
							s.run(t, newImage, &spoiled{call: call, nth: nth, fault: fault})
						})
					}
				}
				covered[call] = max(covered[call], counts[call])
			}
		})
	}
}

// faultsOf returns the faults that make a difference: of a question only the answer counts.
func faultsOf(call string) []faults.Fault {
	if strings.HasPrefix(call, "GET ") || strings.HasPrefix(call, "HEAD ") {
		return []faults.Fault{faults.Refuse}
	}
	return []faults.Fault{faults.Refuse, faults.Lose}
}

// spoiled says which call is spoiled, and how.
type spoiled struct {
	call  string
	nth   int
	fault faults.Fault
	done  atomic.Bool
}

func (s *spoiled) decide(_ context.Context, r faults.Request) faults.Fault {
	if s == nil || r.Call != s.call || r.Nth != s.nth {
		return faults.None
	}
	s.done.Store(true)
	return s.fault
}

// run runs the gate with one call spoiled, or none, and checks what is to hold. It returns what the engine was asked.
func (s faultScenario) run(t *testing.T, newImage func(*testing.T) string, spoil *spoiled) []faults.Request {
	t.Helper()
	ref, args := newImage(t), []string{"check"}
	for _, arg := range s.args {
		args = append(args, strings.ReplaceAll(arg, "IMAGE", ref))
	}
	p := proxy(t, spoil.decide)
	got := gateRun{host: p.Host(), temporary: temporary(t), args: append(args, ref)}.run(t)
	if want := s.codes(spoil); !slices.Contains(want, got.code) {
		t.Errorf("exit code %d, want one of %v\nstderr: %s", got.code, want, got.stderr)
	}
	if got.code == 3 && !strings.Contains(got.reason(), faults.Message) && !strings.Contains(got.reason(), "500") {
		t.Errorf("the last line on stderr does not say why: %q", got.reason())
	}
	return p.Requests()
}

// codes returns the exit codes that are right.
func (s faultScenario) codes(spoil *spoiled) []int {
	switch {
	case s.baseline != nil && (spoil == nil || !spoil.done.Load()):
		return []int{1}
	case s.baseline != nil:
		return []int{1, 3} // the two boots overlap: which of them a call is for differs
	case spoil == nil || !spoil.done.Load():
		return []int{0}
	}
	if _, ok := s.either[spoil.call]; ok {
		return []int{0, 3}
	}
	_, ever := always()[spoil.call]
	_, here := s.optional[spoil.call]
	if ever || here {
		return []int{0}
	}
	return []int{3}
}

// TestControlBootThatIsCutShort spoils calls of the control boot, each the second of its kind: then nobody can tell whose
// fault it is that the candidate failed.
func TestControlBootThatIsCutShort(t *testing.T) {
	t.Parallel()
	good := testimage.App(t, testimage.Config{Name: "control-good", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	bad := testimage.App(t, testimage.Config{Name: "control-bad", Args: []string{"exit=3"}, Expose: []string{"8080"}})
	for _, call := range []string{
		"POST /networks/create", "POST /containers/create", "POST /containers/{}/attach", "POST /containers/{}/wait",
		"POST /containers/{}/start", "POST /containers/{}/kill signal=SIGTERM",
	} {
		for _, fault := range []faults.Fault{faults.Refuse, faults.Lose, faults.Cut} {
			t.Run(strings.NewReplacer("{}", "ID", "/", " ").Replace(call)+" "+fault.String(), func(t *testing.T) {
				t.Parallel()
				spoil := &spoiled{call: call, nth: 2, fault: fault}
				if strings.Contains(call, "kill") {
					spoil.nth = 1 // the candidate has ended by itself
				}
				p := proxy(t, spoil.decide)
				args := []string{"check", "--stays-up=0s", "--baseline=" + good, "--output=json=-", bad}
				got := gateRun{host: p.Host(), temporary: temporary(t), args: args}.run(t)
				if !spoil.done.Load() {
					t.Fatalf("there was no such call among %v", p.Requests())
				}
				if got.code != 3 || !strings.Contains(got.reason(), ": host-engine: The image failed, and the control boot of its baseline "+good+" was cut short: ") {
					t.Errorf("exit code %d, last line %q", got.code, got.reason())
				}
				if !strings.Contains(got.stdout, `"rule": "boot-exit",
          "severity": "warning"`) {
					t.Errorf("what the candidate did is no warning:\n%s", got.stdout)
				}
			})
		}
	}
}

// TestHostOnWhichNothingStarts has a runtime that refuses to start anything: that says nothing about the image, which only a
// baseline shows.
func TestHostOnWhichNothingStarts(t *testing.T) {
	t.Parallel()
	image := testimage.App(t, testimage.Config{Name: "host-image", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	good := testimage.App(t, testimage.Config{Name: "host-baseline", Args: []string{"print=before", "http=:8080"}, Expose: []string{"8080"}})
	run := func(args ...string) outcome {
		p := proxy(t, func(_ context.Context, r faults.Request) faults.Fault {
			if r.Call == "POST /containers/{}/start" {
				return faults.Forbid
			}
			return faults.None
		})
		return gateRun{host: p.Host(), temporary: temporary(t), args: append(append([]string{"check"}, args...), image)}.run(t)
	}
	if got := run(); got.code != 1 {
		t.Errorf("without a baseline: exit code %d, want 1\n%s", got.code, got.stdout)
	}
	got := run("--baseline=" + good)
	if got.code != 3 || !strings.Contains(got.reason(), ": host-cannot-start: Neither the image nor its baseline "+good) {
		t.Errorf("with a baseline: exit code %d, last line %q", got.code, got.reason())
	}
	for _, words := range []string{"candidate, engine │ ", "baseline, engine  │ ", "Both fail alike", "warning entrypoint-missing"} {
		if !strings.Contains(got.stdout, words) {
			t.Errorf("the report does not say %q:\n%s", words, got.stdout)
		}
	}
}

// TestEngineThatHangs meets an engine that takes connections and says nothing.
func TestEngineThatHangs(t *testing.T) {
	t.Parallel()
	p := proxy(t, func(context.Context, faults.Request) faults.Fault { return faults.Hang })
	got := gateRun{host: p.Host(), temporary: temporary(t), args: []string{"check", "bootgate-test/none:none"}}.run(t)
	if got.code != 3 || !strings.Contains(got.reason(), "no answer from the engine within") {
		t.Errorf("exit code %d, last line %q", got.code, got.reason())
	}
}

// TestEngineThatHangsUp meets an engine that closes every connection, and one that does so in the middle of a check.
func TestEngineThatHangsUp(t *testing.T) {
	t.Parallel()
	ref := testimage.App(t, testimage.Config{Name: "hangs-up", Args: []string{"http=:8080"}, Expose: []string{"8080"}})
	for _, call := range []string{
		"", "POST /networks/create", "POST /containers/create", "POST /containers/{}/attach", "POST /containers/{}/start",
		"GET /containers/{}/json", "POST /containers/{}/kill signal=SIGTERM", "GET /images/{}/json",
	} {
		t.Run("at "+call, func(t *testing.T) {
			t.Parallel()
			p := proxy(t, func(_ context.Context, r faults.Request) faults.Fault {
				if call == "" || call == r.Call && r.Nth == 1 {
					return faults.Cut
				}
				return faults.None
			})
			got := gateRun{host: p.Host(), temporary: temporary(t), args: []string{"check", "--stays-up=0s", ref}}.run(t)
			if again := strings.HasPrefix(call, "GET ") && got.code == 0; again {
				return // the client may ask again by itself where that can do no harm
			}
			if got.code != 3 || !strings.HasPrefix(got.reason(), "gate: inconclusive: "+ref+": host-engine: ") {
				t.Errorf("exit code %d, last line %q", got.code, got.reason())
			}
		})
	}
}

// TestReadersThatGoAway closes the reading ends of stdout and stderr. Progress that nobody reads must not end the gate
// before it has removed its containers; a result that nobody reads is none.
func TestReadersThatGoAway(t *testing.T) {
	t.Parallel()
	ref := testimage.App(t, testimage.Config{Name: "unread", Args: []string{"exit=3"}})
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	got := gateRun{temporary: temporary(t), args: []string{"check", ref}, err: writer}.run(t)
	if got.code != 1 {
		t.Errorf("without a reader of stderr: exit code %d, want 1", got.code)
	}
	got = gateRun{temporary: temporary(t), args: []string{"check", ref}, out: writer}.run(t)
	if got.code != 3 || !strings.HasPrefix(got.reason(), "gate: writing the text report: ") {
		t.Errorf("without a reader of stdout: exit code %d, last line %q", got.code, got.reason())
	}
}
