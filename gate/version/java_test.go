package version

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestJavaVersionsAreReadInEverySchemeJavaHad(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"1.8.0_302-b08", "8.0.302.0.0.1.8"},
		{"1.8.0_302", "8.0.302.0.0.1.0"},
		{"1.8.0_302-8u302-b08-0ubuntu1~20.04-b08", "8.0.302.0.0.1.8"},
		{"1.8.0_302-internal", "8.0.302.0.0.1.0"},
		{"1.8.0", "8.0.0.0.0.1.0"},
		{"1.8.0-b132", "8.0.0.0.0.1.132"},
		{"1.8.0-ea-b100", "8.0.0.0.0.0.100"},
		{"8u302", "8.0.302.0.0.1.0"},
		{"8u302-b08", "8.0.302.0.0.1.8"},
		{"8.0_302-b08", "8.0.302.0.0.1.8"},
		{"8.0.302", "8.0.302.0.0.1.0"},
		{"8.0.302+8", "8.0.302.0.0.1.8"},
		{"17.0.21+1", "17.0.21.0.0.1.1"},
		{"17.0.21+9-LTS", "17.0.21.0.0.1.9"},
		{"17.0.21+9-Debian-1deb12u1", "17.0.21.0.0.1.9"},
		{"17.0.21_9", "17.0.21.0.0.1.9"},
		{"21.0.5-LTS", "21.0.5.0.0.1.0"},
		{"25", "25.0.0.0.0.1.0"},
		{"25+36-LTS", "25.0.0.0.0.1.36"},
		{"25-ea+3", "25.0.0.0.0.0.3"},
		{"26-internal", "26.0.0.0.0.0.0"},
		{"11.0.13.1", "11.0.13.1.0.1.0"},
		{"11.0.16.1.1+1", "11.0.16.1.1.1.1"},
		{"jdk-21.0.2+13", "21.0.2.0.0.1.13"},
		{"jdk8u402-b06", "8.0.402.0.0.1.6"},
		{"jdk8u382-b05_openj9-0.40.0", "8.0.382.0.0.1.5"},
		{"jdk-17.0.8+7_openj9-0.40.0", "17.0.8.0.0.1.7"},
		{"8u372+7", "8.0.372.0.0.1.7"},
		{"21.0.1+12.1", "21.0.1.0.0.1.12"},
		{"1.8", "8.0.0.0.0.1.0"},
	} {
		t.Run(test.text, func(t *testing.T) {
			v, ok := ParseJava(test.text)
			if !ok {
				t.Fatal("it was not read")
			}
			if diff := cmp.Diff(test.want, v.mapped()); diff != "" {
				t.Errorf("mapped (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoJavaVersionIsNotRead(t *testing.T) {
	for _, text := range []string{"", "java", "8u", "1.8.0_", "17.", ".17", "v17", "17 0", "17.0.x", "25.302-b08 mixed mode", "999999999999", "1.8.0_302x", "8u302_", "1.", "jdk"} {
		if v, ok := ParseJava(text); ok {
			t.Errorf("%q was read as %s", text, v.mapped())
		}
	}
}

func TestWhatTwoVersionsOfJavaHaveInCommon(t *testing.T) {
	for _, test := range []struct {
		a, b  string
		order int
		equal bool
	}{
		{"8u302-b08", "1.8.0_302-b08", 0, true},
		{"21", "21.0.0", 0, true},
		{"17.0.21+9-LTS", "17.0.21+9-lts", 0, true},
		{"17.0.21+9-LTS", "17.0.21+9-Debian-1", 0, false},
		{"17.0.21", "17.0.21+9", 0, false},
		{"17.0.21+9", "17.0.21+10", -1, false},
		{"25-ea+30", "25+1", -1, false},
		{"25-ea", "25-internal", 0, false},
		{"21.0.1+12", "21.0.1+12.1", 0, false},
		{"1.2.3.4.5.6.7", "1.2.3.4.5.6.8", 0, false},
		{"8u302", "11.0.1", -1, false},
	} {
		a, _ := ParseJava(test.a)
		b, _ := ParseJava(test.b)
		if a.Compare(b) != test.order || b.Compare(a) != -test.order || a.Equal(b) != test.equal || b.Equal(a) != test.equal {
			t.Errorf("%s and %s: order %d, equal %v; want %d, %v", test.a, test.b, a.Compare(b), a.Equal(b), test.order, test.equal)
		}
	}
}

func TestRangesOfJavaVersions(t *testing.T) {
	for _, test := range []struct {
		written string
		in, out []string
	}{
		{">= 8, < 9", []string{"8.0_302-b08", "1.8.0", "8u504"}, []string{"9", "1.7.0_80", "11.0.1", "25"}},
		{">= 8, < 8u312", []string{"8u302-b08", "1.8.0_311-b99"}, []string{"8u312-b01", "1.8.0_312", "1.7.0_80"}},
		{"17", []string{"17", "17+35", "17.0.21+9-LTS"}, []string{"18", "16.0.2", "17-ea+3", "18-ea+1"}},
		{"= 17.0.21", []string{"17.0.21+1", "17.0.21.1"}, []string{"17.0.20", "17.0.22"}},
		{"17.0.21+9", []string{"17.0.21+9", "17.0.21+9-LTS"}, []string{"17.0.21+8", "17.0.21+10", "17.0.21"}},
		{"!= 17", []string{"16", "18", "8u302"}, []string{"17.0.1", "17"}},
		{"<= 17", []string{"17.0.21", "11"}, []string{"18", "18-ea+1"}},
		{"> 17", []string{"18", "21.0.1"}, []string{"17.0.21", "17"}},
		{">= 17.0.21+9", []string{"17.0.21+9", "17.0.21+10", "17.0.22"}, []string{"17.0.21+8", "17.0.20+99"}},
		{"25-ea", []string{"25-ea+3"}, []string{"25", "24", "26-ea"}},
		{">= 25", []string{"25", "25.0.1", "26-ea+1"}, []string{"25-ea+3", "24.0.2"}},
		{"8u302 || >= 17, < 17.0.9 || 25", []string{"8u302", "17.0.8+7", "25.0.1"}, []string{"8u312", "17.0.9", "21"}},
		{"< 11.0.13.1", []string{"11.0.13", "11.0.12"}, []string{"11.0.13.1", "11.0.14"}},
	} {
		t.Run(test.written, func(t *testing.T) {
			r, err := ParseJavaRange(test.written)
			if err != nil {
				t.Fatal(err)
			}
			for want, versions := range map[bool][]string{true: test.in, false: test.out} {
				for _, text := range versions {
					v, ok := ParseJava(text)
					if !ok || r.Has(v) != want {
						t.Errorf("%s: read %v, in the range %v, want %v", text, ok, r.Has(v), want)
					}
				}
			}
		})
	}
}

func TestRangesThatCannotBeRead(t *testing.T) {
	for _, test := range []struct{ written, want string }{
		{"", `range "" of Java versions: "" is no condition: write it as >= 17, < 17.0.9 or 8u302`},
		{"~> 17", `range "~> 17" of Java versions: "~> 17" is no condition: write it as >= 17, < 17.0.9 or 8u302`},
		{">= 17,", `range ">= 17," of Java versions: "" is no condition: write it as >= 17, < 17.0.9 or 8u302`},
		{">= 17.x", `range ">= 17.x" of Java versions: "17.x" is no version of Java: write it as 17.0.9, 17.0.9+9 or 8u302`},
	} {
		_, err := ParseJavaRange(test.written)
		if err == nil {
			t.Errorf("%q was read", test.written)
			continue
		}
		if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
}

// drawnVersion is a version with the texts that mean it.
type drawnVersion struct {
	order []int // feature, interim, update, patch, whether released, build
	texts []string
}

func drawVersion(t *rapid.T, label string) drawnVersion {
	number := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, label+name) }
	build := number("build", 40)
	if rapid.Bool().Draw(t, label+"legacy") {
		feature, update := rapid.IntRange(5, 8).Draw(t, label+"feature"), number("update", 500)
		return drawnVersion{[]int{feature, 0, update, 0, 1, build}, []string{
			fmt.Sprintf("1.%d.0_%02d-b%02d", feature, update, build), fmt.Sprintf("%du%d-b%02d", feature, update, build),
			fmt.Sprintf("%d.0_%02d-b%02d", feature, update, build), fmt.Sprintf("%d.0.%d+%d", feature, update, build),
		}}
	}
	feature := rapid.IntRange(9, 40).Draw(t, label+"feature")
	if rapid.Bool().Draw(t, label+"early") {
		return drawnVersion{[]int{feature, 0, 0, 0, 0, build}, []string{fmt.Sprintf("%d-ea+%d", feature, build), fmt.Sprintf("%d-ea+%d-LTS", feature, build)}}
	}
	interim, update, patch := number("interim", 2), number("update", 30), number("patch", 3)
	full := fmt.Sprintf("%d.%d.%d.%d+%d", feature, interim, update, patch, build)
	texts := []string{full, full + "-LTS", full + "-Debian-1deb12u1"}
	if patch == 0 {
		texts = append(texts, fmt.Sprintf("%d.%d.%d+%d", feature, interim, update, build))
		if interim == 0 && update == 0 {
			texts = append(texts, fmt.Sprintf("%d+%d", feature, build))
		}
	}
	return drawnVersion{[]int{feature, interim, update, patch, 1, build}, texts}
}

func TestTheSchemesOfJavaVersionsHaveOneOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawVersion(t, "a "), drawVersion(t, "b ")
		left, right := rapid.SampledFrom(a.texts).Draw(t, "left"), rapid.SampledFrom(b.texts).Draw(t, "right")
		v, ok := ParseJava(left)
		if !ok {
			t.Fatalf("%s was not read", left)
		}
		order := slices.Compare(a.order, b.order)
		for operator, want := range map[string]bool{"<": order < 0, "<=": order <= 0, "=": order == 0, "!=": order != 0, ">=": order >= 0, ">": order > 0} {
			r, err := ParseJavaRange(operator + right)
			if err != nil {
				t.Fatal(err)
			}
			if r.Has(v) != want {
				t.Errorf("%s %s %s: %v, want %v", left, operator, right, !want, want)
			}
		}
		if w, ok := ParseJava(right); !ok || v.Compare(w) != order || v.Feature() != a.order[0] {
			t.Errorf("%s of release %d compared with %s: %d, want %d", left, v.Feature(), right, v.Compare(w), order)
		}
	})
}

func FuzzJavaVersion(f *testing.F) {
	for _, seed := range []string{"1.8.0_302-b08", "8u302", "17.0.21+9-LTS", "25-ea+3", "11.0.13.1", "", ">= 8, < 9 || 17"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := ParseJava(text)
		if ok && len(v.elements) == 0 {
			t.Errorf("%q was read as nothing", text)
		}
		r, err := ParseJavaRange(text)
		if err == nil && ok {
			r.Has(v)
		}
	})
}
