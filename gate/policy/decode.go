package policy

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"bootgate/gate/boot"
)

// decoder fills Go values from nodes, strictly, and notes every problem with its place. It goes by the types alone:
// json tags name the keys, a key without omitempty is required, and values with UnmarshalJSON or UnmarshalText read
// themselves; a map with UnmarshalText is either a mapping or a scalar. A scalar is its source text wherever text is asked for.
type decoder struct {
	src *source
	// failed holds the nodes in which a problem was found, up to the root.
	failed map[*node]bool
}

// root decodes a whole tree into the value that p points to.
func (d *decoder) root(n *node, p any) {
	d.failed = map[*node]bool{}
	d.value(n, reflect.ValueOf(p).Elem(), "")
}

// problem notes a problem with the value of a key.
func (d *decoder) problem(at span, what, format string, args ...any) bool {
	message := fmt.Sprintf(format, args...)
	if what != "" {
		message = what + ": " + message
	}
	d.src.add(at, message, "")
	return false
}

// value decodes one node; what is the key it stands under. It reports whether all went well.
func (d *decoder) value(n *node, v reflect.Value, what string) bool {
	ok := d.decode(n, v, what)
	if !ok {
		d.failed[n] = true
	}
	return ok
}

func (d *decoder) decode(n *node, v reflect.Value, what string) bool {
	if n.broken {
		return false
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		if v.Elem().Type() == reflect.TypeFor[int]() { // nil is the default, so that 0 may mean what it says
			return d.number(n, v.Elem(), what)
		}
		return d.decode(n, v.Elem(), what)
	}
	switch self := v.Addr().Interface().(type) {
	case json.Unmarshaler:
		if n.kind == null {
			return d.problem(n.at, what, "there is no value")
		}
		return d.explain(n, what, self.UnmarshalJSON(n.json()))
	case encoding.TextUnmarshaler:
		if v.Kind() == reflect.Map && n.kind == mapping {
			return d.dictionary(n, v, what)
		}
		if !d.isScalar(n, what) {
			return false
		}
		return d.explain(n, what, self.UnmarshalText([]byte(n.text)))
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.fields(n, v, what)
	case reflect.Slice:
		return d.list(n, v, what)
	case reflect.Map:
		return d.dictionary(n, v, what)
	case reflect.String:
		if !d.isScalar(n, what) {
			return false
		}
		v.SetString(n.text)
		return true
	case reflect.Bool:
		if n.kind != truth {
			return d.problem(n.at, what, "true or false is expected, not %s", n.describe())
		}
		v.SetBool(strings.EqualFold(n.text, "true"))
		return true
	}
	return d.number(n, v, what) && d.notZero(n, v, what)
}

// isScalar notes a problem with anything that has no source text of its own.
func (d *decoder) isScalar(n *node, what string) bool {
	switch n.kind {
	case null:
		return d.problem(n.at, what, "there is no value")
	case sequence, mapping:
		return d.problem(n.at, what, "text is expected, not %s", n.kind)
	}
	return true
}

// describe returns what a node is, for messages.
func (n *node) describe() string {
	switch n.kind {
	case null, sequence, mapping:
		return string(n.kind)
	case text:
		return fmt.Sprintf("the text %q", n.text)
	}
	return n.text
}

// explain notes an error that a value had with its own text, at the part of it that is wrong.
func (d *decoder) explain(n *node, what string, err error) bool {
	if err == nil {
		return true
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			d.explain(n, what, e)
		}
		return false
	}
	at := n.at
	var field *boot.FieldError
	if errors.As(err, &field) {
		inner, place := n.follow(field.Path)
		err = field.Err
		var unknown *boot.UnknownKeyError
		if errors.As(err, &unknown) {
			parents := append([]string{what}, field.Path[:len(field.Path)-1]...)
			d.unknownKey(place, unknown.Key, dotted(parents), unknown.Known)
			return false
		}
		at = inner.at
		what = dotted(append([]string{what}, field.Path...))
	}
	return d.problem(at, what, "%v", err)
}

// dotted joins keys and leaves list positions out: the caret shows which one it is.
func dotted(path []string) string {
	var keys []string
	for _, step := range path {
		if _, err := strconv.Atoi(step); err != nil && step != "" {
			keys = append(keys, step)
		}
	}
	return strings.Join(keys, ".")
}

// unknownKey notes a key that nobody knows, with the nearest one that is.
func (d *decoder) unknownKey(at span, key, where string, known []string) {
	message := fmt.Sprintf("unknown key %q", key)
	if where != "" {
		message += " in " + where
	}
	hint := "known keys: " + strings.Join(known, ", ")
	if near, ok := nearest(key, known); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	d.src.add(at, message, hint)
}

// field is a struct field that has a key.
type field struct {
	key      string
	index    int
	required bool
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		key, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if key != "-" && key != "" {
			fields = append(fields, field{key, i, options != "omitempty"})
		}
	}
	return fields
}

// fields decodes a mapping with known keys. A mapping without a value is one with all its keys left out.
func (d *decoder) fields(n *node, v reflect.Value, what string) bool {
	if n.kind != mapping && n.kind != null {
		return d.problem(n.at, what, "a mapping of keys and values is expected, not %s", n.kind)
	}
	ok := true
	known := map[string]field{}
	var keys []string
	for _, f := range fieldsOf(v.Type()) {
		known[f.key] = f
		keys = append(keys, f.key)
		if _, there := n.get(f.key); f.required && !there {
			ok = d.missing(n.at, f.key, what)
		}
	}
	for _, e := range n.entries {
		f, found := known[e.key]
		if !found {
			d.unknownKey(e.at, e.key, what, keys)
			ok = false
			continue
		}
		ok = d.value(e.value, v.Field(f.index), e.key) && ok
	}
	return ok
}

func (d *decoder) missing(at span, key, what string) bool {
	message := fmt.Sprintf("missing key %q", key)
	if what != "" {
		message += " in " + what
	}
	d.src.add(at, message, "")
	return false
}

// list decodes a list. One without a value is empty: its entries are commented out.
func (d *decoder) list(n *node, v reflect.Value, what string) bool {
	if n.kind == null {
		return true
	}
	if n.kind != sequence {
		return d.problem(n.at, what, "a list is expected, not %s", n.describe())
	}
	ok := true
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		if item.kind == null && !item.broken {
			ok = d.problem(item.at, what, "there is no value in this entry")
			d.failed[item] = true
			continue
		}
		ok = d.value(item, out.Index(i), what) && ok
	}
	v.Set(out)
	return ok
}

// dictionary decodes a mapping whose keys are free. Where its values are pointers, one without a value is nil.
func (d *decoder) dictionary(n *node, v reflect.Value, what string) bool {
	if n.kind == null {
		return true
	}
	if n.kind != mapping {
		return d.problem(n.at, what, "a mapping of names and values is expected, not %s", n.kind)
	}
	ok := true
	out := reflect.MakeMap(v.Type())
	for _, e := range n.entries {
		value := reflect.New(v.Type().Elem()).Elem()
		if e.value.kind != null || e.value.broken || value.Kind() != reflect.Pointer {
			ok = d.value(e.value, value, what+"."+e.key) && ok
		}
		out.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	v.Set(out)
	return ok
}

// notZero refuses a zero that is written out: in an optional field it stands for the default and would not mean what it
// says.
func (d *decoder) notZero(n *node, v reflect.Value, what string) bool {
	if v.IsZero() {
		return d.problem(n.at, what, "0 is not possible: leave it out for the default")
	}
	return true
}

// number decodes a plain number.
func (d *decoder) number(n *node, v reflect.Value, what string) bool {
	if n.kind != integer && n.kind != fraction {
		return d.problem(n.at, what, "a number is expected, not %s", n.describe())
	}
	if v.CanInt() {
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		if err != nil {
			return d.problem(n.at, what, "a whole number is expected, not %s", n.text)
		}
		v.SetInt(i)
	} else {
		f, err := strconv.ParseFloat(n.text, v.Type().Bits())
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return d.problem(n.at, what, "a decimal number is expected, not %s", n.text)
		}
		v.SetFloat(f)
	}
	return true
}
