package diagnose

import (
	"strings"
	"testing"
)

// FuzzParseCrash reads anything as an error report, and judges it as the output of a process that died.
func FuzzParseCrash(f *testing.F) {
	for _, text := range hserrFiles(f) {
		header, _, _ := strings.Cut(text, "---------------  P R O C E S S")
		f.Add(header)
	}
	f.Add(crashHeader)
	f.Add(doubled(crashHeader))
	f.Add(upsideDown(crashHeader))
	f.Add(prefixed("2021-09-29T02:00:11.%03dZ ", crashHeader))
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := ParseCrash(text)
		if ok && (c.Kind == "" || len(c.NativeFrames) > maxCrashFrames || len(c.JavaFrames) > maxCrashFrames || len(c.Options) > maxOptions) {
			t.Errorf("crash %+v", c)
		}
		if size := len(c.Error) + len(c.JRE) + len(c.VM) + len(c.Thread) + len(c.CommandLine); size > 5*maxCrashLine {
			t.Errorf("%d bytes of text", size)
		}
		crashFingerprint(c)
		for _, finding := range Diagnose(died(134, text)) {
			if finding.Message == "" || finding.Rule == crashSignal && finding.Crash == nil {
				t.Errorf("finding %+v", finding)
			}
		}
	})
}

// BenchmarkParseCrash reads a whole file, and a text that is nothing but first lines of reports.
func BenchmarkParseCrash(b *testing.B) {
	for name, text := range map[string]string{
		"file":   hserrFiles(b)["jdk25-safepoint-timeout"],
		"starts": strings.Repeat(fatalError+"\n", 1<<14),
		"stubs":  strings.Repeat(crashHeader[:strings.Index(crashHeader, "# JRE")], 1<<12),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ParseCrash(text)
			}
		})
	}
}
