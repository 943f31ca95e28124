package demo

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bootgate/gate/image"
)

// Closure returns the files that the ELF program or library at path needs to run in an otherwise empty image: the file
// itself first, under its own absolute path, then its interpreter and all libraries it is linked with, directly or
// not, sorted by path. A statically linked program is alone. All files name their content by Source.
//
// A caller may move the first file elsewhere by changing its Path, unless it finds libraries relative to itself
// ($ORIGIN). Libraries that a program opens by name while it runs (dlopen) are not seen.
//
// It fails with a *elf.FormatError when path is no ELF file, and with a *MissingLibraryError when a library is not on
// this machine.
func Closure(path string) ([]image.File, error) {
	files, err := closure(path)
	if err != nil {
		return nil, fmt.Errorf("collecting what %q needs: %w", path, err)
	}
	return files, nil
}

func closure(path string) ([]image.File, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	l := newLinker(nil)
	if err := l.add(path, nil); err != nil {
		return nil, err
	}
	program, err := file(path, path)
	if err != nil {
		return nil, err
	}
	libraries, err := l.files()
	if err != nil {
		return nil, err
	}
	return append([]image.File{program}, libraries...), nil
}

// MissingLibraryError says that a library was nowhere to be found.
type MissingLibraryError struct {
	Library string   // as the program names it: libz.so.1
	For     string   // path of the file that is linked with it
	Dirs    []string // where it was looked for
}

func (e *MissingLibraryError) Error() string {
	return fmt.Sprintf("library %q, which %q is linked with, is in none of %s", e.Library, e.For, strings.Join(e.Dirs, ", "))
}

// linker follows links between ELF files as the run-time linker would on this machine.
type linker struct {
	// present names libraries that will already be there, whoever asks for them.
	present map[string]bool
	// byName are the libraries that were found, by the name they were asked for.
	byName map[string]library
	// interpreters are the absolute paths of the run-time linkers asked for.
	interpreters map[string]bool
	// system are the directories that are searched for every file, most important first.
	system []string
}

// library is a file that was found for a name.
type library struct {
	path string
	// system is whether it was found in one of the system's directories. The image has no /etc/ld.so.cache, and
	// without it the linker looks into its few built-in directories alone.
	system bool
}

func newLinker(present map[string]bool) *linker {
	return &linker{
		present:      present,
		byName:       map[string]library{},
		interpreters: map[string]bool{},
		system:       systemDirs("/"),
	}
}

// object is what the linker needs to know of one ELF file.
type object struct {
	path           string
	class          elf.Class
	machine        elf.Machine
	interpreter    string
	needed         []string
	rpath, runpath []string
}

// add follows everything the file at path needs. inherited are the RPATH directories of the files that led here.
func (l *linker) add(path string, inherited []string) error {
	o, err := readObject(path)
	if err != nil {
		return err
	}
	if o.interpreter != "" && !l.interpreters[o.interpreter] {
		if _, err := os.Stat(o.interpreter); err != nil {
			return fmt.Errorf("interpreter of %q: %w", path, err)
		}
		l.interpreters[o.interpreter] = true
	}
	rpath := append(slices.Clone(o.rpath), inherited...)
	for _, name := range o.needed {
		if l.present[name] || l.byName[name].path != "" || l.isInterpreter(name) {
			continue
		}
		lib, ok := l.find(o, name, rpath)
		if !ok {
			if l.partOfMusl(name) {
				continue
			}
			return &MissingLibraryError{Library: name, For: path, Dirs: l.dirs(o, rpath)}
		}
		l.byName[name] = lib
		if err := l.add(lib.path, rpath); err != nil {
			return err
		}
	}
	return nil
}

func (l *linker) isInterpreter(name string) bool {
	for path := range l.interpreters {
		if filepath.Base(path) == name {
			return true
		}
	}
	return false
}

// partOfMusl reports whether name is a library that musl's linker, which is also its C library, takes for itself
// without looking for a file.
func (l *linker) partOfMusl(name string) bool {
	stem, _, _ := strings.Cut(strings.TrimPrefix(name, "lib"), ".so")
	for path := range l.interpreters {
		if strings.HasPrefix(filepath.Base(path), "ld-musl-") {
			return slices.Contains([]string{"c", "pthread", "rt", "m", "dl", "util", "xnet"}, stem)
		}
	}
	return false
}

// dirs lists where a library of o is looked for, in order. A file with a RUNPATH has its RPATHs ignored (ld.so(8)).
func (l *linker) dirs(o object, rpath []string) []string {
	if len(o.runpath) > 0 {
		return append(slices.Clone(o.runpath), l.system...)
	}
	return append(slices.Clone(rpath), l.system...)
}

func (l *linker) find(o object, name string, rpath []string) (library, bool) {
	if strings.Contains(name, "/") {
		return library{path: name}, fits(name, o)
	}
	dirs := l.dirs(o, rpath)
	for i, dir := range dirs {
		if path := filepath.Join(dir, name); fits(path, o) {
			return library{path: path, system: i >= len(dirs)-len(l.system)}, true
		}
	}
	return library{}, false
}

// fits reports whether path is an ELF file for the same kind of machine as o: the linker passes over others.
func fits(path string, o object) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Class == o.class && f.Machine == o.machine
}

func readObject(path string) (object, error) {
	f, err := elf.Open(path)
	if err != nil {
		return object{}, err
	}
	defer f.Close()
	o := object{path: path, class: f.Class, machine: f.Machine}
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		text := make([]byte, min(p.Filesz, 4096))
		if _, err := p.ReadAt(text, 0); err != nil {
			return object{}, fmt.Errorf("reading the interpreter of %q: %w", path, err)
		}
		o.interpreter = strings.TrimRight(string(text), "\x00")
	}
	for tag, into := range map[elf.DynTag]*[]string{
		elf.DT_NEEDED: &o.needed, elf.DT_RPATH: &o.rpath, elf.DT_RUNPATH: &o.runpath,
	} {
		values, err := f.DynString(tag)
		if err != nil {
			return object{}, fmt.Errorf("reading the dynamic section of %q: %w", path, err)
		}
		*into = values
	}
	o.rpath, o.runpath = o.expand(o.rpath), o.expand(o.runpath)
	return o, nil
}

// expand splits lists of directories and fills in $ORIGIN and $LIB.
func (o object) expand(lists []string) []string {
	lib := "lib"
	if o.class == elf.ELFCLASS64 {
		lib = "lib64"
	}
	origin := filepath.Dir(o.path)
	r := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin, "$LIB", lib, "${LIB}", lib)
	var dirs []string
	for _, list := range lists {
		for _, dir := range filepath.SplitList(list) {
			if dir != "" {
				dirs = append(dirs, filepath.Clean(r.Replace(dir)))
			}
		}
	}
	return dirs
}

// files returns what was found, sorted by path.
func (l *linker) files() ([]image.File, error) {
	paths := map[string]bool{}
	for path := range l.interpreters {
		paths[path] = true
	}
	links := map[string]string{}
	libc := l.libcDir()
	for name, lib := range l.byName {
		paths[lib.path] = true
		if lib.system && libc != "" && filepath.Dir(lib.path) != libc {
			links[filepath.Join(libc, name)] = lib.path
		}
	}
	var files []image.File
	for path := range paths {
		f, err := file(path, path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	for path, target := range links {
		if !paths[path] {
			files = append(files, image.File{Path: path, Link: target, Mode: 0o777 | fs.ModeSymlink})
		}
	}
	slices.SortFunc(files, func(a, b image.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// libcDir returns the directory of the C library, which is one of those the linker has built in; empty when there is
// no C library.
func (l *linker) libcDir() string {
	for name, lib := range l.byName {
		if strings.HasPrefix(name, "libc.so.") || strings.HasPrefix(name, "libc.musl-") {
			return filepath.Dir(lib.path)
		}
	}
	return ""
}

// file returns an image's file at path with the content and the permissions of source, symbolic links followed.
func file(path, source string) (image.File, error) {
	real, err := filepath.EvalSymlinks(source)
	if err != nil {
		return image.File{}, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return image.File{}, err
	}
	if !info.Mode().IsRegular() {
		return image.File{}, fmt.Errorf("%q is not a regular file", source)
	}
	return image.File{Path: path, Mode: info.Mode().Perm(), Source: real}, nil
}

// systemDirs lists the directories under root that every program on a Linux system finds its libraries in: those of
// /etc/ld.so.conf, then the usual ones of glibc and musl, multiarch ones included.
func systemDirs(root string) []string {
	dirs := configuredDirs(root, "/etc/ld.so.conf", map[string]bool{})
	multiarch, _ := filepath.Glob(filepath.Join(root, "lib", "*-linux-*"))
	more, _ := filepath.Glob(filepath.Join(root, "usr/lib", "*-linux-*"))
	for _, dir := range append(multiarch, more...) {
		dirs = append(dirs, strings.TrimPrefix(dir, strings.TrimSuffix(root, "/")))
	}
	dirs = append(dirs, "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")
	var unique []string
	for _, dir := range dirs {
		if !slices.Contains(unique, dir) {
			unique = append(unique, dir)
		}
	}
	return unique
}

// configuredDirs reads a file in the format of ldconfig(8): a directory per line, comments with #, and includes with
// shell patterns. A file that cannot be read names none.
func configuredDirs(root, name string, seen map[string]bool) []string {
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil || seen[name] {
		return nil
	}
	seen[name] = true
	var dirs []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "hwcap":
		case words[0] == "include":
			for _, pattern := range words[1:] {
				if !filepath.IsAbs(pattern) {
					pattern = filepath.Join(filepath.Dir(name), pattern)
				}
				found, _ := filepath.Glob(filepath.Join(root, pattern))
				for _, f := range found {
					dirs = append(dirs, configuredDirs(root, "/"+strings.TrimPrefix(strings.TrimPrefix(f, root), "/"), seen)...)
				}
			}
		default:
			dirs = append(dirs, words...)
		}
	}
	return dirs
}
