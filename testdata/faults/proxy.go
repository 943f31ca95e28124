// Package faults stands between a program under test and a real container engine, or a real registry, and spoils single
// requests on the way: the engine answers 500, does what it was asked and says 500 all the same, never answers, or hangs up;
// the registry does that, too, and gives out content that is cut short or changed. What it does not spoil it passes on as it
// is, streams and upgraded connections (attach, exec) included.
//
// It knows the HTTP side of the Docker Engine API (docs.docker.com/reference/api/engine) and of the OCI distribution
// specification only as far as it has to tell one call from another. Tests alone import it.
package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"
)

// Fault says what becomes of a request.
type Fault int

// The faults.
const (
	// None passes the request on.
	None Fault = iota
	// Refuse answers 500; the engine never sees the request.
	Refuse
	// Lose passes the request on, drops what the engine answers, and answers 500.
	Lose
	// Hang takes the request and never answers.
	Hang
	// Cut closes the connection without an answer.
	Cut
	// Forbid answers 400 in the words of an engine whose runtime may not execute anything: a data folder that is mounted
	// noexec, a security module. The engine never sees the request.
	Forbid
)

// String returns the fault as part of a sentence.
func (f Fault) String() string {
	names := [...]string{None: "nothing wrong", Refuse: "refused", Lose: "done, answer lost", Hang: "no answer", Cut: "hung up", Forbid: "nothing can start"}
	return names[f]
}

// Message is in every 500 of a Proxy.
const Message = "injected fault"

// Request is a request that a Proxy has seen.
type Request struct {
	// N counts all requests from 1.
	N int
	// Call is what is asked for, without names and ids: "POST /containers/{}/start".
	Call string
	// Nth counts the requests with the same Call from 1.
	Nth int
}

// Proxy passes requests on to an engine.
type Proxy struct {
	decide func(context.Context, Request) Fault
	server *http.Server
	proxy  *httputil.ReverseProxy
	socket string
	done   context.Context
	stop   context.CancelFunc

	mu   sync.Mutex
	seen []Request
	nth  map[string]int
}

// faultKey is the context key under which a request carries its Fault.
type faultKey struct{}

var errLost = errors.New("the answer is dropped")

// Listen serves on a new Unix socket at the path socket and passes requests on to the engine's socket at upstream.
// decide is asked about each request, in a goroutine of the request's own; it may block as long as its context lives,
// which holds the request up. A nil decide spoils nothing.
func Listen(socket, upstream string, decide func(context.Context, Request) Fault) (*Proxy, error) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", socket, err)
	}
	p := &Proxy{decide: decide, socket: socket, nth: map[string]int{}}
	if p.decide == nil {
		p.decide = func(context.Context, Request) Fault { return None }
	}
	p.done, p.stop = context.WithCancel(context.Background())
	quiet := log.New(io.Discard, "", 0)
	p.proxy = &httputil.ReverseProxy{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", upstream)
			},
			DisableCompression: true,
		},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "engine", r.In.Host
		},
		FlushInterval:  -1,
		ErrorLog:       quiet,
		ModifyResponse: lose,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, err error) { refuse(w, err) },
	}
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }() // ends with Close
	return p, nil
}

// Host returns what DOCKER_HOST must be for the engine behind the proxy.
func (p *Proxy) Host() string { return "unix://" + p.socket }

// Requests returns what was asked for so far, in the order it arrived.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.seen...)
}

// Close stops to serve; requests that hang are hung up on.
func (p *Proxy) Close() error {
	p.stop()
	return p.server.Close()
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	fault := p.decide(r.Context(), p.note(r))
	switch fault {
	case Refuse:
		refuse(w, errors.New("not passed on"))
	case Forbid:
		answer(w, http.StatusBadRequest, `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/fixture": permission denied: unknown`)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-p.done.Done():
		}
		hangUp(w)
	case Cut:
		hangUp(w)
	default:
		p.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), faultKey{}, fault)))
	}
}

// note writes a request down.
func (p *Proxy) note(r *http.Request) Request {
	call := callOf(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nth[call]++
	request := Request{N: len(p.seen) + 1, Call: call, Nth: p.nth[call]}
	p.seen = append(p.seen, request)
	return request
}

// refuse answers as an engine does that has an error of its own.
func refuse(w http.ResponseWriter, cause error) {
	answer(w, http.StatusInternalServerError, Message+": "+cause.Error())
}

// answer answers with an error as an engine writes it.
func answer(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, "{\"message\":%q}\n", message)
}

// lose spoils the answer to a request with the fault Lose, once the engine has done what it was asked. Answers without
// an end are not waited for.
func lose(response *http.Response) error {
	if response.Request.Context().Value(faultKey{}) != Lose {
		return nil
	}
	if response.StatusCode != http.StatusSwitchingProtocols && !endless(callOf(response.Request)) {
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
	}
	return errLost
}

// endless reports whether the answer to a call ends only when a container does, or never.
func endless(call string) bool {
	for _, end := range []string{"/events", "/attach", "/wait", "/stats", "/logs"} {
		if strings.HasSuffix(call, end) {
			return true
		}
	}
	return false
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// callOf names what a request asks for.
func callOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if strings.HasPrefix(parts[0], "v1.") {
		parts = parts[1:]
	}
	if len(parts) < 2 || isVerb(parts[1]) {
		return r.Method + " /" + strings.Join(parts, "/")
	}
	// The name of an image may have slashes in it.
	call := r.Method + " /" + parts[0] + "/{}"
	if last := parts[len(parts)-1]; len(parts) > 2 && (parts[0] != "images" || isAction(last)) {
		call += "/" + last
	}
	for _, key := range []string{"signal", "size"} {
		if value := r.URL.Query().Get(key); value != "" {
			call += " " + key + "=" + value
		}
	}
	return call
}

// isVerb reports whether the second part of a path is one of a collection's own and no name.
func isVerb(part string) bool {
	switch part {
	case "create", "json", "load", "prune", "search":
		return true
	}
	return false
}

// isAction reports whether the last part of an image's path is no part of its name.
func isAction(part string) bool {
	switch part {
	case "json", "tag", "history", "push", "get":
		return true
	}
	return false
}
