package diagnose

import (
	"strings"
	"time"

	"bootgate/gate/lazyregexp"
)

// stampForm are the times that tools put in front of lines, alone or in brackets: RFC 3339 with any number of decimals
// (docker logs -t, kubectl --timestamps, GitHub Actions), the same with a space in its middle, that of Go's log package,
// and the milliseconds since 1970 of CloudWatch.
var stampForm = lazyregexp.MustCompile(`^\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|1[5-9]\d{11})\]?(?:[ ,\t]|$)`)

// cutStamp parts a time from what follows it.
func cutStamp(text string) (stamp, rest string, ok bool) {
	if len(text) < 13 || text[0] != '[' && (text[0] < '0' || text[0] > '9') {
		return "", "", false
	}
	m := stampForm.FindStringSubmatchIndex(text)
	if m == nil {
		return "", "", false
	}
	return text[m[2]:m[3]], text[m[1]:], true
}

// ofFramework is how the rest of a line goes on when the time in front of it is a logging framework's own: with a level,
// or with Spring Boot's process and thread. Such a time is part of the line.
var ofFramework = lazyregexp.MustCompile(`^\s*[\[(|]?\s*(?:(?i:trace|debug|info|warn|warning|error|fatal|severe|notice|critical|finer?|config)\b|\d+ --- |[A-Z][a-z]+ thread\b)`)

// bare is how lines begin that no logging framework writes: the reports of the JVM and of launchers, and the traces of
// Throwable.printStackTrace. A time in front of one was put there by somebody else.
var bare = lazyregexp.MustCompile(`^(?:#(?:$|\s)|\s+at \S|\s*\.\.\. \d+ (?:more|common frames)|\s*(?:Caused by|Suppressed): |Exception in thread |Error: |Error occurred during initialization of |` +
	`(?:Terminating|Aborting) due to |java\.lang\.\w+Error|(?:OpenJDK|Java HotSpot|Eclipse OpenJ9) |Unrecognized |Improperly specified |Invalid |Conflicting |Could not |Picked up |NOTE: |` +
	`FATAL ERROR in native method|ERROR: |ERROR transport |JDWP exit |Unhandled exception$|Type=\w|JVM[A-Z]{3,4}\d{3}[EIW] |unable to |fixed memory regions |all memory regions |Killed$|` +
	`exec |standard_init_linux|(?:docker: )?Error response from daemon: |\S+: error while loading shared libraries|\S+: symbol lookup error|Error (?:loading|relocating) |\[ \[ Substrate)`)

// withoutStamps takes the times away that something other than the program put in front of its lines: where nearly all
// lines have one, and they are not a logging framework's own; else in front of lines that no framework writes. It reports
// whether there were any.
func withoutStamps(lines []Line) (changed bool) {
	stamped, own, full := 0, 0, 0
	for _, l := range lines {
		if l.Text == "" {
			continue
		}
		full++
		if _, rest, ok := cutStamp(l.Text); ok {
			stamped++
			if ofFramework.MatchString(rest) {
				own++
			}
		}
	}
	if stamped == 0 {
		return false
	}
	all := stamped*100 >= full*80 && own*2 < stamped
	for i, l := range lines {
		if _, rest, ok := cutStamp(l.Text); ok && (all || bare.MatchString(rest)) {
			lines[i].Text, changed = rest, true
		}
	}
	return changed
}

// moment is the time a line begins with, in a form that sorts; empty when it begins with none.
func moment(text string) string {
	if stamp, _, ok := cutStamp(text); ok {
		return stamp
	}
	if len(text) > len(time.Stamp) && text[len(time.Stamp)] == ' ' {
		if t, err := time.Parse(time.Stamp, text[:len(time.Stamp)]); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return ""
}

// turnedRound reports whether the newest line of a log comes first, as some viewers have it.
func turnedRound(lines []Line) bool {
	var first, last string
	down, up := 0, 0
	for _, l := range lines {
		now := moment(l.Text)
		switch {
		case now == "":
			continue
		case first == "":
			first = now
		case len(now) != len(last):
		case now < last:
			down++
		case now > last:
			up++
		}
		last = now
	}
	return down >= 5 && down > 10*up && strings.Compare(last, first) < 0
}

// turnRound puts the oldest line first. Lines without a time belong to the one with a time before them.
func turnRound(lines []Line) []Line {
	out := make([]Line, 0, len(lines))
	end := len(lines)
	for i := len(lines) - 1; i >= 0; i-- {
		if i > 0 && moment(lines[i].Text) == "" {
			continue
		}
		whole := end == len(lines) || lines[end].Follows
		out = append(out, lines[i:end]...)
		out[len(out)-(end-i)].Follows = whole
		end = i
	}
	return out
}
