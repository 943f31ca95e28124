package loglevel

import (
	"bytes"
	"strings"
	"testing"
)

func TestLinesWithTheLevelErrorAreErrors(t *testing.T) {
	for _, line := range []string{
		`2026-01-02T03:04:05.678Z ERROR 1 --- [shop] [           main] o.s.boot.SpringApplication : Application run failed`,
		"2026-01-02 03:04:05.678 \x1b[31mERROR\x1b[0;39m 1 --- [main] o.s.boot.SpringApplication : failed",
		"\x1b[31mERROR\x1b[0m [main] failed",
		`03:04:05.678 [main] ERROR com.acme.Etl - no inventory`,
		`2026-01-02 03:04:05,678 ERROR [io.quarkus.runtime.Application] (main) Failed to start application`,
		` ERROR [main] (Etl.java:12) - no inventory`,
		`02-Jan-2026 03:04:05.678 SEVERE [main] org.apache.catalina.core.StandardService.startInternal Failed`,
		`SEVERE: Failed to initialize connector`,
		`2026-01-02 03:04:05,678 - shop.orders - ERROR - no stock`,
		`ERROR:root:no stock`,
		`ERROR:    [Errno 98] error while attempting to bind on address`,
		`CRITICAL:celery:no broker`,
		`[2026-01-02 03:04:05,678: ERROR/MainProcess] consumer: Cannot connect`,
		`[2026-01-02 03:04:05 +0000] [7] [ERROR] Exception in worker process`,
		`time=2026-01-02T03:04:05.678Z level=ERROR msg="no route to host" err=x`,
		`time="2026-01-02T03:04:05Z" level=fatal msg="said \"level=info\""`,
		`ts=2026-01-02T03:04:05Z caller=main.go:12 lvl=unheard severity=error`,
		"2026-01-02T03:04:05.678Z\tERROR\tshop/main.go:12\tno stock",
		`ERRO[0001] no stock   id=7`,
		`FATA[0001] no stock`,
		`3:04PM ERR no stock error="none" id=7`,
		`E0102 03:04:05.678901       1 controller.go:12] no leader`,
		`F0102 03:04:05.678901       1 controller.go:12] no leader`,
		`E, [2026-01-02T03:04:05.678901 #1] ERROR -- : no stock`,
		`fail: Microsoft.Hosting.Lifetime[0]`,
		`crit: Shop.Program[0]`,
		`error: no stock`,
		`[03:04:05 ERR] no stock`,
		`[03:04:05 FTL] no stock`,
		`2026-01-02 03:04:05.678 UTC [7] ERROR:  relation "person" does not exist at character 15`,
		`2026-01-02 03:04:05.678 UTC [7] shop@db FATAL:  password authentication failed`,
		`2026-01-02T03:04:05.678901Z 0 [ERROR] [MY-010119] [Server] Aborting`,
		`2026-01-02 03:04:05 0 [Error] Aborting`,
		`2026/01/02 03:04:05 [error] 7#7: *1 open() failed`,
		`2026/01/02 03:04:05 [emerg] 7#7: bind() to 0.0.0.0:80 failed`,
		`[Fri Jan 02 03:04:05.678901 2026] [core:error] [pid 7] no such file`,
		`[0.012s][error][cds] no archive`,
		`[0.012s][error  ][cds] no archive`,
		`Jan  2 03:04:05 host shop[1]: ERROR no stock`,
		`<3>no stock`,
		`<11>1 2026-01-02T03:04:05Z host shop 1 - - no stock`,
		`{"@timestamp":"2026-01-02T03:04:05Z","message":"said \"level\":\"INFO\"","logger_name":"a","level":"ERROR"}`,
		`{"@timestamp":"2026-01-02T03:04:05Z", "log.level":"ERROR", "message":"no stock"}`,
		`{"time":"2026-01-02T03:04:05Z","level":"error","msg":"no stock"}`,
		`{"level":50,"time":1767322800000,"pid":1,"msg":"no stock"}`,
		`{"name":"shop","nested":{"level":"info","list":[1,"]"]},"level":60}`,
		`{"severity":"CRITICAL","message":"no stock"}`,
		`{"t":{"$date":"2026-01-02T03:04:05Z"},"s":"E","c":"STORAGE","msg":"no space"}`,
		`{"@t":"2026-01-02T03:04:05Z","@mt":"no {What}","@l":"Fatal"}`,
	} {
		if !IsError([]byte(line)) {
			t.Errorf("no error: %s", line)
		}
	}
}

func TestOtherLinesAreNot(t *testing.T) {
	for _, line := range []string{
		"", "E", "[", "<3", "<999>x", "{", `{"level"`, `{"level":`, `{"level":"`, "level=", "\x1b[", "\x1b",
		`2026-01-02T03:04:05.678Z  INFO 1 --- [main] com.acme.Etl : ERROR rows: 0`,
		`2026-01-02T03:04:05.678Z  WARN 1 --- [main] com.acme.Etl : [error] is only quoted`,
		`java.lang.IllegalStateException: ERROR`,
		"\tat com.acme.Etl.run(Etl.java:12)",
		`    ERROR in a table that is indented`,
		`Caused by: java.sql.SQLException: ERROR: no such table`,
		`Error: Cannot find module 'express'`,
		`Finished with ERROR`,
		`2026-01-02 03:04:05 this is a sentence that comes to ERROR late`,
		`2026-01-02 03:04:05 com.acme.ERROR loaded`,
		`2026-01-02 03:04:05 /var/log/ERROR opened`,
		`2026-01-02 03:04:05 ERROR=0`,
		`2026-01-02 03:04:05 ERROR-LOG rotated`,
		`2026-01-02 03:04:05 TERROR`,
		`2026-01-02 03:04:05.678 UTC [7] STATEMENT:  SELECT 'ERROR'`,
		`2026-01-02 03:04:05.678 UTC [7] LOG:  no ERROR`,
		`2026-01-02 03:04:05 0 [Warning] [ERROR] is quoted`,
		`error handling is set up`,
		`info: error: nothing`,
		`errors=0 level=info`,
		`level=info msg="level=error"`,
		`msg="it says ERROR" level=warn`,
		`said "level=error"`,
		`I0102 03:04:05.678901       1 controller.go:12] ERROR`,
		`I, [2026-01-02T03:04:05.678901 #1]  INFO -- : ERROR`,
		`INFO:root:ERROR`,
		`<14>1 2026-01-02T03:04:05Z host shop 1 - - ERROR`,
		`{"level":"INFO","message":"ERROR"}`,
		`{"level":30,"msg":"ERROR"}`,
		`{"level":500,"msg":"x"}`,
		`{"message":"\"level\":\"error\"","other":{"level":"error"}}`,
		`{"message":"x"} "level":"error"`,
		`{"message":"` + strings.Repeat("x", maxStructured) + `","level":"error"}`,
		`[` + strings.Repeat("x", maxHeader) + `] ERROR`,
		strings.Repeat("[", 1000),
		`SEVERED cable`,
	} {
		if IsError([]byte(line)) {
			t.Errorf("an error: %s", line)
		}
	}
}

func TestReadingTakesNoMemory(t *testing.T) {
	lines := [][]byte{[]byte(spring), []byte(jsonLine), []byte(`level=info msg="x"`)}
	if n := testing.AllocsPerRun(100, func() {
		for _, line := range lines {
			IsError(line)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

const (
	spring   = `2026-01-02 03:04:05.678  INFO 1 --- [           main] o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port(s): 8080 (http) with context path ''`
	sql      = `2026-01-02 03:04:05.679 DEBUG 1 --- [nio-8080-exec-1] org.hibernate.SQL : select p.id, p.name from person p where p.id=? and p.version=?`
	frame    = "\tat org.springframework.beans.factory.support.ConstructorResolver.autowireConstructor(ConstructorResolver.java:245)"
	jsonLine = `{"@timestamp":"2026-01-02T03:04:05.678Z","@version":"1","message":"Tomcat started on port(s): 8080","logger_name":"o.s.b.w.e.t.TomcatWebServer","thread_name":"main","level":"INFO","level_value":20000}`
)

func BenchmarkIsError(b *testing.B) {
	for _, kind := range []struct{ name, line string }{
		{"Spring", spring}, {"SQL", sql}, {"a frame of a stack", frame}, {"JSON", jsonLine}, {"words", strings.Repeat("some words ", 20)},
		{"a time and no level", "2026-01-02 03:04:05.678 " + strings.Repeat(". ", 80)},
	} {
		b.Run(kind.name, func(b *testing.B) {
			line := []byte(kind.line)
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if IsError(line) {
					b.Fatal("it is an error")
				}
			}
		})
	}
}

func FuzzIsError(f *testing.F) {
	for _, line := range []string{spring, jsonLine, `<3>x`, `level="a\\" x="`, "\x1b[31mERROR\x1b[0m", `{"a":[{"level":"error"}],"s":"E"}`, `E, [2026`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		is := IsError(line)
		if !bytes.Equal(before, line) {
			t.Error("the line was changed")
		}
		if long := append(before, bytes.Repeat([]byte(" "), maxStructured)...); is && !IsError(long) {
			t.Error("what follows a line takes its level away")
		}
	})
}
