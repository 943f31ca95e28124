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

// report is how an error report of a JVM begins.
const report = "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"

// savedReport prints what a JVM does when it has written its error report, and dies of a signal.
func savedReport(lines ...string) func(*process) int {
	return func(p *process) int {
		for _, line := range lines {
			p.say(line)
		}
		return 139
	}
}

func TestErrorReportsAreFoundWhereTheJVMSaysTheyAre(t *testing.T) {
	const saved = "# An error report file with more information is saved as:"
	for _, test := range []struct {
		name  string
		lines []string
		files map[string]string
		want  []string
	}{
		{"a name of its own", []string{saved, "# /var/log/x_7.txt"}, map[string]string{"/var/log/x_7.txt": report}, []string{"/var/log/x_7.txt"}},
		{"the root as its work directory", []string{saved, "# //hs_err_pid1.log"}, map[string]string{"/hs_err_pid1.log": report}, []string{"/hs_err_pid1.log"}},
		{"a path that is not absolute", []string{saved, "# x.txt"}, map[string]string{"/x.txt": report}, []string{"/x.txt"}},
		{"a name with a space", []string{saved, "# /logs/my app.txt"}, map[string]string{"/logs/my app.txt": report}, []string{"/logs/my app.txt"}},
		{"time stamps in front", []string{"2026-03-01T10:00:00Z " + saved, "2026-03-01T10:00:00Z # /a/x.txt"}, map[string]string{"/a/x.txt": report}, []string{"/a/x.txt"}},
		{"another thread's words in between", []string{saved, "[thread 12 also had an error]", "# /a/x.txt"}, map[string]string{"/a/x.txt": report}, []string{"/a/x.txt"}},
		{"a lost mark", []string{saved[2:], "/a/x.txt"}, map[string]string{"/a/x.txt": report}, []string{"/a/x.txt"}},
		{"two JVMs", []string{saved, "# /a/x.txt", saved, "# /b/y.txt"}, map[string]string{"/a/x.txt": report, "/b/y.txt": report}, []string{"/a/x.txt", "/b/y.txt"}},
		{"a refusal of memory", []string{saved, "# /a/x.txt"}, map[string]string{"/a/x.txt": "# There is insufficient memory for the Java Runtime Environment to continue.\n"}, []string{"/a/x.txt"}},
		{"a file that is none", []string{saved, "# /etc/passwd"}, map[string]string{"/etc/passwd": "root"}, nil},
		{"a directory", []string{saved, "# /a/x.txt"}, map[string]string{"/a/x.txt": aDirectory}, nil},
		{"a device", []string{saved, "# /dev/stdout"}, map[string]string{"/dev/stdout": report}, nil},
		{"nothing there", []string{saved, "# /a/x.txt"}, nil, nil},
		{"no path", []string{saved, "# one two", "#"}, nil, nil},
		{"nothing more", []string{saved}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(fakeImage{life: savedReport(test.lines...), hidden: test.files}, Spec{}, Image{}).run(t)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range outcome.Boots[0].Files {
				got = append(got, f.Path)
				if f.Kind != "hs_err" || f.Content == "" {
					t.Errorf("file %+v", f)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnErrorReportIsReadOnce(t *testing.T) {
	files := map[string]string{"/app/hs_err_pid1.log": report}
	life := savedReport("# An error report file with more information is saved as:", "# /app/hs_err_pid1.log")
	outcome, err := app(fakeImage{life: life, files: files}, Spec{}, Image{}).run(t)
	if err != nil || len(outcome.Boots[0].Files) != 1 {
		t.Errorf("files %v, error %v", outcome.Boots[0].Files, err)
	}
}
