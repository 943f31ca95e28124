package diagnose

import (
	"bytes"
	"slices"
	"strings"
)

// Bounds on what is kept of a saved log. Together they bound the memory to some 20 MiB, whatever is in it.
const (
	keptHead   = 50
	keptTail   = 200
	firstKept  = 3000 // marked lines kept from the beginning
	eachKept   = 50   // of those, the ones that the same marker may be in; others may be rarer, and tell more
	lastKept   = 2000 // marked lines kept from the end
	keptBytes  = 4 << 20
	keptLine   = 32 << 10 // of one line
	wholeFile  = 4 << 20  // of an error file
	wholeLines = 4000     // of a log that fits into one block
)

// kept collects what is kept of a saved log.
type kept struct {
	blockSize int
	count     int // lines that ended before the current position
	open      bool
	head      []Line
	tail      []Line
	marked    []Line // the first ones
	size      int    // bytes in marked
	remarked  queue  // the last ones
	hits      map[*marker]int
	current   *marker // of the last line that had one
	near      nearby
	report    *strings.Builder // the text of an error file; nil when the log is none
	begun     bool
}

func newKept(blockSize int) *kept { return &kept{blockSize: blockSize, hits: make(map[*marker]int)} }

// queue holds the last lines within bounds.
type queue struct {
	lines []Line
	size  int
}

func (q *queue) add(l Line) {
	q.lines, q.size = append(q.lines, l), q.size+len(l.Text)
	drop := 0
	for q.size > keptBytes || len(q.lines)-drop > lastKept {
		q.size -= len(q.lines[drop].Text)
		q.lines[drop] = Line{}
		drop++
	}
	q.lines = q.lines[drop:]
}

// block looks at the next part of the log: whole lines, unless it is the last part or one line fills it.
func (k *kept) block(block []byte, last bool) {
	if !k.begun {
		k.begun = true
		if errorFile(block) {
			k.report = &strings.Builder{}
		}
		k.first(block, last)
	}
	if k.report != nil {
		k.report.Write(block[:min(len(block), wholeFile-k.report.Len())])
	}
	k.scan(block)
}

// scan looks for markers in a block and keeps the lines they are in, with what belongs to them. Only around those it
// looks at lines one by one.
func (k *kept) scan(block []byte) {
	at, counted := 0, 0
	for at < len(block) {
		if !k.near.active() {
			_, hit := interesting.findFrom(block, at)
			at = max(at, bytes.LastIndexByte(block[:hit], '\n')+1)
			if hit == len(block) {
				break
			}
		}
		k.count += bytes.Count(block[counted:at], newline)
		counted = at
		end := bytes.IndexByte(block[at:], '\n') + at + 1
		if end == at {
			end = len(block)
		}
		if line := block[at:end]; k.near.keep(line) {
			k.mark(interesting.find(line), k.line(line))
		}
		at = end
	}
	k.count += bytes.Count(block[counted:], newline)
	k.open = len(block) > 0 && block[len(block)-1] != '\n'
}

var newline = []byte{'\n'}

// line copies the line that begins at the current position.
func (k *kept) line(raw []byte) Line {
	raw = bytes.TrimRight(raw, "\r\n")
	return Line{Number: k.count + 1, Text: string(raw[:min(len(raw), keptLine)])}
}

// mark keeps a line. What follows a line with a marker, which has none itself, goes with it.
func (k *kept) mark(m *marker, l Line) {
	if m != nil {
		k.current = m
		k.hits[m]++
	}
	if k.hits[k.current] <= eachKept && len(k.marked) < firstKept && k.size < keptBytes {
		k.marked, k.size = append(k.marked, l), k.size+len(l.Text)
		return
	}
	k.remarked.add(l)
}

// first keeps the first lines; all of a log that is only one block.
func (k *kept) first(block []byte, last bool) {
	bound := keptHead
	if last {
		bound = wholeLines
	}
	k.head = numbered(block, bound, 0)
}

// end keeps the last lines. before is the block before the last.
func (k *kept) end(before, last []byte) {
	k.tail = lastLines(last, keptTail, k.total())
	missing := keptTail - len(k.tail)
	if missing == 0 || len(before) == 0 {
		return
	}
	number := k.total() - len(k.tail)
	if before[len(before)-1] != '\n' && len(k.tail) > 0 {
		number++ // one line is in both blocks
	}
	k.tail = append(lastLines(before, missing, number), k.tail...)
}

// total is the number of lines; the last may have no end.
func (k *kept) total() int {
	if k.open {
		return k.count + 1
	}
	return k.count
}

// numbered returns the first lines of a text, at most n; number is that of the line before.
func numbered(text []byte, n, number int) []Line {
	var lines []Line
	for raw := range bytes.Lines(text) {
		if len(lines) == n {
			break
		}
		number++
		raw = bytes.TrimRight(raw, "\r\n")
		lines = append(lines, Line{Number: number, Text: string(raw[:min(len(raw), keptLine)])})
	}
	return lines
}

// lastLines returns the last lines of a text, at most n; number is that of the last.
func lastLines(text []byte, n, number int) []Line {
	start, found := len(text), 0
	for start > 0 && found < n {
		start = bytes.LastIndexByte(text[:start-1], '\n') + 1
		found++
	}
	return numbered(text[start:], n, number-found)
}

// lines returns everything that was kept, by ascending number.
func (k *kept) lines(name string) []Line {
	all := slices.Concat(k.head, k.marked, k.remarked.lines, k.tail)
	slices.SortStableFunc(all, func(a, b Line) int { return a.Number - b.Number })
	all = slices.CompactFunc(all, func(a, b Line) bool { return a.Number == b.Number })
	for i := range all {
		all[i].Stream = name
	}
	return all
}

// file returns the text of an error file; empty when the log is none.
func (k *kept) file() string {
	if k.report == nil {
		return ""
	}
	return k.report.String()
}

// errorFile reports whether a text is a file that a dying JVM wrote: HotSpot's hs_err, which begins with its header, or
// OpenJ9's javacore, whose first section is its title.
func errorFile(text []byte) bool {
	for i, raw := range bytes.SplitN(text, newline, 6) {
		line := string(bytes.Trim(raw, "# \t\r"))
		switch {
		case i < 5 && (line == "A fatal error has been detected by the Java Runtime Environment:" ||
			line == "There is insufficient memory for the Java Runtime Environment to continue."):
			return bytes.HasPrefix(text, []byte("#"))
		case i < 5 && strings.HasPrefix(line, "0SECTION       TITLE"):
			return bytes.HasPrefix(text, []byte("NULL")) || i == 0
		}
	}
	return false
}
