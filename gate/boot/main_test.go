package boot

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// childJob is the variable that makes the test binary a gate of its own instead, for tests that kill one. Its value is
// the image to boot as JSON, or null to take a lease and no more.
const childJob = "BOOTGATE_TEST_CHILD"

func TestMain(m *testing.M) {
	if job, ok := os.LookupEnv(childJob); ok {
		if err := child(job); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	// The tests on the real engine wait for it far more than they compute; the command line may still say otherwise.
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child takes a lease, boots an image if it is given one, prints the id of its run once the image is ready, and then
// lives on until it is killed.
func child(job string) error {
	var img *Image
	if err := json.Unmarshal([]byte(job), &img); err != nil {
		return err
	}
	lease, err := NewLease()
	if err != nil {
		return err
	}
	if img == nil {
		fmt.Println(lease.Run)
		select {}
	}
	ctx := context.Background()
	cli, err := Connect(ctx)
	if err != nil {
		return err
	}
	runner, err := NewRunner(ctx, cli, lease, ReachAuto)
	if err != nil {
		return err
	}
	_, err = runner.NewSite(ctx, Spec{}).Boot(ctx, Test{
		Spec: Spec{StaysUp: lasting(hour)}, Image: *img,
		Step: func(step Step, _ string) {
			if step == StepHolding {
				fmt.Println(lease.Run)
			}
		},
	})
	return err
}

// StartGate starts another gate and waits until it has its lease and, if it is given an image, a container of it that is
// ready. It returns the id of its run, and what kills it as nothing can prevent; that may be called again.
func StartGate(t *testing.T, img *Image) (run string, kill func()) {
	t.Helper()
	job, err := json.Marshal(img)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childJob+"="+string(job))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // that it was killed is no news
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if run = strings.TrimSpace(line); err != nil || len(run) != 12 {
		t.Fatalf("the other gate says %q: %v", line, err)
	}
	return run, kill
}
