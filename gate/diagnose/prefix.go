package diagnose

import (
	"encoding/json"
	"strings"

	"bootgate/gate/lazyregexp"
)

// parted is a line taken apart: what a tool put in front of it or around it, and what the program printed.
type parted struct {
	text    string
	service string // the service, pod or process the tool names; may be empty
	stream  string // "stdout" or "stderr"; empty when the tool does not say
	partial bool   // the line goes on in the next one of the same stream
}

// form is a way in which tools keep lines.
type form struct {
	name string
	// part takes a line apart, or returns false when it does not have the form.
	part func(text string) (parted, bool)
	// share is how many of a hundred lines must have the form, so that it is taken for a tool's and not the program's.
	share int
}

// forms are tried one after the other until none fits any more: a log of GitHub Actions may hold one of docker compose,
// which holds one of journald. They are never changed.
var forms = []form{
	{"Docker json-file, Fluent Bit", partJSON, 60},
	{"Kubernetes CRI", partCRI, 60},
	{"gh run view --log", shaped(`^[^\t]{1,200}\t[^\t]{1,200}\t(?:\x{feff})?(?P<text>\d{4}-\d\d-\d\dT.*)$`), 60},
	{"kubectl logs --prefix", shaped(`^\[pod/(?P<service>[^\]\s]{1,300})\] ?(?P<text>.*)$`), 60},
	{"docker compose", shaped(`^(?P<service>[A-Za-z0-9][\w.@-]{0,100})\s*\|(?: (?P<text>.*)|$)`), 60},
	{"this gate", shaped(`^\s*(?P<service>\w[\w. -]{0,40}?)(?::\d+)?\s*[│┆](?: (?P<text>.*)|$)`), 60},
	{"BuildKit", shaped(`^#(?P<service>\d+) (?:\d+\.\d+ )?(?P<text>.*)$`), 80},
	{"syslog, journald", shaped(`^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z+\d-]{1,6}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)) [\w.-]+ (?P<service>[\w./@()-]{1,100}(?:\[\d+\])?):(?: (?P<text>.*)|$)`), 60},
	{"syslog, RFC 5424", shaped(`^<\d{1,3}>1 \S+ \S+ (?P<service>\S+) \S+ \S+ (?:-|\[[^\]]*\])(?: (?P<text>.*)|$)`), 60},
	{"aws logs get-log-events, filter-log-events, as text", shaped(`^EVENTS\t(?:\d{20,}\t\d{13}\t(?P<service>[^\t]{1,512})|\d{13})\t(?P<text>.*)\t\d{13}$`), 60},
	{"CloudWatch, exported", partCSV, 60},
	{"aws logs tail", shaped(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) (?P<service>[\w.-]+/[\w./-]*[0-9a-f]{12,}|[\w.-]+/i-[0-9a-f]{8})(?: (?P<text>.*)|$)`), 60},
}

// shaped is the part of a form that is a regular expression with the groups text and, where there is one, service.
func shaped(expression string) func(string) (parted, bool) {
	compiled := lazyregexp.MustCompile(expression)
	return func(line string) (parted, bool) {
		m := compiled.FindStringSubmatch(line)
		if m == nil {
			return parted{}, false
		}
		p := parted{text: m[compiled.SubexpIndex("text")]}
		if service := compiled.SubexpIndex("service"); service >= 0 {
			p.service = strings.TrimSpace(m[service])
		}
		return p, true
	}
}

// criForm is how the kubelet keeps lines: time, stream, F for a full line or P for a part, text (CRI logging format).
var criForm = lazyregexp.MustCompile(`^\d{4}-\d\d-\d\dT\S+ (stdout|stderr) ([FP])(?: (.*)|$)`)

func partCRI(line string) (parted, bool) {
	m := criForm.FindStringSubmatch(line)
	if m == nil {
		return parted{}, false
	}
	return parted{text: m[3], stream: m[1], partial: m[2] == "P"}, true
}

// csvForm is a message behind its time, in quotation marks where it has commas or marks itself.
var csvForm = lazyregexp.MustCompile(`^"?1[5-9]\d{11}"?,(?:"(.*)"|([^"].*)?)$`)

func partCSV(line string) (parted, bool) {
	m := csvForm.FindStringSubmatch(line)
	if m == nil {
		return parted{}, false
	}
	return parted{text: strings.ReplaceAll(m[1], `""`, `"`) + m[2]}, true
}

// partJSON reads a line of Docker's json-file driver, or of a log router.
func partJSON(line string) (parted, bool) {
	switch {
	case !strings.HasPrefix(line, "{"):
		return parted{}, false
	case strings.Contains(line, `"log":`):
		return partLog(line)
	case strings.Contains(line, `"message":`) || strings.Contains(line, `"textPayload":`):
		return partMessage(line)
	}
	return parted{}, false
}

// partMessage reads a line of a router that keeps lines as messages. Programs do so themselves, with a level or a logger:
// those lines are their own. What only a router knows tells the two apart.
func partMessage(line string) (parted, bool) {
	var entry struct {
		Message    *string         `json:"message"`
		Text       *string         `json:"textPayload"`
		Kubernetes json.RawMessage `json:"kubernetes"`
		Stream     string          `json:"logStreamName"`
		Ingested   json.RawMessage `json:"ingestionTime"`
		Level      json.RawMessage `json:"level"`
		Logger     json.RawMessage `json:"logger"`
		LoggerName json.RawMessage `json:"logger_name"`
	}
	if err := json.Unmarshal([]byte(line), &entry); err != nil {
		return parted{}, false
	}
	switch {
	case entry.Text != nil:
		return parted{text: strings.TrimRight(*entry.Text, "\r\n")}, true
	case entry.Message == nil || entry.Level != nil || entry.Logger != nil || entry.LoggerName != nil,
		entry.Kubernetes == nil && entry.Stream == "" && entry.Ingested == nil:
		return parted{}, false
	}
	return parted{text: strings.TrimRight(*entry.Message, "\r\n"), service: entry.Stream}, true
}

// partLog reads a line that is kept in the field log.
func partLog(line string) (parted, bool) {
	var entry struct {
		Log       *string `json:"log"`
		Stream    string  `json:"stream"`
		Source    string  `json:"source"`
		Time      string  `json:"time"`
		Container string  `json:"container_name"`
	}
	if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Log == nil {
		return parted{}, false
	}
	if entry.Stream == "" && entry.Source == "" && entry.Time == "" && entry.Container == "" {
		return parted{}, false
	}
	stream := entry.Stream
	if stream == "" {
		stream = entry.Source
	}
	if stream != "stdout" && stream != "stderr" {
		stream = ""
	}
	p := parted{text: strings.TrimRight(*entry.Log, "\r\n"), stream: stream, service: strings.TrimPrefix(entry.Container, "/")}
	p.partial = entry.Stream != "" && !strings.HasSuffix(*entry.Log, "\n")
	return p, true
}
