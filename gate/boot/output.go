package boot

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/docker/docker/pkg/stdcopy"
)

// Bounds on what is kept of a container's output. Together they bound the memory a container can make the gate use to
// about 2 MiB, whatever it prints.
const (
	headLines   = 50
	tailLines   = 150
	markedLines = 100
	// maxLine is how much of one line is kept, in bytes.
	maxLine = 4 << 10
	// maxSecret is how much longer than maxLine a line is held until it is masked, so that no secret is cut in half
	// and shows its first half.
	maxSecret = 512
	// window is how much of an endless line is matched at a time, and overlap how much of it is matched again with
	// what follows, so that a match across two windows is not missed.
	window  = 64 << 10
	overlap = 4 << 10
)

// matcher is told of every line; it reports whether it has seen what it was waiting for and need not be asked again.
type matcher func(stream string, number int, line []byte) (done bool)

// collector takes the multiplexed output of a container apart into lines, keeps the first, the last and the marked
// ones, and shows each line to its matchers. It never holds more than its bounds.
type collector struct {
	mu       sync.Mutex
	matchers []matcher
	keep     func([]byte) bool // may be nil
	lines    int
	bytes    int64
	head     []rawLine
	tail     ring
	marked   []rawLine
}

// rawLine is a line before masking: at most maxLine+maxSecret bytes of it.
type rawLine struct {
	number int
	stream string
	text   []byte
	cut    bool
}

// ring holds the last lines, reusing their memory.
type ring struct {
	lines []rawLine
	next  int
}

func (r *ring) add(line rawLine) {
	if len(r.lines) < tailLines {
		line.text = bytes.Clone(line.text)
		r.lines = append(r.lines, line)
		return
	}
	slot := &r.lines[r.next]
	line.text = append(slot.text[:0], line.text...)
	*slot = line
	r.next = (r.next + 1) % tailLines
}

// ordered returns the lines from the oldest to the newest.
func (r *ring) ordered() []rawLine {
	return append(append([]rawLine(nil), r.lines[r.next:]...), r.lines[:r.next]...)
}

// match adds a matcher. It sees the lines that arrive from now on.
func (c *collector) match(m matcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.matchers = append(c.matchers, m)
}

// copyFrom reads an attach stream to its end.
func (c *collector) copyFrom(r io.Reader) error {
	stdout, stderr := &lineWriter{c: c, stream: "stdout"}, &lineWriter{c: c, stream: "stderr"}
	_, err := stdcopy.StdCopy(stdout, stderr, r)
	stdout.flush()
	stderr.flush()
	return err
}

// add takes one line, or the first part of one that is cut.
func (c *collector) add(stream string, text []byte, cut bool) {
	c.lines++
	c.ask(stream, text)
	line := rawLine{number: c.lines, stream: stream, text: text, cut: cut}
	if limit := maxLine + maxSecret; len(text) > limit {
		line.text, line.cut = text[:limit], true
	}
	if c.keep != nil && len(c.marked) < markedLines && c.keep(text) {
		kept := line
		kept.text = bytes.Clone(line.text)
		c.marked = append(c.marked, kept)
	}
	if len(c.head) < headLines {
		line.text = bytes.Clone(line.text)
		c.head = append(c.head, line)
		return
	}
	c.tail.add(line)
}

// ask shows a line, or a window of one, to the matchers and drops those that are done.
func (c *collector) ask(stream string, text []byte) {
	left := c.matchers[:0]
	for _, m := range c.matchers {
		if !m(stream, c.lines, text) {
			left = append(left, m)
		}
	}
	clear(c.matchers[len(left):])
	c.matchers = left
}

// output returns what was kept, with the secrets masked.
func (c *collector) output(mask masker) Output {
	c.mu.Lock()
	defer c.mu.Unlock()
	tail := c.tail.ordered()
	return Output{
		Lines: c.lines, Bytes: c.bytes,
		Head: mask.lines(c.head), Tail: mask.lines(tail), Marked: mask.lines(c.marked),
		Dropped: c.lines - len(c.head) - len(tail),
	}
}

// lineWriter cuts one stream into lines. A line end is "\n" or "\r\n".
type lineWriter struct {
	c      *collector
	stream string
	part   []byte // the beginning of a line whose end has not come yet
	long   bool   // part is a window of a line that was added already
}

// Write takes the next bytes of the stream. It keeps no reference to them.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.c.bytes += int64(len(p))
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			w.hold(rest)
			break
		}
		line := rest[:end]
		rest = rest[end+1:]
		if len(w.part) == 0 && !w.long {
			w.c.add(w.stream, bytes.TrimSuffix(line, cr), false)
			continue
		}
		w.hold(line)
		w.end()
	}
	return len(p), nil
}

var cr = []byte("\r")

// hold adds to the line in the making. What exceeds a window is matched and let go.
func (w *lineWriter) hold(p []byte) {
	for len(p) > 0 {
		n := min(len(p), window-len(w.part))
		w.part = append(w.part, p[:n]...)
		p = p[n:]
		if len(w.part) < window {
			return
		}
		if w.long {
			w.c.ask(w.stream, w.part)
		} else {
			w.c.add(w.stream, w.part, true)
			w.long = true
		}
		w.part = append(w.part[:0], w.part[window-overlap:]...)
	}
}

// end closes the line in the making.
func (w *lineWriter) end() {
	if w.long {
		w.c.ask(w.stream, w.part)
	} else {
		w.c.add(w.stream, bytes.TrimSuffix(w.part, cr), false)
	}
	w.part, w.long = w.part[:0], false
}

// flush ends a last line that has no line end.
func (w *lineWriter) flush() {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if len(w.part) > 0 || w.long {
		w.end()
	}
}

// lastLines returns up to n of the last lines of o, in order.
func (o Output) lastLines(n int) []Line {
	all := append(append([]Line(nil), o.Head...), o.Tail...)
	if o.Dropped > 0 {
		all = o.Tail
	}
	return all[max(0, len(all)-n):]
}

// All returns every line that was kept, once each, by ascending number.
func (o Output) All() []Line {
	byNumber := map[int]Line{}
	for _, lines := range [][]Line{o.Head, o.Marked, o.Tail} {
		for _, line := range lines {
			byNumber[line.Number] = line
		}
	}
	all := make([]Line, 0, len(byNumber))
	for _, number := range slices.Sorted(maps.Keys(byNumber)) {
		all = append(all, byNumber[number])
	}
	return all
}

// cutText shortens text to at most limit bytes at a rune's boundary and marks that it did.
func cutText(text []byte, limit int, cut bool) string {
	if len(text) > limit {
		text, cut = text[:limit], true
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if n := len(text); n > 0 && text[n-1] >= utf8.RuneSelf {
			text = text[:n-1]
		}
	}
	if cut {
		return string(text) + "…"
	}
	return string(text)
}
