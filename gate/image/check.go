package image

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// check is a writer that holds what it is given against a layer's digest: that of the file when it is known, else that
// of the uncompressed content.
type check struct {
	hash   hash.Hash
	want   v1.Hash
	direct io.Writer
	// unpack is set when the content has to be uncompressed first; it gives its error when the pipe is closed.
	pipe   *io.PipeWriter
	unpack chan error
}

func newCheck(layer storedLayer) (*check, error) {
	want := layer.digest
	if want == (v1.Hash{}) {
		want = layer.diffID
	}
	hasher, err := v1.Hasher(want.Algorithm)
	if err != nil {
		return nil, err
	}
	c := &check{hash: hasher, want: want, direct: hasher}
	if layer.digest == (v1.Hash{}) {
		r, w := io.Pipe()
		c.pipe, c.direct, c.unpack = w, w, make(chan error, 1)
		go func() {
			err := hashUnpacked(hasher, r)
			_, _ = io.Copy(io.Discard, r) // so that the writer never waits for a reader that gave up
			c.unpack <- err
		}()
	}
	return c, nil
}

// hashUnpacked hashes a layer, through gzip when it begins like that.
func hashUnpacked(to io.Writer, from io.Reader) error {
	buffered := bufio.NewReader(from)
	magic, _ := buffered.Peek(2)
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		_, err := io.Copy(to, buffered)
		return err
	}
	unzipped, err := gzip.NewReader(buffered)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, unzipped)
	return err
}

// Write takes a part of the layer.
func (c *check) Write(b []byte) (int, error) { return c.direct.Write(b) }

// finish says whether the layer was what it should be. It must be called, and nothing may be written after it.
func (c *check) finish() error {
	if c.pipe != nil {
		c.pipe.Close()
		if err := <-c.unpack; err != nil {
			return err
		}
	}
	if got := hex.EncodeToString(c.hash.Sum(nil)); got != c.want.Hex {
		return fmt.Errorf("its content has the digest %s:%s", c.want.Algorithm, got)
	}
	return nil
}
