package diagnose

import (
	"cmp"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
	"bootgate/gate/secret"
)

// ParseCrash reads the error report of a HotSpot JVM, of JDK 8 to 25: an hs_err file, or a log that has the report or
// its header in it. Of several reports it takes the last that tells something. What is missing of a report is listed in
// its Missing. It returns false when there is no report.
func ParseCrash(text string) (finding.Crash, bool) {
	c := readCrash(textLines(text))
	if c == nil {
		return finding.Crash{}, false
	}
	return c.Crash, true
}

// Bounds on what is read of a report.
const (
	maxCrashText   = 8 << 20  // bytes of a file
	maxCrashLine   = 16 << 10 // bytes of a line
	maxCrashFrames = 64       // of each stack
	maxOptions     = 256
)

// textLines splits a file into cleaned lines without secrets.
func textLines(text string) []Line {
	if len(text) > maxCrashText {
		text = text[:maxCrashText]
	}
	var all []Line
	var masked secret.Lines
	for line := range strings.Lines(text) {
		all = append(all, Line{Number: len(all) + 1, Text: masked.Text("", clean(line))})
	}
	return all
}

// crash is a JVM's report of its own end, with the lines it was read from.
type crash struct {
	finding.Crash
	// header are the lines that name what happened, as they were printed.
	header []Line
	// words is the line before the report that says why the process aborted itself; nil when there is none.
	words *Line
	// source is the path of the file the header is from; empty when it is from the output.
	source string
	// index is where in the lines the report begins.
	index int
	// bugs is the page that the report asks to send it to.
	bugs string
	// info is the line that tells all about the build, kernel the one that tells what it ran on.
	info, kernel string
	// arguments are the options as one line.
	arguments string
	// lowest is the lowest address of the thread's stack, pointer where in it the thread was; overflowed is whether it
	// ran out of its stack.
	lowest, pointer uint64
	overflowed      bool
	// has are the parts of the report that were seen, and written is whether any of the body was.
	has     map[part]bool
	written bool
	// headless is whether the header is lost, and only the body is there.
	headless bool
	// mixed is whether another report is mixed into this one, so that nothing tells whose a line is.
	mixed bool
	// reports is how many crashes the lines tell of; last is whether this is the last of them.
	reports int
	last    bool
	// relayed is whether a program, not the JVM itself, printed the report.
	relayed bool
}

// The first lines of a report.
const (
	fatalError   = "A fatal error has been detected by the Java Runtime Environment:"
	noMemory     = "There is insufficient memory for the Java Runtime Environment to continue."
	reportWithin = 12 // lines after the first within which the line follows that says what happened
)

// QuotesReport returns the number of the last line that holds the first words of a report, whoever printed it; 0 when
// none does.
func QuotesReport(d Death) int {
	number := 0
	for _, l := range d.Lines {
		if strings.Contains(l.Text, fatalError) || strings.Contains(l.Text, noMemory) {
			number = max(number, l.Number)
		}
	}
	return number
}

// What a report says happened, in the line after the first.
var (
	signalLine   = lazyregexp.MustCompile(`^(SIG[A-Z0-9+]+|EXCEPTION_[A-Z_]+) \((0x[0-9a-f]+|\d+)\) at pc=(0x[0-9a-f]+)(?: \(sent by ([^)]*)\))?, pid=(\d+), tid=(\w+)`)
	internalLine = lazyregexp.MustCompile(`^Internal Error \(([^()]*)\), pid=(\d+), tid=(\w+)`)
	memoryLine   = lazyregexp.MustCompile(`^Out of Memory Error \(([^()]*)\), pid=(\d+), tid=(\w+)`)
	refusedLine  = lazyregexp.MustCompile(`^(?:Native memory allocation \(|Cannot create .*thread\. Out of system resources)`)
)

// start is where a report begins.
type start struct {
	index int
	// prefix is the shape of what stands in front of its lines.
	prefix string
	// reversed is whether the lines stand in reverse order, as some log viewers show them.
	reversed bool
	// headless is whether the header is lost.
	headless bool
	// mixed is whether it has no first line of its own, and the report before has nothing but that.
	mixed bool
	// same is what the report of one and the same crash begins with.
	same string
}

// readCrash reads the last report that tells something; nil when there is none.
func readCrash(lines []Line) *crash {
	starts := findStarts(lines)
	if len(starts) == 0 {
		starts = findBody(lines)
	}
	var best *crash
	crashes := map[string]bool{}
	for i, s := range starts {
		if i > 0 && starts[i-1].same == s.same {
			continue
		}
		if !strings.HasPrefix(s.same, "Native memory") && !strings.HasPrefix(s.same, "Out of Memory") && !strings.HasPrefix(s.same, "Cannot create") {
			crashes[s.same] = true
		}
		end := len(lines)
		for _, later := range starts[i+1:] {
			if later.same != s.same {
				end = later.index
				break
			}
		}
		begin := 0
		if i > 0 {
			begin = starts[i-1].index + 1
		}
		c := readReport(lines, s, begin, end)
		if best == nil || c.tells() >= min(best.tells(), 2) {
			best = c
			best.last = true
		} else {
			best.last = false
		}
	}
	if best != nil {
		best.reports = len(crashes)
	}
	return best
}

// tells says how much a report tells of what happened.
func (c *crash) tells() int {
	n := 0
	if c.mixed {
		n = 1
	}
	for _, known := range []bool{c.JRE != "" || c.VM != "", c.Frame != nil || c.Error != "", c.written} {
		if known {
			n++
		}
	}
	return n
}

// findStarts finds all reports.
func findStarts(lines []Line) []start {
	var all []start
	until := -1 // the line that says what happened, of the report before
	for i := range lines {
		if s, at, ok := startsAt(lines, i); ok && at != until {
			s.mixed = at == i && until >= 0 && at-until <= reportWithin/2 && s.same != all[len(all)-1].same
			until = at
			all = append(all, s)
		}
	}
	return all
}

// startsAt reports whether a report begins at a line, and which line says what happened.
func startsAt(lines []Line, i int) (start, int, bool) {
	text := lines[i].Text
	switch {
	case strings.Contains(text, fatalError):
		return startsWith(lines, i, fatalError)
	case strings.Contains(text, noMemory):
		return startsWith(lines, i, noMemory)
	case strings.Contains(text, "at pc=0x") || strings.Contains(text, "Internal Error ("):
		return startsWithout(lines, i)
	}
	return start{}, 0, false
}

// startsWith looks at a line with a report's first words: nothing else stands in it but a transport's prefix, and what
// happened follows.
func startsWith(lines []Line, i int, words string) (start, int, bool) {
	before, after, _ := strings.Cut(lines[i].Text, words)
	prefix, ok := transport(before)
	if !ok || strings.TrimSpace(after) != "" {
		return start{}, 0, false
	}
	for j := i + 1; j < len(lines) && j <= i+reportWithin; j++ {
		if same := happened(lines[j].Text, prefix); same != "" {
			return start{index: i, prefix: prefix, same: same}, j, true
		}
		if strings.Contains(lines[j].Text, words) && lines[j].Text != lines[i].Text {
			break
		}
	}
	for j := i - 1; j >= 0 && j >= i-reportWithin; j-- {
		if same := happened(lines[j].Text, prefix); same != "" && above(lines, j, prefix) {
			return start{index: i, prefix: prefix, reversed: true, same: same}, j, true
		}
	}
	return start{}, 0, false
}

// above reports whether the lines before the i-th are what comes after it in a report.
func above(lines []Line, i int, prefix string) bool {
	for j := i - 1; j >= 0 && j >= i-reportWithin; j-- {
		if strings.HasPrefix(core(lines[j].Text, prefix), "JRE version:") {
			return true
		}
	}
	return false
}

// startsWithout looks at a line that says what happened, of a report whose first line is lost: more of it has to follow.
func startsWithout(lines []Line, i int) (start, int, bool) {
	at := strings.Index(lines[i].Text, "#  ")
	if at < 0 {
		return start{}, 0, false
	}
	prefix, ok := transport(lines[i].Text[:at])
	same := happened(lines[i].Text, prefix)
	if !ok || same == "" {
		return start{}, 0, false
	}
	for j := i + 1; j < len(lines) && j <= i+reportWithin/2; j++ {
		if strings.HasPrefix(core(lines[j].Text, prefix), "JRE version:") {
			return start{index: i, prefix: prefix, same: same}, i, true
		}
	}
	return start{}, 0, false
}

// happened returns the beginning of a line that says what happened; empty when the line is no such.
func happened(text, prefix string) string {
	if !strings.Contains(text, "pid=") && !strings.Contains(text, "Native memory") && !strings.Contains(text, "system resources") {
		return ""
	}
	text = core(text, prefix)
	if !tellsWhat(text) {
		return ""
	}
	for _, pattern := range []*lazyregexp.Regexp{signalLine, internalLine, memoryLine, refusedLine} {
		if found := pattern.FindString(text); found != "" {
			return found
		}
	}
	return ""
}

// tellsWhat reports whether a line begins like one that says what happened: it spares most lines the expressions.
func tellsWhat(text string) bool {
	for _, start := range []string{"SIG", "EXCEPTION_", "Internal Error (", "Out of Memory Error (", "Native memory allocation (", "Cannot create "} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// core is a line of a report without a transport's prefix and without the mark that the JVM puts in front.
func core(text, prefix string) string {
	if rest, ok := cutShape(text, prefix); ok {
		text = rest
	}
	text = strings.TrimLeft(text, " \t")
	return strings.TrimLeft(strings.TrimPrefix(text, "#"), " \t")
}

// transports are what a launcher, an engine or a log framework puts in front of a line: a name and a bar, a time, words
// in brackets.
var transports = lazyregexp.MustCompile(`^(?:[\w./-]{1,64} *\| ?)?(?:[\[(]?\d{1,4}[-/:]\d\d[-/:]\d\d\S*[\])]?(?: .{0,120})?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d .{0,80}|\[[^\]]{1,60}\].{0,80})?$`)

// searched is the end of what grep puts in front of a line: its number, and a colon or a hyphen.
var searched = lazyregexp.MustCompile(`(?:^|[\s:-])\d+[:-]$`)

// relayed is what a program puts in front of what another one said, or somebody wrote: a level of importance, a name in
// pointed brackets, a quotation mark. A JVM prints its report past every log framework of its own.
var relayed = lazyregexp.MustCompile(`\b(?:TRACE|DEBUG|FINE|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL)\b|[<>"'=]`)

// transport returns the shape of what stands in front of a report's line. It returns false when that is nothing a
// transport would put there: white space or a quotation mark, as where the line is quoted.
func transport(before string) (string, bool) {
	if before == "" || before == " " { // the mark is lost
		return "", true
	}
	if before[0] == ' ' || before[0] == '\t' {
		return "", false
	}
	indented, ok := strings.CutSuffix(strings.TrimRight(before, " \t"), "#")
	if !ok {
		indented = before
	}
	before = strings.TrimRight(indented, " \t")
	if len(indented)-len(before) > 2 { // a transport adds one blank at most; the other is left of a lost mark
		return "", false
	}
	if len(before) > 200 || !transports.MatchString(before) || searched.MatchString(before) {
		return "", false
	}
	return shape(before), true
}

// shape writes each run of digits as one 0.
func shape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case !digit(s[i]):
			b.WriteByte(s[i])
		case i == 0 || !digit(s[i-1]):
			b.WriteByte('0')
		}
	}
	return b.String()
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// cutShape removes what has the given shape from the beginning of s.
func cutShape(s, prefix string) (string, bool) {
	i := 0
	for k := 0; k < len(prefix); k++ {
		switch {
		case i >= len(s):
			return s, false
		case prefix[k] == '0':
			if !digit(s[i]) {
				return s, false
			}
			for i < len(s) && digit(s[i]) {
				i++
			}
		case s[i] == prefix[k]:
			i++
		default:
			return s, false
		}
	}
	return s[i:], true
}

// readReport reads the report that begins at s, from the lines between begin and end.
func readReport(lines []Line, s start, begin, end int) *crash {
	c := &crash{index: s.index, has: map[part]bool{}, relayed: relayed.MatchString(s.prefix), headless: s.headless, mixed: s.mixed}
	reader := reportReader{crash: c, prefix: s.prefix}
	if s.reversed {
		for i := s.index; i >= begin && i > s.index-reversedLines; i-- {
			reader.line(lines[i])
		}
	} else {
		twice := s.index+1 < end && lines[s.index].Text == lines[s.index+1].Text
		for i := s.index; i < end; i++ {
			if twice && i > s.index && lines[i].Text == lines[i-1].Text && (i-s.index)%2 == 1 {
				continue
			}
			reader.line(lines[i])
		}
	}
	for i := max(0, s.index-overflowWithin); i < s.index && c.Kind == finding.CrashSignal; i++ {
		if strings.HasSuffix(lines[i].Text, "recoverable stack overflow has occurred.") { // irrecoverable, before JDK 11 unrecoverable
			c.Error, c.header = core(lines[i].Text, s.prefix), append([]Line{lines[i]}, c.header...)
			break
		}
	}
	c.complete()
	return c
}

// overflowWithin is how many lines before a report the JVM says that a stack overflowed.
const overflowWithin = 4

// reversedLines is how many lines of a report in reverse order are read.
const reversedLines = 2000

// complete works out what the lines say only together.
func (c *crash) complete() {
	c.identify()
	c.Libc = cmp.Or(c.Libc, libcOf(c.VM))
	c.Host = cmp.Or(c.Host, c.kernel)
	c.overflowed = c.overflow()
	if strings.HasPrefix(c.File, "//") { // the work directory is the root
		c.File = c.File[1:]
	}
	if f := c.Frame; f != nil && f.Symbol == "" && f.Library != "" { // something cut in, in the header
		for _, same := range c.NativeFrames {
			if same.Library == f.Library && same.Offset == f.Offset && same.Symbol != "" {
				c.Frame = &same
				break
			}
		}
	}
	if c.headless && c.Frame == nil && len(c.NativeFrames) > 0 {
		c.Frame = &c.NativeFrames[0]
	}
	if c.mixed = c.mixed || c.contradictory(); c.mixed {
		c.dropUnsure()
	}
	c.Missing = c.missing()
}
