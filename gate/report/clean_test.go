package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCleanLine(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "Started in 1.2 s", "Started in 1.2 s"},
		{"leading spaces stay, trailing ones go", "    at x.y(Z.java:7)  ", "    at x.y(Z.java:7)"},
		{"a tab goes to the next tab stop", "a\tb\t\tc", "a       b               c"},
		{"colours go", "\x1b[1;31mERROR\x1b[0m x", "ERROR x"},
		{"cursor movements go", "a\x1b[2Jb\x1b[10;10Hc", "abc"},
		{"a link keeps its text", "\x1b]8;;http://evil.example\x1b\\text\x1b]8;;\x1b\\", "text"},
		{"a title goes, ended by BEL", "\x1b]0;title\ax", "x"},
		{"a title goes, ended by the 8-bit ST", "\x1b]0;title\u009cx", "x"},
		{"a control string goes", "\x1bP1;2|x\x1b\\y", "y"},
		{"a string without an end hides nothing", "\x1b]0;title and error", "0;title and error"},
		{"a cut sequence goes", "x\x1b[38;5", "x"},
		{"a sequence in its 8-bit form goes", "\u009b31mred", "red"},
		{"a lone escape goes", "a\x1b", "a"},
		{"an escape before another goes with it", "a\x1b\x1b[31mb", "ab"},
		{"a character set sequence goes", "a\x1b(0b", "ab"},
		{"other controls go", "a\x00\b\a\x7f\u0085b", "ab"},
		{"bidi controls go", "\u202egpj.exe\u202c\u2066x\u2069", "gpj.exex"},
		{"zero-width characters go", "a\u200bb\u200dc\ufeffd\u00ade", "abcde"},
		{"tags go", "a\U000e0041b", "ab"},
		{"every space is a plain one", "a\u00a0b\u2003c\u2028d\u3000e\u3164f", "a b c d e f"},
		{"a line end inside is a space", "a\nb\r\nc", "a b  c"},
		{"invalid UTF-8 is replaced", "a\xffb", "a\ufffdb"},
		{"many marks on one character are cut", "e" + strings.Repeat("\u0301", 20), "e" + strings.Repeat("\u0301", 4)},
		{"wide characters and emoji stay", "漢字 ☕", "漢字 ☕"},
		{"the old form of a command is broken", "x ##[error]y", `x ##\[error]y`},
		{"also when what hid it goes", "#\u200b#\x1b[0m[error]y", `##\[error]y`},
		{"also after many signs", "####[error]", `####\[error]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, cleanLine(c.in, maxLine)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCleanLineCuts(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		limit          int
	}{
		{"a line of the limit stays", "12345", "12345", 5},
		{"a longer one ends in an ellipsis", "123456", "12345…", 5},
		{"no character is cut in two", "12漢字", "12漢…", 7},
		{"no tab goes beyond", "123\tx", "123…", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cleanLine(c.in, c.limit); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCleanLines(t *testing.T) {
	progress := strings.TrimSuffix(strings.Repeat("10%\r", 40), "\r")
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"one line is one line", "a", []string{"a"}},
		{"nothing is one empty line", "", []string{""}},
		{"a carriage return ends a line", "a\rb", []string{"a", "b"}},
		{"a carriage return before a line feed ends one line", "a\r\nb", []string{"a", "b"}},
		{"a carriage return at the end adds nothing", "a\r", []string{"a"}},
		{"only carriage returns are one empty line", "\r\r\r", []string{""}},
		{
			"a progress bar is cut", progress,
			append(strings.Split(strings.Repeat("10% ", 15), " ")[:15], "… (25 more lines, parted by carriage returns)"),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, cleanLines(c.in, maxLine)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessageIssuesNoCommand(t *testing.T) {
	got := Message("reading \"x\":\n\tgoroutine 1\n  ::error::x\n##[error]y\r::notice::z\n")
	want := "reading \"x\":\n        goroutine 1\n┆  ::error::x\n##\\[error]y ::notice::z"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if commands := run([]byte(got)).commands; len(commands) > 0 {
		t.Errorf("issues %v", commands)
	}
}

func TestCleaningTwiceChangesNothing(t *testing.T) {
	piece := rapid.SampledFrom(append([]string{"\x1b", "[", "]", "##", "[error]", "\a", "\u009c", "\t", "a", ":", "\xff"}, hostile...))
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		once := cleanLine(in, maxLine)
		if isActive(once) {
			t.Fatalf("something active came through: %q", once)
		}
		if twice := cleanLine(once, 2*maxLine); twice != once {
			t.Fatalf("cleaned again %q became %q", once, twice)
		}
	})
}
