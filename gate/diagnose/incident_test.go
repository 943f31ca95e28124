package diagnose

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

// The night of 29 September 2021: a job on Java 8 was rebuilt by a builder that had moved under its tag and now
// switched native memory tracking on. These are its lines as they were told, put together anew.
func TestTheIncidentOf2021IsExplained(t *testing.T) {
	text, err := os.ReadFile("testdata/incident/2021-09-29.log")
	if err != nil {
		t.Fatal(err)
	}
	saved, err := Read(t.Context(), bytes.NewReader(text), Options{Name: "app.log"})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]Death{
		"as the container printed it, process 1": {Exited: true, ExitCode: 139, Lines: lines(string(text))},
		"under a shell":                          {Exited: true, ExitCode: 134, Lines: lines(string(text))},
		"in a log that is left":                  saved,
	} {
		t.Run(name, func(t *testing.T) {
			findings := Rules{}.Apply(d, Diagnose(d))
			if len(findings) != 1 {
				t.Fatalf("%d findings: %+v", len(findings), findings)
			}
			f := findings[0]
			if f.Rule != "jvm-crash-signal" || f.Severity != finding.Error || f.Crash == nil || f.Crash.Frame == nil {
				t.Fatalf("the finding is %+v", f)
			}
			got := []string{f.Crash.Signal, f.Crash.Version, f.Crash.Frame.Library, f.Crash.Frame.Offset, strings.SplitN(f.Crash.Frame.Symbol, "(", 2)[0]}
			want := []string{"SIGSEGV", "8.0_302-b08", "libjvm.so", "0xb2a2f7", "VirtualMemoryTracker::add_reserved_region"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("crash (-want +got):\n%s", diff)
			}
			known := finding.Known{ID: "java8-native-memory-tracking-2021", Link: "https://github.com/paketo-buildpacks/bellsoft-liberica/issues/135"}
			if diff := cmp.Diff(&known, f.Known); diff != "" {
				t.Errorf("known cause (-want +got):\n%s", diff)
			}
			for _, part := range []string{"0.1.174-base", "BPL_JAVA_NMT_ENABLED=false", "libjvm 1.31.1 or newer"} {
				if !strings.Contains(f.Remedy, part) {
					t.Errorf("the remedy does not say %q: %s", part, f.Remedy)
				}
			}
		})
	}
}
