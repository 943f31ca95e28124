package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

const badOption = "jvm-bad-option"

var badOptionMarkers = []marker{
	{text: "Could not create the Java Virtual Machine."},
	{text: "Unrecognized VM option '"},
	{text: "Unrecognized option: "},
	{text: "Improperly specified VM option '"},
	{text: "setting in VM option '"},
	{text: "setting for VM option '"},
	{text: " and must be enabled via -XX:"},
	{text: "is outside the allowed range ["},
	{text: "Invalid -Xlog option '"},
	{text: "JVMJ9VM007E Command-line option unrecognised: "},
	{text: "Picked up JAVA_TOOL_OPTIONS: "},
	{text: "Picked up _JAVA_OPTIONS: "},
	{text: "NOTE: Picked up JDK_JAVA_OPTIONS: "},
	{text: " environment variable JDK_JAVA_OPTIONS"},
	{text: "Error: could not open `"},
}

// notCreated is the launcher's last word but one when the JVM refused its options (java.c, JVM_ERROR1).
const notCreated = "Error: Could not create the Java Virtual Machine."

// Bounds on where a refusal stands: how far above the launcher's words the JVM's are, and how many lines a wrapper may
// add below them. Where more follows, something went on after that JVM.
const (
	complaintLines  = 8
	afterRefusal    = 12
	afterLauncherly = 3
)

// judgeBadOption looks for an option the JVM does not know or cannot use.
func judgeBadOption(s scene) (finding.Finding, bool) {
	if !s.failed() {
		return finding.Finding{}, false
	}
	for i := len(s.output) - 1; i >= 0 && s.after(i) <= afterRefusal; i-- {
		text := s.output[i].Text
		if saysNotCreated(text) {
			if s.ranAfter(i) {
				break
			}
			return s.refusedOption(i)
		}
		if s.after(i) > afterLauncherly {
			continue
		}
		if c, ok := readComplaint(launcherComplaints, text); ok && !s.ranAfter(i) {
			return c.report(s, s.output[i].evidence()), true
		}
	}
	if first, ok := s.usage(); ok && first > 0 {
		if c, ok := readComplaint(launcherComplaints, s.output[first-1].Text); ok {
			return c.report(s, s.output[first-1].evidence(), s.output[first].evidence()), true
		}
	}
	return finding.Finding{}, false
}

// guess is what the JVM takes an option it does not know for (arguments.cpp).
var guess = lazyregexp.MustCompile(`^Did you mean '([^']+)'\?`)

// guessed makes a remedy of the JVM's guess; empty when it has none.
func guessed(lines []Line) string {
	for _, l := range lines {
		if m := guess.FindStringSubmatch(l.Text); m != nil {
			return fmt.Sprintf("Write -XX:%s, if that is what is meant: so the JVM guesses.", brief(m[1]))
		}
	}
	return ""
}

// saysNotCreated reports whether a line is the launcher's. The JVM's complaint, or its guess at what was meant, may stand
// in front of it without a line break, and so may a time stamp; anything else in front means that the words are quoted.
func saysNotCreated(text string) bool {
	own, found := strings.CutSuffix(text, notCreated)
	if !found || own == "" || stamped.MatchString(own) || strings.HasPrefix(own, "Did you mean '") {
		return found
	}
	_, ok := readComplaint(jvmComplaints, strings.TrimSpace(own))
	return ok
}

// stamped is a time stamp and nothing else.
var stamped = lazyregexp.MustCompile(`^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*\s+$`)

// refusedOption explains a JVM that was not created: with the complaint that says most, or the line right above.
func (s scene) refusedOption(i int) (finding.Finding, bool) {
	above := s.above(i, complaintLines)
	if own, found := strings.CutSuffix(s.output[i].Text, notCreated); found && own != "" {
		above = append(above, Line{Number: s.output[i].Number, Stream: s.output[i].Stream, Text: strings.TrimSpace(own)})
	}
	if slices.ContainsFunc(above, saysInitFailed) {
		return finding.Finding{}, false // the setup's judge knows more; old launchers say this of every failure
	}
	told := slices.Concat(above, s.beside(i), s.below(i, 3)) // a few of them go to stdout, and may come later
	for _, c := range jvmComplaints {
		for _, l := range told {
			m := c.shape.FindStringSubmatch(l.Text)
			if m == nil {
				continue
			}
			evidence := []finding.Evidence{l.evidence()}
			if l.Number != s.output[i].Number {
				evidence = append(evidence, s.output[i].evidence())
			}
			read := c.read(m)
			if remedy := guessed(told); remedy != "" {
				read.remedy = remedy
			}
			return read.report(s, evidence...), true
		}
	}
	if len(above) == 0 || pickedUp.MatchString(above[len(above)-1].Text) || slices.ContainsFunc(told, saysInitFailed) {
		return finding.Finding{}, false
	}
	last := above[len(above)-1]
	return report(badOption, fmt.Sprintf("The JVM refused its options: %s.", strings.TrimSuffix(brief(last.Text), ".")),
		"", "Correct or remove the option the JVM complains of.", last.evidence(), s.output[i].evidence()), true
}

// above returns up to n lines of the i-th line's stream that stand right above it.
func (s scene) above(i, n int) []Line {
	var lines []Line
	for j := i - 1; j >= 0 && len(lines) < n; j-- {
		if s.output[j].Stream == s.output[i].Stream {
			lines = append([]Line{s.output[j]}, lines...)
		}
	}
	return lines
}

// complaint is what a JVM, or its launcher, has against an option.
type complaint struct {
	// option is the option as the JVM names it: for -XX: options often without that and without the sign.
	option string
	// what is the sentence; %s stands for the option and where it was set.
	what string
	// cause and remedy are empty where the table of options has to know.
	cause, remedy string
	// variable is the environment variable, where the complaint itself names it.
	variable string
}

// complaintShape reads one kind of complaint.
type complaintShape struct {
	shape *lazyregexp.Regexp
	read  func(m []string) complaint
}

func readComplaint(shapes []complaintShape, text string) (complaint, bool) {
	for _, c := range shapes {
		if m := c.shape.FindStringSubmatch(text); m != nil {
			return c.read(m), true
		}
	}
	return complaint{}, false
}

// report makes a finding of the complaint.
func (c complaint) report(s scene, evidence ...finding.Evidence) finding.Finding {
	place := s.optionPlace(c.option, c.variable)
	shown := place.shown
	known, isKnown := knownOption(shown)
	if place.line != nil {
		evidence = append([]finding.Evidence{place.line.evidence()}, evidence...)
	}
	cause, remedy := c.cause, c.remedy
	refused := strings.Contains(c.what, "does not know")
	if isKnown && (refused || remedy == "") {
		cause, remedy = cmp.Or(cause, known.cause(shown)), cmp.Or(known.instead, remedy)
	}
	if cause == "" && refused {
		cause = "It is misspelt, or it belongs to another Java release or to another vendor's JVM than the image has."
	}
	if remedy == "" {
		remedy = fmt.Sprintf("Remove %s, or correct it.", shown)
	}
	message := c.what
	if strings.Contains(message, "%s") {
		message = fmt.Sprintf(message, "the option "+brief(shown)+place.words)
	}
	return report(badOption, message, cause, strings.TrimSpace(remedy+" "+place.advice()), evidence...)
}

// maxBrief is how much of a text of the image's own goes into a sentence, in bytes.
const maxBrief = 300

// brief shortens a text of the image's own for a sentence, and makes it one line.
func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxBrief {
		return text
	}
	text = strings.ToValidUTF8(text[:maxBrief], "")
	if i := strings.LastIndexByte(text, ' '); i > maxBrief*3/4 {
		text = text[:i]
	}
	return text + " …"
}
