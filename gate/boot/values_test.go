package boot

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDurationsAreReadWithTheirUnit(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       time.Duration
		err        string
	}{
		{"seconds", "90s", 90 * time.Second, ""},
		{"several units", "1m30s", 90 * time.Second, ""},
		{"white space around", " 250ms ", 250 * time.Millisecond, ""},
		{"zero needs no unit", "0", 0, ""},
		{"a bare number", "5", 0, `duration "5" has no unit: write 5s for seconds or 5m for minutes`},
		{"a bare fraction", " 1.5", 0, `duration "1.5" has no unit: write 1.5s for seconds or 1.5m for minutes`},
		{"a negative duration", "-5s", 0, `duration "-5s" is negative`},
		{"a unit nobody has", "2d", 0, `"2d" is not a duration: write a number with a unit, such as 90s, 1m30s or 250ms`},
		{"nothing", "", 0, `"" is not a duration: write a number with a unit, such as 90s, 1m30s or 250ms`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseDuration(test.text)
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if time.Duration(got) != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestAmountsOfBytesAreReadInPowersOf1024(t *testing.T) {
	const refused = " is not an amount of bytes: write it as 512MiB, 2GiB or 64k"
	for _, test := range []struct {
		name, text string
		want       Bytes
		err        string
	}{
		{"a binary unit", "512MiB", 512 << 20, ""},
		{"one letter", "2g", 2 << 30, ""},
		{"a fraction", "1.5 GB", 3 << 29, ""},
		{"a bare number counts bytes", "536870912", 512 << 20, ""},
		{"words", "lots", 0, `"lots"` + refused},
		{"a negative amount", "-1m", 0, `"-1m"` + refused},
		{"more than an int64 holds", "99999999999999g", 0, `"99999999999999g"` + refused},
		{"zero would mean the default", "0", 0, `"0" is no limit: leave it out for the default`},
		{"less than a byte", "0.1B", 0, `"0.1B" is no limit: leave it out for the default`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseBytes(test.text)
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestPatternsMustCompile(t *testing.T) {
	for _, test := range []struct{ name, text, err string }{
		{"a pattern", "Started .+", ""},
		{"nothing", "", "the pattern is empty"},
		{"an open bracket", "[", "pattern \"[\" does not compile: error parsing regexp: missing closing ]: `[`"},
		{"what RE2 leaves out", `(a)\1`, "pattern \"(a)\\\\1\" does not compile: error parsing regexp: invalid escape sequence: `\\1`"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParsePattern(test.text)
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommandsAreSplitAsAShellDoes(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       Command
		err        string
	}{
		{"words", "java  -jar\tapp.jar\n", Command{"java", "-jar", "app.jar"}, ""},
		{"single quotes keep everything", `sh -c 'echo "$HOME" \n'`, Command{"sh", "-c", `echo "$HOME" \n`}, ""},
		{"double quotes know a few escapes", `echo "a\"b\\c\d$"`, Command{"echo", `a"b\c\d$`}, ""},
		{"quotes within a word join it", `-Dname='a b'"c d"`, Command{"-Dname=a bc d"}, ""},
		{"an empty word", `echo ''`, Command{"echo", ""}, ""},
		{"a backslash keeps a space", `a\ b`, Command{"a b"}, ""},
		{"a backslash at the end of a line joins it with the next", "a \\\n b", Command{"a", "b"}, ""},
		{"a backslash at the very end stays", `a\`, Command{`a\`}, ""},
		{"nothing is expanded", "echo $HOME *", Command{"echo", "$HOME", "*"}, ""},
		{"bytes that are not UTF-8 stay as they are", "a\xffb", Command{"a\xffb"}, ""},
		{"an open quote", `echo 'a`, nil, `command "echo 'a" has an open ' quote`},
		{"nothing but space", " \n", nil, "the command is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseCommand(test.text)
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommandsInJSONAreListsOrLines(t *testing.T) {
	for _, test := range []struct {
		name, json string
		want       Command
		err        string
	}{
		{"a list", `["java","-jar","my app.jar"]`, Command{"java", "-jar", "my app.jar"}, ""},
		{"a line", `"java -jar 'my app.jar'"`, Command{"java", "-jar", "my app.jar"}, ""},
		{"numbers and truths are words", `["serve",8080,1.50,true]`, Command{"serve", "8080", "1.50", "true"}, ""},
		{"one number", `8080`, Command{"8080"}, ""},
		{"an empty list clears", `[]`, Command{}, ""},
		{"null keeps what the image says", `null`, nil, ""},
		{"a mapping", `{"a":1}`, nil, "a command is a string or a list of strings"},
		{"lists within the list", `["a",["b"],null]`, nil, "1: a word of a command is text\n2: a word of a command is text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got Command
			err := got.UnmarshalJSON([]byte(test.json))
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); err == nil && diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValuesReadWhatTheyWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(0, 1<<62).Draw(t, "duration"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("duration %d is written %q and read as %d, %v", d, d, got, err)
		}
		b := Bytes(rapid.Int64Range(1, 1<<50).Draw(t, "bytes"))
		written, _ := b.MarshalText()
		if got, err := ParseBytes(string(written)); err != nil || got != b {
			t.Fatalf("%d bytes are written %q and read as %d, %v", b, written, got, err)
		}
		c := Command(rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "command"))
		if got, err := ParseCommand(c.String()); err != nil || !cmp.Equal(got, c) {
			t.Fatalf("command %q is written %q and read as %q, %v", []string(c), c, []string(got), err)
		}
		data, err := json.Marshal(c)
		var back Command
		if err := errors.Join(err, json.Unmarshal(data, &back)); err != nil || !cmp.Equal(back, c) {
			t.Fatalf("command %q is written %s and read as %q, %v", []string(c), data, []string(back), err)
		}
	})
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"", "java -jar app.jar", `'a b' "c\"d" e\ f`, `"open`, "a\\\nb", "\xff\\", `''`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCommand(text)
		if err != nil {
			return
		}
		again, err := ParseCommand(c.String())
		if err != nil || !cmp.Equal(c, again) {
			t.Errorf("%q is %q, which is written %q and read as %q, %v", text, []string(c), c, []string(again), err)
		}
	})
}

// errorText returns what an error says, or nothing.
func errorText(err error) string {
	if err == nil {
		return ""
	}
	return strings.TrimSpace(err.Error())
}
