package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// AppCommand is the hidden command of the gate under which App is to be called. The images' entrypoint names it.
const AppCommand = "demo-app"

// behaviour is one way a container of the demo can spend its life. It prints to out and returns the exit code.
type behaviour struct {
	name string
	run  func(out io.Writer) int
}

// behaviours are never changed.
var behaviours = []behaviour{
	{"serve", serve},
	{"crash-after-ready", crashAfterReady},
	{"leak", leak},
}

// App is the program inside the demo's images: it behaves as its first argument says and returns the exit code. The
// behaviours are:
//
//	serve              an HTTP server on port 8080 that ends with 0 after SIGTERM
//	crash-after-ready  the same, which gives up with 3 a second and a half after it became ready
//	leak               takes memory until the kernel kills it
func App(args []string) int {
	var names []string
	for _, b := range behaviours {
		if len(args) == 1 && args[0] == b.name {
			return b.run(os.Stdout)
		}
		names = append(names, b.name)
	}
	fmt.Fprintf(os.Stderr, "%s needs one of %s\n", AppCommand, strings.Join(names, ", "))
	return 2
}

func serve(out io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return listen(ctx, out, func() int {
		fmt.Fprintln(out, "stop signal received, no open requests, bye")
		return 0
	})
}

// crashAfter is how long the crashing server lives: longer than it takes to become ready, and longer than the single
// look that a naive test takes.
const crashAfter = 1500 * time.Millisecond

func crashAfterReady(out io.Writer) int {
	ctx, stop := context.WithTimeout(context.Background(), crashAfter)
	defer stop()
	return listen(ctx, out, func() int {
		fmt.Fprintln(out, "ERROR pool: no connection to orders-db:5432 after 3 attempts")
		fmt.Fprintln(out, "ERROR main: cannot work without a database, giving up")
		return 3
	})
}

// listen serves on port 8080 until ctx ends, and then returns what end returns.
func listen(ctx context.Context, out io.Writer, end func() int) int {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		fmt.Fprintln(out, "ERROR", err)
		return 1
	}
	server := &http.Server{
		ReadHeaderTimeout: time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "UP")
		}),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintln(out, "listening on port 8080")
	select {
	case <-ctx.Done():
		code := end()
		_ = server.Close()
		return code
	case err := <-failed:
		if !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(out, "ERROR", err)
		}
		return 1
	}
}

// leakStep is how much memory leak takes at a time, in bytes; leakPause is how long it waits in between, so that the
// last lines it prints are seen to stop in the middle.
const (
	leakStep  = 4 << 20
	leakPause = 20 * time.Millisecond
	// leakEnough ends it on an engine that does not enforce the memory limit.
	leakEnough = 1 << 30
)

func leak(out io.Writer) int {
	var held [][]byte
	for taken := 0; taken < leakEnough; taken += leakStep {
		block := make([]byte, leakStep)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1 // the kernel counts a page when it is written to
		}
		held = append(held, block)
		fmt.Fprintf(out, "read part %d of the catalogue into memory\n", len(held))
		time.Sleep(leakPause)
	}
	fmt.Fprintf(out, "all %d parts fit, which they should not have\n", len(held))
	return 1
}
