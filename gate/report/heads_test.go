package report

import (
	"testing"

	"bootgate/gate/boot"
	"bootgate/gate/finding"

	"github.com/google/go-cmp/cmp"
)

func TestAnImageThatPassedSaysHow(t *testing.T) {
	ended := func(mode boot.Mode, code int, ready bool) boot.Observation {
		return boot.Observation{
			Role: "candidate", Asked: boot.Asked{Mode: mode}, Ended: boot.EndedExited, Ready: ready, Exit: &boot.Exit{Code: code, At: 3 * ms, Ran: 3 * ms},
		}
	}
	suppressed := func(rule string) []finding.Finding {
		f := found(rule, "It failed.", "")
		f.Suppressed = &finding.Suppression{Reason: "known", Until: "2027-01-31"}
		return []finding.Finding{f}
	}
	late := boot.Observation{Role: "candidate", Asked: asService, Ended: boot.EndedTimeout, Duration: 60_000 * ms}
	stubborn := served("candidate", 500*ms)
	stubborn.Stop = &boot.Stop{Signal: "SIGTERM", Took: 10_000 * ms, Forced: true}
	replica := ended(boot.Job, 3, false)
	replica.Role = "replica 2"
	for _, test := range []struct {
		name     string
		boots    []boot.Observation
		findings []finding.Finding
		want     string
	}{
		{"a job that is done", []boot.Observation{ended(boot.Job, 0, false)}, nil, "job done after 3 ms"},
		{"a crash that is suppressed", []boot.Observation{ended(boot.Job, 3, false)}, suppressed("boot-exit"), "exited with code 3 after 3 ms, suppressed"},
		{"a crash of one replica that is suppressed", []boot.Observation{ended(boot.Job, 0, false), replica}, suppressed("boot-exit"),
			"exited with code 3 after 3 ms, suppressed"},
		{"a service that ended by itself", []boot.Observation{ended(boot.Service, 0, false)}, suppressed("boot-exit"), "exited with code 0 after 3 ms, suppressed"},
		{"something that answered and then ended", []boot.Observation{ended(boot.Auto, 0, true)}, suppressed("boot-unstable"),
			"exited with code 0 after 3 ms, suppressed"},
		{"a job that ended too soon", []boot.Observation{ended(boot.Job, 0, false)}, suppressed("boot-exit-early"), "exited with code 0 after 3 ms, suppressed"},
		{"a service that never became ready", []boot.Observation{late}, suppressed("boot-timeout"), "not ready after 1 min 0 s, suppressed"},
		{"a service that did not stop", []boot.Observation{stubborn}, suppressed("boot-stop"), "ready after 500 ms, stayed up, then had to be killed, suppressed"},
		{"a line that is suppressed is not about the end", []boot.Observation{served("candidate", 500*ms)}, suppressed("boot-log"), "ready after 500 ms (http:8080/)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, proof(test.boots, test.findings)); diff != "" {
				t.Errorf("how (-want +got):\n%s", diff)
			}
		})
	}
}
