package boot

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// PanicError is a panic in one of the gate's own goroutines, turned into an error so that everything that was made is
// removed before anybody hears of it. It is a mistake in the gate.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// crew runs goroutines, collects their errors, and turns their panics into errors. The zero value is ready.
type crew struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// do runs f in a goroutine.
func (c *crew) do(f func() error) {
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		if err := Guarded(f); err != nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.errs = append(c.errs, err)
		}
	}()
}

// wait waits for all goroutines and returns their errors.
func (c *crew) wait() error {
	c.wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.errs...)
}

// Guarded calls f and returns a panic of it as a *PanicError.
func Guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
