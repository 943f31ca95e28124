package diagnose

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// pieces returns a reader that returns as much at a time as a sequence of random numbers says.
func pieces(text string, seed uint64) io.Reader {
	return &piecewise{in: strings.NewReader(text), random: rand.New(rand.NewPCG(seed, 0))}
}

type piecewise struct {
	in     io.Reader
	random *rand.Rand
}

func (p *piecewise) Read(b []byte) (int, error) {
	return p.in.Read(b[:min(len(b), 1+p.random.IntN(50))])
}

// logLines draws the lines of a log, of which some have a marker, belong to a trace, or are of one of several services.
func logLines(t *rapid.T) []string {
	line := rapid.Custom(func(t *rapid.T) string {
		prefix := rapid.SampledFrom([]string{"", "", "a-1 | ", "b-1 | ", "[pod/x/y] "}).Draw(t, "prefix")
		text := rapid.SampledFrom([]string{
			"", "x", "INFO working", "java.lang.UnsatisfiedLinkError: no x in java.library.path", "\tat a.B.c(B.java:7)", "Caused by: a.B", "symbol lookup error",
			"# A fatal error has been detected by the Java Runtime Environment:", strings.Repeat("long ", 20),
		}).Draw(t, "text")
		return prefix + text
	})
	return rapid.SliceOfN(line, 0, 200).Draw(t, "lines")
}

// TestBlocksAreReadLikeLines compares the scan of blocks with what looking at every line would keep.
func TestBlocksAreReadLikeLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := logLines(t)
		text := strings.Join(all, rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end"))
		if n := len(all); n > 0 && all[n-1] == "" {
			all = all[:n-1] // nothing after the last line end is no line
		}
		k := newKept(rapid.IntRange(150, 2000).Draw(t, "block"))
		if err := k.readFrom(pieces(text, rapid.Uint64().Draw(t, "pieces"))); err != io.EOF && err != nil {
			t.Fatal(err)
		}
		var want []Line
		var near nearby
		for i, line := range all {
			if near.keep([]byte(line)) {
				want = append(want, Line{Number: i + 1, Text: line})
			}
		}
		marked := slices.SortedFunc(slices.Values(slices.Concat(k.marked, k.remarked.lines)), func(a, b Line) int { return a.Number - b.Number })
		if diff := cmp.Diff(want, marked); diff != "" {
			t.Errorf("marked lines (-want +got):\n%s", diff)
		}
		total := len(all)
		if k.total() != total {
			t.Errorf("%d lines, want %d", k.total(), total)
		}
		kept := k.lines("log")
		for _, l := range kept {
			if l.Number < 1 || l.Number > total || l.Text != all[l.Number-1] {
				t.Errorf("line %d is %q", l.Number, l.Text)
			}
		}
		if total > 0 && (kept[0].Number != 1 || kept[len(kept)-1].Number != total) {
			t.Errorf("the first or the last line is missing: %d to %d", kept[0].Number, kept[len(kept)-1].Number)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("starting\n"+missingLibrary+"\n"), uint64(1))
	f.Add([]byte("app-1  | # A fatal error has been detected by the Java Runtime Environment:\napp-1  | #\n"), uint64(2))
	f.Add([]byte(wrapped(dockerJSON("stderr"))), uint64(3))
	f.Add([]byte(wrapped(func(_ int, line string) string { return "2026-01-02T03:04:05.123456789Z stdout P " + line })), uint64(4))
	f.Add([]byte(wrapped(func(_ int, line string) string { return "\x1b[36mapp-1 |\x1b[0m " + line + "\n" + line })), uint64(5))
	f.Add([]byte("\xff\xfea\x00\n\x00"), uint64(6))
	f.Add([]byte(zipped(f, "one\ntwo\n")), uint64(7))
	f.Add([]byte("Jan  2 03:04:05 host app[1]: x\n\n#12 3.4 x\n[pod/a/b] x\n"), uint64(8))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		whole, err := Read(t.Context(), bytes.NewReader(data), Options{Name: "log"})
		again, errAgain := Read(t.Context(), pieces(string(data), seed), Options{Name: "log"})
		if diff := cmp.Diff(whole, again, cmp.AllowUnexported(Death{})); diff != "" || (err == nil) != (errAgain == nil) {
			t.Errorf("errors %v and %v; what was read (-whole +piecewise):\n%s", err, errAgain, diff)
		}
		if len(data) > 0 && data[0] == gzipMagic[0] {
			return // a few bytes may stand for many
		}
		size := 0
		for _, l := range whole.Lines {
			size += len(l.Text)
			if strings.Contains(l.Text, "\n") {
				t.Errorf("line %d holds a line end: %q", l.Number, l.Text)
			}
		}
		if size > 3*len(data) { // what is not UTF-8 becomes U+FFFD within JSON
			t.Errorf("%d bytes became %d", len(data), size)
		}
		for _, f := range Diagnose(whole) {
			if f.Message == "" || f.Remedy == "" || len(f.Evidence) == 0 {
				t.Errorf("incomplete finding %+v", f)
			}
		}
	})
}

func TestAMarkerThatIsEverywhereDoesNotCrowdOutOthers(t *testing.T) {
	common := strings.Repeat(strings.Repeat("INFO working\n", 20)+"Caused by: a.B: gone\n", 20_000)
	lines := readAs(t, "log", strings.NewReader(common+missingLibrary+"\n"+common)).Lines
	if !slices.ContainsFunc(lines, func(l Line) bool { return l.Text == missingLibrary && l.Number == 20_000*21+1 }) {
		t.Error("the line in the middle is gone")
	}
}
