package boot

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// maxBody is how much of a response is read after maxHeader for its head, in bytes; shownBody how much of it is shown.
const (
	maxHeader = 1 << 20
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

// get makes one request on a connection of its own and follows no redirect. It does without the client of net/http,
// which would print what a server says unasked to stderr.
func (h *httpProbe) get(ctx context.Context, address string) (*http.Response, []byte, error) {
	request, err := h.request(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if h.probe.TLS {
		// A boot test reaches the container by address, under which no certificate is issued.
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // see above
	}
	if err := request.Write(conn); err != nil {
		return nil, nil, err
	}
	answer := bufio.NewReader(io.LimitReader(conn, maxHeader+maxBody))
	response, err := http.ReadResponse(answer, request)
	for err == nil && response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
		response, err = http.ReadResponse(answer, request) // the real answer follows
	}
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	if h.probe.Body.IsZero() && h.probe.Status.Contains(response.StatusCode) {
		return response, nil, nil // what it says does not matter, and may never end
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s, %w: %w", response.Status, errBody, err)
	}
	return response, body, err
}

// request returns what is asked.
func (h *httpProbe) request(ctx context.Context, address string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+h.probe.Path, nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	request.Header.Set("User-Agent", "bootgate")
	for name, value := range h.probe.Headers {
		if strings.EqualFold(name, "host") {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	return request, nil
}

// errBody says that an answer began and did not come to its end.
var errBody = errors.New("then the body broke off")

// plainNetError says in words what a failed connection means.
func plainNetError(ctx context.Context, err error) string {
	text := err.Error()
	var noTLS tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %s", attemptLimit)
	case errors.Is(err, errBody):
		return text
	case strings.Contains(text, "connection refused"):
		return "connection refused: nothing listens on that port"
	case strings.Contains(text, "EOF"), strings.Contains(text, "connection reset"), strings.Contains(text, "broken pipe"):
		return "the connection was closed without an answer"
	case strings.Contains(text, "malformed HTTP"):
		return "the answer is not HTTP"
	case errors.As(err, &noTLS):
		if string(noTLS.RecordHeader[:]) == "HTTP/" {
			return "the answer is HTTP, not HTTPS"
		}
		return "the answer is not HTTPS"
	}
	return text
}
