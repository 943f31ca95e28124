package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"bootgate/gate/policy"

	"github.com/google/go-cmp/cmp"
)

// inBoot puts lines into the boot section of an otherwise valid file; they start in line 5, column 7.
func inBoot(lines ...string) string {
	return "images:\n  - name: etl\n    image: ghcr.io/acme/etl\n    boot:\n      " + strings.Join(lines, "\n      ") + "\n"
}

// inSuppress makes a file with one suppression; it starts in line 4, column 6.
func inSuppress(entry string) string {
	return "images:\n  - {name: etl, image: etl}\nsuppress:\n  - {" + entry + "}\n"
}

// inCauses makes a file with one known cause that has the keys it must have and those given; these start in line 3,
// column 50.
func inCauses(keys string) string {
	return "diagnose:\n  causes:\n    - {id: pool, cause: why, remedy: this helps, " + keys + "}\n"
}

// inBad makes a file with one entry of what is known to be bad; the keys start in line 3, column 36.
func inBad(keys string) string {
	return "builder:\n  known-bad:\n    - {id: leaks, cause: it leaks, " + keys + "}\n"
}

func TestMistakesAreShownWhereTheyAre(t *testing.T) {
	const unseen = false // the schema cannot know
	for _, test := range []struct {
		name, text string
		// schema tells whether the schema sees the mistake too.
		schema bool
		want   []string
	}{
		{"an unknown key near a known one", inBoot("wihtin: 90s"), true, []string{`5:7 unknown key "wihtin" in boot | did you mean "within"?`}},
		{"an unknown key near none", "environments: {}\n", true, []string{`1:1 unknown key "environments" | known keys: images, builder, diagnose, suppress`}},
		{"an unknown key of an image", "images:\n  - {name: a, image: b, builder: {}}\n", true, []string{`2:25 unknown key "builder" in images | known keys: name, image, baseline, control, boot`}},
		{"an unknown probe", inBoot("ready: {lgo: x}"), true, []string{`5:15 unknown key "lgo" in ready | did you mean "log"?`}},
		{"an unknown key of a probe", inBoot("needs: [{name: db, image: x, ready: [{http: {prt: 1, port: 2}}]}]"), true, []string{`5:52 unknown key "prt" in ready.http | did you mean "port"?`}},
		{"a key of a later capability", inBoot("like: compose.yaml"), true, []string{`5:7 unknown key "like" in boot | known keys: as, ready, within, stays-up, at-least, stops-within, needs, replicas, once, restart, second-start, forbid, memory, cpus, pids, disk, user, read-only, tmpfs, env, env-file, entrypoint, command, network, slower-than, memory-over, errors-over, size-over, rounds`}},
		{"a key that is there twice", inBoot("within: 5s", "as: job", "within: 6s"), unseen, []string{`7:7 key "within" is there twice, first in line 5`}},
		{"a missing key", "images:\n  - image: x\n", true, []string{`2:5 missing key "name" in images`}},
		{"a suppression without a reason and an end", inSuppress("rule: boot-log"), true, []string{`4:6 missing key "reason" in suppress`, `4:6 missing key "until" in suppress`}},
		{"a key without a value", inBoot("within:"), true, []string{`5:7 within: there is no value`}},
		{"an entry without a value", inBoot("forbid: [a, ~]"), true, []string{`5:19 forbid: there is no value in this entry`}},
		{"a duration without a unit", inBoot("within: 5"), true, []string{`5:15 within: duration "5" has no unit: write 5s for seconds or 5m for minutes`}},
		{"a regular expression that does not compile", inBoot("forbid: ['ok', '([']"), unseen, []string{"5:22 forbid: pattern \"([\" does not compile: error parsing regexp: missing closing ]: `[`"}},
		{"a port out of range", inBoot("ready: {tcp: 99999}"), true, []string{`5:20 ready.tcp: "99999" is not a port: write a number from 1 to 65535`}},
		{"a port out of range in a line", inBoot("ready: [healthcheck, tcp:99999]"), unseen, []string{`5:28 ready: "99999" is not a port: write a number from 1 to 65535`}},
		{"a port of a need that is no number", inBoot("needs: [{name: db, image: x, ready: {tcp: postgres}}]"), true, []string{`5:49 ready.tcp: "postgres" is not a port: write a number from 1 to 65535`}},
		{"an amount of memory that is none", inBoot("memory: lots"), true, []string{`5:15 memory: "lots" is not an amount of bytes: write it as 512MiB, 2GiB or 64k`}},
		{"an unknown mode", inBoot("as: jbo"), true, []string{`5:11 as: "jbo" is not known here: write auto, service or job`}},
		{"an unknown network", inBoot("network: host"), true, []string{`5:16 network: "host" is not known here: write isolated or bridge`}},
		{"a job that cannot be done in time", inBoot("as: job", "within: 1m", "at-least: 2m"), unseen, []string{`7:17 at-least: 2m is longer than the 1m of within: no job could pass`}},
		{"a mistake in within does not make one in at-least", inBoot("within: 5", "at-least: 2m"), true, []string{`5:15 within: duration "5" has no unit: write 5s for seconds or 5m for minutes`}},
		{"text where a truth is asked for", inBoot("restart: yes"), true, []string{`5:16 restart: true or false is expected, not the text "yes"`}},
		{"a quoted number", inBoot(`replicas: "2"`), true, []string{`5:17 replicas: a number is expected, not the text "2"`}},
		{"a fraction where a count is asked for", inBoot("pids: 1.5"), true, []string{`5:13 pids: a whole number is expected, not 1.5`}},
		{"zero for the default", inBoot("replicas: 0"), true, []string{`5:17 replicas: 0 is not possible: leave it out for the default`}},
		{"a ratio without its x", inBoot("slower-than: 2"), true, []string{`5:20 slower-than: ratio "2" has no x: write it as 2x`}},
		{"a ratio below one", inBoot("size-over: 0.5x"), unseen, []string{`5:18 size-over: ratio "0.5x" is out of range: write 1x to 1000x`}},
		{"a number of errors below none", inBoot("errors-over: -1"), true, []string{`5:20 errors-over: -1 lines are out of range: write 0 to 1000000`}},
		{"more rounds than anybody waits for", inBoot("rounds: 500"), true, []string{`5:15 rounds: 500 rounds are out of range: write 1 to 50`}},
		{"infinity", inBoot("cpus: .inf"), unseen, []string{`5:13 cpus: a decimal number is expected, not .inf`}},
		{"a word where a list is asked for", inBoot("tmpfs: /tmp"), true, []string{`5:14 tmpfs: a list is expected, not the text "/tmp"`}},
		{"a list where a mapping is asked for", inBoot("env: [A=hunter2]"), true, []string{`5:12 env: a mapping of names and values is expected, not a list`}},
		{"a mapping where text is asked for", inBoot("env: {A: {b: c}}"), true, []string{`5:17 env.A: text is expected, not a mapping`}},
		{"a list for a file", "- a\n", unseen, []string{`1:1 a mapping of keys and values is expected, not a list`}},
		{"a word of a command that is none", inBoot("command: [a, {b: c}]"), true, []string{`5:21 command: a word of a command is text`}},
		{"two images with one name", "images:\n  - {name: a, image: b}\n  - {name: a, image: c}\n", unseen, []string{`3:12 name: two images have the name "a"`}},
		{"two needs with one name", inBoot("needs:", "- {name: a, image: b}", "- {name: a, image: b}"), unseen, []string{`7:16 needs.name: two needs have the name "a"`}},
		{"a control boot at no known time", "images:\n  - {name: a, image: b, control: sometimes}\n", true, []string{`2:34 control: "sometimes" is not known here: write always, on-failure or never`}},
		{"a baseline that is none", "images:\n  - {name: a, image: b, baseline: a b}\n", true, []string{`2:35 baseline: "a b" is not an image reference: write it as ghcr.io/acme/etl:1.4.2`}},
		{"a name that is none", "images:\n  - {name: a b, image: c}\n", true, []string{`2:12 name: "a b" is not a name | write up to 63 letters, digits, dots, dashes and underscores`}},
		{"an unknown rule near a known one", inSuppress("rule: boot-exti, reason: x, until: 2027-01-31"), true, []string{`4:12 rule: there is no rule "boot-exti" | did you mean "boot-exit"?`}},
		{"an unknown rule near none", inSuppress("rule: pin-floating, reason: x, until: 2027-01-31"), true, []string{`4:12 rule: there is no rule "pin-floating" | gate rules lists them`}},
		{"a rule that leaves the question open", inSuppress("rule: host-engine, reason: x, until: 2027-01-31"), true, []string{`4:12 rule: host-engine cannot be suppressed: a gate that learned nothing about an image does not let it pass`}},
		{"a rule about an image that is not there", inSuppress("rule: image-not-found, reason: x, until: 2027-01-31"), true, []string{`4:12 rule: image-not-found cannot be suppressed: a gate that learned nothing about an image does not let it pass`}},
		{"a suppression that has expired", inSuppress("rule: boot-log, reason: x, until: 2026-11-19"), unseen, []string{`4:40 until: the suppression of boot-log expired on 2026-11-19 | remove it, or give it a new day if its reason still holds`}},
		{"a day that does not exist", inSuppress("rule: boot-log, reason: x, until: 2027-02-30"), true, []string{`4:40 until: "2027-02-30" is not a day: write it as YYYY-MM-DD, such as 2027-01-31`}},
		{"a suppression without a word of reason", inSuppress("rule: boot-log, reason: ' ', until: 2027-01-31"), true, []string{`4:30 reason: a suppression needs a reason`}},
		{"a suppression for an image that is not listed", inSuppress("rule: boot-log, image: elt, reason: x, until: 2027-01-31"), unseen, []string{`4:29 image: no image has the name "elt" | did you mean "etl"?`}},
		{"a suppression of something known that nobody knows", inSuppress("rule: builder-known-bad, known: lifecycle-0.21.2-exprot, reason: x, until: 2027-01-31"), unseen, []string{`4:38 known: nothing is known as "lifecycle-0.21.2-exprot" | did you mean "lifecycle-0.21.2-export"?`}},
		{"a suppression of something that has another name", inSuppress("rule: boot-exit, known: nobody-knows, reason: x, until: 2027-01-31"), unseen, []string{`4:30 known: nothing is known as "nobody-knows" | leave known out to suppress all findings of the rule`}},
		{"an unknown key of a cause", inCauses("rules: boot-log"), true, []string{`3:50 unknown key "rules" in causes | did you mean "rule"?`}},
		{"a cause without words", "diagnose:\n  causes:\n    - {id: pool, rule: jvm-oom-heap}\n", true, []string{`3:8 causes: "pool" says nothing: give it a cause, a remedy or a link`}},
		{"a cause that asks for nothing", "diagnose:\n  causes:\n    - {id: pool, cause: why, remedy: this}\n", unseen, []string{`3:8 causes: "pool" asks for nothing, so that it would explain every death: give it a rule, frame, jre, vendor, buildpack, flag, env or text`}},
		{"a name of a cause that is none", "diagnose:\n  causes:\n    - {id: The Pool, text: x, cause: why, remedy: this}\n", true, []string{`3:12 id: "The Pool" is not an id: write up to 63 lower-case letters, digits and single dashes`}},
		{"two causes with one name", "diagnose:\n  causes:\n    - {id: a, text: x, cause: why, remedy: this}\n    - {id: a, text: y, cause: why, remedy: this}\n", unseen, []string{`4:12 id: two causes have the id "a"`}},
		{"a range of versions that is none", inCauses("jre: newest"), true, []string{`3:55 jre: range "newest" of Java versions: "newest" is no condition: write it as >= 17, < 17.0.9 or 8u302`}},
		{"a range of a buildpack that is none", inCauses("buildpack: {id: x, version: '8 and up'}"), unseen, []string{`3:78 version: "8 and up" is no range of versions: write it as >= 8.7.0, < 8.7.1`}},
		{"a buildpack without an id", inCauses("buildpack: {version: '8'}"), true, []string{`3:62 missing key "id" in buildpack`}},
		{"an expression of a cause that does not compile", inCauses("frame: '(['"), unseen, []string{"3:57 frame: pattern \"([\" does not compile: error parsing regexp: missing closing ]: `[`"}},
		{"an expression in a list that does not compile", inCauses("text: [fine, '(']"), unseen, []string{"3:56 text: pattern \"(\" does not compile: error parsing regexp: missing closing ): `(`"}},
		{"a cause for a rule that is not there", inCauses("rule: jvm-oom-heep"), true, []string{`3:56 rule: there is no rule "jvm-oom-heep" | did you mean "jvm-oom-heap"?`}},
		{"a cause for one rule among others that is not there", inCauses("rule: [jvm-oom-heap, pin-floating]"), true, []string{`3:71 rule: there is no rule "pin-floating" | gate rules lists them`}},
		{"a cause for a rule that is not about deaths", inCauses("rule: boot-stop"), true, []string{`3:56 rule: boot-stop is not about why a process died: no cause explains it`}},
		{"an option with its value", inCauses("flag: -XX:MaxMetaspaceSize=1g"), unseen, []string{`3:56 flag: "-XX:MaxMetaspaceSize=1g" is not an option without its value: write it as -XX:NativeMemoryTracking, -javaagent or -Xmx`}},
		{"a variable with its value", inCauses("env: 'A=b'"), unseen, []string{`3:55 env: "A=b" is not the name of a variable`}},
		{"a link that is no address", inCauses("text: x, link: wiki/pool"), true, []string{`3:65 link: "wiki/pool" is not an address: write it as https://…`}},
		{"an error for a rule that is not there", "diagnose:\n  errors: [jvm-oom-heap, jvm-oom-metspace]\n", true, []string{`2:26 errors: there is no rule "jvm-oom-metspace" | did you mean "jvm-oom-metaspace"?`}},
		{"an error for a rule that is not about processes", "diagnose:\n  errors: [image-not-found]\n", true, []string{`2:12 errors: image-not-found is not about what happens to a process`}},
		{"versions of the builder that are none", "builder:\n  versions: newest\n", true, []string{`2:13 versions: "newest" is no range of versions: write it as >= 8.7.0, < 8.7.1`}},
		{"versions of a buildpack that are none", "builder:\n  versions:\n    lifecycle: '>= 0.20'\n    acme/own: '1.0 and up'\n", unseen, []string{`4:15 versions.acme/own: "1.0 and up" is no range of versions: write it as >= 8.7.0, < 8.7.1`}},
		{"versions of a buildpack without any", "builder:\n  versions: {acme/own: }\n", true, []string{`2:14 versions.acme/own: there is no value`}},
		{"versions of a part that is called by a word of the gate's own", "builder:\n  versions: {java: '>= 17'}\n", unseen, []string{`2:20 java: "java" is not the id of a buildpack: write it as paketo-buildpacks/bellsoft-liberica`}},
		{"versions of what is no buildpack", "builder:\n  versions: {'acme own': '1'}\n", unseen, []string{`2:26 acme own: "acme own" is not the id of a buildpack: write it as paketo-buildpacks/bellsoft-liberica`}},
		{"versions without a value", "builder:\n  versions:\n", true, []string{`2:3 versions: there is no value`}},
		{"versions in a list", "builder:\n  versions: ['1']\n", true, []string{`2:13 versions: text is expected, not a list`}},
		{"an unknown key about builders", "builder:\n  version: '1'\n", true, []string{`2:3 unknown key "version" in builder | did you mean "versions"?`}},
		{"something bad without words", "builder:\n  known-bad:\n    - {id: leaks, lifecycle: 0.1.2}\n", true, []string{`3:8 known-bad: "leaks" says nothing: give it a cause, a remedy or a link`}},
		{"something bad that is about nothing", "builder:\n  known-bad:\n    - {id: leaks, cause: it leaks}\n", true, []string{`3:8 known-bad: "leaks" is about nothing: give it a buildpack, lifecycle, builder or jvm`}},
		{"a name of something bad that is none", "builder:\n  known-bad:\n    - {id: It Leaks, lifecycle: '1', cause: it leaks}\n", true, []string{`3:12 id: "It Leaks" is not an id: write up to 63 lower-case letters, digits, single dots and dashes`}},
		{"a name that the gate's own list has", "builder:\n  known-bad:\n    - {id: lifecycle-0.21.2-export, lifecycle: '1', cause: it leaks}\n", unseen, []string{`3:12 id: "lifecycle-0.21.2-export" is in the gate's own list: an entry of that is set aside under suppress, and not replaced`}},
		{"something bad of a weight that is none", "builder:\n  known-bad:\n    - {id: leaks, severity: note, lifecycle: '1', cause: it leaks}\n", true, []string{`3:29 severity: "note" is not known here: write error or warning`}},
		{"two bad things with one name", "builder:\n  known-bad:\n    - {id: a, lifecycle: '1', cause: x}\n    - {id: a, lifecycle: '2', cause: x}\n", unseen, []string{`4:12 id: two entries have the id "a"`}},
		{"a builder with a tag", inBad("builder: {name: 'acme/builder:1'}"), unseen, []string{`3:52 name: "acme/builder:1" is not a repository: write it as paketobuildpacks/builder-jammy-base, without a tag`}},
		{"a bad buildpack without an id", inBad("buildpack: {version: '8'}"), true, []string{`3:48 missing key "id" in buildpack`}},
		{"a bad buildpack whose id is none", inBad("buildpack: {id: '^acme/.*$'}"), unseen, []string{`3:52 id: "^acme/.*$" is not the id of a buildpack: write it as paketo-buildpacks/bellsoft-liberica`}},
		{"any Java", inBad("jvm: {}"), true, []string{`3:36 jvm: it needs a vendor or a version`}},
		{"a bad Java that is none", inBad("jvm: {version: newest}"), true, []string{`3:51 version: range "newest" of Java versions: "newest" is no condition: write it as >= 17, < 17.0.9 or 8u302`}},
		{"a link about something bad that is no address", inBad("lifecycle: 0.1.2, link: wiki"), true, []string{`3:60 link: "wiki" is not an address: write it as https://…`}},
		{"several mistakes, in their order", inBoot("wihtin: 5s", "memory: lots", "as: jbo"), true, []string{
			`5:7 unknown key "wihtin" in boot | did you mean "within"?`, `6:15 memory: "lots" is not an amount of bytes: write it as 512MiB, 2GiB or 64k`, `7:11 as: "jbo" is not known here: write auto, service or job`,
		}},
		{"a mistake that aliases repeat is told once", "images:\n  - {name: a, image: x, boot: &b {as: jbo}}\n  - {name: b, image: x, boot: *b}\n", true, []string{`2:39 as: "jbo" is not known here: write auto, service or job`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, problems(t, test.text)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if test.schema {
				checkSchema(t, test.text, false)
			}
		})
	}
}

func TestTextThatIsNoPolicyIsRefused(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("images: &a0 [x, x]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&bomb, "x%d: &a%d [*a%d, *a%[3]d, *a%[3]d]\n", i, i, i-1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"a tab", "images:\n\t- name: a\n", "2:1 a tab cannot indent YAML | indent with spaces"},
		{"a tab after spaces", "images:\n  - name: a\n  \timage: b\n", "3:3 a tab cannot indent YAML | indent with spaces"},
		{"an open bracket", "images: [\n", "1:9 sequence end token ']' not found"},
		{"a line that is not indented enough", "images:\n  - name: a\n   image: b\n", "3:4 value is not allowed in this context"},
		{"a second document", "images: []\n---\nsuppress: []\n", "2:1 a second document starts here: the file holds one | remove the --- and what follows, or merge the two"},
		{"an alias without an anchor", "images: *x\n", "1:9 alias *x has no anchor &x before it"},
		{"a value that contains itself", "images: &x\n  - *x\n", "2:5 alias *x has no anchor &x before it"},
		{"a tag with a meaning of its own", "images: !ruby/object []\n", "1:9 tag !ruby/object has no meaning here"},
		{"a key that is no text", "~: 1\n", "1:1 a key must be text"},
		{"a merge of a word", "<<: x\n", "1:5 << takes a mapping or a list of mappings"},
		{"text in another encoding", "\xff\xfei\x00m\x00", "1:1 the file is not UTF-8 text | save it as UTF-8"},
		{"ten megabytes", strings.Repeat("# comment\n", 1<<20), "0:0 the file is larger than 1048576 bytes"},
		{"too many parts", "images: [" + strings.Repeat("a,", 20_000) + "]\n", "0:0 the file has more than 20000 parts, far more than a policy needs"},
		{"nesting without end", "images: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n", "1:73 nested more than 64 levels deep"},
		{"aliases that multiply", bomb.String(), "aliases add up to more than 10000 values"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(problems(t, test.text), "\n"); !strings.Contains(got, test.want) {
				t.Errorf("problems are\n%s\nwithout\n%s", got, test.want)
			}
		})
	}
}

// problems parses text that must be refused, and returns each problem as "line:column message | hint".
func problems(t *testing.T, text string) []string {
	t.Helper()
	_, err := policy.Parse("gate.yaml", []byte(text), today)
	var policyError *policy.Error
	if !errors.As(err, &policyError) {
		t.Fatalf("error %v is no *policy.Error", err)
	}
	var got []string
	for _, p := range policyError.Problems {
		one := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Message)
		if p.Hint != "" {
			one += " | " + p.Hint
		}
		got = append(got, one)
	}
	return got
}

func TestAnErrorShowsTheLineWithACaret(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, test := range []struct{ name, text, want string }{
		{"the spot is underlined, the hint below it", inBoot("as: job", "wihtin: 90s", "memory: lots"), `
gate.yaml:6:7: unknown key "wihtin" in boot
    6 |       wihtin: 90s
      |       ^^^^^^
  did you mean "within"?
gate.yaml:7:15: memory: "lots" is not an amount of bytes: write it as 512MiB, 2GiB or 64k
    7 |       memory: lots
      |               ^^^^`},
		{"columns count characters", "images:\n  - {name: é, image: b, büild: c}\n", `
gate.yaml:2:12: name: "é" is not a name
    2 |   - {name: é, image: b, büild: c}
      |            ^
  write up to 63 letters, digits, dots, dashes and underscores
gate.yaml:2:25: unknown key "büild" in images
    2 |   - {name: é, image: b, büild: c}
      |                         ^^^^^
  known keys: name, image, baseline, control, boot`},
		{"values of variables are not shown", inBoot("env: {PASSWORD: hunter2, LIST: [hunter2]}"), `
gate.yaml:5:38: env.LIST: text is expected, not a list
    5 |       env: {PASSWORD: *******, LIST: [*******]}
      |                                      ^`},
		{"a long line is cut around the spot", "images: [{name: " + long + ", image: b}]\n", `
gate.yaml:1:17: name: "` + long + `" is not a name
    1 | images: [{name: ` + long[:104] + `
      |                 ` + strings.Repeat("^", 104) + `
  write up to 63 letters, digits, dots, dashes and underscores`},
		{"what would act on a terminal is replaced", "\"\\e[31m\u202e\": 1 # \x1b[32m\n", "\ngate.yaml:1:1: unknown key \"\\x1b[31m\\u202e\"\n    1 | \"\\e[31m\ufffd\": 1 # \ufffd[32m\n      | ^^^^^^^^^\n  known keys: images, builder, diagnose, suppress"},
		{"a tab before the spot keeps its place", "images:\n  - name:\ta b\n    image: c\n", "\ngate.yaml:2:11: name: \"a b\" is not a name\n    2 |   - name:\ta b\n      |          \t^^^\n  write up to 63 letters, digits, dots, dashes and underscores"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := policy.Parse("gate.yaml", []byte(test.text), today)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if diff := cmp.Diff(test.want, "\n"+err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManyProblemsAreCounted(t *testing.T) {
	text := ""
	for i := range 50 {
		text += fmt.Sprintf("key%d: 1\n", i)
	}
	got := problems(t, text)
	if len(got) != 21 || got[20] != "0:0 and 30 more problems" {
		t.Errorf("%d problems, the last %q", len(got), got[len(got)-1])
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "images: []\n", inBoot("as: job", "within: 90s", "env: {A: 1, B: }", "ready: {http: {port: 8080, status: 204}, exec: [a, 'b c']}"),
		inBoot("wihtin: 5", "needs: [{name: db, image: x, ready: {tcp: 99999}}]"), inSuppress("rule: boot-log, reason: x, until: 2027-01-31"),
		"builder: {versions: {lifecycle: '>= 0.20', acme/java: }}\n", "builder: {versions: 1.0 || x}\n", inBad("lifecycle: '1', jvm: {vendor: '(', version: 8u302}, link: x"),
		"a: &a [*a]\nb: *a\n", "<<: [{a: 1}, *x]\n", "? [a]\n: b\n", "images:\n\t- x\n", "--- !!map\n...\n---\n", "\ufeff%YAML 1.2\r\n---\r\n", "a: |+2\n  x\n", "a: \"\\x\"\n", "{{{[[[", "- - - -", "a: !!str &b ~\n", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := policy.Parse("gate.yaml", data, today)
		if err == nil {
			if p == nil {
				t.Error("neither a policy nor an error")
			}
			return
		}
		var policyError *policy.Error
		if !errors.As(err, &policyError) || len(policyError.Problems) == 0 {
			t.Fatalf("error %v says nothing", err)
		}
		for _, problem := range policyError.Problems {
			if problem.Message == "" || problem.Line < 0 || problem.Line > 0 && problem.Column < 1 {
				t.Errorf("a problem without a message or a place: %+v", problem)
			}
			if strings.ContainsAny(problem.Message+problem.Hint, "\n\r\x1b") {
				t.Errorf("a message is not one plain line: %q", problem.Message)
			}
		}
		_ = err.Error()
	})
}

func BenchmarkParse(b *testing.B) {
	text := "images:\n"
	for i := range 30 {
		text += fmt.Sprintf("  - name: app-%d\n    image: ghcr.io/acme/app-%d\n    boot: {as: job, within: 90s, at-least: 1s, env: {PROFILE: gate}, needs: [{name: db, image: \"postgres:16\", ready: {tcp: 5432}}]}\n", i, i)
	}
	for b.Loop() {
		if _, err := policy.Parse("gate.yaml", []byte(text), today); err != nil {
			b.Fatal(err)
		}
	}
}
