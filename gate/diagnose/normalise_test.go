package diagnose

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dying is what a service prints that starts, and whose JVM then crashes.
var dying = []string{
	"2026-01-02T03:04:05.678Z  INFO 1 --- [           main] com.acme.shop.ShopApplication            : Starting ShopApplication",
	"2026-01-02T03:04:06.012Z  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http)",
	"#",
	"# A fatal error has been detected by the Java Runtime Environment:",
	"#",
	"#  SIGSEGV (0xb) at pc=0x00007f3d1c0a92f7, pid=1, tid=23",
	"#",
	"# JRE version: OpenJDK Runtime Environment (8.0_302-b08) (build )",
	"# Problematic frame:",
	"# V  [libjvm.so+0xb2a2f7]  VirtualMemoryTracker::add_reserved_region(unsigned char*, unsigned long)",
	"#",
	`Exception in thread "main" java.lang.IllegalStateException: no "luck"`,
	"\tat com.acme.Main.main(Main.java:7)",
	"Caused by: java.io.IOException: gone",
	"\t... 1 more",
}

// wrapped puts something around each of the lines.
func wrapped(wrap func(i int, line string) string) string {
	var b strings.Builder
	for i, line := range dying {
		b.WriteString(wrap(i, line) + "\n")
	}
	return b.String()
}

func dockerJSON(stream string) func(int, string) string {
	return func(i int, line string) string {
		quoted, err := json.Marshal(line + "\n")
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf(`{"log":%s,"stream":"%s","time":"2026-01-02T03:04:%02d.123456789Z"}`, quoted, stream, i)
	}
}

func TestWhatToolsPutAroundLinesIsTakenAway(t *testing.T) {
	before := func(prefix string) func(int, string) string {
		return func(i int, line string) string {
			return strings.ReplaceAll(prefix, "SS", fmt.Sprintf("%02d", i)) + line
		}
	}
	for name, wrap := range map[string]func(int, string) string{
		"nothing":                           before(""),
		"docker logs -t":                    before("2026-01-02T03:04:SS.123456789Z "),
		"kubectl --timestamps, with a zone": before("2026-01-02T03:04:SS.123456789+01:00 "),
		"docker compose":                    before("app-1  | "),
		"docker compose in colours":         before("\x1b[36mapp-1  |\x1b[0m "),
		"docker compose -t":                 before("app-1  | 2026-01-02T03:04:SS.123456789Z "),
		"kubectl --prefix":                  before("[pod/shop-7d4b9/shop] "),
		"BuildKit":                          before("#12 3.4SS "),
		"syslog":                            before("Sep 29 02:00:SS host-1 app[123]: "),
		"journald, with ISO times":          before("2026-01-02T03:04:SS+0100 host-1 dockerd[77]: "),
		"aws logs tail":                     before("2026-01-02T03:04:SS.123000+00:00 ecs/shop/0123456789abcdef0123456789abcdef "),
		"Kubernetes CRI":                    before("2026-01-02T03:04:SS.123456789Z stdout F "),
		"docker json-file":                  dockerJSON("stderr"),
		"GitHub Actions":                    before("2026-01-02T03:04:SS.1234567Z "),
		"gh run view --log":                 before("build\tRun the tests\t2026-01-02T03:04:SS.1234567Z "),
		"compose within GitHub Actions":     before("2026-01-02T03:04:SS.1234567Z app-1  | "),
		"a launcher's times":                before("[2026-01-02 03:04:SS.123] "),
		"the times of Go's log package":     before("2026/01/02 03:04:SS "),
		"this gate's own gutter":            before("    app:1SS │ "),
		"twice each":                        func(_ int, line string) string { return line + "\n" + line },
		"twice each, by compose":            func(_ int, line string) string { return "app-1 | " + line + "\napp-1 | " + line },
		"colours":                           func(_ int, line string) string { return "\x1b[31m" + line + "\x1b[0m" },
		"a title":                           func(_ int, line string) string { return "\x1b]0;title\a" + line },
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, l := range readAs(t, "log", strings.NewReader(wrapped(wrap))).Lines {
				got = append(got, l.Text)
			}
			if diff := cmp.Diff(dying, got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALogWithTheNewestLineFirstIsTurnedRound(t *testing.T) {
	for name, prefix := range map[string]string{"docker logs -t": "2026-01-02T03:04:%02d.000000000Z ", "syslog": "Jan  2 03:04:%02d host app[1]: "} {
		t.Run(name, func(t *testing.T) {
			var log string
			for i, line := range dying {
				log = fmt.Sprintf(prefix, i) + line + "\n" + log
			}
			var got []string
			lines := readAs(t, "log", strings.NewReader(log)).Lines
			for _, l := range lines {
				got = append(got, l.Text)
			}
			if diff := cmp.Diff(dying, got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
			if lines[0].Number != len(dying) {
				t.Errorf("the oldest line has number %d, want %d", lines[0].Number, len(dying))
			}
		})
	}
}

func TestOnlyWhatToolsPutThereIsTakenAway(t *testing.T) {
	for name, text := range map[string]string{
		"times of a framework": "2026-01-02T03:04:05.678Z  INFO 1 --- [main] a.B : one\n2026-01-02T03:04:05.679Z  WARN 1 --- [main] a.B : two\n2026-01-02T03:04:05.680Z ERROR 1 --- [main] a.B : three",
		"a table":              "starting\nid | name\n--- | ---\n1 | one\n2 | two\n3 | three\ndone\nmore\nand more",
		"JSON of the program":  `{"log":"x","level":"info"}` + "\n" + `{"log":"y","level":"info"}` + "\n" + `{"message":"z"}`,
		"lines in brackets":    "[main] one\n[main] two\n[main] three",
		"one line of another":  "starting\nfluentd | # comment\nok",
		"headings":             "#12 ways to fail\nis a book\n#13 of them are good",
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, l := range readAs(t, "log", strings.NewReader(text+"\n")).Lines {
				got = append(got, l.Text)
			}
			if diff := cmp.Diff(strings.Split(text, "\n"), got); diff != "" {
				t.Errorf("texts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheFramesOfAnEndlessRecursionAreNotTakenForDoubledLines(t *testing.T) {
	log := "Exception in thread \"main\" java.lang.StackOverflowError\n" + strings.Repeat("\tat com.acme.Tree.walk(Tree.java:12)\n", 100)
	d, err := Read(t.Context(), strings.NewReader(log), Options{Name: "log"})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Lines) != 101 {
		t.Errorf("%d of 101 lines are left", len(d.Lines))
	}
}

func TestTheEndOfAPrefixedRunInsideAnotherLogIsFound(t *testing.T) {
	var log strings.Builder
	for i := range 30 {
		fmt.Fprintf(&log, "step %d of the build is done\n", i)
	}
	log.WriteString(wrapped(func(_ int, line string) string { return "app-1  | " + line }))
	lines := readAs(t, "log", strings.NewReader(log.String())).Lines
	var got []string
	for _, l := range lines[30:] {
		got = append(got, l.Text)
	}
	if diff := cmp.Diff(dying, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestLinesThatWereKeptInPartsAreJoined(t *testing.T) {
	d := readAs(t, "log", strings.NewReader(
		`{"log":"java.lang.Out","stream":"stderr","time":"2026-01-02T03:04:05.1Z"}`+"\n"+
			`{"log":"other\n","stream":"stdout","time":"2026-01-02T03:04:05.2Z"}`+"\n"+
			`{"log":"OfMemoryError\n","stream":"stderr","time":"2026-01-02T03:04:05.3Z"}`+"\n"))
	want := []Line{{Number: 1, Stream: "stderr", Text: "java.lang.OutOfMemoryError"}, {Number: 2, Stream: "stdout", Text: "other", Follows: true}}
	if diff := cmp.Diff(want, d.Lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestServicesOfAMixedLogAreJudgedApart(t *testing.T) {
	var log strings.Builder
	log.WriteString("Attaching to app-1, db-1, job-1\n")
	log.WriteString("job-1  | /job: error while loading shared libraries: libbar.so.1: cannot open shared object file: No such file or directory\n")
	for i := range 10 {
		fmt.Fprintf(&log, "db-1   | 2026-01-02 03:04:%02d.000 UTC [1] LOG:  checkpoint starting\n", i)
	}
	log.WriteString("app-1  | " + missingLibrary + "\n")
	for range 30 {
		log.WriteString("db-1   | ready\n")
	}
	log.WriteString("app-1 exited with code 127\njob-1 exited with code 0\n")
	findings := Diagnose(readAs(t, "log", strings.NewReader(log.String())))
	want := []string{`link-error: The shared library "libfoo.so.1", which "/app" needs, is missing.`}
	if diff := cmp.Diff(want, told(findings)); diff != "" {
		t.Fatalf("findings (-want +got):\n%s", diff)
	}
	if e := findings[0].Evidence[0]; e.Source != "app-1" || e.Line != 13 {
		t.Errorf("the evidence is from %s:%d, want app-1:13", e.Source, e.Line)
	}
}
