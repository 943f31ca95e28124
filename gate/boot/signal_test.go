package boot

import "testing"

func TestSignalName(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		want string
	}{
		{"success is no signal", 0, ""},
		{"an ordinary failure is no signal", 1, ""},
		{"128 alone is no signal", 128, ""},
		{"the first signal", 129, "SIGHUP"},
		{"an abort", 134, "SIGABRT"},
		{"a kill", 137, "SIGKILL"},
		{"a segmentation fault", 139, "SIGSEGV"},
		{"a termination", 143, "SIGTERM"},
		{"the last standard signal", 159, "SIGSYS"},
		{"a signal the C library keeps for itself has no name", 160, ""},
		{"the first real-time signal", 162, "SIGRTMIN"},
		{"a later real-time signal", 163, "SIGRTMIN+1"},
		{"the last real-time signal", 192, "SIGRTMIN+30"},
		{"past the last signal", 193, ""},
		{"exit(-1) is no signal", 255, ""},
		{"a negative code is no signal", -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := SignalName(c.code); got != c.want {
				t.Errorf("SignalName(%d) = %q, want %q", c.code, got, c.want)
			}
		})
	}
}
