package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"bootgate/gate"
)

// Plain tells the progress of a check in plain lines, for logs and for terminals without colours: one line when
// something begins that may take long, and one when an image is done.
//
//	gate: orders: pulling
//	gate: orders: waiting until ready
//	gate: orders: fail after 3.2 s
type Plain struct {
	out   io.Writer
	names []string

	mu   sync.Mutex
	last []gate.Phase
}

// NewPlain returns a Plain that writes to out, which should be stderr. names are those of the images, by index.
func NewPlain(out io.Writer, names []string) *Plain {
	return &Plain{out: out, names: each(names, prose), last: make([]gate.Phase, len(names))}
}

// Enter implements gate.Progress.
func (p *Plain) Enter(image int, phase gate.Phase, detail string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if image < 0 || image >= len(p.names) {
		return
	}
	step := phase
	if phase == gate.Control { // it goes through the phases of a boot itself
		first, _, _ := strings.Cut(detail, ": ")
		step = gate.Phase(first)
	}
	if key := phase + " " + step; p.last[image] != key {
		p.last[image] = key
	} else {
		return
	}
	if !worthALine(step) {
		return
	}
	line := fmt.Sprintf("gate: %s: %s", p.names[image], phase)
	if detail = prose(detail); detail != "" {
		line += " (" + detail + ")"
	}
	fmt.Fprintln(p.out, line)
}

// worthALine reports whether a phase may take so long that a reader of a log wants to know it began.
func worthALine(phase gate.Phase) bool {
	switch phase {
	case gate.Pulling, gate.Needs, gate.Waiting, gate.Running:
		return true
	default:
		return false
	}
}

// Finish implements gate.Progress.
func (p *Plain) Finish(image int, report gate.ImageReport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if image < 0 || image >= len(p.names) {
		return
	}
	fmt.Fprintf(p.out, "gate: %s: %s after %s\n", p.names[image], report.Verdict, span(report.Duration.Round(time.Millisecond)))
}
