package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"bootgate/gate"
	"bootgate/gate/boot"
	"bootgate/gate/policy"
	"bootgate/gate/report"

	"github.com/spf13/cobra"
)

// checkOptions are the flags of `gate check` that are no keys of gate.yaml.
type checkOptions struct {
	config     string
	platform   string
	parallel   int
	via        string
	keepImages bool
	baselines  []string
	control    string
	sinks      sinkFlags
	boot       bootFlags
}

// checkLong and checkExamples are what `gate check --help` says.
const checkLong = `check boots each image the way production would, on a network of its own with no way out, watches it, and
gives a verdict: pass, fail, or inconclusive when the engine, a registry or the host was at fault.

An IMAGE is a registry reference, an image of the Docker engine, the path of a ` + "`docker save`" + ` tar or OCI archive, or
an OCI layout directory. Without a scheme the gate takes an archive or a directory with an index.json of that name, else
the engine's own image, else the registry; docker:, registry:, tar: and oci: say it outright, and ./NAME is always a path.

gate.yaml, found in the working directory or above, says what is asked of which image. An IMAGE whose repository it
lists is held to that; NAME=IMAGE picks the entry by name; without any IMAGE all entries are checked. Every key of its
boot: section is also a flag, and a flag wins. With neither, an image passes when it exits with 0, or becomes ready (by
its HEALTHCHECK, an exposed port, or a line that says so) and stays up.

An image that was made with something known to be bad, or in versions that builder: in gate.yaml does not allow, fails
before it is pulled; one whose classes need a newer Java than it has, before it is started.

--baseline names the last image that is known to be good. When the image fails, the baseline is booted under the same
conditions: if it comes up the image is at fault, and what changed since is said; if it fails as well the host may be,
and the verdict is inconclusive. With --slower-than, --memory-over, --errors-over, --size-over or --rounds both are booted,
and the image is warned of where it needs more than the baseline.

Signs of readiness for --ready, all of which must show when several are given:
  http:PORT/PATH     GET answers with a status from 200 to 399; https:PORT/PATH the same, whatever the certificate
  tcp:PORT           a connection is accepted
  log:REGEX          a line of the output matches
  healthcheck        the image's own HEALTHCHECK says healthy
  exec:COMMAND ARG   the command exits with 0 inside the container
  {http: {port: 8080, path: /health, status: 204, body: REGEX, headers: {Host: shop}}}   as in gate.yaml

--needs takes a mapping with the keys of gate.yaml: name, image, as, ready, within, env, env-file, memory, user, tmpfs,
entrypoint, command. Regular expressions are Go's: https://pkg.go.dev/regexp/syntax.

Exit codes:
  0    every image passes
  1    an image is at fault
  2    the command line or gate.yaml is wrong
  3    inconclusive: the engine, a registry or the host was at fault, the baseline fails as well, or the result could not be
       written
  130  interrupted (143 by SIGTERM); what was started has been removed`

const checkExamples = `  # A server with an exposed port or a HEALTHCHECK needs nothing else.
  gate check ghcr.io/acme/shop:1.4.2

  # Say what ready means, and hold it to a memory limit.
  gate check --as service --ready http:8080/health --memory 512MiB shop:dev

  # A nightly job: it must end with 0, and cannot honestly do so in under a second.
  gate check --as job --within 90s --at-least 1s ndw-etl:dev

  # It needs a database.
  gate check --needs '{name: db, image: "postgres:16", env: {POSTGRES_PASSWORD: x}, ready: {tcp: 5432}}' --env DB_HOST=db shop:dev

  # Is it the image or the host? Compare with the last good one.
  gate check --baseline ghcr.io/acme/shop:1.4.1 ghcr.io/acme/shop:1.4.2

  # Several images side by side, the result for people and for programs.
  gate check --parallel 4 --output json=report.json shop:dev billing:dev mail.tar

  # Everything gate.yaml lists.
  gate check`

func newCheck(s streams) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [NAME=]IMAGE...",
		Short: "Boot images and say whether they may go on",
		Long:  checkLong, Example: checkExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.sinks.failing(s, boot.Guarded(func() error { return check(cmd.Context(), s, &o, cmd, args) }))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return o.sinks.failing(s, usage(err)) })
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&o.config, "config", "c", "", "path of gate.yaml (default: looked for here and in the folders above)")
	fs.StringVar(&o.platform, "platform", "", "platform of a multi-platform image, such as linux/arm64 (default: the engine's)")
	fs.IntVarP(&o.parallel, "parallel", "p", 0, "how many images are checked at the same time (default: the number of cores, at least 2)")
	o.sinks.register(fs)
	fs.StringArrayVar(&o.baselines, "baseline", nil, "image that is known to be good, to compare with, as `[NAME=]IMAGE`; may be given several times, with the NAME of the image each is for")
	fs.StringVar(&o.control, "control", "", "when the baseline is booted under the same conditions, to tell a broken image from a broken host: on-failure, always or never (default: on-failure)")
	fs.StringVar(&o.via, "probe-via", string(boot.ReachAuto), "how probes reach a container: by its address, through a published port, or auto")
	fs.BoolVar(&o.keepImages, "keep-images", false, "leave images on the engine that had to be pulled or loaded")
	o.boot.register(fs)
	return cmd
}

// check runs `gate check`.
func check(ctx context.Context, s streams, o *checkOptions, cmd *cobra.Command, args []string) error {
	sinks, err := o.sinks.parse(os.Getenv)
	if err == nil {
		err = o.validate()
	}
	var request gate.Request
	if err == nil {
		request, err = o.request(cmd, args)
	}
	if err != nil {
		return usage(err)
	}
	return runCheck(ctx, s, request, sinks, connect)
}

// runCheck checks and reports. The exit code is that of the verdict.
func runCheck(ctx context.Context, s streams, request gate.Request, sinks sinks, connect func(context.Context) (gate.Engine, error)) error {
	progress, done := newProgress(s.err, request)
	request.Progress = progress
	var result gate.Report
	err := boot.Guarded(func() (err error) {
		defer done()
		result, err = gate.Check(ctx, request, connect)
		return err
	})
	if err != nil {
		return undecided(err)
	}
	render := func(format string, w io.Writer, opt report.Options) error {
		return report.Write(format, w, result, opt)
	}
	return sinks.conclude(s, render, report.Reason(result), result.Verdict)
}

// validate checks the flags that are not checked where they are read.
func (o *checkOptions) validate() error {
	if o.parallel < 0 {
		return fmt.Errorf("--parallel %d: write how many images to check at the same time, at least 1", o.parallel)
	}
	if o.parallel == 0 {
		o.parallel = max(2, runtime.NumCPU())
	}
	switch boot.Reach(o.via) {
	case boot.ReachAuto, boot.ByAddress, boot.Published:
		return nil
	}
	return fmt.Errorf("--probe-via %q: known are %s, %s and %s", o.via, boot.ReachAuto, boot.ByAddress, boot.Published)
}

// request puts together what to check.
func (o *checkOptions) request(cmd *cobra.Command, args []string) (gate.Request, error) {
	rules, err := loadPolicy(o.config)
	if err != nil {
		return gate.Request{}, err
	}
	targets, unlisted, err := targets(rules, args)
	if err != nil {
		return gate.Request{}, err
	}
	for _, image := range unlisted {
		fmt.Fprintf(cmd.ErrOrStderr(), "gate: %s: %s has no entry for it, so that only the flags count; NAME=IMAGE holds it to the entry NAME\n",
			report.Message(image), report.Message(rules.Path))
	}
	for i := range targets {
		if targets[i].Spec, err = o.boot.apply(targets[i].Spec, cmd.Flags()); err != nil && len(targets) > 1 {
			return gate.Request{}, fmt.Errorf("%s: %w", targets[i].Name, err)
		} else if err != nil {
			return gate.Request{}, err
		}
	}
	if err := baselines(targets, o.baselines); err != nil {
		return gate.Request{}, err
	}
	if cmd.Flags().Changed("control") {
		if err := control(targets, o.control); err != nil {
			return gate.Request{}, err
		}
	}
	for _, name := range uncontrolled(targets) {
		fmt.Fprintf(cmd.ErrOrStderr(), "gate: %s: control is always, but there is no baseline to boot\n", report.Message(name))
	}
	return gate.Request{
		Targets: targets, Policy: rules, Platform: o.platform, Parallel: o.parallel, Via: boot.Reach(o.via), KeepImages: o.keepImages,
	}, nil
}

// loadPolicy reads gate.yaml at path; where path is empty the one that is found, or an empty policy when there is none.
func loadPolicy(path string) (*policy.Policy, error) {
	if path == "" {
		found, ok, err := policy.Find(".")
		if err != nil {
			return nil, err
		}
		if !ok {
			return &policy.Policy{}, nil
		}
		path = found
	}
	return policy.Load(path)
}

// connect reaches the engine that the Docker command line would use.
func connect(ctx context.Context) (gate.Engine, error) { return boot.Connect(ctx) }
