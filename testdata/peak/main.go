// Peak runs a program and writes into a file how much memory it had resident at its peak, in KiB:
//
//	peak FILE PROGRAM [ARGUMENT...]
//
// It ends with the program's exit code. It is a process of its own because the kernel counts what its parent held at
// the fork into the peak of a process (getrusage(2), RUSAGE_CHILDREN), and a test binary holds much.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "peak:", err)
		os.Exit(125)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) < 2 {
		return 0, errors.New("usage: peak FILE PROGRAM [ARGUMENT...]")
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, errors.New("the system does not say how much memory a process used")
	}
	return cmd.ProcessState.ExitCode(), os.WriteFile(args[0], fmt.Appendln(nil, usage.Maxrss), 0o600)
}
