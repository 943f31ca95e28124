package image

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// tree is the files of an archive or a layout directory. Names use slashes and are relative. Nothing stays open between
// calls. Errors are plain: who asked knows what the file was for.
type tree interface {
	// canonical follows links to the name of the file itself.
	canonical(name string) string
	// size returns how long a file is; ok is false when there is none.
	size(name string) (n int64, ok bool)
	// read returns the content of a small file.
	read(ctx context.Context, name string, limit int64) ([]byte, error)
	// each opens files, given by their canonical names, one after another, in whatever order costs least, and stops at the first error.
	each(ctx context.Context, names map[string]bool, use func(name string, content io.Reader) error) error
}

// readSmall reads a whole stream that must not be longer than limit.
func readSmall(name string, r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return raw, nil
}

// watched is a reader that ends when its context does.
type watched struct {
	io.Reader
	ctx context.Context
}

func (w watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}

// directory is a tree on disk.
type directory string

func (d directory) canonical(name string) string { return path.Clean(name) }

func (d directory) size(name string) (int64, bool) {
	info, err := os.Stat(d.host(name))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

func (d directory) host(name string) string {
	return filepath.Join(string(d), filepath.FromSlash(name))
}

func (d directory) read(ctx context.Context, name string, limit int64) (content []byte, err error) {
	err = d.each(ctx, map[string]bool{name: true}, func(_ string, r io.Reader) error {
		content, err = readSmall(name, r, limit)
		return err
	})
	return content, err
}

func (d directory) each(ctx context.Context, names map[string]bool, use func(string, io.Reader) error) error {
	for name := range names {
		if err := d.open(ctx, name, use); err != nil {
			return err
		}
	}
	return nil
}

func (d directory) open(ctx context.Context, name string, use func(string, io.Reader) error) error {
	file, err := os.Open(d.host(name))
	if err != nil {
		return err
	}
	defer file.Close()
	return use(name, watched{file, ctx})
}

// archive is a tree in a tar file, which may be compressed with gzip. An uncompressed one is read where it lies; a
// compressed one has to be read from its beginning each time, but for the small files seen the first time.
type archive struct {
	file       string
	compressed bool
	entries    map[string]tarEntry
	// links are symbolic and hard links: `docker save` before Docker 25 writes a layer that occurs twice only once.
	links map[string]string
}

// tarEntry is one regular file of an archive.
type tarEntry struct {
	size int64
	// offset is where its content begins in an uncompressed archive.
	offset int64
	// kept is its content, when the archive is compressed and it is small.
	kept []byte
}

// Bounds on what is kept of a compressed archive: manifests and configurations are nearly always smaller, and what is
// not kept can be read again.
const (
	keepEntry = 1 << 20
	keepAll   = 8 << 20
)

// maxEntries bounds the table of contents. An image has a few hundred blobs at most; 64 Ki names take about 10 MB.
const maxEntries = 1 << 16

// openArchive reads the table of contents of a tar.
func openArchive(ctx context.Context, file string) (*archive, error) {
	a := &archive{file: file, entries: map[string]tarEntry{}, links: map[string]string{}}
	kept := int64(0)
	err := a.walk(ctx, func(name string, h *tar.Header, offset int64, content io.Reader) error {
		if len(a.entries)+len(a.links) >= maxEntries {
			return fmt.Errorf("it has more than %d files", maxEntries)
		}
		switch h.Typeflag {
		case tar.TypeSymlink:
			a.links[name] = path.Join(path.Dir(name), h.Linkname)
		case tar.TypeLink:
			a.links[name] = path.Clean(h.Linkname)
		case tar.TypeReg:
			entry := tarEntry{size: h.Size, offset: offset}
			if a.compressed && h.Size <= keepEntry && kept+h.Size <= keepAll {
				var err error
				if entry.kept, err = io.ReadAll(content); err != nil {
					return err
				}
				kept += h.Size
			}
			a.entries[name] = entry
		}
		return nil
	})
	return a, err
}

// walk goes through the archive from its beginning. It sets compressed.
func (a *archive) walk(ctx context.Context, visit func(name string, h *tar.Header, offset int64, content io.Reader) error) error {
	file, err := os.Open(a.file)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := tar.NewReader(file) // on a file itself, so that it seeks over what is not read
	if a.compressed, err = isGzip(file); err != nil {
		return err
	}
	if a.compressed {
		unzipped, err := gzip.NewReader(bufio.NewReaderSize(watched{file, ctx}, 64<<10))
		if err != nil {
			return err
		}
		reader = tar.NewReader(unzipped)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a tar: %w", err)
		}
		offset, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if err := visit(path.Clean(strings.TrimPrefix(h.Name, "/")), h, offset, reader); err != nil {
			return err
		}
	}
}

// isGzip looks at the first bytes of a file (RFC 1952 section 2.3.1) and goes back to its beginning.
func isGzip(file io.ReadSeeker) (bool, error) {
	var magic [2]byte
	n, err := io.ReadFull(file, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return n == 2 && magic == [2]byte{0x1f, 0x8b}, err
}

func (a *archive) canonical(name string) string {
	name = path.Clean(name)
	for range 8 {
		target, ok := a.links[name]
		if !ok {
			break
		}
		name = target
	}
	return name
}

func (a *archive) size(name string) (int64, bool) {
	entry, ok := a.entries[a.canonical(name)]
	return entry.size, ok
}

func (a *archive) read(ctx context.Context, name string, limit int64) (content []byte, err error) {
	entry, ok := a.entries[a.canonical(name)]
	if !ok {
		return nil, fmt.Errorf("reading %s: %w", name, fs.ErrNotExist)
	}
	if entry.kept != nil && int64(len(entry.kept)) <= limit {
		return entry.kept, nil
	}
	err = a.each(ctx, map[string]bool{a.canonical(name): true}, func(_ string, r io.Reader) error {
		content, err = readSmall(name, r, limit)
		return err
	})
	return content, err
}

func (a *archive) each(ctx context.Context, names map[string]bool, use func(string, io.Reader) error) error {
	for name := range names {
		if _, ok := a.entries[name]; !ok {
			return fmt.Errorf("reading %s: %w", name, fs.ErrNotExist)
		}
	}
	if a.compressed {
		return a.eachCompressed(ctx, names, use)
	}
	file, err := os.Open(a.file)
	if err != nil {
		return err
	}
	defer file.Close()
	for name := range names {
		entry := a.entries[name]
		if err := use(name, watched{io.NewSectionReader(file, entry.offset, entry.size), ctx}); err != nil {
			return err
		}
	}
	return nil
}

// eachCompressed is each for an archive that can only be read from its beginning.
func (a *archive) eachCompressed(ctx context.Context, names map[string]bool, use func(string, io.Reader) error) error {
	left := maps.Clone(names)
	err := a.walk(ctx, func(name string, h *tar.Header, _ int64, content io.Reader) error {
		if !left[name] || h.Typeflag != tar.TypeReg {
			return nil
		}
		delete(left, name)
		return use(name, content)
	})
	if err == nil && len(left) > 0 {
		return errors.New("the archive changed while it was read")
	}
	return err
}

// isArchive reports whether a file begins like a gzip or has the mark of a tar (POSIX.1-1988 ustar) in its first block.
func isArchive(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	if zipped, err := isGzip(file); err != nil || zipped {
		return zipped
	}
	var block [512]byte
	_, err = io.ReadFull(file, block[:])
	return err == nil && string(block[257:262]) == "ustar"
}
