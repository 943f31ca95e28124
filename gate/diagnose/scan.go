package diagnose

import "bytes"

// Markers returns the literal texts that make a line worth keeping: a judge has a use for it, however much was printed
// after it.
func Markers() []string { return append([]string(nil), markers...) }

// Interesting reports whether a line holds one of the Markers. It runs over every line a container prints, so it is
// made to be cheap: it allocates nothing and looks at a fraction of the bytes of an ordinary line.
func Interesting(line []byte) bool { return interesting.match(line) }

// markers are never changed. Each is at least as long as the scanner's window; the longer the shortest of them is, the
// faster the scan.
var markers = []string{
	"error while loading shared libraries",
	"symbol lookup error",
	"Error loading shared library",
	"Error relocating",
	"Error: dl failure on line",
	".so, because ",
	"Inconsistency detected by ld.so",
	"cannot open shared object file",
	"' not found (required by ",
	"exec format error",
	"Exec format error",
	"exec user process caused",
	"java.lang.UnsatisfiedLinkError",
	"[FATAL tini (",
	"rosetta error: ",
	"qemu-x86_64: Could not open",
	"qemu-aarch64: Could not open",
}

// interesting is built once and only read after that.
var interesting = newScanner(markers)

// scanner finds any of several literals in one pass. It is the algorithm of Wu and Manber (A fast algorithm for
// multi-pattern searching, TR-94-17, University of Arizona): a window as long as the shortest literal moves over the
// text; the hash of its last two bytes tells how far it can jump before any literal could end its first part there.
type scanner struct {
	window int
	// shift is how far the window may jump, by the hash of its last two bytes; 0 when a literal may start here.
	shift [1 << hashBits]uint8
	// literals are those whose first part ends with the bytes of a hash.
	literals [1 << hashBits][][]byte
}

// hashBits sizes the table so that it stays in the processor's first cache.
const hashBits = 12

func hash(a, b byte) uint { return (uint(a)<<5 ^ uint(b)) & (1<<hashBits - 1) }

// newScanner returns a scanner for the given literals, each of at least two bytes.
func newScanner(literals []string) *scanner {
	s := &scanner{window: 255}
	for _, l := range literals {
		s.window = min(s.window, len(l))
	}
	for i := range s.shift {
		s.shift[i] = uint8(s.window - 1)
	}
	for _, l := range literals {
		for i := 1; i < s.window; i++ {
			h := hash(l[i-1], l[i])
			s.shift[h] = min(s.shift[h], uint8(s.window-1-i))
		}
		h := hash(l[s.window-2], l[s.window-1])
		s.literals[h] = append(s.literals[h], []byte(l))
	}
	return s
}

func (s *scanner) match(text []byte) bool {
	for end := s.window - 1; end < len(text); {
		h := hash(text[end-1], text[end])
		if jump := int(s.shift[h]); jump > 0 {
			end += jump
			continue
		}
		for _, l := range s.literals[h] {
			if bytes.HasPrefix(text[end-s.window+1:], l) {
				return true
			}
		}
		end++
	}
	return false
}
