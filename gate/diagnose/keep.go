package diagnose

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Keeper says which lines of one stream are worth keeping wherever they stand: those with a marker, and what belongs to
// them right after. The zero value is ready for use. It must not be used by two goroutines at once.
type Keeper struct {
	follow int
	trace  bool
	// hits counts the lines with each marker; current is the marker of the last one.
	hits    map[*marker]int
	current *marker
}

// Keep reports whether the next line of the stream is worth keeping. It runs over every line a container prints, so it
// is made to be cheap: it allocates nothing for an ordinary line and looks at a fraction of its bytes.
func (k *Keeper) Keep(line []byte) bool {
	if m := interesting.find(line); m != nil {
		k.count(m)
		k.follow, k.trace = max(k.follow-1, m.follow), m.trace || k.trace && ofTrace(line)
		return true
	}
	if k.follow > 0 {
		k.follow--
		k.trace = k.trace && ofTrace(line)
		return true
	}
	k.trace = k.trace && ofTrace(line)
	return k.trace
}

// count takes note of a line with a marker.
func (k *Keeper) count(m *marker) {
	if k.hits == nil {
		k.hits = make(map[*marker]int)
	}
	k.hits[m]++
	k.current = m
}

// Common reports whether the last line that was kept is one of many of its kind, which must not crowd out those of a
// rarer one.
func (k *Keeper) Common() bool { return k.hits[k.current] > manyHits }

// manyHits is how many lines with the same marker are kept before further ones are common.
const manyHits = 8

// Markers returns the literal texts that make a line worth keeping.
func Markers() []string {
	var texts []string
	for _, m := range markers() {
		texts = append(texts, m.text)
	}
	return texts
}

// markers returns the markers of all judges, of headlines, and of what known causes ask about.
func markers() []marker {
	all := slices.Concat(factMarkers, headlineMarkers)
	for _, j := range judges {
		all = append(all, j.markers...)
	}
	return all
}

// interesting is built once and only read after that.
var interesting = newScanner(alsoEscaped(markers()))

// alsoEscaped adds what JSON makes of markers with quotes and the like in them: logs are often kept so.
func alsoEscaped(all []marker) []marker {
	for _, m := range all {
		if text := strings.Trim(strconv.Quote(m.text), `"`); text != m.text {
			m.text = text
			all = append(all, m)
		}
	}
	return all
}

// ofTrace reports whether a line can be part of a Java stack trace after its first (Throwable.printStackTrace), also
// when a tool has put something in front of it.
func ofTrace(line []byte) bool {
	bare := bytes.TrimLeft(line, " \t")
	for _, start := range traceStarts {
		if bytes.HasPrefix(bare, start) {
			return true
		}
	}
	for _, inside := range traceParts {
		if bytes.Contains(line, inside) {
			return true
		}
	}
	return false
}

// How lines of a trace begin, and what shows one behind a prefix or within JSON.
var (
	traceStarts = [][]byte{[]byte("at "), []byte("... "), []byte("Caused by: "), []byte("Suppressed: ")}
	traceParts  = [][]byte{[]byte("\tat "), []byte(`\tat `), []byte("   at "), []byte("\t... "), []byte(`\t... `), []byte("Caused by: "), []byte("Suppressed: ")}
)
