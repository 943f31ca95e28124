package secret

import (
	"slices"
	"strings"

	"bootgate/gate/lazyregexp"
)

// Lines masks the lines of one output, one after the other. It knows what Text knows, and what only several lines
// together tell: the report of Spring Boot on a property that it cannot bind names the property in one line and shows its
// value in the next ones. The zero value is ready to use.
type Lines struct {
	streams map[string]*binding
	values  []string
}

// binding is how far such a report has come.
type binding struct {
	secret bool // the property sounds secret
	left   int  // how many lines the value may still have
}

// maxValueLines is how many lines of a value are masked at the most.
const maxValueLines = 40

var (
	bindingProperty = lazyregexp.MustCompile(`(?:^|\s)Property: (\S+)$`)
	bindingValue    = lazyregexp.MustCompile(`^((?:.*\s)?Value: )(.*)$`)
	bindingEnd      = lazyregexp.MustCompile(`^\s*(?:(?:Origin|Reason|Property): |Action:|$)`)
)

// Text masks the next line of a stream.
func (l *Lines) Text(stream, line string) string {
	at := l.streams[stream]
	trimmed := strings.TrimRight(line, " \t\r\n")
	if m := bindingProperty.FindStringSubmatch(trimmed); m != nil {
		if l.streams == nil {
			l.streams = map[string]*binding{}
		}
		l.streams[stream] = &binding{secret: Sounds(m[1])}
		return l.again(Text(line))
	}
	if at == nil || !at.secret {
		return l.again(Text(line))
	}
	if m := bindingValue.FindStringSubmatch(trimmed); m != nil && at.left == 0 {
		at.left = maxValueLines
		l.keep(m[2])
		return m[1] + Mask
	}
	if at.left > 0 && !bindingEnd.MatchString(trimmed) {
		at.left--
		l.keep(trimmed)
		return Mask
	}
	if at.left > 0 {
		delete(l.streams, stream)
	}
	return l.again(Text(line))
}

// Block masks a text of several lines.
func Block(text string) string {
	var lines Lines
	var b strings.Builder
	for line := range strings.Lines(text) {
		rest := strings.TrimRight(line, "\r\n")
		b.WriteString(lines.Text("", rest) + line[len(rest):])
	}
	return b.String()
}

// keep remembers a value: the reason why it is not accepted may repeat it.
func (l *Lines) keep(value string) {
	value = strings.TrimSpace(value)
	if inner := strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`); inner != "" && inner != Mask {
		l.values = append(l.values, inner)
		slices.SortFunc(l.values, func(a, b string) int { return len(b) - len(a) })
	}
}

// minValue is the shortest value that is masked wherever it stands, in bytes; shorter ones are only within quotation
// marks and brackets.
const minValue = 4

// again masks the values that were shown before.
func (l *Lines) again(line string) string {
	for _, value := range l.values {
		if len(value) >= minValue {
			line = strings.ReplaceAll(line, value, Mask)
			continue
		}
		for _, marks := range []string{`''`, `""`, `[]`} {
			line = strings.ReplaceAll(line, marks[:1]+value+marks[1:], marks[:1]+Mask+marks[1:])
		}
	}
	return line
}
