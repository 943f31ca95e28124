package main_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/network"

	"bootgate/testdata/faults"
	"bootgate/testdata/testimage"
)

// onBridge listens where containers on the engine's bridge can connect.
func onBridge(t *testing.T) net.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cleanLimit)
	defer cancel()
	cli, err := newEngine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	bridge, err := cli.NetworkInspect(ctx, "bridge", network.InspectOptions{})
	if err != nil || len(bridge.IPAM.Config) == 0 {
		t.Fatalf("the engine's bridge has no addresses: %v", err)
	}
	subnet, err := netip.ParsePrefix(bridge.IPAM.Config[0].Subnet)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(subnet.Masked().Addr().Next().String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// upTo serves HTTP to containers on the engine's bridge: each path answers 200 as often as it says itself at its end, and
// 500 after that. It returns the address of the server.
func upTo(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]int{}
	listener := onBridge(t)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path]++
		var most int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &most); err != nil || asked[r.URL.Path] > most {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})}}
	server.Start()
	t.Cleanup(server.Close)
	return listener.Addr().String()
}

// TestRoundsInWhichSomethingFails boots jobs that do well a few times and fail from then on.
func TestRoundsInWhichSomethingFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                string
		candidate, baseline int // in how many boots each does well
		code                int
		want, not           string // part of the report
	}{
		{"nothing does", 3, 3, 0, "medians of 3 rounds", "boot-baseline"},
		{"the image", 2, 3, 1, "image-regression: The image fails where its baseline", "medians of"},
		{"the host", 2, 2, 3, "host-cannot-start: Neither the image nor its baseline", "regression"},
		{"the baseline", 3, 1, 0, "note boot-baseline: The boot is not compared with that of the baseline: in round 2 it failed: The container exited with 1", "medians of"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			address := upTo(t)
			job := func(name string, most int) string {
				return testimage.App(t, testimage.Config{Name: name, Args: []string{fmt.Sprintf("get=http://%s/%d/%s", address, most, name)}})
			}
			got := gateRun{temporary: temporary(t), args: []string{"check", "--as=job", "--network=bridge", "--rounds=3",
				"--baseline=" + job("rounds-baseline", test.baseline), job("rounds-candidate", test.candidate)}}.run(t)
			if got.code != test.code || !strings.Contains(got.stdout, test.want) || strings.Contains(got.stdout, test.not) {
				t.Errorf("exit code %d, want %d and %q\n%s", got.code, test.code, test.want, got.stdout)
			}
			if test.code != 0 && !strings.Contains(got.stdout, "boot-exit: In round 3: The container exited with 1") {
				t.Errorf("the report does not say in which round:\n%s", got.stdout)
			}
		})
	}
}

// TestRoundThatIsCutShort spoils calls of a later round: that says nothing about the image, which has passed by then.
func TestRoundThatIsCutShort(t *testing.T) {
	t.Parallel()
	candidate := testimage.App(t, testimage.Config{Name: "rounds-new", Args: []string{"print=new"}})
	baseline := testimage.App(t, testimage.Config{Name: "rounds-old", Args: []string{"print=old"}})
	for _, call := range []string{"POST /networks/create", "POST /containers/create", "POST /containers/{}/start"} {
		for nth := 3; nth <= 4; nth++ { // of the candidate, and of the baseline
			for _, fault := range []faults.Fault{faults.Refuse, faults.Lose} {
				t.Run(fmt.Sprintf("%s %d %v", strings.NewReplacer("{}", "ID", "/", " ").Replace(call), nth, fault), func(t *testing.T) {
					t.Parallel()
					spoil := &spoiled{call: call, nth: nth, fault: fault}
					p := proxy(t, spoil.decide)
					got := gateRun{host: p.Host(), temporary: temporary(t),
						args: []string{"check", "--as=job", "--rounds=2", "--baseline=" + baseline, candidate}}.run(t)
					if !spoil.done.Load() {
						t.Fatalf("there was no such call among %v", p.Requests())
					}
					if got.code != 0 || !strings.Contains(got.stdout, "note boot-baseline: The boot is not compared with that of the baseline: round 2 was cut short: ") {
						t.Errorf("exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
					}
				})
			}
		}
	}
}

// TestControlBootThatFailsBesideTheCandidate has a baseline that fails as long as the candidate has not ended, as one does
// for which there is no memory left: booted by itself it comes up, and the candidate is at fault.
func TestControlBootThatFailsBesideTheCandidate(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	// The first replica of the candidate fails; the other one ends when the baseline has begun.
	candidate := locks(t, func(nth int) bool {
		if nth > 1 {
			<-begun
		}
		return nth == 1
	})
	baseline := locks(t, func(nth int) bool {
		if nth == 1 {
			close(begun)
		}
		return nth == 1
	})
	job := func(name, address string) string {
		return testimage.App(t, testimage.Config{Name: name, Args: []string{"lock=" + address + ";exit=3"}})
	}
	got := gateRun{temporary: temporary(t), args: []string{"check", "--as=job", "--network=bridge", "--replicas=2", "--memory=32MiB",
		"--baseline=" + job("beside-baseline", baseline), job("beside-candidate", candidate)}}.run(t)
	if got.code != 1 || !strings.Contains(got.stdout, "image-regression: The image fails where its baseline") {
		t.Errorf("exit code %d, want 1 and image-regression\n%s", got.code, got.stdout)
	}
}

// locks grants a lock to containers on the engine's bridge, to the nth that asks if grant says so. It returns the address
// where they ask.
func locks(t *testing.T, grant func(nth int) bool) string {
	listener := onBridge(t)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for nth := 1; ; nth++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = bufio.NewReader(conn).ReadString('\n') // what is closed with something unread loses what was written
				answer := "taken"
				if grant(nth) {
					answer = "granted"
				}
				fmt.Fprintln(conn, answer)
			}()
		}
	}()
	return listener.Addr().String()
}
