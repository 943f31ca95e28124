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
			if interesting.find([]byte(line)) == nil {
				t.Errorf("Interesting(%q) = false", line)
			}
		}
		if interesting.find([]byte(m[1:])) != nil && !containsMarker(m[1:]) {
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

// plain makes markers of texts.
func plain(texts []string) []marker {
	var all []marker
	for _, text := range texts {
		all = append(all, marker{text: text})
	}
	return all
}

func TestScannerFindsWhatAPlainSearchFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literals := rapid.SliceOfN(rapid.StringMatching(`[ab:]{3,6}`), 1, 5).Draw(t, "literals")
		text := rapid.StringMatching(`[ab:c]{0,40}`).Draw(t, "text")
		want := false
		for _, l := range literals {
			want = want || strings.Contains(text, l)
		}
		if got := newScanner(plain(literals)).find([]byte(text)) != nil; got != want {
			t.Errorf("match(%q in %q) = %v, want %v", literals, text, got, want)
		}
	})
}

func TestScannerFindsTheFirstOfALongText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literals := rapid.SliceOfN(rapid.StringMatching(`[ab:]{3,9}`), 1, 5).Draw(t, "literals")
		filler := strings.Repeat(rapid.StringMatching(`[c-f]{7,60}`).Draw(t, "filler"), 1000)
		text := filler
		for range rapid.IntRange(0, 3).Draw(t, "hits") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			text = text[:at] + rapid.SampledFrom(literals).Draw(t, "hit") + text[at:]
		}
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		want := len(text)
		for _, l := range literals {
			if i := strings.Index(text[from:], l); i >= 0 {
				want = min(want, from+i)
			}
		}
		m, got := newScanner(plain(literals)).findFrom([]byte(text), from)
		if got != want || (m == nil) != (want == len(text)) {
			t.Errorf("findFrom = %v, %d, want %d", m, got, want)
		}
	})
}

func TestInterestingAllocatesNothing(t *testing.T) {
	line := []byte(strings.Repeat(ordinary, 3))
	if n := testing.AllocsPerRun(100, func() { interesting.find(line) }); n != 0 {
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
			if interesting.find(line) != nil {
				b.Fatal("an ordinary line is interesting")
			}
		}
	}
}

// BenchmarkScanner runs over a log with nothing in it, in the blocks in which saved logs are read.
func BenchmarkScanner(b *testing.B) {
	log := bytes.Repeat([]byte(ordinary+
		"2026-01-02 03:04:05.679 DEBUG 1 --- [nio-8080-exec-1] org.hibernate.SQL : select p.id, p.name from person p where p.id=? and p.version=?\n"+
		"\tat org.springframework.beans.factory.support.ConstructorResolver.autowireConstructor(ConstructorResolver.java:245)\n"), 1000)
	log = log[:blockSize]
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		if m, _ := interesting.findFrom(log, 0); m != nil {
			b.Fatal("an ordinary line is interesting")
		}
	}
}
