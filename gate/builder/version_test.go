package builder

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestVersionsAreComparedWhereTheyCanBe(t *testing.T) {
	long := strings.Repeat("9", 10_000)
	for _, test := range []struct {
		name, old, new string
		how            How
		major          bool
	}{
		{"a newer one", "8.2.0", "8.3.0", Up, false},
		{"an older one", "8.10.0", "8.9.9", Down, false},
		{"a major step", "8.9.9", "9.0.0", Up, true},
		{"a major step back", "5.16.0", "4.0.0", Down, true},
		{"numbers, not texts", "9.0.0", "10.0.0", Up, true},
		{"with a v", "v1.2.3", "v1.2.4", Up, false},
		{"four numbers", "1.2.3.4", "1.2.3.5", Up, false},
		{"a release after its candidate", "1.0.0-rc.1", "1.0.0", Up, false},
		{"dates", "2021.09.16", "2021.10.01", Up, false},
		{"one written in two ways", "1.2", "1.2.0", Changed, false},
		{"build metadata", "1.2.0+a", "1.2.0+b", Changed, false},
		{"a branch", "main", "1.0.0", Changed, false},
		{"commits", "0a1b2c3", "1234abc", Changed, false},
		{"nothing", "", "1.0.0", Changed, false},
		{"text around it", "1.0.0", "version 2", Changed, false},
		{"ten thousand digits", long, "1.0.0", Changed, false},
		{"more digits than a number has", "1.0.0", strings.Repeat("9", 30), Changed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if how, major := compareVersions(test.old, test.new); how != test.how || major != test.major {
				t.Errorf("%s to %s: %s, major %v; want %s, %v", test.old, test.new, how, major, test.how, test.major)
			}
		})
	}
}

func TestJavaVersionsAreComparedWhicheverWayTheyAreWritten(t *testing.T) {
	for _, test := range []struct {
		old, new    string
		how         How
		major, same bool
	}{
		{"8u302", "8.0.302", Changed, false, true},
		{"8u302", "1.8.0_302", Changed, false, true},
		{"1.8.0_302", "8.0.302", Changed, false, true},
		{"8u302-b08", "8.0.302+8", Changed, false, true},
		{"1.8.0_302-b08", "8.0_302-b08", Changed, false, true},
		{"jdk-21.0.9+10", "21.0.9+10", Changed, false, true},
		{"21", "21.0.0", Changed, false, true},
		{"8u292", "8u302", Up, false, false},
		{"8.0.302", "8u292", Down, false, false},
		{"1.8.0_302", "11.0.12", Up, true, false},
		{"21.0.9", "17.0.17", Down, true, false},
		{"21.0.9+10-LTS", "21.0.9+11-LTS", Up, false, false},
		{"21.0.9+9", "21.0.9+10", Up, false, false},
		{"8u302-b08", "8u302-b07", Down, false, false},
		{"25-ea+3", "25+36", Up, false, false},
		{"11.0.9", "11.0.9.1", Up, false, false},
		{"21.0.9", "21.0.9+10-LTS", Changed, false, false},
		{"21.0.9+10-LTS", "21.0.9+10-Ubuntu-1", Changed, false, false},
		{"21.0.9", "zulu", Changed, false, false},
		{"openjdk", "openjdk", Changed, false, true},
		{"21+x", "21+y", Changed, false, false},
		{"", "21", Changed, false, false},
		{"21", strings.Repeat("1", 10_000), Changed, false, false},
	} {
		if how, major, same := compareJava(test.old, test.new); how != test.how || major != test.major || same != test.same {
			t.Errorf("%.40s to %.40s: %s, major %v, same %v; want %s, %v, %v", test.old, test.new, how, major, same, test.how, test.major, test.same)
		}
	}
}

// reversed is how something changed, seen from the other side.
func reversed(h How) How {
	switch h {
	case Up:
		return Down
	case Down:
		return Up
	case Added:
		return Removed
	case Removed:
		return Added
	}
	return h
}

func TestComparingVersionsTheOtherWayRoundGivesTheReverse(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`(jdk-?|v)?(1\.)?[0-9]{1,3}((u|\.|_)[0-9]{1,3}){0,3}(-b[0-9]{2}|-ea|-rc\.[0-9])?(\+[0-9]{1,2})?(-LTS)?`))
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		how, major := compareVersions(a, b)
		if back, backMajor := compareVersions(b, a); back != reversed(how) || major != backMajor {
			t.Errorf("%q to %q is %s, back it is %s", a, b, how, back)
		}
		how, major, same := compareJava(a, b)
		if back, backMajor, backSame := compareJava(b, a); back != reversed(how) || major != backMajor || same != backSame {
			t.Errorf("Java %q to %q is %s %v, back it is %s %v", a, b, how, same, back, backSame)
		}
		if _, _, same := compareJava(a, a); !same {
			t.Errorf("Java %q is not the same as itself", a)
		}
	})
}
