// Bench measures the gate against doing the same by hand with the docker command, and prints a Markdown report. Call it
// by boot.sh, which builds the gate, makes the images (by bench/load) and removes them again.
//
//	bench ROUNDS GATE < images
//
// What is compared runs in turns, in one process, on one machine: a round runs every contender once, and a ratio is
// taken within a round. The reported figures are medians over the rounds, with the smallest and largest ratio beside
// them. One round is run before and not counted. Wall times include the removal of everything that was made.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// contender is one way of doing something.
type contender struct {
	name string
	args []string
	// code is the exit status it must have.
	code int
	// after is run after each time and not measured.
	after []string
}

// contest is something that several contenders do. The first is the floor.
type contest struct {
	name       string
	contenders []contender
	// limits are the ratios to reach, by contender; the floor's is not used.
	limits []float64
	// more is how much longer than the floor the others may take; 0 when limits say it.
	more   time.Duration
	ratios [][]float64 // by contender and round
	walls  [][]time.Duration
	memory []int64 // largest resident set by contender, in bytes
}

// The floors: what somebody would write who has no tool. Each is a bash script whose $1 is the image.
const (
	serviceFloor = `set -e
id=$(docker run -d -p 127.0.0.1::8080 "$1")
port=$(docker port "$id" 8080/tcp | head -1 | sed 's/.*://')
until curl -fs -o /dev/null --max-time 1 "http://127.0.0.1:$port/"; do sleep .02; done
docker rm -f "$id" > /dev/null`
	crashFloor = `id=$(docker run -d "$1")
code=$(docker wait "$id")
docker logs --tail 5 "$id" > /dev/null 2>&1
docker inspect "$id" > /dev/null
docker rm -f "$id" > /dev/null
exit "$code"`
	floodFloor = `exec docker run --name bootgate-test-flood "$1" > /dev/null`
)

func main() {
	if err := bench(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(args []string, input io.Reader, output io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: bench ROUNDS GATE < images")
	}
	rounds, err := strconv.Atoi(args[0])
	if err != nil || rounds < 1 {
		return fmt.Errorf("rounds %q is not a positive number", args[0])
	}
	refs := map[string]string{}
	for scanner := bufio.NewScanner(input); scanner.Scan(); {
		name, ref, _ := strings.Cut(scanner.Text(), " ")
		refs[name] = ref
	}
	contests := contests(args[1], refs)
	for round := range rounds + 1 {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round, rounds)
		for i := range contests {
			if err := contests[i].run(round); err != nil {
				return err
			}
		}
	}
	return report(output, args[1], rounds, contests)
}

func contests(gate string, refs map[string]string) []contest {
	// The one question that the floor puts to a server, too, and nothing more.
	// What is done by hand holds nothing up and asks nothing to end: neither does the gate here.
	asked := []string{"--ready=http:8080/", "--stays-up=0s", "--stops-within=0s"}
	check := func(code int, name string, args ...string) contender {
		return contender{name: name, args: append([]string{gate, "check"}, args...), code: code}
	}
	against := func(name, floor string, code int, ref string) contest {
		verdict := min(code, 1)
		return contest{name: name, limits: []float64{0, 1.1, 1.0}, contenders: []contender{
			{name: "docker by hand", args: []string{"bash", "-c", floor, "floor", ref}, code: code},
			check(verdict, "gate, isolated", slices.Concat(asked, []string{ref})...),
			check(verdict, "gate, bridge", slices.Concat(asked, []string{"--network=bridge", ref})...),
		}}
	}
	eight := append(slices.Clone(asked), "--parallel=8")
	for i := range 8 {
		eight = append(eight, refs[fmt.Sprintf("slow%d", i+1)])
	}
	return []contest{
		against("ready at once", serviceFloor, 0, refs["now"]),
		against("ready after 1 s", serviceFloor, 0, refs["slow1"]),
		against("Java 17 server", serviceFloor, 0, refs["java"]),
		against("crash at 0.3 s", crashFloor, 3, refs["crash"]),
		{name: "eight images ready after 1 s", limits: []float64{0, 2.0}, contenders: []contender{
			check(0, "gate, one image", slices.Concat(asked, []string{refs["slow1"]})...),
			check(0, "gate, eight in parallel", eight...),
		}},
		{name: "what a dead JVM left", more: 60 * time.Millisecond, contenders: []contender{
			check(0, "gate, job that ends well", "--as=job", refs["ends"]),
			check(1, "gate, job that crashes", "--as=job", refs["dies"]),
		}},
		{name: "200 MB of output", limits: []float64{0, 1.3}, contenders: []contender{
			{name: "docker run", args: []string{"bash", "-c", floodFloor, "floor", refs["flood"]},
				after: []string{"docker", "rm", "-f", "bootgate-test-flood"}},
			check(0, "gate, job", "--as=job", refs["flood"]),
		}},
		{name: "gate version", contenders: []contender{{name: "gate version", args: []string{gate, "version"}}}},
	}
}

// run runs every contender once, in an order that turns with the round. Round 0 warms up and is not counted.
func (c *contest) run(round int) error {
	n := len(c.contenders)
	if c.walls == nil {
		c.walls, c.ratios, c.memory = make([][]time.Duration, n), make([][]float64, n), make([]int64, n)
	}
	walls := make([]time.Duration, n)
	for i := range n {
		who := (i + round) % n
		wall, memory, err := c.contenders[who].run()
		if err != nil {
			return fmt.Errorf("%s, %s: %w", c.name, c.contenders[who].name, err)
		}
		walls[who] = wall
		c.memory[who] = max(c.memory[who], memory)
	}
	if round == 0 {
		return nil
	}
	for i, wall := range walls {
		c.walls[i] = append(c.walls[i], wall)
		c.ratios[i] = append(c.ratios[i], float64(wall)/float64(walls[0]))
	}
	return nil
}

// run returns the wall time and the largest resident set. The kernel counts this process's own into the latter
// (getrusage(2), a child made by vfork), which is why it stays small.
func (c contender) run() (wall time.Duration, memory int64, err error) {
	var stdout, stderr strings.Builder
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err = cmd.Run()
	wall = time.Since(start)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, 0, err
	}
	if code := cmd.ProcessState.ExitCode(); code != c.code {
		return 0, 0, fmt.Errorf("exit status %d, want %d\n%s%s", code, c.code, stdout.String(), stderr.String())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory = usage.Maxrss << 10
	}
	if c.after != nil {
		if out, err := exec.Command(c.after[0], c.after[1:]...).CombinedOutput(); err != nil {
			return 0, 0, fmt.Errorf("%s: %w\n%s", strings.Join(c.after, " "), err, out)
		}
	}
	return wall, memory, nil
}

func median[T int64 | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
