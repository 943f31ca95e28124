package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bootgate/gate/builder"
	"bootgate/gate/diagnose"
	"bootgate/gate/finding"
	"bootgate/gate/lazyregexp"
)

// checker checks what spans several fields, or needs to know more than the type of a value. It passes over whatever
// the decoder already found fault with.
type checker struct {
	*decoder
	tree *node
	now  time.Time
}

// imageName is what an image can be called: it becomes part of file names, container names and reports.
var imageName = lazyregexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// problemAt notes a problem with the value at a path, or with its key where the value is more than one line.
func (c *checker) problemAt(message, hint string, path ...string) {
	n, at := c.tree.follow(path)
	if n.kind != sequence && n.kind != mapping && n.kind != null {
		at = n.at
	}
	c.src.add(at, message, hint)
}

// sound reports whether there is a value at a path, and the decoder found no fault with it.
func (c *checker) sound(path ...string) bool {
	n, ok := c.tree.find(path)
	return ok && !c.failed[n]
}

func (c *checker) images(images []Image) {
	seen := map[string]bool{}
	for i, image := range images {
		in := func(path ...string) []string { return append([]string{"images", strconv.Itoa(i)}, path...) }
		if c.sound(in("name")...) {
			switch {
			case !imageName.MatchString(image.Name):
				c.problemAt(fmt.Sprintf("name: %q is not a name", image.Name),
					"write up to 63 letters, digits, dots, dashes and underscores", in("name")...)
			case seen[image.Name]:
				c.problemAt(fmt.Sprintf("name: two images have the name %q", image.Name), "", in("name")...)
			}
			seen[image.Name] = true
		}
		if c.sound(in("image")...) && (image.Image == "" || strings.ContainsFunc(image.Image, unicode.IsSpace)) {
			c.problemAt(fmt.Sprintf("image: %q is not an image reference: write it as ghcr.io/acme/etl", image.Image), "", in("image")...)
		}
		if c.sound(in("baseline")...) && (image.Baseline == "" || strings.ContainsFunc(image.Baseline, unicode.IsSpace)) {
			c.problemAt(fmt.Sprintf("baseline: %q is not an image reference: write it as ghcr.io/acme/etl:1.4.2", image.Baseline), "", in("baseline")...)
		}
		for _, p := range image.Boot.Check() {
			// at-least is compared with within; where that could not be read it has its default here.
			if within, ok := c.tree.find(in("boot", "within")); p.Key == "at-least" && ok && c.failed[within] {
				continue
			}
			steps := strings.Split(p.Key, ".")
			if path := in(append([]string{"boot"}, steps...)...); c.sound(path...) {
				c.problemAt(dotted(steps)+": "+p.Message, "", path...)
			}
		}
	}
}

func (c *checker) suppressions(p *Policy) {
	var names []string
	for _, image := range p.Images {
		names = append(names, image.Name)
	}
	for i, s := range p.Suppress {
		in := func(key string) []string { return []string{"suppress", strconv.Itoa(i), key} }
		if c.sound(in("rule")...) {
			c.rule(s.Rule, in("rule"))
		}
		if c.sound(in("image")...) && !slices.Contains(names, s.Image) {
			hint := "leave image out to suppress the rule for all"
			if near, ok := nearest(s.Image, names); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			c.problemAt(fmt.Sprintf("image: no image has the name %q", s.Image), hint, in("image")...)
		}
		if c.sound(in("known")...) {
			c.named(s.Known, knownIDs(p), in("known"))
		}
		if c.sound(in("reason")...) && strings.TrimSpace(s.Reason) == "" {
			c.problemAt("reason: a suppression needs a reason", "", in("reason")...)
		}
		if c.sound(in("until")...) && s.Until.Over(c.now) {
			c.problemAt(fmt.Sprintf("until: the suppression of %s expired on %s", s.Rule, s.Until),
				"remove it, or give it a new day if its reason still holds", in("until")...)
		}
	}
}

// named checks that there is something of that name to be suppressed.
func (c *checker) named(id string, ids []string, path []string) {
	if slices.Contains(ids, id) {
		return
	}
	hint := "leave known out to suppress all findings of the rule"
	if near, ok := nearest(id, ids); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.problemAt(fmt.Sprintf("known: nothing is known as %q", id), hint, path...)
}

// knownIDs are the names of all known causes and of all that is known to be bad.
func knownIDs(p *Policy) []string {
	var ids []string
	for _, list := range [][]diagnose.Cause{p.Diagnose.Causes, diagnose.KnownCauses()} {
		for _, cause := range list {
			ids = append(ids, cause.ID)
		}
	}
	for _, list := range [][]builder.KnownBad{p.Builder.KnownBad, builder.KnownBadList()} {
		for _, bad := range list {
			ids = append(ids, bad.ID)
		}
	}
	return ids
}

// builder checks the section of the same name.
func (c *checker) builder(rules builder.Rules) {
	for _, p := range rules.Check() {
		if path := append([]string{"builder"}, p.Path...); c.sound(path...) {
			c.problemAt(lastKey(path)+": "+p.Message, "", path...)
		}
	}
}

// lastKey returns the last step of a path that is no position in a list.
func lastKey(path []string) string {
	keys := slices.DeleteFunc(slices.Clone(path), func(step string) bool { _, err := strconv.Atoi(step); return err == nil })
	return keys[len(keys)-1]
}

// diagnose checks the section of the same name.
func (c *checker) diagnose(rules diagnose.Rules) {
	for _, p := range rules.Check() {
		if path := append([]string{"diagnose"}, strings.Split(p.Path, ".")...); c.sound(path...) {
			c.problemAt(lastKey(path)+": "+p.Message, "", path...)
		}
	}
	for i, cause := range rules.Causes {
		path := []string{"diagnose", "causes", strconv.Itoa(i), "rule"}
		for j, id := range cause.Rule {
			at := path
			if n, ok := c.tree.find(path); ok && n.kind == sequence {
				at = append(slices.Clone(path), strconv.Itoa(j))
			}
			if c.sound(path...) && c.known(id, "rule", at) && !diagnose.Explains(id) {
				c.problemAt(fmt.Sprintf("rule: %s is not about why a process died: no cause explains it", id), "", at...)
			}
		}
	}
	for i, id := range rules.Errors {
		path := []string{"diagnose", "errors", strconv.Itoa(i)}
		if c.sound(path...) && c.known(id, "errors", path) && !diagnose.Reports(id) {
			c.problemAt(fmt.Sprintf("errors: %s is not about what happens to a process", id), "", path...)
		}
	}
}

// known checks that there is a rule with an id.
func (c *checker) known(id, key string, path []string) bool {
	if _, known := finding.Lookup(id); known {
		return true
	}
	hint := "gate rules lists them"
	if near, ok := NearestRule(id); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.problemAt(fmt.Sprintf("%s: there is no rule %q", key, id), hint, path...)
	return false
}

// rule checks that a rule exists and may be suppressed.
func (c *checker) rule(id string, path []string) {
	if !c.known(id, "rule", path) {
		return
	}
	if !suppressible(id) {
		c.problemAt(fmt.Sprintf("rule: %s cannot be suppressed: a gate that learned nothing about an image does not let it pass", id), "", path...)
	}
}

// ruleIDs returns the ids of all rules that keep says yes to.
func ruleIDs(keep func(id string) bool) []string {
	var ids []string
	for _, r := range finding.Rules() {
		if keep(r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
