package boot

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/docker/docker/pkg/stdcopy"
)

// logStream returns a multiplexed stream of about size bytes of log lines, in frames of frame bytes.
func logStream(tb testing.TB, size, frame int) []byte {
	tb.Helper()
	var text bytes.Buffer
	for i := 0; text.Len() < size; i++ {
		fmt.Fprintf(&text, "2026-11-20 08:38:52.%03d  INFO 1 --- [nio-8080-exec-%d] c.a.orders.OrderController : accepted order %d\n", i%1000, i%10, i)
	}
	var stream bytes.Buffer
	out := stdcopy.NewStdWriter(&stream, stdcopy.Stdout)
	for text.Len() > 0 {
		if _, err := out.Write(text.Next(frame)); err != nil {
			tb.Fatal(err)
		}
	}
	return stream.Bytes()
}

// BenchmarkCollector takes 16 MiB of ordinary log lines, read in frames as the engine makes them.
func BenchmarkCollector(b *testing.B) {
	markers := [][]byte{[]byte("cannot open shared object file"), []byte("exec format error"), []byte("java.lang.UnsatisfiedLinkError")}
	keep := func(line []byte) bool {
		return slices.ContainsFunc(markers, func(marker []byte) bool { return bytes.Contains(line, marker) })
	}
	forbid := regexp.MustCompile(`OutOfMemoryError`)
	for _, bench := range []struct {
		name  string
		keep  func() func([]byte) Worth
		match []matcher
		frame int
	}{
		{name: "lines alone", frame: 16 << 10},
		{name: "one line in a frame", frame: 112},
		{name: "lines and a set of markers", frame: 16 << 10, keep: always(keep)},
		{name: "a forbidden pattern", frame: 16 << 10, match: []matcher{func(line rawLine) bool { return forbid.Match(line.text) }}},
		{name: "the well-known lines", frame: 16 << 10, match: []matcher{func(line rawLine) bool { _, ok := saidBy(started, line.text); return ok }}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			stream := logStream(b, 16<<20, bench.frame)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				c := collector{newKeep: bench.keep, matchers: append([]matcher(nil), bench.match...)}
				if err := c.copyFrom(bytes.NewReader(stream)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
