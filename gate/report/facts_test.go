package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/finding"
)

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		in   time.Duration
		want string
	}{
		{0, "0 ms"},
		{-8 * time.Millisecond, "-8 ms"},
		{400 * time.Microsecond, "0 ms"},
		{999 * time.Millisecond, "999 ms"},
		{999600 * time.Microsecond, "1.0 s"},
		{1240 * time.Millisecond, "1.2 s"},
		{9949 * time.Millisecond, "9.9 s"},
		{9960 * time.Millisecond, "10 s"},
		{59 * time.Second, "59 s"},
		{59600 * time.Millisecond, "1 min 0 s"},
		{125 * time.Second, "2 min 5 s"},
		{75 * time.Minute, "75 min 0 s"},
	} {
		if got := span(c.in); got != c.want {
			t.Errorf("span(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		in   int64
		want string
	}{
		{0, "0 B"}, {1023, "1023 B"}, {1024, "1 KiB"}, {34_912, "34.1 KiB"}, {1<<20 - 1, "1 MiB"}, {512 << 20, "512 MiB"},
		{10<<30 + 512<<20, "10.5 GiB"}, {3 << 40, "3 TiB"},
	} {
		if got := size(c.in); got != c.want {
			t.Errorf("size(%d) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		in   int
		want string
	}{{0, "0 lines"}, {1, "1 line"}, {999, "999 lines"}, {1000, "1,000 lines"}, {1234567, "1,234,567 lines"}} {
		if got := count(c.in, "line"); got != c.want {
			t.Errorf("count(%d) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestExitPhrase(t *testing.T) {
	for _, c := range []struct {
		name string
		in   boot.Exit
		want string
	}{
		{"a plain code", boot.Exit{Code: 3}, "code 3"},
		{"a signal", boot.Exit{Code: 134}, "code 134 (SIGABRT)"},
		{"a kill for memory", boot.Exit{Code: 137, OOMKilled: true}, "code 137 (SIGKILL, out of memory)"},
		{"a child killed for memory", boot.Exit{Code: 1, OOMKilled: true}, "code 1 (out of memory)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exitPhrase(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestEnding(t *testing.T) {
	forced := &boot.Stop{Signal: "SIGTERM", Forced: true}
	for _, c := range []struct {
		name string
		in   boot.Observation
		want string
	}{
		{"it was not started", boot.Observation{Ended: boot.EndedNotStarted}, "did not start"},
		{"a service was not ready", boot.Observation{Ended: boot.EndedTimeout, Duration: 30 * time.Second}, "not ready after 30 s"},
		{
			"a job was not finished",
			boot.Observation{Ended: boot.EndedTimeout, Asked: asJob, Duration: 30 * time.Second}, "not finished after 30 s",
		},
		{"it turned unhealthy", boot.Observation{Ended: boot.EndedUnhealthy, Duration: time.Second}, "turned unhealthy after 1.0 s"},
		{"it stopped answering", boot.Observation{Ended: boot.EndedUnanswering, Duration: time.Second}, "stopped answering after 1.0 s"},
		{"an exit", boot.Observation{Ended: boot.EndedExited, Exit: &boot.Exit{Code: 3, At: 2 * time.Second, Ran: 20 * ms}}, "exited with code 3 after 20 ms"},
		{
			"an exit after a time that is not known", boot.Observation{Ended: boot.EndedExited, Exit: &boot.Exit{Code: 3, At: 2 * time.Second}},
			"exited with code 3 after at most 2.0 s",
		},
		{"an exit without a code", boot.Observation{Ended: boot.EndedExited, Duration: time.Second}, "exited after 1.0 s"},
		{"an ending of a later version", boot.Observation{Ended: "moved", Duration: time.Second}, "ended after 1.0 s"},
		{
			"it ignored the stop signal", boot.Observation{Ended: boot.EndedServed, ReadyAfter: time.Second, Stop: forced},
			"ready after 1.0 s, stayed up, then had to be killed",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ending(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		name string
		in   gate.Report
		want string
	}{
		{"all passed", reportOf(2300*ms, healthyServer(), doneJob()), "pass: 2 images in 2.3 s"},
		{
			"the only image failed", reportOf(time.Second, notFound()),
			"fail: typo: image-not-found: registry.example.com has no acme/typo:1.4.2.",
		},
		{
			"some failed", reportOf(time.Second, healthyServer(), crashed(), notFound(), engineDown()),
			"fail: 2 of 4 images: ndw-etl (boot-unstable), typo (image-not-found); 1 inconclusive",
		},
		{"one is inconclusive", reportOf(time.Second, healthyServer(), engineDown()), "inconclusive: 1 of 2 images: reports (host-engine)"},
		{"nothing was checked", gate.Report{Verdict: finding.Inconclusive}, "inconclusive: no image was checked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Reason(c.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     int
	}{
		{"letters take one", "abc", 3},
		{"wide characters take two", "漢字", 4},
		{"full-width forms take two", "ＡＢ", 4},
		{"emoji take two", "☕", 2},
		{"combining marks take none", "e\u0301", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := columns(c.in); got != c.want {
				t.Errorf("columns(%q) = %d, want %d", c.in, got, c.want)
			}
		})
	}
}

func TestCutColumns(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		n              int
	}{
		{"what fits stays", "abc", "abc", 3},
		{"what does not ends in an ellipsis", "abcd", "ab…", 3},
		{"a wide character is not cut in two", "漢字", "漢…", 3},
		{"no room, no text", "abc", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cutColumns(c.in, c.n); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, in string
		n, used  int
		want     []string
	}{
		{"unknown width breaks nothing", "a b c", 0, 0, []string{"a b c"}},
		{"words fill lines", "one two three", 7, 0, []string{"one two", "three"}},
		{"the first line has less room", "one two three", 7, 4, []string{"one", "two", "three"}},
		{"a long word is broken", "abcdefgh ij", 4, 0, []string{"", "abcd", "efgh", "ij"}[1:]},
		{"nothing is one empty line", "", 10, 0, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wrap(c.in, c.n, c.used)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
