package boot

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoundsOfACandidate(t *testing.T) {
	once := patternOf(`^sync started$`)
	works := func(p *process) int { p.say("sync started"); p.say(startedLine); return p.wait() }
	// first works when it is the first to be started of all containers of its engine.
	first := func(p *process) int {
		if p.id == "id1" && p.starts == 1 {
			p.say("sync started")
		}
		p.say(startedLine)
		return p.wait()
	}
	for _, test := range []struct {
		name     string
		spec     Spec
		life     fakeImage
		want     []string
		findings []string
	}{
		{
			name: "three replicas start at once", spec: Spec{Replicas: 3}, life: fakeImage{life: serves(sec)},
			want: []string{"candidate served", "replica 2 served", "replica 3 served"},
		},
		{
			name: "one replica dies", spec: Spec{Replicas: 2, SecondStart: true, Restart: true, As: Service}, life: fakeImage{life: func(p *process) int {
				if p.id == "id2" {
					return 4
				}
				return serves(sec)(p)
			}},
			want:     []string{"candidate served", "replica 2 exited"},
			findings: []string{"boot-exit: The replica 2 exited with 4 after 0s, before it was ready."},
		},
		{
			name: "it comes back after a kill", spec: Spec{Restart: true}, life: fakeImage{life: serves(sec)},
			want: []string{"candidate served", "restart served"},
		},
		{
			name: "a job is started again after its end", spec: Spec{Restart: true, As: Job}, life: fakeImage{life: exits(sec, 0)},
			want: []string{"candidate exited", "restart exited"},
		},
		{
			name: "it does not come back after a kill", spec: Spec{Restart: true}, life: fakeImage{life: func(p *process) int {
				if p.starts > 1 {
					p.warn("/run/app.pid exists")
					return 1
				}
				return serves(sec)(p)
			}},
			want:     []string{"candidate served", "restart exited"},
			findings: []string{"boot-restart: The container does not come back after a kill: the restart exited with 1 after 0s, before it was ready."},
		},
		{
			name: "it is not ready again after a kill", spec: Spec{Restart: true}, life: fakeImage{life: func(p *process) int {
				p.say("Starting App v1 using Java 17")
				if p.starts > 1 {
					return p.wait()
				}
				return serves(sec)(p)
			}},
			want:     []string{"candidate served", "restart timeout"},
			findings: []string{"boot-restart: The container does not come back after a kill: the restart was not ready within 1m: still waiting for a log line that says it has started."},
		},
		{
			name: "a second start does not become ready", spec: Spec{SecondStart: true, Restart: true}, life: fakeImage{life: func(p *process) int {
				if p.id == "id2" {
					return 9
				}
				return serves(sec)(p)
			}},
			want:     []string{"candidate served", "second start exited"},
			findings: []string{"boot-exit: The second start exited with 9 after 0s, before it was ready."},
		},
		{
			name: "the first dies while a second starts", spec: Spec{SecondStart: true, As: Service}, life: fakeImage{life: func(p *process) int {
				if p.id == "id1" {
					return servesUntil(7*sec, exit(5))(p)
				}
				return serves(sec)(p)
			}},
			want:     []string{"candidate exited", "second start served"},
			findings: []string{"boot-unstable: The container was ready after 1s, then exited with 5 7s later."},
		},
		{
			name: "a silent one ends with 0 while a second starts", spec: Spec{SecondStart: true, StaysUp: lasting(sec)}, life: fakeImage{life: exits(1500*ms, 0)},
			want: []string{"candidate exited", "second start served"},
		},
		{
			name: "every round, and the work is done once", spec: Spec{Replicas: 2, SecondStart: true, Restart: true, Once: once}, life: fakeImage{life: first},
			want: []string{"candidate served", "replica 2 served", "second start served", "restart served"},
		},
		{
			name: "every round, and the work is done in each", spec: Spec{Replicas: 2, SecondStart: true, Restart: true, Once: once}, life: fakeImage{life: works},
			want:     []string{"candidate served", "replica 2 served", "second start served", "restart served"},
			findings: []string{"boot-overlap: 4 of 4 starts printed a line that matches `^sync started$`: candidate, replica 2, second start, restart."},
		},
		{
			name: "the work is done by nobody", spec: Spec{Replicas: 2, Once: once}, life: fakeImage{life: serves(sec)},
			want:     []string{"candidate served", "replica 2 served"},
			findings: []string{"boot-overlap: No container printed a line that matches `^sync started$`."},
		},
		{
			name: "the work is done by nobody because nobody got that far", spec: Spec{Replicas: 2, Once: once, As: Service}, life: fakeImage{life: exits(sec, 1)},
			want: []string{"candidate exited", "replica 2 exited"},
			findings: []string{
				"boot-exit: The container exited with 1 after 1s, before it was ready.",
				"boot-exit: The replica 2 exited with 1 after 1s, before it was ready.",
			},
		},
		{
			name: "forbidden lines are counted for each container", spec: Spec{Replicas: 2, Forbid: []Pattern{patternOf("ERROR"), patternOf("^no$")}}, life: fakeImage{life: func(p *process) int {
				for range 5 {
					p.say("an ERROR")
				}
				p.warn("no")
				return serves(sec)(p)
			}},
			want: []string{"candidate served", "replica 2 served"},
			findings: []string{
				"boot-log: Line 1 of the output matches the forbidden pattern `ERROR`.",
				"boot-log: Line 6 of the output matches the forbidden pattern `^no$`.",
				"boot-log: In the replica 2: Line 1 of the output matches the forbidden pattern `ERROR`.",
				"boot-log: In the replica 2: Line 6 of the output matches the forbidden pattern `^no$`.",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(test.life, test.spec, Image{}).run(t)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, roles(outcome)); diff != "" {
				t.Errorf("observations (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.findings, judged(outcome)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// diary is what containers did, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) write(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// withNeeds is a boot test of an app that needs other images, and the diary of who starts when.
func withNeeds(needs []Need, lives map[string]fakeImage) (booting, *diary) {
	d := &diary{}
	images := map[string]fakeImage{}
	lives["app"] = fakeImage{life: serves(sec)}
	for ref, img := range lives {
		life := img.life
		img.life = func(p *process) int {
			began := p.startedAt.Sub(p.engine.began)
			d.write(began.String() + " " + ref)
			return life(p)
		}
		images[ref] = img
	}
	b := booting{engine: newFake(images), test: Test{Spec: Spec{Needs: needs}, Image: Image{Ref: "app"}}}
	for _, need := range needs {
		b.test.Needs = append(b.test.Needs, Image{Ref: need.Image})
	}
	return b, d
}

func TestNeedsAreStartedInTheirOrder(t *testing.T) {
	service, job := func(name string) Need { return Need{Name: name, Image: name} }, func(name string) Need { return Need{Name: name, Image: name, As: Job} }
	needs := []Need{service("db"), service("broker"), job("migrate"), job("seed"), service("cache")}
	b, d := withNeeds(needs, map[string]fakeImage{
		"db": {life: serves(3 * sec)}, "broker": {life: serves(sec)}, "migrate": {life: exits(10*sec, 0)}, "seed": {life: exits(sec, 0)}, "cache": {life: serves(sec)},
	})
	var steps []string
	b.test.Step = func(step Step, detail string) { steps = append(steps, strings.TrimSpace(string(step)+" "+detail)) }
	outcome, err := b.run(t)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(d.lines[:2]) // these start at the same moment
	if diff := cmp.Diff([]string{"0s broker", "0s db", "3s migrate", "13s seed", "14s cache", "15s app"}, d.lines); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	want := []string{"need db served", "need broker served", "need migrate exited", "need seed exited", "need cache served", "candidate served"}
	if diff := cmp.Diff(want, roles(outcome)); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), judged(outcome)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	want = []string{
		"starting needs db", "starting needs broker", "starting needs migrate", "starting needs seed", "starting needs cache",
		"starting", "waiting until ready a log line that says it has started", "staying up " + startedBy, "stopping",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestACandidateDoesNotStartWithoutWhatItNeeds(t *testing.T) {
	for _, test := range []struct {
		name    string
		need    Need
		life    fakeImage
		finding string
	}{
		{"a service that dies", Need{}, fakeImage{life: exits(sec, 3)},
			`host-needs: "db", which the image needs, did not become ready: the container exited with 3 after 1s, before it was ready.`},
		{"a service that ends with 0", Need{}, fakeImage{life: exits(sec, 0)},
			`host-needs: "db", which the image needs, did not become ready: the container exited with 0 after 1s, before it was ready.`},
		{"a service that is never ready", Need{Ready: signs("log:up"), Within: lasting(2 * sec)}, fakeImage{},
			`host-needs: "db", which the image needs, did not become ready: the container was not ready within 2s: still waiting for log:up.`},
		{"a job that fails", Need{As: Job}, fakeImage{life: exits(sec, 1)},
			`host-needs: "db", which the image needs, did not become ready: the container exited with 1 after 1s.`},
		{"something that cannot be started", Need{}, fakeImage{startError: errors.New("exec format error")},
			`host-needs: "db", which the image needs, did not become ready: the container could not be started: exec format error.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.need.Name, test.need.Image = "db", "db"
			if test.life.life == nil {
				test.life.life = func(p *process) int { return p.wait() }
			}
			b, d := withNeeds([]Need{test.need}, map[string]fakeImage{"db": test.life})
			outcome, err := b.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(d.lines, func(line string) bool { return strings.HasSuffix(line, " app") }) {
				t.Error("the candidate was started")
			}
			if diff := cmp.Diff([]string{test.finding}, judged(outcome)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if verdict := verdictOf(outcome); verdict != "inconclusive" {
				t.Errorf("the verdict is %s, want inconclusive", verdict)
			}
		})
	}
}

func TestASilentNeedIsGivenAMoment(t *testing.T) {
	b, d := withNeeds([]Need{{Name: "db", Image: "db"}}, map[string]fakeImage{"db": {life: func(p *process) int { return p.wait() }}})
	if _, err := b.run(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0s db", DefaultStaysUp.String() + " app"}, d.lines); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestWhatIsMadeIsMadeSafely(t *testing.T) {
	life := fakeImage{life: serves(sec)}
	b := app(life, Spec{
		Memory: 64 << 20, CPUs: 0.5, User: "1000", ReadOnly: true, Tmpfs: []string{"/tmp", "/run:size=1m"},
		Entrypoint: Command{"/app"}, Command: Command{}, Env: Env{"A": new(string)},
	}, Image{Healthcheck: &Healthcheck{Test: []string{"CMD", "/check"}, Interval: time.Minute, Retries: 2}})
	b.test.Spec.Ready = signs("log:Started")
	var got *process
	life.life = func(p *process) int { got = p; return serves(sec)(p) }
	b.engine.images["app"] = life
	if _, err := b.run(t); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"no-new-privileges"}, got.host.SecurityOpt); diff != "" {
		t.Errorf("security options (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"/tmp": "", "/run": "size=1m"}, got.host.Tmpfs); diff != "" {
		t.Errorf("tmpfs (-want +got):\n%s", diff)
	}
	limits := []int64{got.host.Memory, got.host.MemorySwap, got.host.NanoCPUs, *got.host.PidsLimit}
	if diff := cmp.Diff([]int64{64 << 20, 64 << 20, 5e8, DefaultPids}, limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	if len(got.host.Binds) > 0 || len(got.host.Mounts) > 0 || got.host.Privileged || !got.host.ReadonlyRootfs {
		t.Errorf("mounts, privilege or a writable root: %+v", got.host)
	}
	if diff := cmp.Diff([]string{"1000", "/app", "A="}, append([]string{got.config.User, got.config.Entrypoint[0]}, got.config.Env...)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if got.config.Healthcheck.Interval != time.Second || got.config.Healthcheck.Retries != 120 {
		t.Errorf("HEALTHCHECK every %s, %d times, want every second, 120 times", got.config.Healthcheck.Interval, got.config.Healthcheck.Retries)
	}
	if got.config.Cmd == nil {
		t.Error("the image's command was kept, want it cleared")
	}
}
