package image

import "time"

// Impatient returns options whose retries wait a millisecond, and whose longest Retry-After, silence and
// standstill are two seconds.
func Impatient(o Options) Options {
	o.patience = &patience{attempts: 3, first: time.Millisecond, longest: 2 * time.Second, silence: 2 * time.Second, standstill: 2 * time.Second}
	return o
}
