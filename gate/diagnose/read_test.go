package diagnose

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// readAs reads a log and fails the test when that fails.
func readAs(t testing.TB, name string, r io.Reader) Death {
	t.Helper()
	d, err := Read(t.Context(), r, Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// missingLibrary is a line that has a marker.
const missingLibrary = "/app: error while loading shared libraries: libfoo.so.1: cannot open shared object file: No such file or directory"

// shown renders lines as NUMBER TEXT.
func shown(lines []Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%d %s", l.Number, l.Text))
	}
	return all
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(t testing.TB, endian unicode.Endianness, bom unicode.BOMPolicy, text string) string {
	t.Helper()
	s, err := unicode.UTF16(endian, bom).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestALogIsReadHoweverItIsEncoded(t *testing.T) {
	const plain = "starting é\n" + missingLibrary + "\n"
	want := []string{"1 starting é", "2 " + missingLibrary}
	for name, text := range map[string]string{
		"plain":                           plain,
		"without an end of the last line": strings.TrimSuffix(plain, "\n"),
		"with Windows line ends":          strings.ReplaceAll(plain, "\n", "\r\n"),
		"with a byte order mark":          "\ufeff" + plain,
		"UTF-16LE with a mark":            encoded(t, unicode.LittleEndian, unicode.UseBOM, plain),
		"UTF-16BE with a mark":            encoded(t, unicode.BigEndian, unicode.UseBOM, plain),
		"UTF-16LE without a mark":         encoded(t, unicode.LittleEndian, unicode.IgnoreBOM, plain),
		"UTF-16BE without a mark":         encoded(t, unicode.BigEndian, unicode.IgnoreBOM, plain),
		"gzip":                            zipped(t, plain),
		"gzip in two members":             zipped(t, plain[:7]) + zipped(t, plain[7:]),
		"gzip of UTF-16":                  zipped(t, encoded(t, unicode.LittleEndian, unicode.UseBOM, plain)),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, shown(readAs(t, "log", strings.NewReader(text)).Lines)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"a program":     {"\x7fELF\x02\x01", "this is a program, a library or a core dump, not a log. The log and the hs_err file of the process tell more."},
		"a heap dump":   {"JAVA PROFILE 1.0.2\x00", "this is a heap dump, not a log. Open it with a heap analyser; what the JVM printed tells why it died."},
		"zstd":          {"\x28\xb5\x2f\xfd", "this is compressed with zstd, not a log. Decompress it first: zstd -dc FILE | gate diagnose."},
		"lz4":           {"\x04\x22\x4d\x18", "this is compressed with lz4, not a log. Decompress it first: lz4 -dc FILE | gate diagnose."},
		"7z":            {"7z\xbc\xaf\x27\x1c", "this is a 7z archive, not a log. Unpack it, and name the log in it."},
		"zeros":         {strings.Repeat("\x00", 1000), "this is binary data, not a log"},
		"a zipped jar":  {zipped(t, "PK\x03\x04"), "this is a zip archive or a jar, not a log. Unpack it, and name the log in it."},
		"a tar archive": {"name" + strings.Repeat("\x00", 253) + "ustar\x00", "this is a tar archive, not a log. Unpack it, and name the log in it."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(t.Context(), strings.NewReader(c.content), Options{})
			var wrong *NotTextError
			if !errors.As(err, &wrong) || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

func TestRandomBytesAreNoText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for size := 100; size <= 8<<10; size += 100 {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		_, err := Read(t.Context(), bytes.NewReader(content), Options{})
		var wrong *NotTextError
		if !errors.As(err, &wrong) {
			t.Errorf("%d bytes: error %v, want that they are no text", size, err)
		}
	}
}

func TestTextOfOtherEncodingsIsText(t *testing.T) {
	for name, content := range map[string]string{
		"Latin-1":                     strings.Repeat("d\xe9marrage termin\xe9 \xe0 l'heure\n", 100),
		"Windows-1251":                strings.Repeat("\xc7\xe0\xef\xf3\xf1\xea\xcf\xf0\xe8\n", 100),
		"an environment with zeros":   strings.Repeat("+ cat /proc/1/environ\nLANG=C.UTF-8\x00HOME=/root\x00PWD=/\x00\n", 20),
		"a bell in a line of Latin-1": "termin\xe9\a\n" + strings.Repeat("servi\n", 10),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(t.Context(), strings.NewReader(content), Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestALongLogIsKeptInParts(t *testing.T) {
	var log strings.Builder
	const count = 20_000
	for i := 1; i <= count; i++ {
		if i == 9_000 || i == 15_000 {
			log.WriteString(missingLibrary + "\n")
			continue
		}
		fmt.Fprintf(&log, "%d %s.\n", i, strings.Repeat("x", i%100))
	}
	d := readAs(t, "log", strings.NewReader(log.String()))
	var want []int
	for i := range 50 {
		want = append(want, i+1)
	}
	want = append(want, 9_000, 15_000)
	for i := range 200 {
		want = append(want, count-199+i)
	}
	var got []int
	for _, l := range d.Lines {
		got = append(got, l.Number)
		if want := fmt.Sprintf("%d %s.", l.Number, strings.Repeat("x", l.Number%100)); l.Text != want && l.Text != missingLibrary {
			t.Errorf("line %d is %q", l.Number, l.Text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestWhatIsReadDoesNotDependOnHowItArrives(t *testing.T) {
	var log strings.Builder
	for i := range 4_000 {
		fmt.Fprintf(&log, "%d %s\n", i, strings.Repeat("y", i%300))
		if i%997 == 0 {
			log.WriteString(missingLibrary + "\n")
		}
	}
	text := log.String()
	want := readAs(t, "log", strings.NewReader(text))
	for name, r := range map[string]io.Reader{
		"byte by byte":            iotest.OneByteReader(strings.NewReader(text)),
		"half of what is asked":   iotest.HalfReader(strings.NewReader(text)),
		"the end with the last":   iotest.DataErrReader(strings.NewReader(text)),
		"compressed byte by byte": iotest.OneByteReader(strings.NewReader(zipped(t, text))),
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want.Lines, readAs(t, "log", r).Lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALineThatFillsBlocksIsOneLine(t *testing.T) {
	long := strings.Repeat("z", 3*blockSize+17)
	d := readAs(t, "log", strings.NewReader("one\n"+long+"\nthree\n"))
	var got []string
	for _, l := range d.Lines {
		got = append(got, fmt.Sprintf("%d %s %d", l.Number, l.Text[:1], len(l.Text)))
	}
	want := []string{"1 o 3", fmt.Sprintf("2 z %d", keptLine), "3 t 5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestALogOfNothingButMarkedLinesTakesBoundedMemory(t *testing.T) {
	line := missingLibrary + strings.Repeat("x", 2000) + "\n"
	d := readAs(t, "log", io.LimitReader(&endless{text: line}, 100<<20))
	size := 0
	for _, l := range d.Lines {
		size += len(l.Text)
	}
	if size > 2*keptBytes+keptTail*len(line) || len(d.Lines) > keptHead+firstKept+lastKept+keptTail {
		t.Errorf("kept %d lines of %d bytes", len(d.Lines), size)
	}
	if last := d.Lines[len(d.Lines)-1].Number; last != 100<<20/len(line)+1 {
		t.Errorf("the last line has number %d", last)
	}
}

// endless is a text over and over again.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], e.text[e.at:])
		n, e.at = n+copied, (e.at+copied)%len(e.text)
	}
	return n, nil
}

func TestAnErrorFileIsKeptWhole(t *testing.T) {
	const text = "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x1, pid=1, tid=2\n"
	d := readAs(t, "dir/hs_err_pid1.log", strings.NewReader(text))
	if diff := cmp.Diff([]File{{Path: "dir/hs_err_pid1.log", Text: text}}, d.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if d := readAs(t, "log", strings.NewReader("starting\n"+text)); d.Files != nil {
		t.Errorf("a log that holds such a header is taken for the file: %v", d.Files)
	}
}

func TestWhatWasReadBeforeAnErrorIsKept(t *testing.T) {
	broken := errors.New("the disk is gone")
	d, err := Read(t.Context(), io.MultiReader(strings.NewReader("one\ntwo\n"), iotest.ErrReader(broken)), Options{})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if diff := cmp.Diff([]string{"1 one", "2 two"}, shown(d.Lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestReadingStopsWhenItIsCancelled(t *testing.T) {
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := Read(ctx, &endless{text: "x\n"}, Options{}); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
}
