package boot

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustPattern(t testing.TB, text string) Pattern {
	t.Helper()
	p, err := ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProbesAreReadFromOneLine(t *testing.T) {
	const usage = `: write http:PORT/PATH, https:PORT/PATH, tcp:PORT, log:REGEX, healthcheck or exec:COMMAND`
	for _, test := range []struct {
		name, text string
		want       Probe
		err        string
	}{
		{"a port", "http:8080", Probe{Kind: ProbeHTTP, Port: 8080, Path: "/"}, ""},
		{"a port and a path", "http:8080/health?full=1", Probe{Kind: ProbeHTTP, Port: 8080, Path: "/health?full=1"}, ""},
		{"over TLS", "https:8443/", Probe{Kind: ProbeHTTP, TLS: true, Port: 8443, Path: "/"}, ""},
		{"tcp", "tcp:5432", Probe{Kind: ProbeTCP, Port: 5432}, ""},
		{"a pattern with colons", "log:ready: .+", Probe{Kind: ProbeLog, Pattern: mustPattern(t, "ready: .+")}, ""},
		{"healthcheck", "healthcheck", Probe{Kind: ProbeHealthcheck}, ""},
		{"a command", "exec:pg_isready -h 'my db'", Probe{Kind: ProbeExec, Command: Command{"pg_isready", "-h", "my db"}}, ""},
		{"a port out of range", "tcp:65536", Probe{}, `"65536" is not a port: write a number from 1 to 65535`},
		{"port 0", "tcp:0", Probe{}, `"0" is not a port: write a number from 1 to 65535`},
		{"a port with a sign", "tcp:+80", Probe{}, `"+80" is not a port: write a number from 1 to 65535`},
		{"no port", "http", Probe{}, `"" is not a port: write a number from 1 to 65535`},
		{"a path that is none", "http:80/%zz", Probe{}, `path "/%zz" of a probe is not a URL path: write it as /health`},
		{"healthcheck with something after it", "healthcheck:", Probe{}, `probe "healthcheck:": healthcheck takes nothing after it`},
		{"an empty pattern", "log:", Probe{}, "the pattern is empty"},
		{"an empty command", "exec: ", Probe{}, "the command is empty"},
		{"an unknown kind", "udp:53", Probe{}, `unknown probe "udp:53"` + usage},
		{"nothing", "", Probe{}, `unknown probe ""` + usage},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseProbe(test.text)
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("probe (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadinessIsReadInEveryForm(t *testing.T) {
	web := Probe{Kind: ProbeHTTP, Port: 8080, Path: "/health"}
	tcp := Probe{Kind: ProbeTCP, Port: 5432}
	for _, test := range []struct {
		name, json string
		want       Readiness
		err        string
	}{
		{"one line", `"http:8080/health"`, Readiness{web}, ""},
		{"a list of lines", `["http:8080/health","tcp:5432"]`, Readiness{web, tcp}, ""},
		{"a mapping, in the order of the kinds", `{"tcp":5432,"http":"8080/health"}`, Readiness{web, tcp}, ""},
		{"a list of mappings", `[{"tcp":"5432"},{"healthcheck":true}]`, Readiness{tcp, {Kind: ProbeHealthcheck}}, ""},
		{"a healthcheck that is turned off", `{"tcp":5432,"healthcheck":false}`, Readiness{tcp}, ""},
		{"a command as a list", `{"exec":["pg_isready","-p",5432]}`, Readiness{{Kind: ProbeExec, Command: Command{"pg_isready", "-p", "5432"}}}, ""},
		{"a command as a line", `{"exec":"pg_isready -q"}`, Readiness{{Kind: ProbeExec, Command: Command{"pg_isready", "-q"}}}, ""},
		{"the long form of http", `{"https":{"port":"8443","path":"health","status":204,"body":"UP","headers":{"Host":"gate","X-Retry":3}}}`, Readiness{{
			Kind: ProbeHTTP, TLS: true, Port: 8443, Path: "/health", Status: StatusSet{{204, 204}}, Body: mustPattern(t, "UP"),
			Headers: map[string]string{"Host": "gate", "X-Retry": "3"},
		}}, ""},
		{"null is the default", `null`, nil, ""},
		{"an empty list", `[]`, nil, "no probe is named: leave it out for the default"},
		{"only a healthcheck that is turned off", `{"healthcheck":false}`, nil, "no probe is named: leave it out for the default"},
		{"a number", `8080`, nil, "a probe is a string such as http:8080/health, or a mapping such as {tcp: 5432}"},
		{"null in the list", `[null]`, nil, "0: a probe is a string such as http:8080/health, or a mapping such as {tcp: 5432}"},
		{"every mistake is told, with its place", `[{"tcp":99999,"udp":53},{"http":{"prot":1,"status":"9","headers":{"a b":"c"}}}]`, nil,
			"0.udp: unknown key \"udp\": known are http, https, tcp, log, healthcheck, exec\n" +
				"0.tcp: \"99999\" is not a port: write a number from 1 to 65535\n" +
				"1.http.prot: unknown key \"prot\": known are port, path, status, body, headers\n" +
				"1.http: missing key \"port\": an http probe needs the port inside the container\n" +
				"1.http.status: \"9\" is not a set of HTTP status codes: write 200, 200-299 or 200,204\n" +
				"1.http.headers.a b: header \"a b\" is not a name with one line of text"},
		{"a healthcheck that is neither", `{"healthcheck":"yes"}`, nil, "healthcheck: healthcheck is true or false"},
		{"an empty command", `{"exec":[]}`, nil, "exec: the command is empty"},
		{"a port that is a list", `{"tcp":[1]}`, nil, "tcp: the value of tcp has the wrong type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got Readiness
			err := got.UnmarshalJSON([]byte(test.json))
			if diff := cmp.Diff(test.err, errorText(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("readiness (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStatusSetsAreReadAndAsked(t *testing.T) {
	set, err := ParseStatus("204, 300-399")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]bool{200: false, 204: true, 299: false, 300: true, 399: true, 400: false} {
		if set.Contains(code) != want {
			t.Errorf("%s contains %d: %v, want %v", set, code, !want, want)
		}
	}
	for _, text := range []string{"", "99", "600", "300-200", "2xx", "200-", "-200", "+200"} {
		if _, err := ParseStatus(text); err == nil {
			t.Errorf("%q was read as a set of status codes", text)
		}
	}
}

// probes draws any probe that can be written down.
func probes() *rapid.Generator[Probe] {
	port := rapid.IntRange(1, 65535)
	path := rapid.StringMatching(`/[a-z/?=&]{0,8}`)
	pattern := rapid.Custom(func(t *rapid.T) Pattern {
		p, _ := ParsePattern(regexp.QuoteMeta(rapid.StringN(1, 8, -1).Draw(t, "pattern")))
		return p
	})
	return rapid.Custom(func(t *rapid.T) Probe {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			p := Probe{Kind: ProbeHTTP, TLS: rapid.Bool().Draw(t, "tls"), Port: port.Draw(t, "port"), Path: path.Draw(t, "path")}
			if rapid.Bool().Draw(t, "long") {
				from := rapid.IntRange(100, 599).Draw(t, "from")
				p.Status = StatusSet{{from, rapid.IntRange(from, 599).Draw(t, "to")}}
				p.Body = pattern.Draw(t, "body")
				p.Headers = map[string]string{rapid.StringMatching(`[A-Za-z-]{1,8}`).Draw(t, "name"): rapid.StringMatching(`[ -~]{0,8}`).Draw(t, "value")}
			}
			return p
		case 1:
			return Probe{Kind: ProbeTCP, Port: port.Draw(t, "port")}
		case 2:
			return Probe{Kind: ProbeLog, Pattern: pattern.Draw(t, "pattern")}
		case 3:
			return Probe{Kind: ProbeHealthcheck}
		default:
			return Probe{Kind: ProbeExec, Command: rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "command")}
		}
	})
}

func TestReadinessReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Readiness(rapid.SliceOfN(probes(), 1, 4).Draw(t, "readiness"))
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Readiness
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s is read as something else (-want +got):\n%s", data, diff)
		}
		for _, p := range want {
			again, err := ParseProbe(p.String())
			p.Status, p.Body, p.Headers = nil, Pattern{}, nil // what one line cannot say
			if diff := cmp.Diff(p, again); err != nil || diff != "" {
				t.Fatalf("%q is read as something else: %v (-want +got):\n%s", p, err, diff)
			}
		}
	})
}

func FuzzParseProbe(f *testing.F) {
	for _, seed := range []string{"", "http:8080/health", "https:8443", "tcp:5432", "tcp:99999", "log:Started .+", "log:[", "healthcheck", "exec:sh -c 'a b'", "http:80/%", "exec:\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseProbe(text)
		if err != nil {
			if !cmp.Equal(p, Probe{}) {
				t.Errorf("%q is refused (%v) and still gives %v", text, err, p)
			}
			return
		}
		again, err := ParseProbe(p.String())
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Errorf("%q is written %q and read as something else: %v (-first +again):\n%s", text, p, err, diff)
		}
	})
}

func FuzzReadiness(f *testing.F) {
	for _, seed := range []string{`null`, `"tcp:1"`, `["healthcheck",{"tcp":5432}]`, `{"http":{"port":8080,"status":"200-299","headers":{"a":"b"}}}`, `{"exec":["a",1,true]}`, `[[]]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Readiness
		err := r.UnmarshalJSON(data)
		var field *FieldError
		if errors.As(err, &field) && len(field.Path) == 0 {
			t.Errorf("%q: %v names no part", data, err)
		}
		if err != nil && r != nil {
			t.Errorf("%q is refused (%v) and still gives %v", data, err, r)
		}
	})
}
