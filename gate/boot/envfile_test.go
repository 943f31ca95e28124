package boot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEnvFilesAreReadAsTheEngineReadsThem(t *testing.T) {
	value := func(s string) *string { return &s }
	for _, test := range []struct {
		name, content string
		want          Env
		err           string
	}{
		{"names and values", "A=1\nB=two words\n", Env{"A": value("1"), "B": value("two words")}, ""},
		{"a value is taken as it is", `A=" x #y='z' `, Env{"A": value(`" x #y='z' `)}, ""},
		{"a name alone comes from the gate's own environment", "HOME\n", Env{"HOME": nil}, ""},
		{"a value can be empty", "A=\n", Env{"A": value("")}, ""},
		{"the last of two counts", "A=1\nA=2\n", Env{"A": value("2")}, ""},
		{"comments, empty lines and space before a name", "# x\n\n  A=1\n \t# y\n", Env{"A": value("1")}, ""},
		{"a byte order mark and Windows line ends", "\ufeffA=1\r\nB=2", Env{"A": value("1"), "B": value("2")}, ""},
		{"an empty file", "", Env{}, ""},
		{"no name", "A=1\n=hunter2\n", nil, "2: there is no name before the ="},
		{"a forgotten =", "PASSWORD hunter2\n", nil, "1: the name before the = holds white space: write NAME=VALUE"},
		{"a space before the =", "PASSWORD =hunter2\n", nil, "1: the name before the = holds white space: write NAME=VALUE"},
		{"bytes that are not UTF-8", "A=1\n\nB=hunter2\xff\n", nil, "3: the line is not UTF-8"},
		{"a NUL byte", "A=hunter2\x00\n", nil, "1: the line holds a NUL byte"},
		{"too large", strings.Repeat("A=1\n", maxEnvFile/4+1), nil, " the file is larger than 4MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app.env")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadEnvFile(path)
			want := ""
			if test.err != "" {
				want = "env file " + path + ":" + test.err
			}
			if diff := cmp.Diff(want, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("environment (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMissingEnvFileIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.env")
	_, err := ReadEnvFile(path)
	var fileError *EnvFileError
	if !errors.As(err, &fileError) || !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v is no *EnvFileError about a missing file", err)
	}
	if want := "env file " + path + ": no such file or directory"; err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}

func FuzzReadEnvFile(f *testing.F) {
	for _, seed := range []string{"", "A=1\n", "\ufeff#\r\nB", "=x", "a b=c", "\xff=\x00"} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "app.env")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		env, err := ReadEnvFile(path)
		for name := range env {
			if err != nil || name == "" || strings.ContainsAny(name, "=\n") {
				t.Errorf("%q gives a variable %q, %v", content, name, err)
			}
		}
	})
}
