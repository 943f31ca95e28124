package version

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bootgate/gate/lazyregexp"

	goversion "github.com/hashicorp/go-version"
)

// Java is the version of a Java run-time, in an order that holds across Java's schemes.
type Java struct {
	// elements are the feature, interim, update and patch numbers, as many as were written: 8.0.302, 17.0.21, 25.
	elements []int
	// early is whether it came before the release it is named after: 25-ea.
	early bool
	// build is the build number, and built whether there is one.
	build int
	built bool
	// rest is what else was written, in lower case: "lts", "ea", "debian-1deb12u1". It has no order.
	rest string
}

// maxElements is how many elements of a version are compared. Vendors use up to five (11.0.16.1.1).
const maxElements = 5

// The schemes of version strings: before Java 9 1.8.0_302-b08, its short form 8u302-b08 (of some vendors 8u302+8) and what
// error files make of them, 8.0_302-b08; since then JEP 322's 17.0.21+9-LTS and 25-ea+3, of which some vendors have
// 21.0.1+12.1 and 17.0.8+7_openj9-0.40.0. Image tags write 17.0.21_9.
var (
	legacyVersion = lazyregexp.MustCompile(`^(?:1\.)?([1-8])\.(\d)_(\d{1,4})(-[0-9A-Za-z._~+-]*)?$`)
	legacyBuild   = lazyregexp.MustCompile(`-b(\d{1,4})(?:-|$)`)
	shortVersion  = lazyregexp.MustCompile(`^(\d{1,2})u(\d{1,4})(?:(?:-b|\+)(\d{1,4}))?(-[0-9A-Za-z.~+-]*|_[A-Za-z][0-9A-Za-z.~+-]*)?$`)
	firstVersion  = lazyregexp.MustCompile(`^1\.(\d{1,2})\.(\d{1,3})(?:-([a-z]+))?(?:-b(\d{1,4}))?$`)
	modernVersion = lazyregexp.MustCompile(`^(\d{1,3}(?:\.\d{1,5}){0,7})(?:-([0-9A-Za-z]+))?(?:[+_](\d{1,6})((?:\.\d{1,5})*(?:_[A-Za-z][0-9A-Za-z.~-]*)?))?(\+?-[0-9A-Za-z.~+-]*)?$`)
)

// maxVersion is the length of the longest text that is taken for a version, in bytes.
const maxVersion = 100

// ParseJava reads a version in any of Java's schemes. The "jdk" or "jdk-" that tags have before it does not count.
func ParseJava(s string) (Java, bool) {
	if len(s) > maxVersion {
		return Java{}, false
	}
	if bare, ok := strings.CutPrefix(s, "jdk"); ok {
		s = strings.TrimPrefix(bare, "-")
	}
	if m := shortVersion.FindStringSubmatch(s); m != nil {
		return newJava([]string{m[1], "0", m[2]}, "", m[3], m[4]), true
	}
	if m := firstVersion.FindStringSubmatch(s); m != nil {
		return newJava([]string{m[1], m[2]}, m[3], m[4], ""), true
	}
	if m := legacyVersion.FindStringSubmatch(s); m != nil {
		build, rest := "", m[4]
		if at := legacyBuild.FindStringSubmatchIndex(rest); at != nil {
			build, rest = rest[at[2]:at[3]], rest[:at[0]]+rest[at[3]:]
		}
		return newJava([]string{m[1], m[2], m[3]}, "", build, rest), true
	}
	if m := modernVersion.FindStringSubmatch(s); m != nil {
		elements := strings.Split(m[1], ".")
		if len(elements) > 1 && elements[0] == "1" { // 1.8
			elements = elements[1:]
		}
		return newJava(elements, m[2], m[3], m[4]+m[5]), true
	}
	return Java{}, false
}

func newJava(elements []string, pre, build, rest string) Java {
	var v Java
	counted := min(len(elements), maxElements)
	for _, e := range elements[:counted] {
		n, _ := strconv.Atoi(e) // the expressions let through nothing but short numbers
		v.elements = append(v.elements, n)
	}
	v.early = pre != "" && !strings.EqualFold(pre, "LTS")
	if build != "" {
		v.build, _ = strconv.Atoi(build)
		v.built = true
	}
	v.rest = strings.ToLower(strings.Trim(strings.Join(elements[counted:], ".")+"-"+pre+rest, "-+_"))
	return v
}

// mapped returns the version in a form that go-version orders as Java does: all elements, then whether it is the
// release itself, then the build.
func (v Java) mapped() string {
	var b strings.Builder
	for i := range maxElements {
		fmt.Fprintf(&b, "%d.", v.element(i))
	}
	released := 1
	if v.early {
		released = 0
	}
	fmt.Fprintf(&b, "%d.%d", released, v.build)
	return b.String()
}

// String returns the version as Java writes it since JEP 322, whatever it was read from: "8.0.302+8", "25-ea+3".
func (v Java) String() string {
	var b strings.Builder
	for i, e := range v.elements {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.Itoa(e))
	}
	if v.early {
		b.WriteString("-ea")
	}
	if v.built {
		fmt.Fprintf(&b, "+%d", v.build)
	}
	return b.String()
}

// Same reports whether both are the same version, whatever their builds.
func (v Java) Same(other Java) bool { return slices.Equal(v.elements, other.elements) }

// Feature returns the number of the feature release: 21 of 21.0.9, 8 of 1.8.0_302.
func (v Java) Feature() int { return v.elements[0] }

// Compare returns -1, 0 or 1 as v comes before other, is beside it or comes after it. Builds count where both have one.
func (v Java) Compare(other Java) int {
	for i := range maxElements {
		if order := cmp.Compare(v.element(i), other.element(i)); order != 0 {
			return order
		}
	}
	switch {
	case v.early != other.early && v.early:
		return -1
	case v.early != other.early:
		return 1
	case v.built && other.built:
		return cmp.Compare(v.build, other.build)
	}
	return 0
}

// Equal reports whether both say the same, in whichever scheme: 8u302-b08 and 8.0.302+8.
func (v Java) Equal(other Java) bool {
	return v.Compare(other) == 0 && v.built == other.built && v.rest == other.rest
}

// element returns the i-th element; those that were not written are 0.
func (v Java) element(i int) int {
	if i < len(v.elements) {
		return v.elements[i]
	}
	return 0
}

// next returns the first version that does not begin as v does, before its early builds.
func (v Java) next() Java {
	if v.built {
		return Java{elements: v.elements, early: v.early, build: v.build + 1, built: true}
	}
	if v.early {
		return Java{elements: v.elements}
	}
	elements := slices.Clone(v.elements)
	elements[len(elements)-1]++
	return Java{elements: elements, early: true}
}

// JavaRange is a set of versions of Java: conditions separated by commas, all of which must hold, and groups of them
// separated by ||, one of which must. A version without an operator stands for everything that begins with it: 17 for
// all of Java 17. The zero value holds no version.
type JavaRange struct {
	written string
	groups  [][]javaCondition
}

// javaCondition is one comparison.
type javaCondition struct {
	constraints goversion.Constraints
	// built is whether it is about builds; otherwise those of a version do not count.
	built bool
	// not turns it round.
	not bool
}

var oneCondition = lazyregexp.MustCompile(`^(>=|<=|!=|=|>|<)?\s*([0-9][0-9A-Za-z._+~-]*)$`)

// ParseJavaRange reads a range such as ">= 8, < 8u312" or "17 || >= 21, < 21.0.5".
func ParseJavaRange(s string) (JavaRange, error) {
	r := JavaRange{written: s}
	for _, group := range strings.Split(s, "||") {
		var conditions []javaCondition
		for _, text := range strings.Split(group, ",") {
			c, err := parseJavaCondition(strings.TrimSpace(text))
			if err != nil {
				return JavaRange{}, fmt.Errorf("range %q of Java versions: %w", s, err)
			}
			conditions = append(conditions, c)
		}
		r.groups = append(r.groups, conditions)
	}
	return r, nil
}

func parseJavaCondition(text string) (javaCondition, error) {
	m := oneCondition.FindStringSubmatch(text)
	if m == nil {
		return javaCondition{}, fmt.Errorf("%q is no condition: write it as >= 17, < 17.0.9 or 8u302", text)
	}
	v, ok := ParseJava(m[2])
	if !ok {
		return javaCondition{}, fmt.Errorf("%q is no version of Java: write it as 17.0.9, 17.0.9+9 or 8u302", m[2])
	}
	constraint := m[1] + " " + v.mapped()
	switch m[1] {
	case "", "=", "!=":
		constraint = ">= " + v.mapped() + ", < " + v.next().mapped()
	case "<=":
		constraint = "< " + v.next().mapped()
	case ">":
		constraint = ">= " + v.next().mapped()
	}
	constraints, err := goversion.NewConstraint(constraint)
	if err != nil {
		return javaCondition{}, err
	}
	return javaCondition{constraints: constraints, built: v.built, not: m[1] == "!="}, nil
}

// Has reports whether the range holds a version.
func (r JavaRange) Has(v Java) bool {
	return slices.ContainsFunc(r.groups, func(group []javaCondition) bool {
		return !slices.ContainsFunc(group, func(c javaCondition) bool { return !c.holds(v) })
	})
}

func (c javaCondition) holds(v Java) bool {
	if !c.built {
		v.build = 0
	}
	mapped, err := goversion.NewVersion(v.mapped())
	return err == nil && c.constraints.Check(mapped) != c.not
}

// IsZero reports whether there is no range.
func (r JavaRange) IsZero() bool { return len(r.groups) == 0 }

// Equal reports whether both were written the same.
func (r JavaRange) Equal(other JavaRange) bool { return r.written == other.written }

// String returns the range as it was written.
func (r JavaRange) String() string { return r.written }

// UnmarshalText reads what ParseJavaRange reads.
func (r *JavaRange) UnmarshalText(text []byte) (err error) {
	*r, err = ParseJavaRange(string(text))
	return err
}

// MarshalText writes the range as it was written.
func (r JavaRange) MarshalText() ([]byte, error) { return []byte(r.written), nil }
