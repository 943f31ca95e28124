package image

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Recipe is what a small image is made of: files in one layer, and a configuration.
type Recipe struct {
	// Files are put into a single layer, sorted by path. None makes an image without layers.
	Files []File
	// Config is taken as it is. It has no StartInterval: the library's type does not know it yet.
	Config v1.Config
	// Platform is linux and the architecture of this program when it is empty.
	Platform v1.Platform
}

// File is one entry of a layer. At most one of Content, Source and Link is used; with none of them it is an empty
// file, or a directory when Mode says so.
type File struct {
	// Path is absolute in the image, with slashes. Directories above it are made with mode 0755.
	Path string
	// Mode holds the permission, setuid, setgid and sticky bits, and fs.ModeDir for a directory. Without permission
	// bits a file gets 0644, a directory 0755, and a Source the bits it has on the host.
	Mode fs.FileMode
	// Content is what is in the file.
	Content []byte
	// Source is a path on the host whose content is read when it is needed, not kept in memory. A directory is taken
	// with everything below it; symbolic links in it stay links.
	Source string
	// Link is the target of a symbolic link.
	Link string
}

// Make returns the image a recipe describes. The same recipe and files always give the same digests: times are the
// epoch, owners are root.
//
// The layer is compressed again each time it is read, so that nothing large stays in memory; the files under Source
// must not change until the image was used.
func Make(r Recipe) (v1.Image, error) {
	img := empty.Image
	entries, err := layerEntries(r.Files)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		layer, err := tarball.LayerFromOpener(opener(entries), tarball.WithCompressionLevel(gzip.BestSpeed))
		if err != nil {
			return nil, fmt.Errorf("making a layer of %d files: %w", len(entries), err)
		}
		if img, err = mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{Created: epoch(), CreatedBy: "bootgate"}}); err != nil {
			return nil, fmt.Errorf("making an image: %w", err)
		}
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	config = config.DeepCopy()
	config.Config = *r.Config.DeepCopy()
	config.Created = epoch()
	config.OS, config.Architecture, config.Variant = "linux", runtime.GOARCH, ""
	if r.Platform.OS != "" || r.Platform.Architecture != "" {
		config.OS, config.Architecture, config.Variant = r.Platform.OS, r.Platform.Architecture, r.Platform.Variant
	}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		return nil, fmt.Errorf("making an image: %w", err)
	}
	return img, nil
}

func epoch() v1.Time { return v1.Time{Time: time.Unix(0, 0).UTC()} }

// layerEntries returns the files in the order they are written: sorted, each directory before what is in it, no name
// twice. Sources that are directories are replaced by what they hold.
func layerEntries(files []File) ([]File, error) {
	byPath := map[string]File{}
	for _, f := range files {
		expanded, err := expand(f)
		if err != nil {
			return nil, err
		}
		for _, e := range expanded {
			if other, ok := byPath[e.Path]; ok && (!other.Mode.IsDir() || !e.Mode.IsDir()) {
				return nil, fmt.Errorf("making a layer: %q is there twice", e.Path)
			}
			byPath[e.Path] = e
		}
	}
	for _, e := range sortedFiles(byPath) {
		for dir := path.Dir(e.Path); dir != "/"; dir = path.Dir(dir) {
			above, ok := byPath[dir]
			if !ok {
				byPath[dir] = File{Path: dir, Mode: fs.ModeDir | 0o755}
			} else if !above.Mode.IsDir() && above.Link == "" {
				return nil, fmt.Errorf("making a layer: %q is a file, but %q is to be below it", dir, e.Path)
			}
		}
	}
	return sortedFiles(byPath), nil
}

func sortedFiles(byPath map[string]File) []File {
	sorted := make([]File, 0, len(byPath))
	for _, f := range byPath {
		sorted = append(sorted, f)
	}
	slices.SortFunc(sorted, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return sorted
}

// expand checks one file, fills in its mode, and replaces a source directory by its tree.
func expand(f File) ([]File, error) {
	if !path.IsAbs(f.Path) || path.Clean(f.Path) == "/" {
		return nil, fmt.Errorf("making a layer: %q is not an absolute path of a file", f.Path)
	}
	f.Path = path.Clean(f.Path)
	if f.Source == "" {
		return []File{withMode(f, 0o644)}, nil
	}
	info, err := os.Stat(f.Source)
	if err != nil {
		return nil, fmt.Errorf("making a layer: %w", err)
	}
	if !info.IsDir() {
		return []File{withMode(f, info.Mode())}, nil
	}
	var tree []File
	err = filepath.WalkDir(f.Source, func(host string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		entry, err := fromHost(f, host, d)
		tree = append(tree, entry)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("making a layer of %q: %w", f.Source, err)
	}
	return tree, nil
}

// fromHost returns the entry for one path in a source directory.
func fromHost(root File, host string, d fs.DirEntry) (File, error) {
	below, err := filepath.Rel(root.Source, host)
	if err != nil {
		return File{}, err
	}
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	entry := File{Path: path.Join(root.Path, filepath.ToSlash(below)), Source: host, Mode: info.Mode()}
	switch {
	case below == "." || info.IsDir():
		entry.Source, entry.Mode = "", fs.ModeDir|0o755
	case info.Mode()&fs.ModeSymlink != 0:
		entry.Source = ""
		entry.Link, err = os.Readlink(host)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%q is neither a file, a directory nor a link", host)
	}
	return entry, err
}

// withMode fills in the permission bits that f does not name: those of a directory, or the given ones.
func withMode(f File, bits fs.FileMode) File {
	if f.Mode.Perm() != 0 {
		return f
	}
	if f.Mode.IsDir() {
		bits = 0o755
	}
	f.Mode |= bits.Perm()
	return f
}

// opener returns a function that streams the entries as a tar.
func opener(entries []File) tarball.Opener {
	return func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeEntries(w, entries)) }()
		return r, nil
	}
}

func writeEntries(w io.Writer, entries []File) error {
	tw := tar.NewWriter(w)
	for _, e := range entries {
		if err := writeEntry(tw, e); err != nil {
			return fmt.Errorf("writing %q into a layer: %w", e.Path, err)
		}
	}
	return tw.Close()
}

func writeEntry(tw *tar.Writer, e File) error {
	header := &tar.Header{
		Name: strings.TrimPrefix(e.Path, "/"), Mode: tarMode(e.Mode), ModTime: epoch().Time,
		Typeflag: tar.TypeReg, Size: int64(len(e.Content)), Format: tar.FormatPAX,
	}
	switch {
	case e.Mode.IsDir():
		header.Typeflag, header.Size, header.Name = tar.TypeDir, 0, header.Name+"/"
		return tw.WriteHeader(header)
	case e.Link != "":
		header.Typeflag, header.Size, header.Linkname = tar.TypeSymlink, 0, e.Link
		return tw.WriteHeader(header)
	case e.Source == "":
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		_, err := tw.Write(e.Content)
		return err
	}
	file, err := os.Open(e.Source)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(tw, file)
	return err
}

// tarMode returns the mode as tar writes it: c_ISUID 04000, c_ISGID 02000, c_ISVTX 01000 of POSIX.1-1988 ustar.
func tarMode(m fs.FileMode) int64 {
	mode := int64(m.Perm())
	if m&fs.ModeSetuid != 0 {
		mode |= 0o4000
	}
	if m&fs.ModeSetgid != 0 {
		mode |= 0o2000
	}
	if m&fs.ModeSticky != 0 {
		mode |= 0o1000
	}
	return mode
}
