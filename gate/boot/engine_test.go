package boot_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/google/go-cmp/cmp"

	"bootgate/gate/boot"
	"bootgate/testdata/images"
	"bootgate/testdata/testimage"
)

// program is an image of the fixture program, which does what its command says.
type program struct{ ref string }

// script is what a container of the program is to do.
func (p program) script(words ...string) boot.Image {
	return boot.Image{Ref: p.ref, Platform: "linux/" + runtime.GOARCH, Entrypoint: []string{images.Program}, Cmd: words}
}

// trial is a boot test on the real engine.
type trial struct {
	spec  boot.Spec
	img   boot.Image
	needs []boot.Image
	via   boot.Reach
	// keep gives each stream what says which lines are kept.
	keep func() func([]byte) boot.Worth
}

// run runs the trial, and fails the test when anything is left after it.
func (b trial) run(t *testing.T) boot.Outcome {
	t.Helper()
	lease, err := boot.NewLease()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := lease.Release(); err != nil {
			t.Error(err)
		}
	}()
	cli, err := boot.Connect(t.Context())
	if err != nil {
		t.Fatalf("this test needs a Docker engine: %v", err)
	}
	defer cli.Close()
	runner, err := boot.NewRunner(t.Context(), cli, lease, b.via)
	if err != nil {
		t.Fatal(err)
	}
	// The program's script is its command; an image made for one script has it already.
	b.spec.Command = b.img.Cmd
	site := runner.NewSite(t.Context(), b.spec)
	outcome, err := site.Boot(t.Context(), boot.Test{Spec: b.spec, Image: b.img, Needs: b.needs, NewKeep: b.keep, Lookup: boot.Environ})
	if err := errors.Join(err, site.Close(t.Context()), runner.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	testimage.Leftovers(t, boot.LabelRun+"="+lease.Run)
	return outcome
}

// findings returns what an outcome is judged to be, each as "rule: message".
func findings(o boot.Outcome) []string {
	var lines []string
	for _, f := range boot.Judge(o, boot.Explainer{}) {
		lines = append(lines, f.Rule+": "+f.Message)
	}
	return lines
}

// printed returns the lines a container printed.
func printed(o boot.Observation) []string {
	var lines []string
	for _, l := range o.Output.All() {
		lines = append(lines, l.Text)
	}
	return lines
}

func ready(t *testing.T, lines ...string) boot.Readiness {
	t.Helper()
	var all boot.Readiness
	for _, line := range lines {
		p, err := boot.ParseProbe(line)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func lasting(d time.Duration) *boot.Duration { return (*boot.Duration)(&d) }

// TestOnARealEngine boots the fixture program in every way.
func TestOnARealEngine(t *testing.T) {
	app := program{testimage.App(t, testimage.Config{})}
	t.Run("readiness", func(t *testing.T) { t.Parallel(); testReadiness(t, app) })
	t.Run("network", func(t *testing.T) { t.Parallel(); testNetworks(t, app) })
	t.Run("limits", func(t *testing.T) { t.Parallel(); testLimits(t, app) })
	t.Run("lives", func(t *testing.T) { t.Parallel(); testLives(t, app) })
}

func testReadiness(t *testing.T, app program) {
	for _, test := range []struct {
		name   string
		script []string
		ready  []string
		via    boot.Reach
		want   string // what was awaited in vain; empty when it becomes ready
	}{
		{"http by address", []string{"after=50ms;http=:8080"}, []string{"http:8080/"}, boot.ByAddress, ""},
		{"http by address, and nothing listens", []string{"wait"}, []string{"http:8080/"}, boot.ByAddress, "connection refused: nothing listens on that port"},
		{"http by address, and it is down", []string{"reply=/up:503:no database", "http=:8080"}, []string{"http:8080/up"}, boot.ByAddress, "503 Service Unavailable: no database"},
		{"https by address", []string{"https=:8443"}, []string{"https:8443/"}, boot.ByAddress, ""},
		{"http published", []string{"after=50ms;http=:8080"}, []string{"http:8080/"}, boot.Published, ""},
		{"http published, and nothing listens", []string{"wait"}, []string{"http:8080/"}, boot.Published, "the connection was closed without an answer"},
		{"tcp by address", []string{"after=50ms;tcp=:5432"}, []string{"tcp:5432"}, boot.ByAddress, ""},
		{"tcp by address, and nothing listens", []string{"wait"}, []string{"tcp:5432"}, boot.ByAddress, "connection refused: nothing listens on that port"},
		{"tcp published", []string{"after=50ms;tcp=:5432"}, []string{"tcp:5432"}, boot.Published, ""},
		{"tcp published, and nothing listens", []string{"wait"}, []string{"tcp:5432"}, boot.Published, "connection refused: nothing listens on that port"},
		{"log", []string{"after=50ms;eprint=all systems go", "wait"}, []string{"log:systems go$"}, boot.ReachAuto, ""},
		{"log, and no such line", []string{"print=nothing", "wait"}, []string{"log:systems go$"}, boot.ReachAuto, "no such line"},
		{"exec", []string{"after=50ms;touch=/up", "wait"}, []string{"exec:/fixture exists=/up"}, boot.ReachAuto, ""},
		{"exec, and the command fails", []string{"wait"}, []string{"exec:/fixture exists=/up"}, boot.ReachAuto, "exited with 1: fixture: exists: stat /up: no such file or directory"},
		{"several together", []string{"http=:8080", "tcp=:5432", "print=up", "touch=/up", "wait"}, []string{"http:8080/", "tcp:5432", "log:^up$", "exec:/fixture exists=/up"}, boot.ReachAuto, ""},
		{"several together, and one is missing", []string{"http=:8080", "print=up", "wait"}, []string{"http:8080/", "tcp:5432", "log:^up$"}, boot.ReachAuto, "connection refused: nothing listens on that port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := trial{img: app.script(test.script...), via: test.via, spec: boot.Spec{As: boot.Service, Ready: ready(t, test.ready...), StaysUp: lasting(0)}}
			if test.want != "" {
				b.spec.Within = lasting(2 * time.Second)
			}
			got := b.run(t).Boots[0]
			for within := 8 * time.Second; test.want != "" && unanswered(got) && within < time.Minute; within *= 2 {
				b.spec.Within = lasting(within) // on a busy machine no probe may have come back in time
				got = b.run(t).Boots[0]
			}
			if test.want == "" {
				if got.Ended != boot.EndedServed || !got.Ready {
					t.Errorf("it ended as %s, awaiting %v; it printed %q", got.Ended, got.Awaited, printed(got))
				}
				return
			}
			if got.Ended != boot.EndedTimeout || len(got.Awaited) != 1 || got.Awaited[0].Actual != test.want || got.Awaited[0].Expected == "" {
				t.Errorf("it ended as %s, awaiting %v, want %q", got.Ended, got.Awaited, test.want)
			}
		})
	}
	t.Run("HEALTHCHECK", func(t *testing.T) {
		t.Parallel()
		ref := testimage.App(t, testimage.Config{Name: "healthy", Healthcheck: testimage.Health(time.Second, "exists=/up")})
		img := program{ref}.script("touch=/up", "wait")
		img.Healthcheck = &boot.Healthcheck{Test: []string{"CMD", images.Program, "exists=/up"}, Interval: time.Second, Retries: 1}
		got := trial{img: img, spec: boot.Spec{StaysUp: lasting(0)}}.run(t).Boots[0]
		if got.Ended != boot.EndedServed || got.ReadyBy != "healthcheck" {
			t.Errorf("it ended as %s, ready by %q", got.Ended, got.ReadyBy)
		}
		img.Cmd = []string{"wait"}
		got = trial{img: img}.run(t).Boots[0]
		if got.Ended != boot.EndedUnhealthy || got.Lost == nil || got.Lost.Actual != "exited with 1: fixture: exists: stat /up: no such file or directory" {
			t.Errorf("it ended as %s, lost %+v", got.Ended, got.Lost)
		}
	})
}

// unanswered reports whether there was a probe that nothing had come of when the time was over.
func unanswered(seen boot.Observation) bool {
	for _, a := range seen.Awaited {
		if a.Actual == "no answer yet" {
			return true
		}
	}
	return false
}

func testNetworks(t *testing.T, app program) {
	need := func(name string, script ...string) boot.Need {
		return boot.Need{Name: name, Image: app.ref, Command: script}
	}
	job := func(name string, script ...string) boot.Need {
		return boot.Need{Name: name, Image: app.ref, Command: script, As: boot.Job}
	}
	t.Run("there is no way out, and needs are reached by name", func(t *testing.T) {
		t.Parallel()
		db := need("db", "tcp=:5432", "print=server listening on port 5432")
		b := trial{
			spec:  boot.Spec{As: boot.Job, Needs: []boot.Need{db, job("migrate", "connect=db:5432")}},
			img:   app.script("connect=db:5432", "egress=192.0.2.1:80", "egress=example.com:80"),
			needs: []boot.Image{app.script(), app.script()},
		}
		outcome := b.run(t)
		if diff := cmp.Diff([]string(nil), findings(outcome)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		lines := printed(outcome.Boots[2])
		if len(lines) != 3 || lines[0] != "connected to db:5432" || !strings.HasPrefix(lines[1], "egress to 192.0.2.1:80: refused") || !strings.HasPrefix(lines[2], "egress to example.com:80: refused") {
			t.Errorf("it printed %q", lines)
		}
	})
	t.Run("there is no way out where ports are published either", func(t *testing.T) {
		t.Parallel()
		b := trial{spec: boot.Spec{As: boot.Job}, img: app.script("egress=192.0.2.1:80"), via: boot.Published}
		if lines := printed(b.run(t).Boots[0]); len(lines) != 1 || !strings.HasPrefix(lines[0], "egress to 192.0.2.1:80: refused") {
			t.Errorf("it printed %q", lines)
		}
	})
	t.Run("the engine's own network", func(t *testing.T) {
		t.Parallel()
		b := trial{spec: boot.Spec{Network: boot.Bridge, Ready: ready(t, "http:8080/"), StaysUp: lasting(0)}, img: app.script("http=:8080")}
		if got := b.run(t).Boots[0]; got.Ended != boot.EndedServed {
			t.Errorf("it ended as %s, awaiting %v", got.Ended, got.Awaited)
		}
	})
}

func testLimits(t *testing.T, app program) {
	for _, test := range []struct {
		name  string
		spec  boot.Spec
		img   boot.Image
		check func(o boot.Observation) bool
	}{
		{"the peak of memory is measured", boot.Spec{As: boot.Job}, app.script("mem=30MiB", "sleep=700ms"),
			func(o boot.Observation) bool { return o.PeakMemory > 30<<20 && o.PeakMemory < 200<<20 }},
		{"the kernel kills the main process for memory", boot.Spec{As: boot.Job, Memory: 32 << 20}, app.script("mem=100MiB"),
			func(o boot.Observation) bool {
				return o.Ended == boot.EndedExited && o.Exit.Code == 137 && o.Exit.OOMKilled && o.MemoryLimit == 32<<20
			}},
		{"the kernel kills a child for memory", boot.Spec{Memory: 48 << 20, StaysUp: lasting(2 * time.Second), Ready: ready(t, "log:^child ended")}, app.script("child=mem=100MiB", "wait"),
			func(o boot.Observation) bool { return o.Ended == boot.EndedServed && o.OOMEvents > 0 }},
		{"the disk is full", boot.Spec{Disk: 5 << 20}, app.script("file=/big:20MiB", "wait"),
			func(o boot.Observation) bool { return o.Ended == boot.EndedDiskFull && o.DiskUsed > 5<<20 }},
		{"a fork bomb is held", boot.Spec{Pids: 64, StaysUp: lasting(time.Second), Ready: ready(t, "log:^fork bomb lit")}, app.script("forkbomb"),
			func(o boot.Observation) bool { return o.Ended == boot.EndedServed && o.Stop != nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := trial{spec: test.spec, img: test.img}.run(t).Boots[0]
			if !test.check(got) {
				t.Errorf("it ended as %s, exit %+v, peak %d, %d OOM events, disk %d, awaiting %v; it printed %q",
					got.Ended, got.Exit, got.PeakMemory, got.OOMEvents, got.DiskUsed, got.Awaited, printed(got))
			}
		})
	}
}

func testLives(t *testing.T, app program) {
	for _, test := range []struct {
		name     string
		spec     boot.Spec
		script   []string
		findings []string
		printed  []string
	}{
		{"first words are not lost", boot.Spec{As: boot.Job}, []string{"eprint=one", "eprint=two"}, nil, []string{"one", "two"}},
		{"it exits with 3", boot.Spec{As: boot.Service}, []string{"print=bye", "exit=3"}, []string{"boot-exit: The container exited with 3 after T, before it was ready."}, []string{"bye"}},
		{"it dies once it is ready", boot.Spec{}, []string{"print=" + "Server listening on port 1", "sleep=600ms", "exit=4"},
			[]string{"boot-unstable: The container was ready after T, then exited with 4 T later."}, []string{"Server listening on port 1"}},
		{"it ignores SIGTERM", boot.Spec{StaysUp: lasting(0), StopsWithin: lasting(300 * time.Millisecond), Ready: ready(t, "log:^up$")}, []string{"on-term=print=I stay", "print=up", "wait"},
			[]string{"boot-stop: The container was still running T after SIGTERM and had to be killed."}, []string{"up", "I stay"}},
		{"it does not come back", boot.Spec{Restart: true, StaysUp: lasting(0), Ready: ready(t, "log:^up$")}, []string{"marker=/pid;eprint=already running;exit=1", "print=up", "wait"},
			[]string{"boot-restart: The container does not come back after a kill: the restart exited with 1 after T, before it was ready."}, []string{"up"}},
		{"it comes back, and starts by hand, and its work is done once", boot.Spec{Replicas: 2, Restart: true, SecondStart: true, StaysUp: lasting(0), Ready: ready(t, "log:^up$")},
			[]string{"print=up", "wait"}, nil, []string{"up"}},
		{"there is no such program", boot.Spec{Entrypoint: boot.Command{"/nowhere"}}, nil,
			[]string{"boot-exit: The container could not be started: E."}, nil},
		{"no file can be written", boot.Spec{As: boot.Job, ReadOnly: true, Tmpfs: []string{"/tmp"}}, []string{"touch=/tmp/x", "touch=/x"},
			[]string{"boot-exit: The container exited with 1 after T."}, []string{"fixture: touch: open /x: read-only file system"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			outcome := trial{spec: test.spec, img: app.script(test.script...)}.run(t)
			if diff := cmp.Diff(test.findings, plain(findings(outcome))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.printed, printed(outcome.Boots[0])); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("an empty command clears the image's", func(t *testing.T) {
		t.Parallel()
		failing := program{testimage.App(t, testimage.Config{Name: "failing", Args: []string{"exit=9"}})}
		if got := (trial{spec: boot.Spec{As: boot.Job}, img: failing.script()}).run(t).Boots[0]; got.Exit == nil || got.Exit.Code != 9 {
			t.Errorf("with its own command: exit %+v", got.Exit)
		}
		if got := (trial{spec: boot.Spec{As: boot.Job}, img: failing.script([]string{}...)}).run(t).Boots[0]; got.Exit == nil || got.Exit.Code != 0 {
			t.Errorf("without: exit %+v", got.Exit)
		}
	})
	t.Run("a crashed JVM leaves a file", func(t *testing.T) {
		t.Parallel()
		got := trial{spec: boot.Spec{As: boot.Job}, img: app.script("hs-err=/tmp1/hs_err_pid1.log", "exit=134")}.run(t).Boots[0]
		if len(got.Files) != 0 || got.Exit.Code == 134 {
			t.Errorf("a folder that is not there: files %v, exit %+v", got.Files, got.Exit)
		}
		got = trial{spec: boot.Spec{As: boot.Job}, img: app.script("hs-err=/hs_err_pid1.log", "exit=134")}.run(t).Boots[0]
		if len(got.Files) != 1 || got.Files[0].Path != "/hs_err_pid1.log" || got.Files[0].Kind != "hs_err" || !strings.Contains(got.Files[0].Content, "SIGSEGV") {
			t.Errorf("files %+v", got.Files)
		}
	})
}

// plain takes out of findings what differs from run to run: how long something took, and what an engine says.
func plain(lines []string) []string {
	var all []string
	for _, line := range lines {
		words := strings.Fields(line)
		for i, word := range words {
			number := strings.TrimRight(word, ",.")
			if _, err := time.ParseDuration(number); err == nil {
				words[i] = "T" + word[len(number):]
			}
		}
		text := strings.ReplaceAll(strings.Join(words, " "), "at most T", "T") // on a busy host the engine may not tell
		line, _, failed := strings.Cut(text, "could not be started: ")
		if failed {
			line += "could not be started: E."
		}
		all = append(all, line)
	}
	return all
}

func TestASweepOfARealEngine(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	script := []string{"print=Server listening on port 1", "wait"}
	img := program{testimage.App(t, testimage.Config{Args: script})}.script(script...)
	dead, kill := boot.StartGate(t, &img)
	live, killLive := boot.StartGate(t, &img)
	kill()
	cli := testimage.Engine(t)
	names := func(run string) []string {
		list, err := cli.ContainerList(t.Context(), container.ListOptions{All: true, Filters: filters.NewArgs(filters.Arg("label", boot.LabelRun+"="+run))})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, c := range list {
			all = append(all, strings.TrimPrefix(c.Names[0], "/"))
		}
		return all
	}
	want := []string{fmt.Sprintf("bootgate-%s-1-1-candidate", dead)}
	if diff := cmp.Diff(want, names(dead)); diff != "" {
		t.Fatalf("left by a killed gate (-want +got):\n%s", diff)
	}
	swept, err := boot.Sweep(t.Context(), cli)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(swept.Containers, want[0]) || !slices.Contains(swept.Networks, "bootgate-"+dead+"-1") {
		t.Errorf("swept %+v", swept)
	}
	testimage.Leftovers(t, boot.LabelRun+"="+dead)
	if len(names(live)) != 1 {
		t.Error("the container of a living gate was swept")
	}
	killLive()
	if _, err := boot.Sweep(t.Context(), cli); err != nil {
		t.Fatal(err)
	}
	testimage.Leftovers(t, boot.LabelRun+"="+live)
}
