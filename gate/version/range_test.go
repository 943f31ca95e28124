package version

import (
	"strings"
	"testing"
)

func TestRangesOfVersions(t *testing.T) {
	for _, test := range []struct {
		written string
		in, out []string
	}{
		{"0.4.541", []string{"0.4.541", "v0.4.541"}, []string{"0.4.540", "0.4.542", "0.4.5410"}},
		{">= 0.4.540, != 0.4.541", []string{"0.4.540", "0.4.542", "1.0"}, []string{"0.4.541", "0.4.539"}},
		{">= 8.7.0, < 8.7.1 || 9", []string{"8.7.0", "9.0.0"}, []string{"8.7.1", "8.6.9", "9.0.1"}},
		{"~> 1.2", []string{"1.2.0", "1.9"}, []string{"2.0", "1.1.9"}},
		{">= 1.0", []string{"1.0", "1.0.1"}, []string{"1.1.0-rc1"}},
		{">= 1.0-rc1", []string{"1.0-rc2"}, []string{"0.9"}},
		{"> 0", nil, []string{"", "dev", "latest", "1.x", strings.Repeat("9", 10_000), "1." + strings.Repeat("1", 200)}},
	} {
		t.Run(test.written, func(t *testing.T) {
			r, err := ParseRange(test.written)
			if err != nil {
				t.Fatal(err)
			}
			for want, versions := range map[bool][]string{true: test.in, false: test.out} {
				for _, text := range versions {
					if r.Has(text) != want {
						t.Errorf("%.40s: in the range %v, want %v", text, !want, want)
					}
				}
			}
		})
	}
}

func TestWhatIsNoRangeIsNotRead(t *testing.T) {
	for _, text := range []string{"", "new", ">= ", ">= 1,", "1 ||", "=> 1", "1.0 - 2.0"} {
		if r, err := ParseRange(text); err == nil {
			t.Errorf("%q was read as %s", text, r)
		} else if !strings.Contains(err.Error(), "is no range of versions") {
			t.Errorf("%q: error %q does not say what is wrong", text, err)
		}
	}
	var none Range
	if none.Has("1") || none.Has("") || !none.IsZero() {
		t.Error("no range holds something")
	}
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{">= 8.7.0, < 8.7.1", "1 || 2", "~> 1.2", "!= 1.0-rc1", "1.0+build"} {
		f.Add(seed, "8.7.0")
	}
	f.Fuzz(func(t *testing.T, written, text string) {
		r, err := ParseRange(written)
		if err != nil {
			return
		}
		r.Has(text)
		again, err := ParseRange(r.String())
		if err != nil || again.Has(text) != r.Has(text) {
			t.Errorf("%q read again is another range", written)
		}
	})
}
