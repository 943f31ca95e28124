package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/diagnose"

	"github.com/google/jsonschema-go/jsonschema"
)

// schemaID names the schema. It is a name and not an address: the gate hands the schema out itself, offline.
const schemaID = "urn:bootgate:gate.yaml"

// Schema returns the JSON Schema (draft 2020-12) of gate.yaml, indented, with keys in the order of the documentation.
// An editor with the YAML language server completes and checks a file that starts with
//
//	# yaml-language-server: $schema=gate.schema.json
//
// A file that the schema accepts may still be refused by Parse: a schema cannot compile a regular expression, compare
// two durations or know today's date.
func Schema() ([]byte, error) {
	spec, err := boot.SpecSchema()
	if err != nil {
		return nil, err
	}
	rules, err := diagnose.RulesSchema()
	if err != nil {
		return nil, err
	}
	made, err := builder.RulesSchema()
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.For[Policy](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[boot.Spec]():      spec,
		reflect.TypeFor[builder.Rules]():  made,
		reflect.TypeFor[diagnose.Rules](): rules,
		reflect.TypeFor[Control]():        {Type: "string", Enum: []any{string(ControlAlways), string(ControlOnFailure), string(ControlNever)}},
		reflect.TypeFor[Date]():           {Type: "string", Format: "date", Pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
	}})
	if err != nil {
		return nil, fmt.Errorf("describing gate.yaml: %w", err)
	}
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.ID = schemaID
	schema.Title = "gate.yaml"
	schema.Description = "What Bootgate asks of container images before they may go on."
	schema.Type, schema.Types = "", []string{"null", "object"} // an empty file asks for nothing

	image := schema.Properties["images"].Items
	image.Properties["name"].Pattern = imageName.String()
	image.Properties["image"].Pattern = `^\S+$`
	image.Properties["baseline"].Pattern = `^\S+$`
	suppression := schema.Properties["suppress"].Items
	for _, id := range ruleIDs(suppressible) {
		suppression.Properties["rule"].Enum = append(suppression.Properties["rule"].Enum, id)
	}
	suppression.Properties["reason"].Pattern = `\S`

	text, err := json.Marshal(schema)
	if err != nil {
		return nil, fmt.Errorf("writing the schema of gate.yaml: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, fmt.Errorf("writing the schema of gate.yaml: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
