package builder

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Scan looks through layers of an image, one after the other from the top down: what an upper layer replaces or takes
// away (OCI image specification, layer.md, whiteouts) does not count in those below. Only the layers that it is given
// count. The memory it takes does not depend on how large layers are.
type Scan struct {
	contents Contents
	// over are the paths of interest in upper layers, and all paths that upper layers take away or replace as a whole.
	over map[string]shadow
	// unfolded is how many bytes of archives within archives were unfolded, onDisk how many bytes of archives are in files
	// now, archives how many were looked at, and directories how many bytes their tables of contents have.
	unfolded, onDisk, directories int64
	archives                      int
	// more is how many phrases were too many.
	more int
	// start is how the image is started; places are the indices of contents.Places by Where.
	start  start
	places map[string]int
}

// shadow is what a path of an upper layer hides below.
type shadow int

const (
	hidesFile    shadow = iota // the file of that name
	hidesTree                  // whatever has that name, and all in it
	hidesContent               // all in the folder of that name (an opaque whiteout)
)

// Bounds of a scan.
const (
	maxShadows = 1 << 18  // paths of upper layers that are remembered
	maxSkipped = 20       // phrases about what was not read
	maxRelease = 64 << 10 // bytes of a release file
	maxJVMs    = 32
	maxFiles   = 4 << 20 // entries of one layer
)

// NewScan returns a Scan that has seen nothing yet.
func NewScan() *Scan {
	return &Scan{over: map[string]shadow{}, places: map[string]int{}, start: start{classes: map[string]bool{}}}
}

// skip notes that something was not read.
func (s *Scan) skip(format string, args ...any) {
	if len(s.contents.Skipped) >= maxSkipped {
		s.more++
		return
	}
	s.contents.Skipped = append(s.contents.Skipped, fmt.Sprintf(format, args...))
}

// Layer looks through the tar of the layer with the index i, uncompressed. It returns an error only when ctx is done or
// content gives one; a tar that is none is skipped from where it breaks.
func (s *Scan) Layer(ctx context.Context, i int, content io.Reader, look Look) error {
	source := &failing{r: content}
	own := map[string]shadow{}
	reader := tar.NewReader(source)
	s.contents.Read = append(s.contents.Read, i)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		header, err := reader.Next()
		switch {
		case source.err != nil:
			return source.err
		case errors.Is(err, io.EOF):
			return s.cover(own)
		case err != nil:
			s.skip("the rest of layer %d, which is no tar: %v", i, err)
			return s.cover(own)
		case n > maxFiles:
			s.skip("the rest of layer %d, which has more than %d files", i, maxFiles)
			return s.cover(own)
		}
		if err := s.entry(ctx, i, header, reader, look, own); err != nil {
			return err
		}
		if source.err != nil {
			return source.err
		}
	}
}

// failing remembers an error of what it reads from, other than its end.
type failing struct {
	r   io.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// cover lets what a layer has hide what is below.
func (s *Scan) cover(own map[string]shadow) error {
	for name, kind := range own {
		if len(s.over) >= maxShadows {
			s.skip("what upper layers replace, beyond %d files", maxShadows)
			return nil
		}
		if before, ok := s.over[name]; !ok || before == hidesFile {
			s.over[name] = kind
		}
	}
	return nil
}

// Whiteouts (layer.md): a file of that prefix takes away what is below, the opaque one all in its folder.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

// entry looks at one entry of a layer.
func (s *Scan) entry(ctx context.Context, i int, header *tar.Header, content io.Reader, look Look, own map[string]shadow) error {
	name := path.Clean("/" + header.Name)
	dir, base := path.Split(name)
	note := func(name string, kind shadow) {
		if len(own) < maxShadows {
			own[name] = kind
		}
	}
	switch {
	case base == opaque:
		note(path.Clean(dir), hidesContent)
		return nil
	case strings.HasPrefix(base, whiteout):
		note(path.Join(dir, strings.TrimPrefix(base, whiteout)), hidesTree)
		return nil
	case header.Typeflag == tar.TypeSymlink, header.Typeflag == tar.TypeLink:
		note(name, hidesTree)
		return nil
	case header.Typeflag != tar.TypeReg || !ofInterest(base):
		return nil
	}
	note(name, hidesFile)
	if s.hidden(name) {
		return nil
	}
	switch {
	case base == releaseFile && look&ForJVMs != 0:
		s.release(name, content)
	case look&ForClasses == 0:
	case strings.HasSuffix(base, classSuffix):
		s.looseClass(i, name, content)
	case isArchive(base):
		return s.archive(ctx, i, name, content, header.Size)
	}
	return nil
}

// ofInterest reports whether a file may be one that tells something.
func ofInterest(base string) bool {
	return base == releaseFile || strings.HasSuffix(base, classSuffix) || isArchive(base)
}

const (
	releaseFile = "release"
	classSuffix = ".class"
)

func isArchive(base string) bool {
	return strings.HasSuffix(base, ".jar") || strings.HasSuffix(base, ".war") || strings.HasSuffix(base, ".ear")
}

// hidden reports whether an upper layer hides the file of that name.
func (s *Scan) hidden(name string) bool {
	if len(s.over) == 0 {
		return false
	}
	if _, ok := s.over[name]; ok {
		return true
	}
	for at := path.Dir(name); ; at = path.Dir(at) {
		if kind, ok := s.over[at]; ok && (kind == hidesTree || kind == hidesContent) {
			return true
		}
		if at == "/" {
			return false
		}
	}
}

// release reads a file named "release": that of a JDK or JRE has lines like JAVA_VERSION="21.0.9" and
// IMPLEMENTOR="Eclipse Adoptium", also after jlink (the JDK's make/ReleaseFile.gmk, and jlink's ReleaseInfoPlugin).
func (s *Scan) release(name string, content io.Reader) {
	text, err := io.ReadAll(io.LimitReader(content, maxRelease))
	if err != nil || len(s.contents.JVMs) >= maxJVMs {
		return
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && len(settings) < maxEntries {
			settings[key] = shown(strings.Trim(value, `"`), maxText)
		}
	}
	version := settings["JAVA_VERSION"]
	if feature(version) == 0 || len(version) > maxVersion {
		return
	}
	implementor := settings["IMPLEMENTOR"]
	s.contents.JVMs = append(s.contents.JVMs, JVM{
		Name: settings["IMPLEMENTOR_VERSION"], Vendor: first(vendor(implementor), implementor),
		Version: version, Release: feature(version), Where: cutTo(name, maxText),
	})
}
