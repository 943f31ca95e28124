package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// The keys of a probe in its mapping form, in the order they are reported, and those of the long form of http.
func probeKeys() []string { return []string{"http", "https", "tcp", "log", "healthcheck", "exec"} }
func httpKeys() []string  { return []string{"port", "path", "status", "body", "headers"} }

// UnmarshalJSON reads a list of probes in any of the forms of gate.yaml:
//
//	ready: http:8080/health
//	ready: [http:8080/health, "log:Started .+"]
//	ready: {tcp: 5432, log: "ready to accept"}
//	ready: {http: {port: 8080, path: /health, status: 204, body: UP}}
//	ready: [{exec: [pg_isready, -q]}, healthcheck]
//
// An error joins a *FieldError for each part that is wrong.
func (r *Readiness) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*r = nil
		return nil
	}
	var all Readiness
	var errs []error
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		probes, err := readProbes(data)
		all, errs = probes, append(errs, err)
	}
	for i, item := range list {
		probes, err := readProbes(item)
		all, errs = append(all, probes...), append(errs, at(strconv.Itoa(i), err))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no probe is named: leave it out for the default")
	}
	*r = all
	return nil
}

// readProbes reads one string, or one mapping with a probe per key.
func readProbes(data []byte) (Readiness, error) {
	var line string
	if json.Unmarshal(data, &line) == nil && string(data) != "null" {
		p, err := ParseProbe(line)
		if err != nil {
			return nil, err
		}
		return Readiness{p}, nil
	}
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("a probe is a string such as http:8080/health, or a mapping such as {tcp: 5432}")
	}
	fields, unknown := readFields(data, probeKeys())
	errs := []error{unknown}
	var probes Readiness
	for _, key := range probeKeys() {
		value, ok := fields[key]
		if !ok {
			continue
		}
		p, wanted, err := readProbe(key, value)
		errs = append(errs, at(key, err))
		if wanted {
			probes = append(probes, p)
		}
	}
	return probes, errors.Join(errs...)
}

// readProbe reads the value under one key of the mapping form. It is not wanted when the value says false.
func readProbe(key string, value []byte) (p Probe, wanted bool, err error) {
	switch key {
	case "healthcheck":
		if json.Unmarshal(value, &wanted) != nil || string(value) == "null" {
			return Probe{}, false, errors.New("healthcheck is true or false")
		}
		return Probe{Kind: ProbeHealthcheck}, wanted, nil
	case "exec":
		p.Kind = ProbeExec
		err = p.Command.UnmarshalJSON(value)
		if err == nil && len(p.Command) == 0 {
			err = errors.New("the command is empty")
		}
		return p, true, err
	case "http", "https":
		if len(value) > 0 && value[0] == '{' {
			p, err = readHTTP(value)
			p.TLS = key == "https"
			return p, true, err
		}
	}
	text, ok := scalarText(value)
	if !ok {
		return Probe{}, false, fmt.Errorf("the value of %s has the wrong type", key)
	}
	p, err = ParseProbe(key + ":" + text)
	return p, true, err
}

// readHTTP reads the long form of an http probe.
func readHTTP(data []byte) (Probe, error) {
	p := Probe{Kind: ProbeHTTP, Path: "/"}
	fields, unknown := readFields(data, httpKeys())
	errs := []error{unknown}
	if fields["port"] == nil {
		errs = append(errs, errors.New(`missing key "port": an http probe needs the port inside the container`))
	}
	for _, key := range httpKeys() {
		value, ok := fields[key]
		if !ok {
			continue
		}
		errs = append(errs, at(key, p.setHTTP(key, value)))
	}
	return p, errors.Join(errs...)
}

// setHTTP reads the value under one key of the long form.
func (p *Probe) setHTTP(key string, value []byte) (err error) {
	if key == "headers" {
		return p.setHeaders(value)
	}
	text, ok := scalarText(value)
	if !ok {
		return fmt.Errorf("the value of %s has the wrong type", key)
	}
	switch key {
	case "port":
		p.Port, err = parsePort(text)
	case "path":
		err = p.setPath(text)
	case "status":
		p.Status, err = ParseStatus(text)
	case "body":
		p.Body, err = ParsePattern(text)
	}
	return err
}

func (p *Probe) setHeaders(value []byte) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil || fields == nil {
		return errors.New("headers is a mapping of names and values")
	}
	p.Headers = make(map[string]string, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, ok := scalarText(fields[name])
		if !ok || !validHeader(name, text) {
			return at(name, fmt.Errorf("header %q is not a name with one line of text", name))
		}
		p.Headers[name] = text
	}
	return nil
}

// validHeader reports whether name is a token and value one line (RFC 9110, sections 5.1 and 5.5).
func validHeader(name, value string) bool {
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || r == ':' {
			return false
		}
	}
	for _, r := range value {
		if r < ' ' && r != '\t' || r == 0x7f {
			return false
		}
	}
	return name != ""
}

// MarshalJSON writes the mapping form with one key, which Readiness reads back.
func (p Probe) MarshalJSON() ([]byte, error) {
	var value any
	key := string(p.Kind)
	switch p.Kind {
	case ProbeHTTP:
		if p.TLS {
			key = "https"
		}
		form := httpForm{Port: p.Port, Path: p.Path, Body: p.Body.String(), Headers: p.Headers}
		if len(p.Status) > 0 {
			form.Status = p.Status.String()
		}
		value = form
	case ProbeTCP:
		value = p.Port
	case ProbeLog:
		value = p.Pattern.String()
	case ProbeHealthcheck:
		value = true
	case ProbeExec:
		value = []string(p.Command)
	default:
		return nil, fmt.Errorf("writing a probe of unknown kind %q", p.Kind)
	}
	return json.Marshal(map[string]any{key: value})
}

// httpForm is the long form of an http probe as it is written.
type httpForm struct {
	Port    int               `json:"port"`
	Path    string            `json:"path,omitempty"`
	Status  string            `json:"status,omitempty"`
	Body    string            `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}
