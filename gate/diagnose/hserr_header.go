package diagnose

import (
	"strconv"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// reportReader reads a report line by line.
type reportReader struct {
	*crash
	prefix string
	// next reads the lines after one that announces them.
	next func(text string, l Line) reading
	// marks is whether the lines still have the marks that the JVM puts in front.
	marks bool
	// patience is how many lines may come in between that next has no use for.
	patience int
	quota    float64 // of the container's processor time, per period
	period   float64
}

// reading is what came of a line.
type reading int

const (
	notMine  reading = iota // the line is something else; mine may still come
	took                    // the line was read, and more may come
	tookLast                // the line was read, and it was the last
	over                    // the line is something else, and no more will come
)

// expect has the next lines read by read, until it says that it is done or has met more than so many others.
func (r *reportReader) expect(patience int, read func(text string, l Line) reading) {
	r.next, r.patience = read, patience
}

// line reads one line of the report.
func (r *reportReader) line(l Line) {
	if len(l.Text) > maxCrashLine {
		l.Text = l.Text[:maxCrashLine]
	}
	text := core(l.Text, r.prefix)
	r.frameOfHeader(text, l)
	if r.next != nil && r.expected(text, l) {
		return
	}
	if r.headless && r.Kind == "" {
		r.signalOfBody(text, l)
	}
	if text != "" && !r.headerLine(text, l) {
		r.bodyLine(text)
	}
}

// expected gives a line to whom it is announced for, and reports whether that was all there is to do with it.
func (r *reportReader) expected(text string, l Line) bool {
	switch r.next(text, l) {
	case took:
		return true
	case tookLast:
		r.next = nil
		return true
	case over:
		r.next = nil
	default:
		if r.patience--; r.patience < 0 {
			r.next = nil
		}
	}
	return false
}

// quote keeps a line of the header as evidence.
func (r *reportReader) quote(l Line) {
	for _, before := range r.header {
		if before.Text == l.Text {
			return
		}
	}
	if len(r.header) < 8 {
		r.header = append(r.header, l)
	}
}

// headerLine reads a line of the header: the part of a report that is printed to the output, too.
func (r *reportReader) headerLine(text string, l Line) bool {
	switch {
	case strings.HasPrefix(text, fatalError), strings.HasPrefix(text, noMemory):
		r.quote(l)
		if strings.HasPrefix(text, noMemory) {
			r.Kind = finding.CrashMemory
		}
	case tellsWhat(text) && r.happened(text, l):
	case strings.HasPrefix(text, "JRE version:"):
		r.quote(l)
		jre := strings.TrimSpace(strings.TrimPrefix(text, "JRE version:"))
		r.differ(firstGroup(runtimeVersion, r.JRE), firstGroup(runtimeVersion, jre))
		r.JRE = either(r.JRE, jre)
	case strings.HasPrefix(text, "Java VM:"):
		r.quote(l)
		vm := strings.TrimSpace(strings.TrimPrefix(text, "Java VM:"))
		r.differ(firstGroup(vmVersion, r.VM), firstGroup(vmVersion, vm))
		r.VM = either(r.VM, vm)
	case strings.HasPrefix(text, "Problematic frame:"):
		r.quote(l)
		r.expect(4, r.problematic)
	case strings.HasPrefix(text, "An error report file with more information is saved as:"):
		r.expect(5, r.saved)
	case strings.HasPrefix(text, "If you would like to submit a bug report"):
		r.expect(3, r.bugPage)
	default:
		return false
	}
	return true
}

// either keeps what was read first.
func either(first, later string) string {
	if first != "" {
		return first
	}
	return later
}

// happened reads the line that says what happened.
func (r *reportReader) happened(text string, l Line) bool {
	if m := signalLine.FindStringSubmatch(text); m != nil {
		if r.another(r.PC, m[3], m[5]) {
			return true
		}
		r.Kind, r.Signal, r.PC = finding.CrashSignal, m[1], m[3]
		n, _ := strconv.ParseInt(m[2], 0, 64)
		r.SignalNumber = int(n)
		r.SentBy = either(r.SentBy, m[4])
		r.who(m[5], m[6], l)
		return true
	}
	if m := internalLine.FindStringSubmatch(text); m != nil {
		if r.another(r.Site, m[1], m[2]) {
			return true
		}
		r.Kind, r.Site = finding.CrashInternal, m[1]
		r.who(m[2], m[3], l)
		if r.Error == "" {
			r.expect(6, r.message)
		}
		return true
	}
	if m := memoryLine.FindStringSubmatch(text); m != nil {
		r.Kind, r.Site = finding.CrashMemory, m[1]
		r.who(m[2], m[3], l)
		return true
	}
	if refusedLine.MatchString(text) && r.Kind == finding.CrashMemory {
		r.quote(l)
		r.Error = either(r.Error, text)
		return true
	}
	return false
}

func (r *reportReader) who(pid, tid string, l Line) {
	r.quote(l)
	r.PID, _ = strconv.Atoi(pid)
	r.TID = tid
	r.marks = marked(l.Text, r.prefix)
}

// message reads what an internal error says, up to the empty line after it.
func (r *reportReader) message(text string, l Line) reading {
	switch {
	case text == "" && r.Error == "":
		return notMine
	case text == "" || strings.HasPrefix(text, "JRE version:"):
		return over
	case cutIn(text), (r.marks || r.Error != "") && !marked(l.Text, r.prefix), len(r.Error) > 1024:
		return notMine
	}
	r.quote(l)
	r.Error = strings.TrimSpace(r.Error + " " + text)
	return took
}

// problematic reads the problematic frame.
func (r *reportReader) problematic(text string, l Line) reading {
	f, ok := parseFrame(text)
	if !ok {
		f, ok = brokenFrame(text)
	}
	if !ok {
		return notMine
	}
	r.quote(l)
	if r.Frame == nil || r.Frame.Symbol == "" && f.Symbol != "" {
		r.Frame = &f
	}
	if r.Frame.Symbol == "" && !strings.HasSuffix(text, "]") || strings.HasSuffix(text, "also had an error]") {
		r.expect(4, r.symbol)
		return took
	}
	return tookLast
}

// tornSymbol is the end of a frame that another line was written into: the JVM writes the symbol by itself.
var tornSymbol = lazyregexp.MustCompile(`^[\pL_~$][^\[\]"]*\+0x[0-9a-f]+$`)

// symbol reads the rest of the problematic frame, behind what was written into it.
func (r *reportReader) symbol(text string, l Line) reading {
	if !tornSymbol.MatchString(text) || r.Frame.Symbol != "" {
		return notMine
	}
	r.quote(l)
	r.Frame.Symbol = nativeSymbol(text)
	return tookLast
}

// saved reads the path of the error file.
func (r *reportReader) saved(text string, l Line) reading {
	if text == "" || cutIn(text) || !strings.ContainsAny(text, "/.\\") || strings.Contains(text, ": ") {
		return notMine
	}
	if _, ok := parseFrame(text); ok {
		return notMine
	}
	r.File = either(r.File, text)
	return tookLast
}

// bugPage reads whom to report the crash to, which tells who built the JVM.
func (r *reportReader) bugPage(text string, _ Line) reading {
	if !strings.HasPrefix(text, "http") {
		return notMine
	}
	r.bugs = either(r.bugs, text)
	return tookLast
}

// cutIn reports whether a line is known to come in between those of a report: other threads of the JVM write them while
// the first reports its crash, and the disassembler that is missing.
func cutIn(text string) bool {
	return strings.HasPrefix(text, "[") || strings.HasPrefix(text, "WARNING: ") || strings.Contains(text, "hsdis") ||
		strings.HasPrefix(text, "OpenJDK 64-Bit Server VM warning:")
}

// marked reports whether a line carries the mark that the JVM puts in front of its header.
func marked(text, prefix string) bool {
	rest, _ := cutShape(text, prefix)
	return strings.HasPrefix(strings.TrimLeft(rest, " \t"), "#")
}
