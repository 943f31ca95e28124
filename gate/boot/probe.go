package boot

import (
	"encoding/json"
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
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a < 100 || b > 599 || a > b {
			return nil, fmt.Errorf("%q is not a set of HTTP status codes: write 200, 200-299 or 200,204", text)
		}
		set = append(set, StatusRange{a, b})
	}
	return set, nil
}

// ParseProbe reads the one-line form of a probe, the one --ready takes:
//
//	http:8080/health   https:8443   tcp:5432   log:REGEX   healthcheck   exec:COMMAND ARG
func ParseProbe(text string) (Probe, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "http", "https":
		p := Probe{Kind: ProbeHTTP, TLS: kind == "https"}
		return p, p.setTarget(rest)
	case "tcp":
		port, err := parsePort(rest)
		return Probe{Kind: ProbeTCP, Port: port}, err
	case "log":
		pattern, err := ParsePattern(rest)
		return Probe{Kind: ProbeLog, Pattern: pattern}, err
	case "healthcheck":
		if rest != "" {
			return Probe{}, fmt.Errorf("probe %q: healthcheck takes nothing after it", text)
		}
		return Probe{Kind: ProbeHealthcheck}, nil
	case "exec":
		command, err := ParseCommand(rest)
		return Probe{Kind: ProbeExec, Command: command}, err
	}
	return Probe{}, fmt.Errorf("unknown probe %q: write http:PORT/PATH, https:PORT/PATH, tcp:PORT, log:REGEX, healthcheck or exec:COMMAND", text)
}

// setTarget reads "8080/health".
func (p *Probe) setTarget(text string) error {
	port, path, found := strings.Cut(text, "/")
	n, err := parsePort(port)
	if err != nil {
		return err
	}
	p.Port, p.Path = n, "/"
	if found {
		p.Path = "/" + path
	}
	if _, err := http.NewRequest(http.MethodGet, "http://localhost"+p.Path, nil); err != nil {
		return fmt.Errorf("path %q of a probe is not a URL path: %w", p.Path, err)
	}
	return nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%q is not a port: write a number from 1 to 65535", text)
	}
	return n, nil
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
		return "exec:" + strings.Join(p.Command, " ")
	default:
		return string(p.Kind)
	}
}

// httpForm is the long form of an http or https probe.
type httpForm struct {
	Port    int               `json:"port"`
	Path    string            `json:"path,omitempty"`
	Status  json.RawMessage   `json:"status,omitempty"`
	Body    *Pattern          `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// UnmarshalJSON reads a list of probes in any of the forms of gate.yaml:
//
//	ready: http:8080/health
//	ready: [http:8080/health, "log:Started .+"]
//	ready: {tcp: 5432, log: "ready to accept"}
//	ready: {http: {port: 8080, path: /health, status: 204, body: UP}}
//	ready: [{exec: [pg_isready, -q]}, healthcheck]
func (r *Readiness) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		list = []json.RawMessage{data}
	}
	var all Readiness
	for _, item := range list {
		probes, err := readProbes(item)
		if err != nil {
			return err
		}
		all = append(all, probes...)
	}
	*r = all
	return nil
}

// readProbes reads one string, or one mapping with a probe per key.
func readProbes(data json.RawMessage) (Readiness, error) {
	var line string
	if json.Unmarshal(data, &line) == nil {
		p, err := ParseProbe(line)
		return Readiness{p}, err
	}
	var forms map[string]json.RawMessage
	if json.Unmarshal(data, &forms) != nil {
		return nil, fmt.Errorf("a readiness probe is a string such as http:8080/health, or a mapping such as {tcp: 5432}")
	}
	var probes Readiness
	for _, key := range probeKeys {
		value, ok := forms[key]
		if !ok {
			continue
		}
		delete(forms, key)
		p, err := readProbe(key, value)
		if err != nil {
			return nil, err
		}
		if p != nil {
			probes = append(probes, *p)
		}
	}
	for key := range forms {
		return nil, fmt.Errorf("unknown probe %q: known are %s", key, strings.Join(probeKeys, ", "))
	}
	return probes, nil
}

// probeKeys are the keys of the mapping form, in the order they are reported.
var probeKeys = []string{"http", "https", "tcp", "log", "healthcheck", "exec"}

// readProbe reads the value under one key of the mapping form; nil when it says false.
func readProbe(key string, value json.RawMessage) (*Probe, error) {
	if key == "healthcheck" {
		var on bool
		if err := json.Unmarshal(value, &on); err != nil {
			return nil, fmt.Errorf("healthcheck is true or false")
		}
		if !on {
			return nil, nil
		}
		return &Probe{Kind: ProbeHealthcheck}, nil
	}
	if key == "exec" {
		p := Probe{Kind: ProbeExec}
		if err := json.Unmarshal(value, &p.Command); err != nil {
			return nil, err
		}
		return &p, nil
	}
	if key == "http" || key == "https" {
		var form map[string]json.RawMessage
		if json.Unmarshal(value, &form) == nil {
			return readHTTPForm(key == "https", value)
		}
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		text = string(value) // a number: tcp: 5432
	}
	p, err := ParseProbe(key + ":" + text)
	return &p, err
}

func readHTTPForm(tls bool, value json.RawMessage) (*Probe, error) {
	var form httpForm
	dec := json.NewDecoder(strings.NewReader(string(value)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&form); err != nil {
		return nil, fmt.Errorf("http probe: %w", err)
	}
	p := Probe{Kind: ProbeHTTP, TLS: tls, Headers: form.Headers}
	if form.Body != nil {
		p.Body = *form.Body
	}
	if err := p.setTarget(strconv.Itoa(form.Port) + "/" + strings.TrimPrefix(form.Path, "/")); err != nil {
		return nil, err
	}
	if form.Status != nil {
		set, err := ParseStatus(strings.Trim(string(form.Status), `"`))
		if err != nil {
			return nil, err
		}
		p.Status = set
	}
	return &p, nil
}
