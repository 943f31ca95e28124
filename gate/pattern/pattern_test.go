package pattern

import "testing"

func TestPatternsMatchWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		name, expression, text string
		want                   bool
	}{
		{"the text holds it", "taking o.er", "sync: taking over", true},
		{"the text does not hold it", "^taking", "sync: taking over", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse(c.expression)
			if err != nil {
				t.Fatal(err)
			}
			if p.MatchString(c.text) != c.want || p.Match([]byte(c.text)) != c.want {
				t.Errorf("%q does not say %v of %q", p, c.want, c.text)
			}
		})
	}
}

func TestNoPatternMatchesNothing(t *testing.T) {
	var none Pattern
	if none.MatchString("") || none.Match(nil) || !none.IsZero() || none.String() != "" {
		t.Error("a zero pattern is one")
	}
}

func TestAPatternIsReadAsItWasWritten(t *testing.T) {
	var p, again Pattern
	if err := p.UnmarshalText([]byte(`LICENCE-\d+`)); err != nil {
		t.Fatal(err)
	}
	text, err := p.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if err := again.UnmarshalText(text); err != nil || !p.Equal(again) {
		t.Errorf("read again it is %q (%v), want %q", again, err, p)
	}
	for _, wrong := range []string{"", "("} {
		if err := p.UnmarshalText([]byte(wrong)); err == nil || p.IsZero() {
			t.Errorf("%q was read, or took the pattern away", wrong)
		}
	}
}
