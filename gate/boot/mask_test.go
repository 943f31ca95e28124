package boot

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/docker/docker/pkg/stdcopy"
	"pgregory.net/rapid"
)

func TestSecretsAreMaskedInEveryForm(t *testing.T) {
	for _, test := range []struct {
		name string
		env  []string
		text string
		want string
	}{
		{"a password", []string{"DB_PASSWORD=hunter2!"}, "login with hunter2! failed", "login with *** failed"},
		{"names in any case", []string{"apiToken=abcd1234"}, "<abcd1234>", "<***>"},
		{"base64", []string{"SECRET=hunter2!"}, "Basic " + base64.StdEncoding.EncodeToString([]byte("hunter2!")), "Basic ***"},
		{"base64 without padding", []string{"SECRET=hunter2"}, base64.RawURLEncoding.EncodeToString([]byte("hunter2")) + ".", "***."},
		{"in a URL", []string{"SECRET=a b/c?"}, "?p=" + url.QueryEscape("a b/c?") + "&/" + url.PathEscape("a b/c?"), "?p=***&/***"},
		{"the password of a URL", []string{"DATABASE_URL=postgres://app:s3cr3t@db/app"}, "cannot connect as app with s3cr3t", "cannot connect as app with ***"},
		{"each line of a key", []string{"PRIVATE_KEY=-----BEGIN\nMIIB\n-----END"}, "MIIB", "***"},
		{"the longer of two that overlap", []string{"A_TOKEN=abcdef", "B_TOKEN=abcdefgh"}, "abcdefgh abcdef", "*** ***"},
		{"an ordinary variable is shown", []string{"COLOUR=blueish"}, "blueish", "blueish"},
		{"a short value is shown", []string{"PASS=abc"}, "abc", "abc"},
		{"a word that means nothing is shown", []string{"AUTH=true", "TOKEN=none"}, "true none", "true none"},
		{"an empty value hides nothing", []string{"PASSWORD=", "TOKEN"}, "text", "text"},
		{"a property among options", []string{"JAVA_TOOL_OPTIONS=-Xmx64m -Dspring.datasource.password=hunter2"}, "login with hunter2 and -Xmx64m", "login with *** and -Xmx64m"},
		{"a property with a space", []string{`MY_JAVA_OPTS=-Ddb.pwd="my secret pass" -Dname=visible`}, "my secret pass visible", "*** visible"},
		{"a property with a space behind a backslash", []string{`JAVA_TOOL_OPTIONS=-Ddb.pwd=half\ another`}, "Unrecognized option: another", "Unrecognized option: ***"},
		{"a path to a secret is shown", []string{"JAVA_OPTS=-Dtls.key=/etc/tls/tls.key"}, "cannot read /etc/tls/tls.key", "cannot read /etc/tls/tls.key"},
		{"the options as a JVM repeats them", nil, "Picked up JAVA_OPTIONS: -Dpwd=ab -Da=b -Xmx1g", "Picked up JAVA_OPTIONS: -Dpwd=*** -Da=*** -Xmx1g"},
		{"a value that Spring refuses", nil, "Property: db.password\nValue: \"hunter2\"\nReason: 'hunter2' is no number", "Property: db.password\nValue: ***\nReason: '***' is no number"},
		{"no variables", nil, "text", "text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := newMasker(test.env, nil).text(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestNoPartOfASecretIsShownWhereALineIsCut prints a secret anywhere in a line of any length, in any pieces.
func TestNoPartOfASecretIsShownWhereALineIsCut(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		// Every byte of the secret is one that is nowhere else, so that any part of it can be told.
		secret := strings.Repeat("S", rapid.IntRange(minSecret, 3000).Draw(r, "length of the secret")-1) + "T"
		mask := newMasker([]string{"TOKEN=" + secret}, nil)
		at := rapid.OneOf(
			rapid.IntRange(0, 100), rapid.IntRange(maxLine-3100, maxLine+maxSecret+10), rapid.IntRange(window-3100, window+100), rapid.IntRange(2*window-overlap-3100, 2*window),
		).Draw(r, "position")
		before, after := strings.Repeat(".", at), strings.Repeat(".", rapid.IntRange(0, window).Draw(r, "rest"))
		text := before + secret + after + "needle\n"
		c := &collector{newKeep: always(func([]byte) bool { return true })}
		var seen []Line
		c.match(func(line rawLine) bool { seen = append(seen, mask.line(line.bounded())); return false })
		n := rapid.IntRange(1, 30_000).Draw(r, "size")
		var chunks []chunk
		for rest := text; rest != ""; rest = rest[min(n, len(rest)):] {
			chunks = append(chunks, chunk{stdcopy.Stdout, rest[:min(n, len(rest))]})
		}
		collected(t, c, multiplexed(chunks...), n)
		for _, line := range append(c.output(mask).All(), seen...) {
			if strings.ContainsAny(line.Text, "ST") {
				r.Fatalf("a part of the secret is shown in %d bytes", len(line.Text))
			}
		}
	})
}

func TestNoSecretGetsIntoAnObservation(t *testing.T) {
	value := "correct horse"
	img := Image{Env: []string{"API_TOKEN=hunter2"}, Healthcheck: checked.Healthcheck}
	spec := Spec{
		Env: Env{"DB_PASSWORD": &value}, Once: patternOf("once"), Forbid: []Pattern{patternOf("never")},
		Ready: signs("exec:/ok & healthcheck"), Within: lasting(10 * sec),
	}
	for _, test := range []struct {
		name string
		life fakeImage
	}{
		{"printed", fakeImage{
			life: func(p *process) int {
				for _, word := range []string{"once", "never", "else"} {
					p.say(word + " hunter2")
					p.warn(word + " correct horse, " + url.QueryEscape(value))
				}
				p.sleep(sec)
				p.becomes("unhealthy", 1, "hunter2")
				return p.wait()
			},
			exec: func(*process, []string) (int, string) { return 1, "correct horse" },
		}},
		{"left", fakeImage{life: exits(sec, 1), files: map[string]string{"/hs_err_pid1.log": "DB_PASSWORD=correct horse"}}},
		{"told by the engine that starts it", fakeImage{startError: errors.New("exec: hunter2")}},
		{"told by the engine that makes it", fakeImage{refused: errors.New("exec: correct horse")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := app(test.life, spec, img).run(t)
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(outcome)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"hunter2", "correct horse", "correct+horse"} {
				if strings.Contains(string(data), secret) {
					t.Errorf("%q is in %s", secret, data)
				}
			}
			if !strings.Contains(string(data), "***") {
				t.Errorf("nothing is masked in %s", data)
			}
		})
	}
}
