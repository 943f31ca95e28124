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

// inspectOptions are the flags of `gate inspect`.
type inspectOptions struct {
	platform string
	deep     bool
	sinks    sinkFlags
}

// inspectLong is what `gate inspect --help` says.
const inspectLong = `inspect reads what is written on an image and says how it was made. It starts no container.

Of an application that buildpacks made: the buildpacks and their versions, the JVM, the launcher, the run image, the
processes, what it was built from, and which builders may have made it: no label names the builder, so that is a guess,
and says how sure it is. Of a builder: its buildpacks, their order, its lifecycle and run images. Of other images: what
made them (Jib, ko, the .NET SDK, Buildah, BuildKit) and what they stand on, where that is written down, and the JVM by
its environment. What is missing or broken in the labels is listed as a problem.

IMAGE is looked for in the Docker engine and then in its registry; an archive (docker save), an OCI layout, and the
prefixes registry:, docker:, tar: and oci: are understood as in gate check. No engine is needed for what is in a
registry or a file. Of a registry only the manifest and the configuration are read.

--deep reads layers as well: those of the application, and the one with the JVM. It finds JVMs by their release files
and, in class files, jars, wars and archives within them, the class that needs the newest JVM. It also reads BuildKit's
provenance. A layer is compressed as a whole, so it is read as a whole; the layers of run image and launcher are not.

Exit codes:
  0    the image was read; what it tells is not judged
  1    there is no such image, or it is broken
  2    the command line is wrong
  3    inconclusive: the registry or the engine could not be asked, or the result could not be written
  130  interrupted (143 by SIGTERM)`

func newInspect(s streams) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect IMAGE",
		Short: "Say what built an image: buildpacks, JVM, run image, builder",
		Long:  inspectLong,
		Example: `  # What is this image made of?
  gate inspect ghcr.io/acme/shop:1.4.2

  # Are its classes too new for its JVM?
  gate inspect --deep shop.tar

  # A builder.
  gate inspect registry:docker.io/paketobuildpacks/builder-jammy-base:0.4.540

  # For a program.
  gate inspect --format json ghcr.io/acme/shop:1.4.2 > shop.json`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usage(errors.New("name an image to inspect: gate inspect IMAGE"))
			case len(args) > 1:
				return usage(fmt.Errorf("gate inspect takes one image, not %d; gate diff compares two", len(args)))
			case args[0] == "":
				return usage(errors.New("the image is named by an empty argument: is a variable unset?"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.sinks.failing(s, boot.Guarded(func() error { return o.run(cmd.Context(), s, args[0]) }))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return o.sinks.failing(s, usage(err)) })
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.BoolVar(&o.deep, "deep", false, "also read the layers that can matter: JVMs, class file versions, provenance")
	fs.StringVar(&o.platform, "platform", "", "`OS/ARCH` of an image that comes in several (default: the engine's, or this machine's)")
	o.sinks.register(fs)
	return cmd
}

// run runs `gate inspect`.
func (o *inspectOptions) run(ctx context.Context, s streams, arg string) error {
	sinks, err := o.sinks.parse(os.Getenv)
	if err != nil {
		return usage(err)
	}
	result, err := gate.Inspect(ctx, gate.InspectRequest{Image: arg, Platform: o.platform, Deep: o.deep}, connect)
	if err != nil {
		return undecided(err)
	}
	render := func(format string, w io.Writer, opt report.Options) error {
		return report.WriteInspection(format, w, result, opt)
	}
	return sinks.conclude(s, render, report.InspectionReason(result), result.Verdict)
}
