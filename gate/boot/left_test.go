package boot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilesThatADeadProcessLeft(t *testing.T) {
	files := map[string]string{
		"/app/hs_err_pid1.log": "# hunter2 \xff", "/app/replay_pid1.log": "replay", "/tmp/java_pid1.hprof": "heap", "/core": "core", "/tmp/core.123": "core",
		"/app/hs_err_pid1.jfr": "jfr", "/javacore.20260301.txt": "java core", "/heapdump.1.phd": "heap", "/app/core.js": "no", "/data/core.1.dmp": "core",
		"/app/score": "no", "/var/hs_err": "no", "/big/hs_err_a.log": strings.Repeat("x", maxFileText+1), "/dir/core": aDirectory,
	}
	b := app(fakeImage{life: exits(sec, 134), files: files}, Spec{}, Image{Env: []string{"PASSWORD=hunter2"}})
	outcome, err := b.run(t)
	if err != nil {
		t.Fatal(err)
	}
	want := []File{
		{"/app/hs_err_pid1.jfr", 3, "jfr", ""}, {"/app/hs_err_pid1.log", 11, "hs_err", "# *** \ufffd"}, {"/app/replay_pid1.log", 6, "replay", ""},
		{"/big/hs_err_a.log", maxFileText + 1, "hs_err", strings.Repeat("x", maxFileText)},
		{"/core", 4, "core", ""}, {"/data/core.1.dmp", 4, "core", ""}, {"/heapdump.1.phd", 4, "heap-dump", ""}, {"/javacore.20260301.txt", 9, "javacore", "java core"},
		{"/tmp/core.123", 4, "core", ""}, {"/tmp/java_pid1.hprof", 4, "heap-dump", ""},
	}
	if diff := cmp.Diff(want, outcome.Boots[0].Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestFilesOfOneThatEndedWellAreNotLookedFor(t *testing.T) {
	b := app(fakeImage{life: exits(sec, 0), files: map[string]string{"/core": "core"}}, Spec{}, Image{})
	outcome, err := b.run(t)
	if err != nil || outcome.Boots[0].Files != nil {
		t.Errorf("files %v, error %v", outcome.Boots[0].Files, err)
	}
}

func TestAtMostTwentyFilesAreRead(t *testing.T) {
	files := map[string]string{}
	for i := range 2 * maxFiles {
		files["/core."+strings.Repeat("1", i+1)] = ""
	}
	outcome, err := app(fakeImage{life: exits(sec, 1), files: files}, Spec{}, Image{}).run(t)
	if err != nil || len(outcome.Boots[0].Files) != maxFiles {
		t.Errorf("%d files, error %v", len(outcome.Boots[0].Files), err)
	}
}

func TestThePeakOfMemoryIsAskedFor(t *testing.T) {
	outcome, err := app(fakeImage{life: serves(sec), memory: 7 << 20}, Spec{Memory: 64 << 20}, Image{}).run(t)
	if err != nil {
		t.Fatal(err)
	}
	if o := outcome.Boots[0]; o.PeakMemory != 7<<20 || o.MemoryLimit != 64<<20 {
		t.Errorf("peak %d of %d, want %d of %d", o.PeakMemory, o.MemoryLimit, 7<<20, 64<<20)
	}
}
