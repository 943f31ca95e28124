// Package lazyregexp holds regular expressions of the program itself that are compiled when they are first used. The judges
// have some hundreds of them; a run that needs none of them, such as gate version, does not wait for them. In a test binary
// an expression is compiled where it is made, so that a wrong one fails every test of its package.
//
// It never reads an expression that a user wrote: those are checked when they are read, by gate/pattern. The syntax and
// what the methods return are those of Go's package regexp.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync/atomic"
)

// Regexp is a regular expression that is compiled at its first use. It may be used by several goroutines at once.
type Regexp struct {
	text     string
	compiled atomic.Pointer[regexp.Regexp]
}

// inTest says that this program is a test binary. go test names those so; the package testing, which would tell, has no
// place in the product.
var inTest = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// MustCompile returns the expression, to be compiled at its first use. A wrong one panics then; in a test binary at once.
func MustCompile(text string) *Regexp {
	re := &Regexp{text: text}
	if inTest {
		re.get()
	}
	return re
}

// get returns the compiled expression. It is small enough to be inlined: a use costs one load more than without it.
func (re *Regexp) get() *regexp.Regexp {
	if compiled := re.compiled.Load(); compiled != nil {
		return compiled
	}
	return re.compile()
}

// compile compiles the expression. Goroutines that come at the same time may each do so; the results are alike.
func (re *Regexp) compile() *regexp.Regexp {
	compiled := regexp.MustCompile(re.text)
	re.compiled.Store(compiled)
	return compiled
}

// String returns the expression as it was written.
func (re *Regexp) String() string { return re.text }

// Match is the method of regexp.Regexp, and so are those that follow.
func (re *Regexp) Match(b []byte) bool { return re.get().Match(b) }

func (re *Regexp) MatchString(s string) bool { return re.get().MatchString(s) }

func (re *Regexp) FindString(s string) string { return re.get().FindString(s) }

func (re *Regexp) FindStringIndex(s string) []int { return re.get().FindStringIndex(s) }

func (re *Regexp) FindStringSubmatch(s string) []string { return re.get().FindStringSubmatch(s) }

func (re *Regexp) FindStringSubmatchIndex(s string) []int {
	return re.get().FindStringSubmatchIndex(s)
}

func (re *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return re.get().FindAllStringSubmatch(s, n)
}

func (re *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return re.get().FindAllStringSubmatchIndex(s, n)
}

func (re *Regexp) ReplaceAllString(src, repl string) string {
	return re.get().ReplaceAllString(src, repl)
}

func (re *Regexp) ReplaceAllStringFunc(src string, repl func(string) string) string {
	return re.get().ReplaceAllStringFunc(src, repl)
}

func (re *Regexp) SubexpIndex(name string) int { return re.get().SubexpIndex(name) }
