package faults

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Harm says what a registry does wrong.
type Harm struct {
	// At is the kind of request that is spoiled: "ping", "manifest", "config" or "layer"; empty for all of them. (A blob is a
	// configuration when it begins like JSON.)
	At string
	// Times is how many of those requests are spoiled, the first ones; 0 for all.
	Times int
	// Status is answered in place of the registry's own, with RetryAfter if that is not empty; 0 leaves the answer.
	Status     int
	RetryAfter string
	// Reset hangs up before any answer, Hang never answers, Stall stops in the middle of the body, and Break hangs up there.
	Reset, Hang, Stall, Break bool
	// Shorten leaves out the second half of the body as if there were none, Change turns one of its bytes over.
	Shorten, Change bool
}

// Harms are what can be named in a word, for scripts.
func Harms() map[string]Harm {
	return map[string]Harm{
		"500": {Status: http.StatusInternalServerError}, "503": {Status: http.StatusServiceUnavailable},
		"429": {Status: http.StatusTooManyRequests, RetryAfter: "1"}, "429-for-an-hour": {Status: http.StatusTooManyRequests, RetryAfter: "3600"},
		"reset": {Reset: true}, "hang": {Hang: true}, "stall": {Stall: true}, "break": {Break: true},
		"shorten": {Shorten: true}, "change": {Change: true},
	}
}

// ParseHarm reads HARM[:AT[:TIMES]], such as "503:manifest:1".
func ParseHarm(text string) (Harm, error) {
	parts := append(strings.SplitN(text, ":", 3), "", "")
	harm, ok := Harms()[parts[0]]
	if !ok {
		return harm, fmt.Errorf("%q is no harm", parts[0])
	}
	harm.At = parts[1]
	var err error
	if parts[2] != "" {
		harm.Times, err = strconv.Atoi(parts[2])
	}
	return harm, err
}

// Registry spoils what the registry behind next answers to those who read from it; pushes pass.
func Registry(next http.Handler, harm Harm) http.Handler {
	return &registry{next: next, harm: harm}
}

type registry struct {
	next http.Handler
	harm Harm

	mu     sync.Mutex
	spoilt int
}

func (p *registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		p.next.ServeHTTP(w, r)
		return
	}
	answer := &recorded{header: http.Header{}, code: http.StatusOK}
	if p.harm.Shorten || p.harm.Change {
		r.Header.Del("Range") // so that nobody gets the rest after all
	}
	p.next.ServeHTTP(answer, r)
	if !p.concerns(r.URL.Path, answer.body.Bytes()) {
		answer.send(w, answer.body.Bytes())
		return
	}
	p.spoil(w, r, answer)
}

// concerns reports whether an answer is to be spoiled, and counts it.
func (p *registry) concerns(path string, body []byte) bool {
	kind := "ping"
	switch isConfig := bytes.HasPrefix(body, []byte("{")); {
	case strings.Contains(path, "/manifests/"):
		kind = "manifest"
	case strings.Contains(path, "/blobs/") && isConfig:
		kind = "config"
	case strings.Contains(path, "/blobs/"):
		kind = "layer"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.harm.At != "" && p.harm.At != kind || p.harm.Times > 0 && p.spoilt == p.harm.Times {
		return false
	}
	p.spoilt++
	return true
}

// spoil gives the answer, with the harm done to it.
func (p *registry) spoil(w http.ResponseWriter, r *http.Request, answer *recorded) {
	body := bytes.Clone(answer.body.Bytes())
	switch {
	case p.harm.Hang:
		wait(r)
	case p.harm.Reset:
		hangUp(w)
	case p.harm.Status != 0:
		if p.harm.RetryAfter != "" {
			w.Header().Set("Retry-After", p.harm.RetryAfter)
		}
		w.WriteHeader(p.harm.Status)
		fmt.Fprintf(w, `{"errors":[{"code":"UNKNOWN","message":%q}]}`+"\n", Message)
	case p.harm.Stall || p.harm.Break:
		answer.header.Set("Content-Length", strconv.Itoa(len(body)))
		answer.send(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		if p.harm.Stall {
			wait(r)
		}
		hangUp(w)
	case p.harm.Shorten:
		body = body[:len(body)/2]
		answer.header.Set("Content-Length", strconv.Itoa(len(body)))
		answer.send(w, body)
	case p.harm.Change:
		if len(body) > 0 {
			body[len(body)/2] ^= 1
		}
		answer.send(w, body)
	}
}

// wait ends when the client has hung up, or when no client of patience can still be there: an engine that has given up keeps
// its connection.
func wait(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(time.Minute):
	}
}

// recorded is an answer that is looked at before it is given.
type recorded struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (a *recorded) Header() http.Header         { return a.header }
func (a *recorded) WriteHeader(code int)        { a.code = code }
func (a *recorded) Write(b []byte) (int, error) { return a.body.Write(b) }

// send gives the answer with another body.
func (a *recorded) send(w http.ResponseWriter, body []byte) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.code)
	_, _ = io.Copy(w, bytes.NewReader(body))
}
