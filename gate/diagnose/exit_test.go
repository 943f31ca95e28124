package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDescribeExit(t *testing.T) {
	type words struct{ What, Meaning string }
	for _, c := range []struct {
		name string
		code int
		oom  bool
		sent []string
		want words
	}{
		{name: "success says nothing", code: 0, want: words{What: "exited with 0"}},
		{name: "a code of the program's own says nothing", code: 3, want: words{What: "exited with 3"}},
		{name: "a code of the program's own beside a kill of a child", code: 3, oom: true,
			want: words{"exited with 3", "the kernel had killed a child process for memory"}},
		{name: "137 with the flag is a fact", code: 137, oom: true,
			want: words{"killed by SIGKILL (137)", "the kernel killed it for memory, says the engine"}},
		{name: "137 without the flag is a guess", code: 137,
			want: words{"killed by SIGKILL (137)", "somebody or something sent it SIGKILL; likely memory ran short on the host, but the engine has no report of that"}},
		{name: "137 after the gate's own kill", code: 137, sent: []string{"SIGTERM", "SIGKILL"},
			want: words{"killed by SIGKILL (137)", "the signal the gate had sent it"}},
		{name: "139 may be an abort", code: 139,
			want: words{"killed by SIGSEGV (139)", "a crash in native code, or a native stack that overflowed, of which a JVM leaves no report; of PID 1 it may also be an abort(), because the kernel does not deliver SIGABRT to it"}},
		{name: "143 after the gate's stop signal in its short form", code: 143, sent: []string{"TERM"},
			want: words{"killed by SIGTERM (143)", "the signal the gate had sent it"}},
		{name: "143 out of the blue", code: 143,
			want: words{"killed by SIGTERM (143)", "somebody asked it to stop"}},
		{name: "a stop signal by its number", code: 130, sent: []string{"2"},
			want: words{"killed by SIGINT (130)", "the signal the gate had sent it"}},
		{name: "a real-time stop signal", code: 165, sent: []string{"SIGRTMIN+3"},
			want: words{"killed by SIGRTMIN+3 (165)", "the signal the gate had sent it"}},
		{name: "a code above all signals", code: 255,
			want: words{"exited with 255", "the program called exit(-1), or the engine or the host went down while it ran"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			what, meaning := DescribeExit(c.code, c.oom, c.sent...)
			if diff := cmp.Diff(c.want, words{what, meaning}); diff != "" {
				t.Errorf("words (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfASavedLogNoEngineSaysAnything(t *testing.T) {
	if _, meaning := DescribeSavedExit(137, false); strings.Contains(meaning, "no report") || !strings.Contains(meaning, "--oom-killed") {
		t.Errorf("137 means %q, want how to say what the engine knows", meaning)
	}
	for _, c := range []struct {
		code int
		oom  bool
	}{{137, true}, {139, false}, {3, false}} {
		what, meaning := DescribeExit(c.code, c.oom)
		savedWhat, savedMeaning := DescribeSavedExit(c.code, c.oom)
		if what != savedWhat || meaning != savedMeaning {
			t.Errorf("DescribeSavedExit(%d, %v) = %q, %q, want the words of DescribeExit", c.code, c.oom, savedWhat, savedMeaning)
		}
	}
}

func TestTellingCodesHaveAMeaning(t *testing.T) {
	for code, word := range map[int]string{
		1: "", 2: "", 11: "Buildpacks", 82: "Buildpacks", 125: "engine", 126: "executed", 127: "not found", 128: "",
		129: "SIGHUP", 130: "SIGINT", 132: "SIGILL", 133: "SIGTRAP", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE",
		139: "SIGSEGV", 141: "SIGPIPE", 143: "SIGTERM", 152: "SIGXCPU", 153: "SIGXFSZ", 159: "SIGSYS", 255: "",
	} {
		what, meaning := DescribeExit(code, false)
		if meaning == "" || !strings.Contains(what+meaning, word) {
			t.Errorf("DescribeExit(%d) = %q, %q: want a meaning, and %q in it", code, what, meaning, word)
		}
	}
}

func TestSignalNumbersRoundTrip(t *testing.T) {
	for n := 1; n <= sigrtmax; n++ {
		name, ok := signalName(n)
		if !ok {
			continue
		}
		if got := signalNumber(name); got != n {
			t.Errorf("signalNumber(%q) = %d, want %d", name, got, n)
		}
	}
	if got := signalNumber("SIGRTMAX-2"); got != 62 {
		t.Errorf("signalNumber(SIGRTMAX-2) = %d, want 62", got)
	}
	if got := signalNumber("nonsense"); got != 0 {
		t.Errorf("signalNumber(nonsense) = %d, want 0", got)
	}
}
