package commandline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOptionsAreSplitAsTheJVMDoes(t *testing.T) {
	for _, test := range []struct {
		name, line string
		want       []string
	}{
		{"nothing", " \t\n", nil},
		{"at white space of any kind", "-Xmx1g\t-Xms1g\n-Xss1m\r\v\f-ea", []string{"-Xmx1g", "-Xms1g", "-Xss1m", "-ea"}},
		{"not within quotation marks", `-Da="b c" '-Dd=e f'`, []string{"-Da=b c", "-Dd=e f"}},
		{"marks of one kind within those of the other", `-Da="it's"`, []string{"-Da=it's"}},
		{"a mark that nothing closes", `-Da="b c`, []string{"-Da=b c"}},
		{"a backslash is a letter like others", `-Da=b\ c`, []string{`-Da=b\`, "c"}},
		{"an empty word says nothing", `"" -ea`, []string{"-ea"}},
		{"more than ASCII", "-Da=é\u00a0ü -ea", []string{"-Da=é\u00a0ü", "-ea"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Options(test.line)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWordsOfALineThatAShellMayHaveRead(t *testing.T) {
	for _, test := range []struct {
		name, line string
		want       []Word
	}{
		{"a space behind a backslash", ` -Da=b\ c -ea`, []Word{{1, 9, `-Da=b\ c`}, {10, 13, "-ea"}}},
		{"a mark behind a backslash", `-Da=\"b c`, []Word{{0, 7, `-Da=\"b`}, {8, 9, "c"}}},
		{"within quotation marks", `"b\" c" d`, []Word{{0, 7, `b\" c`}, {8, 9, "d"}}},
		{"a backslash at the end", `a\`, []Word{{0, 2, `a\`}}},
		{"an empty word", `a "" b`, []Word{{0, 1, "a"}, {2, 4, ""}, {5, 6, "b"}}},
		{"several lines", "-Da=b\n-Dpassword=c", []Word{{0, 5, "-Da=b"}, {6, 18, "-Dpassword=c"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Escaped(test.line)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"", `-Da="b c" '-Dd`, `a\`, "\\\n\"", "-Xmx1g -ea"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		end := 0
		for _, w := range Escaped(line) {
			if w.From < end || w.To <= w.From || w.To > len(line) {
				t.Fatalf("%q: the word %+v stands behind %d", line, w, end)
			}
			if strings.Trim(line[end:w.From], " \t\n\v\f\r") != "" {
				t.Errorf("%q: %q belongs to no word", line, line[end:w.From])
			}
			end = w.To
		}
		if strings.Trim(line[end:], " \t\n\v\f\r") != "" {
			t.Errorf("%q: %q belongs to no word", line, line[end:])
		}
		if !strings.Contains(line, `\`) {
			var texts []string
			for _, w := range Escaped(line) {
				if w.Text != "" {
					texts = append(texts, w.Text)
				}
			}
			if diff := cmp.Diff(texts, Options(line)); diff != "" {
				t.Errorf("%q is split in two ways (-escaped +options):\n%s", line, diff)
			}
		}
	})
}
