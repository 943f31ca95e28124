package boot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fixed returns the address of a listener, whatever port is asked for.
func fixed(address string) func(int) (string, error) {
	return func(int) (string, error) { return address, nil }
}

func TestAnHTTPProbe(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "UP for %s, %s", r.Host, r.Header.Get("X-Key"))
	})
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "\n no database for hunter2\n"+strings.Repeat("x", 200))
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/nowhere")
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	})
	mux.HandleFunc("/close", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	plain := httptest.NewServer(mux)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(mux)
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	defer secure.Close()
	other := speaks(t, "220 mail.example\r\n")
	closed := refuses(t)

	long := "503 Service Unavailable: no database for ***\n" + strings.Repeat("x", shownBody-len("no database for ***\n")) + "…"
	for _, test := range []struct {
		name    string
		probe   Probe
		address string
		want    result
	}{
		{"a good answer", Probe{Path: "/health"}, plain.Listener.Addr().String(), result{true, "GET http://container:0/health answers 200-399", "200 OK"}},
		{"a redirection is an answer, and not followed", Probe{Path: "/moved"}, plain.Listener.Addr().String(), result{true, "GET http://container:0/moved answers 200-399", "302 Found"}},
		{"a body that matches, and headers", Probe{Path: "/health", Body: patternOf("UP for app.example, k1"), Headers: map[string]string{"host": "app.example", "X-Key": "k1"}}, plain.Listener.Addr().String(),
			result{true, `GET http://container:0/health answers 200-399 and its body matches "UP for app.example, k1"`, "200 OK"}},
		{"a body that does not match", Probe{Path: "/health", Body: patternOf("DOWN"), Headers: map[string]string{"Host": "h"}}, plain.Listener.Addr().String(),
			result{false, `GET http://container:0/health answers 200-399 and its body matches "DOWN"`, `200 OK with body "UP for h, "`}},
		{"an answer that is not accepted", Probe{Path: "/down"}, plain.Listener.Addr().String(), result{false, "GET http://container:0/down answers 200-399", long}},
		{"another answer is accepted", Probe{Path: "/down", Status: StatusSet{{503, 503}}}, plain.Listener.Addr().String(), result{true, "GET http://container:0/down answers 503", "503 Service Unavailable"}},
		{"no such page", Probe{Path: "/x"}, plain.Listener.Addr().String(), result{false, "GET http://container:0/x answers 200-399", "404 Not Found: 404 page not found"}},
		{"an answer after a hint", Probe{Path: "/"}, speaks(t, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"), result{true, "GET http://container:0/ answers 200-399", "204 No Content"}},
		{"an answer with an endless head", Probe{Path: "/"}, speaks(t, "HTTP/1.1 200 OK\r\n"+strings.Repeat("A: b\r\n", (maxHeader+maxBody)/6)), result{false, "GET http://container:0/ answers 200-399", "the connection was closed without an answer"}},
		{"over TLS", Probe{Path: "/health", TLS: true}, secure.Listener.Addr().String(), result{true, "GET https://container:0/health answers 200-399", "200 OK"}},
		{"TLS where there is none", Probe{Path: "/health", TLS: true}, plain.Listener.Addr().String(), result{false, "GET https://container:0/health answers 200-399", "the answer is HTTP, not HTTPS"}},
		{"TLS where something else is spoken", Probe{Path: "/", TLS: true}, other, result{false, "GET https://container:0/ answers 200-399", "the answer is not HTTPS"}},
		{"a body that breaks off", Probe{Path: "/broken", Body: patternOf("end")}, plain.Listener.Addr().String(), result{false, `GET http://container:0/broken answers 200-399 and its body matches "end"`, "200 OK, then the body broke off: unexpected EOF"}},
		{"a connection that is closed", Probe{Path: "/close"}, plain.Listener.Addr().String(), result{false, "GET http://container:0/close answers 200-399", "the connection was closed without an answer"}},
		{"another protocol", Probe{Path: "/"}, other, result{false, "GET http://container:0/ answers 200-399", "the answer is not HTTP"}},
		{"nothing listens", Probe{Path: "/"}, closed, result{false, "GET http://container:0/ answers 200-399", "connection refused: nothing listens on that port"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.probe.Kind = ProbeHTTP
			probe := &httpProbe{probe: test.probe, address: fixed(test.address), mask: newMasker([]string{"PASSWORD=hunter2"}, nil)}
			if diff := cmp.Diff(test.want, probe.try(t.Context()), cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		got := (&httpProbe{probe: Probe{Path: "/hang"}, address: fixed(plain.Listener.Addr().String())}).try(ctx)
		if got.ok || got.actual != "no answer within 5s" {
			t.Errorf("result %+v", got)
		}
	})
}

// refuses returns an address where nothing listens.
func refuses(t *testing.T) string {
	t.Helper()
	l := listens(t)
	l.Close()
	return l.Addr().String()
}

func listens(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// speaks returns an address where somebody greets each connection and leaves it open; with an empty greeting it is
// closed.
func speaks(t *testing.T, greeting string) string {
	t.Helper()
	l := listens(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, greeting)
			if greeting == "" {
				conn.Close()
				continue
			}
			t.Cleanup(func() { conn.Close() })
		}
	}()
	return l.Addr().String()
}

func TestATCPProbe(t *testing.T) {
	silent := listens(t).Addr().String() // the kernel accepts for it
	for _, test := range []struct {
		name      string
		address   string
		published bool
		want      result
	}{
		{"something listens", silent, false, result{true, "a connection to port 5432", "connected"}},
		{"nothing listens", refuses(t), false, result{false, "a connection to port 5432", "connection refused: nothing listens on that port"}},
		{"something listens behind a published port", silent, true, result{true, "a connection to port 5432", "connected"}},
		{"something speaks first behind a published port", speaks(t, "hello"), true, result{true, "a connection to port 5432", "connected"}},
		{"nothing listens behind a published port", speaks(t, ""), true, result{false, "a connection to port 5432", "connection refused: nothing listens on that port"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := (&tcpProbe{port: 5432, address: fixed(test.address), published: test.published}).try(t.Context())
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAProbeOfAContainerWithoutAnAddress(t *testing.T) {
	nowhere := func(int) (string, error) { return "", errors.New("the container has no address: it is not running") }
	for name, probe := range map[string]strategy{"http": &httpProbe{address: nowhere}, "tcp": &tcpProbe{address: nowhere}} {
		t.Run(name, func(t *testing.T) {
			if got := probe.try(t.Context()); got.ok || got.actual != "the container has no address: it is not running" {
				t.Errorf("result %+v", got)
			}
		})
	}
}

func TestWordsForNetworkErrors(t *testing.T) {
	for _, test := range []struct{ err, want string }{
		{"dial tcp 10.0.0.1:80: connect: no route to host", "dial tcp 10.0.0.1:80: connect: no route to host"},
		{"read: connection reset by peer", "the connection was closed without an answer"},
		{"dial tcp: connect: connection refused", "connection refused: nothing listens on that port"},
	} {
		t.Run(test.err, func(t *testing.T) {
			if got := plainNetError(t.Context(), errors.New(test.err)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestAProbeIsTriedLessAndLessOften(t *testing.T) {
	for _, test := range []struct{ age, want time.Duration }{
		{0, firstPause}, {100 * ms, firstPause}, {sec, 20 * ms}, {5 * sec, 100 * ms}, {time.Minute, lastPause},
	} {
		if got := pause(test.age); got != test.want {
			t.Errorf("after %s it pauses for %s, want %s", test.age, got, test.want)
		}
	}
}

func TestAnExecProbe(t *testing.T) {
	for _, test := range []struct {
		name string
		life fakeImage
		want Attempt
	}{
		{"it prints a lot", fakeImage{exec: func(*process, []string) (int, string) { return 1, strings.Repeat("hunter2 ", 10_000) }},
			Attempt{Probe: "exec:/ok", Expected: "/ok exits with 0", Actual: "exited with 1: " + strings.Repeat("*** ", shownBody/4) + "…"}},
		{"it does not end", fakeImage{exec: func(p *process, _ []string) (int, string) { p.wait(); return 0, "" }},
			Attempt{Probe: "exec:/ok", Expected: "/ok exits with 0", Actual: "it did not end within 30s"}},
		{"it has not ended yet", fakeImage{exec: func(p *process, _ []string) (int, string) { p.sleep(hour); return 0, "" }},
			Attempt{Probe: "exec:/ok", Expected: "/ok exits with 0", Actual: "no answer yet"}},
		{"it is not there", fakeImage{},
			Attempt{Probe: "exec:/ok", Expected: "/ok exits with 0", Actual: "exited with 127: not found"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			within := 40 * sec
			if test.name == "it has not ended yet" {
				within = execLimit - 1
			}
			outcome, err := app(test.life, Spec{Ready: signs("exec:/ok"), Within: lasting(within)}, Image{Env: []string{"PASSWORD=hunter2"}}).run(t)
			if err != nil {
				t.Fatal(err)
			}
			got := outcome.Boots[0].Awaited[0]
			got.Attempts = 0
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("attempt (-want +got):\n%s", diff)
			}
		})
	}
}
