package main

import (
	"bootgate/gate/policy"

	"github.com/spf13/cobra"
)

func newSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of gate.yaml",
		Long: `schema prints the JSON Schema of gate.yaml, so that an editor completes and checks it. For editors with the YAML
language server, save it and name it in the first line of gate.yaml:

  # yaml-language-server: $schema=gate.schema.json`,
		Example: `  gate schema > gate.schema.json`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := policy.Schema()
			if err != nil {
				return inconclusive(err)
			}
			_, err = s.out.Write(schema)
			return inconclusive(err)
		},
	}
}
