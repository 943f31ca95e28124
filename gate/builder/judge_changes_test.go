package builder

import (
	"strings"
	"testing"

	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

func TestWhatChangedSinceTheBaselineIsANote(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Side)
		want   []string
	}{
		{"nothing", func(*Side) {}, nil},
		{"a setting", func(s *Side) { s.User = "root" }, nil},
		{"buildpacks and launcher", func(s *Side) {
			s.Origin.App.Buildpacks[1].Version, s.Origin.App.Buildpacks[2].Version, s.Origin.App.Launcher.Version = "8.7.0", "5.16.0", "0.12.0"
		}, []string{
			"note builder-changed: Built with another builder than the baseline: launcher 0.11.3 → 0.12.0, paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0 and 1 more; the application layers are identical.",
			"  launcher: launcher 0.11.3 → 0.12.0", "  buildpack: paketo-buildpacks/bellsoft-liberica 8.6.0 → 8.7.0", "  buildpack: paketo-buildpacks/java 5.15.0 → 5.16.0",
		}},
		{"the application as well", func(s *Side) {
			s.Origin.App.Buildpacks[2].Version, s.Origin.Layers[4].DiffID = "5.16.0", "sha256:other"
		}, []string{"note builder-changed: Built with another builder than the baseline: paketo-buildpacks/java 5.15.0 → 5.16.0; the application changed, too."}},
		{"an update of Java", func(s *Side) { s.Origin.JVM.Version = "8.0.312" }, []string{"note jvm-changed: Java is newer than the baseline's: BellSoft Liberica JRE 8.0.302 → 8.0.312."}},
		{"a release of Java", func(s *Side) { s.Origin.JVM.Version = "11.0.12" }, []string{"warning jvm-changed: Java is of another release than the baseline's: BellSoft Liberica JRE 8.0.302 → 11.0.12."}},
		{"an older Java", func(s *Side) { s.Origin.JVM.Version = "8u292" }, []string{"warning jvm-changed: Java is older than the baseline's: BellSoft Liberica JRE 8.0.302 → 8u292."}},
		{"no Java", func(s *Side) { s.Origin.JVM = nil }, []string{"warning jvm-changed: There is no Java any more: the baseline has BellSoft Liberica JRE 8.0.302."}},
		{"another vendor", func(s *Side) { s.Origin.JVM.Name = "Zulu" }, []string{"note jvm-changed: Java is another one than the baseline's: BellSoft Liberica JRE 8.0.302 → Zulu 8.0.302."}},
		{"an option", func(s *Side) { s.Env = append(s.Env, "JAVA_TOOL_OPTIONS=-XX:NativeMemoryTracking=summary") }, []string{
			"note jvm-changed: The options of the JVM are others than the baseline's: -XX:NativeMemoryTracking=summary added to JAVA_TOOL_OPTIONS."}},
		{"the run image", func(s *Side) { s.Origin.App.RunImage.Digest = "sha256:" + strings.Repeat("b", 64) }, []string{
			"note run-image-changed: Stands on something else than the baseline: run image index.docker.io/paketobuildpacks/run:base-cnb sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, new := incident("5.15.0", "8.6.0", "8.0.302"), incident("5.15.0", "8.6.0", "8.0.302")
			test.change(&new)
			found := JudgeChanges(Compare(old, new))
			var lines []string
			for _, f := range found {
				lines = append(lines, string(f.Severity)+" "+f.Rule+": "+f.Message)
				for _, e := range f.Evidence {
					lines = append(lines, "  "+e.Source+": "+e.Text)
				}
			}
			if diff := cmp.Diff(test.want, lines); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if verdict := finding.Of(found); verdict != finding.Pass {
				t.Errorf("verdict %s: a note never decides", verdict)
			}
		})
	}
}
