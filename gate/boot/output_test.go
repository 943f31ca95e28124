package boot

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/docker/docker/pkg/stdcopy"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// chunk is something that was written to one of the streams at once.
type chunk struct {
	stream stdcopy.StdType
	text   string
}

// multiplexed returns the attach stream of chunks.
func multiplexed(chunks ...chunk) []byte {
	var stream bytes.Buffer
	for _, c := range chunks {
		_, _ = stdcopy.NewStdWriter(&stream, c.stream).Write([]byte(c.text)) // a buffer takes everything
	}
	return stream.Bytes()
}

// collected is what a collector makes of a stream, read in pieces of at most size bytes.
func collected(t testing.TB, c *collector, stream []byte, size int) Output {
	t.Helper()
	if err := c.copyFrom(&pieces{stream, size}); err != nil {
		t.Fatal(err)
	}
	return c.output(masker{})
}

// pieces reads a few bytes at a time.
type pieces struct {
	data []byte
	size int
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(to[:min(len(to), p.size)], p.data)
	p.data = p.data[n:]
	return n, nil
}

func TestOutputIsTakenApartIntoLines(t *testing.T) {
	out, err := stdcopy.Stdout, stdcopy.Stderr
	for _, test := range []struct {
		name   string
		chunks []chunk
		want   []Line
	}{
		{"nothing", nil, nil},
		{"lines in one write", []chunk{{out, "a\nb\n"}}, []Line{{1, "stdout", "a"}, {2, "stdout", "b"}}},
		{"a line in several writes", []chunk{{out, "a"}, {out, "b"}, {out, "\nc\n"}}, []Line{{1, "stdout", "ab"}, {2, "stdout", "c"}}},
		{"both streams, each with lines of its own", []chunk{{out, "o"}, {err, "e"}, {out, "ut\n"}, {err, "rr\n"}}, []Line{{1, "stdout", "out"}, {2, "stderr", "err"}}},
		{"line ends of Windows", []chunk{{out, "a\r\nb\r"}, {out, "\n\r\nc\rd\r\r\n"}}, []Line{{1, "stdout", "a"}, {2, "stdout", "b"}, {3, "stdout", ""}, {4, "stdout", "c\rd\r"}}},
		{"empty lines", []chunk{{out, "\n\n"}, {err, "\n"}}, []Line{{1, "stdout", ""}, {2, "stdout", ""}, {3, "stderr", ""}}},
		{"a last line without an end", []chunk{{out, "a\nb"}}, []Line{{1, "stdout", "a"}, {2, "stdout", "b"}}},
		{"a last line on each stream", []chunk{{err, "e"}, {out, "o"}}, []Line{{1, "stdout", "o"}, {2, "stderr", "e"}}},
		{"what is no UTF-8", []chunk{{out, "a\xffb\xc3\n"}}, []Line{{1, "stdout", "a\ufffdb\ufffd"}}},
		{"a stream of type 0 counts as stdout", []chunk{{stdcopy.Stdin, "a\n"}}, []Line{{1, "stdout", "a"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := collected(t, &collector{}, multiplexed(test.chunks...), 1<<20)
			if diff := cmp.Diff(test.want, got.Head); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAStreamThatBreaksOff(t *testing.T) {
	whole := multiplexed(chunk{stdcopy.Stdout, "one\ntwo\n"})
	for _, test := range []struct {
		name   string
		stream []byte
		want   []string
		err    string
	}{
		{"within a frame", whole[:len(whole)-2], []string{"one", "tw"}, ""},
		{"within a header", append(bytes.Clone(whole), 1, 0, 0), []string{"one", "two"}, ""},
		{"with a frame that never comes", append(bytes.Clone(whole), 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff), []string{"one", "two"}, ""},
		{"with a stream that does not exist", append(bytes.Clone(whole), 7, 0, 0, 0, 0, 0, 0, 1, 'x'), []string{"one", "two"}, "the output has no stream 7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &collector{}
			err := c.copyFrom(bytes.NewReader(test.stream))
			if diff := cmp.Diff(test.want, texts(c.output(masker{}).Head)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if got := fmt.Sprint(err); got != test.err && (err != nil || test.err != "") {
				t.Errorf("the error is %q, want %q", got, test.err)
			}
		})
	}
}

// always gives every stream the same; what it keeps is rare.
func always(keep func([]byte) bool) func() func([]byte) Worth {
	return func() func([]byte) Worth {
		return func(line []byte) Worth {
			if keep(line) {
				return Rare
			}
			return Worthless
		}
	}
}

func TestCommonLinesDoNotCrowdOutRareOnes(t *testing.T) {
	worth := func() func([]byte) Worth {
		return func(line []byte) Worth {
			switch {
			case bytes.HasPrefix(line, []byte("rare")):
				return Rare
			case bytes.HasPrefix(line, []byte("common")):
				return Common
			}
			return Worthless
		}
	}
	text := strings.Repeat("plain\n", headLines) + strings.Repeat("common\n", 2*lastMarked) + "rare\n" +
		strings.Repeat("common\n", 2*lastMarked) + strings.Repeat("plain\n", tailLines)
	o := collected(t, &collector{newKeep: worth}, multiplexed(chunk{stdcopy.Stdout, text}), 1<<20)
	want := headLines + 2*lastMarked + 1
	if !slices.ContainsFunc(o.Marked, func(l Line) bool { return l.Number == want }) {
		t.Errorf("the rare line %d is not among the %d marked ones", want, len(o.Marked))
	}
	if !slices.IsSortedFunc(o.Marked, func(a, b Line) int { return a.Number - b.Number }) || len(o.Marked) != lastMarked+1 {
		t.Errorf("%d lines are marked, want %d in their order", len(o.Marked), lastMarked+1)
	}
}

func TestOnlyTheFirstAndTheLastLinesAreKept(t *testing.T) {
	for _, test := range []struct{ lines, head, dropped, tail int }{
		{0, 0, 0, 0}, {1, 1, 0, 0}, {headLines, headLines, 0, 0}, {headLines + 1, headLines, 0, 1},
		{headLines + tailLines, headLines, 0, tailLines}, {headLines + tailLines + 1, headLines, 1, tailLines}, {1000, headLines, 1000 - headLines - tailLines, tailLines},
	} {
		t.Run(fmt.Sprint(test.lines), func(t *testing.T) {
			var text strings.Builder
			for i := range test.lines {
				fmt.Fprintf(&text, "%d\n", i+1)
			}
			o := collected(t, &collector{newKeep: always(func(line []byte) bool { return bytes.HasSuffix(line, []byte("77")) })}, multiplexed(chunk{stdcopy.Stdout, text.String()}), 1<<20)
			if diff := cmp.Diff([]int{test.lines, test.head, test.dropped, test.tail}, []int{o.Lines, len(o.Head), o.Dropped, len(o.Tail)}); diff != "" {
				t.Errorf("lines, head, dropped, tail (-want +got):\n%s", diff)
			}
			checkOutput(t, o)
			if last := o.Last(2); test.lines > 1 && (len(last) != 2 || last[1].Text != fmt.Sprint(test.lines)) {
				t.Errorf("the last lines are %v", last)
			}
			if test.lines == 1000 && !slices.ContainsFunc(o.All(), func(l Line) bool { return l.Text == "577" }) {
				t.Error("a marked line is missing from all lines")
			}
		})
	}
}

// checkOutput checks what is true of every output.
func checkOutput(t fataler, o Output) {
	if o.Lines != len(o.Head)+o.Dropped+len(o.Tail) || o.Dropped < 0 {
		t.Fatalf("%d lines are not %d + %d + %d", o.Lines, len(o.Head), o.Dropped, len(o.Tail))
	}
	if len(o.Head) > headLines || len(o.Tail) > tailLines || len(o.Marked) > rareMarked+lastMarked || o.Dropped > 0 && len(o.Tail) < tailLines {
		t.Fatalf("head %d, tail %d, marked %d with %d dropped", len(o.Head), len(o.Tail), len(o.Marked), o.Dropped)
	}
	for i, l := range slices.Concat(o.Head, o.Tail) {
		want := i + 1
		if i >= len(o.Head) {
			want += o.Dropped
		}
		if l.Number != want {
			t.Fatalf("line %d has the number %d", want, l.Number)
		}
	}
	all := o.All()
	for i, l := range all {
		if !utf8.ValidString(l.Text) || len(l.Text) > maxLine+len("…") || strings.Contains(l.Text, "\n") {
			t.Fatalf("line %d is %d bytes, or holds a line end, or is not UTF-8", l.Number, len(l.Text))
		}
		if l.Stream != "stdout" && l.Stream != "stderr" {
			t.Fatalf("line %d is of stream %q", l.Number, l.Stream)
		}
		if i > 0 && l.Number <= all[i-1].Number {
			t.Fatalf("line %d comes after line %d", l.Number, all[i-1].Number)
		}
	}
}

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Fatalf(format string, args ...any)
}

// someText draws what a container may print: mostly short lines, sometimes long ones.
func someText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		line := rapid.SampledFrom([]string{"a", "needle", "\r", "x needle y", "", strings.Repeat("long ", 1000), strings.Repeat("z", window-3) + "\n" + strings.Repeat("w", window+overlap)})
		return strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "lines"), rapid.SampledFrom([]string{"\n", "\r\n", ""}).Draw(t, "end"))
	})
}

func TestHowOutputIsWrittenDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.Map(rapid.SliceOfN(someText(), 1, 6), func(s []string) string { return strings.Join(s, "\n") }).Draw(r, "text")
		stream := rapid.SampledFrom([]stdcopy.StdType{stdcopy.Stdout, stdcopy.Stderr}).Draw(r, "stream")
		ends := append(rapid.SliceOfN(rapid.IntRange(0, len(text)), 0, 50).Draw(r, "ends"), 0, len(text))
		slices.Sort(ends)
		var chunks []chunk
		for i := range ends[1:] {
			chunks = append(chunks, chunk{stream, text[ends[i]:ends[i+1]]})
		}
		read := func(data []byte, size int) (Output, int) {
			hits := 0
			c := &collector{newKeep: always(func(line []byte) bool { return bytes.HasPrefix(line, []byte("x needle")) })}
			c.match(func(line rawLine) bool { hits += bytes.Count(line.text, []byte("x needle")); return false })
			return collected(t, c, data, size), hits
		}
		want, wantHits := read(multiplexed(chunk{stream, text}), 1<<20)
		got, hits := read(multiplexed(chunks...), rapid.SampledFrom([]int{7, 100, 4096, 50_000}).Draw(r, "read size"))
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("output (-in one write +in several):\n%s", diff)
		}
		// A line that is whole in one write is matched whole; in several, its windows overlap.
		if (wantHits == 0) != (hits == 0) {
			r.Fatalf("%d matches in one write, %d in several", wantHits, hits)
		}
		if want.Bytes != int64(len(text)) {
			r.Fatalf("%d bytes, want %d", want.Bytes, len(text))
		}
		checkOutput(r, got)
	})
}

func TestAMatchAcrossWindowsIsSeen(t *testing.T) {
	for _, at := range []int{0, window - 3, window, window + 1, 2*window - overlap - 3, 3*window - 2*overlap - 3, 5 * window} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			line := strings.Repeat(".", at) + "needle" + strings.Repeat(".", 100)
			var seen []rawLine
			c := &collector{}
			c.match(func(l rawLine) bool {
				if bytes.Contains(l.text, []byte("needle")) {
					seen = append(seen, l.kept())
				}
				return len(seen) > 0
			})
			stream := multiplexed(chunk{stdcopy.Stdout, line}, chunk{stdcopy.Stderr, "other\n"}, chunk{stdcopy.Stdout, "\n"})
			collected(t, c, stream, 4096)
			if len(seen) != 1 || at > window && seen[0].number != 1 {
				t.Errorf("seen %d times: %v", len(seen), seen)
			}
			if len(c.matchers) != 0 {
				t.Error("the matcher is asked again")
			}
		})
	}
}

// endless is a stream of one line of zeros, of any length, that needs no memory.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	for i := range p[:n] {
		p[i] = '0'
	}
	e.left -= int64(n)
	return n, nil
}

func TestALineOf32MiBNeedsLittleMemory(t *testing.T) {
	const size = 32 << 20
	header := []byte{1, 0, 0, 0, size >> 24, size >> 16 & 0xff, size >> 8 & 0xff, size & 0xff}
	c := &collector{}
	if err := c.copyFrom(io.MultiReader(bytes.NewReader(header), &endless{size})); err != nil {
		t.Fatal(err)
	}
	o := c.output(masker{})
	if o.Lines != 1 || o.Bytes != size || len(o.Head[0].Text) != maxLine+len("…") {
		t.Errorf("%d lines, %d bytes, the first of %d bytes", o.Lines, o.Bytes, len(o.Head[0].Text))
	}
	if held := heldBy(c); held > 8<<10 {
		t.Errorf("%d bytes are held of one line", held)
	}
}

// heldBy returns how much text a collector holds, unused capacity included.
func heldBy(c *collector) int {
	held := 0
	for _, l := range slices.Concat(c.head, c.tail.lines, c.rare, c.common.lines) {
		held += cap(l.text)
	}
	return held
}

func TestMemoryIsBoundedWhateverIsPrinted(t *testing.T) {
	c := &collector{newKeep: always(func([]byte) bool { return true })}
	var text bytes.Buffer
	for i := range 2000 {
		text.WriteString(strings.Repeat("x", 1000+i*13%9000) + "\n")
	}
	checkOutput(t, collected(t, c, multiplexed(chunk{stdcopy.Stdout, text.String()}), 1<<20))
	if held := heldBy(c); held > 4<<20 {
		t.Errorf("%d bytes are held", held)
	}
}

func TestLongTextIsCutBetweenRunes(t *testing.T) {
	for _, test := range []struct {
		name, text string
		limit      int
		cut        bool
		want       string
	}{
		{"short text stays", "abc", 3, false, "abc"},
		{"long text is cut", "abcd", 3, false, "abc…"},
		{"text that was cut before", "abc", 3, true, "abc…"},
		{"a rune that fits stays whole", "aé", 3, false, "aé"},
		{"a rune that does not fit goes whole", "abé…", 3, false, "ab…"},
		{"a rune of four bytes", "a😀", 4, false, "a…"},
		{"what is no rune at all", "a\x80\x80\x80\x80\x80", 100, false, "a\ufffd"},
		{"nothing", "", 3, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := cutText([]byte(test.text), test.limit, test.cut); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// FuzzOutput reads any bytes as an attach stream, and again as output in frames that are split anywhere.
func FuzzOutput(f *testing.F) {
	f.Add(multiplexed(chunk{stdcopy.Stdout, "Started App in 2.1 seconds\n"}, chunk{stdcopy.Stderr, "hunter2 hunt"}), 5)
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 'x'}, 1)
	f.Add([]byte(strings.Repeat("a\r\n", 300)+"\x80hunter2"), 3)
	mask := newMasker([]string{"PASSWORD=hunter2"}, nil)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		size = 1 + max(0, size)%(64<<10)
		asStream := &collector{}
		_ = asStream.copyFrom(&pieces{data, size}) // what is wrong with it is not the question
		checkOutput(t, asStream.output(mask))

		var chunks []chunk
		for part := range slices.Chunk(data, size) {
			chunks = append(chunks, chunk{stdcopy.Stdout, string(part)})
		}
		split, whole := &collector{}, &collector{}
		collected(t, split, multiplexed(chunks...), size)
		collected(t, whole, multiplexed(chunk{stdcopy.Stdout, string(data)}), 1<<20)
		want := whole.output(mask)
		if got := split.output(mask); !reflect.DeepEqual(want, got) { // quicker than cmp, and always the same way
			t.Errorf("output (-in one write +in several):\n%s", cmp.Diff(want, got))
		}
		for _, line := range want.All() {
			if strings.Contains(line.Text, "hunter2") {
				t.Errorf("a secret is shown in line %d", line.Number)
			}
		}
	})
}

func TestLinesOfTheLevelErrorAreCountedWhetherTheyAreKeptOrNot(t *testing.T) {
	var text strings.Builder
	for range headLines + tailLines {
		text.WriteString("12:00:00 INFO at work\n12:00:00 ERROR no stock\n\tat com.acme.Shop.run(Shop.java:12)\n")
	}
	text.WriteString("[error] " + strings.Repeat(" ERROR", window))
	out := collected(t, &collector{}, multiplexed(chunk{stdcopy.Stdout, text.String()}, chunk{stdcopy.Stderr, "SEVERE: no stock\n"}), 4<<10)
	if want := headLines + tailLines + 2; out.Errors != want {
		t.Errorf("%d errors, want %d", out.Errors, want)
	}
}
