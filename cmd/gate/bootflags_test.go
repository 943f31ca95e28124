package main

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/policy"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

// bootKeys are examples of every key: the flags, and the same in gate.yaml.
var bootKeys = map[string]struct {
	flags []string
	yaml  string
}{
	"as":           {[]string{"--as", "job"}, "as: job"},
	"ready":        {[]string{"--ready", "http:8080/health", "--ready", "log:Started .+, now", "--ready", "{tcp: 5432, exec: [pg_isready, -q]}", "--ready=healthcheck"}, "ready: [http:8080/health, 'log:Started .+, now', {tcp: 5432, exec: [pg_isready, -q]}, healthcheck]"},
	"within":       {[]string{"--within", "90s"}, "within: 90s"},
	"stays-up":     {[]string{"--stays-up", "0s"}, "stays-up: 0s"},
	"at-least":     {[]string{"--at-least=1s"}, "at-least: 1s"},
	"stops-within": {[]string{"--stops-within", "3s"}, "stops-within: 3s"},
	"needs": {[]string{"--needs", `{name: db, image: "postgres:16", ready: {tcp: 5432}, env: {POSTGRES_PASSWORD: gate}}`, "--needs", "{name: q, image: rabbitmq, as: job}"},
		`needs: [{name: db, image: "postgres:16", ready: {tcp: 5432}, env: {POSTGRES_PASSWORD: gate}}, {name: q, image: rabbitmq, as: job}]`},
	"replicas":     {[]string{"--replicas", "2"}, "replicas: 2"},
	"once":         {[]string{"--once", "sync (run|start)"}, "once: sync (run|start)"},
	"restart":      {[]string{"--restart"}, "restart: true"},
	"second-start": {[]string{"--second-start=true"}, "second-start: true"},
	"forbid":       {[]string{"--forbid", "a,b", "--forbid", "ERROR"}, `forbid: ["a,b", ERROR]`},
	"memory":       {[]string{"--memory", "512MiB"}, "memory: 512MiB"},
	"cpus":         {[]string{"--cpus", "0.5"}, "cpus: 0.5"},
	"pids":         {[]string{"--pids", "64"}, "pids: 64"},
	"disk":         {[]string{"--disk", "2g"}, "disk: 2g"},
	"user":         {[]string{"--user", "1000:1000"}, "user: 1000:1000"},
	"read-only":    {[]string{"--read-only"}, "read-only: true"},
	"tmpfs":        {[]string{"--tmpfs", "/tmp:size=64m,mode=1777", "--tmpfs", "/run"}, `tmpfs: ["/tmp:size=64m,mode=1777", /run]`},
	"env":          {[]string{"--env", "A=b=c, d", "--env", "HOME", "--env", "EMPTY="}, `env: {A: "b=c, d", HOME: , EMPTY: ""}`},
	"env-file":     {[]string{"--env-file", "/x/a.env"}, "env-file: [/x/a.env]"},
	"entrypoint":   {[]string{"--entrypoint", ""}, "entrypoint: []"},
	"command":      {[]string{"--command", `java -jar 'my app.jar'`}, "command: [java, -jar, my app.jar]"},
	"network":      {[]string{"--network", "bridge"}, "network: bridge"},
	"slower-than":  {[]string{"--slower-than", "2x"}, "slower-than: 2x"},
	"memory-over":  {[]string{"--memory-over", "1.5x"}, "memory-over: 1.5x"},
	"errors-over":  {[]string{"--errors-over", "0"}, "errors-over: 0"},
	"size-over":    {[]string{"--size-over", "1.2x"}, "size-over: 1.2x"},
	"rounds":       {[]string{"--rounds", "3"}, "rounds: 3"},
}

// applyFlags runs flags over a spec.
func applyFlags(t *testing.T, spec boot.Spec, args ...string) (boot.Spec, error) {
	t.Helper()
	var b bootFlags
	fs := pflag.NewFlagSet("gate check", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	b.register(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatalf("parsing %q: %v", args, err)
	}
	return b.apply(spec, fs)
}

// fromYAML reads a boot section.
func fromYAML(t *testing.T, section string) boot.Spec {
	t.Helper()
	text := "images:\n- name: x\n  image: x\n  boot:\n    " + section + "\n"
	p, err := policy.Parse("gate.yaml", []byte(text), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p.Images[0].Boot
}

func TestEveryKeyOfTheBootSectionHasAFlagThatMeansTheSame(t *testing.T) {
	spec := reflect.TypeFor[boot.Spec]()
	for i := range spec.NumField() {
		key, _, _ := strings.Cut(spec.Field(i).Tag.Get("json"), ",")
		t.Run(key, func(t *testing.T) {
			example, ok := bootKeys[key]
			if !ok {
				t.Fatalf("no example for %s: add one to bootKeys", key)
			}
			got, err := applyFlags(t, boot.Spec{}, example.flags...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fromYAML(t, example.yaml), got); diff != "" {
				t.Errorf("the flag gives something else than gate.yaml (-yaml +flag):\n%s", diff)
			}
			if reflect.ValueOf(got).Field(i).IsZero() {
				t.Error("the flag did not set its field")
			}
		})
	}
}

func TestEveryFlagHasTheHelpOfItsKey(t *testing.T) {
	var b bootFlags
	fs := pflag.NewFlagSet("gate check", pflag.ContinueOnError)
	b.register(fs)
	spec := reflect.TypeFor[boot.Spec]()
	for i := range spec.NumField() {
		key, _, _ := strings.Cut(spec.Field(i).Tag.Get("json"), ",")
		flag := fs.Lookup(key)
		if flag == nil {
			t.Errorf("no flag --%s", key)
			continue
		}
		if help := spec.Field(i).Tag.Get("jsonschema"); !strings.HasPrefix(flag.Usage, help) || help == "" {
			t.Errorf("--%s has the help %q, its key %q", key, flag.Usage, help)
		}
	}
	if got := len(bootFlagTable()); got != spec.NumField() {
		t.Errorf("%d flags for %d keys", got, spec.NumField())
	}
}

func TestFlagsOverrideGateYAML(t *testing.T) {
	base := fromYAML(t, `{as: job, within: 10s, forbid: [a, b], env: {A: "1", B: "2"}, restart: true, command: run}`)
	text := func(s string) *string { return &s }
	for _, test := range []struct {
		name string
		args []string
		want func(s *boot.Spec)
	}{
		{"without flags the spec stays as it is", nil, func(*boot.Spec) {}},
		{"a value replaces the value", []string{"--within", "2m"}, func(s *boot.Spec) { d := boot.Duration(2 * time.Minute); s.Within = &d }},
		{"of a value given twice the last one counts", []string{"--within", "nonsense", "--within", "10s"}, func(*boot.Spec) {}},
		{"a list replaces the list", []string{"--forbid", "c"}, func(s *boot.Spec) { p, _ := boot.ParsePattern("c"); s.Forbid = []boot.Pattern{p} }},
		{"variables are merged by name", []string{"--env", "B=3", "--env", "C"}, func(s *boot.Spec) { s.Env = boot.Env{"A": text("1"), "B": text("3"), "C": nil} }},
		{"a switch can be turned off", []string{"--restart=false"}, func(s *boot.Spec) { s.Restart = false }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := base
			test.want(&want)
			got, err := applyFlags(t, base, test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(boot.Env{"A": text("1"), "B": text("2")}, base.Env); diff != "" {
		t.Errorf("applying flags changed the policy's own spec (-want +got):\n%s", diff)
	}
}

func TestFlagErrorsNameTheFlagAndWhatToWrite(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"a duration without a unit", []string{"--within", "5"}, `--within 5: duration "5" has no unit: write 5s for seconds or 5m for minutes`},
		{"a regular expression that does not compile", []string{"--forbid", "ok", "--forbid", "(["}, "--forbid '([': pattern \"([\" does not compile: error parsing regexp: missing closing ]: `[`"},
		{"a port out of range", []string{"--ready", "tcp:5432", "--ready", "tcp:99999"}, `--ready tcp:99999: "99999" is not a port: write a number from 1 to 65535`},
		{"an unknown key in a probe", []string{"--ready", "{htpp: 8080}"}, `--ready '{htpp: 8080}': unknown key "htpp" (did you mean "http"?)`},
		{"a broken mapping", []string{"--ready", "{tcp: 1"}, `--ready '{tcp: 1': could not find flow mapping end token '}'`},
		{"an amount of memory that is none", []string{"--memory", "lots"}, `--memory lots: "lots" is not an amount of bytes: write it as 512MiB, 2GiB or 64k`},
		{"zero replicas", []string{"--replicas", "0"}, `--replicas 0: write a whole number of at least 1`},
		{"too many replicas", []string{"--replicas", "17"}, `--replicas: 17 replicas are out of range: write 1 to 16`},
		{"an unknown mode", []string{"--as", "jbo"}, `--as: "jbo" is not known here: write auto, service or job`},
		{"a job that stays up", []string{"--as", "job", "--stays-up", "1s"}, `--stays-up: a job does not stay up: leave this out, or make it a service`},
		{"a need without an image", []string{"--needs", "{name: db, env: {PASSWORD: hunter2}}"}, `--needs: missing key "image"`},
		{"a need that is no mapping", []string{"--needs", "postgres:16"}, `--needs: a mapping of keys and values is expected, not text`},
		{"a variable without a name", []string{"--env", "=hunter2"}, `--env: there is no name before the =: write NAME=VALUE, or NAME to take it from the gate's own environment`},
		{"a variable with a space in its name", []string{"--env", "MY PASSWORD=hunter2"}, `--env: the name of a variable is empty or holds white space`},
		{"a switch that is neither on nor off", []string{"--restart=maybe"}, `--restart maybe: write true or false`},
		{"two mistakes at once", []string{"--as", "", "--cpus", "all"}, "--as: there is no value\n--cpus all: write a number of cores, such as 0.5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := applyFlags(t, boot.Spec{}, test.args...)
			var flagError *bootFlagError
			if !errors.As(err, &flagError) {
				t.Fatalf("error %v is not a *bootFlagError", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFlagThatDoesNotGoWithGateYAMLSaysSo(t *testing.T) {
	_, err := applyFlags(t, fromYAML(t, "{as: job, at-least: 1s}"), "--as", "service")
	want := "at-least in gate.yaml does not go with the flags: a service is not meant to end: leave this out, or make it a job"
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func BenchmarkRegisterBootFlags(b *testing.B) {
	for b.Loop() {
		var f bootFlags
		f.register(pflag.NewFlagSet("gate check", pflag.ContinueOnError))
	}
}
