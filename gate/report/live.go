package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"bootgate/gate"
	"bootgate/gate/finding"
)

// LiveOptions say where and how Live draws.
type LiveOptions struct {
	// Out is the terminal, which should be stderr.
	Out io.Writer
	// Names are those of the images, by index.
	Names []string
	// Size returns the terminal's width and height in characters; zeros or an error mean 80 by 24. It is asked before
	// every drawing, so that a resized terminal is followed.
	Size func() (width, height int, err error)
	// Now is the clock.
	Now func() time.Time
	// Color allows colours.
	Color bool
}

// Live shows the progress of a check on a terminal: a line for each image with its phase and time, drawn over itself
// again and again. Close erases it, so that the report can take its place.
type Live struct {
	opt   LiveOptions
	paint palette

	mu     sync.Mutex
	rows   []row
	drawn  []int // columns of each line on the screen
	closed bool
	done   chan struct{}
}

// row is what is known about one image.
type row struct {
	phase   gate.Phase
	detail  string
	began   time.Time
	verdict finding.Verdict
	took    time.Duration
}

// NewLive returns a Live with nothing drawn yet.
func NewLive(opt LiveOptions) *Live {
	opt.Names = each(opt.Names, prose)
	l := &Live{opt: opt, paint: palette{on: opt.Color}, rows: make([]row, len(opt.Names)), done: make(chan struct{})}
	for i := range l.rows {
		l.rows[i].phase = gate.Queued
	}
	return l
}

// Follow draws at every tick until Close is called or ticks is closed. A caller runs it in a goroutine of its own.
func (l *Live) Follow(ticks <-chan time.Time) {
	for {
		select {
		case <-l.done:
			return
		case _, ok := <-ticks:
			if !ok {
				return
			}
			l.Draw()
		}
	}
}

// Enter implements gate.Progress.
func (l *Live) Enter(image int, phase gate.Phase, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if image < 0 || image >= len(l.rows) {
		return
	}
	r := &l.rows[image]
	if r.began.IsZero() && phase != gate.Queued {
		r.began = l.opt.Now()
	}
	r.phase, r.detail = phase, prose(detail)
	l.draw()
}

// Finish implements gate.Progress.
func (l *Live) Finish(image int, report gate.ImageReport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if image < 0 || image >= len(l.rows) {
		return
	}
	r := &l.rows[image]
	r.phase, r.verdict, r.took = gate.Done, report.Verdict, report.Duration
	l.draw()
}

// Draw draws the current state over the last one.
func (l *Live) Draw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw()
}

// Close erases what is drawn and ends Follow. Nothing is drawn after it.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	close(l.done)
	width, _ := l.size()
	io.WriteString(l.opt.Out, l.eraser(width))
	l.drawn = nil
}

// What a terminal is assumed to be when it does not say: the size of a VT100.
const (
	usualWidth  = 80
	usualHeight = 24
)

func (l *Live) size() (width, height int) {
	width, height, err := l.opt.Size()
	if err != nil || width <= 0 || height <= 0 {
		return usualWidth, usualHeight
	}
	return width, height
}

// eraser returns what moves the cursor to the beginning of the drawing and clears from there: CPL and ED of ECMA-48.
// After the terminal was made narrower a drawn line takes several rows.
func (l *Live) eraser(width int) string {
	up := 0
	for _, n := range l.drawn {
		up += max(1, (n+width-1)/width)
	}
	if up == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dF\x1b[J", up)
}

// draw writes everything in one go, so that nothing flickers. Every line ends in a line feed: the cursor rests below
// the drawing, where a message of another program does no harm.
func (l *Live) draw() {
	if l.closed {
		return
	}
	width, height := l.size()
	var b strings.Builder
	b.WriteString(l.eraser(width))
	l.drawn = l.drawn[:0]
	for _, line := range l.lines(width-1, height-1) {
		b.WriteString(line.painted + "\n")
		l.drawn = append(l.drawn, columns(line.plain))
	}
	io.WriteString(l.opt.Out, b.String())
}

// liveLine is one line without and with colours.
type liveLine struct{ plain, painted string }

// lines returns what to show on width columns and height rows. Where not all images fit, those at work come first, and
// the last line counts the others.
func (l *Live) lines(width, height int) []liveLine {
	order := l.order()
	var hidden []int
	if height < 1 {
		return nil
	}
	if len(order) > height {
		order, hidden = order[:height-1], order[height-1:]
	}
	nameWidth := 0
	for _, i := range order {
		nameWidth = max(nameWidth, columns(l.opt.Names[i]))
	}
	nameWidth = min(nameWidth, maxName, max(8, width/3))
	var out []liveLine
	for _, i := range order {
		out = append(out, l.line(i, nameWidth, width))
	}
	if len(hidden) > 0 {
		text := cutColumns(l.tally(hidden), width)
		out = append(out, liveLine{text, l.paint.dim(text)})
	}
	return out
}

// order returns the indices of the images: in their own order when all fit, which keeps lines where they are.
func (l *Live) order() []int {
	_, height := l.size()
	var working, failed, others []int
	for i, r := range l.rows {
		switch {
		case len(l.rows) < height, r.phase != gate.Done && r.phase != gate.Queued:
			working = append(working, i)
		case r.phase == gate.Done && r.verdict != finding.Pass:
			failed = append(failed, i)
		default:
			others = append(others, i)
		}
	}
	return append(append(working, failed...), others...)
}

// line renders one image: "orders    waiting until ready  3.2 s  http:8080/: connection refused".
func (l *Live) line(i, nameWidth, width int) liveLine {
	r, name := l.rows[i], pad(cutColumns(l.opt.Names[i], nameWidth), nameWidth)
	phase, elapsed, paint := string(r.phase), "", func(text string) string { return text }
	switch {
	case r.phase == gate.Done:
		phase, elapsed = verdictWord(r.verdict), span(r.took)
		paint = func(text string) string {
			return strings.Replace(text, phase, l.paint.verdict(r.verdict), 1)
		}
	case r.phase == gate.Queued:
		paint = l.paint.dim
	case !r.began.IsZero():
		elapsed = span(l.opt.Now().Sub(r.began).Truncate(elapsedStep))
	}
	rest := pad(phase, len(gate.Waiting))
	if elapsed != "" {
		rest += "  " + pad(elapsed, elapsedWidth)
	}
	if r.detail != "" && r.phase != gate.Done {
		rest += "  " + r.detail
	}
	head := name + "  "
	plain := cutColumns(strings.TrimRight(head+rest, " "), width)
	if tail, whole := strings.CutPrefix(plain, head); whole {
		return liveLine{plain, head + paint(tail)}
	}
	return liveLine{plain, plain}
}

const (
	elapsedStep  = 100 * time.Millisecond
	elapsedWidth = len("10 min 59 s")
)

// tally counts images that have no line of their own: "… 12 more: 8 queued, 4 done".
func (l *Live) tally(hidden []int) string {
	var queued, done, working int
	for _, i := range hidden {
		switch l.rows[i].phase {
		case gate.Queued:
			queued++
		case gate.Done:
			done++
		default:
			working++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{working, "at work"}, {queued, "queued"}, {done, "done"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	return fmt.Sprintf("… %d more: %s", len(hidden), strings.Join(parts, ", "))
}
