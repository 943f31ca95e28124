// Scan measures gate diagnose against grep on one log. Call it by diagnose.sh, which makes the log.
//
//	scan ROUNDS GATE MARKERS LOG
//
// The two run in turns on the last core; a ratio is taken within a round. The reported figures are medians. One round is
// run before and not counted: it brings the log into memory.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if err := bench(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scan:", err)
		os.Exit(1)
	}
}

// timing is what one run took.
type timing struct {
	wall, processor time.Duration
	resident        int64 // bytes, at the peak
}

func bench(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: scan ROUNDS GATE MARKERS LOG")
	}
	rounds, err := strconv.Atoi(args[0])
	if err != nil || rounds < 1 {
		return fmt.Errorf("rounds %q is not a positive number", args[0])
	}
	info, err := os.Stat(args[3])
	if err != nil {
		return err
	}
	gate := []string{args[1], "diagnose", args[3]}
	grep := []string{"env", "LC_ALL=C", "grep", "-c", "-F", "-f", args[2], args[3]}
	var gates, greps []timing
	for round := range rounds + 1 {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round, rounds)
		a, err := run(gate)
		if err != nil {
			return err
		}
		b, err := run(grep)
		if err != nil {
			return err
		}
		if round > 0 {
			gates, greps = append(gates, a), append(greps, b)
		}
	}
	report(info.Size(), gates, greps)
	return nil
}

// run runs a command on the last core. Exit status 1 is that of grep when it finds nothing.
func run(args []string) (timing, error) {
	core := strconv.Itoa(runtime.NumCPU() - 1)
	cmd := exec.Command("taskset", append([]string{"-c", core}, args...)...)
	start := time.Now()
	out, err := cmd.Output()
	wall := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return timing{}, fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	t := timing{wall: wall, processor: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.resident = usage.Maxrss << 10
	}
	return t, nil
}

func report(size int64, gates, greps []timing) {
	rate := func(d time.Duration) float64 { return float64(size) / d.Seconds() / 1e9 }
	var walls, processors []float64
	for i := range gates {
		walls = append(walls, gates[i].wall.Seconds()/greps[i].wall.Seconds())
		processors = append(processors, gates[i].processor.Seconds()/greps[i].processor.Seconds())
	}
	fmt.Printf("%.2f GiB, one core, %d rounds, medians:\n\n", float64(size)/(1<<30), len(gates))
	fmt.Println("| what | wall | GB/s | processor time | GB/s of it | peak resident |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, c := range []struct {
		name string
		all  []timing
	}{{"gate diagnose", gates}, {"grep -c -F -f", greps}} {
		wall := median(c.all, func(t timing) time.Duration { return t.wall })
		processor := median(c.all, func(t timing) time.Duration { return t.processor })
		resident := median(c.all, func(t timing) int64 { return t.resident })
		fmt.Printf("| %s | %.2f s | %.2f | %.2f s | %.2f | %.0f MiB |\n", c.name, wall.Seconds(), rate(wall), processor.Seconds(), rate(processor), float64(resident)/(1<<20))
	}
	same := func(f float64) float64 { return f }
	fmt.Printf("\nRatio to grep: %.2f × wall, %.2f × processor time\n", median(walls, same), median(processors, same))
}

// median returns the middle of what of makes of the values.
func median[T any, N int64 | float64 | time.Duration](values []T, of func(T) N) N {
	var all []N
	for _, v := range values {
		all = append(all, of(v))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
