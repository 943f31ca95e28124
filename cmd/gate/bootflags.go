package main

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"bootgate/gate/boot"
	"bootgate/gate/policy"

	"github.com/spf13/pflag"
)

// bootFlags are the flags that say how an image is booted. Each has the name of a key of the boot: section in
// gate.yaml, is written like it, and overrides it.
type bootFlags struct {
	// given holds what each flag was given, by its name.
	given map[string]*givenFlag
}

// bootFlagError is a boot flag that cannot be read or makes no sense: a mistake on the command line.
type bootFlagError struct {
	// Flag is the name without dashes.
	Flag string
	// Given is the argument; empty where it may hold the value of an environment variable.
	Given string
	// FromFile is set when the value is that of gate.yaml, which does not go with the flags that were given.
	FromFile bool
	Message  string
}

// Error says which flag, what it was given, and what to write.
func (e *bootFlagError) Error() string {
	if e.FromFile {
		return fmt.Sprintf("%s in gate.yaml does not go with the flags: %s", e.Flag, e.Message)
	}
	if e.Given == "" {
		return fmt.Sprintf("--%s: %s", e.Flag, e.Message)
	}
	return fmt.Sprintf("--%s %s: %s", e.Flag, boot.Command{e.Given}, e.Message)
}

// givenFlag collects the arguments of one flag. They are read by apply, where an error can be told apart from others
// and leave a secret out, and not by pflag.
type givenFlag struct {
	kind   string // what help calls the argument
	list   bool   // may be given several times
	values []string
}

// Set notes an argument.
func (f *givenFlag) Set(value string) error {
	if !f.list {
		f.values = nil
	}
	f.values = append(f.values, value)
	return nil
}

// String returns nothing: the default is part of the help text.
func (f *givenFlag) String() string { return "" }

// Type returns what help calls the argument.
func (f *givenFlag) Type() string { return f.kind }

// bootFlag describes one flag: its name is the key.
type bootFlag struct {
	key  string
	kind string
	list bool
	// secret is set when an argument may hold the value of an environment variable.
	secret bool
	// read puts the arguments into a spec. For a list the error may name the argument at fault with argumentError.
	read func(spec *boot.Spec, values []string) error
}

// kindBool is the kind of a flag that needs no argument.
const kindBool = "bool"

// bootFlagTable lists all flags, in the order of the keys.
func bootFlagTable() []bootFlag {
	return []bootFlag{
		{key: "as", kind: "mode", read: flagWord(func(s *boot.Spec) *boot.Mode { return &s.As })},
		{key: "ready", kind: "probe", list: true, read: flagEach(readFlagReady, func(s *boot.Spec) *boot.Readiness { return &s.Ready })},
		{key: "within", kind: "duration", read: flagPointer(boot.ParseDuration, func(s *boot.Spec) **boot.Duration { return &s.Within })},
		{key: "stays-up", kind: "duration", read: flagPointer(boot.ParseDuration, func(s *boot.Spec) **boot.Duration { return &s.StaysUp })},
		{key: "at-least", kind: "duration", read: flagPointer(boot.ParseDuration, func(s *boot.Spec) **boot.Duration { return &s.AtLeast })},
		{key: "stops-within", kind: "duration", read: flagPointer(boot.ParseDuration, func(s *boot.Spec) **boot.Duration { return &s.StopsWithin })},
		{key: "needs", kind: "mapping", list: true, secret: true, read: flagEach(single(policy.ParseNeed), func(s *boot.Spec) *[]boot.Need { return &s.Needs })},
		{key: "replicas", kind: "count", read: flagValue(readFlagCount[int], func(s *boot.Spec) *int { return &s.Replicas })},
		{key: "once", kind: "regex", read: flagValue(boot.ParsePattern, func(s *boot.Spec) *boot.Pattern { return &s.Once })},
		{key: "restart", kind: kindBool, read: flagValue(readFlagBool, func(s *boot.Spec) *bool { return &s.Restart })},
		{key: "second-start", kind: kindBool, read: flagValue(readFlagBool, func(s *boot.Spec) *bool { return &s.SecondStart })},
		{key: "forbid", kind: "regex", list: true, read: flagEach(single(boot.ParsePattern), func(s *boot.Spec) *[]boot.Pattern { return &s.Forbid })},
		{key: "memory", kind: "bytes", read: flagValue(boot.ParseBytes, func(s *boot.Spec) *boot.Bytes { return &s.Memory })},
		{key: "cpus", kind: "cores", read: flagValue(readFlagCores, func(s *boot.Spec) *float64 { return &s.CPUs })},
		{key: "pids", kind: "count", read: flagValue(readFlagCount[int64], func(s *boot.Spec) *int64 { return &s.Pids })},
		{key: "disk", kind: "bytes", read: flagValue(boot.ParseBytes, func(s *boot.Spec) *boot.Bytes { return &s.Disk })},
		{key: "user", kind: "user", read: flagWord(func(s *boot.Spec) *string { return &s.User })},
		{key: "read-only", kind: kindBool, read: flagValue(readFlagBool, func(s *boot.Spec) *bool { return &s.ReadOnly })},
		{key: "tmpfs", kind: "path", list: true, read: flagEach(single(readFlagText), func(s *boot.Spec) *[]string { return &s.Tmpfs })},
		{key: "env", kind: "NAME[=VALUE]", list: true, secret: true, read: readFlagEnv},
		{key: "env-file", kind: "file", list: true, read: flagEach(single(readFlagText), func(s *boot.Spec) *[]string { return &s.EnvFile })},
		{key: "entrypoint", kind: "command", read: flagValue(readFlagCommand, func(s *boot.Spec) *boot.Command { return &s.Entrypoint })},
		{key: "command", kind: "command", read: flagValue(readFlagCommand, func(s *boot.Spec) *boot.Command { return &s.Command })},
		{key: "network", kind: "network", read: flagWord(func(s *boot.Spec) *boot.Network { return &s.Network })},
		{key: "slower-than", kind: "ratio", read: flagValue(boot.ParseRatio, func(s *boot.Spec) *boot.Ratio { return &s.SlowerThan })},
		{key: "memory-over", kind: "ratio", read: flagValue(boot.ParseRatio, func(s *boot.Spec) *boot.Ratio { return &s.MemoryOver })},
		{key: "errors-over", kind: "count", read: flagPointer(readFlagNumber, func(s *boot.Spec) **int { return &s.ErrorsOver })},
		{key: "size-over", kind: "ratio", read: flagValue(boot.ParseRatio, func(s *boot.Spec) *boot.Ratio { return &s.SizeOver })},
		{key: "rounds", kind: "count", read: flagValue(readFlagCount[int], func(s *boot.Spec) *int { return &s.Rounds })},
	}
}

// register adds the flags. Their help is the description of the key in the schema of gate.yaml.
func (b *bootFlags) register(fs *pflag.FlagSet) {
	schema, err := boot.SpecSchema()
	if err != nil {
		panic(err) // a mistake in the types, found by the first test that runs
	}
	b.given = map[string]*givenFlag{}
	for _, f := range bootFlagTable() {
		given := &givenFlag{kind: f.kind, list: f.list}
		b.given[f.key] = given
		usage := schema.Properties[f.key].Description
		if f.list {
			usage += "; may be given several times"
		}
		flag := fs.VarPF(given, f.key, "", usage)
		if f.kind == kindBool {
			flag.NoOptDefVal = "true"
		}
	}
}

// apply returns spec with every flag that was given in place of its key. Lists are replaced as a whole; environment
// variables are merged one by one. The result was checked; every error is a *bootFlagError, or joins several. spec
// itself stays as it is.
func (b *bootFlags) apply(spec boot.Spec, fs *pflag.FlagSet) (boot.Spec, error) {
	spec.Env = maps.Clone(spec.Env)
	var errs []error
	for _, f := range bootFlagTable() {
		if !fs.Changed(f.key) {
			continue
		}
		values := b.given[f.key].values
		if err := f.read(&spec, values); err != nil {
			errs = append(errs, f.explain(values, err))
		}
	}
	if len(errs) > 0 {
		return boot.Spec{}, errors.Join(errs...)
	}
	for _, problem := range spec.Check() {
		key, _, _ := strings.Cut(problem.Key, ".")
		errs = append(errs, &bootFlagError{Flag: key, FromFile: !fs.Changed(key), Message: problem.Message})
	}
	if len(errs) > 0 {
		return boot.Spec{}, errors.Join(errs...)
	}
	return spec, nil
}

// explain says what was wrong with the arguments of a flag.
func (f bootFlag) explain(values []string, err error) error {
	out := &bootFlagError{Flag: f.key, Message: err.Error()}
	var argument *argumentError
	switch {
	case f.secret:
	case errors.As(err, &argument):
		out.Given = argument.value
	case len(values) > 0:
		out.Given = values[len(values)-1]
	}
	return out
}

// argumentError says which of several arguments is wrong.
type argumentError struct {
	value string
	err   error
}

func (e *argumentError) Error() string { return e.err.Error() }
func (e *argumentError) Unwrap() error { return e.err }

// flagValue reads a flag that is given once.
func flagValue[T any](parse func(string) (T, error), field func(*boot.Spec) *T) func(*boot.Spec, []string) error {
	return func(spec *boot.Spec, values []string) error {
		v, err := parse(values[len(values)-1])
		if err != nil {
			return err
		}
		*field(spec) = v
		return nil
	}
}

// flagPointer reads a flag that is given once into a field where nil means the default.
func flagPointer[T any](parse func(string) (T, error), field func(*boot.Spec) **T) func(*boot.Spec, []string) error {
	return func(spec *boot.Spec, values []string) error {
		v, err := parse(values[len(values)-1])
		if err != nil {
			return err
		}
		*field(spec) = &v
		return nil
	}
}

// flagWord reads a flag whose text is its value.
func flagWord[T ~string](field func(*boot.Spec) *T) func(*boot.Spec, []string) error {
	return flagValue(func(text string) (T, error) {
		t, err := readFlagText(text)
		return T(t), err
	}, field)
}

// flagEach reads a flag that may be given several times; the list takes the place of the one in gate.yaml.
func flagEach[L ~[]T, T any](parse func(string) ([]T, error), field func(*boot.Spec) *L) func(*boot.Spec, []string) error {
	return func(spec *boot.Spec, values []string) error {
		var all L
		for _, text := range values {
			some, err := parse(text)
			if err != nil {
				return &argumentError{text, err}
			}
			all = append(all, some...)
		}
		*field(spec) = all
		return nil
	}
}

// single makes a list of a single value.
func single[T any](parse func(string) (T, error)) func(string) ([]T, error) {
	return func(text string) ([]T, error) {
		v, err := parse(text)
		return []T{v}, err
	}
}

func readFlagText(text string) (string, error) {
	if text == "" {
		return "", errors.New("there is no value")
	}
	return text, nil
}

// readFlagReady reads a probe in one line, or any of the forms of gate.yaml in braces or brackets.
func readFlagReady(text string) ([]boot.Probe, error) {
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		return policy.ParseReady(text)
	}
	return single(boot.ParseProbe)(text)
}

// readFlagCommand reads a command line; an empty one clears what the image says.
func readFlagCommand(text string) (boot.Command, error) {
	if strings.TrimSpace(text) == "" {
		return boot.Command{}, nil
	}
	return boot.ParseCommand(text)
}

func readFlagBool(text string) (bool, error) {
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, errors.New("write true or false")
	}
	return v, nil
}

// readFlagCount reads a number of at least one: zero would stand for the default.
func readFlagCount[T int | int64](text string) (T, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n == 0 {
		return 0, errors.New("write a whole number of at least 1")
	}
	return T(n), nil
}

// readFlagNumber reads a number that may be zero.
func readFlagNumber(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, errors.New("write a whole number")
	}
	return int(n), nil
}

func readFlagCores(text string) (float64, error) {
	cores, err := strconv.ParseFloat(text, 64)
	if err != nil || cores == 0 {
		return 0, errors.New("write a number of cores, such as 0.5")
	}
	return cores, nil
}

// readFlagEnv reads NAME=VALUE, and NAME for a variable of the gate's own environment. No error holds a value.
func readFlagEnv(spec *boot.Spec, values []string) error {
	env := boot.Env{}
	maps.Copy(env, spec.Env)
	for _, text := range values {
		name, value, hasValue := strings.Cut(text, "=")
		if name == "" {
			return errors.New("there is no name before the =: write NAME=VALUE, or NAME to take it from the gate's own environment")
		}
		env[name] = nil
		if hasValue {
			env[name] = &value
		}
	}
	spec.Env = env
	return nil
}
