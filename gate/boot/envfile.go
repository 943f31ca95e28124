package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxEnvFile bounds an env file, in bytes. It is far beyond what a process can be given: Linux passes on at most
// 2 MiB of arguments and environment by default.
const maxEnvFile = 4 << 20

// EnvFileError says what is wrong in an env file, and where. It never holds a value: they may be secrets.
type EnvFileError struct {
	Path string
	// Line counts from 1; 0 when the whole file is at fault.
	Line int
	Err  error
}

// Error returns "env file PATH:LINE: what is wrong".
func (e *EnvFileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("env file %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("env file %s:%d: %v", e.Path, e.Line, e.Err)
}

// Unwrap returns what is wrong.
func (e *EnvFileError) Unwrap() error { return e.Err }

// ReadEnvFile reads a file in the form that the engine's own `docker run --env-file` takes: a line is KEY=VALUE, where
// everything after the first = belongs to the value, quotes and spaces included; or KEY alone, which takes the variable
// from the gate's own environment; or empty; or a comment that starts with #. A byte order mark is skipped. A key that
// is there twice has its last value. Errors are *EnvFileError.
func ReadEnvFile(path string) (Env, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, &EnvFileError{Path: path, Err: err}
	}
	env := Env{}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if err := env.addLine(strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")); err != nil {
			return nil, &EnvFileError{Path: path, Line: number, Err: err}
		}
	}
	return env, nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxEnvFile+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(data) > maxEnvFile {
		return nil, fmt.Errorf("the file is larger than %s", Bytes(maxEnvFile))
	}
	return data, nil
}

// withoutPath strips the operation and path that the os package adds: EnvFileError says them already.
func withoutPath(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// addLine reads one line without its end.
func (e Env) addLine(line string) error {
	if !utf8.ValidString(line) {
		return errors.New("the line is not UTF-8")
	}
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, hasValue := strings.Cut(line, "=")
	if name == "" {
		return errors.New("there is no name before the =")
	}
	// The name is not shown: where the = was forgotten it holds the value.
	if strings.ContainsFunc(name, unicode.IsSpace) {
		return errors.New("the name before the = holds white space: write NAME=VALUE")
	}
	if strings.ContainsRune(line, 0) {
		return errors.New("the line holds a NUL byte")
	}
	e[name] = nil
	if hasValue {
		e[name] = &value
	}
	return nil
}
