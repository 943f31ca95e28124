package lazyregexp

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInATestBinaryAWrongExpressionPanicsWhereItIsMade(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustCompile(`(`)
}

func TestOutsideOfTestsAnExpressionIsCompiledAtItsFirstUse(t *testing.T) {
	t.Cleanup(func() { inTest = true })
	inTest = false
	re := MustCompile(`^(\w+)=(?P<value>\d+)$`)
	if re.compiled.Load() != nil {
		t.Error("it is compiled before it is used")
	}
	var uses sync.WaitGroup
	for range 8 {
		uses.Go(func() {
			if !re.MatchString("rounds=3") {
				t.Error("rounds=3 does not match")
			}
		})
	}
	uses.Wait()
	if re.compiled.Load() == nil {
		t.Error("it is not kept")
	}
}

func TestMethodsReturnWhatThoseOfRegexpDo(t *testing.T) {
	re := MustCompile(`(\w)(?P<digit>\d)`)
	const text = "a1, b2"
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"String", re.String(), `(\w)(?P<digit>\d)`},
		{"Match", re.Match([]byte("a1")), true},
		{"MatchString", re.MatchString("a"), false},
		{"FindString", re.FindString(text), "a1"},
		{"FindStringIndex", re.FindStringIndex(text), []int{0, 2}},
		{"FindStringSubmatch", re.FindStringSubmatch(text), []string{"a1", "a", "1"}},
		{"FindStringSubmatchIndex", re.FindStringSubmatchIndex(text), []int{0, 2, 0, 1, 1, 2}},
		{"FindAllStringSubmatch", re.FindAllStringSubmatch(text, -1), [][]string{{"a1", "a", "1"}, {"b2", "b", "2"}}},
		{"FindAllStringSubmatchIndex", re.FindAllStringSubmatchIndex(text, 1), [][]int{{0, 2, 0, 1, 1, 2}}},
		{"ReplaceAllString", re.ReplaceAllString(text, "$digit"), "1, 2"},
		{"ReplaceAllStringFunc", re.ReplaceAllStringFunc(text, func(string) string { return "x" }), "x, x"},
		{"SubexpIndex", re.SubexpIndex("digit"), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
