package boot

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// result is the outcome of one attempt to see a sign of readiness.
type result struct {
	ok bool
	// expected and actual are for people.
	expected, actual string
}

// strategy looks for one sign of readiness. There is one for each ProbeKind that has to be tried; log lines and
// HEALTHCHECKs come by themselves.
type strategy interface {
	try(ctx context.Context) result
	// expected says what a try wants to see.
	expected() string
}

// sign is one sign of readiness a container is watched for.
type sign struct {
	// group is the index of the requirement that this sign fulfils.
	group    int
	text     string
	strategy strategy // nil when it comes by itself
	// pace is the pause between two attempts once the sign was seen, to find out whether it still holds.
	pace time.Duration

	mu   sync.Mutex
	seen bool
	last Attempt
}

// record notes an attempt; it reports whether it is the first that succeeded.
func (s *sign) record(r result) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last.Probe, s.last.Expected, s.last.Actual = s.text, r.expected, r.actual
	s.last.Attempts++
	first := r.ok && !s.seen
	s.seen = s.seen || r.ok
	return first
}

func (s *sign) attempt() Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *sign) wasSeen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Pacing of probes. The first attempts come quickly, because most containers are ready soon; later ones are spaced in
// proportion to the time that has passed, so that a probe is late by at most about 2 percent.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 250 * time.Millisecond
	// holdPause is the pause between checks that a ready container still answers, execPause that of exec probes, which
	// cost the container a process each.
	holdPause = 250 * time.Millisecond
	execPause = 2 * time.Second
	// strikes is how many attempts in a row must fail before a ready container counts as not answering.
	strikes = 3
	// attemptLimit bounds one attempt.
	attemptLimit = 5 * time.Second
	execLimit    = 30 * time.Second
)

// pause returns how long to wait after an attempt that failed at the given age of the container.
func pause(age time.Duration) time.Duration {
	return min(max(firstPause, age/50), lastPause)
}

// pursue tries until the sign is seen or ctx ends.
func (s *sign) pursue(ctx context.Context, since time.Time, seen func(*sign)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		r := s.strategy.try(ctx)
		if ctx.Err() != nil {
			return
		}
		if s.record(r) {
			seen(s)
			return
		}
		timer.Reset(pause(time.Since(since)))
	}
}

// guard tries until the sign has failed to show several times in a row, or ctx ends. Once final is closed it tries a
// last time, goes on until that is decided, and calls held if the sign still holds.
func (s *sign) guard(ctx context.Context, final <-chan struct{}, lost func(Attempt), held func()) {
	timer := time.NewTimer(s.pace)
	defer timer.Stop()
	for failed, last := 0, false; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-final:
			final, last = nil, true
		}
		r := s.strategy.try(ctx)
		if ctx.Err() != nil {
			return
		}
		s.record(r)
		failed++
		switch {
		case r.ok && last:
			held()
			return
		case r.ok:
			failed = 0
		case failed == strikes:
			lost(s.attempt())
			return
		}
		timer.Reset(s.pace)
	}
}

// signs makes the signs of a plan for one life of a container.
func (l *life) makeSigns() {
	for group, alternatives := range l.plan.signs {
		for _, probe := range alternatives {
			l.signs = append(l.signs, l.makeSign(group, probe))
		}
	}
	if l.plan.auto {
		s := &sign{group: 0, text: "a log line that says it has started"}
		s.last = Attempt{Probe: s.text, Expected: "a line such as \"Started App in 2.1 seconds\"", Actual: "no such line"}
		l.signs = append(l.signs, s)
		l.out.match(l.startedLines(s))
	}
}

func (l *life) makeSign(group int, probe Probe) *sign {
	s := &sign{group: group, text: probe.String(), pace: holdPause}
	switch probe.Kind {
	case ProbeHTTP:
		s.strategy = &httpProbe{probe: probe, address: l.address, mask: l.mask}
	case ProbeTCP:
		s.strategy = &tcpProbe{port: probe.Port, address: l.address, published: l.box.site.via == Published}
	case ProbeExec:
		s.strategy, s.pace = &execProbe{command: probe.Command, engine: l.engine, id: l.box.id, mask: l.mask}, execPause
	case ProbeLog:
		s.last = Attempt{Probe: s.text, Expected: fmt.Sprintf("a line that matches %q", probe.Pattern), Actual: "no such line"}
		l.out.match(l.logLine(s, probe.Pattern))
	case ProbeHealthcheck:
		s.last = Attempt{Probe: s.text, Expected: "the image's HEALTHCHECK says healthy", Actual: "it has not run yet"}
		l.health = s
	}
	if s.strategy != nil {
		s.last = Attempt{Probe: s.text, Expected: s.strategy.expected(), Actual: "no answer yet"}
	}
	return s
}

// logLine returns a matcher that sees the sign in the first line that matches.
func (l *life) logLine(s *sign, pattern Pattern) matcher {
	return func(line rawLine) bool {
		if !pattern.Match(line.text) {
			return false
		}
		s.record(result{ok: true, expected: s.last.Expected, actual: fmt.Sprintf("line %d", line.number)})
		l.signSeen(s)
		return true
	}
}

// startedLines returns a matcher for the lines of well-known software.
func (l *life) startedLines(s *sign) matcher {
	return func(line rawLine) bool {
		if l.settled.Load() {
			return true
		}
		if _, ok := saidBy(starting, line.text); ok {
			l.promised.Store(true)
		}
		who, ok := saidBy(started, line.text)
		if !ok {
			return false
		}
		s.mu.Lock()
		s.text = fmt.Sprintf("line %d, as %s says it", line.number, who)
		s.mu.Unlock()
		s.record(result{ok: true, expected: s.last.Expected, actual: fmt.Sprintf("line %d", line.number)})
		l.signSeen(s)
		return true
	}
}
