package boot

import (
	"bytes"
	"regexp"
	"slices"
)

// saying is a log line by which software is known to say where it is in its start. The literal must be part of every
// line the expression matches: it is looked for first, because it costs next to nothing.
type saying struct {
	who     string
	literal []byte
	pattern *regexp.Regexp
}

func (s saying) in(line []byte) bool {
	return bytes.Contains(line, s.literal) && s.pattern.Match(line) && !denial.Match(line)
}

// denial turns the most general of the lines below into its opposite.
var denial = regexp.MustCompile(`(?i)\b(not|no|nobody|nothing|never|cannot|failed|unable|error|is the)\b.*\blistening on\b`)

// started are the lines that say: I am ready. The texts are those of the programs' own sources and documentation.
var started = []saying{
	{"Spring Boot", []byte("Started "), regexp.MustCompile(`\bStarted \S+ in [0-9.,]+ seconds`)},
	{"Quarkus", []byte("started in "), regexp.MustCompile(`\bstarted in [0-9.,]+s\b`)},
	{"Micronaut", []byte("Startup completed in "), regexp.MustCompile(`Startup completed in \d+ms`)},
	{"Tomcat", []byte("Server startup in "), regexp.MustCompile(`Server startup in \[?[0-9.,]+\]? (ms|milliseconds)`)},
	{"Jetty", []byte("Started "), regexp.MustCompile(`\bStarted (oejs\.)?(Server@|@\d+ms)`)},
	{"WildFly", []byte("WFLYSRV0025"), regexp.MustCompile(`WFLYSRV0025`)},
	{"Open Liberty", []byte("CWWKF0011I"), regexp.MustCompile(`CWWKF0011I`)},
	{"Helidon", []byte("Started all channels in "), regexp.MustCompile(`Started all channels in \d+ milliseconds`)},
	{"Ktor", []byte("Responding at http"), regexp.MustCompile(`Responding at https?://`)},
	{"ASP.NET Core", []byte("Now listening on: "), regexp.MustCompile(`Now listening on: https?://`)},
	{"Uvicorn", []byte("Uvicorn running on http"), regexp.MustCompile(`Uvicorn running on https?://`)},
	{"Gunicorn", []byte("Listening at: "), regexp.MustCompile(`Listening at: (https?|unix):`)},
	{"Flask", []byte("Running on http"), regexp.MustCompile(`Running on https?://`)},
	{"Puma", []byte("Listening on "), regexp.MustCompile(`^(\[\d+\] )?\* Listening on `)},
	{"nginx", []byte("start worker process"), regexp.MustCompile(`\[notice\] .*start worker process`)},
	{"Apache httpd", []byte("resuming normal operations"), regexp.MustCompile(`configured -- resuming normal operations`)},
	{"PostgreSQL", []byte("ready to accept connections"), regexp.MustCompile(`database system is ready to accept connections`)},
	{"MySQL", []byte("ready for connections"), regexp.MustCompile(`(mysqld|mariadbd): ready for connections`)},
	{"Redis", []byte("Ready to accept connections"), regexp.MustCompile(`Ready to accept connections`)},
	{"RabbitMQ", []byte("Server startup complete"), regexp.MustCompile(`Server startup complete; \d+ plugins`)},
	{"MongoDB", []byte("Waiting for connections"), regexp.MustCompile(`Waiting for connections`)},
	{"Kafka", []byte(" started (kafka.server."), regexp.MustCompile(`started \(kafka\.server\.`)},
	{"a server", []byte("istening on "), regexp.MustCompile(`(?i)^[^"']{0,200}\b(server|service|app|application|api|http|https)\b[^"']{0,80}\blistening on\b`)},
}

// starting are the lines that promise one of the lines above: who prints them has not started yet.
var starting = []saying{
	{"Spring Boot", []byte("Starting "), regexp.MustCompile(`\bStarting \S+ (v\S+ )?(using Java|on \S+ with PID)`)},
	{"Tomcat", []byte("Starting Servlet engine"), regexp.MustCompile(`Starting Servlet engine: \[?Apache Tomcat`)},
}

// hints are texts one of which is part of every saying's literal. Most lines hold none, and are done with then.
var hints = [][]byte{
	[]byte("tart"), []byte("istening "), []byte("connections"), []byte("unning on http"), []byte("Responding at http"),
	[]byte("normal operations"), []byte("WFLYSRV0025"), []byte("CWWKF0011I"),
}

// saidBy returns who is known for a line among sayings.
func saidBy(sayings []saying, line []byte) (string, bool) {
	if !slices.ContainsFunc(hints, func(hint []byte) bool { return bytes.Contains(line, hint) }) {
		return "", false
	}
	for _, s := range sayings {
		if s.in(line) {
			return s.who, true
		}
	}
	return "", false
}
