package builder

import (
	"archive/zip"
	"io"
	"path"
	"slices"
	"strings"

	"bootgate/gate/image"
	"bootgate/gate/lazyregexp"
)

// Place is where class files are together: a folder, an archive, or a part of one.
type Place struct {
	// Where is the folder or archive: "/workspace/BOOT-INF/classes", "/app/shop.jar!/BOOT-INF/lib/a.jar".
	Where string
	// Library is set where it does not hold the application's own classes. Libraries come with more than is ever loaded.
	Library bool
	// Lowest is the class that is content with the oldest JVM: all others need the same or a newer one.
	Lowest Class
}

// Bounds: places that are told apart, and classes that an image may start with. Large applications have some five hundred
// libraries.
const (
	maxPlaces = 4096
	maxMains  = 1000
)

// start is what is known of how an image is started.
type start struct {
	// classes are names that may be those of main classes; jars are the file names of archives.
	classes, jars map[string]bool
}

// startOf reads the command of an image, and the processes that buildpacks give it: words that look like the name of a
// class or an archive are enough, as only those count that are there.
func startOf(c image.Config, o Origin) start {
	s := start{classes: map[string]bool{}, jars: map[string]bool{}}
	words := slices.Concat(c.Entrypoint, c.Cmd)
	if o.App != nil {
		for _, p := range o.App.Processes {
			words = slices.Concat(words, p.Command, p.Args)
		}
	}
	for _, word := range words {
		for text := range strings.FieldsSeq(word) {
			switch {
			case isArchive(text):
				s.jars[path.Base(text)] = true
			case isClassName(text) && len(s.classes) < maxMains:
				s.classes[text] = true
			}
		}
	}
	return s
}

// classNames are the names of classes (JLS 3.8, without letters beyond ASCII).
var classNames = lazyregexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*$`)

func isClassName(text string) bool { return len(text) <= maxText && classNames.MatchString(text) }

// note takes a class into account: that of its place, and whether the image starts with it.
func (s *Scan) note(c Class, where string, library bool) {
	if s.start.classes[c.Name] && !library && (s.contents.Main == nil || c.Release > s.contents.Main.Release) {
		main := c
		s.contents.Main = &main
	}
	i, known := s.places[where]
	switch {
	case !known && len(s.contents.Places) < maxPlaces:
		s.places[where] = len(s.contents.Places)
		s.contents.Places = append(s.contents.Places, Place{Where: where, Library: library, Lowest: c})
	case known && c.Release < s.contents.Places[i].Lowest.Release:
		s.contents.Places[i].Lowest = c
	}
}

// classFolders are the folders of the application's own classes in Spring Boot's archives and in web archives.
var classFolders = [...]string{"BOOT-INF/classes/", "WEB-INF/classes/"}

// zippedPlace says what the class in an entry of an archive is called, in which part of the archive it is, and whether that
// is a library.
func (s *Scan) zippedPlace(archive, entry string) (name, where string, library bool) {
	where = archive
	for _, folder := range classFolders {
		if rest, ok := strings.CutPrefix(entry, folder); ok {
			entry, where = rest, archive+"!/"+strings.TrimSuffix(folder, "/")
		}
	}
	return dottedName(entry), where, s.isLibrary(archive)
}

// isLibrary reports whether an archive is one that the application only uses: one within another, one in a folder of
// libraries, and where the image says which archive it starts any other.
func (s *Scan) isLibrary(archive string) bool {
	if strings.Contains(archive, "!/") || len(s.start.jars) > 0 && !s.start.jars[path.Base(archive)] {
		return true
	}
	return slices.ContainsFunc(strings.Split(path.Dir(archive), "/"), func(dir string) bool {
		switch dir {
		case "lib", "libs", "dependency", "dependencies", "ext", "plugins", "modules", "jars":
			return true
		}
		return false
	})
}

// loosePlace returns the folder in which a class that lies loose has its root.
func loosePlace(file, class string) string {
	if root, ok := strings.CutSuffix(file, "/"+strings.ReplaceAll(class, ".", "/")+classSuffix); ok {
		return first(root, "/")
	}
	return path.Dir(file)
}

func dottedName(entry string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(entry, "/"), classSuffix), "/", ".")
}

// Bounds of a manifest: its file, and the value of one of its attributes.
const maxManifest = 64 << 10

// manifest takes the main class from the manifest of an archive that is no library (JAR specification, main attributes;
// Start-Class is Spring Boot's own, behind its launcher).
func (s *Scan) manifest(archive string, files []*zip.File) {
	if s.isLibrary(archive) {
		return
	}
	i := slices.IndexFunc(files, func(f *zip.File) bool { return f.Name == "META-INF/MANIFEST.MF" })
	if i < 0 {
		return
	}
	content, err := files[i].Open()
	if err != nil {
		return
	}
	defer content.Close()
	raw, _ := io.ReadAll(io.LimitReader(content, maxManifest)) // what can be read of it is enough
	text := strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\n ", "")
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); (key == "Main-Class" || key == "Start-Class") && isClassName(value) && len(s.start.classes) < maxMains {
			s.start.classes[strings.Clone(value)] = true
		}
	}
}

// TooNew returns a class that shows that the image's JVM is too old for the application; nil when none does, or when the
// one or the other is not known. That a library has classes for a newer JVM shows nothing: there are those that load them
// only where they can be (Tomcat's for OpenSSL need Java 22, https://github.com/spring-projects/spring-boot/issues/41329).
// So it is a class with which the image starts, or one of the application's own where all in that place are too new.
func (o Origin) TooNew() *Class {
	if o.Contents == nil {
		return nil
	}
	if main := o.Contents.Main; main != nil && o.tooOldFor(*main) {
		return main
	}
	var found *Class
	for _, p := range o.Contents.Places {
		if !p.Library && o.tooOldFor(p.Lowest) && (found == nil || p.Lowest.Release > found.Release) {
			lowest := p.Lowest
			found = &lowest
		}
	}
	return found
}

// javaSize is how large a layer with a Java run-time is at least, compressed; those of the vendors have 40 MiB and more.
const javaSize = 24 << 20

// startsTooOld reports whether it is certain that the image starts a class with a JVM that is too old for it. Buildpacks and
// release files tell the JVM that is there. JAVA_VERSION may be left of a base image whose JVM was replaced: it counts where
// the layers that were not read have room for no other, which is one large layer above the lowest, the distribution's.
func (o Origin) startsTooOld() bool {
	if o.Contents == nil || o.Contents.Main == nil || !o.tooOldFor(*o.Contents.Main) {
		return false
	}
	if o.JVM.Where != envJavaVersion || len(o.Contents.JVMs) > 0 {
		return true
	}
	large := 0
	for i, layer := range o.Layers {
		if i > 0 && layer.Size >= javaSize && !slices.Contains(o.Contents.Read, i) {
			large++
		}
	}
	return large <= 1
}

// TooNewLibraries returns the libraries of which no class can be loaded by the image's JVM.
func (o Origin) TooNewLibraries() []Place {
	if o.Contents == nil {
		return nil
	}
	var found []Place
	for _, p := range o.Contents.Places {
		if p.Library && o.tooOldFor(p.Lowest) {
			found = append(found, p)
		}
	}
	return found
}

// tooOldFor reports whether no JVM of the image can load a class. It can have several.
func (o Origin) tooOldFor(c Class) bool {
	if o.JVM == nil || o.JVM.Release == 0 || c.Release <= o.JVM.Release {
		return false
	}
	return !slices.ContainsFunc(o.Contents.JVMs, func(j JVM) bool { return c.Release <= j.Release })
}
