package boot

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsThatMakeNoSenseAreFound(t *testing.T) {
	length := func(d time.Duration) *Duration { v := Duration(d); return &v }
	tcp := Readiness{{Kind: ProbeTCP, Port: 80}}
	below := -1
	const host = " is not a host name: write up to 63 lower-case letters, digits and dashes, such as db"
	for _, test := range []struct {
		name string
		spec Spec
		want []SpecProblem
	}{
		{"nothing is asked", Spec{}, nil},
		{"once with a single container means exactly once", Spec{Once: mustPattern(t, "x"), Replicas: 1}, nil},
		{"everything in order", Spec{As: Service, Ready: tcp, Within: length(time.Minute), StaysUp: length(0), StopsWithin: length(0), Replicas: 16, Memory: MinMemory,
			CPUs: 0.01, Pids: 1, Network: Bridge, Tmpfs: []string{"/tmp:size=64m"}, Needs: []Need{{Name: "db", Image: "postgres:16"}, {Name: "seed", Image: "seed", As: Job}}}, nil},
		{"an unknown mode", Spec{As: "jbo"}, []SpecProblem{{"as", `"jbo" is not known here: write auto, service or job`}}},
		{"an unknown network", Spec{Network: "host"}, []SpecProblem{{"network", `"host" is not known here: write isolated or bridge`}}},
		{"a job that is to become ready, stay up and be stopped", Spec{As: Job, Ready: tcp, StaysUp: length(0), StopsWithin: length(time.Second)}, []SpecProblem{
			{"ready", "a job is done when it has exited with 0: leave this out, or make it a service"},
			{"stays-up", "a job does not stay up: leave this out, or make it a service"},
			{"stops-within", "a job ends by itself: leave this out, or make it a service"},
		}},
		{"a service that is to last", Spec{As: Service, AtLeast: length(time.Second)}, []SpecProblem{{"at-least", "a service is not meant to end: leave this out, or make it a job"}}},
		{"at-least beyond within", Spec{As: Job, Within: length(time.Minute), AtLeast: length(90 * time.Second)}, []SpecProblem{{"at-least", "1m30s is longer than the 1m of within: no job could pass"}}},
		{"at-least beyond the default of within", Spec{AtLeast: length(2 * time.Minute)}, []SpecProblem{{"at-least", "2m is longer than the 1m of within: no job could pass"}}},
		{"at-least as long as within", Spec{As: Job, Within: length(time.Minute), AtLeast: length(time.Minute)}, nil},
		{"no time at all", Spec{Within: length(0)}, []SpecProblem{{"within", "0s leaves no time: write how long it may take, such as 60s"}}},
		{"numbers out of range", Spec{Replicas: 17, CPUs: -1, Pids: -1, Memory: 1 << 20, Disk: -1}, []SpecProblem{
			{"replicas", "17 replicas are out of range: write 1 to 16"},
			{"memory", "1MiB is less than the engine's smallest limit: write at least 6MiB"},
			{"cpus", "-1 cores are out of range: write 0.01 to 1024"},
			{"pids", "-1 processes are out of range: write 1 to 4194304"},
			{"disk", "the amount is negative: write one such as 2GiB"},
		}},
		{"needs that cannot be told apart or reached", Spec{Needs: []Need{{Name: "db", Image: "a"}, {Name: "db", Image: "b"}, {Name: "My_DB", Image: "c"}, {Name: "localhost", Image: "d"}, {Image: " "}}}, []SpecProblem{
			{"needs.1.name", `two needs have the name "db"`},
			{"needs.2.name", `"My_DB"` + host},
			{"needs.3.name", "localhost is the candidate itself: give the need another name, such as db"},
			{"needs.4.name", `""` + host},
			{"needs.4.image", `" " is not an image reference: write it as postgres:16`},
		}},
		{"a need with settings of its own", Spec{Needs: []Need{{Name: "db", Image: "a", As: Auto, Within: length(0), Memory: 1, Tmpfs: []string{"data"}, EnvFile: []string{""}}}}, []SpecProblem{
			{"needs.0.as", `"auto" is not known here: write service or job`},
			{"needs.0.within", "0s leaves no time: write how long it may take, such as 60s"},
			{"needs.0.memory", "1B is less than the engine's smallest limit: write at least 6MiB"},
			{"needs.0.tmpfs.0", `"data" is not an absolute path below /: write it as /tmp or /tmp:size=64m`},
			{"needs.0.env-file.0", "the path is empty"},
		}},
		{"a user with a space", Spec{User: "a b"}, []SpecProblem{{"user", `"a b" holds white space: write a name, uid or uid:gid`}}},
		{"a tmpfs over everything", Spec{Tmpfs: []string{"/"}}, []SpecProblem{{"tmpfs.0", `"/" is not an absolute path below /: write it as /tmp or /tmp:size=64m`}}},
		{"variables whose names hold more", Spec{Env: Env{"A=hunter2": nil, "B hunter2": nil, "": nil}}, []SpecProblem{
			{"env", "the name of a variable is empty or holds white space"},
			{"env", `the name of variable "A" goes on with =: write it as A: VALUE`},
			{"env", "the name of a variable is empty or holds white space"},
		}},
		{"numbers of a comparison that are out of range", Spec{ErrorsOver: &below, Rounds: 51}, []SpecProblem{
			{"errors-over", "-1 lines are out of range: write 0 to 1000000"},
			{"rounds", "51 rounds are out of range: write 1 to 50"},
		}},
		{"an entrypoint without a program", Spec{Entrypoint: Command{"", "x"}}, []SpecProblem{{"entrypoint", "the first word is empty: it names the program to run"}}},
		{"an entrypoint that is cleared", Spec{Entrypoint: Command{}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.spec.Check()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpecKeysAreThoseOfTheStruct(t *testing.T) {
	var want []string
	spec := reflect.TypeFor[Spec]()
	for i := range spec.NumField() {
		key, _, _ := strings.Cut(spec.Field(i).Tag.Get("json"), ",")
		want = append(want, key)
	}
	if diff := cmp.Diff(want, specKeys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestTheSchemaDescribesEveryKey(t *testing.T) {
	schema, err := SpecSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range specKeys() {
		if p := schema.Properties[key]; p == nil || p.Description == "" {
			t.Errorf("%s has no description", key)
		}
	}
	probe := schema.Properties["ready"].AnyOf[1]
	if !slices.Equal(probe.PropertyOrder, probeKeys()) || len(probe.Properties) != len(probeKeys()) {
		t.Errorf("the schema knows the probes %v, the decoder %v", probe.PropertyOrder, probeKeys())
	}
	http := probe.Properties["http"].AnyOf[1]
	if !slices.Equal(http.PropertyOrder, httpKeys()) || len(http.Properties) != len(httpKeys()) {
		t.Errorf("the schema knows the keys %v of http, the decoder %v", http.PropertyOrder, httpKeys())
	}
}
