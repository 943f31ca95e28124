package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bootgate/gate"
	"bootgate/gate/policy"
)

// baselines gives the targets the images of --baseline, in place of those of gate.yaml. Each argument is NAME=IMAGE, where
// NAME is a target's name, its name in gate.yaml, or its image as it was given; or IMAGE alone where one image is checked.
func baselines(targets []gate.Target, args []string) error {
	given := make([]string, len(targets))
	for _, arg := range args {
		which, ref, err := baselineOf(targets, arg)
		if err != nil {
			return err
		}
		for _, i := range which {
			if given[i] != "" {
				return fmt.Errorf("--baseline: %s has two: %s and %s", targets[i].Name, given[i], ref)
			}
			given[i], targets[i].Baseline = ref, ref
		}
	}
	return nil
}

// baselineOf reads one argument: the targets it is for, by their positions, and the image.
func baselineOf(targets []gate.Target, arg string) (which []int, ref string, err error) {
	for at := range len(arg) {
		if arg[at] != '=' {
			continue
		}
		for i, t := range targets {
			if slices.Contains([]string{t.Name, t.Entry, t.Image}, arg[:at]) && arg[:at] != "" {
				which = append(which, i)
			}
		}
		if len(which) > 0 {
			ref = arg[at+1:]
			break
		}
	}
	if len(which) == 0 {
		if which, err = onlyImage(targets, arg); err != nil {
			return nil, "", err
		}
		ref = arg
	}
	if ref == "" {
		return nil, "", errors.New("--baseline: it names no image: is a variable unset?")
	}
	return which, ref, nil
}

// onlyImage returns all targets when they are one image, which may have several entries in gate.yaml.
func onlyImage(targets []gate.Target, arg string) (which []int, err error) {
	if name, _, ok := strings.Cut(arg, "="); ok && isName(name) {
		return nil, fmt.Errorf("--baseline %s: no image that is checked is called %q", arg, name)
	}
	for i, t := range targets {
		if t.Image != targets[0].Image {
			return nil, fmt.Errorf("--baseline %s: several images are checked: write %s=%s for the one it is for", arg, targets[0].Name, arg)
		}
		which = append(which, i)
	}
	return which, nil
}

// control gives all targets what --control says, in place of what gate.yaml does.
func control(targets []gate.Target, when string) error {
	choice, err := policy.ParseControl(when)
	if err != nil {
		return fmt.Errorf("--control: %w", err)
	}
	for i := range targets {
		targets[i].Control = choice
	}
	return nil
}

// uncontrolled returns the names of targets that are to have a control boot, whatever happens, and have nothing to boot.
func uncontrolled(targets []gate.Target) (names []string) {
	for _, t := range targets {
		if t.Control == policy.ControlAlways && t.Baseline == "" {
			names = append(names, t.Name)
		}
	}
	return names
}
