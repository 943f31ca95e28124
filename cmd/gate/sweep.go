package main

import (
	"fmt"

	"bootgate/gate/boot"

	"github.com/spf13/cobra"
)

func newSweep(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "sweep",
		Short: "Remove what killed runs left on the engine",
		Long: `sweep removes containers, networks and images that gates made and could not remove because they were killed. It
knows them by their labels (bootgate.run) and never touches what a live run still needs. gate check does the same by
itself before it starts.`,
		Example: `  gate sweep`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := boot.Connect(cmd.Context())
			if err != nil {
				return inconclusive(err)
			}
			swept, err := boot.Sweep(cmd.Context(), engine)
			for _, list := range []struct {
				kind  string
				names []string
			}{{"container", swept.Containers}, {"network", swept.Networks}, {"image", swept.Images}} {
				for _, name := range list.names {
					fmt.Fprintf(s.out, "removed %s %s\n", list.kind, name)
				}
			}
			if err == nil && swept.Count() == 0 {
				fmt.Fprintln(s.out, "nothing to remove")
			}
			return inconclusive(err)
		},
	}
}
