// Package policy reads gate.yaml: it finds the file, decodes it strictly, checks that what it asks for makes sense, and
// describes it as a JSON Schema for editors.
//
// The meaning of a section belongs to the package that acts on it; so does its type (boot.Spec for `boot:`). To add a
// section is to add a field to Policy or Image: keys, types, required keys and schema follow from the struct and its
// tags, values from the UnmarshalJSON and UnmarshalText methods of their types. What spans several fields is checked in
// check.go.
//
// Strict means: an unknown key, a key that is there twice, a value of the wrong type or without meaning is an *Error
// that shows the line and a caret. All problems of a file are reported at once. The syntax is YAML 1.2
// (https://yaml.org/spec/1.2.2/) with anchors, aliases and merge keys, one document to a file.
//
// It never contacts an engine or a registry, never reads the files that gate.yaml names, and never shows the value of
// an environment variable.
package policy
