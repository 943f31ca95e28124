package boot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// booting is a boot test on the fake engine.
type booting struct {
	engine *fakeEngine
	test   Test
	// closing and after are called before and after what was made is removed; nil does nothing.
	closing, after func()
	// self is the container that the gate itself runs in; empty means none.
	self string
}

// run runs the boot test from the first call to the last, on a clock of its own, and fails the test if anything is
// left on the engine after it. Whatever still runs after it would fail it as well.
func (b booting) run(t *testing.T) (outcome Outcome, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		b.engine.interrupt = func() { cancel(errInterrupted) }
		outcome, err = b.inBubble(ctx)
		if diff := cmp.Diff([]string(nil), b.engine.left()); diff != "" {
			t.Errorf("left on the engine (-want +got):\n%s", diff)
		}
	})
	return outcome, err
}

// errInterrupted is the reason of an interruption.
var errInterrupted = errors.New("interrupted by the test")

func (b booting) inBubble(ctx context.Context) (Outcome, error) {
	lease := &Lease{Run: "0123456789ab", scope: "scope"}
	var runner *Runner
	err := Guarded(func() (err error) { runner, err = NewRunner(ctx, b.engine, lease, ByAddress); return err })
	if err != nil {
		return Outcome{}, err
	}
	runner.self = b.self
	site := runner.NewSite(ctx, b.test.Spec)
	b.test.Lookup = func(string) (string, bool) { return "", false }
	outcome, err := site.Boot(ctx, b.test)
	if b.closing != nil {
		b.closing()
	}
	err = errors.Join(err, site.Close(ctx), runner.Close(ctx))
	if b.after != nil {
		b.after()
	}
	return outcome, err
}

// app is a boot test of one image.
func app(life fakeImage, spec Spec, img Image) booting {
	img.Ref = "app"
	return booting{engine: newFake(map[string]fakeImage{"app": life}), test: Test{Spec: spec, Image: img}}
}

// seen is what matters of an observation, with what it is judged to be.
type seen struct {
	Role       string
	Ended      Ending
	ReadyAfter time.Duration
	ReadyBy    string
	Answered   bool
	Awaited    []Attempt
	Lost       *Attempt
	Exit       *Exit
	Stop       *Stop
	OOMEvents  int
	StartError string
	DiskUsed   int64
}

func seenOf(o Observation) seen {
	return seen{
		Role: o.Role, Ended: o.Ended, ReadyAfter: o.ReadyAfter, ReadyBy: o.ReadyBy, Answered: o.Answered, Awaited: o.Awaited, Lost: o.Lost,
		Exit: o.Exit, Stop: o.Stop, OOMEvents: o.OOMEvents, StartError: o.StartError, DiskUsed: o.DiskUsed,
	}
}

// judged returns the findings of an outcome, each as "rule: message".
func judged(o Outcome) []string {
	var lines []string
	for _, f := range Judge(o, Explainer{}) {
		lines = append(lines, f.Rule+": "+f.Message)
	}
	return lines
}

// roles returns the role and the ending of each observation.
func roles(o Outcome) []string {
	var lines []string
	for _, b := range o.Boots {
		lines = append(lines, b.Role+" "+string(b.Ended))
	}
	return lines
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

// The well-known line in these tests, and what is said of it when it is the first.
const (
	startedLine = "Started App in 2.1 seconds"
	startedBy   = "line 1, as Spring Boot says it"
)

// serves is ready after a while and waits to be stopped.
func serves(after time.Duration) func(*process) int {
	return func(p *process) int { p.sleep(after); p.say(startedLine); return p.wait() }
}

func exits(after time.Duration, code int) func(*process) int {
	return func(p *process) int { p.sleep(after); return code }
}

// servesUntil is ready after a second, and then does something when more time has passed.
func servesUntil(more time.Duration, then func(p *process) int) func(*process) int {
	return func(p *process) int { p.sleep(sec); p.say(startedLine); p.sleep(more); return then(p) }
}

func exit(code int) func(*process) int { return func(*process) int { return code } }

func ignores(*process, string) int { return stays }

// checked is an image with a HEALTHCHECK.
var checked = Image{Healthcheck: &Healthcheck{Test: []string{"CMD", "/check"}, Interval: sec, Retries: 3}}

// stopped is what a container that ends at once makes of its stop signal.
var stopped = &Stop{Signal: "SIGTERM"}

func TestEveryWayAContainerCanEnd(t *testing.T) {
	service := Spec{As: Service}
	for _, test := range []struct {
		name     string
		spec     Spec
		img      Image
		life     fakeImage
		want     seen
		findings []string
	}{
		{
			name: "a server stays up and is stopped", life: fakeImage{life: serves(sec)},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{At: 6 * sec, Ran: 6 * sec}, Stop: stopped},
		},
		{
			name: "a server is held as long as was asked", spec: Spec{StaysUp: lasting(time.Minute)}, life: fakeImage{life: serves(sec)},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{At: 61 * sec, Ran: 61 * sec}, Stop: stopped},
		},
		{
			name: "a server that need not stay up is stopped when it is ready", spec: Spec{StaysUp: lasting(0)}, life: fakeImage{life: serves(sec)},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{At: sec, Ran: sec}, Stop: stopped},
		},
		{
			name: "a server dies the moment before it would have stayed up", life: fakeImage{life: servesUntil(5*sec-1, exit(3))},
			want:     seen{Ended: EndedExited, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{Code: 3, At: 6*sec - 1, Ran: 6*sec - 1}},
			findings: []string{"boot-unstable: The container was ready after 1s, then exited with 3 5s later."},
		},
		{
			name: "a server dies the moment after it has stayed up", spec: service, life: fakeImage{life: servesUntil(5*sec+1, exit(3)), onSignal: ignores},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{Code: 3, At: 6*sec + 1, Ran: 6*sec + 1}, Stop: &Stop{Signal: "SIGTERM", Took: 1}},
		},
		{
			name: "a server dies before it is ready", spec: service, life: fakeImage{life: exits(300*ms, 3)},
			want:     seen{Ended: EndedExited, Exit: &Exit{Code: 3, At: 300 * ms, Ran: 300 * ms}},
			findings: []string{"boot-exit: The container exited with 3 after 300ms, before it was ready."},
		},
		{
			name: "a service ends with 0", spec: service, life: fakeImage{life: exits(300*ms, 0)},
			want:     seen{Ended: EndedExited, Exit: &Exit{At: 300 * ms, Ran: 300 * ms}},
			findings: []string{"boot-exit: The container exited with 0 after 300ms, before it was ready."},
		},
		{
			name: "in auto mode an end with 0 is as good as a server", life: fakeImage{life: exits(300*ms, 0)},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 300 * ms, Ran: 300 * ms}},
		},
		{
			name: "in auto mode an end with 0 is right also after a line that looked like readiness", life: fakeImage{life: servesUntil(sec, exit(0))},
			want: seen{Ended: EndedExited, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{At: 2 * sec, Ran: 2 * sec}},
		},
		{
			name: "in auto mode an end with 0 can come too soon", spec: Spec{AtLeast: lasting(sec)}, life: fakeImage{life: exits(300*ms, 0)},
			want:     seen{Ended: EndedExited, Exit: &Exit{At: 300 * ms, Ran: 300 * ms}},
			findings: []string{"boot-exit-early: The container exited with 0 after 300ms, sooner than the 1s its work takes at least."},
		},
		{
			name: "in auto mode what has answered must not end", spec: Spec{Ready: signs("exec:/ok")},
			life:     fakeImage{life: exits(sec, 0), exec: func(*process, []string) (int, string) { return 0, "" }},
			want:     seen{Ended: EndedExited, ReadyAfter: firstPause, ReadyBy: "exec:/ok", Answered: true, Exit: &Exit{At: sec, Ran: sec}},
			findings: []string{"boot-unstable: The container was ready after 5ms, then exited with 0 995ms later."},
		},
		{
			name: "nothing ever shows that it is ready", spec: service, life: fakeImage{},
			img:  Image{Healthcheck: &Healthcheck{Test: []string{"NONE"}}},
			want: seen{Ended: EndedServed, ReadyAfter: blindStaysUp, ReadyBy: "it stayed up; nothing else tells when it is ready", Exit: &Exit{At: blindStaysUp, Ran: blindStaysUp}, Stop: stopped},
		},
		{
			name: "it says that it starts, and never that it has started", life: fakeImage{life: func(p *process) int {
				p.say("INFO Starting App v1 using Java 17 with PID 1")
				return p.wait()
			}},
			want: seen{Ended: EndedTimeout, Awaited: []Attempt{{
				Probe: "a log line that says it has started", Expected: `a line such as "Started App in 2.1 seconds"`, Actual: "no such line",
			}}},
			findings: []string{"boot-timeout: The container was not ready within 1m: still waiting for a log line that says it has started."},
		},
		{
			name: "it says that it starts, and has started later than a silent one may", life: fakeImage{life: func(p *process) int {
				p.warn("INFO Starting App v1 using Java 17 with PID 1")
				p.sleep(20 * sec)
				p.say(startedLine)
				return p.wait()
			}},
			want: seen{Ended: EndedServed, ReadyAfter: 20 * sec, ReadyBy: "line 2, as Spring Boot says it", Exit: &Exit{At: 25 * sec, Ran: 25 * sec}, Stop: stopped},
		},
		{
			name: "a line does not come in time", spec: Spec{Ready: signs("log:^up$"), Within: lasting(20 * ms)}, life: fakeImage{life: serves(sec)},
			want:     seen{Ended: EndedTimeout, Awaited: []Attempt{{Probe: "log:^up$", Expected: `a line that matches "^up$"`, Actual: "no such line"}}},
			findings: []string{"boot-timeout: The container was not ready within 20ms: still waiting for log:^up$."},
		},
		{
			name: "it ends the moment before the limit", spec: Spec{As: Service, Within: lasting(sec)}, life: fakeImage{life: exits(sec-1, 1)},
			want:     seen{Ended: EndedExited, Exit: &Exit{Code: 1, At: sec - 1, Ran: sec - 1}},
			findings: []string{"boot-exit: The container exited with 1 after 1s, before it was ready."},
		},
		{
			name: "a job ends with 0", spec: Spec{As: Job}, life: fakeImage{life: exits(14*time.Minute, 0)},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 14 * time.Minute, Ran: 14 * time.Minute}},
		},
		{
			name: "a job ends with 1", spec: Spec{As: Job}, life: fakeImage{life: exits(sec, 1)},
			want:     seen{Ended: EndedExited, Exit: &Exit{Code: 1, At: sec, Ran: sec}},
			findings: []string{"boot-exit: The container exited with 1 after 1s."},
		},
		{
			name: "a job ends too soon", spec: Spec{As: Job, AtLeast: lasting(2 * sec)}, life: fakeImage{life: exits(2*sec-1*ms, 0)},
			want:     seen{Ended: EndedExited, Exit: &Exit{At: 2*sec - 1*ms, Ran: 2*sec - 1*ms}},
			findings: []string{"boot-exit-early: The container exited with 0 after 2s, sooner than the 2s its work takes at least."},
		},
		{
			name: "a job ends just late enough", spec: Spec{As: Job, AtLeast: lasting(2 * sec)}, life: fakeImage{life: exits(2*sec, 0)},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 2 * sec, Ran: 2 * sec}},
		},
		{
			name: "a job ends before the engine dates its start, which does not prove that it took its time",
			spec: Spec{As: Job, AtLeast: lasting(300 * ms)}, life: fakeImage{life: exits(5*ms, 0), lag: 2 * sec},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 2 * sec}},
			findings: []string{
				"boot-exit-early: The container exited with 0 after at most 2s, and the engine cannot tell that it ran for the 300ms its work takes at least."},
		},
		{
			name: "a job ends before the engine dates its start, and all that was too soon",
			spec: Spec{As: Job, AtLeast: lasting(3 * sec)}, life: fakeImage{life: exits(5*ms, 0), lag: 2 * sec},
			want:     seen{Ended: EndedExited, Exit: &Exit{At: 2 * sec}},
			findings: []string{"boot-exit-early: The container exited with 0 after at most 2s, sooner than the 3s its work takes at least."},
		},
		{
			name: "a job of which nothing is asked ends before the engine dates its start",
			spec: Spec{As: Job}, life: fakeImage{life: exits(5*ms, 0), lag: 2 * sec},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 2 * sec}},
		},
		{
			name: "a job crashes before the engine dates its start",
			spec: Spec{As: Job}, life: fakeImage{life: exits(5*ms, 3), lag: 2 * sec},
			want:     seen{Ended: EndedExited, Exit: &Exit{Code: 3, At: 2 * sec}},
			findings: []string{"boot-exit: The container exited with 3 after at most 2s."},
		},
		{
			name: "a job that ends after the engine dated its start counts with the rest of its time",
			spec: Spec{As: Job, AtLeast: lasting(sec)}, life: fakeImage{life: exits(3*sec, 0), lag: 2 * sec},
			want: seen{Ended: EndedExited, Exit: &Exit{At: 3 * sec, Ran: sec}},
		},
		{
			name: "a job does not end", spec: Spec{As: Job, Within: lasting(time.Minute)}, life: fakeImage{},
			want:     seen{Ended: EndedTimeout},
			findings: []string{"boot-timeout: The container is to be a job, and was still running after 1m."},
		},
		{
			name: "the HEALTHCHECK says healthy", img: checked, life: fakeImage{life: func(p *process) int {
				p.sleep(sec)
				p.becomes("healthy", 0, "")
				return p.wait()
			}},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: "healthcheck", Answered: true, Exit: &Exit{At: 6 * sec, Ran: 6 * sec}, Stop: stopped},
		},
		{
			name: "the HEALTHCHECK says unhealthy before it is ready", img: checked, life: fakeImage{life: func(p *process) int {
				p.sleep(3 * sec)
				p.becomes("unhealthy", 1, "no database")
				return p.wait()
			}},
			want: seen{
				Ended:   EndedUnhealthy,
				Lost:    &Attempt{Probe: "healthcheck", Expected: "the image's HEALTHCHECK exits with 0", Actual: "exited with 1: no database", Attempts: 3},
				Awaited: []Attempt{{Probe: "healthcheck", Expected: "the image's HEALTHCHECK exits with 0", Actual: "exited with 1: no database", Attempts: 3}},
			},
			findings: []string{"boot-unhealthy: The container is unhealthy, says its HEALTHCHECK: its command exited with 1: no database."},
		},
		{
			name: "the HEALTHCHECK says unhealthy after it was ready", img: checked, life: fakeImage{life: func(p *process) int {
				p.sleep(sec)
				p.becomes("healthy", 0, "")
				p.sleep(sec)
				p.becomes("unhealthy", 1, "")
				return p.wait()
			}},
			want: seen{
				Ended: EndedUnhealthy, ReadyAfter: sec, ReadyBy: "healthcheck", Answered: true,
				Lost: &Attempt{Probe: "healthcheck", Expected: "the image's HEALTHCHECK exits with 0", Actual: "exited with 1", Attempts: 3},
			},
			findings: []string{"boot-unstable: The container was ready after 1s, then its HEALTHCHECK turned unhealthy: its command exited with 1."},
		},
		{
			name: "the HEALTHCHECK never says anything", img: checked, life: fakeImage{},
			want:     seen{Ended: EndedTimeout, Awaited: []Attempt{{Probe: "healthcheck", Expected: "the image's HEALTHCHECK says healthy", Actual: "it has not run yet"}}},
			findings: []string{"boot-timeout: The container was not ready within 1m: still waiting for healthcheck."},
		},
		{
			name: "a HEALTHCHECK is asked of an image that has none", spec: Spec{Ready: signs("healthcheck")}, life: fakeImage{},
			want:     seen{Ended: EndedTimeout, Awaited: []Attempt{{Probe: "healthcheck", Expected: "the image's HEALTHCHECK says healthy", Actual: "the image has no HEALTHCHECK"}}},
			findings: []string{"boot-timeout: The container cannot become ready: healthcheck asks for something that is not there: the image has no HEALTHCHECK."},
		},
		{
			name: "it turns unhealthy while it is being stopped", img: checked, life: fakeImage{
				life: func(p *process) int { p.becomes("healthy", 0, ""); return p.wait() },
				onSignal: func(p *process, _ string) int {
					p.engine.publish(p, "health_status: unhealthy")
					return 0
				},
			},
			want: seen{Ended: EndedServed, ReadyBy: "healthcheck", Answered: true, Exit: &Exit{At: 5 * sec, Ran: 5 * sec}, Stop: stopped},
		},
		{
			name: "all signs must show", spec: Spec{Ready: signs("log:one & log:two")}, life: fakeImage{life: func(p *process) int {
				p.warn("two")
				p.sleep(2 * sec)
				p.say("one")
				return p.wait()
			}},
			want: seen{Ended: EndedServed, ReadyAfter: 2 * sec, ReadyBy: "log:one", Exit: &Exit{At: 7 * sec, Ran: 7 * sec}, Stop: stopped},
		},
		{
			name: "one of two signs is missing", spec: Spec{Ready: signs("log:one & log:two")}, life: fakeImage{life: func(p *process) int {
				p.say("two")
				return p.wait()
			}},
			want:     seen{Ended: EndedTimeout, Awaited: []Attempt{{Probe: "log:one", Expected: `a line that matches "one"`, Actual: "no such line"}}},
			findings: []string{"boot-timeout: The container was not ready within 1m: still waiting for log:one."},
		},
		{
			name: "a command in it succeeds at last", spec: Spec{Ready: signs("exec:/ok")},
			life: fakeImage{exec: func(p *process, _ []string) (int, string) {
				if time.Since(p.startedAt) < 30*ms { // three attempts of 5 ms with 5 ms between them
					return 1, "not yet"
				}
				return 0, ""
			}},
			want: seen{Ended: EndedServed, ReadyAfter: 35 * ms, ReadyBy: "exec:/ok", Answered: true, Exit: &Exit{At: 5040 * ms, Ran: 5040 * ms}, Stop: stopped},
		},
		{
			name: "a command in it never succeeds", spec: Spec{Ready: signs("exec:/ok -q"), Within: lasting(100 * ms)},
			life:     fakeImage{exec: func(*process, []string) (int, string) { return 2, "no database\n" }},
			want:     seen{Ended: EndedTimeout, Awaited: []Attempt{{Probe: "exec:/ok -q", Expected: "/ok -q exits with 0", Actual: "exited with 2: no database", Attempts: 10}}},
			findings: []string{"boot-timeout: The container was not ready within 100ms: still waiting for exec:/ok -q."},
		},
		{
			name: "it stops answering, and not only for a moment", spec: Spec{Ready: signs("exec:/ok"), StaysUp: lasting(time.Minute)},
			life: fakeImage{exec: func(p *process, _ []string) (int, string) {
				age := time.Since(p.startedAt)
				if age > 3*sec && age < 7*sec || age > 20*sec {
					return 1, "gone"
				}
				return 0, ""
			}},
			want: seen{
				Ended: EndedUnanswering, ReadyAfter: firstPause, ReadyBy: "exec:/ok", Answered: true,
				Lost: &Attempt{Probe: "exec:/ok", Expected: "/ok exits with 0", Actual: "exited with 1: gone", Attempts: 13},
			},
			findings: []string{"boot-unstable: The container was ready after 5ms, then stopped answering exec:/ok: exited with 1: gone."},
		},
		{
			name: "it ignores its stop signal", life: fakeImage{life: serves(sec), onSignal: ignores},
			want:     seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Stop: &Stop{Signal: "SIGTERM", Took: 10 * sec, Forced: true}},
			findings: []string{"boot-stop: The container was still running 10s after SIGTERM and had to be killed."},
		},
		{
			name: "it takes the time it is given to stop", life: fakeImage{life: serves(sec), onSignal: func(p *process, _ string) int {
				go func() { p.sleep(9 * sec); p.do(func() { p.end(143) }) }()
				return stays
			}},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{Code: 143, At: 15 * sec, Ran: 15 * sec}, Stop: &Stop{Signal: "SIGTERM", Took: 9 * sec}},
		},
		{
			name: "it is stopped by the signal of its image", img: Image{StopSignal: "sigquit"}, life: fakeImage{life: serves(sec)},
			want: seen{Ended: EndedServed, ReadyAfter: sec, ReadyBy: startedBy, Exit: &Exit{At: 6 * sec, Ran: 6 * sec}, Stop: &Stop{Signal: "SIGQUIT"}},
		},
		{
			name: "the kernel kills a child of it", life: fakeImage{life: func(p *process) int {
				p.say(startedLine)
				p.oom()
				p.oom()
				return p.wait()
			}},
			want: seen{Ended: EndedServed, ReadyBy: startedBy, OOMEvents: 2, Exit: &Exit{At: 5 * sec, Ran: 5 * sec}, Stop: stopped},
		},
		{
			name: "the kernel kills it", spec: service, life: fakeImage{life: func(p *process) int {
				p.sleep(sec)
				p.oom()
				p.do(func() { p.oomKilled = true })
				return 137
			}},
			want:     seen{Ended: EndedExited, OOMEvents: 1, Exit: &Exit{Code: 137, OOMKilled: true, At: sec, Ran: sec}},
			findings: []string{"boot-exit: The container exited with 137 after 1s, before it was ready."},
		},
		{
			name: "it fills its disk", spec: Spec{Disk: 1 << 20}, life: fakeImage{life: func(p *process) int {
				p.do(func() { p.disk = 2 << 20 })
				return p.wait()
			}},
			want:     seen{Ended: EndedDiskFull, DiskUsed: 2 << 20},
			findings: []string{"boot-disk: The container had written 2MiB into its own file system when it was stopped."},
		},
		{
			name: "the engine cannot make it", life: fakeImage{refused: errors.New("Error response from daemon: no command specified")},
			want:     seen{Ended: EndedNotStarted, StartError: "no command specified"},
			findings: []string{"boot-exit: The container could not be started: no command specified."},
		},
		{
			name: "the engine cannot start it", life: fakeImage{startError: errors.New(`Error response from daemon: OCI runtime create failed: exec: "/app": permission denied.`)},
			want:     seen{Ended: EndedNotStarted, StartError: `OCI runtime create failed: exec: "/app": permission denied.`},
			findings: []string{`boot-exit: The container could not be started: OCI runtime create failed: exec: "/app": permission denied.`},
		},
		{
			name: "the engine forgets to close its output", spec: service, life: fakeImage{life: exits(sec, 4), forgets: true},
			want:     seen{Ended: EndedExited, Exit: &Exit{Code: 4, At: sec, Ran: sec}},
			findings: []string{"boot-exit: The container exited with 4 after 1s, before it was ready."},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(test.life, test.spec, test.img).run(t)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Role = RoleCandidate
			if diff := cmp.Diff([]seen{test.want}, []seen{seenOf(outcome.Boots[0])}); diff != "" {
				t.Errorf("observation (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.findings, judged(outcome)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if ready := outcome.Boots[0].ReadyBy != ""; ready != outcome.Boots[0].Ready {
				t.Errorf("ready is %v, with the reason %q", outcome.Boots[0].Ready, outcome.Boots[0].ReadyBy)
			}
		})
	}
}

// An end may fall on the very moment a timer fires: either answer is right, but it must be one of them.
func TestAnEndInTheMomentATimerFiresIsOneOrTheOther(t *testing.T) {
	for _, test := range []struct {
		name string
		spec Spec
		life fakeImage
		want string
	}{
		{"as within ends", Spec{As: Service, Ready: signs("log:never"), Within: lasting(sec)}, fakeImage{life: exits(sec, 3)},
			"boot-exit: The container exited with 3 after 1s, before it was ready.|boot-timeout: The container was not ready within 1s: still waiting for log:never."},
		{"as stays-up ends", Spec{}, fakeImage{life: servesUntil(5*sec, exit(3))},
			"|boot-unstable: The container was ready after 1s, then exited with 3 5s later."},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(test.life, test.spec, Image{}).run(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(judged(outcome), "; "); !strings.Contains("|"+test.want+"|", "|"+got+"|") {
				t.Errorf("findings are %q, want one of %q", got, test.want)
			}
		})
	}
}

// verdictOf is the verdict on an outcome.
func verdictOf(o Outcome) finding.Verdict { return finding.Of(Judge(o, Explainer{})) }
