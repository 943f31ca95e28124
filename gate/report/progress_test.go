package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate"
	"bootgate/gate/finding"
)

func TestPlainTellsWhatMayTakeLong(t *testing.T) {
	var out bytes.Buffer
	p := NewPlain(&out, []string{"shop", "::error::x\r##[error]y"})
	p.Enter(0, gate.Resolving, "")
	p.Enter(0, gate.Pulling, "12 MiB")
	p.Enter(0, gate.Pulling, "13 MiB")
	p.Enter(0, gate.Waiting, "")
	p.Enter(1, gate.Running, "\x1b[31m##[error]z")
	p.Enter(0, gate.Holding, "")
	p.Finish(0, gate.ImageReport{Verdict: finding.Pass, Duration: 1234567 * time.Microsecond})
	p.Finish(1, gate.ImageReport{Verdict: finding.Fail, Duration: time.Second})
	p.Enter(7, gate.Running, "no such image")
	p.Finish(-1, gate.ImageReport{})
	want := "gate: shop: pulling (12 MiB)\n" +
		"gate: shop: waiting until ready\n" +
		"gate: ::error::x ##\\[error]y: running (##\\[error]z)\n" +
		"gate: shop: pass after 1.2 s\n" +
		"gate: ::error::x ##\\[error]y: fail after 1.0 s\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if commands := run(out.Bytes()).commands; len(commands) > 0 {
		t.Errorf("issues %v", commands)
	}
}

// terminal is a screen that understands what Live writes: line feeds, CPL and ED. Lines wider than it is wrap.
type terminal struct {
	width, height int
	rows          []string
	row           int
}

func (s *terminal) size() (int, int, error) { return s.width, s.height, nil }

// Write implements io.Writer.
func (s *terminal) Write(p []byte) (int, error) {
	text := string(p)
	for text != "" {
		if rest, ok := strings.CutPrefix(text, "\x1b"); ok {
			var up int
			if n, err := fmt.Sscanf(rest, "[%dF\x1b[J", &up); n != 1 || err != nil {
				return 0, fmt.Errorf("unknown sequence in %q", text)
			}
			if s.row -= up; s.row < 0 {
				return 0, fmt.Errorf("moved %d above the screen", -s.row)
			}
			s.rows = s.rows[:s.row]
			text = rest[strings.Index(rest, "J")+1:]
			continue
		}
		line, rest, ended := strings.Cut(text, "\n")
		if !ended {
			return 0, fmt.Errorf("a line without an end: %q", line)
		}
		for _, piece := range chop(line, s.width) {
			s.rows = append(s.rows, piece)
			s.row++
		}
		text = rest
	}
	return len(p), nil
}

// resize makes the terminal narrower: what is wider than it wraps anew.
func (s *terminal) resize(width int) {
	var rows []string
	for _, row := range s.rows {
		rows = append(rows, chop(row, width)...)
	}
	s.rows, s.row, s.width = rows, len(rows), width
}

func (s *terminal) screen() string { return strings.Join(s.rows, "\n") }

// clock is a clock that stands still until it is moved.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newLive(s *terminal, names ...string) (*Live, *clock) {
	c := &clock{time.Date(2027, 1, 12, 8, 0, 0, 0, time.UTC)}
	return NewLive(LiveOptions{Out: s, Names: names, Size: s.size, Now: c.Now}), c
}

func TestLiveDrawsOverItself(t *testing.T) {
	s := &terminal{width: 80, height: 24}
	l, c := newLive(s, "shop", "nightly", "漢字")
	l.Enter(0, gate.Resolving, "")
	c.now = c.now.Add(1250 * time.Millisecond)
	l.Enter(0, gate.Waiting, "http:8080/: \x1b[31mconnection refused")
	l.Enter(2, gate.Pulling, "12 MiB of 80 MiB")
	l.Finish(1, gate.ImageReport{Verdict: finding.Fail, Duration: 900 * time.Millisecond})
	want := "shop     waiting until ready  1.2 s        http:8080/: connection refused\n" +
		"nightly  FAIL                 900 ms\n" +
		"漢字     pulling              0 ms         12 MiB of 80 MiB"
	if diff := cmp.Diff(want, s.screen()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	l.Close()
	if s.screen() != "" {
		t.Errorf("left behind:\n%s", s.screen())
	}
	l.Enter(0, gate.Running, "")
	l.Draw()
	l.Close()
	if s.screen() != "" {
		t.Errorf("drawn after Close:\n%s", s.screen())
	}
}

func TestLiveFitsTheTerminal(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("a-rather-long-name-of-an-image-%02d", i))
	}
	for _, width := range []int{1, 5, 20, 40, 200} {
		for _, height := range []int{1, 2, 10, 50} {
			t.Run(fmt.Sprintf("%d by %d", width, height), func(t *testing.T) {
				s := &terminal{width: width, height: height}
				l, _ := newLive(s, names...)
				for i := range names {
					l.Enter(i, gate.Waiting, strings.Repeat("漢", 100))
				}
				if len(s.rows) > height-1 {
					t.Errorf("%d rows on %d:\n%s", len(s.rows), height, s.screen())
				}
				l.Close()
				if len(s.rows) > 0 {
					t.Errorf("left behind:\n%s", s.screen())
				}
			})
		}
	}
}

func TestLiveShowsThoseAtWorkFirstWhenNotAllFit(t *testing.T) {
	s := &terminal{width: 80, height: 5}
	l, _ := newLive(s, "a", "b", "c", "d", "e", "f", "g")
	l.Finish(0, gate.ImageReport{Verdict: finding.Pass, Duration: time.Second})
	l.Finish(1, gate.ImageReport{Verdict: finding.Fail, Duration: time.Second})
	l.Enter(4, gate.Starting, "")
	l.Enter(6, gate.Starting, "")
	want := "e  starting             0 ms\n" +
		"g  starting             0 ms\n" +
		"b  FAIL                 1.0 s\n" +
		"… 4 more: 3 queued, 1 done"
	if diff := cmp.Diff(want, s.screen()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLiveFollowsANarrowerTerminal(t *testing.T) {
	s := &terminal{width: 80, height: 24}
	l, _ := newLive(s, "shop", "nightly")
	l.Enter(0, gate.Waiting, strings.Repeat("x", 60))
	s.resize(30)
	l.Draw()
	want := "shop     waiting until ready\nnightly  queued"
	got := strings.Join(each(s.rows, func(row string) string { return strings.TrimRight(cutColumns(row, 29), " …") }), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLiveFollowsTicks(t *testing.T) {
	s := &terminal{width: 80, height: 24}
	l, c := newLive(s, "shop")
	l.Enter(0, gate.Waiting, "")
	ticks := make(chan time.Time)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Follow(ticks)
	}()
	c.now = c.now.Add(3 * time.Second)
	ticks <- c.now
	close(ticks)
	<-done
	if want := "shop  waiting until ready  3.0 s"; s.screen() != want {
		t.Errorf("got %q, want %q", s.screen(), want)
	}
	l.Close()
	l.Follow(make(chan time.Time)) // returns, since Close was called
}

func TestLiveAssumesAUsualTerminalWhenItDoesNotSay(t *testing.T) {
	s := &terminal{width: 80, height: 24}
	l, _ := newLive(s, "shop")
	l.opt.Size = func() (int, int, error) { return 0, 0, errors.New("not a terminal") }
	l.Enter(0, gate.Waiting, strings.Repeat("x", 200))
	if got := columns(s.screen()); got != usualWidth-1 {
		t.Errorf("drew %d columns, want %d", got, usualWidth-1)
	}
}

func TestLiveColoursVerdicts(t *testing.T) {
	var out bytes.Buffer
	s := &terminal{width: 80, height: 24}
	l, _ := newLive(s, "PASS")
	l.opt.Out, l.paint.on = &out, true
	l.Finish(0, gate.ImageReport{Verdict: finding.Pass, Duration: time.Second})
	if want := "PASS  \x1b[1;32mPASS\x1b[0m"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("got %q, want it to begin with %q", out.String(), want)
	}
}
