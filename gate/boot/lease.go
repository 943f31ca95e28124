package boot

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Labels on everything the gate makes. Their names are part of its interface: cleaners may select by them.
const (
	// LabelRun is the id of the run that made the thing.
	LabelRun = "bootgate.run"
	// LabelExpires is the time (RFC 3339, UTC) after which no run can still need it.
	LabelExpires = "bootgate.expires"
	// LabelLock is SCOPE/RUN: which folder of locks knows whether the run is alive.
	LabelLock = "bootgate.lock"
	// LabelRole is what a container was for.
	LabelRole = "bootgate.role"
)

// Prefix starts the name of every container and network the gate makes.
const Prefix = "bootgate-"

// Lease is the identity of one run of the gate, and the proof that it is alive: a lock on a file that the operating
// system releases however the process ends. Things that a dead run left on an engine can so be told from those of a
// live one.
//
// The folder of locks has a random identity of its own, its scope. A gate with another temporary folder (in a
// container, on another host) sees another scope, cannot tell, and goes by LabelExpires.
type Lease struct {
	// Run is the id: twelve hex digits.
	Run   string
	scope string
	path  string
	lock  *flock.Flock
}

// leaseDir is the folder of locks. It is shared by all users of the host, as the engine is.
func leaseDir() string { return filepath.Join(os.TempDir(), "bootgate") }

// LeaseError says that the folder of locks cannot be used. Nothing was learned about any image.
type LeaseError struct {
	Dir string
	Err error
}

func (e *LeaseError) Error() string { return "preparing the run in " + e.Dir + ": " + e.Err.Error() }
func (e *LeaseError) Unwrap() error { return e.Err }

// Remedy says what to do.
func (e *LeaseError) Remedy() string {
	return "Let this user write to " + e.Dir + ", or set TMPDIR to a folder where it may."
}

// NewLease takes a lease. Errors are *LeaseError.
func NewLease() (*Lease, error) {
	l, err := takeLease(leaseDir())
	if err != nil {
		return nil, &LeaseError{Dir: leaseDir(), Err: err}
	}
	return l, nil
}

func takeLease(dir string) (*Lease, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for locks: %w", err)
	}
	_ = os.Chmod(dir, 0o777|fs.ModeSticky) // MkdirAll is subject to the umask; another user's folder is as they made it
	scope, err := scopeOf(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the folder for locks: %w", err)
	}
	var id [6]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, fmt.Errorf("making a run id: %w", err)
	}
	l := &Lease{Run: hex.EncodeToString(id[:]), scope: scope}
	l.path = filepath.Join(dir, l.Run+".lock")
	l.lock = flock.New(l.path, flock.SetPermissions(0o644))
	if ok, err := l.lock.TryLock(); err != nil || !ok {
		return nil, fmt.Errorf("locking %s: %w", l.path, errors.Join(err, errTaken(ok)))
	}
	return l, nil
}

func errTaken(ok bool) error {
	if ok {
		return nil
	}
	return errors.New("it is taken")
}

// Labels returns the labels for a thing with the given role that is needed for at most the given time from now on.
func (l *Lease) Labels(role string, needed time.Duration) map[string]string {
	return map[string]string{
		LabelRun:     l.Run,
		LabelExpires: time.Now().Add(needed).UTC().Format(time.RFC3339),
		LabelLock:    l.scope + "/" + l.Run,
		LabelRole:    role,
	}
}

// Release gives the lease back.
func (l *Lease) Release() error {
	err := l.lock.Unlock()
	return errors.Join(err, os.Remove(l.path))
}

// scopeOf returns the random identity of a folder, which the first to ask for it makes.
func scopeOf(dir string) (string, error) {
	path := filepath.Join(dir, "scope")
	for {
		data, err := os.ReadFile(path)
		if err == nil && len(data) > 0 {
			return strings.TrimSpace(string(data)), nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err := makeScope(dir, path); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
}

// makeScope puts a whole file in place at once, or fails with fs.ErrExist when another process was quicker.
func makeScope(dir, path string) error {
	temporary, err := os.CreateTemp(dir, "scope-")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(strings.ToLower(rand.Text()) + "\n")
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Link(temporary.Name(), path)
}

// alive says whether the run that a thing's labels name may still need it.
func alive(labels map[string]string, now time.Time) bool {
	scope, run, ok := strings.Cut(labels[LabelLock], "/")
	dir := leaseDir()
	if mine, err := scopeOf(dir); ok && err == nil && mine == scope && run == filepath.Base(run) {
		return held(filepath.Join(dir, run+".lock"))
	}
	expires, err := time.Parse(time.RFC3339, labels[LabelExpires])
	return err == nil && now.Before(expires)
}

// lockAge is how old the lock file of a dead run must be before it is removed: a live run takes its lock right after it
// makes the file, and must not lose it in between.
const lockAge = time.Minute

// dropLocks removes the lock files of dead runs. They are empty and do no harm, so that errors do not matter.
func dropLocks(now time.Time) {
	paths, _ := filepath.Glob(filepath.Join(leaseDir(), "*.lock"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > lockAge && !held(path) {
			_ = os.Remove(path)
		}
	}
}

// held reports whether some process holds the lock at path.
func held(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	_ = file.Close()
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if free {
		_ = lock.Unlock()
	}
	return err != nil || !free
}
