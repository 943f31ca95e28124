package boot

import (
	"bytes"
	"slices"

	"bootgate/gate/lazyregexp"
)

// saying is a log line by which software is known to say where it is in its start. The literal must be part of every
// line the expression matches: it is looked for first, because it costs next to nothing.
type saying struct {
	who     string
	literal []byte
	pattern *lazyregexp.Regexp
}

func (s saying) in(line []byte) bool {
	return bytes.Contains(line, s.literal) && s.pattern.Match(line) && !denial.Match(line)
}

// denial turns the most general of the lines below into its opposite.
var denial = lazyregexp.MustCompile(`(?i)\b(not|no|nobody|nothing|never|cannot|failed|unable|error|is the)\b.*\blistening on\b`)

// started are the lines that say: I am ready. The texts are those of the programs' own sources and documentation.
var started = []saying{
	{"Spring Boot", []byte("Started "), lazyregexp.MustCompile(`\bStarted \S+ in [0-9.,]+ seconds`)},
	{"Quarkus", []byte("started in "), lazyregexp.MustCompile(`\bstarted in [0-9.,]+s\b`)},
	{"Micronaut", []byte("Startup completed in "), lazyregexp.MustCompile(`Startup completed in \d+ms`)},
	{"Tomcat", []byte("Server startup in "), lazyregexp.MustCompile(`Server startup in \[?[0-9.,]+\]? (ms|milliseconds)`)},
	{"Jetty", []byte("Started "), lazyregexp.MustCompile(`\bStarted (oejs\.)?(Server@|@\d+ms)`)},
	{"WildFly", []byte("WFLYSRV0025"), lazyregexp.MustCompile(`WFLYSRV0025`)},
	{"Open Liberty", []byte("CWWKF0011I"), lazyregexp.MustCompile(`CWWKF0011I`)},
	{"Helidon", []byte("Started all channels in "), lazyregexp.MustCompile(`Started all channels in \d+ milliseconds`)},
	{"Ktor", []byte("Responding at http"), lazyregexp.MustCompile(`Responding at https?://`)},
	{"ASP.NET Core", []byte("Now listening on: "), lazyregexp.MustCompile(`Now listening on: https?://`)},
	{"Uvicorn", []byte("Uvicorn running on http"), lazyregexp.MustCompile(`Uvicorn running on https?://`)},
	{"Gunicorn", []byte("Listening at: "), lazyregexp.MustCompile(`Listening at: (https?|unix):`)},
	{"Flask", []byte("Running on http"), lazyregexp.MustCompile(`Running on https?://`)},
	{"Puma", []byte("Listening on "), lazyregexp.MustCompile(`^(\[\d+\] )?\* Listening on `)},
	{"nginx", []byte("start worker process"), lazyregexp.MustCompile(`\[notice\] .*start worker process`)},
	{"Apache httpd", []byte("resuming normal operations"), lazyregexp.MustCompile(`configured -- resuming normal operations`)},
	{"PostgreSQL", []byte("ready to accept connections"), lazyregexp.MustCompile(`database system is ready to accept connections`)},
	{"MySQL", []byte("ready for connections"), lazyregexp.MustCompile(`(mysqld|mariadbd): ready for connections`)},
	{"Redis", []byte("Ready to accept connections"), lazyregexp.MustCompile(`Ready to accept connections`)},
	{"RabbitMQ", []byte("Server startup complete"), lazyregexp.MustCompile(`Server startup complete; \d+ plugins`)},
	{"MongoDB", []byte("Waiting for connections"), lazyregexp.MustCompile(`Waiting for connections`)},
	{"Kafka", []byte(" started (kafka.server."), lazyregexp.MustCompile(`started \(kafka\.server\.`)},
	{"a server", []byte("istening on "), lazyregexp.MustCompile(`(?i)^[^"']{0,200}\b(server|service|app|application|api|http|https)\b[^"']{0,80}\blistening on\b`)},
}

// starting are the lines that promise one of the lines above: who prints them has not started yet.
var starting = []saying{
	{"Spring Boot", []byte("Starting "), lazyregexp.MustCompile(`\bStarting \S+ (v\S+ )?(using Java|on \S+ with PID)`)},
	{"Tomcat", []byte("Starting Servlet engine"), lazyregexp.MustCompile(`Starting Servlet engine: \[?Apache Tomcat`)},
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
