package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// nowhere is the lookup in an empty environment.
func nowhere(string) (string, bool) { return "", false }

func TestWhatASpecLeavesOpenIsFilledIn(t *testing.T) {
	secret := "hunter2"
	for _, test := range []struct {
		name string
		spec Spec
		img  Image
		want Asked
	}{
		{"nothing is said", Spec{}, Image{Platform: "linux/arm64", Cmd: []string{"/app"}}, Asked{
			Mode: Auto, Within: time.Minute, StaysUp: blindStaysUp, StopsWithin: 10 * sec, Platform: "linux/arm64", Command: []string{"/app"},
		}},
		{"with a port to look at, it need not stay up as long", Spec{}, Image{Ports: []int{8080}}, Asked{Mode: Auto, Within: time.Minute, StaysUp: 5 * sec, StopsWithin: 10 * sec, Server: "an exposed port"}},
		{"variables by their names, and what it was built with", Spec{Env: Env{"B": &secret, "ABSENT": nil}}, Image{
			Ports: []int{8080}, Env: []string{"PATH=/bin", "B=x", "=odd"}, Buildpacks: []Buildpack{{ID: "acme/own", Version: "1"}},
		}, Asked{
			Mode: Auto, Within: time.Minute, StaysUp: 5 * sec, StopsWithin: 10 * sec, Server: "an exposed port",
			Environment: []string{"B", "PATH"}, Buildpacks: []Buildpack{{ID: "acme/own", Version: "1"}},
		}},
		{"a service", Spec{As: Service, Ready: signs("tcp:80")}, Image{}, Asked{Mode: Service, Within: time.Minute, StaysUp: 5 * sec, StopsWithin: 10 * sec}},
		{"a job has more time", Spec{As: Job}, Image{Ports: []int{8080}}, Asked{Mode: Job, Within: 15 * time.Minute, StaysUp: 5 * sec, StopsWithin: 10 * sec, Server: "an exposed port"}},
		{"everything is said", Spec{
			As: Service, Within: lasting(sec), StaysUp: lasting(2 * sec), AtLeast: lasting(3 * sec), StopsWithin: lasting(4 * sec), Once: patternOf("x"), Ready: signs("tcp:80"),
		}, Image{}, Asked{Mode: Service, Within: sec, StaysUp: 2 * sec, AtLeast: 3 * sec, StopsWithin: 4 * sec, Once: "x"}},
		{"what shows nothing must stay up for as long as is said", Spec{StaysUp: lasting(sec)}, Image{}, Asked{Mode: Auto, Within: time.Minute, StaysUp: sec, StopsWithin: 10 * sec}},
		{"what shows nothing must stay up all the same", Spec{StaysUp: lasting(0)}, Image{}, Asked{Mode: Auto, Within: time.Minute, StaysUp: blindStaysUp, StopsWithin: 10 * sec}},
		{"zero is said", Spec{StaysUp: lasting(0), StopsWithin: lasting(0), Ready: signs("tcp:80")}, Image{}, Asked{Mode: Service, Within: time.Minute}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPlan(test.spec, test.img, nowhere)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, p.Asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSignsOfReadiness(t *testing.T) {
	check := &Healthcheck{Test: []string{"CMD", "/ok"}}
	for _, test := range []struct {
		name string
		spec Spec
		img  Image
		want string
	}{
		{"those that are asked for", Spec{Ready: signs("tcp:1 & log:up")}, Image{Ports: []int{8080}, Healthcheck: check}, "tcp:1 and log:up"},
		{"the HEALTHCHECK before the ports", Spec{}, Image{Ports: []int{8080}, Healthcheck: check}, "healthcheck"},
		{"any port, or a line", Spec{}, Image{Ports: []int{80, 443}}, "tcp:80 or tcp:443 or a log line that says it has started"},
		{"a line", Spec{As: Service}, Image{}, "a log line that says it has started"},
		{"a HEALTHCHECK that is switched off", Spec{}, Image{Ports: []int{80}, Healthcheck: &Healthcheck{Test: []string{"NONE"}}}, "tcp:80 or a log line that says it has started"},
		{"a HEALTHCHECK without a command", Spec{}, Image{Ports: []int{80}, Healthcheck: &Healthcheck{Interval: sec}}, "tcp:80 or a log line that says it has started"},
		{"none of a job", Spec{As: Job}, Image{Ports: []int{80}, Healthcheck: check}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPlan(test.spec, test.img, nowhere)
			if err != nil {
				t.Fatal(err)
			}
			if got := describeWait(p); got != test.want {
				t.Errorf("waits for %q, want %q", got, test.want)
			}
		})
	}
	if got := describe(nil, false); got != "nothing" {
		t.Errorf("no sign is described as %q", got)
	}
}

func TestTheHealthcheckRunsSoonerAndFailsNoSooner(t *testing.T) {
	for _, test := range []struct {
		name     string
		check    Healthcheck
		interval time.Duration
		retries  int
	}{
		{"the engine's defaults", Healthcheck{}, sec, 90},
		{"a slow one", Healthcheck{Interval: time.Minute, Retries: 5}, sec, 300},
		{"one that is quick already", Healthcheck{Interval: 200 * ms, Retries: 4}, 200 * ms, 4},
		{"one that does not divide", Healthcheck{Interval: 1500 * ms, Retries: 1}, sec, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if interval, retries := test.check.healthTiming(); interval != test.interval || retries != test.retries {
				t.Errorf("every %s, %d times; want every %s, %d times", interval, retries, test.interval, test.retries)
			}
		})
	}
	rapid.Check(t, func(r *rapid.T) {
		h := Healthcheck{Interval: time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(r, "interval")), Retries: rapid.IntRange(1, 100).Draw(r, "retries")}
		interval, retries := h.healthTiming()
		before, after := h.Interval*time.Duration(h.Retries), interval*time.Duration(retries)
		if interval > quickHealth || after < before || after-before >= quickHealth {
			r.Fatalf("%s × %d became %s × %d", h.Interval, h.Retries, interval, retries)
		}
	})
}

func TestTheLaterOfTwoSourcesOfAVariableWins(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one, two := write("one", "A=one\nB=one\nC=one\nGATE\n"), write("two", "B=two\nC=two\nNOWHERE\n")
	value := "spec"
	spec := Spec{EnvFile: []string{one, two}, Env: Env{"C": &value, "ALSO_GATE": nil}}
	lookup := func(name string) (string, bool) { return "from the gate", name == "GATE" || name == "ALSO_GATE" }
	p, err := newPlan(spec, Image{Env: []string{"A=image"}}, lookup)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"A=one", "ALSO_GATE=from the gate", "B=two", "C=spec", "GATE=from the gate"}, p.env); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}

	var missing *EnvFileError
	_, err = newPlan(Spec{EnvFile: []string{filepath.Join(dir, "three")}}, Image{}, nowhere)
	if !errors.As(err, &missing) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v, want an EnvFileError that says it is not there", err)
	}
	b := app(fakeImage{}, Spec{EnvFile: []string{filepath.Join(dir, "three")}}, Image{})
	if _, err := b.run(t); !errors.As(err, &missing) {
		t.Errorf("the error is %v, want an EnvFileError", err)
	}
	b, _ = withNeeds([]Need{{Name: "db", Image: "db", EnvFile: []string{filepath.Join(dir, "three")}}}, map[string]fakeImage{"db": {life: serves(0)}})
	if _, err := b.run(t); !errors.As(err, &missing) {
		t.Errorf("the error is %v, want an EnvFileError", err)
	}
}

func TestEntrypointAndCommandAreReplacedAsTheEngineDoes(t *testing.T) {
	img := Image{Ref: "app", Entrypoint: []string{"/app"}, Cmd: []string{"serve"}}
	for _, test := range []struct {
		name          string
		spec          Spec
		img           Image
		want          []string
		sentEntry     []string
		sentArguments []string
	}{
		{"what the image says", Spec{}, img, []string{"/app", "serve"}, nil, nil},
		{"another command", Spec{Command: Command{"check"}}, img, []string{"/app", "check"}, []string{"/app"}, []string{"check"}},
		{"no command", Spec{Command: Command{}}, img, []string{"/app"}, []string{"/app"}, []string{}},
		{"another entrypoint does away with the command", Spec{Entrypoint: Command{"/sh"}}, img, []string{"/sh"}, []string{"/sh"}, nil},
		{"another entrypoint and another command", Spec{Entrypoint: Command{"/sh"}, Command: Command{"-c", "x"}}, img, []string{"/sh", "-c", "x"}, []string{"/sh"}, []string{"-c", "x"}},
		{"no entrypoint", Spec{Entrypoint: Command{}}, img, []string{"serve"}, []string{""}, []string{"serve"}},
		{"no entrypoint and another command", Spec{Entrypoint: Command{}, Command: Command{"/x"}}, img, []string{"/x"}, []string{""}, []string{"/x"}},
		{"no command where there is no entrypoint", Spec{Command: Command{}}, Image{Ref: "app", Cmd: []string{"/app"}}, nil, []string{""}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPlan(test.spec, test.img, nowhere)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, p.Asked.Command); diff != "" {
				t.Errorf("argument vector (-want +got):\n%s", diff)
			}
			b := &box{site: &Site{runner: &Runner{lease: &Lease{}}, engine: newFake(nil)}, plan: p}
			config, _, _ := b.configs("")
			if diff := cmp.Diff(test.sentEntry, []string(config.Entrypoint)); diff != "" {
				t.Errorf("entrypoint told to the engine (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.sentArguments, []string(config.Cmd)); diff != "" {
				t.Errorf("command told to the engine (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStopSignals(t *testing.T) {
	for _, test := range []struct{ image, want string }{{"", "SIGTERM"}, {"SIGINT", "SIGINT"}, {"sigquit", "SIGQUIT"}, {"15", "15"}, {"RTMIN+3", "RTMIN+3"}} {
		t.Run(fmt.Sprintf("%q", test.image), func(t *testing.T) {
			p := plan{image: Image{StopSignal: test.image}}
			if got := p.stopSignal(); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestANeedIsHeldToLessThanACandidate(t *testing.T) {
	zero := Duration(0)
	need := Need{Name: "db", Image: "db", Memory: 1 << 30, User: "7", Command: Command{"x"}, Ready: signs("tcp:5432"), Within: lasting(sec)}
	want := Spec{As: Service, Ready: need.Ready, Within: need.Within, StaysUp: &zero, StopsWithin: &zero, Memory: 1 << 30, User: "7", Command: need.Command, Network: Bridge}
	if diff := cmp.Diff(want, need.needSpec(Bridge)); diff != "" {
		t.Errorf("spec of a need (-want +got):\n%s", diff)
	}
	if got := (Need{As: Job}).needSpec(Isolated).As; got != Job {
		t.Errorf("a job became a %s", got)
	}
}
