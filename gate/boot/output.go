package boot

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"bootgate/gate/loglevel"

	"github.com/docker/docker/pkg/stdcopy"
)

// Bounds on what is kept of a container's output. Together they bound the memory a container can make the gate use to
// about 4 MiB, whatever it prints.
const (
	headLines = 50
	tailLines = 150
	// rareMarked is how many of the lines that are Rare are kept, and lastMarked how many of the others, the last ones.
	rareMarked = 300
	lastMarked = 300
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

// matcher is told of every line, and of an endless one in windows; it must not keep its text. It reports whether it has
// seen what it was waiting for and need not be asked again.
type matcher func(line rawLine) (done bool)

// collector takes the multiplexed output of a container apart into lines, keeps the first, the last and the marked
// ones, and shows each line to its matchers. It never holds more than its bounds.
type collector struct {
	mu       sync.Mutex
	matchers []matcher
	newKeep  func() func([]byte) Worth // one for each stream; may be nil
	lines    int
	errors   int
	bytes    int64
	head     []rawLine
	tail     ring
	rare     []rawLine
	common   ring // the last ones
}

// Worth says how much it is worth to keep a line wherever it stands.
type Worth int

// The worths. Common lines give way to later ones.
const (
	Worthless Worth = iota
	Common
	Rare
)

// rawLine is a line before masking, or a part of one.
type rawLine struct {
	number int
	stream string
	text   []byte
	mid    bool // text begins in the middle of the line
	cut    bool // text ends before the line does
}

// bounded returns the line with at most as much of its text as is ever kept.
func (l rawLine) bounded() rawLine {
	if limit := maxLine + maxSecret; len(l.text) > limit {
		l.text, l.cut = l.text[:limit], true
	}
	return l
}

// kept returns a bounded copy of the line.
func (l rawLine) kept() rawLine {
	l = l.bounded()
	l.text = bytes.Clone(l.text)
	return l
}

// ring holds the last lines, reusing their memory.
type ring struct {
	lines []rawLine
	next  int
}

// add adds a line to those of a ring that holds up to size.
func (r *ring) add(line rawLine, size int) {
	if len(r.lines) < size {
		line.text = bytes.Clone(line.text)
		r.lines = append(r.lines, line)
		return
	}
	slot := &r.lines[r.next]
	line.text = append(slot.text[:0], line.text...)
	*slot = line
	r.next = (r.next + 1) % size
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

// copyFrom reads an attach stream to its end: frames of eight bytes, of which the first is the stream and the last four
// the size, and so many bytes of output (Engine API, "Attach to a container", stream format). It takes what there is of
// a frame as it comes, however large the frame says it is.
func (c *collector) copyFrom(r io.Reader) error {
	stdout, stderr := c.writer("stdout"), c.writer("stderr")
	defer stderr.flush()
	defer stdout.flush()
	in := bufio.NewReaderSize(r, readSize)
	var header [8]byte
	for {
		if _, err := io.ReadFull(in, header[:]); err != nil {
			return noEOF(err)
		}
		var out *lineWriter
		switch stdcopy.StdType(header[0]) {
		case stdcopy.Stdin, stdcopy.Stdout:
			out = stdout
		case stdcopy.Stderr:
			out = stderr
		default:
			return fmt.Errorf("the output has no stream %d", header[0])
		}
		for left := binary.BigEndian.Uint32(header[4:]); left > 0; {
			if _, err := in.Peek(1); err != nil {
				return noEOF(err)
			}
			part, _ := in.Peek(int(min(left, uint32(in.Buffered()))))
			out.take(part)
			left -= uint32(len(part))
			_, _ = in.Discard(len(part))
		}
	}
}

// readSize is how much of a stream is read at a time, in bytes.
const readSize = 32 << 10

// noEOF returns err unless it only says that the stream has ended.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// writer returns what takes one of the streams.
func (c *collector) writer(stream string) *lineWriter {
	w := &lineWriter{c: c, stream: stream}
	if c.newKeep != nil {
		w.keep = c.newKeep()
	}
	return w
}

// add takes one line of a stream, or the first part of one that is cut.
func (c *collector) add(w *lineWriter, text []byte, cut bool) {
	c.lines++
	line := rawLine{number: c.lines, stream: w.stream, text: text, cut: cut}
	c.ask(line)
	if loglevel.IsError(text) {
		c.errors++
	}
	if w.keep != nil {
		c.mark(line, w.keep(text))
	}
	if len(c.head) < headLines {
		c.head = append(c.head, line.kept())
		return
	}
	c.tail.add(line.bounded(), tailLines)
}

// mark keeps a line wherever it stands.
func (c *collector) mark(line rawLine, worth Worth) {
	switch {
	case worth == Worthless:
	case worth == Rare && len(c.rare) < rareMarked:
		c.rare = append(c.rare, line.kept())
	default:
		c.common.add(line.bounded(), lastMarked)
	}
}

// marked returns the lines that were kept wherever they stood, in their order.
func (c *collector) marked() []rawLine {
	all := slices.Concat(c.rare, c.common.ordered())
	slices.SortFunc(all, func(a, b rawLine) int { return a.number - b.number })
	return all
}

// ask shows a line, or a window of one, to the matchers and drops those that are done.
func (c *collector) ask(line rawLine) {
	if len(c.matchers) == 0 {
		return
	}
	left := c.matchers[:0]
	for _, m := range c.matchers {
		if !m(line) {
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
		Lines: c.lines, Bytes: c.bytes, Errors: c.errors,
		Head: mask.lines(c.head), Tail: mask.lines(tail), Marked: mask.lines(c.marked()),
		Dropped: c.lines - len(c.head) - len(tail),
	}
}

// kept returns the lines that are kept, by ascending number, before masking.
func (c *collector) kept() []rawLine {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Concat(c.head, c.rare, c.common.ordered(), c.tail.ordered())
	slices.SortStableFunc(all, func(a, b rawLine) int { return a.number - b.number })
	return slices.CompactFunc(all, func(a, b rawLine) bool { return a.number == b.number })
}

// lineWriter cuts one stream into lines. A line end is "\n" or "\r\n".
type lineWriter struct {
	c      *collector
	stream string
	keep   func([]byte) Worth // may be nil
	part   []byte             // the beginning of a line whose end has not come yet
	long   bool               // part is a window of a line that was added already
	number int                // of that line
}

// take takes the next bytes of the stream. It keeps no reference to them.
func (w *lineWriter) take(p []byte) {
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
			w.c.add(w, bytes.TrimSuffix(line, cr), false)
			continue
		}
		w.hold(line)
		w.end()
	}
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
			w.c.ask(w.rest(true))
		} else {
			w.c.add(w, w.part, true)
			w.long, w.number = true, w.c.lines
		}
		w.part = append(w.part[:0], w.part[window-overlap:]...)
	}
}

// end closes the line in the making.
func (w *lineWriter) end() {
	w.part = bytes.TrimSuffix(w.part, cr)
	if w.long {
		w.c.ask(w.rest(false))
	} else {
		w.c.add(w, w.part, false)
	}
	w.part, w.long = w.part[:0], false
}

// rest is a window of a line that was added already.
func (w *lineWriter) rest(cut bool) rawLine {
	return rawLine{number: w.number, stream: w.stream, text: w.part, mid: true, cut: cut}
}

// flush ends a last line that has no line end.
func (w *lineWriter) flush() {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if len(w.part) > 0 || w.long {
		w.end()
	}
}

// Last returns up to n of the last lines of o, in order.
func (o Output) Last(n int) []Line {
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

// cutText shortens text to at most limit bytes at a rune's boundary and marks that it did. What is not UTF-8 becomes
// U+FFFD, so that the text stays the same through JSON.
func cutText(text []byte, limit int, cut bool) string {
	text = bytes.ToValidUTF8(text, []byte("\ufffd"))
	if len(text) > limit {
		for cut = true; !utf8.RuneStart(text[limit]); {
			limit--
		}
		text = text[:limit]
	}
	if cut {
		return string(text) + "…"
	}
	return string(text)
}
