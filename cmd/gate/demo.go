package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/demo"
	"bootgate/gate/report"

	"github.com/spf13/cobra"
)

func newDemo(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Make a few small images, check them, and show what the gate says",
		Long: `demo shows the gate at work, offline: it makes a few small images from its own binary (and, where it finds a JDK,
Java ones), checks them as gate check would, and removes them again. Some of them are broken in ways that a test which
asks once does not see. It exits with 0 when every verdict is what it should be.`,
		Example: `  gate demo`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), s)
		},
	}
}

// newDemoApp is the program in the demo's images: this binary again.
func newDemoApp() *cobra.Command {
	return &cobra.Command{
		Use:                demo.AppCommand,
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return &exitError{code: demo.App(args)}
		},
	}
}

// demoLife is how long a demo can take at most.
const demoLife = 30 * time.Minute

func runDemo(ctx context.Context, s streams) (err error) {
	self, err := os.Executable()
	if err != nil {
		return inconclusive(fmt.Errorf("finding the gate's own binary: %w", err))
	}
	engine, err := boot.Connect(ctx)
	if err != nil {
		return inconclusive(err)
	}
	lease, err := boot.NewLease()
	if err != nil {
		return inconclusive(err)
	}
	defer lease.Release() // the lock file of a run that is over does no harm
	images, remove, err := demo.Images(ctx, demo.Options{Engine: engine, Self: self, Labels: lease.Labels("demo", demoLife), Log: s.err})
	if err != nil {
		return inconclusive(err)
	}
	defer func() {
		if removeErr := remove(); removeErr != nil {
			err = errors.Join(err, inconclusive(removeErr))
		}
	}()
	request := gate.Request{Parallel: max(2, runtime.NumCPU())}
	for _, img := range images {
		fmt.Fprintf(s.out, "%-14s%s\n", img.Name, img.Story)
		request.Targets = append(request.Targets, gate.Target{Name: img.Name, Image: "docker:" + img.Ref, Spec: img.Spec})
	}
	fmt.Fprintln(s.out)
	progress, done := newProgress(s.err, request)
	request.Progress = progress
	result, err := gate.Check(ctx, request, connect)
	done()
	if err != nil {
		return inconclusive(err)
	}
	if err := report.Text(s.out, result, textOptions(s.out)); err != nil {
		return inconclusive(err)
	}
	return closeDemo(s, images, result)
}

// closeDemo says whether the verdicts are those they should be.
func closeDemo(s streams, images []demo.Image, result gate.Report) error {
	for i, img := range images {
		if got := result.Images[i].Verdict; got != img.Want {
			return inconclusive(fmt.Errorf("the demo's image %q should %s, and the verdict is %s", img.Name, img.Want, got))
		}
	}
	fmt.Fprintf(s.err, "gate: the demo went as it should: every verdict is right. Try it on an image of yours: gate check IMAGE\n")
	return nil
}
