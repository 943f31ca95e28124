package demo

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
)

func TestJVMRunsInAnEmptyImage(t *testing.T) {
	engine := dockerEngine(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	for _, home := range jdks(t) {
		t.Run(filepath.Base(home), func(t *testing.T) {
			files, err := JVM(t.Context(), home, []string{"java.base"})
			if err != nil {
				t.Fatal(err)
			}
			ref := loaded(t, engine, "jvm", files)
			got := ran(t, engine, container.Config{Image: ref, Entrypoint: []string{JavaRoot + "/bin/java", "--list-modules"}}, container.HostConfig{}, "")
			if got.code != 0 || !strings.HasPrefix(got.output, "java.base@") || strings.Count(got.output, "\n") != 1 {
				t.Errorf("java --list-modules ended with %d and printed %q, want java.base alone", got.code, got.output)
			}
		})
	}
}

func TestJVMSaysWhatJlinkSaid(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, err := JVM(t.Context(), jdks(t)[0], []string{"no.such.module"})
	if err == nil || !strings.Contains(err.Error(), "no.such.module not found") {
		t.Errorf("got error %v, want jlink's own words", err)
	}
}
