package diagnose

import (
	"strings"
	"testing"
)

func TestAdviceIsAboutWhatWasThrown(t *testing.T) {
	for _, c := range []struct{ name, headline, want string }{
		{"a recursion", "java.lang.StackOverflowError", "calls itself"},
		{"libraries that do not fit", "java.lang.NoSuchMethodError: 'void com.acme.A.b()'", "align their versions"},
		{"a class that is not there", "java.lang.ClassNotFoundException: org.slf4j.Logger", "class path"},
		{"a file that is not there", "java.io.FileNotFoundException: /etc/app.conf (No such file or directory)", "correct the path"},
		{"a file that may not be read", "java.io.FileNotFoundException: /etc/app.conf (Permission denied)", "USER"},
		{"a port that is taken", "java.net.BindException: Address already in use", "another port"},
		{"a port that is taken, in words of a library", "io.netty.channel.unix.Errors$NativeIoException: bind(..) failed: Address already in use", "another port"},
		{"a wrapper of what is not reached", "com.acme.DbException: db:5432 is not there (java.net.ConnectException)", "needs:"},
		{"an exception of the application's own", "com.acme.NoMoney: empty", ""},
		{"a class whose name begins alike", "java.lang.StackOverflowErrorish: no", ""},
		{"nothing is known", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Advice(c.headline); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("Advice(%q) = %q, want %q in it", c.headline, got, c.want)
			}
		})
	}
}
