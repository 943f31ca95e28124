package boot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const hour = time.Hour

// newLease takes a lease that is given back when the test is done.
func newLease(t *testing.T) *Lease {
	t.Helper()
	lease, err := NewLease()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lease.Release(); err != nil {
			t.Error(err)
		}
	})
	return lease
}

func TestALeaseTellsTheLivingFromTheDead(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine, err := NewLease()
	if err != nil {
		t.Fatal(err)
	}
	other, kill := StartGate(t, nil)
	mineLabels := mine.Labels("candidate", hour)
	otherLabels := map[string]string{LabelLock: mine.scope + "/" + other, LabelExpires: mineLabels[LabelExpires]}
	now := time.Now()
	if !alive(mineLabels, now) || !alive(otherLabels, now) || !alive(otherLabels, now.Add(2*hour)) {
		t.Error("a living run counts as dead")
	}
	kill()
	if alive(otherLabels, now) {
		t.Error("a killed run counts as living")
	}
	if !alive(mineLabels, now) {
		t.Error("the death of one run is taken for another's")
	}
	if err := mine.Release(); err != nil {
		t.Fatal(err)
	}
	if alive(mineLabels, now) {
		t.Error("a run that gave its lease back counts as living")
	}
	if _, err := os.Stat(mine.path); !os.IsNotExist(err) {
		t.Errorf("the lock file is still there: %v", err)
	}
}

func TestRunsThatOnlyTheirLabelsTellOf(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine := newLease(t)
	now := time.Now()
	later, earlier := now.Add(hour).UTC().Format(time.RFC3339), now.Add(-hour).UTC().Format(time.RFC3339)
	for _, test := range []struct {
		name   string
		labels map[string]string
		want   bool
	}{
		{"another scope, and it may still be needed", map[string]string{LabelLock: "elsewhere/0123456789ab", LabelExpires: later}, true},
		{"another scope, and it has expired", map[string]string{LabelLock: "elsewhere/0123456789ab", LabelExpires: earlier}, false},
		{"another scope, and no expiry", map[string]string{LabelLock: "elsewhere/0123456789ab"}, false},
		{"another scope, and an expiry that is no time", map[string]string{LabelLock: "elsewhere/0123456789ab", LabelExpires: "soon"}, false},
		{"no lock, and it may still be needed", map[string]string{LabelExpires: later}, true},
		{"this scope, and no such run", map[string]string{LabelLock: mine.scope + "/0123456789ab", LabelExpires: later}, false},
		{"a path instead of a run", map[string]string{LabelLock: mine.scope + "/../" + mine.Run, LabelExpires: later}, true},
		{"no labels", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := alive(test.labels, now); got != test.want {
				t.Errorf("alive is %v, want %v", got, test.want)
			}
		})
	}
}

func TestLeasesTakenAtOnceShareAScope(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var mu sync.Mutex
	var scopes, runs []string
	var all crew
	for range 16 {
		all.do(func() error {
			lease, err := NewLease()
			if err != nil {
				return err
			}
			mu.Lock()
			scopes, runs = append(scopes, lease.scope), append(runs, lease.Run)
			mu.Unlock()
			return lease.Release()
		})
	}
	if err := all.wait(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(scopes)
	slices.Sort(runs)
	if len(slices.Compact(scopes)) != 1 || len(slices.Compact(runs)) != 16 {
		t.Errorf("scopes %v, runs %v", scopes, runs)
	}
	left, err := filepath.Glob(filepath.Join(leaseDir(), "*"))
	if diff := cmp.Diff([]string{filepath.Join(leaseDir(), "scope")}, left); diff != "" || err != nil {
		t.Errorf("left in the folder (-want +got):\n%s%v", diff, err)
	}
}

func TestALeaseThatCannotBeTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", file)
	if _, err := NewLease(); err == nil || !strings.Contains(err.Error(), ": making the folder for locks: ") {
		t.Errorf("the error is %v", err)
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if err := os.MkdirAll(filepath.Join(dir, "bootgate", "scope"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := NewLease(); err == nil || !strings.Contains(err.Error(), ": reading the folder for locks: ") {
		t.Errorf("the error is %v", err)
	}
	if err := errTaken(false); err == nil {
		t.Error("a taken lock is no error")
	}
}

func TestOldLockFilesOfDeadRunsAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	mine := newLease(t)
	old, young := filepath.Join(leaseDir(), "000000000001.lock"), filepath.Join(leaseDir(), "000000000002.lock")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * lockAge)
	for _, path := range []string{old, mine.path} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	dropLocks(time.Now())
	left, err := filepath.Glob(filepath.Join(leaseDir(), "*.lock"))
	want := []string{young, mine.path}
	slices.Sort(want)
	if diff := cmp.Diff(want, left); diff != "" || err != nil {
		t.Errorf("lock files (-want +got):\n%s%v", diff, err)
	}
}
