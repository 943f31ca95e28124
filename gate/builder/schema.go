package builder

import (
	"fmt"
	"reflect"

	"bootgate/gate/finding"
	"bootgate/gate/pattern"
	"bootgate/gate/version"

	"github.com/google/jsonschema-go/jsonschema"
)

// RulesSchema returns the JSON Schema of the section builder:. It cannot tell whether a regular expression compiles, or
// whether a range of versions can be read.
func RulesSchema() (*jsonschema.Schema, error) {
	// A version alone may look like a number.
	versions := &jsonschema.Schema{Types: []string{"string", "number"}, Pattern: `[0-9]`}
	schema, err := jsonschema.For[Rules](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[pattern.Pattern]():   {Type: "string", MinLength: jsonschema.Ptr(1)},
		reflect.TypeFor[version.Range]():     versions,
		reflect.TypeFor[version.JavaRange](): versions,
		reflect.TypeFor[Versions](): {AnyOf: []*jsonschema.Schema{
			versions.CloneSchemas(), {Type: "object", AdditionalProperties: versions.CloneSchemas()},
		}},
	}})
	if err != nil {
		return nil, fmt.Errorf("describing the builder section: %w", err)
	}
	schema.Types, schema.Type = []string{"null", "object"}, ""
	entry := schema.Properties["known-bad"].Items
	entry.Properties["id"].Pattern = entryID.String()
	entry.Properties["cause"].Pattern, entry.Properties["remedy"].Pattern = `\S`, `\S`
	entry.Properties["link"].Pattern = "^https?://"
	entry.Properties["severity"].Enum = []any{string(finding.Error), string(finding.Warning)}
	says := []*jsonschema.Schema{}
	for _, key := range []string{"cause", "remedy", "link"} {
		says = append(says, &jsonschema.Schema{Required: []string{key}})
	}
	about := []*jsonschema.Schema{}
	for _, key := range []string{"buildpack", "lifecycle", "builder", "jvm"} {
		about = append(about, &jsonschema.Schema{Required: []string{key}})
	}
	entry.AllOf = []*jsonschema.Schema{{AnyOf: about}, {AnyOf: says}}
	for _, key := range []string{"buildpack", "builder", "jvm"} {
		s := entry.Properties[key]
		s.Types, s.Type = nil, "object"
	}
	entry.Properties["jvm"].AnyOf = []*jsonschema.Schema{{Required: []string{"vendor"}}, {Required: []string{"version"}}}
	return schema, nil
}
