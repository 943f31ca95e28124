package diagnose

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bootgate/gate/finding"
)

// where says in words where a JVM crashed; empty when that is not known.
func (c *crash) where() string {
	if c.Frame == nil {
		return ""
	}
	f, function := *c.Frame, c.Frame.Function()
	switch f.Kind {
	case "J", "A":
		return "in compiled Java code, " + function
	case "j":
		return "in interpreted Java code, " + function
	case "v":
		return "in code the JVM generated (" + function + ")"
	}
	place := f.Library
	switch {
	case f.Library == "":
		return strings.TrimSuffix("in native code of no library, at "+f.Offset, ", at ")
	case function != "" && f.Kind == "V":
		place += ", " + function
	case function != "":
		place += " (" + function + ")"
	default:
		place += "+" + f.Offset
	}
	switch {
	case f.Kind == "V":
		return "in the JVM itself (" + place + ")"
	case cLibrary(f.Library):
		return "in the C library " + place
	case ofJDK(f.Library):
		return "in the JDK's own library " + place
	}
	return "in the native library " + place
}

// jdkLibraries are the native libraries that a JDK brings along, but for the JVM itself.
var jdkLibraries = []string{
	"libjli.so", "libjava.so", "libjimage.so", "libzip.so", "libnio.so", "libnet.so", "libextnet.so", "libverify.so", "libmanagement.so",
	"libmanagement_ext.so", "libmanagement_agent.so", "libinstrument.so", "libjdwp.so", "libdt_socket.so", "libawt.so", "libawt_headless.so",
	"libawt_xawt.so", "libfontmanager.so", "libfreetype.so", "libjavajpeg.so", "liblcms.so", "libmlib_image.so", "libjsound.so", "libsunec.so",
	"libj2pkcs11.so", "libj2gss.so", "libprefs.so", "librmi.so", "libsctp.so", "libsyslookup.so", "libjsvml.so", "libsimdsort.so", "libattach.so",
	"libsaproc.so", "libjaas.so", "libj2pcsc.so", "libharfbuzz.so", "libsplashscreen.so", "libjsig.so",
}

func ofJDK(library string) bool { return slices.Contains(jdkLibraries, library) }

// java says which Java it was and when: "Java 17.0.15+6 (Debian), 33 ms after its start".
func (c *crash) java() string {
	var b strings.Builder
	if c.Version != "" {
		b.WriteString("Java " + c.Version)
		if c.Vendor != "" {
			b.WriteString(" (" + c.Vendor + ")")
		}
	}
	when := ""
	switch {
	case c.beforeInit():
		when = "before the JVM was initialised"
	case c.Elapsed > 0:
		when = ago(c.Elapsed) + " after its start"
	}
	if b.Len() > 0 && when != "" {
		b.WriteString(", ")
	}
	return b.String() + when
}

// beforeInit reports whether the JVM crashed before it was initialised: it does not know its own build then.
func (c *crash) beforeInit() bool { return strings.HasSuffix(c.JRE, "(build )") }

// ago writes a length of time.
func ago(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

// sentence joins what happened, where, and the rest.
func sentence(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, "; ") + "."
}

// relayedLines is how many lines may follow the first of a report that was relayed: the rest of it, and some words about
// it. Where more follow, whoever relayed it outlived the JVM.
const relayedLines = 22

// crashed reports whether a report of that kind explains the end, and as what. A process that lives on, or ended well,
// has outlived the JVM that crashed; a report that was only printed must be complete then, since the words may be quoted.
func (s scene) crashed(kind finding.CrashKind) (finding.Severity, bool) {
	c := s.crash
	if c == nil || c.Kind != kind {
		return "", false
	}
	asked := s.ExitCode == 128+sigterm || s.ExitCode == 128+sigint
	if c.relayed && (!s.Exited || s.ExitCode <= 128 || s.ExitCode == 128+sigkill || asked || c.index >= 0 && s.after(c.index) > relayedLines) {
		return "", false // a child's, or a quotation: only a death by a signal of a crash makes it the container's own
	}
	wentOn := c.source == "" && !c.written && s.wentOn(c.index)
	if (s.ExitUnknown || s.Exited && s.ExitCode != 0 && !asked) && !wentOn {
		return finding.Error, true
	}
	return finding.Warning, c.source != "" || c.JRE != "" && c.VM != ""
}

const sigint, sigterm = 2, 15

// report makes a finding of a crash.
func (c *crash) report(rule, message, cause, remedy string, severity finding.Severity) finding.Finding {
	if c.reports > 1 {
		which := "one"
		if c.last {
			which = "the last"
		}
		message += fmt.Sprintf(" It is %s of %d crash reports in the log.", which, c.reports)
	}
	if c.mixed {
		cause = "The reports of two JVMs are mixed line by line, so that it cannot be told where this one crashed."
		remedy = "Keep the logs of the two apart, or diagnose the error files that they left."
	}
	f := report(rule, message, cause, remedy, c.evidence()...)
	f.Severity = severity
	f.Crash = &c.Crash
	if !c.mixed {
		f.Fingerprint = crashFingerprint(c.Crash)
	}
	return f
}

// option reports whether the JVM was called with an option.
func (c *crash) option(name string) bool {
	return slices.ContainsFunc(c.Options, func(o string) bool { return o == name || strings.HasPrefix(o, name+"=") })
}
