package finding

import "slices"

// Compare orders findings for sorting: what ended a process comes before what it outlived, and notes come last.
func Compare(a, b Finding) int { return a.rank() - b.rank() }

func (f Finding) rank() int {
	switch f.Severity {
	case Error:
		return 0
	case Note:
		return 2
	}
	return 1
}

// Same reports whether two findings say the same, with the same evidence: what is known of a container is known to all
// the services whose lines are in its log.
func (f Finding) Same(other Finding) bool {
	return f.Rule == other.Rule && f.Message == other.Message && slices.Equal(f.Evidence, other.Evidence)
}
