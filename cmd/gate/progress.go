package main

import (
	"os"
	"time"

	"bootgate/gate"
	"bootgate/gate/report"

	"golang.org/x/term"
)

// redraw is the time between two drawings of the live view.
const redraw = 100 * time.Millisecond

// newProgress returns a view of a check for stderr: live on a terminal, plain lines elsewhere. The second result ends
// it.
func newProgress(stderr *os.File, request gate.Request) (gate.Progress, func()) {
	var names []string
	for _, t := range request.Targets {
		names = append(names, t.Name)
	}
	if !colour(stderr) {
		return report.NewPlain(stderr, names), func() {}
	}
	live := report.NewLive(report.LiveOptions{
		Out: stderr, Names: names, Color: true, Now: time.Now,
		Size: func() (int, int, error) { return term.GetSize(int(stderr.Fd())) },
	})
	ticker := time.NewTicker(redraw)
	go live.Follow(ticker.C)
	return live, func() {
		ticker.Stop()
		live.Close()
	}
}
