package diagnose

import (
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
)

// throwable is an exception or error as Throwable.printStackTrace prints it, or as log frameworks put it below a line of
// theirs. Indexes are into scene.output.
type throwable struct {
	// thread is the thread it ended, where the JVM's own handler printed it (`Exception in thread "main" …`); else empty.
	thread string
	// class is the full name of its class, and message what it says, over several lines perhaps; within bounds.
	class, message string
	// at is the line of its headline. first and last are the first and the last line of the trace that it and its causes
	// stand in.
	at, first, last int
	// frames are the lines of its own frames, within bounds; it may have none.
	frames []int
	// cause is what it was caused by; nil when it says nothing of that.
	cause *throwable
	// byHandler is whether the JVM's handler for uncaught exceptions printed it. bare is whether the headline begins the
	// line; otherwise a logger's words stand in front of it.
	byHandler, bare bool
	// orphan is whether it is a cause whose beginning is lost.
	orphan bool
}

// Bounds on what is read of stack traces, so that a log that consists of nothing else costs no more than another.
const (
	maxThrowables   = 400 // half of them the first, half the last
	maxMessage      = 2 << 10
	maxMessageLines = 25
	maxFrames       = 64
	maxCauses       = 32
	// maxForeign is how many lines of something else may stand within a trace.
	maxForeign = 3
)

// innermost returns what the throwable goes back to: the last of its causes, or itself.
func (t *throwable) innermost() *throwable {
	for t.cause != nil {
		t = t.cause
	}
	return t
}

// uncaught reports whether nobody caught it: it ended its thread.
func (t *throwable) uncaught() bool { return t.byHandler }

// within returns the innermost of the throwable and its causes that match; nil when none does.
func (t *throwable) within(match func(*throwable) bool) *throwable {
	var found *throwable
	for ; t != nil; t = t.cause {
		if match(t) {
			found = t
		}
	}
	return found
}

// headline is the class and the first line of the message that says anything.
func (t *throwable) headline() string {
	first, _, _ := strings.Cut(strings.TrimSpace(t.message), "\n")
	if first = strings.TrimSpace(first); first == "" {
		return t.class
	}
	return t.class + ": " + first
}

// The shapes of names of Java classes: any name; one in a package; one in a package that says that it can be thrown.
// said is what may follow such a name.
const (
	anyName   = `(?:[\p{L}_$][\p{L}\p{N}_$]*\.)*[\p{L}_$][\p{L}\p{N}_$]*`
	className = `(?:[\p{L}_$][\p{L}\p{N}_$]*\.)+[\p{L}_$][\p{L}\p{N}_$]*`
	thrown    = `(?:[\p{L}_$][\p{L}\p{N}_$]*\.)+[\p{L}\p{N}_$]*(?:Exception|Error|Throwable|Failure|Fault|Death)(?:\$[\p{L}\p{N}_$]+)?`
	said      = `(?::(?: (.*))?)?$`
)

// The lines that begin a throwable or a part of one. The last two groups are class and message.
var (
	byHandler    = lazyregexp.MustCompile(`Exception in thread "([^"]*)"(?: (` + anyName + `)` + said + `)?`)
	fromHandler  = lazyregexp.MustCompile(`^Exception: (` + className + `) thrown from the UncaughtExceptionHandler in thread "([^"]*)"`)
	headline     = lazyregexp.MustCompile(`^\s*(` + thrown + `)` + said)
	unusual      = lazyregexp.MustCompile(`^(` + className + `)` + said)
	logged       = lazyregexp.MustCompile(`[\s:](` + thrown + `)` + said)
	causeLine    = lazyregexp.MustCompile(`^(\s*)(Caused by|Wrapped by|Suppressed): (` + anyName + `)` + said)
	frameLine    = lazyregexp.MustCompile(`^\s*at [^\s(]+\(.*\)`)
	omittedLine  = lazyregexp.MustCompile(`^\s*\.\.\. \d+ (?:more|common frames omitted)`)
	circularLine = lazyregexp.MustCompile(`^\s*(?:Caused by: |Suppressed: )?\[CIRCULAR REFERENCE`)
)

// readThrowables returns what was thrown according to the output, by ascending headline. gaps are the lines of output
// before which others are missing.
func readThrowables(output []Line, gaps map[int]bool) []*throwable {
	streams := map[string][]int{}
	for i, l := range output {
		streams[l.Stream] = append(streams[l.Stream], i)
	}
	var all []*throwable
	for _, lines := range streams {
		r := traceReader{output: output, lines: lines, gaps: gaps}
		for r.next < len(lines) {
			if t := r.read(); t != nil {
				all = append(all, t)
			}
		}
	}
	slices.SortFunc(all, func(a, b *throwable) int { return a.first - b.first })
	if n := len(all) - maxThrowables; n > 0 {
		all = slices.Delete(all, maxThrowables/2, maxThrowables/2+n)
	}
	return all
}

// traceReader reads the stack traces of one stream: lines of another never stand inside one of its lines.
type traceReader struct {
	output []Line
	lines  []int // the stream's lines: indexes into output
	gaps   map[int]bool
	next   int // the next line to read: an index into lines
}

// text returns a line of the stream, and false behind a gap or the end. A gap is looked for before the line itself.
func (r *traceReader) text(i int) (string, bool) {
	if i >= len(r.lines) || i > 0 && r.gap(i) {
		return "", false
	}
	return r.output[r.lines[i]].Text, true
}

// gap reports whether lines are missing between a line of the stream and the one before it.
func (r *traceReader) gap(i int) bool {
	if len(r.gaps) == 0 {
		return false
	}
	for at := r.lines[i-1] + 1; at <= r.lines[i]; at++ {
		if r.gaps[at] {
			return true
		}
	}
	return false
}

// read reads the throwable that begins at the next line; nil when none does.
func (r *traceReader) read() *throwable {
	at := r.next
	text := r.output[r.lines[at]].Text
	r.next++
	if !strings.Contains(text, ".") && !strings.Contains(text, "Exception in thread") && !strings.Contains(text, "aused by: ") {
		return nil
	}
	t := r.start(text, at)
	if t == nil {
		return nil
	}
	r.body(t)
	r.causes(t)
	t.first, t.last = r.lines[at], r.lines[r.next-1]
	return t
}

// start reads the line that begins a throwable.
func (r *traceReader) start(text string, at int) *throwable {
	t := &throwable{at: r.lines[at]}
	if m := byHandler.FindStringSubmatchIndex(text); m != nil && !inQuotes(text, m[0]) {
		t.byHandler, t.bare, t.thread = true, m[0] == 0, text[m[2]:m[3]]
		if m[4] >= 0 && (r.tracedAt(r.next) || packaged(text[m[4]:m[5]])) {
			t.class = text[m[4]:m[5]]
			if m[6] >= 0 {
				t.message = text[m[6]:m[7]]
			}
		} else if !r.torn(t) {
			return nil
		}
		if t.bare || r.tracedAt(r.next) {
			return t
		}
		return nil
	}
	if m := fromHandler.FindStringSubmatch(text); m != nil {
		t.byHandler, t.bare, t.class, t.thread = true, true, m[1], m[2]
		return t
	}
	if m := headline.FindStringSubmatch(text); m != nil {
		t.bare, t.class, t.message = true, m[1], m[2]
		return t
	}
	if m := causeLine.FindStringSubmatch(text); m != nil && m[2] == "Caused by" && packaged(m[3]) {
		t.bare, t.orphan, t.class, t.message = true, true, m[3], m[4]
		return t
	}
	if !r.tracedAt(r.next) {
		return nil
	}
	if m := unusual.FindStringSubmatch(text); m != nil {
		t.bare, t.class, t.message = true, m[1], m[2]
		return t
	}
	if m := logged.FindStringSubmatch(text); m != nil {
		t.class, t.message = m[1], m[2]
		return t
	}
	return nil
}

// inQuotes reports whether somebody put what begins there in quotation marks. What another stream printed into the line
// ends as it pleases, but hardly so.
func inQuotes(text string, at int) bool {
	return at > 0 && strings.IndexByte("'\"`", text[at-1]) >= 0
}

// packaged reports whether the name of a class has a package: a mere word has none.
func packaged(class string) bool { return strings.Contains(class, ".") }

// torn reads on where the JVM's `Exception in thread "main" ` and the rest of the line were torn apart by a line of
// another stream: the JVM prints them in two pieces.
func (r *traceReader) torn(t *throwable) bool {
	for i := r.next; i <= r.next+maxForeign; i++ {
		text, ok := r.text(i)
		if !ok {
			return false
		}
		if m := unusual.FindStringSubmatch(text); m != nil && r.tracedAt(i+1) {
			t.class, t.message, r.next = m[1], m[2], i+1
			return true
		}
	}
	return false
}

// tracedAt reports whether a line belongs to a trace below its headline.
func (r *traceReader) tracedAt(i int) bool {
	text, ok := r.text(i)
	return ok && ofStack(text)
}

func ofStack(text string) bool {
	return frameLine.MatchString(text) || omittedLine.MatchString(text) || causeLine.MatchString(text) || circularLine.MatchString(text)
}

// begins reports whether another throwable begins at a line.
func (r *traceReader) begins(i int) bool {
	text, ok := r.text(i)
	if !ok {
		return false
	}
	return byHandler.MatchString(text) || headline.MatchString(text) || r.tracedAt(i+1) && (unusual.MatchString(text) || logged.MatchString(text))
}

// body reads the rest of the message and the frames of the throwable whose headline was read last.
func (r *traceReader) body(t *throwable) {
	for i := r.next; i <= r.next+maxMessageLines; i++ {
		text, ok := r.text(i)
		if !ok || !ofStack(text) && r.begins(i) {
			break
		}
		if ofStack(text) {
			for ; r.next < i; r.next++ {
				t.message += "\n" + r.output[r.lines[r.next]].Text
			}
			break
		}
	}
	if len(t.message) > maxMessage {
		t.message = strings.ToValidUTF8(t.message[:maxMessage], "")
	}
	for r.skipForeign(); r.tracedAt(r.next); r.skipForeign() {
		text := r.output[r.lines[r.next]].Text
		if causeLine.MatchString(text) {
			return
		}
		if frameLine.MatchString(text) && len(t.frames) < maxFrames {
			t.frames = append(t.frames, r.lines[r.next])
		}
		r.next++
	}
	for r.resumes(t) {
		r.next++
		for r.tracedAt(r.next) && frameLine.MatchString(r.output[r.lines[r.next]].Text) {
			r.next++
		}
	}
}

// resumes reports whether the trace of an endless recursion goes on at the next line, behind a gap: it is a thousand
// lines long, and its frames repeat.
func (r *traceReader) resumes(t *throwable) bool {
	if t.class != "java.lang.StackOverflowError" || r.next >= len(r.lines) || !r.gap(r.next) {
		return false
	}
	text := r.output[r.lines[r.next]].Text
	return slices.ContainsFunc(t.frames, func(at int) bool { return r.output[at].Text == text })
}

// skipForeign passes over lines of something else that stand within a trace.
func (r *traceReader) skipForeign() {
	if prev := r.output[r.lines[r.next-1]].Text; !ofStack(prev) {
		return // no trace yet
	}
	for i := r.next; i <= r.next+maxForeign; i++ {
		if r.tracedAt(i) {
			r.next = i
			return
		}
		if _, ok := r.text(i); !ok || r.begins(i) {
			return
		}
	}
}

// causes reads the causes below the body of a throwable. What was suppressed, and its causes, are passed over.
func (r *traceReader) causes(t *throwable) {
	last, suppressed := t, -1
	for n := 0; n < maxCauses; {
		text, ok := r.text(r.next)
		if !ok {
			return
		}
		m := causeLine.FindStringSubmatch(text)
		if m == nil {
			return
		}
		c := &throwable{at: r.lines[r.next], bare: true, class: m[3], message: m[4]}
		r.next++
		r.body(c)
		c.last = r.lines[r.next-1]
		switch indent := len(m[1]); {
		case m[2] == "Suppressed":
			if suppressed < 0 || indent < suppressed {
				suppressed = indent
			}
		case suppressed > 0 && indent >= suppressed:
		case m[2] == "Wrapped by":
			// The innermost was printed first: t takes the place of the outermost.
			inner := *t
			*t = *c
			t.cause = &inner
			n++
		default:
			last.cause = c
			last = c
			n++
		}
	}
}
