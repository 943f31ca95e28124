package builder

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Bounds of reading archives and class files.
const (
	maxClass     = 1 << 20  // bytes of a class file that its name is looked for in
	maxInMemory  = 8 << 20  // bytes of an archive that is held in memory; a longer one goes to a file
	maxArchive   = 4 << 30  // bytes of an archive
	maxDirectory = 16 << 20 // bytes of an archive's central directory
	maxDepth     = 3        // archives within archives
	maxUnfolded  = 16 << 30 // bytes of archives within archives that had to be unfolded
)

// The versions of the class file format (JVMS 4.1, table 4.1-A): 45 is Java 1.1, 52 is 8, 65 is 21.
const (
	classMagic = 0xCAFEBABE
	firstMajor = 45
	lastMajor  = 200
	javaOffset = 44
)

// looseClass looks at a class file that lies in a folder.
func (s *Scan) looseClass(layer int, name string, content io.Reader) {
	if ignored(name) {
		return
	}
	s.class(layer, name, name, content)
}

// ignored reports whether a class counts for nothing: it is for newer JVMs only, which choose it by themselves (JAR
// specification, multi-release), or it is the description of a module, which older JVMs never look at.
func ignored(name string) bool {
	return path.Base(name) == "module-info.class" || strings.HasPrefix(name, "META-INF/versions/") || strings.Contains(name, "/META-INF/versions/")
}

// class looks at the beginning of a class file, and notes it when it needs a newer JVM than any before.
func (s *Scan) class(layer int, name, where string, content io.Reader) {
	var head [8]byte
	if _, err := io.ReadFull(content, head[:]); err != nil || binary.BigEndian.Uint32(head[:]) != classMagic {
		return
	}
	major := int(binary.BigEndian.Uint16(head[6:]))
	if major < firstMajor || major > lastMajor {
		return
	}
	s.contents.Classes++
	c := Class{Where: cutTo(where, maxText), Major: major, Release: max(1, major-javaOffset), Layer: layer}
	highest := s.contents.Highest == nil || major > s.contents.Highest.Major
	called, place, library := s.zippedPlace(where, name)
	c.Name = cutTo(called, maxText)
	if loose := name == where; loose || highest {
		rest, err := io.ReadAll(io.LimitReader(content, maxClass))
		if own := className(rest); err == nil && own != "" {
			c.Name = cutTo(own, maxText)
		}
		if loose {
			place, library = loosePlace(name, c.Name), false
		}
	}
	s.note(c, cutTo(place, maxText), library)
	if highest {
		s.contents.Highest = &c
	}
}

// className reads the name of a class from its constant pool (JVMS 4.4); empty when it is not all there. rest begins
// behind the version.
func className(rest []byte) string {
	if len(rest) < 2 {
		return ""
	}
	count := int(binary.BigEndian.Uint16(rest))
	classes, texts := map[int]int{}, map[int][]byte{}
	at := 2
	for i := 1; i < count; i++ {
		if at+3 > len(rest) {
			return ""
		}
		tag, two := rest[at], int(binary.BigEndian.Uint16(rest[at+1:]))
		size := 0
		switch tag {
		case 1: // text
			size = 3 + two
			if at+size > len(rest) {
				return ""
			}
			texts[i] = rest[at+3 : at+size]
		case 7: // class
			size = 3
			classes[i] = two
		case 8, 16, 19, 20: // string, method type, module, package
			size = 3
		case 15: // method handle
			size = 4
		case 3, 4, 9, 10, 11, 12, 17, 18: // numbers, references, names with types, dynamic
			size = 5
		case 5, 6: // long and double take two entries
			size = 9
			i++
		default:
			return ""
		}
		at += size
	}
	if at+4 > len(rest) {
		return ""
	}
	this := int(binary.BigEndian.Uint16(rest[at+2:])) // behind the access flags
	return strings.ReplaceAll(string(texts[classes[this]]), "/", ".")
}

// archive looks through a jar, war or ear. Its table of contents is at its end, so that it is held in memory or, when it
// is long, in a temporary file.
func (s *Scan) archive(ctx context.Context, layer int, name string, content io.Reader, size int64) error {
	held, done, err := hold(content, size)
	if errors.Is(err, errTooLong) {
		s.skip("%s, which has %d bytes", cutTo(name, maxText), size)
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.skip("%s, which is cut short", cutTo(name, maxText))
		return nil
	}
	if err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	defer done()
	return s.zip(ctx, layer, name, held, size, 1)
}

var errTooLong = errors.New("too long")

// hold keeps a stream of a known size where it can be read in any order.
func hold(content io.Reader, size int64) (held io.ReaderAt, done func(), err error) {
	switch {
	case size > maxArchive || size < 0:
		return nil, nil, errTooLong
	case size <= maxInMemory:
		all := make([]byte, size)
		_, err := io.ReadFull(content, all)
		return bytes.NewReader(all), func() {}, err
	}
	file, err := os.CreateTemp("", "gate-archive-*")
	if err != nil {
		return nil, nil, err
	}
	done = func() { file.Close(); os.Remove(file.Name()) }
	if _, err := io.CopyN(file, content, size); err != nil {
		done()
		return nil, nil, err
	}
	return file, done, nil
}

// zip looks through an archive, and archives in it.
func (s *Scan) zip(ctx context.Context, layer int, name string, held io.ReaderAt, size int64, depth int) error {
	if n, err := directorySize(held, size); err != nil || n > maxDirectory {
		s.skip("%s, whose table of contents has %d bytes", cutTo(name, maxText), n)
		return nil
	}
	archive, err := zip.NewReader(held, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		s.skip("%s: %v", cutTo(name, maxText), err)
		return nil
	}
	s.contents.Jars++
	if depth == 1 {
		s.manifest(name, archive.File)
	}
	for _, file := range archive.File {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		switch {
		case strings.HasSuffix(file.Name, classSuffix) && !ignored(file.Name):
			s.zippedClass(layer, name, file)
		case isArchive(file.Name) && depth >= maxDepth:
			s.skip("%s!/%s: archives in archives are looked through %d deep", cutTo(name, maxText), cutTo(file.Name, maxText), maxDepth)
		case isArchive(file.Name):
			if err := s.nested(ctx, layer, name+"!/"+file.Name, held, file, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Scan) zippedClass(layer int, archive string, file *zip.File) {
	content, err := file.Open()
	if err != nil {
		s.skip("%s!/%s: %v", cutTo(archive, maxText), cutTo(file.Name, maxText), err)
		return
	}
	defer content.Close()
	s.class(layer, file.Name, archive, content)
}

// nested looks through an archive in an archive. Spring Boot's are stored as they are, and can be read where they lie.
func (s *Scan) nested(ctx context.Context, layer int, name string, outer io.ReaderAt, file *zip.File, depth int) error {
	if file.Method == zip.Store {
		offset, err := file.DataOffset()
		if err == nil && file.UncompressedSize64 <= maxArchive {
			size := int64(file.UncompressedSize64)
			return s.zip(ctx, layer, name, io.NewSectionReader(outer, offset, size), size, depth+1)
		}
	}
	content, err := file.Open()
	if err != nil {
		s.skip("%s: %v", cutTo(name, maxText), err)
		return nil
	}
	defer content.Close()
	size := int64(min(file.UncompressedSize64, maxArchive+1))
	if s.unfolded += size; s.unfolded > maxUnfolded {
		s.skip("%s, after %d GiB of archives in archives", cutTo(name, maxText), maxUnfolded>>30)
		return nil
	}
	held, done, err := hold(content, size)
	if err != nil {
		s.skip("%s: %v", cutTo(name, maxText), err)
		return nil
	}
	defer done()
	return s.zip(ctx, layer, name, held, size, depth+1)
}

// The records at the end of an archive (PKWARE APPNOTE 4.3.16, 4.3.14, 4.3.15).
const (
	endMark   = "PK\x05\x06"
	endSize   = 22
	end64Mark = "PK\x06\x06"
	end64Size = 56
	locator64 = 20
	longest   = 0xFFFF // of a comment
)

// directorySize returns how long the central directory of an archive is, as its end says: reading it takes a multiple of
// that in memory.
func directorySize(held io.ReaderAt, size int64) (int64, error) {
	tail := make([]byte, min(size, endSize+longest+locator64))
	if _, err := held.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	at := bytes.LastIndex(tail, []byte(endMark))
	if at < 0 || at+endSize > len(tail) {
		return 0, nil // no archive; whoever reads it will say so
	}
	n := int64(binary.LittleEndian.Uint32(tail[at+12:]))
	if n != 0xFFFFFFFF || at < locator64 {
		return n, nil
	}
	var end [end64Size]byte
	offset := int64(binary.LittleEndian.Uint64(tail[at-locator64+8:]))
	if offset < 0 || offset > size {
		return 0, nil
	}
	if _, err := held.ReadAt(end[:], offset); err != nil || !bytes.HasPrefix(end[:], []byte(end64Mark)) {
		return 0, nil
	}
	return int64(min(binary.LittleEndian.Uint64(end[40:]), maxArchive)), nil
}
