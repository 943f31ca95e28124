package diagnose

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// blockReader reads a stream in large pieces, of which the first bytes can be looked at before. It stops when its
// context is cancelled.
type blockReader struct {
	ctx context.Context
	in  io.Reader
	// head are bytes that were looked at and not read yet.
	head []byte
	err  error // what ended the stream when head was filled
}

// peek returns the first n bytes, or fewer when there are no more. What ended the stream Read tells again.
func (b *blockReader) peek(n int) []byte {
	head := make([]byte, n)
	read, err := fill(b, head)
	b.head, b.err = head[:read], err
	return b.head
}

// skip drops n bytes that were looked at.
func (b *blockReader) skip(n int) { b.head = b.head[n:] }

// Read implements io.Reader.
func (b *blockReader) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	if err := context.Cause(b.ctx); err != nil {
		return 0, err
	}
	return b.in.Read(p)
}

// fill reads until p is full, so that what is made of a log does not depend on how its bytes arrive. The error is io.EOF
// when the stream ended.
func fill(r io.Reader, p []byte) (int, error) {
	n, idle := 0, 0
	for n < len(p) {
		read, err := r.Read(p[n:])
		n += read
		if err != nil {
			return n, err
		}
		if idle++; read > 0 {
			idle = 0
		} else if idle > 100 {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// blockSize is how much of a log is looked at at once: as much as fits well into the processor's second cache. A log
// that fits into one block is kept whole.
const blockSize = 256 << 10

// readFrom reads everything. Two buffers take turns, so that when the log ends the one before the last block is still
// there to take the last lines from.
func (k *kept) readFrom(r io.Reader) error {
	current, previous := make([]byte, k.blockSize), make([]byte, k.blockSize)
	carried := 0 // bytes at the start of current that belong to a line without its end yet
	var before []byte
	for {
		n, err := fill(r, current[carried:])
		block := current[:carried+n]
		if err != nil {
			k.block(block, true)
			k.end(before, block)
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		whole := bytes.LastIndexByte(block, '\n') + 1
		if whole == 0 {
			whole = len(block) // one line fills the block: its parts are looked at one by one
		}
		k.block(block[:whole], false)
		carried = copy(previous, block[whole:])
		before = block[:whole]
		current, previous = previous, current
	}
}
