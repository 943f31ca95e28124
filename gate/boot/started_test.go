package boot

import (
	"bytes"
	"slices"
	"testing"
)

// ready are lines as the programs print them when they are ready, in the words of these tests.
var ready = []struct{ who, line string }{
	{"Spring Boot", "2026-03-01T10:00:00.123Z  INFO 1 --- [           main] org.acme.OrdersApplication : Started OrdersApplication in 3.214 seconds (process running for 3.9)"},
	{"Spring Boot", "Started Orders in 2,5 seconds (JVM running for 3,1)"},
	{"Quarkus", "INFO  [io.quarkus] (main) orders 1.0 on JVM (powered by Quarkus 3.8.1) started in 1.035s. Listening on: http://0.0.0.0:8080"},
	{"Micronaut", "INFO  io.micronaut.runtime.Micronaut - Startup completed in 812ms. Server Running: http://orders:8080"},
	{"Tomcat", "INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [1,234] milliseconds"},
	{"Tomcat", "INFO: Server startup in 1234 ms"},
	{"Jetty", "INFO  org.eclipse.jetty.server.Server - Started oejs.Server@1b2c3d{STARTING}[12.0.5,sto=0] @1043ms"},
	{"Jetty", "INFO:oejs.Server:main: Started @912ms"},
	{"WildFly", "INFO  [org.jboss.as] (Controller Boot Thread) WFLYSRV0025: WildFly Full 30.0.0 started in 4012ms"},
	{"Open Liberty", "[AUDIT   ] CWWKF0011I: The defaultServer server is ready to run a smarter planet."},
	{"Helidon", "INFO io.helidon.webserver.LoomServer : Started all channels in 34 milliseconds. 612 milliseconds since JVM startup. Java 21"},
	{"Ktor", "INFO  io.ktor.server.Application - Responding at http://0.0.0.0:8080"},
	{"ASP.NET Core", "      Now listening on: http://[::]:8080"},
	{"Uvicorn", "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)"},
	{"Gunicorn", "[2026-03-01 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)"},
	{"Gunicorn", "[INFO] Listening at: unix:/run/gunicorn.sock (1)"},
	{"Flask", " * Running on http://127.0.0.1:5000"},
	{"Puma", "* Listening on http://0.0.0.0:3000"},
	{"Puma", "[1] * Listening on tcp://0.0.0.0:3000"},
	{"nginx", "2026/03/01 10:00:00 [notice] 1#1: start worker process 29"},
	{"Apache httpd", "[mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.58 (Unix) configured -- resuming normal operations"},
	{"PostgreSQL", "2026-03-01 10:00:00.000 UTC [1] LOG:  database system is ready to accept connections"},
	{"MySQL", "[Server] /usr/sbin/mysqld: ready for connections. Version: '8.3.0'  socket: '/run/mysqld.sock'  port: 3306"},
	{"MySQL", "[Note] mariadbd: ready for connections."},
	{"Redis", "1:M 01 Mar 2026 10:00:00.000 * Ready to accept connections tcp"},
	{"RabbitMQ", "2026-03-01 10:00:00.000 [info] <0.600.0> Server startup complete; 4 plugins started."},
	{"MongoDB", `{"t":{"$date":"2026-03-01"},"s":"I","c":"NETWORK","id":23016,"msg":"Waiting for connections","attr":{"port":27017}}`},
	{"Kafka", "INFO [KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)"},
	{"a server", "Server listening on port 8080"},
	{"a server", "2026/03/01 10:00:00 orders api: listening on :8080"},
	{"a server", "App is listening on 3000"},
}

// unready are lines that look like the above and are not.
var unready = []string{
	"Application not started: the database is down",
	"Started downloading artifacts in the background",
	"Started migration V12 in schema orders",
	"Starting OrdersApplication using Java 17.0.9 with PID 1 (/app started by root in /app)",
	"worker restarted in a moment",
	"job started in background",
	"	at org.acme.Started.in(Started.java:30)",
	"Caused by: java.lang.IllegalStateException: Startup completed in error",
	"Server startup in progress",
	"WFLYSRV0026: WildFly Full 30.0.0 started (with errors) in 4012ms - Started 200 of 400 services",
	"CWWKF0012I: The server installed the following features: [servlet-6.0].",
	"Started all channels",
	"Not responding at http: connection refused",
	"Now listening on: nothing",
	"Uvicorn running on unix socket is disabled",
	"[INFO] Listening at: midnight",
	"Running on fumes, see http://acme.example/",
	"  Listening on the wrong side",
	"[warn] 1#1: start worker process failed",
	"resuming normal operations after maintenance",
	"the database system is starting up",
	"mysqld: not ready for connections",
	"Not yet Ready to accept clients",
	"Server startup complete with failures",
	"Waiting for connection to broker",
	"INFO Kafka startup was not started",
	`{"error":"no server listening on port 5432"}`,
	`dial tcp: nobody is listening on 10.0.0.1:80`,
	`ERROR "server" was not listening on port 80`,
	"the server is not listening on port 80",
	"no server listening on port 5432",
	"connection refused: is the server listening on that port?",
	"error: the app stopped listening on :8080",
	"STARTED",
	"",
}

func TestLinesThatSayItHasStarted(t *testing.T) {
	named := map[string]bool{}
	for _, test := range ready {
		t.Run(test.line, func(t *testing.T) {
			if who, ok := saidBy(started, []byte(test.line)); who != test.who {
				t.Errorf("said by %q (%v), want %q", who, ok, test.who)
			}
		})
		named[test.who] = true
	}
	for _, s := range started {
		if !named[s.who] {
			t.Errorf("no line of %s is tested", s.who)
		}
	}
}

func TestLinesThatDoNotSayIt(t *testing.T) {
	for _, line := range unready {
		t.Run(line, func(t *testing.T) {
			if who, ok := saidBy(started, []byte(line)); ok {
				t.Errorf("taken for a line of %s", who)
			}
		})
	}
}

func TestLinesThatPromiseAnother(t *testing.T) {
	for _, test := range []struct {
		line string
		want bool
	}{
		{"INFO 1 --- [main] org.acme.Orders : Starting Orders v1.2 using Java 17.0.9 with PID 1 (/app.jar started by root in /)", true},
		{"INFO Starting Orders using Java 21 with PID 1", true},
		{"INFO Starting Orders v1 on host-1 with PID 1", true},
		{"INFO [main] org.apache.catalina.core.StandardEngine.startInternal Starting Servlet engine: [Apache Tomcat/10.1.16]", true},
		{"Starting backup of Java sources", false},
		{"Starting Servlet engine of another make", false},
	} {
		t.Run(test.line, func(t *testing.T) {
			if _, ok := saidBy(starting, []byte(test.line)); ok != test.want {
				t.Errorf("it is %v, want %v", ok, test.want)
			}
		})
	}
}

func TestEverySayingHoldsAHint(t *testing.T) {
	for _, s := range slices.Concat(started, starting) {
		if !slices.ContainsFunc(hints, func(hint []byte) bool { return bytes.Contains(s.literal, hint) }) {
			t.Errorf("the literal %q of %s holds no hint, so that it is never looked for", s.literal, s.who)
		}
	}
}
