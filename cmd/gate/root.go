package main

import (
	"errors"
	"fmt"

	"bootgate/gate"

	"github.com/spf13/cobra"
)

// newRoot builds the command line.
func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "gate",
		Short: "A deployment safety gate: boots container images as production would, and says why not",
		Long: `gate takes a newly built container image, boots it in a container the way production would, and says
whether it may go on: pass, fail, or inconclusive when it could not tell.

Exit codes:
  0    pass: asked, and it holds
  1    fail: the image is at fault
  2    the command line or gate.yaml is wrong
  3    inconclusive: the engine, a registry or the host is at fault; never a pass
  130  interrupted (143 by SIGTERM); what was started has been removed

The result goes to stdout, everything else to stderr, whose last line says the reason.`,
		Example: `  gate demo                                  # see it work, offline
  gate check ghcr.io/acme/shop:1.4.2         # boot an image and judge it
  gate diagnose boot.log                     # say what a dead JVM died of, from its log
  gate inspect ghcr.io/acme/shop:1.4.2       # what built it: buildpacks, JVM, run image, builder
  gate diff shop:1.4.1 shop:1.4.2            # what changed: builder, JVM, settings, application
  gate rules boot-unstable                   # what a rule means and what to do`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.AddCommand(newCheck(s), newDemo(s), newDemoApp(), newDiagnose(s), newDiff(s), newInspect(s), newRules(s), newSchema(s), newSweep(s), newVersion(s))
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

// noCommand says what is known when the first argument is not a command.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += fmt.Sprintf(": did you mean %q?", near[0])
	} else {
		message += ": `gate --help` lists them; to check an image write `gate check IMAGE`"
	}
	return &exitError{code: exitUsage, err: errors.New(message)}
}

// usage wraps an error of the user's.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: exitUsage, err: err}
}

// undecided wraps an error because of which nothing was decided: a mistake in the request is the user's.
func undecided(err error) error {
	var wrong *gate.UsageError
	if errors.As(err, &wrong) {
		return usage(err)
	}
	return inconclusive(err)
}

// inconclusive wraps an error of the machine's.
func inconclusive(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: exitInconclusive, err: err}
}
