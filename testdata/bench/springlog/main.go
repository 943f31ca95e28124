// Springlog writes the log of a healthy Spring Boot application, as long as it is told to, for measuring how fast logs
// are read:
//
//	springlog BYTES > FILE
//
// The lines are of the kinds such an application prints: its start, requests, SQL, scheduled work, warnings, and a stack
// trace at DEBUG now and then. The same length gives the same bytes.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "springlog:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: springlog BYTES > FILE")
	}
	size, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	a := application{
		out: w, random: rand.New(rand.NewPCG(1, 2)), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	a.start()
	for a.written < size {
		a.work()
	}
	return w.Flush()
}

// application prints what it does.
type application struct {
	out     *bufio.Writer
	random  *rand.Rand
	now     time.Time
	written int64
}

// say prints one line in Spring Boot's form.
func (a *application) say(level, thread, logger, message string) {
	a.now = a.now.Add(time.Duration(a.random.IntN(40)) * time.Millisecond)
	a.raw(fmt.Sprintf("%s %5s 1 --- [shop] [%15.15s] %-40.40s : %s", a.now.Format("2006-01-02T15:04:05.000Z07:00"), level, thread, logger, message))
}

func (a *application) raw(line string) {
	n, _ := a.out.WriteString(line + "\n") // Flush tells of errors
	a.written += int64(n)
}

func (a *application) start() {
	a.raw("Picked up JAVA_TOOL_OPTIONS: -XX:+ExitOnOutOfMemoryError -XX:MaxDirectMemorySize=10M -Xmx300M")
	a.say("INFO", "main", "com.acme.shop.ShopApplication", "Starting ShopApplication v1.4.2 using Java 17.0.21 with PID 1 (/workspace/BOOT-INF/classes started by cnb in /workspace)")
	a.say("INFO", "main", "o.s.b.w.embedded.tomcat.TomcatWebServer", "Tomcat initialized with port 8080 (http)")
	a.say("INFO", "main", "com.zaxxer.hikari.HikariDataSource", "HikariPool-1 - Start completed.")
	a.say("INFO", "main", "com.acme.shop.ShopApplication", "Started ShopApplication in 3.812 seconds (process running for 4.2)")
}

// work prints what one request or one scheduled run leaves.
func (a *application) work() {
	thread := fmt.Sprintf("nio-8080-exec-%d", a.random.IntN(200))
	id := a.random.IntN(1_000_000)
	switch n := a.random.IntN(100); {
	case n < 45:
		a.say("INFO", thread, "c.a.shop.web.RequestLog", fmt.Sprintf("GET /api/orders/%d status=200 took=%dms user=u%d", id, a.random.IntN(300), a.random.IntN(5000)))
	case n < 75:
		a.say("DEBUG", thread, "org.hibernate.SQL", "select o1_0.id,o1_0.customer_id,o1_0.created_at,o1_0.status,o1_0.total,o1_0.version from orders o1_0 where o1_0.customer_id=? and o1_0.status in (?,?,?) order by o1_0.created_at desc offset ? rows fetch first ? rows only")
	case n < 85:
		a.say("INFO", "scheduling-1", "c.a.shop.jobs.ExportJob", fmt.Sprintf("Exported %d orders to s3://acme-exports/%06d.csv, next run in 30 s", a.random.IntN(400), id))
	case n < 93:
		a.say("INFO", thread, "c.a.shop.orders.OrderService", fmt.Sprintf("Order %d accepted: items=%d total=%d.%02d EUR, payment=card, shipping=standard, warehouse=north", id, 1+a.random.IntN(9), a.random.IntN(900), a.random.IntN(100)))
	case n < 98:
		a.say("WARN", thread, "o.s.w.s.m.support.DefaultHandler", fmt.Sprintf("Resolved [org.springframework.web.HttpRequestMethodNotSupportedException: Request method 'POST' is not supported for %d]", id))
	default:
		a.trace(thread)
	}
}

// trace prints an exception that somebody wanted to see at DEBUG.
func (a *application) trace(thread string) {
	a.say("DEBUG", thread, "c.a.shop.web.ErrorLog", "Client went away")
	a.raw("org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe")
	for i := range 30 {
		a.raw(fmt.Sprintf("\tat org.springframework.web.servlet.FrameworkServlet.processRequest(FrameworkServlet.java:%d) ~[spring-webmvc-6.1.%d.jar:6.1.%d]", 900+i, i%9, i%9))
	}
	a.raw("Caused by: java.io.IOException: Broken pipe")
	a.raw("\tat java.base/sun.nio.ch.SocketDispatcher.write0(Native Method) ~[na:na]")
	a.raw("\t... 30 common frames omitted")
}
