package diagnose

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	runes "unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Options say how a saved log is read.
type Options struct {
	// Name is what evidence calls the log: a path, or "stdin".
	Name string
}

// NotTextError says that what was to be read as a log is something else.
type NotTextError struct {
	// What says what it is, as far as its first bytes tell: "a zip archive".
	What string
	// Advice says what to do instead, as a sentence; may be empty.
	Advice string
}

func (e *NotTextError) Error() string {
	text := "this is " + e.What + ", not a log"
	if e.Advice != "" {
		text += ". " + e.Advice
	}
	return text
}

// Read reads a saved log, or a file that a dying JVM wrote, from its beginning to its end and keeps of it what judges
// have a use for: the first lines, the last, and those with a marker. However large the log is, it takes little memory.
//
// A log may be compressed with gzip and encoded in UTF-8 or UTF-16. What tools put in front of each line (docker
// compose, kubectl, journald and others) is taken away. Anything else than text is a *NotTextError. With any other error
// the Death holds what had been read until then. The error is the cause with which ctx was cancelled, if it was.
func Read(ctx context.Context, r io.Reader, opt Options) (Death, error) {
	k := newKept(blockSize)
	err := readAll(ctx, r, k)
	var wrong *NotTextError
	if errors.As(err, &wrong) {
		return Death{}, err
	}
	d := Death{Exited: true, ExitUnknown: true, Saved: true, Lines: normalise(k.lines(opt.Name))}
	if text := k.file(); text != "" {
		d.Files = []File{{Path: opt.Name, Text: text}}
	}
	return d, err
}

// readAll decodes a log and gives it to k block by block.
func readAll(ctx context.Context, r io.Reader, k *kept) error {
	blocks := &blockReader{ctx: ctx, in: r}
	begin := blocks.peek(detected)
	if bytes.HasPrefix(begin, gzipMagic) {
		unzipped, err := gzip.NewReader(blocks)
		if err != nil {
			return fmt.Errorf("decompressing: %w", err)
		}
		blocks = &blockReader{ctx: ctx, in: unzipped}
		begin = blocks.peek(detected)
	}
	mark, order := encodingOf(begin)
	if order != utf8 {
		blocks.skip(mark)
		endian := unicode.LittleEndian
		if order == utf16BE {
			endian = unicode.BigEndian
		}
		decoder := unicode.UTF16(endian, unicode.IgnoreBOM).NewDecoder()
		blocks = &blockReader{ctx: ctx, in: transform.NewReader(blocks, decoder)}
		mark, begin = 0, blocks.peek(detected)
	}
	if err := textual(begin[mark:]); err != nil {
		return err
	}
	blocks.skip(mark)
	return k.readFrom(blocks)
}

// detected is how many of the first bytes decide what a log is.
const detected = 4 << 10

var gzipMagic = []byte{0x1f, 0x8b, 0x08} // RFC 1952, section 2.3.1

// encoding is how a text is encoded.
type encoding int

const (
	utf8 encoding = iota // or any other that extends ASCII
	utf16LE
	utf16BE
)

// encodingOf tells the encoding by the first bytes, and how long the byte order mark is. PowerShell writes UTF-16 with a
// mark; without one the zero bytes of plain ASCII text tell.
func encodingOf(begin []byte) (mark int, order encoding) {
	switch {
	case bytes.HasPrefix(begin, []byte{0xef, 0xbb, 0xbf}):
		return 3, utf8
	case bytes.HasPrefix(begin, []byte{0xff, 0xfe}):
		return 2, utf16LE
	case bytes.HasPrefix(begin, []byte{0xfe, 0xff}):
		return 2, utf16BE
	}
	var zeros [2]int
	for i, b := range begin {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(begin) / 2
	switch {
	case zeros[1] > half*3/4 && zeros[0] <= half/20:
		return 0, utf16LE
	case zeros[0] > half*3/4 && zeros[1] <= half/20:
		return 0, utf16BE
	}
	return 0, utf8
}

// magics are the first bytes of what people take for a log, with what to do instead.
var magics = []struct {
	bytes        string
	what, advice string
}{
	{"\x7fELF", "a program, a library or a core dump", "The log and the hs_err file of the process tell more."},
	{"JAVA PROFILE 1.0", "a heap dump", "Open it with a heap analyser; what the JVM printed tells why it died."},
	{"FLR\x00", "a flight recording", "Read it with `jfr print`; what the JVM printed tells why it died."},
	{"PK\x03\x04", "a zip archive or a jar", "Unpack it, and name the log in it."},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "Decompress it first: zstd -dc FILE | gate diagnose."},
	{"\xfd7zXZ\x00", "compressed with xz", "Decompress it first: xz -dc FILE | gate diagnose."},
	{"\x04\x22\x4d\x18", "compressed with lz4", "Decompress it first: lz4 -dc FILE | gate diagnose."},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, and name the log in it."},
	{"BZh", "compressed with bzip2", "Decompress it first: bzip2 -dc FILE | gate diagnose."},
	{"LPKSHHRH", "a journal of systemd", "Print it first: journalctl --file FILE | gate diagnose."},
}

// textual refuses what is no text, by its first bytes.
func textual(begin []byte) error {
	for _, m := range magics {
		if bytes.HasPrefix(begin, []byte(m.bytes)) {
			return &NotTextError{What: m.what, Advice: m.advice}
		}
	}
	if len(begin) > 262 && string(begin[257:262]) == "ustar" { // POSIX.1-2017, pax, ustar interchange format
		return &NotTextError{What: "a tar archive", Advice: "Unpack it, and name the log in it."}
	}
	if notText(begin) {
		return &NotTextError{What: "binary data"}
	}
	return nil
}

// notText tells by bytes that text does not have. Of data that is compressed or encrypted one byte in ten is a control
// character, at times fewer; more than a half is no UTF-8. Text in another encoding has the latter, but no control
// characters, and text that a program printed zero bytes into is UTF-8.
func notText(begin []byte) bool {
	odd := 0
	for _, b := range begin {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != '\b' && b != escape {
			odd++
		}
	}
	return odd*10 > len(begin) || odd*50 > len(begin) && notUTF8(begin)*20 > len(begin)
}

// notUTF8 counts the bytes that are no part of a character in UTF-8.
func notUTF8(text []byte) int {
	wrong := 0
	for len(text) > 0 {
		r, size := runes.DecodeRune(text)
		if r == runes.RuneError && size == 1 {
			wrong++
		}
		text = text[size:]
	}
	return wrong
}
