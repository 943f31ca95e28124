package boot

import (
	"archive/tar"
	"context"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/docker/docker/api/types/container"
)

// leftovers are the names under which dead processes leave things: HotSpot's error, replay and recording files and its
// heap dumps, the kernel's cores, OpenJ9's dumps.
var leftovers = []struct {
	kind string
	name *regexp.Regexp
	text bool
}{
	{"hs_err", regexp.MustCompile(`^hs_err_pid\d+\.log$|^hs_err.*\.log$`), true},
	{"replay", regexp.MustCompile(`^replay_pid\d+\.log$`), false},
	{"jfr", regexp.MustCompile(`^hs_err_pid\d+\.jfr$`), false},
	{"heap-dump", regexp.MustCompile(`\.hprof$|^heapdump.*\.phd$`), false},
	{"core", regexp.MustCompile(`^core(\.\d+)?$|^core\..*\.dmp$`), false},
	{"javacore", regexp.MustCompile(`^javacore.*\.txt$`), true},
}

// Bounds on what is read of them.
const (
	maxFiles    = 20
	maxFileText = 1 << 20
)

// leftFiles finds what the dead process left in the container's own file system. It is best effort: what an engine
// does not show is not there.
func (l *life) leftFiles(ctx context.Context) []File {
	ctx, cancel := limited(ctx, quickLimit)
	defer cancel()
	changes, err := l.engine.ContainerDiff(ctx, l.box.id)
	if err != nil {
		return nil
	}
	var files []File
	for _, change := range changes {
		if change.Kind == container.ChangeDelete || len(files) == maxFiles {
			continue
		}
		for _, left := range leftovers {
			if left.name.MatchString(path.Base(change.Path)) {
				if f, ok := l.readFile(ctx, change.Path, left.text); ok {
					f.Kind = left.kind
					files = append(files, f)
				}
				break
			}
		}
	}
	return files
}

// readFile reads a file's size and, if it is text, its beginning.
func (l *life) readFile(ctx context.Context, name string, text bool) (File, bool) {
	reader, stat, err := l.engine.CopyFromContainer(ctx, l.box.id, name)
	if err != nil {
		return File{}, false
	}
	defer reader.Close()
	f := File{Path: name, Size: stat.Size}
	if !stat.Mode.IsRegular() {
		return f, false
	}
	if !text {
		return f, true
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
