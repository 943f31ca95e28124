package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/report"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// diagnoseOptions are the flags of `gate diagnose`.
type diagnoseOptions struct {
	exitCode  string
	oomKilled bool
	config    string
	sinks     sinkFlags
}

func newDiagnose(s streams) *cobra.Command {
	var o diagnoseOptions
	cmd := &cobra.Command{
		Use:   "diagnose [FILE...|-]",
		Short: "Say what a dead JVM or process died of, from its log or hs_err file",
		Long: `diagnose reads what a dead container left, its saved log or the hs_err file of its JVM, and says what it died of:
what happened, the lines that show it, the likely cause and what to do. It needs no container and no engine, and knows
the same causes of death as gate check.

A FILE is a log of any size, or an hs_err or javacore file, plain or compressed with gzip, in UTF-8 or UTF-16. Without
one, or as -, standard input is read. What docker compose, kubectl, docker logs -t, journald, BuildKit, CloudWatch and
GitHub Actions put in front of each line is taken away, and the services of a mixed log are told apart. Each FILE is
diagnosed by itself, the most fundamental finding first.

A log rarely tells how the process ended. --exit-code and --oom-killed say it, as docker inspect and kubectl describe
show it (State.ExitCode, State.OOMKilled; Last State, Reason: OOMKilled); then a death that the log does not explain is
reported, too. --oom-killed alone stands for exit code 137.

gate.yaml, found in the working directory or above, adds the causes of death it knows, and sets aside what its
suppress: lists without naming an image: nobody can tell which image a log is of.

Exit codes:
  0    nothing in the log explains a death, or nothing worse than warnings was found
  1    something was found
  2    the command line or gate.yaml is wrong, or a FILE cannot be read or is no text; the others are diagnosed all the same
  3    the result could not be written
  130  interrupted (143 by SIGTERM)`,
		Example: `  # A container that is dead.
  docker logs app 2>&1 | gate diagnose

  # A pod that was restarted.
  kubectl logs --previous shop-7d4b9 | gate diagnose --exit-code 137 --oom-killed

  # The file a JVM left, and the log beside it.
  gate diagnose hs_err_pid1.log boot.log.gz

  # For a program.
  gate diagnose --format json boot.log > diagnosis.json`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault // files
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.sinks.failing(s, boot.Guarded(func() error { return o.run(cmd.Context(), s, args) }))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return o.sinks.failing(s, usage(err)) })
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&o.exitCode, "exit-code", "e", "", "exit `code` of the dead process, 0 to 255 (default: not known)")
	fs.BoolVar(&o.oomKilled, "oom-killed", false, "the engine says that the kernel killed it for memory")
	o.sinks.register(fs)
	fs.StringVarP(&o.config, "config", "c", "", "path of gate.yaml (default: looked for here and in the folders above)")
	return cmd
}

// run runs `gate diagnose`.
func (o *diagnoseOptions) run(ctx context.Context, s streams, args []string) error {
	sinks, err := o.sinks.parse(os.Getenv)
	var request gate.DiagnoseRequest
	if err == nil {
		request, err = o.request(s, args)
	}
	if err != nil {
		return usage(err)
	}
	result, err := gate.Diagnose(ctx, request)
	if err != nil {
		return inconclusive(err)
	}
	render := func(format string, w io.Writer, opt report.Options) error {
		return report.WriteDiagnosis(format, w, result, opt)
	}
	if err := sinks.write(s, render); err != nil {
		return inconclusive(err)
	}
	for _, in := range result.Inputs {
		if in.Error != nil {
			fmt.Fprintf(s.err, "gate: reading %s: %s\n", report.Message(in.File), report.Message(in.Error.Error()))
		}
	}
	if result.Unread() != nil {
		return &exitError{code: exitUsage}
	}
	fmt.Fprintf(s.err, "gate: %s\n", report.DiagnosisReason(result))
	if code := result.Verdict.ExitCode(); code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// request puts together what to diagnose.
func (o *diagnoseOptions) request(s streams, args []string) (gate.DiagnoseRequest, error) {
	request := gate.DiagnoseRequest{OOMKilled: o.oomKilled}
	if o.exitCode != "" {
		code, err := strconv.Atoi(o.exitCode)
		if err != nil || code < 0 || code > 255 {
			return request, fmt.Errorf("--exit-code %q: write the exit code of the process, a number from 0 to 255", o.exitCode)
		}
		request.ExitCode = &code
	}
	var err error
	if request.Policy, err = loadPolicy(o.config); err != nil {
		return request, err
	}
	if len(args) == 0 {
		if term.IsTerminal(int(s.in.Fd())) {
			return request, errors.New("nothing to diagnose: name a FILE (gate diagnose boot.log), or pipe a log in (docker logs app 2>&1 | gate diagnose)")
		}
		args = []string{stdin}
	}
	for i, arg := range args {
		switch {
		case arg == "":
			return request, errors.New("a file is named by an empty argument: is a variable unset?")
		case slices.Contains(args[:i], arg):
			return request, fmt.Errorf("%s is named twice", nameOf(arg))
		case arg == stdin:
			request.Inputs = append(request.Inputs, gate.DiagnoseInput{Name: nameOf(arg), Open: func() (io.ReadCloser, error) {
				return io.NopCloser(s.in), nil
			}})
		default:
			request.Inputs = append(request.Inputs, gate.FileInput(arg))
		}
	}
	return request, nil
}

// stdin is the argument that stands for standard input.
const stdin = "-"

// nameOf is what a diagnosis calls an argument.
func nameOf(arg string) string {
	if arg == stdin {
		return "stdin"
	}
	return arg
}
