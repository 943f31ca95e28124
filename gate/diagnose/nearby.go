package diagnose

import "bytes"

// nearby decides about the lines after a marked one. Where the lines of several services are mixed, what follows a
// marked line is what follows it of the same service.
type nearby struct {
	keepers map[string]*Keeper
	idle    int // lines since one was last kept
}

// Bounds on how long, and for how many services, nearby looks at lines one by one.
const (
	maxIdle     = 2000
	maxServices = 64
)

// active reports whether lines that follow a marked one may be worth keeping.
func (n *nearby) active() bool { return len(n.keepers) > 0 }

// keep reports whether a line is worth keeping.
func (n *nearby) keep(line []byte) bool {
	line = bytes.TrimRight(line, "\r\n")
	key := string(serviceOf(line))
	k := n.keepers[key]
	if k == nil {
		k = &Keeper{}
	}
	if !k.Keep(line) {
		if delete(n.keepers, key); n.idle > maxIdle {
			n.keepers = nil
		}
		n.idle++
		return false
	}
	n.idle = 0
	if n.keepers == nil || len(n.keepers) >= maxServices {
		n.keepers = make(map[string]*Keeper)
	}
	n.keepers[key] = k
	return true
}

// serviceOf returns what a line begins with when that names the service it came from, as docker compose and kubectl have
// it; else nothing.
func serviceOf(line []byte) []byte {
	if begin := line[:min(len(line), 80)]; len(begin) > 0 {
		if begin[0] == '[' && bytes.HasPrefix(begin, []byte("[pod/")) {
			return begin[:bytes.IndexByte(begin, ']')+1]
		}
		if i := bytes.Index(begin, []byte(" | ")); i > 0 {
			return begin[:i]
		}
	}
	return nil
}
