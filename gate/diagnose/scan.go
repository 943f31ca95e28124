package diagnose

import (
	"bytes"
	"encoding/binary"
)

// scanner finds any of several literals in one pass. It is the algorithm of Wu and Manber (A fast algorithm for
// multi-pattern searching, TR-94-17, University of Arizona): a window as long as the shortest literal moves over the
// text; the hash of its last three bytes tells how far it can jump before any literal could end its first part there.
type scanner struct {
	window int
	// shift is how far the window may jump, by the hash of its last three bytes; 0 when a literal may start here.
	shift [1 << hashBits]uint8
	// bucket is the index in buckets of the literals whose first part ends with the bytes of a hash.
	bucket  [1 << hashBits]uint16
	buckets [][]literal
}

// literal is a text to find, and the marker it belongs to.
type literal struct {
	text   []byte
	marker *marker
}

// hashBits sizes the table of shifts so that it stays in the processor's first cache, hashed is the number of bytes
// that a hash covers.
const (
	hashBits = 14
	hashed   = 3
)

// hash mixes the three lowest bytes of v: a multiplication by a large odd number, of which the highest bits are used.
func hash(v uint32) uint32 { return (v << 8) * 0x9e3779b1 >> (32 - hashBits) }

// hashOf is hash of three bytes of a text.
func hashOf(b []byte) uint32 { return hash(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16) }

// newScanner returns a scanner for the texts of the given markers, each of at least three bytes.
func newScanner(markers []marker) *scanner {
	s := &scanner{window: 255, buckets: [][]literal{nil}}
	for _, m := range markers {
		s.window = min(s.window, len(m.text))
	}
	for i := range s.shift {
		s.shift[i] = uint8(s.window - hashed + 1)
	}
	for i := range markers {
		text := []byte(markers[i].text)
		for at := 0; at+hashed <= s.window; at++ {
			h := hashOf(text[at:])
			s.shift[h] = min(s.shift[h], uint8(s.window-hashed-at))
		}
		h := hashOf(text[s.window-hashed:])
		if s.bucket[h] == 0 {
			s.bucket[h] = uint16(len(s.buckets))
			s.buckets = append(s.buckets, nil)
		}
		b := &s.buckets[s.bucket[h]]
		*b = append(*b, literal{text, &markers[i]})
	}
	return s
}

// find returns the marker of the first literal in text, or nil when there is none.
func (s *scanner) find(text []byte) *marker {
	m, _ := s.findFrom(text, 0)
	return m
}

// findFrom returns the marker of the first literal that begins at from or after it, and where it begins; nil and the
// length of the text when there is none.
func (s *scanner) findFrom(text []byte, from int) (*marker, int) {
	for len(text)-from > 2*half+s.window+1 {
		m, at := s.findPaired(text, from)
		if m != nil {
			return m, at
		}
		from = at
	}
	// at is where the last bytes of the window begin. While a fourth byte follows them one load takes all.
	m, at := s.findUpTo(text, from+s.window-hashed, len(text)-3)
	if m != nil {
		return m, at - s.window + hashed
	}
	if at+hashed <= len(text) {
		if m := s.begins(hashOf(text[at:]), text[at-s.window+hashed:]); m != nil {
			return m, at - s.window + hashed
		}
	}
	return nil, len(text)
}

// half is how much of a text one of two windows runs over at a time.
const half = 4 << 10

// findPaired is findFrom for literals that begin in the next two halves of a text, which must go on for more than a window
// after them. It moves two windows at once, one over each half: each jump has to wait for the one before it, but not for
// that of the other window, which keeps the processor busy. Where it finds nothing it returns where to go on.
func (s *scanner) findPaired(text []byte, from int) (*marker, int) {
	behind := s.window - hashed
	middle := from + half + behind
	first, second, end := from+behind, middle, middle+half
	var found *marker // in the second half
	for first < middle && second < end {
		h1 := hash(binary.LittleEndian.Uint32(text[first:]))
		h2 := hash(binary.LittleEndian.Uint32(text[second:]))
		jump1, jump2 := int(s.shift[h1]), int(s.shift[h2])
		if jump1 == 0 {
			if m := s.begins(h1, text[first-behind:]); m != nil {
				return m, first - behind
			}
			jump1 = 1
		}
		if jump2 == 0 {
			if found = s.begins(h2, text[second-behind:]); found != nil {
				break
			}
			jump2 = 1
		}
		first, second = first+jump1, second+jump2
	}
	if m, at := s.findUpTo(text, first, middle); m != nil {
		return m, at - behind
	}
	if found != nil {
		return found, second - behind
	}
	m, at := s.findUpTo(text, second, end)
	return m, at - behind
}

// findUpTo moves one window until its last bytes begin at end, and returns where they begin.
func (s *scanner) findUpTo(text []byte, at, end int) (*marker, int) {
	behind := s.window - hashed
	for at < end {
		h := hash(binary.LittleEndian.Uint32(text[at:]))
		jump := int(s.shift[h])
		if jump == 0 {
			if m := s.begins(h, text[at-behind:]); m != nil {
				return m, at
			}
			jump = 1
		}
		at += jump
	}
	return nil, at
}

// begins returns the marker of a literal that text begins with; h is the hash at the end of its first part.
func (s *scanner) begins(h uint32, text []byte) *marker {
	for _, l := range s.buckets[s.bucket[h]] {
		if bytes.HasPrefix(text, l.text) {
			return l.marker
		}
	}
	return nil
}
