package boot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/google/go-cmp/cmp"

	"bootgate/gate/finding"
)

// eventful is a boot test that goes through everything: from within a container, with needs, probes of its own and a HEALTHCHECK, replicas, a second
// start and a restart.
func eventful() booting {
	succeeds := func(*process, []string) (int, string) { return 0, "" }
	healthy := func(p *process) int {
		p.say("line")
		p.sleep(20 * ms)
		p.becomes("healthy", 0, "")
		return p.wait()
	}
	zero := lasting(0)
	needs := []Need{{Name: "db", Image: "db", Ready: signs("exec:/ok")}, {Name: "migrate", Image: "migrate", As: Job}}
	return booting{
		self: "the gate's own container",
		engine: newFake(map[string]fakeImage{
			"app": {life: healthy, exec: succeeds}, "db": {exec: succeeds}, "migrate": {life: exits(10*ms, 0)},
		}),
		test: Test{
			Spec:  Spec{Needs: needs, Replicas: 2, SecondStart: true, Restart: true, StaysUp: zero, Ready: signs("exec:/ok & healthcheck")},
			Image: Image{Ref: "app", Healthcheck: checked.Healthcheck},
			Needs: []Image{{Ref: "db"}, {Ref: "migrate"}},
		},
	}
}

// crashing is a boot test of a container that dies and leaves files, after long enough to be measured.
func crashing() booting {
	b := app(fakeImage{life: exits(2*sec, 134), files: map[string]string{"/app/hs_err_pid1.log": "# SIGSEGV"}, memory: 5 << 20}, Spec{}, Image{})
	return b
}

// unwell is a boot test of a container that turns unhealthy.
func unwell() booting {
	return app(fakeImage{life: func(p *process) int {
		p.becomes("unhealthy", 1, "no")
		return p.wait()
	}}, Spec{}, checked)
}

// mustWork are the calls without which nothing can be said of the image. What the others fail to do is tried again, or
// left out.
var mustWork = []string{
	"Events", "NetworkCreate", "NetworkConnect", "ContainerCreate", "ContainerAttach", "ContainerWait", "ContainerStart", "ContainerInspect", "ContainerKill",
}

func TestAnEngineThatFailsAtAnyOneCall(t *testing.T) {
	for _, test := range []struct {
		name     string
		make     func() booting
		findings []string
		optional []string // calls that only this boot test can do without
	}{
		{name: "a boot test that passes", make: eventful},
		{name: "a container that dies", make: crashing, findings: []string{"boot-exit: The container exited with 134 after 2s, before it was ready."}},
		{name: "a container that turns unhealthy", make: unwell, optional: []string{"ContainerInspect"},
			findings: []string{"boot-unhealthy: The container is unhealthy, says its HEALTHCHECK: its command exited with 1: no."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			whole := test.make()
			if _, err := whole.run(t); err != nil {
				t.Fatal(err)
			}
			for _, way := range []fault{failsBefore, failsAfter, hangs, panics} {
				for n := range whole.engine.calls {
					b := test.make()
					failed := ""
					b.engine.fault = func(i int, call string) fault {
						if i != n+1 {
							return works
						}
						failed = call
						if way == panics && slices.Contains(removals, call) {
							return works // the last resort after that is a sweep
						}
						return way
					}
					outcome, err := b.run(t)
					if problem := problemOf(outcome, err, way, failed, test.findings, test.optional); problem != "" {
						t.Errorf("%s, which is call %d, goes wrong in way %d: %s", failed, n+1, way, problem)
					}
				}
			}
		})
	}
}

// removals are the calls that take things away.
var removals = []string{"ContainerRemove", "NetworkDisconnect", "NetworkRemove"}

// problemOf says what is wrong with the result of a boot test in which a call went wrong, or nothing.
func problemOf(outcome Outcome, err error, way fault, call string, findings, optional []string) string {
	var engine *EngineError
	var panicked *PanicError
	if call == "" || way == panics && slices.Contains(removals, call) {
		return "" // this time it took fewer calls
	}
	if way == panics {
		if !errors.As(err, &panicked) || len(panicked.Stack) == 0 || !strings.Contains(err.Error(), call) {
			return fmt.Sprintf("the error is %v, want a PanicError with its stack", err)
		}
		return ""
	}
	if err != nil {
		if !errors.As(err, &engine) || !slices.Contains(mustWork, call) {
			return fmt.Sprintf("the error is %v, want none or an EngineError of a call that must work", err)
		}
		if way == hangs && !errors.Is(err, errCallLimit) {
			return fmt.Sprintf("the error is %q, want it to say that there was no answer", err)
		}
		return ""
	}
	if slices.Contains(optional, call) {
		return ""
	}
	if slices.Contains(mustWork, call) {
		return "there is no error"
	}
	return cmp.Diff(findings, judged(outcome))
}

func TestAnInterruptionAtAnyCall(t *testing.T) {
	whole := eventful()
	if _, err := whole.run(t); err != nil {
		t.Fatal(err)
	}
	for n := range whole.engine.calls {
		b := eventful()
		ended := ""
		b.engine.fault = func(i int, call string) fault {
			if i != n+1 {
				return works
			}
			ended = call
			return cancels
		}
		_, err := b.run(t)
		late := ended == "" || slices.Contains(removals, ended)
		if !late && !errors.Is(err, errInterrupted) || late && err != nil && !errors.Is(err, errInterrupted) {
			t.Errorf("interrupted in %s, which is call %d: the error is %v", ended, n+1, err)
		}
	}
}

func TestAnInterruptionInAnyStep(t *testing.T) {
	for _, step := range []Step{StepNeeds, StepStarting, StepWaiting, StepHolding, StepStopping} {
		t.Run(string(step), func(t *testing.T) {
			b := eventful()
			b.test.Spec.StaysUp = lasting(sec)
			b.test.Step = func(s Step, _ string) {
				if s == step {
					b.engine.interrupt()
				}
			}
			if _, err := b.run(t); !errors.Is(err, errInterrupted) {
				t.Errorf("the error is %v, want %v", err, errInterrupted)
			}
		})
	}
}

func TestAPanicInAnyCallback(t *testing.T) {
	for _, step := range []Step{StepNeeds, StepStarting, StepWaiting, StepHolding, StepStopping} {
		t.Run(string(step), func(t *testing.T) {
			b := eventful()
			b.test.Step = func(s Step, _ string) {
				if s == step {
					panic("no")
				}
			}
			wantPanic(t, b)
		})
	}
	t.Run("keep", func(t *testing.T) {
		b := eventful()
		b.test.NewKeep = func() func([]byte) Worth { return func([]byte) Worth { panic("no") } }
		wantPanic(t, b)
	})
}

func wantPanic(t *testing.T, b booting) {
	t.Helper()
	var panicked *PanicError
	if _, err := b.run(t); !errors.As(err, &panicked) || panicked.Value != "no" {
		t.Errorf("the error is %v, want a panic with no", err)
	}
}

func TestAnEngineThatGoesSilent(t *testing.T) {
	gone := errors.New("unexpected EOF")
	for _, test := range []struct {
		name string
		life func(p *process) int
		want string
	}{
		{"the event stream breaks", func(p *process) int { p.say("hello"); p.engine.dropEvents(gone); return p.wait() },
			"listening to the engine's events: unexpected EOF"},
		{"the event stream ends without a word", func(p *process) int { p.say("hello"); p.engine.dropEvents(nil); return p.wait() },
			"listening to the engine's events: the stream was closed"},
		{"the wait call breaks", func(p *process) int { p.say("hello"); p.loseWait(gone); return p.wait() },
			"waiting for container bootgate-0123456789ab-1-1-candidate: unexpected EOF"},
		{"the wait call breaks while it is stopped", func(p *process) int {
			p.say("hello")
			p.say(startedLine)
			p.sleep(6 * sec)
			p.loseWait(gone)
			return p.wait()
		},
			"waiting for container bootgate-0123456789ab-1-1-candidate: unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(fakeImage{life: test.life, onSignal: ignores}, Spec{}, Image{}).run(t)
			var engine *EngineError
			if !errors.As(err, &engine) || engine.Error() != test.want {
				t.Errorf("the error is %v, want an EngineError %q", err, test.want)
			}
			if diff := cmp.Diff([]string{"hello"}, texts(outcome.Boots[0].Output.Head)[:1]); diff != "" {
				t.Errorf("what it had printed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAContainerThatOutlivesItsKill(t *testing.T) {
	_, err := app(fakeImage{life: serves(sec), onSignal: ignores, undying: true}, Spec{}, Image{}).run(t)
	var engine *EngineError
	if !errors.As(err, &engine) || engine.Error() != "killing container bootgate-0123456789ab-1-1-candidate: it does not end" {
		t.Errorf("the error is %v", err)
	}
}

func TestAnImageThatIsGone(t *testing.T) {
	b := app(fakeImage{}, Spec{}, Image{})
	b.engine.images = nil
	outcome, err := b.run(t)
	var engine *EngineError
	if !errors.As(err, &engine) || !cerrdefs.IsNotFound(err) || len(outcome.Boots) != 0 {
		t.Errorf("the error is %v, want an EngineError that says it is not found; %v", err, roles(outcome))
	}
}

func TestAnEngineThatWantsTheNetworkFirst(t *testing.T) {
	b := app(fakeImage{life: serves(sec)}, Spec{}, Image{})
	b.engine.wantsNetwork = true
	outcome, err := b.run(t)
	if err != nil || verdictOf(outcome) != finding.Pass {
		t.Errorf("findings %q, error %v", judged(outcome), err)
	}
}

func TestRemovalIsTriedAgain(t *testing.T) {
	for _, test := range []struct {
		name  string
		times int
		left  bool
	}{
		{"a few times", removalTries - 1, false},
		{"and not for ever", removalTries, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := app(fakeImage{life: exits(0, 0)}, Spec{}, Image{})
			refused := 0
			b.engine.fault = func(_ int, call string) fault {
				if call != "ContainerRemove" || refused == test.times {
					return works
				}
				refused++
				return failsBefore
			}
			var began time.Time
			var took time.Duration
			b.closing = func() { began = time.Now() }
			b.after = func() { took = time.Since(began); b.engine.containers = nil }
			_, err := b.run(t)
			var engine *EngineError
			if errors.As(err, &engine) != test.left {
				t.Errorf("the error is %v", err)
			}
			if want := removalPause<<(test.times-test.times/removalTries) - removalPause; took != want {
				t.Errorf("the removal took %s, want %s", took, want)
			}
		})
	}
}

// texts returns the texts of lines.
func texts(lines []Line) []string {
	var all []string
	for _, line := range lines {
		all = append(all, line.Text)
	}
	return all
}
