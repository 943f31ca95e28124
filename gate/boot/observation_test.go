package boot

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// whole is an observation of which no field is empty. Nothing real can have all of them.
var whole = Observation{
	Role: "replica 2", EnginePlatform: "linux/amd64", Container: "bootgate-0123456789ab-1-2-replica-2", StartError: "exec format error",
	Asked: Asked{
		Mode: Service, Within: time.Minute, StaysUp: 5 * sec, AtLeast: sec, StopsWithin: 10 * sec,
		Command: []string{"/app", "serve"}, Platform: "linux/arm64/v8",
		Environment: []string{"JAVA_HOME", "PATH"}, Buildpacks: []Buildpack{{ID: "paketo-buildpacks/bellsoft-liberica", Version: "8.7.0"}}, ImageSize: 200 << 20, Server: "an exposed port", Once: "^sync started$",
	},
	Ready: true, ReadyAfter: 1500 * ms, ReadyBy: "http:8080/health", Answered: true,
	Awaited:   []Attempt{{Probe: "tcp:5432", Expected: "a connection to port 5432", Actual: "connection refused: nothing listens on that port", Attempts: 12}},
	Ended:     EndedUnanswering,
	Lost:      &Attempt{Probe: "http:8080/health", Expected: "GET http://container:8080/health answers 200-399", Actual: "503 Service Unavailable: \"<down>\"", Attempts: 7},
	Exit:      &Exit{Code: 137, OOMKilled: true, At: 3 * sec, Ran: 2900 * ms},
	Stop:      &Stop{Signal: "SIGTERM", Took: 10 * sec, Forced: true},
	OOMEvents: 2, MemoryLimit: 64 << 20, PidsLimit: 1024, PeakMemory: 63 << 20, DiskUsed: 3 << 30, Duration: 13 * sec,
	Timeline: []Event{{What: "started"}, {At: 1500 * ms, What: "ready", Detail: "http:8080/health"}},
	Output: Output{
		Lines: 300, Bytes: 12345, Errors: 2, Dropped: 298,
		Head:   []Line{{Number: 1, Stream: "stdout", Text: "first"}},
		Tail:   []Line{{Number: 300, Stream: "stderr", Text: "last \u2028 …"}},
		Marked: []Line{{Number: 150, Stream: "stderr", Text: "marked"}},
	},
	Once:      &Line{Number: 7, Stream: "stdout", Text: "sync started"},
	Forbidden: []Forbidden{{Pattern: "ERROR", Line: Line{Number: 9, Stream: "stderr", Text: "an ERROR"}}},
	Files:     []File{{Path: "/app/hs_err_pid1.log", Size: 42, Kind: "hs_err", Content: "# SIGSEGV\n"}},
}

func TestAnObservationAsJSON(t *testing.T) {
	checkWhole(t, "Observation", reflect.ValueOf(whole))
	got, err := json.MarshalIndent(Outcome{Boots: []Observation{whole}}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	golden := filepath.Join("testdata", "observation.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); go test ./gate/boot -update rewrites it:\n%s", golden, diff)
	}
	var read Outcome
	decoder := json.NewDecoder(bytes.NewReader(want))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Outcome{Boots: []Observation{whole}}, read); diff != "" {
		t.Errorf("what is read back (-want +got):\n%s", diff)
	}
}

// checkWhole fails the test when any field of v is empty: then the golden file would not show it. The offset of an
// event may be zero.
func checkWhole(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		checkWhole(t, name, v.Elem())
	case reflect.Slice:
		if v.Len() > 0 {
			checkWhole(t, name, v.Index(v.Len()-1))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			checkWhole(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	}
	if !v.IsValid() || v.IsZero() {
		t.Errorf("%s is empty", name)
	}
}
