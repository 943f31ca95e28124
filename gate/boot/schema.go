package boot

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// SpecSchema returns the JSON Schema of the boot: section. The descriptions are the jsonschema tags of the fields; they
// are the help of the flags as well. Properties are in the order of the fields.
//
// It is no stricter than the decoder, but somewhat narrower: it knows no number where text is meant, except where one
// comes naturally (a user id, an amount of bytes, a word of a command).
func SpecSchema() (*jsonschema.Schema, error) {
	options := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Mode]():      enum(Auto, Service, Job),
		reflect.TypeFor[Network]():   enum(Isolated, Bridge),
		reflect.TypeFor[Duration]():  durationSchema(),
		reflect.TypeFor[Bytes]():     bytesSchema(),
		reflect.TypeFor[Ratio]():     ratioSchema(),
		reflect.TypeFor[Pattern]():   {Type: "string", MinLength: jsonschema.Ptr(1)},
		reflect.TypeFor[Readiness](): readinessSchema(),
		reflect.TypeFor[Command]():   commandSchema(),
		reflect.TypeFor[Env]():       envSchema(),
	}}
	schema, err := jsonschema.For[Spec](options)
	if err != nil {
		return nil, fmt.Errorf("describing the boot section: %w", err)
	}
	requireValues(schema)
	schema.Types, schema.Type = []string{"null", "object"}, ""
	bound(schema.Properties["replicas"], 1, MaxReplicas)
	bound(schema.Properties["pids"], 1, MaxPids)
	bound(schema.Properties["cpus"], minCPUs, maxCPUs)
	bound(schema.Properties["rounds"], 1, MaxRounds)
	bound(schema.Properties["errors-over"], 0, MaxErrorsOver)

	need := schema.Properties["needs"].Items
	requireValues(need)
	need.Properties["as"].Enum = enum(Service, Job).Enum
	need.Properties["name"].Pattern = hostName.String()
	need.Properties["image"].MinLength = jsonschema.Ptr(1)
	for _, s := range []*jsonschema.Schema{schema, need} {
		s.Properties["user"].Type, s.Properties["user"].Types = "", []string{"string", "integer"}
		s.Properties["tmpfs"].Items.Pattern = "^/[^:]"
		s.Properties["env-file"].Items.MinLength = jsonschema.Ptr(1)
	}
	return schema, nil
}

// requireValues takes away the null that inference allows for every pointer. An empty list or mapping stays allowed:
// that is what is left when its entries are commented out.
func requireValues(object *jsonschema.Schema) {
	for _, p := range object.Properties {
		if slices.Contains(p.Types, "array") || slices.Contains(p.Types, "object") {
			continue
		}
		p.Types = slices.DeleteFunc(slices.Clone(p.Types), func(t string) bool { return t == "null" })
		switch len(p.Types) {
		case 0:
			p.Types = nil
		case 1:
			p.Type, p.Types = p.Types[0], nil
		}
	}
}

func bound(s *jsonschema.Schema, from, to float64) { s.Minimum, s.Maximum = &from, &to }

// enum is the schema of a closed set of words.
func enum[W ~string](words ...W) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// durationSchema allows what ParseDuration reads; the only bare number is 0.
func durationSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{
		Types:    []string{"string", "integer"},
		Pattern:  `^\s*\+?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+\s*$`,
		Examples: []any{"90s", "1m30s", "250ms"},
	}
	bound(s, 0, 0)
	return s
}

// bytesSchema allows what ParseBytes reads.
func bytesSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Types:    []string{"string", "integer"},
		Pattern:  `^\s*[0-9]+(\.[0-9]+)? ?([kKmMgGtTpP]?([iI]?[bB])?)\s*$`,
		Minimum:  jsonschema.Ptr(1.0),
		Examples: []any{"512MiB", "2GiB"},
	}
}

// ratioSchema allows what ParseRatio reads, but for what is out of range.
func ratioSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: ratioForm.String(), Examples: []any{"2x", "1.5x"}}
}

// scalar is the schema of text that may be written without quotes even where it looks like something else.
func scalar() *jsonschema.Schema {
	return &jsonschema.Schema{Types: []string{"string", "number", "boolean"}}
}

func commandSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "string", MinLength: jsonschema.Ptr(1), Description: "split at white space, with shell quoting and no expansion"},
		{Type: "array", Items: scalar(), Description: "one word each; an empty list clears what the image says"},
	}}
}

func envSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Types:                []string{"null", "object"},
		PropertyNames:        &jsonschema.Schema{Pattern: `^[^=\s]+$`},
		AdditionalProperties: &jsonschema.Schema{Types: []string{"null", "string", "number", "boolean"}},
	}
}

func readinessSchema() *jsonschema.Schema {
	probe := probeSchema()
	return &jsonschema.Schema{AnyOf: append(probe, &jsonschema.Schema{
		Type: "array", MinItems: jsonschema.Ptr(1), Items: &jsonschema.Schema{AnyOf: probeSchema()},
	})}
}

// probeSchema returns the two ways to write a probe: a line, or a mapping with a probe per key.
func probeSchema() []*jsonschema.Schema {
	http := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Types: []string{"string", "integer"}, Description: "PORT/PATH"}, httpSchema(),
	}}
	https := http.CloneSchemas()
	http.Description = "GET until the status is as expected"
	https.Description = "the same over TLS; the certificate is not verified"
	exec := commandSchema()
	exec.Description = "a command inside the container that exits with 0"
	return []*jsonschema.Schema{
		{
			Type: "string", Pattern: `^(https?:[0-9]|tcp:[0-9]|log:.|exec:.|healthcheck$)`,
			Description: "http:PORT/PATH, https:PORT/PATH, tcp:PORT, log:REGEX, healthcheck or exec:COMMAND",
		},
		{
			Type: "object", MinProperties: jsonschema.Ptr(1), AdditionalProperties: none(), PropertyOrder: probeKeys(),
			Properties: map[string]*jsonschema.Schema{
				"http":        http,
				"https":       https,
				"tcp":         portSchema("connect to this port"),
				"log":         {Type: "string", MinLength: jsonschema.Ptr(1), Description: "regular expression that a line of the output matches"},
				"healthcheck": {Type: "boolean", Description: "the image's own HEALTHCHECK says healthy"},
				"exec":        exec,
			},
		},
	}
}

func httpSchema() *jsonschema.Schema {
	return &jsonschema.Schema{
		Type: "object", AdditionalProperties: none(), Required: []string{"port"}, PropertyOrder: httpKeys(),
		Properties: map[string]*jsonschema.Schema{
			"port":    portSchema("port inside the container"),
			"path":    {Type: "string", Description: "request target, such as /health (default /)"},
			"status":  {Types: []string{"string", "integer"}, Description: "status codes to accept: 200, 200-299 or 200,204 (default 200-399)"},
			"body":    {Type: "string", MinLength: jsonschema.Ptr(1), Description: "regular expression that the first 64 KiB of the body match"},
			"headers": {Type: "object", AdditionalProperties: scalar(), Description: "headers to send; Host sets the host"},
		},
	}
}

func portSchema(description string) *jsonschema.Schema {
	s := &jsonschema.Schema{Types: []string{"integer", "string"}, Pattern: "^[0-9]{1,5}$", Description: description}
	bound(s, 1, 65535)
	return s
}

// none is the schema nothing matches, written as false.
func none() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }
