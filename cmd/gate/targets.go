package main

import (
	"errors"
	"fmt"
	"strings"

	"bootgate/gate"
	"bootgate/gate/policy"
)

// targets pairs the images on the command line with what gate.yaml asks of them. Without any it returns all images of
// gate.yaml.
func targets(p *policy.Policy, args []string) ([]gate.Target, error) {
	if len(args) == 0 {
		if len(p.Images) == 0 {
			return nil, errors.New("no image to check: name one (gate check IMAGE), or list images in gate.yaml")
		}
		var all []gate.Target
		for _, img := range p.Images {
			all = append(all, gate.Target{Name: img.Name, Image: img.Image, Spec: img.Boot})
		}
		return all, nil
	}
	var all []gate.Target
	for _, arg := range args {
		found, err := targetsOf(p, arg)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// targetsOf reads one argument: NAME=IMAGE, a name in gate.yaml, or an image, which is held to every entry of its
// repository.
func targetsOf(p *policy.Policy, arg string) ([]gate.Target, error) {
	if arg == "" {
		return nil, errors.New("an image is named by an empty argument: is a variable unset?")
	}
	if name, ref, ok := strings.Cut(arg, "="); ok && isName(name) {
		img, found := p.ByName(name)
		if !found {
			return nil, fmt.Errorf("%q: gate.yaml has no image named %q%s", arg, name, knownNames(p))
		}
		return []gate.Target{{Name: name, Image: ref, Spec: img.Boot}}, nil
	}
	if img, found := p.ByName(arg); found {
		return []gate.Target{{Name: img.Name, Image: img.Image, Spec: img.Boot}}, nil
	}
	var all []gate.Target
	for _, img := range p.ByReference(arg) {
		all = append(all, gate.Target{Name: img.Name, Image: arg, Spec: img.Boot})
	}
	if len(all) == 0 {
		all = []gate.Target{{Name: arg, Image: arg}}
	}
	return all, nil
}

// isName reports whether the part before "=" is meant as a name: a path or a reference has a slash, colon or dot first.
func isName(s string) bool { return s != "" && !strings.ContainsAny(s, "/:@\\") }

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
