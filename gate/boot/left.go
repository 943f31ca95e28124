package boot

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"

	"github.com/docker/docker/api/types/container"
)

// leftovers are the names under which dead processes leave things: HotSpot's error, replay and recording files and its
// heap dumps, the kernel's cores, OpenJ9's dumps.
var leftovers = []struct {
	kind string
	name *lazyregexp.Regexp
	text bool
}{
	{errorReport, lazyregexp.MustCompile(`^hs_err_pid\d+\.log$|^hs_err.*\.log$`), true},
	{"replay", lazyregexp.MustCompile(`^replay_pid\d+\.log$`), false},
	{"jfr", lazyregexp.MustCompile(`^hs_err_pid\d+\.jfr$`), false},
	{"heap-dump", lazyregexp.MustCompile(`\.hprof$|^heapdump.*\.phd$`), false},
	{"core", lazyregexp.MustCompile(`^core(\.\d+)?$|^core\..*\.dmp$`), false},
	{"javacore", lazyregexp.MustCompile(`^javacore.*\.txt$`), true},
}

// Bounds on what is read of them.
const (
	maxFiles    = 20
	maxFileText = 1 << 20
)

// leftFiles finds what the dead process left in the container's own file system, and the error report that a JVM said
// it has written, wherever that is and whatever it is called. It is best effort: what an engine does not show is not
// there. The engine is asked for all at once, since each answer takes it a while. The error is a mistake in the gate.
func (l *life) leftFiles(ctx context.Context) ([]File, error) {
	ctx, cancel := limited(ctx, quickLimit)
	defer cancel()
	reader := fileReader{life: l}
	for _, name := range l.announced() {
		reader.read(ctx, name, errorReport, true)
	}
	changes, err := l.engine.ContainerDiff(ctx, l.box.id)
	if err != nil {
		changes = nil
	}
	for _, change := range changes {
		if change.Kind == container.ChangeDelete || len(reader.files) == maxFiles {
			continue
		}
		for _, left := range leftovers {
			if left.name.MatchString(path.Base(change.Path)) {
				reader.read(ctx, change.Path, left.kind, left.text)
				break
			}
		}
	}
	if err := reader.crew.wait(); err != nil {
		return nil, err
	}
	var files []File
	for _, f := range reader.files {
		if f.there && (f.listed || isReport(f.Content)) {
			files = append(files, f.File)
		}
	}
	slices.SortStableFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// fileReader reads files side by side.
type fileReader struct {
	life  *life
	crew  crew
	files []*foundFile
}

// foundFile is a file that may be there.
type foundFile struct {
	name string
	// File and there are set by who reads the file.
	File
	there bool
	// listed is whether its name tells what it is; that of others was only printed.
	listed bool
}

// read begins to read a file, unless it is being read.
func (r *fileReader) read(ctx context.Context, name, kind string, text bool) {
	if i := slices.IndexFunc(r.files, func(f *foundFile) bool { return f.name == name }); i >= 0 {
		return
	}
	f := &foundFile{name: name, listed: kind != errorReport || listedReport(name)}
	r.files = append(r.files, f)
	r.crew.do(func() error {
		if content, ok := r.life.readFile(ctx, name, text); ok {
			f.File, f.there = content, true
			f.Kind = kind
		}
		return nil
	})
}

// listedReport reports whether a name is one that HotSpot gives its error reports.
func listedReport(name string) bool { return leftovers[0].name.MatchString(path.Base(name)) }

// errorReport is the kind of a JVM's error report.
const errorReport = "hs_err"

// What a JVM prints in front of the path of its error report, and how the report begins (HotSpot, vmError.cpp).
var (
	savedAs = []byte("error report file with more information is saved as:")
	reports = []string{"A fatal error has been detected by the Java Runtime Environment", "There is insufficient memory for the Java Runtime Environment"}
)

// Bounds on what is believed of the output: the path follows within so many lines, and so many reports are looked for.
const (
	pathWithin   = 5
	maxAnnounced = 3
)

// announced returns the paths of the error reports that JVMs in the container said they have written, the last first.
func (l *life) announced() []string {
	dir := "/"
	if l.inspect.Config != nil && l.inspect.Config.WorkingDir != "" {
		dir = l.inspect.Config.WorkingDir
	}
	lines := l.out.kept()
	var paths []string
	for i := len(lines) - 1; i >= 0 && len(paths) < maxAnnounced; i-- {
		if !bytes.Contains(lines[i].text, savedAs) {
			continue
		}
		for _, next := range lines[i+1 : min(len(lines), i+1+pathWithin)] {
			name, ok := announcedPath(string(next.text))
			if !ok || next.stream != lines[i].stream {
				continue
			}
			if !path.IsAbs(name) {
				name = path.Join(dir, name)
			}
			if name = path.Clean(name); !slices.Contains(paths, name) {
				paths = append(paths, name)
			}
			break
		}
	}
	return paths
}

// announcedPath reads the line that holds the path of an error report: "# /app/hs_err_pid1.log", perhaps with a time in
// front and perhaps without the mark.
func announcedPath(line string) (string, bool) {
	if i := strings.LastIndex(line, "# "); i >= 0 {
		line = line[i+2:]
	}
	line = strings.TrimSpace(line)
	if strings.ContainsAny(line, " \t[]") && !strings.HasPrefix(line, "/") || !strings.ContainsAny(line, "./") {
		return "", false
	}
	for _, device := range []string{"/dev/", "/proc/", "/sys/"} {
		if strings.HasPrefix(path.Clean(line), device) {
			return "", false
		}
	}
	return line, true
}

// isReport reports whether a file is an error report of a JVM, so that nothing else is taken for one because of a path
// that a container printed.
func isReport(content string) bool {
	content = content[:min(len(content), 4<<10)]
	return slices.ContainsFunc(reports, func(start string) bool { return strings.Contains(content, start) })
}

// readFile reads a file's size and, if it is text, its beginning. The engine is asked for the content of nothing else: it
// starts a process of its own for that.
func (l *life) readFile(ctx context.Context, name string, text bool) (File, bool) {
	if !text {
		stat, err := l.engine.ContainerStatPath(ctx, l.box.id, name)
		return File{Path: name, Size: stat.Size}, err == nil && stat.Mode.IsRegular()
	}
	reader, stat, err := l.engine.CopyFromContainer(ctx, l.box.id, name)
	if err != nil {
		return File{}, false
	}
	defer reader.Close()
	f := File{Path: name, Size: stat.Size}
	if !stat.Mode.IsRegular() {
		return f, false
	}
	archive := tar.NewReader(reader)
	if _, err := archive.Next(); err != nil {
		return f, true
	}
	content, err := io.ReadAll(io.LimitReader(archive, maxFileText))
	if err == nil {
		f.Content = l.mask.text(strings.ToValidUTF8(string(content), "�"))
	}
	return f, true
}
