package builder

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// classFile is a class file of the given version of the format. Its constant pool has a long before the name, which
// takes two entries.
func classFile(name string, major uint16) string {
	b := []byte{0xCA, 0xFE, 0xBA, 0xBE, 0, 0}
	b = binary.BigEndian.AppendUint16(b, major)
	b = append(b, 0, 6)
	b = append(b, 5, 0, 0, 0, 0, 0, 0, 0, 1)                                            // 1 and 2: a long
	b = append(b, 12, 0, 4, 0, 4)                                                       // 3: a name and type
	b = append(binary.BigEndian.AppendUint16(append(b, 1), uint16(len(name))), name...) // 4: the name
	b = append(b, 7, 0, 4)                                                              // 5: the class
	return string(append(b, 0, 0x21, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

// zipped is an archive; names and contents take turns. Archives within are stored, all else is deflated.
func zipped(files ...string) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		method := zip.Deflate
		if strings.HasSuffix(files[i], ".jar") {
			method = zip.Store
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: files[i], Method: method})
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// layerOf is a layer; names and contents take turns. A name that ends in "@" is a symbolic link.
func layerOf(files ...string) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if name, ok := strings.CutSuffix(files[i], "@"); ok {
			h = &tar.Header{Name: name, Linkname: files[i+1], Typeflag: tar.TypeSymlink}
		}
		err := w.WriteHeader(h)
		if err == nil && h.Typeflag == tar.TypeReg {
			_, err = io.WriteString(w, files[i+1])
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// scanned looks through layers, given from the lowest to the top.
func scanned(t *testing.T, layers ...string) Contents {
	t.Helper()
	s := NewScan()
	for i := len(layers) - 1; i >= 0; i-- {
		if err := s.Layer(t.Context(), i, strings.NewReader(layers[i]), ForJVMs|ForClasses); err != nil {
			t.Fatal(err)
		}
	}
	return s.Contents()
}

// inShort is what a scan found, one line for each.
func inShort(c Contents) string {
	var b strings.Builder
	if h := c.Highest; h != nil {
		fmt.Fprintf(&b, "%s %d (Java %d) in %s of layer %d\n", h.Name, h.Major, h.Release, h.Where, h.Layer)
	}
	for _, jvm := range c.JVMs {
		fmt.Fprintf(&b, "JVM %q %q %q %d %s\n", jvm.Name, jvm.Vendor, jvm.Version, jvm.Release, jvm.Where)
	}
	fmt.Fprintf(&b, "%d classes, %d archives\n", c.Classes, c.Jars)
	for _, skipped := range c.Skipped {
		fmt.Fprintf(&b, "skipped %s\n", skipped)
	}
	return b.String()
}

const (
	java8  = 52
	java11 = 55
	java17 = 61
	java21 = 65
)

func TestWhatLayersTell(t *testing.T) {
	boot := zipped(
		"BOOT-INF/classes/com/acme/Shop.class", classFile("com/acme/Shop", java17),
		"BOOT-INF/lib/old.jar", zipped("org/x/Old.class", classFile("org/x/Old", java8)),
		"BOOT-INF/lib/new.jar", zipped("org/x/New.class", classFile("org/x/New", java21)),
		"org/springframework/boot/loader/JarLauncher.class", classFile("org/springframework/boot/loader/JarLauncher", java17))
	for _, test := range []struct {
		name   string
		layers []string
		want   string
	}{
		{"a folder of classes", []string{layerOf("workspace/BOOT-INF/classes/com/acme/Shop.class", classFile("com/acme/Shop", java17), "workspace/lib/a.jar", zipped("a/A.class", classFile("a/A", java11)))},
			"com.acme.Shop 61 (Java 17) in /workspace/BOOT-INF/classes/com/acme/Shop.class of layer 0\n2 classes, 1 archives\n"},
		{"a fat jar of Spring Boot", []string{layerOf("app.jar", boot)},
			"org.x.New 65 (Java 21) in /app.jar!/BOOT-INF/lib/new.jar of layer 0\n4 classes, 3 archives\n"},
		{"a war in an ear", []string{layerOf("shop.ear", zipped("shop.war", zipped("WEB-INF/lib/x.jar", zipped("x/X.class", classFile("x/X", java11)))))},
			"x.X 55 (Java 11) in /shop.ear!/shop.war!/WEB-INF/lib/x.jar of layer 0\n1 classes, 3 archives\n"},
		{"archives that are too deep", []string{layerOf("a.ear", zipped("b.ear", zipped("c.ear", zipped("d.jar", "x"))))},
			"0 classes, 3 archives\nskipped /a.ear!/b.ear!/c.ear!/d.jar: archives in archives are looked through 3 deep\n"},
		{"what only newer JVMs look at", []string{layerOf("a.jar", zipped("META-INF/versions/21/a/A.class", classFile("a/A", java21), "module-info.class", classFile("module-info", java11), "a/A.class", classFile("a/A", java8)),
			"classes/META-INF/versions/25/B.class", classFile("B", 69), "classes/module-info.class", classFile("m", 69))},
			"a.A 52 (Java 8) in /a.jar of layer 0\n1 classes, 1 archives\n"},
		{"an upper layer replaces a jar", []string{layerOf("app/a.jar", zipped("A.class", classFile("A", java21))), layerOf("app/a.jar", zipped("A.class", classFile("A", java8)))},
			"A 52 (Java 8) in /app/a.jar of layer 1\n1 classes, 1 archives\n"},
		{"an upper layer takes a jar away", []string{layerOf("app/a.jar", zipped("A.class", classFile("A", java21))), layerOf("app/.wh.a.jar", "")}, "0 classes, 0 archives\n"},
		{"an upper layer takes a folder away", []string{layerOf("app/lib/a.jar", zipped("A.class", classFile("A", java21))), layerOf(".wh.app", "")}, "0 classes, 0 archives\n"},
		{"an upper layer empties a folder, and fills it again", []string{layerOf("app/lib/a.jar", zipped("A.class", classFile("A", java21))), layerOf("app/lib/b.jar", zipped("B.class", classFile("B", java8)), "app/.wh..wh..opq", "")},
			"B 52 (Java 8) in /app/lib/b.jar of layer 1\n1 classes, 1 archives\n"},
		{"an upper layer puts a link in the place of a folder", []string{layerOf("app/a.jar", zipped("A.class", classFile("A", java21))), layerOf("app@", "elsewhere")}, "0 classes, 0 archives\n"},
		{"JVMs, one of them cut with jlink", []string{layerOf(
			"layers/bl/jre/release", "JAVA_VERSION=\"21.0.9\"\nIMPLEMENTOR=\"BellSoft\"\n", "opt/jlinked/release", "JAVA_VERSION=\"17.0.1\"\nMODULES=\"java.base\"\n",
			"opt/java/release", "IMPLEMENTOR=\"Eclipse Adoptium\"\nIMPLEMENTOR_VERSION=\"Temurin-1.8.0_402\"\r\nJAVA_VERSION=\"1.8.0_402\"\n",
			"etc/release", "Debian\n", "usr/release", "JAVA_VERSION=\"x\"\n")},
			"JVM \"\" \"BellSoft\" \"21.0.9\" 21 /layers/bl/jre/release\nJVM \"\" \"\" \"17.0.1\" 17 /opt/jlinked/release\nJVM \"Temurin-1.8.0_402\" \"Eclipse Adoptium\" \"1.8.0_402\" 8 /opt/java/release\n0 classes, 0 archives\n"},
		{"files that are not what they are called", []string{layerOf("a.class", "text", "b.class", "", "c.jar", "no archive", "d.class", classFile("D", 9000), "e.class", classFile("E", java8)[:9])},
			"e 52 (Java 8) in /e.class of layer 0\n1 classes, 0 archives\nskipped /c.jar: zip: not a valid zip file\n"},
		{"a layer that is cut short", []string{layerOf("a.jar", zipped("A.class", classFile("A", java8)))[:600]},
			"0 classes, 0 archives\nskipped /a.jar, which is cut short\nskipped the rest of layer 0, which is no tar: unexpected EOF\n"},
		{"a layer that is none", []string{strings.Repeat("x", 1024)}, "0 classes, 0 archives\nskipped the rest of layer 0, which is no tar: archive/tar: invalid tar header\n"},
		{"an empty layer", []string{""}, "0 classes, 0 archives\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, inShort(scanned(t, test.layers...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAScanEndsWithItsContextAndWithAnErrorOfTheLayer(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := NewScan().Layer(ctx, 0, strings.NewReader(layerOf("a.class", "x")), ForClasses); !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
	broken := io.MultiReader(strings.NewReader(layerOf("a.class", "x")[:512]), iotest.ErrReader(cause))
	if err := NewScan().Layer(t.Context(), 0, broken, ForClasses); !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
}

// A scan of layers finds what a scan of the files that the layers make up together finds.
func TestAScanOfLayersIsOneOfTheirFiles(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		files := map[string]uint16{}
		var layers []string
		for range rapid.IntRange(1, 4).Draw(rt, "layers") {
			var parts []string
			here := map[string]bool{}
			for range rapid.IntRange(0, 4).Draw(rt, "files") {
				dir, name := rapid.SampledFrom([]string{"a", "a/b", "c"}).Draw(rt, "dir"), rapid.SampledFrom([]string{"X.class", "Y.class"}).Draw(rt, "name")
				if full := dir + "/" + name; !here[full] {
					major := rapid.Uint16Range(45, 70).Draw(rt, "major")
					here[full], files[full] = true, major
					parts = append(parts, full, classFile("N", major))
				}
			}
			switch taken := rapid.SampledFrom([]string{"", "a", "a/b", "c"}).Draw(rt, "taken away"); {
			case taken == "" || len(here) > 0 && rapid.Bool().Draw(rt, "keeps"):
			default:
				for full := range files {
					if strings.HasPrefix(full, taken+"/") && !here[full] {
						delete(files, full)
					}
				}
				parts = append(parts, taken+"/.wh..wh..opq", "")
			}
			layers = append(layers, layerOf(parts...))
		}
		highest := 0
		for _, major := range files {
			highest = max(highest, int(major))
		}
		got := scanned(t, layers...)
		if got.Classes != len(files) || (got.Highest == nil) != (highest == 0) || got.Highest != nil && got.Highest.Major != highest {
			rt.Fatalf("found %s, want %d classes and %d", inShort(got), len(files), highest)
		}
	})
}

func FuzzScan(f *testing.F) {
	f.Add([]byte(layerOf("a.jar", zipped("A.class", classFile("A", java8), "b.jar", zipped()))), true)
	f.Add([]byte(layerOf("a/release", `JAVA_VERSION="1"`, "a/.wh.x", "", "l@", "a")), true)
	f.Add([]byte(zipped("A.class", classFile("A", java8))), false)
	f.Add([]byte(classFile("A", java8)), false)
	f.Fuzz(func(t *testing.T, content []byte, layer bool) {
		layers := []string{string(content)}
		if !layer {
			layers[0] = layerOf("a.jar", string(content), "a.class", string(content), "release", string(content))
		}
		c := scanned(t, layers...)
		if c.Highest != nil && (c.Highest.Release < 1 || c.Highest.Major > lastMajor) || len(c.Skipped) > maxSkipped+1 {
			t.Errorf("%+v", c)
		}
	})
}

// sharing is an archive with n entries of the given name that all share one stored content.
func sharing(n int, name, content string) string {
	var b, directory bytes.Buffer
	b.WriteString("PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	sizes := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(content)))
	sizes = binary.LittleEndian.AppendUint32(sizes, uint32(len(content)))
	sizes = binary.LittleEndian.AppendUint32(sizes, uint32(len(content)))
	sizes = binary.LittleEndian.AppendUint16(sizes, uint16(len(name)))
	b.Write(sizes)
	b.WriteString("\x00\x00" + name + content)
	for range n {
		directory.WriteString("PK\x01\x02\x14\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00")
		directory.Write(sizes)
		directory.Write(make([]byte, 16))
		directory.WriteString(name)
	}
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = binary.LittleEndian.AppendUint16(end, uint16(n))
	end = binary.LittleEndian.AppendUint16(end, uint16(n))
	end = binary.LittleEndian.AppendUint32(end, uint32(directory.Len()))
	end = binary.LittleEndian.AppendUint32(end, uint32(b.Len()))
	return b.String() + directory.String() + string(end) + "\x00\x00"
}

func TestAShortArchiveDoesNotKeepTheGateBusy(t *testing.T) {
	for _, test := range []struct {
		name, archive string
		most          int // classes and archives
		want          string
	}{
		{"50,000 archives with 50,000 classes each", sharing(50_000, "a.jar", sharing(50_000, strings.Repeat("a", 200)+".class", classFile("A", java8))), 300_000, "after 64 MiB of tables of contents"},
		{"60,000 archives with two small ones each", sharing(60_000, "a.jar", sharing(2, "b.jar", zipped())), maxArchives, "after 65536 archives"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := scanned(t, layerOf("a.jar", test.archive))
			if c.Classes+c.Jars > test.most {
				t.Errorf("looked at %d classes and %d archives", c.Classes, c.Jars)
			}
			if !strings.Contains(inShort(c), test.want) {
				t.Errorf("skipped %q, want one with %q", c.Skipped, test.want)
			}
		})
	}
}

// An archive's table of contents is read from where it begins to where its entries end, whatever length it says it has.
func TestTheTableOfContentsIsAsLongAsItIs(t *testing.T) {
	archive := []byte(sharing(100, "A.class", "x"))
	size := int64(len(archive))
	const want = 100 * (46 + 7)
	if n, err := directorySize(bytes.NewReader(archive), size); n != want || err != nil {
		t.Errorf("%d, %v; want %d", n, err, want)
	}
	short := bytes.Clone(archive)
	binary.LittleEndian.PutUint32(short[size-10:], 1)
	if _, err := zip.NewReader(bytes.NewReader(short), size); err != nil {
		t.Fatal("this should be read:", err)
	}
	if n, _ := directorySize(bytes.NewReader(short), size); n < want {
		t.Errorf("%d of one that says it is short, want %d", n, want)
	}
	hidden := append(bytes.Clone(archive), "PK\x05\x06"...) // too near to the end to be the record
	if n, _ := directorySize(bytes.NewReader(hidden), size+4); n < want {
		t.Errorf("%d of one with another mark behind it, want %d", n, want)
	}
}

func TestArchivesThatAreTooLongAreNotKept(t *testing.T) {
	s := NewScan()
	s.onDisk = maxOnDisk - maxInMemory
	if _, _, err := s.hold(strings.NewReader(""), maxInMemory+1, maxNested); !errors.Is(err, errTooLong) {
		t.Errorf("beside others: %v", err)
	}
	if _, _, err := s.hold(strings.NewReader(""), maxNested+1, maxNested); !errors.Is(err, errTooLong) {
		t.Errorf("by itself: %v", err)
	}
	s.onDisk = 0
	_, done, err := s.hold(strings.NewReader(strings.Repeat("x", maxInMemory+1)), maxInMemory+1, maxNested)
	if err != nil || s.onDisk != maxInMemory+1 {
		t.Fatalf("%v, %d bytes", err, s.onDisk)
	}
	if done(); s.onDisk != 0 {
		t.Errorf("%d bytes are still there", s.onDisk)
	}
}
