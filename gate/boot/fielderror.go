package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FieldError says which part of a value is wrong, so that whoever holds the text it was read from can point at it.
type FieldError struct {
	// Path leads from the value that was read to the part at fault: keys, and positions in lists counted from 0.
	Path []string
	Err  error
}

// Error returns the path and what is wrong there: `http.port: "x" is not a port`.
func (e *FieldError) Error() string { return strings.Join(e.Path, ".") + ": " + e.Err.Error() }

// Unwrap returns what is wrong, without the path.
func (e *FieldError) Unwrap() error { return e.Err }

// UnknownKeyError says that a mapping has a key nobody knows. In a FieldError the path ends in that key.
type UnknownKeyError struct {
	Key string
	// Known are the keys that would have been understood, in the order of the documentation.
	Known []string
}

// Error names the key and those that are known.
func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("unknown key %q: known are %s", e.Key, strings.Join(e.Known, ", "))
}

// at puts one more step in front of the path of err, or of each of the errors that were joined in it.
func at(step string, err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range joined.Unwrap() {
			all = append(all, at(step, e))
		}
		return errors.Join(all...)
	}
	var field *FieldError
	if errors.As(err, &field) {
		return &FieldError{Path: append([]string{step}, field.Path...), Err: field.Err}
	}
	return &FieldError{Path: []string{step}, Err: err}
}

// readFields splits a JSON object into its members. The error joins one *FieldError for each key that is not known; the
// others are returned all the same.
func readFields(data []byte, known []string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return nil, errors.New("a mapping is expected here")
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, key) {
			errs = append(errs, at(key, &UnknownKeyError{Key: key, Known: known}))
		}
	}
	return fields, errors.Join(errs...)
}

// scalarText returns the text of a JSON string, number or boolean. What is text to the gate may look like a number to
// YAML: a port, a status, the value of a header.
func scalarText(data []byte) (string, bool) {
	var text string
	if json.Unmarshal(data, &text) == nil && string(data) != "null" {
		return text, true
	}
	var number json.Number
	if json.Unmarshal(data, &number) == nil && number != "" {
		return number.String(), true
	}
	var truth bool
	if json.Unmarshal(data, &truth) == nil && string(data) != "null" {
		return fmt.Sprint(truth), true
	}
	return "", false
}
