package builder

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"bootgate/gate/image"
)

var update = flag.Bool("update", false, "write what is read off the fixtures into them")

// The notations of a fixture: <TEXT*N> is a text N times, <4> a digest of sixty-four fours, <U+1b> a character by its number.
var (
	runeNumber   = regexp.MustCompile(`<U\+([0-9a-f]+)>`)
	repetition   = regexp.MustCompile(`<([^<>]+)\*(\d+)>`)
	digestLetter = regexp.MustCompile(`<([0-9a-f])>`)
)

// expand replaces the notations of a fixture.
func expand(text string) string {
	text = repetition.ReplaceAllStringFunc(text, func(notation string) string {
		match := repetition.FindStringSubmatch(notation)
		n, _ := strconv.Atoi(match[2])
		return strings.Repeat(match[1], n)
	})
	text = runeNumber.ReplaceAllStringFunc(text, func(notation string) string {
		n, _ := strconv.ParseInt(runeNumber.FindStringSubmatch(notation)[1], 16, 32)
		return string(rune(n))
	})
	return digestLetter.ReplaceAllStringFunc(text, func(notation string) string { return sum(notation[1:2]) })
}

// fixture reads an image from a file: its labels, variables, entry point and the diff IDs of its layers.
func fixture(t *testing.T, archive *txtar.Archive) *image.Candidate {
	t.Helper()
	c := &image.Candidate{Config: image.Config{Labels: map[string]string{}}}
	for _, file := range archive.Files {
		text := expand(strings.TrimSuffix(string(file.Data), "\n"))
		name, label := strings.CutPrefix(file.Name, "label ")
		switch {
		case label:
			c.Config.Labels[name] = text
		case file.Name == "env":
			c.Config.Env = strings.Split(text, "\n")
		case file.Name == "entrypoint":
			c.Config.Entrypoint = strings.Fields(text)
		case file.Name == "layers":
			for letter := range strings.FieldsSeq(text) {
				c.Record.Layers = append(c.Record.Layers, image.Layer{DiffID: sum(letter)})
			}
		case file.Name != "origin":
			t.Fatalf("a fixture has no part %q", file.Name)
		}
	}
	return c
}

// TestLabelsAsTheSpecificationHasThem reads images of each generation of the platform specification (platform.md 0.2 to 0.15,
// distribution.md 0.2), of builders of several years, and with labels that are broken or hostile. What is read is golden.
func TestLabelsAsTheSpecificationHasThem(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "labels", "*.txtar"))
	if err != nil || len(paths) < 25 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(Read(fixture(t, archive))); err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "origin" })
			if *update {
				if at < 0 {
					at = len(archive.Files)
					archive.Files = append(archive.Files, txtar.File{Name: "origin"})
				}
				archive.Files[at].Data = sparse(got.Bytes())
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if at < 0 {
				t.Fatal("it has no golden origin: go test ./gate/builder -update")
			}
			if diff := cmp.Diff(string(archive.Files[at].Data), string(sparse(got.Bytes()))); diff != "" {
				t.Errorf("origin (-want +got):\n%s", diff)
			}
		})
	}
}

var (
	// sayingNothing is a member of an object, on a line of its own, that says nothing; lastComma what may stay of it.
	sayingNothing = regexp.MustCompile(`(?m)^ *"\w+": (""|null|\[\]|\{\}|0),?\n`)
	lastComma     = regexp.MustCompile(`,\n( *[}\]])`)
)

// sparse leaves out what says nothing, so that a golden text shows what there is, uses the notations of a fixture, and has no
// characters that an editor would hide.
func sparse(text []byte) []byte {
	short := lastComma.ReplaceAllString(sayingNothing.ReplaceAllString(string(text), ""), "\n$1")
	for letter := range strings.SplitSeq("0123456789abcdef", "") {
		short = strings.ReplaceAll(short, sum(letter), "<"+letter+">")
	}
	var out strings.Builder
	for rest := short; rest != ""; {
		n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case n >= 100:
			fmt.Fprintf(&out, "<%c*%d>", r, n)
			size = n
		case r > unicode.MaxASCII:
			fmt.Fprintf(&out, "<U+%x>", r)
		default:
			out.WriteRune(r)
		}
		rest = rest[size:]
	}
	return []byte(out.String())
}
