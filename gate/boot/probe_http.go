package boot

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// maxBody is how much of a response is read, in bytes; shownBody how much of it is shown.
const (
	maxBody   = 64 << 10
	shownBody = 120
)

// httpProbe asks for a path and looks at the status, and the body if that was asked.
type httpProbe struct {
	probe   Probe
	address func(port int) (string, error)
	mask    masker
}

func (h *httpProbe) try(ctx context.Context) result {
	r := result{expected: h.expected()}
	address, err := h.address(h.probe.Port)
	if err != nil {
		r.actual = err.Error()
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	response, body, err := h.get(ctx, address)
	if err != nil {
		r.actual = plainNetError(ctx, err)
		return r
	}
	r.actual = response.Status
	if !h.probe.Status.Contains(response.StatusCode) {
		if text := strings.TrimSpace(string(body)); text != "" {
			r.actual += ": " + cutText([]byte(h.mask.text(text)), shownBody, false)
		}
		return r
	}
	r.ok = h.probe.Body.IsZero() || h.probe.Body.Match(body)
	if !r.ok {
		r.actual += fmt.Sprintf(" with body %q", cutText([]byte(h.mask.text(string(body))), shownBody, false))
	}
	return r
}

func (h *httpProbe) expected() string {
	scheme := "http"
	if h.probe.TLS {
		scheme = "https"
	}
	text := fmt.Sprintf("GET %s://container:%d%s answers %s", scheme, h.probe.Port, h.probe.Path, h.probe.Status)
	if !h.probe.Body.IsZero() {
		text += fmt.Sprintf(" and its body matches %q", h.probe.Body)
	}
	return text
}

// get makes one request on a connection of its own and follows no redirect.
func (h *httpProbe) get(ctx context.Context, address string) (*http.Response, []byte, error) {
	scheme := "http"
	if h.probe.TLS {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+address+h.probe.Path, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("User-Agent", "bootgate")
	for name, value := range h.probe.Headers {
		if strings.EqualFold(name, "host") {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext:       (&net.Dialer{}).DialContext,
		// A boot test reaches the container by address, under which no certificate is issued.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s, then the body broke off: %w", response.Status, err)
	}
	return response, body, err
}

// plainNetError says in words what a failed connection means.
func plainNetError(ctx context.Context, err error) string {
	text := err.Error()
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %s", attemptLimit)
	case strings.Contains(text, "connection refused"):
		return "connection refused: nothing listens on that port"
	case strings.Contains(text, "EOF"), strings.Contains(text, "connection reset"):
		return "the connection was closed without an answer"
	case strings.Contains(text, "malformed HTTP"):
		return "the answer is not HTTP"
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "the answer is HTTP, not HTTPS"
	}
	return text
}
