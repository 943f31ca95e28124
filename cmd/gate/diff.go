package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/report"

	"github.com/spf13/cobra"
)

// diffOptions are the flags of `gate diff`.
type diffOptions struct {
	platform string
	exitCode bool
	sinks    sinkFlags
}

func newDiff(s streams) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say what changed between two images: the builder, Java, settings, or the application",
		Long: `diff compares what is written on two images, the most telling first: the Java run-time, launcher and lifecycle,
buildpacks (added, removed, up, down), what they installed, the run image, options of the JVM one by one, environment,
entrypoint and processes, user, ports, labels, platform; whether the layers of the application changed at all, and the
size of each group of layers. Two builders are compared as well: lifecycle, buildpacks, order, run images, APIs.

It boots nothing and reads no layer. OLD and NEW are written as for gate check; with registry: in front no engine is
asked. Values of variables and labels that sound secret are said to have changed, and are not shown. Versions of which
nobody can say which one is newer have changed, neither up nor down.

Of two multi-platform images the same platform is compared.

Exit codes:
  0    both images could be read, whether they differ or not
  1    an image is not there or is no image; with --exit-code: something differs
  2    the command line is wrong
  3    inconclusive: the engine or a registry could not be reached; or the result could not be written
  130  interrupted (143 by SIGTERM)`,
		Example: `  # What did the rebuild change?
  gate diff ghcr.io/acme/shop:1.4.1 ghcr.io/acme/shop:1.4.2

  # What moved under the builder's tag?
  gate diff registry:paketobuildpacks/builder-noble-java-tiny:0.0.100 registry:paketobuildpacks/builder-noble-java-tiny:latest

  # For a program; and 1 as soon as anything differs.
  gate diff --exit-code --format json shop:old shop:new > diff.json`,
		Args: twoImages,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.sinks.failing(s, boot.Guarded(func() error { return o.run(cmd.Context(), s, args[0], args[1]) }))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return o.sinks.failing(s, usage(err)) })
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.platform, "platform", "", "platform of multi-platform images, such as linux/arm64 (default: one that both have)")
	fs.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when anything differs")
	o.sinks.register(fs)
	return cmd
}

// twoImages takes exactly two arguments.
func twoImages(_ *cobra.Command, args []string) error {
	if len(args) != 2 {
		return usage(fmt.Errorf("two images are compared, and %d named: write gate diff OLD NEW", len(args)))
	}
	for _, arg := range args {
		if arg == "" {
			return usage(errors.New("an image is named by an empty argument: is a variable unset?"))
		}
	}
	return nil
}

// run runs `gate diff`.
func (o *diffOptions) run(ctx context.Context, s streams, old, new string) error {
	sinks, err := o.sinks.parse(os.Getenv)
	if err != nil {
		return usage(err)
	}
	result, err := gate.Diff(ctx, gate.DiffRequest{Old: old, New: new, Platform: o.platform, Alike: o.exitCode}, connect)
	if err != nil {
		return undecided(err)
	}
	render := func(format string, w io.Writer, opt report.Options) error {
		return report.WriteDiff(format, w, result, opt)
	}
	return sinks.conclude(s, render, report.DiffReason(result), result.Verdict)
}
