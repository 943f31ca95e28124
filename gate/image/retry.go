package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// patience says how a registry's moods are borne.
type patience struct {
	// attempts is how often a request is sent at most.
	attempts int
	// first is the wait after the first failure; each further one is three times as long.
	first time.Duration
	// longest is the longest wait a registry may ask for with Retry-After; a longer one is not waited for at all.
	longest time.Duration
	// silence is how long nothing may come of an answer that has begun.
	silence time.Duration
	// standstill is how long an engine that pulls may not get any further.
	standstill time.Duration
}

// defaultPatience waits 1 s and 3 s of its own accord, as crane does. An engine says something at least when it has written
// a layer to its disk, which may be slow.
var defaultPatience = patience{
	attempts: 3, first: time.Second, longest: 30 * time.Second, silence: 30 * time.Second, standstill: 5 * time.Minute,
}

// retrying sends requests again that failed for a reason that passes: a status that says so, or a connection that
// broke. It honours Retry-After, and unlike the retries of the registry library it stops waiting when the request is
// cancelled.
type retrying struct {
	base http.RoundTripper
	patience
}

// RoundTrip sends the request until it has an answer worth keeping.
func (r *retrying) RoundTrip(request *http.Request) (*http.Response, error) {
	wait := r.first
	for attempt := 1; ; attempt++ {
		response, err := r.once(request)
		passing := passingError(err)
		asked := time.Duration(0)
		if err == nil {
			passing, asked = passingStatus(response.StatusCode), retryAfter(response)
		}
		if passing && asked > r.longest {
			response.Body.Close()
			return nil, &tooLongError{status: response.StatusCode, asked: asked}
		}
		if !passing || attempt >= r.attempts || !rewind(request) {
			return response, err
		}
		if response != nil {
			_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
			response.Body.Close()
		}
		if err := sleep(request.Context(), max(wait, asked)); err != nil {
			return nil, err
		}
		wait *= 3
	}
}

// once sends the request once. Its answer is given up when it falls silent.
func (r *retrying) once(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(request.Context())
	response, err := r.base.RoundTrip(request.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	response.Body = &heard{body: response.Body, silence: r.silence, cancel: cancel}
	return response, nil
}

// heard is the body of an answer, which ends with a silentError when nothing comes for too long.
type heard struct {
	body    io.ReadCloser
	silence time.Duration
	cancel  context.CancelFunc
}

func (h *heard) Read(p []byte) (int, error) {
	timer := time.AfterFunc(h.silence, h.cancel)
	n, err := h.body.Read(p)
	if silent := !timer.Stop(); silent && err != nil && !errors.Is(err, io.EOF) {
		err = silentError{h.silence}
	}
	return n, err
}

func (h *heard) Close() error {
	h.cancel()
	return h.body.Close()
}

// silentError says that an answer broke off without an end of the connection.
type silentError struct{ after time.Duration }

func (e silentError) Error() string   { return fmt.Sprintf("nothing more came for %s", e.after) }
func (e silentError) Timeout() bool   { return true }
func (e silentError) Temporary() bool { return true }

// tooLongError says that a registry asked for a longer wait than anybody has patience for.
type tooLongError struct {
	status int
	asked  time.Duration
}

func (e *tooLongError) Error() string {
	return fmt.Sprintf("status %d %s, and it asks to wait %s", e.status, http.StatusText(e.status), e.asked)
}

// rewind makes the request's body readable again; requests without one always are.
func rewind(request *http.Request) bool {
	if request.Body == nil || request.Body == http.NoBody {
		return true
	}
	if request.GetBody == nil {
		return false
	}
	body, err := request.GetBody()
	if err != nil {
		return false
	}
	request.Body = body
	return true
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// passingStatus reports whether the same request may well succeed later.
func passingStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// passingError reports whether a connection broke, rather than could not be made at all.
func passingError(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// retryAfter returns the wait a response asks for, in either form of RFC 9110 section 10.2.3; 0 when it asks for none.
func retryAfter(response *http.Response) time.Duration {
	text := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		const year = 365 * 24 * 60 * 60
		return time.Duration(min(max(seconds, 0), year)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
