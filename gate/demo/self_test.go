package demo

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// notLinux is the path of a file that is no Linux program, as the gate's own is on other systems.
func notLinux(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gate")
	if err := os.WriteFile(path, []byte("\xcf\xfa\xed\xfe of another system"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAGateOfAnotherSystemIsBuiltAnewForLinux(t *testing.T) {
	path, done, err := linuxBinary(t.Context(), notLinux(t), runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != elfMachines[runtime.GOARCH] {
		t.Errorf("built for %v, want %v", f.Machine, elfMachines[runtime.GOARCH])
	}
}

func TestAGateOfAnotherSystemWithoutGoSaysWhatIsNeeded(t *testing.T) {
	t.Setenv("PATH", "")
	_, _, err := linuxBinary(t.Context(), notLinux(t), "amd64")
	if err == nil || !strings.Contains(err.Error(), "call the gate in its source folder, with go in PATH") {
		t.Errorf("got error %v, want one that says what is needed", err)
	}
}
