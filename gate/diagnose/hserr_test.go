package diagnose

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected results in testdata")

// hserrFiles are the error reports in testdata: those of JDK 17 and 25 come from crashes brought about for the purpose
// and are cut where they repeat themselves, those of other releases are written after the layout of theirs.
func hserrFiles(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob("testdata/hserr/*.log")
	if err != nil || len(names) == 0 {
		t.Fatalf("no error files: %v", err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(name), ".log")] = string(text)
	}
	return texts
}

func TestErrorFilesAreRead(t *testing.T) {
	for name, text := range hserrFiles(t) {
		t.Run(name, func(t *testing.T) {
			crash, ok := ParseCrash(text)
			if !ok {
				t.Fatal("no crash was found")
			}
			got, err := json.MarshalIndent(crash, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := "testdata/hserr/" + name + ".json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("crash (-want +got):\n%s", diff)
			}
		})
	}
}
