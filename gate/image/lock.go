package image

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
)

// lockImage keeps other gates of this host from bringing or releasing the same image until unlock is called. An engine
// does not do that itself: to tag an image while its last tag goes, or to pull it while it is removed, gives tags of
// nothing and errors about missing layers. It also makes the second of two gates find what the first has pulled.
//
// The lock is a file that the operating system lets go of however the process ends. Where there can be none, for want of
// a temporary folder, gates go without. The error is the context's.
func lockImage(ctx context.Context, id string) (unlock func(), err error) {
	dir := filepath.Join(os.TempDir(), "bootgate")
	if os.MkdirAll(dir, 0o777) != nil {
		return func() {}, nil
	}
	_ = os.Chmod(dir, 0o777|fs.ModeSticky) // as far as it is ours: other users take part
	path := filepath.Join(dir, "image-"+filepath.Base(tagOf(id))+".lock")
	for {
		lock, err := waitFor(ctx, path)
		if err != nil || lock == nil {
			return func() {}, err
		}
		if isFile(lock, path) {
			return sync.OnceFunc(func() {
				_ = os.Remove(path) // while it is held: who waits for it notices in isFile
				_ = lock.Unlock()
			}), nil
		}
		_ = lock.Unlock()
	}
}

// waitFor takes the lock on a file; a nil lock means that there can be none.
func waitFor(ctx context.Context, path string) (*flock.Flock, error) {
	taken := make(chan *flock.Flock, 1)
	go func() {
		// Without O_CREATE at first: Linux refuses it for another user's file in a shared folder.
		lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
		err := lock.Lock()
		if errors.Is(err, fs.ErrNotExist) {
			lock = flock.New(path, flock.SetPermissions(0o644))
			err = lock.Lock()
		}
		if err != nil {
			lock = nil
		}
		taken <- lock
	}()
	select {
	case lock := <-taken:
		return lock, nil
	case <-ctx.Done():
		go func() {
			if lock := <-taken; lock != nil {
				_ = lock.Unlock()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// isFile reports whether the locked file is still the one at path, not one that was removed meanwhile.
func isFile(lock *flock.Flock, path string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}
