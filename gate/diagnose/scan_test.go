package diagnose

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestEveryMarkerMakesALineInteresting(t *testing.T) {
	for _, m := range Markers() {
		for _, line := range []string{m, "x" + m, m + "x", "2024-01-02T03:04:05Z app: " + m + " and more"} {
			if !Interesting([]byte(line)) {
				t.Errorf("Interesting(%q) = false", line)
			}
		}
		if Interesting([]byte(m[1:])) && !containsMarker(m[1:]) {
			t.Errorf("Interesting(%q) = true", m[1:])
		}
	}
}

func containsMarker(line string) bool {
	for _, m := range Markers() {
		if strings.Contains(line, m) {
			return true
		}
	}
	return false
}

func TestScannerFindsWhatAPlainSearchFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literals := rapid.SliceOfN(rapid.StringMatching(`[ab:]{2,6}`), 1, 5).Draw(t, "literals")
		text := rapid.StringMatching(`[ab:c]{0,40}`).Draw(t, "text")
		want := false
		for _, l := range literals {
			want = want || strings.Contains(text, l)
		}
		if got := newScanner(literals).match([]byte(text)); got != want {
			t.Errorf("match(%q in %q) = %v, want %v", literals, text, got, want)
		}
	})
}

func TestInterestingAllocatesNothing(t *testing.T) {
	line := []byte(strings.Repeat(ordinary, 3))
	if n := testing.AllocsPerRun(100, func() { Interesting(line) }); n != 0 {
		t.Errorf("Interesting allocates %v times per line", n)
	}
}

const ordinary = "2026-01-02 03:04:05.678  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port(s): 8080 (http) with context path ''\n"

func BenchmarkInteresting(b *testing.B) {
	log := bytes.Repeat([]byte(ordinary+
		"2026-01-02 03:04:05.679 DEBUG 1 --- [nio-8080-exec-1] org.hibernate.SQL : select p.id, p.name from person p where p.id=? and p.version=?\n"+
		"\tat org.springframework.beans.factory.support.ConstructorResolver.autowireConstructor(ConstructorResolver.java:245)\n"), 1000)
	lines := bytes.SplitAfter(log, []byte("\n"))
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		for _, line := range lines {
			if Interesting(line) {
				b.Fatal("an ordinary line is interesting")
			}
		}
	}
}
