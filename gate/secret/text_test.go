package secret

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	for name, c := range map[string]struct{ line, want string }{
		"a setting":                           {"using DB_PASSWORD=hunter2, as told", "using DB_PASSWORD=***, as told"},
		"a setting with spaces":               {"sasl.password = hunter2", "sasl.password = ***"},
		"a setting in quotation marks":        {`password="a b\" c" next`, `password="***" next`},
		"a setting whose quote stays open":    {`password="a b c`, `password="***`},
		"a value within other marks":          {"Unrecognized VM option 'password=hunter2'", "Unrecognized VM option 'password=***'"},
		"a value with a comma in it":          {"password=a,b;c x", "password=*** x"},
		"the query of a URL":                  {"jdbc:postgresql://h/d?user=u&password=geheim&ssl=true", "jdbc:postgresql://h/d?user=u&password=***&ssl=true"},
		"the properties of a URL":             {"jdbc:sqlserver://h;password=geheim;encrypt=true", "jdbc:sqlserver://h;password=***;encrypt=true"},
		"the password of a URL":               {"postgres://app:ge@heim@db:5432/app", "postgres://app:***@db:5432/app"},
		"a member of an object":               {`{"user":"u","api_key": "gehe\"im","token":7}`, `{"user":"u","api_key": "***","token":***}`},
		"a comparison":                        {"if token == null or token != x", "if token == null or token != x"},
		"a value that gives nothing away":     {"auth=true password=", "auth=true password="},
		"a frame of a stack":                  {"\tat com.acme.TokenFilter.filter(TokenFilter.java:42)", "\tat com.acme.TokenFilter.filter(TokenFilter.java:42)"},
		"an exception":                        {"java.lang.IllegalArgumentException: invalid token: unexpected end", "java.lang.IllegalArgumentException: invalid token: unexpected end"},
		"a URL with a port":                   {"http://db:5432/app", "http://db:5432/app"},
		"options from the environment":        {"NOTE: Picked up JDK_JAVA_OPTIONS: -Dspring.datasource.password=hunter2 -XX:+UseFooGC", "NOTE: Picked up JDK_JAVA_OPTIONS: -Dspring.datasource.password=*** -XX:+UseFooGC"},
		"a property of any name":              {"jvm_args: -Dname=value -Djava.io.tmpdir=/t -Djdk.x=1 -Dsun.y=2 -Dfile.encoding=UTF-8 -Duser.timezone=UTC", "jvm_args: -Dname=*** -Djava.io.tmpdir=/t -Djdk.x=1 -Dsun.y=2 -Dfile.encoding=UTF-8 -Duser.timezone=UTC"},
		"a property of Java that is a secret": {"jvm_args: -Djdk.x.password=y -Djavax.net.ssl.keyStorePassword=z", "jvm_args: -Djdk.x.password=*** -Djavax.net.ssl.keyStorePassword=***"},
		"arguments of agents":                 {"jvm_args: -javaagent:/a.jar=key=x -agentlib:b=c -agentpath:/d=e -Xrunf:g -Xmx1g", "jvm_args: -javaagent:/a.jar=*** -agentlib:b=*** -agentpath:/d=*** -Xrunf:*** -Xmx1g"},
		"agents without arguments":            {"jvm_args: -javaagent:/a.jar -agentlib:b -Xrunf", "jvm_args: -javaagent:/a.jar -agentlib:b -Xrunf"},
		"values with white space":             {`JAVA_TOOL_OPTIONS=-Dpassword="my secret pass" -Dpwd=abc\ def "-Dtoken=a b" -Xss1m`, `JAVA_TOOL_OPTIONS=-Dpassword=*** -Dpwd=*** -Dtoken=*** -Xss1m`},
		"options in several lines":            {"JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8\n-Djdk.x=1\n-Dname=x\n-Xss1m", "JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8\n-Djdk.x=1\n-Dname=***\n-Xss1m"},
		"a value that was printed bare":       {"jvm_args: -Dpwd=abc def -Xss1m", "jvm_args: -Dpwd=*** *** -Xss1m"},
		"a command line":                      {"Command Line: -Xmx1g -Dcookie=x --pw y -Dpg=postgres://u:z@h/d com.acme.Main run --db.password=w --token v -p u -u me", "Command Line: -Xmx1g -Dcookie=*** --pw *** -Dpg=*** com.acme.Main run --db.password=*** --token *** -p *** -u me"},
		"arguments of a program":              {"java_command: /app/shop.jar --spring.datasource.password=x serve postgres://u:z@h/d --api-key y", "java_command: /app/shop.jar --spring.datasource.password=*** *** *** --api-key ***"},
		"plain arguments of a program":        {"java_command: Main serve postgres://u:z@h/d", "java_command: Main serve postgres://u:***@h/d"},
		"a port":                              {"java_command: Main -p 8080 -p x", "java_command: Main -p 8080 -p ***"},
		"what a shell runs":                   {"+ exec /opt/bin/java -Dname=x -jar /app/shop.jar --token y", "+ exec /opt/bin/java -Dname=*** -jar /app/shop.jar --token ***"},
		"options in an object":                {`{"message":"Picked up JAVA_TOOL_OPTIONS: -Dname=x"}`, `{"message":"Picked up JAVA_TOOL_OPTIONS: -Dname=***`},
		"a command line in a javacore":        {"1CICMDLINE     /opt/java/bin/java -Ddb.pwd=x -jar app.jar --token y", "1CICMDLINE     /opt/java/bin/java -Ddb.pwd=*** -jar app.jar --token ***"},
		"a command line that Tomcat logs":     {"VersionLoggerListener.log Command line argument: -Dkey=x", "VersionLoggerListener.log Command line argument: -Dkey=***"},
		"a user of a URL":                     {`["https://t1@a/x","HTTPS://t2:@b/","https:\/\/t3@c"] http://a/@d ssh://git@e postgres://u@f`, `["https://***@a/x","HTTPS://***@b/","https:\/\/***@c"] http://a/@d ssh://git@e postgres://u@f`},
		"a user and a password of a URL":      {"proxy=http://me:pa#ss@h https://me:x@i", "proxy=http://***@h https://***@i"},
		"credentials of a bearer":             {"HEADERS=Authorization: Bearer opaque, -H 'authorization: token 1'; x Bearer abc4567890", "HEADERS=Authorization: Bearer ***, -H 'authorization: token ***'; x Bearer ***"},
		"credentials by themselves":           {"Bearer opaque", "Bearer ***"},
		"credentials in base64":               {"Basic bWU6Z2VoZWlt is refused", "Basic *** is refused"},
		"credentials in an object":            {`{"Authorization":"Bearer x/y"}`, `{"Authorization":"Bearer ***"}`},
		"a header of a program's own":         {"X-Api-Key: geheim, X-Request-Id: 7", "X-Api-Key: ***, X-Request-Id: 7"},
		"words about credentials":             {"Bearer authentication failed: basic auth:none, Basic YWJj, Authorization: denied", "Bearer authentication failed: basic auth:none, Basic YWJj, Authorization: denied"},
		"tokens of well-known shapes":         {"GH=ghp_0123456789abcdefGHIJ, AKIAIOSFODNN7EXAMPLE. eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln1-_.", "GH=***, ***. ***."},
		"what only begins like one":           {"npm_config_cache_of_the_year_2024_at_home eyJust AKIA ghp_ xapp-name-of-app SG.1", "npm_config_cache_of_the_year_2024_at_home eyJust AKIA ghp_ xapp-name-of-app SG.1"},
		"options that are no secrets":         {"Picked up JAVA_TOOL_OPTIONS: -Xmx64m -XX:MaxMetaspaceSize=8m --add-opens=java.base/java.lang=ALL-UNNAMED -Xlog:gc*", "Picked up JAVA_TOOL_OPTIONS: -Xmx64m -XX:MaxMetaspaceSize=8m --add-opens=java.base/java.lang=ALL-UNNAMED -Xlog:gc*"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Text(c.line)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if again := Text(got); again != got {
				t.Errorf("masked again it is %q", again)
			}
		})
	}
}

func TestASecretIsShownNowhere(t *testing.T) {
	frames := []string{
		"DB_PASSWORD=%", "password='%'", `{"token":"%"}`, "postgres://u:%@h/d", "jdbc:x://h/d?password=%&a=b",
		"Picked up JAVA_TOOL_OPTIONS: -Xmx1g -Dpass=% -Xss1m", "jvm_args: -Dname=%", "jvm_args: -javaagent:/a.jar=%",
		"JAVA_OPTS=-Dauth=%", "Command Line: -Dcookie=% Main", "Command Line: --pw % Main", "java_command: Main --token %", "java_command: Main -p %",
		"https://%@h/", "a https://h, https://%:@h", "Authorization: Bearer %", `{"authorization":"Basic %"}`,
	}
	rapid.Check(t, func(t *rapid.T) {
		value := "S" + rapid.StringMatching(`[a-z0-9!$*+_:,;.()\[\]{}-]{0,12}`).Draw(t, "value") + "T"
		line := strings.Replace(rapid.SampledFrom(frames).Draw(t, "frame"), "%", value, 1)
		if got := Text(line); strings.Contains(got, value) {
			t.Fatalf("%q shows it: %q", line, got)
		}
	})
}

func TestTextIsReadToItsEndWhateverItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`([a-dD=:"'\\ /@&?-]|password|jvm_args: |Picked up A: |Command Line: |://){0,30}`).Draw(t, "line")
		once := Text(line)
		if !strings.ContainsAny(line, "=:") && once != line {
			t.Fatalf("%q became %q", line, once)
		}
		_ = Block(line)
	})
}

func TestAValueThatCannotBeBound(t *testing.T) {
	report := func(property, value, reason string) string {
		return "Description:\n\n    Property: " + property + "\n    Value: " + value + "\n    Origin: x\n    Reason: " + reason + "\n\nAction:\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"of a secret":               {report("db.password", `"hunter2"`, "'hunter2' is no number"), report("db.password", "***", "'***' is no number")},
		"of a secret with lines":    {report("db.password", "\"one\ntwo three\"", "none"), report("db.password", "***\n***", "none")},
		"of a secret that is short": {report("db.password", `"ab"`, "'ab' is no cab"), report("db.password", "***", "'***' is no cab")},
		"of anything else":          {report("pier.timeout", `"soon"`, "'soon' is no duration"), report("pier.timeout", `"soon"`, "'soon' is no duration")},
		"where nothing is bound":    {"Value: soon\r\nProperty: db.password\r\n", "Value: soon\r\nProperty: db.password\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Block(c.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
