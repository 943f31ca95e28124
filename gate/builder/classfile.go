package builder

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"
)

// Bounds of reading archives and class files. Entries of an archive may share their bytes, so that a short one can say that
// it has any number of archives with any number of classes: what counts is how many are looked at in all.
const (
	maxClass       = 1 << 20   // bytes of a class file that its name is looked for in
	maxInMemory    = 8 << 20   // bytes of an archive that is held in memory; a longer one goes to a file
	maxNested      = 256 << 20 // bytes of an archive within an archive that goes to a file
	maxOnDisk      = 512 << 20 // bytes of all such files that are there at the same time
	maxUnfolded    = 2 << 30   // bytes of archives within archives that had to be unfolded, of one image
	maxDirectory   = 16 << 20  // bytes of an archive's central directory
	maxDirectories = 64 << 20  // bytes of the central directories of all archives: of half a million classes and more
	maxArchives    = 1 << 16   // archives of one image
	maxDepth       = 3         // archives within archives
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
	held, done, err := s.hold(content, size, maxOnDisk)
	if errors.Is(err, errTooLong) {
		s.skip("%s, which has %d MiB: archives are kept up to %d MiB", cutTo(name, maxText), size>>20, maxOnDisk>>20)
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

// hold keeps a stream of a known size, most bytes at the most, where it can be read in any order.
func (s *Scan) hold(content io.Reader, size, most int64) (held io.ReaderAt, done func(), err error) {
	switch {
	case size > most || size < 0:
		return nil, nil, errTooLong
	case size > maxInMemory && s.onDisk+size > maxOnDisk:
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
	s.onDisk += size
	done = func() { file.Close(); os.Remove(file.Name()); s.onDisk -= size }
	if _, err := io.CopyN(file, content, size); err != nil {
		done()
		return nil, nil, err
	}
	return file, done, nil
}

// zip looks through an archive, and archives in it.
func (s *Scan) zip(ctx context.Context, layer int, name string, held io.ReaderAt, size int64, depth int) error {
	if s.archives++; s.archives > maxArchives {
		s.skip("%s, after %d archives", cutTo(name, maxText), maxArchives)
		return nil
	}
	n, err := directorySize(held, size)
	if err != nil || n > maxDirectory {
		s.skip("%s, whose table of contents has %d bytes", cutTo(name, maxText), n)
		return nil
	}
	if s.directories+n > maxDirectories {
		s.skip("%s, after %d MiB of tables of contents", cutTo(name, maxText), maxDirectories>>20)
		return nil
	}
	s.directories += n
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
		if err == nil && file.UncompressedSize64 <= math.MaxInt64 {
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
	size := int64(min(file.UncompressedSize64, maxUnfolded+1))
	if size <= maxNested && s.unfolded+size > maxUnfolded {
		s.skip("%s, after %d GiB of archives in archives", cutTo(name, maxText), maxUnfolded>>30)
		return nil
	}
	held, done, err := s.hold(content, size, maxNested)
	if errors.Is(err, errTooLong) {
		s.skip("%s, which has %d MiB: archives in archives are unfolded up to %d MiB, and %d MiB at a time", cutTo(name, maxText), size>>20, maxNested>>20, maxOnDisk>>20)
		return nil
	}
	s.unfolded += size
	if err != nil {
		s.skip("%s: %v", cutTo(name, maxText), err)
		return nil
	}
	defer done()
	return s.zip(ctx, layer, name, held, size, depth+1)
}

// The records at the end of an archive (PKWARE APPNOTE 4.3.16, 4.3.14, 4.3.15).
const (
	entryMark = "PK\x01\x02"
	entrySize = 46 // and a name, and more
	endMark   = "PK\x05\x06"
	endSize   = 22
	end64Mark = "PK\x06\x06"
	end64Size = 56
	locator64 = 20
	longest   = 0xFFFF // of a comment
)

// directorySize returns how long the central directory of an archive is at the most: reading it takes a multiple of that in
// memory. The record at the end says where it begins, how long it is and how many entries it has. Whoever reads it begins
// there, or that many bytes before the end, and goes on as long as there are entries, so that none of the three is believed
// alone.
func directorySize(held io.ReaderAt, size int64) (int64, error) {
	tail := make([]byte, min(size, endSize+longest+locator64+1024))
	if _, err := held.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	at := bytes.LastIndex(tail[:max(0, len(tail)-endSize+len(endMark))], []byte(endMark))
	if at < 0 {
		return 0, nil // no archive; whoever reads it will say so
	}
	end := size - int64(len(tail)-at)
	d := directory{
		entries: uint64(binary.LittleEndian.Uint16(tail[at+10:])),
		length:  uint64(binary.LittleEndian.Uint32(tail[at+12:])), offset: uint64(binary.LittleEndian.Uint32(tail[at+16:])),
	}
	if at < locator64 || d.entries != 0xFFFF && d.length != 0xFFFFFFFF && d.length != 0xFFFF && d.offset != 0xFFFFFFFF {
		return d.reach(held, end), nil
	}
	from := binary.LittleEndian.Uint64(tail[at-locator64+8:])
	var long [end64Size]byte
	if from >= uint64(end) {
		return d.reach(held, end), nil
	}
	if _, err := held.ReadAt(long[:], int64(from)); err != nil || !bytes.HasPrefix(long[:], []byte(end64Mark)) {
		return d.reach(held, end), nil
	}
	d.entries, d.length = binary.LittleEndian.Uint64(long[32:]), binary.LittleEndian.Uint64(long[40:])
	d.offset = binary.LittleEndian.Uint64(long[48:])
	return min(d.reach(held, end), math.MaxInt64-size) + end - int64(from), nil
}

// directory is what an archive says of its central directory.
type directory struct{ entries, length, offset uint64 }

// reach returns how many bytes in front of its end a directory can take.
func (d directory) reach(held io.ReaderAt, end int64) int64 {
	n := max(d.length, min(d.entries, math.MaxInt64/entrySize)*entrySize)
	var mark [len(entryMark)]byte
	if d.offset < uint64(end) {
		if _, err := held.ReadAt(mark[:], int64(d.offset)); err == nil && string(mark[:]) == entryMark {
			n = max(n, uint64(end)-d.offset)
		}
	}
	return int64(min(n, math.MaxInt64))
}
