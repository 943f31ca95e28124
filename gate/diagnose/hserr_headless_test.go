package diagnose

import (
	"strings"
	"testing"
)

// TestReportsThatLostTheirHeads cuts real files at their beginnings, up to the line that tells the signal.
func TestReportsThatLostTheirHeads(t *testing.T) {
	for name, text := range hserrFiles(t) {
		whole, _ := ParseCrash(text)
		all := strings.SplitAfter(text, "\n")
		stack, signal := -1, -1
		for i, l := range all {
			switch {
			case strings.HasPrefix(l, "siginfo:"):
				signal = i
			case strings.HasPrefix(l, "Native frames:"):
				stack = i
			}
		}
		if whole.Signal == "" || signal < 0 || signal < stack-100 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for lost := 1; lost <= signal; lost++ {
				part, ok := ParseCrash(strings.Join(all[lost:], ""))
				if !ok || part.Signal != whole.Signal || part.Code != whole.Code {
					t.Fatalf("without the first %d lines: %t, %q (%s), want %q (%s)", lost, ok, part.Signal, part.Code, whole.Signal, whole.Code)
				}
				if lost <= stack && stack < signal && (part.Frame == nil || !sameFrame(*part.Frame, whole.NativeFrames[0])) {
					t.Fatalf("without the first %d lines: in %+v, want %+v", lost, part.Frame, whole.NativeFrames[0])
				}
			}
		})
	}
}

func TestWhatIsNoReportWithoutItsHead(t *testing.T) {
	const (
		signal    = "siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x0000000000000000\n"
		registers = "\nRegisters:\nRAX=0x0000000000000000\n"
	)
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"the signal and the registers": {signal + registers, true},
		"a signal alone":               {signal + "serving\n", false},
		"far from the beginning":       {strings.Repeat("serving\n", 12) + signal + registers, false},
		"quoted":                       {"> " + signal + registers, false},
		"a signal without its name":    {"siginfo: si_signo: 11, si_code: 1, si_addr: 0x0\n" + registers, false},
	} {
		if _, ok := ParseCrash(c.text); ok != c.want {
			t.Errorf("%s: %t, want %t", name, ok, c.want)
		}
	}
}
