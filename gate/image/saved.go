package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// savedImage is one entry of manifest.json in a `docker save` archive (Docker image specification 1.2, "Combined Image
// JSON + Filesystem Changeset Format").
type savedImage struct {
	Config   string   `json:"Config"`
	RepoTags []string `json:"RepoTags"`
	Layers   []string `json:"Layers"`
}

func parseSaved(raw []byte) ([]savedImage, error) {
	var all []savedImage
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it names no image")
	}
	return all, nil
}

// readSaved reads the image of a `docker save` archive without an OCI layout: those of Docker before 25, and of most
// other tools that write the format. Such an image has no manifest, so that its ID is its identity.
func readSaved(ctx context.Context, ref string, t tree, item string, w wish) (*stored, error) {
	raw, err := t.read(ctx, savedFile, manifestLimit)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "not an image", Err: err}
	}
	all, err := parseSaved(raw)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: savedFile + " cannot be read", Err: err}
	}
	chosen, err := chooseSaved(ref, all, item)
	if err != nil {
		return nil, err
	}
	s := &stored{found: &found{}, tree: t}
	if s.rawConfig, err = t.read(ctx, chosen.Config, configLimit); err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "its configuration cannot be read", Err: err}
	}
	if s.imageID, _, err = v1.SHA256(bytes.NewReader(s.rawConfig)); err != nil {
		return nil, err
	}
	if err := s.readConfig(ref, w); err != nil {
		return nil, err
	}
	return s, s.locateSavedLayers(ref, chosen)
}

// locateSavedLayers finds the layers of an image without a manifest. Nobody wrote down how long they should be: whether
// they are whole shows when they are read.
func (s *stored) locateSavedLayers(ref string, chosen savedImage) error {
	if len(chosen.Layers) != len(s.config.RootFS.DiffIDs) {
		return &InvalidError{Ref: ref, Reason: fmt.Sprintf("%s has %d layers, its configuration %d",
			savedFile, len(chosen.Layers), len(s.config.RootFS.DiffIDs))}
	}
	for i, name := range chosen.Layers {
		file := s.tree.canonical(name)
		size, ok := s.tree.size(file)
		if !ok {
			return &InvalidError{Ref: ref, Reason: fmt.Sprintf("layer %s is missing", name)}
		}
		s.layers = append(s.layers, storedLayer{file: file, size: size, diffID: s.config.RootFS.DiffIDs[i]})
	}
	return nil
}

// chooseSaved chooses an entry of manifest.json by one of its tags; an empty item means the only entry.
func chooseSaved(ref string, all []savedImage, item string) (savedImage, error) {
	var names []string
	for _, image := range all {
		if item != "" && isCalled(image.RepoTags, item) {
			return image, nil
		}
		names = append(names, savedName(image))
	}
	switch {
	case item != "":
		return savedImage{}, &NotFoundError{Ref: ref, Where: "the archive, which has " + strings.Join(names, ", ")}
	case len(all) == 1:
		return all[0], nil
	}
	return savedImage{}, several(ref, names)
}

func savedName(image savedImage) string {
	if len(image.RepoTags) == 0 {
		return strings.TrimSuffix(image.Config, ".json")
	}
	return image.RepoTags[0]
}
