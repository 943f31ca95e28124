package main

import (
	"errors"
	"fmt"
	"strings"

	"bootgate/gate"
	"bootgate/gate/image"
	"bootgate/gate/policy"
)

// targets pairs the images on the command line with what gate.yaml asks of them. Without any it returns all images of
// gate.yaml. unlisted are the images that gate.yaml, though it lists some, says nothing about.
func targets(p *policy.Policy, args []string) (all []gate.Target, unlisted []string, err error) {
	if len(args) == 0 {
		if len(p.Images) == 0 {
			return nil, nil, errors.New("no image to check: name one (gate check IMAGE), or list images in gate.yaml")
		}
		for _, img := range p.Images {
			all = append(all, target(img, img.Image))
		}
		return all, nil, nil
	}
	for _, arg := range args {
		found, err := targetsOf(p, arg)
		if err != nil {
			return nil, nil, err
		}
		if found[0].Entry == "" && len(p.Images) > 0 {
			unlisted = append(unlisted, arg)
		}
		all = append(all, found...)
	}
	return all, unlisted, tellApart(all)
}

// target holds an image to an entry.
func target(entry policy.Image, image string) gate.Target {
	return gate.Target{Name: entry.Name, Entry: entry.Name, Image: image, Spec: entry.Boot, Baseline: entry.Baseline, Control: entry.Control}
}

// tellApart gives targets of one entry names of their own, and refuses an image that is named twice: a report could not
// tell the two apart.
func tellApart(all []gate.Target) error {
	count := map[string]int{}
	for _, t := range all {
		count[t.Name]++
	}
	seen := map[string]bool{}
	for i, t := range all {
		if count[t.Name] > 1 && t.Name != t.Image {
			all[i].Name = fmt.Sprintf("%s (%s)", t.Name, t.Image)
		}
		if seen[all[i].Name] {
			return fmt.Errorf("image %q is named twice", t.Image)
		}
		seen[all[i].Name] = true
	}
	return nil
}

// targetsOf reads one argument: NAME=IMAGE, a name in gate.yaml, or an image, which is held to every entry of its
// repository. It returns at least one target.
func targetsOf(p *policy.Policy, arg string) ([]gate.Target, error) {
	if arg == "" {
		return nil, errors.New("an image is named by an empty argument: is a variable unset?")
	}
	if name, ref, ok := strings.Cut(arg, "="); ok && (isName(name) || !isPath(arg)) {
		entry, found := p.ByName(name)
		if !found {
			return nil, fmt.Errorf("%q: gate.yaml has no image named %q%s", arg, name, knownNames(p))
		}
		return []gate.Target{target(entry, ref)}, nil
	}
	if entry, found := p.ByName(arg); found {
		return []gate.Target{target(entry, entry.Image)}, nil
	}
	var all []gate.Target
	for _, entry := range p.ByReference(arg) {
		all = append(all, target(entry, arg))
	}
	if len(all) == 0 {
		all = []gate.Target{{Name: arg, Image: arg}}
	}
	return all, nil
}

// isName reports whether the part before "=" is meant as a name: a path or a reference has a slash, colon or dot first.
func isName(s string) bool { return s != "" && !strings.ContainsAny(s, "/:@\\") }

// isPath reports whether an argument names a path. No reference of an image holds a "=", but a path may.
func isPath(arg string) bool {
	target, err := image.Parse(arg)
	return err == nil && target.IsPath()
}

func knownNames(p *policy.Policy) string {
	if len(p.Images) == 0 {
		return ""
	}
	var names []string
	for _, img := range p.Images {
		names = append(names, img.Name)
	}
	return ": it has " + strings.Join(names, ", ")
}
