package diagnose

import (
	"fmt"
	"reflect"
	"slices"

	"bootgate/gate/finding"
	"bootgate/gate/version"

	"github.com/google/jsonschema-go/jsonschema"
)

// RulesSchema returns the JSON Schema of the section diagnose:. It cannot tell whether a regular expression compiles, or
// whether a cause asks for anything.
func RulesSchema() (*jsonschema.Schema, error) {
	text := &jsonschema.Schema{Type: "string", MinLength: jsonschema.Ptr(1)}
	several := func() *jsonschema.Schema {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			text.CloneSchemas(), {Type: "array", MinItems: jsonschema.Ptr(1), Items: text.CloneSchemas()},
		}}
	}
	schema, err := jsonschema.For[Rules](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Pattern]():           text,
		reflect.TypeFor[version.JavaRange](): versionSchema(),
		reflect.TypeFor[version.Range]():     versionSchema(),
		reflect.TypeFor[Words]():             several(),
		reflect.TypeFor[Patterns]():          several(),
	}})
	if err != nil {
		return nil, fmt.Errorf("describing the diagnose section: %w", err)
	}
	schema.Types, schema.Type = []string{"null", "object"}, ""
	schema.Properties["errors"].Items.Enum = ruleNames(Reports)
	cause := schema.Properties["causes"].Items
	cause.Properties["id"].Pattern = causeID.String()
	cause.Properties["cause"].Pattern, cause.Properties["remedy"].Pattern = `\S`, `\S`
	for _, key := range []string{"cause", "remedy", "link"} {
		cause.AnyOf = append(cause.AnyOf, &jsonschema.Schema{Required: []string{key}})
	}
	cause.Properties["link"].Pattern = "^https?://"
	for _, s := range cause.Properties["rule"].AnyOf {
		if s.Items != nil {
			s = s.Items
		}
		s.Enum = ruleNames(Explains)
	}
	buildpack := cause.Properties["buildpack"]
	buildpack.Types, buildpack.Type = nil, "object"
	return schema, nil
}

// versionSchema is the schema of a range of versions: a version alone may look like a number.
func versionSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Types: []string{"string", "number"}, Pattern: `[0-9]`}
}

// ruleNames are the rules that which says yes to, for an enumeration.
func ruleNames(which func(rule string) bool) []any {
	var names []any
	for _, r := range finding.Rules() {
		if which(r.ID) {
			names = append(names, r.ID)
		}
	}
	return slices.Clip(names)
}
