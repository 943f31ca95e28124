package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMarkersAreLongEnoughForAFastScan(t *testing.T) {
	for _, m := range markers() {
		if len(m.text) < minMarker {
			t.Errorf("marker %q has %d bytes, fewer than %d", m.text, len(m.text), minMarker)
		}
	}
}

func TestKeeperKeepsWhatBelongsToAMarkedLine(t *testing.T) {
	var k Keeper
	var kept []string
	for line := range strings.Lines("starting\n" +
		"DEBUG no tcnative\n" +
		"java.lang.UnsatisfiedLinkError: no tcnative in java.library.path\n" +
		"\tat java.base/java.lang.System.loadLibrary(System.java:2006)\n" +
		"\t... 3 more\n" +
		"Caused by: java.io.IOException: no\n" +
		"ready\n" +
		"\tat nobody.knows(Where.java)\n") {
		if line = strings.TrimSuffix(line, "\n"); k.Keep([]byte(line)) {
			kept = append(kept, line)
		}
	}
	want := []string{
		"java.lang.UnsatisfiedLinkError: no tcnative in java.library.path",
		"\tat java.base/java.lang.System.loadLibrary(System.java:2006)",
		"\t... 3 more",
		"Caused by: java.io.IOException: no",
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}
