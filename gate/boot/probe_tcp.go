package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// untilClosed is how long a published port is watched for being closed again.
const untilClosed = 500 * time.Millisecond

// tcpProbe connects to a port.
//
// The engine's proxy accepts a connection to a published port before anything listens in the container, and closes it
// at once. So a connection to a published port counts only if it is still open a moment later.
type tcpProbe struct {
	port      int
	address   func(port int) (string, error)
	published bool
}

func (t *tcpProbe) try(ctx context.Context) result {
	r := result{expected: t.expected()}
	address, err := t.address(t.port)
	if err != nil {
		r.actual = err.Error()
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		r.actual = plainNetError(ctx, err)
		return r
	}
	defer conn.Close()
	if t.published {
		if err := staysOpen(conn); err != nil {
			r.actual = "connection refused: nothing listens on that port"
			return r
		}
	}
	r.ok, r.actual = true, "connected"
	return r
}

func (t *tcpProbe) expected() string { return fmt.Sprintf("a connection to port %d", t.port) }

// staysOpen reports an error when the other side closes the connection right away.
func staysOpen(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(untilClosed)); err != nil {
		return err
	}
	var one [1]byte
	_, err := conn.Read(one[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}
