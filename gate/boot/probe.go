package boot

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ProbeKind names a readiness strategy.
type ProbeKind string

// The readiness strategies, one file each.
const (
	ProbeHTTP        ProbeKind = "http"        // GET a path until the status (and body) is as expected
	ProbeTCP         ProbeKind = "tcp"         // connect to a port
	ProbeLog         ProbeKind = "log"         // a line of the output matches
	ProbeHealthcheck ProbeKind = "healthcheck" // the image's own HEALTHCHECK says healthy
	ProbeExec        ProbeKind = "exec"        // a command inside the container exits with 0
)

// Probe is one sign of readiness. Which fields count depends on Kind.
type Probe struct {
	Kind ProbeKind
	// Port is the TCP port inside the container (http, tcp), 1 to 65535.
	Port int
	// TLS makes an http probe speak https. The certificate is not verified: a boot test runs without its real name.
	TLS bool
	// Path is the request target of an http probe, with its leading slash; empty means "/".
	Path string
	// Status lists the response codes an http probe accepts; empty means 200 to 399.
	Status StatusSet
	// Body is a pattern the first 64 KiB of the response body must match (http); zero accepts any.
	Body Pattern
	// Headers are sent along by an http probe; "Host" sets the host.
	Headers map[string]string
	// Pattern is what a line must match (log).
	Pattern Pattern
	// Command is the argument vector to run (exec).
	Command Command
}

// Readiness is a list of probes, all of which must succeed.
type Readiness []Probe

// StatusSet is a set of HTTP status codes, written as "200", "200-299" or "200,204,300-399".
type StatusSet []StatusRange

// StatusRange is a range of HTTP status codes, both ends included.
type StatusRange struct{ From, To int }

// Contains reports whether code is in the set; the empty set is 200 to 399.
func (s StatusSet) Contains(code int) bool {
	if len(s) == 0 {
		return code >= 200 && code <= 399
	}
	for _, r := range s {
		if code >= r.From && code <= r.To {
			return true
		}
	}
	return false
}

// String returns the set in the form ParseStatus reads.
func (s StatusSet) String() string {
	if len(s) == 0 {
		return "200-399"
	}
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = strconv.Itoa(r.From)
		if r.To != r.From {
			parts[i] += "-" + strconv.Itoa(r.To)
		}
	}
	return strings.Join(parts, ",")
}

// ParseStatus reads a set of status codes.
func ParseStatus(text string) (StatusSet, error) {
	var set StatusSet
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.ParseUint(from, 10, 10)
		b, errB := strconv.ParseUint(to, 10, 10)
		if errA != nil || errB != nil || a < 100 || b > 599 || a > b {
			return nil, fmt.Errorf("%q is not a set of HTTP status codes: write 200, 200-299 or 200,204", text)
		}
		set = append(set, StatusRange{int(a), int(b)})
	}
	return set, nil
}

// ParseProbe reads the one-line form of a probe, the one --ready takes:
//
//	http:8080/health   https:8443   tcp:5432   log:REGEX   healthcheck   exec:COMMAND ARG
func ParseProbe(text string) (Probe, error) {
	kind, rest, found := strings.Cut(text, ":")
	switch kind {
	case "http", "https":
		p := Probe{Kind: ProbeHTTP, TLS: kind == "https"}
		if err := p.setTarget(rest); err != nil {
			return Probe{}, err
		}
		return p, nil
	case "tcp":
		port, err := parsePort(rest)
		if err != nil {
			return Probe{}, err
		}
		return Probe{Kind: ProbeTCP, Port: port}, nil
	case "log":
		pattern, err := ParsePattern(rest)
		if err != nil {
			return Probe{}, err
		}
		return Probe{Kind: ProbeLog, Pattern: pattern}, nil
	case "healthcheck":
		if found {
			return Probe{}, fmt.Errorf("probe %q: healthcheck takes nothing after it", text)
		}
		return Probe{Kind: ProbeHealthcheck}, nil
	case "exec":
		command, err := ParseCommand(rest)
		if err != nil {
			return Probe{}, err
		}
		return Probe{Kind: ProbeExec, Command: command}, nil
	}
	return Probe{}, fmt.Errorf("unknown probe %q: write http:PORT/PATH, https:PORT/PATH, tcp:PORT, log:REGEX, healthcheck or exec:COMMAND", text)
}

// setTarget reads "8080/health".
func (p *Probe) setTarget(text string) error {
	port, path := text, ""
	if i := strings.IndexByte(text, '/'); i >= 0 {
		port, path = text[:i], text[i:]
	}
	n, err := parsePort(port)
	if err != nil {
		return err
	}
	p.Port = n
	return p.setPath(path)
}

// setPath reads a request target, with or without its leading slash.
func (p *Probe) setPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	p.Path = path
	if _, err := http.NewRequest(http.MethodGet, "http://localhost"+p.Path, nil); err != nil {
		return fmt.Errorf("path %q of a probe is not a URL path: write it as /health", p.Path)
	}
	return nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port: write a number from 1 to 65535", text)
	}
	return int(n), nil
}

// String returns the one-line form of the probe; what that form cannot say (status, body, headers) is left out.
func (p Probe) String() string {
	switch p.Kind {
	case ProbeHTTP:
		scheme := "http"
		if p.TLS {
			scheme = "https"
		}
		return fmt.Sprintf("%s:%d%s", scheme, p.Port, p.Path)
	case ProbeTCP:
		return fmt.Sprintf("tcp:%d", p.Port)
	case ProbeLog:
		return "log:" + p.Pattern.String()
	case ProbeExec:
		return "exec:" + p.Command.String()
	default:
		return string(p.Kind)
	}
}
