package report

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"bootgate/gate"
	"bootgate/gate/builder"
	"bootgate/gate/finding"
)

func diffSide(name, digit string) gate.DiffSide {
	return gate.DiffSide{Name: name, Identity: gate.Identity{
		Ref: "ghcr.io/acme/" + name, Source: "registry", Digest: "sha256:" + strings.Repeat(digit, 64), ImageID: "sha256:" + strings.Repeat("e", 64), Platform: "linux/amd64",
	}}
}

// differences are the comparisons of the golden files, by file name.
func differences() map[string]gate.Difference {
	between := func(c builder.Changes) gate.Difference {
		return gate.Difference{Verdict: finding.Pass, Old: diffSide("ndw-etl:1", "1"), New: diffSide("ndw-etl:2", "2"), Changes: c}
	}
	incident := between(builder.Changes{
		Application: builder.Same, Builder: builder.Different, Apps: true,
		List: []builder.Change{
			{Part: builder.PartBuildpack, Name: "paketo-buildpacks/bellsoft-liberica", How: builder.Up, Old: "8.6.0", New: "8.7.0"},
			{Part: builder.PartBuildpack, Name: "paketo-buildpacks/java", How: builder.Up, Old: "5.15.0", New: "5.16.0"},
		},
		Sizes: []builder.SizeChange{
			{Group: builder.GroupApplication, Old: 10 << 20, New: 10 << 20, Layers: builder.Same},
			{Group: builder.GroupBuildpacks, Old: 53 << 20, New: 53<<20 + 200<<10, Layers: builder.Different, Which: []string{"paketo-buildpacks/bellsoft-liberica helper"}},
			{Group: builder.GroupRunImage, Old: 21 << 20, New: 21 << 20, Layers: builder.Same},
			{Group: builder.GroupImage, Old: 84 << 20, New: 84<<20 + 200<<10, Layers: builder.Different},
		},
	})
	much := between(builder.Changes{
		Application: builder.Different, Builder: builder.Different, Apps: true, More: 1234,
		List: []builder.Change{
			{Part: builder.PartJVM, Name: "BellSoft Liberica JRE", How: builder.Down, Old: "17.0.9", New: "11.0.12", Major: true},
			{Part: builder.PartLauncher, How: builder.Up, Old: "0.20.11", New: "0.21.0"},
			{Part: builder.PartBuildpack, Name: "acme/own", How: builder.Added, New: "1.0.0"},
			{Part: builder.PartBuildpack, Name: "paketo-buildpacks/ca-certificates", How: builder.Removed, Old: "2.4.0"},
			{Part: builder.PartRunImage, How: builder.Changed, Old: "docker.io/acme/run:base@sha256:" + strings.Repeat("a", 64), New: "docker.io/acme/run:base@sha256:" + strings.Repeat("b", 64)},
			{Part: builder.PartJVMFlag, Name: "-Xss", Where: "JAVA_TOOL_OPTIONS", How: builder.Changed, Old: "-Xss1m", New: "-Xss512k"},
			{Part: builder.PartJVMFlag, Name: "-Dkey", Where: "JAVA_TOOL_OPTIONS", How: builder.Changed, Old: builder.Hidden, New: builder.Hidden},
			{Part: builder.PartEnvironment, Name: "DB_PASSWORD", How: builder.Changed, Old: builder.Hidden, New: builder.Hidden},
			{Part: builder.PartEnvironment, Name: "MODE", How: builder.Changed, Old: "fast"},
			{Part: builder.PartPort, Name: "8443/tcp", How: builder.Added},
			{Part: builder.PartLabel, Name: "note", How: builder.Changed, Old: "a | b `c` <b>", New: "\x1b[31mred ##[error]\n::error::x @someone"},
		},
		Sizes: []builder.SizeChange{{Group: builder.GroupOther, Old: -1, New: 5 << 20, Layers: builder.Different}, {Group: builder.GroupImage, Old: 9 << 20, New: 5 << 20, Layers: builder.Unknown}},
	})
	much.Old.Problems = []builder.Problem{{Label: "io.buildpacks.build.metadata", Text: "is 5.2 MB long; at most 2 MiB are read"}}
	much.New.ChildDigest = "sha256:" + strings.Repeat("3", 64)
	gone := between(builder.Changes{})
	gone.Verdict = finding.Inconclusive
	gone.Old.Findings = []finding.Finding{finding.New("image-not-found", `image "ndw-etl:1": not found in registry ghcr.io`)}
	gone.New.Findings = []finding.Finding{finding.New("host-registry", `image "ndw-etl:2": registry ghcr.io: connection refused`)}
	asked := between(incident.Changes)
	asked.Verdict = finding.Fail
	same := between(builder.Changes{Application: builder.Same, Sizes: []builder.SizeChange{{Group: builder.GroupImage, Old: 9 << 20, New: 9 << 20, Layers: builder.Same}}})
	same.New.Digest = same.Old.Digest
	builders := between(builder.Changes{
		Application: builder.Unknown, Builders: true,
		List: []builder.Change{
			{Part: builder.PartLifecycle, How: builder.Up, Old: "0.20.11", New: "0.21.0"},
			{Part: builder.PartOrder, Name: "groups", How: builder.Changed, Old: "a, b", New: "b, a"},
			{Part: builder.PartAPI, Name: "platform 0.3", How: builder.Changed, Old: "supported", New: "deprecated"},
		},
	})
	return map[string]gate.Difference{"incident": incident, "much": much, "gone": gone, "alike": asked, "same": same, "builders": builders}
}

func diff(t testing.TB, format string, d gate.Difference, opt Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDiff(format, &b, d, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenDifferences(t *testing.T) {
	forms := map[string]func(*testing.T, gate.Difference) []byte{
		"txt": func(t *testing.T, d gate.Difference) []byte { return diff(t, FormatText, d, Options{}) },
		"color.txt": func(t *testing.T, d gate.Difference) []byte {
			return diff(t, FormatText, d, Options{Text: TextOptions{Color: true, Width: 80}})
		},
		"json": func(t *testing.T, d gate.Difference) []byte { return diff(t, FormatJSON, d, Options{}) },
		"md":   func(t *testing.T, d gate.Difference) []byte { return diff(t, FormatMarkdown, d, Options{}) },
		"github": func(t *testing.T, d gate.Difference) []byte {
			step := newStep(t)
			log := diff(t, FormatGitHub, d, Options{Env: step.env, Random: step, ReportPath: "diff.json"})
			return append(log, []byte("=== GITHUB_OUTPUT\n"+step.output(t)+"=== GITHUB_STEP_SUMMARY\n"+step.summary(t))...)
		},
	}
	for sample, d := range differences() {
		for form, write := range forms {
			if strings.Contains(form, ".") && sample != "much" || form == "github" && sample != "incident" && sample != "gone" {
				continue
			}
			t.Run(sample+" as "+form, func(t *testing.T) { golden(t, "diff-"+sample+"."+form, write(t, d)) })
		}
	}
}

func TestEveryJSONFieldOfADifferenceIsShown(t *testing.T) {
	shown := make(map[string]bool)
	for _, d := range differences() {
		walkFields(reflect.ValueOf(wireDiff(d)), shown)
	}
	for _, field := range []string{"jsonDiff.", "jsonDiffSide.", "jsonProblem.", "jsonChanges.", "jsonChange.", "jsonSize."} {
		for key, ok := range shown {
			if strings.HasPrefix(key, field) && !ok {
				t.Errorf("no sample has a value for %s", key)
			}
		}
	}
}

func TestTheReasonOfADifferenceIsOneLine(t *testing.T) {
	for sample, want := range map[string]string{
		"incident": "different: same application, different builder: paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0, paketo-buildpacks/java 5.15.0 → 5.16.0",
		"alike":    "fail: same application, different builder: paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0, paketo-buildpacks/java 5.15.0 → 5.16.0",
		"same":     "same: no difference",
		"builders": "different: different builder: lifecycle 0.20.11 → 0.21.0, order of groups a, b → b, a, platform 0.3 API supported → deprecated",
		"gone":     "inconclusive: 1 of 2 images: ndw-etl:2 (host-registry)",
	} {
		t.Run(sample, func(t *testing.T) {
			if got := DiffReason(differences()[sample]); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestALongDifferenceStaysUnderTheLimit(t *testing.T) {
	d := differences()["much"]
	for range 2000 {
		d.Changes.List = append(d.Changes.List, d.Changes.List[10])
		d.New.Problems = append(d.New.Problems, d.Old.Problems[0])
	}
	for _, limit := range []int{SummaryLimit, 65_536, 2000, 1} {
		got := diffMarkdown(d, limit)
		if len(got) > limit {
			t.Errorf("%d bytes, limit %d", len(got), limit)
		}
		if len(got) > 0 && !bytes.Contains(got, []byte(" in the JSON report._\n")) {
			t.Errorf("does not say what was left out: %q", got)
		}
	}
}

func TestAnUnknownFormatOfADifferenceIsRefused(t *testing.T) {
	var unknown *UnknownFormatError
	if err := WriteDiff("xml", &bytes.Buffer{}, gate.Difference{}, Options{}); !errors.As(err, &unknown) {
		t.Errorf("got error %v", err)
	}
}
