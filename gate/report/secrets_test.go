package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bootgate/gate"
)

// crashCalled is an error file of a JVM that was called in some way.
const crashCalled = `#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f3fac0d430c, pid=1, tid=6
#
# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6)
# Java VM: OpenJDK 64-Bit Server VM (17.0.15+6, mixed mode, g1 gc, linux-amd64)
# Problematic frame:
# V  [libjvm.so+0xed430c]  Unsafe_GetLong+0x12c
#

---------------  S U M M A R Y ------------

Command Line: -Xmx64m %[1]s com.example.Main

jvm_args: %[1]s
java_command: com.example.Main %[2]s

Environment Variables:
JAVA_TOOL_OPTIONS=-Xss1m %[1]s
`

// bindingFailed is how Spring Boot reports a setting that it refuses.
const bindingFailed = `***************************
APPLICATION FAILED TO START
***************************

Description:

Failed to bind properties under 'dock.password' to char:

    Property: dock.password
    Value: "%[1]s"
    Reason: failed to convert java.lang.String to char (caused by java.lang.IllegalArgumentException: '%[1]s' is too long)

Action:

Update it

`

// TestASecretIsInNoReport puts a secret into any of the places where logs have them, and looks for it in all reports.
func TestASecretIsInNoReport(t *testing.T) {
	option := []string{
		"-Ddock.password=%s", "-Dname=%s", `-Dpwd="%s"`, `-Dpass=x\ %s`, "-Djdbc=postgres://crew:%s@db/dock", "-javaagent:/a.jar=key=%s",
		"-agentlib:spy=%s", "-Djavax.net.ssl.keyStorePassword=%s", "-Ddock.url=jdbc:postgresql://db/dock?user=u&password=%s",
	}
	argument := []string{"--dock.password=%s", "--token %s", "--api-key=%s", "amqp://crew:%s@mq/dock", "-p %s", "password=%s"}
	refused := "NOTE: Picked up JDK_JAVA_OPTIONS: %s -XX:+UseFooGC\nUnrecognized VM option 'UseFooGC'\nError: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.\n"
	thrown := "connecting with %[1]s\nException in thread \"main\" java.lang.IllegalStateException: refused: %[1]s\n\tat com.example.Main.main(Main.java:7)\n"
	rapid.Check(t, func(t *rapid.T) {
		secret := "Zq" + rapid.StringMatching(`[a-z0-9!$*+_:;.-]{4,20}`).Draw(t, "secret") + "qZ"
		jvm := fmt.Sprintf(rapid.SampledFrom(option).Draw(t, "option"), secret)
		own := fmt.Sprintf(rapid.SampledFrom(argument).Draw(t, "argument"), secret)
		log := rapid.SampledFrom([]string{
			fmt.Sprintf(crashCalled, jvm, own), fmt.Sprintf(refused, jvm), fmt.Sprintf(bindingFailed, secret),
			fmt.Sprintf(thrown, "DB_PASSWORD="+secret), fmt.Sprintf(thrown, "amqp://crew:"+secret+"@mq/dock"),
		}).Draw(t, "log")
		code := 1
		d, err := gate.Diagnose(t.Context(), gate.DiagnoseRequest{ExitCode: &code, Inputs: []gate.DiagnoseInput{{
			Name: "log", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(log)), nil },
		}}})
		if err != nil || len(d.Inputs[0].Findings) == 0 {
			t.Fatalf("nothing is found (%v) in:\n%s", err, log)
		}
		for _, format := range []string{FormatText, FormatJSON, FormatMarkdown, FormatGitHub} {
			var b bytes.Buffer
			if err := WriteDiagnosis(format, &b, d, Options{}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "Zq") || strings.Contains(b.String(), "qZ") {
				t.Fatalf("the secret is in the %s report:\n%s\nof:\n%s", format, b.String(), log)
			}
		}
	})
}
