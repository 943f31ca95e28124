package cnb

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"bootgate/gate/image"
)

// BuilderDescription is that of every builder.
const BuilderDescription = "Builds Java applications on a tiny run image"

// Builder returns the image of a builder that would make a, with the labels that pack writes. The lifecycle need not be one
// that exists. What is in it is what the labels are about, without the programs: nobody builds with it.
func Builder(a App) (v1.Image, error) {
	lifecycle := a.Lifecycle
	a.Lifecycle, a.JVM = "", ""
	a, err := a.complete()
	if err != nil {
		return nil, err
	}
	if lifecycle != "" {
		a.Lifecycle = lifecycle
	}
	img, err := image.Make(image.Recipe{
		Files: []image.File{
			{Path: "/cnb/lifecycle/lifecycle.toml", Content: fmt.Appendf(nil, "[lifecycle]\nversion = %q\n", a.Lifecycle)},
			{Path: "/cnb/order.toml", Content: []byte(a.order())},
			{Path: "/cnb/run.toml", Content: []byte(runTOML)},
			{Path: "/workspace", Mode: fs.ModeDir | 0o755},
		},
		Config: v1.Config{User: "root", WorkingDir: "/layers", Env: []string{
			"PATH=/usr/bin:/bin", fmt.Sprintf("CNB_USER_ID=%d", UserID), fmt.Sprintf("CNB_GROUP_ID=%d", GroupID), "CNB_STACK_ID=" + stackID,
		}},
	})
	if err != nil {
		return nil, err
	}
	layers := map[string]map[string]builderLayer{}
	for _, b := range []Buildpack{a.Java, a.Server} {
		var id v1.Hash
		if img, id, err = withBuildpack(img, b); err != nil {
			return nil, err
		}
		layers[b.ID] = map[string]builderLayer{b.Version: {
			API: buildpackAPI, Targets: []target{{OS: "linux"}}, LayerDiffID: id.String(), Homepage: b.homepage(),
		}}
	}
	return labelled(img, a, layers)
}

// withBuildpack adds the layer of a buildpack, and returns its diff ID.
func withBuildpack(img v1.Image, b Buildpack) (v1.Image, v1.Hash, error) {
	var files []image.File
	for _, f := range b.files("", nil) {
		f.Source = ""
		files = append(files, f)
	}
	only, err := image.Make(image.Recipe{Files: files})
	if err != nil {
		return nil, v1.Hash{}, err
	}
	layers, err := only.Layers()
	if err != nil {
		return nil, v1.Hash{}, err
	}
	id, err := layers[0].DiffID()
	if err != nil {
		return nil, v1.Hash{}, err
	}
	img, err = mutate.AppendLayers(img, layers...)
	return img, id, err
}

// The labels of a builder, in the shape that pack gives them (pkg/dist, internal/builder/metadata.go).
type (
	builderLayer struct {
		API         string   `json:"api"`
		Targets     []target `json:"targets,omitempty"`
		LayerDiffID string   `json:"layerDiffID"`
		Homepage    string   `json:"homepage,omitempty"`
		Name        string   `json:"name,omitempty"`
	}
	target struct {
		OS string `json:"os"`
	}
	builderMetadata struct {
		Description string             `json:"description"`
		Buildpacks  []builderBuildpack `json:"buildpacks"`
		Extensions  []builderBuildpack `json:"extensions"`
		Stack       struct {
			RunImage runImageOffer `json:"runImage"`
		} `json:"stack"`
		Lifecycle builderLifecycle `json:"lifecycle"`
		CreatedBy struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"createdBy"`
		Images []runImageOffer `json:"images"`
	}
	builderBuildpack struct {
		ID       string `json:"id"`
		Version  string `json:"version"`
		Homepage string `json:"homepage,omitempty"`
	}
	runImageOffer struct {
		Image   string   `json:"image"`
		Mirrors []string `json:"mirrors"`
	}
	builderLifecycle struct {
		Version string `json:"version"`
		API     struct {
			Buildpack string `json:"buildpack"`
			Platform  string `json:"platform"`
		} `json:"api"`
		APIs struct {
			Buildpack apiVersions `json:"buildpack"`
			Platform  apiVersions `json:"platform"`
		} `json:"apis"`
	}
	apiVersions struct {
		Deprecated []string `json:"deprecated"`
		Supported  []string `json:"supported"`
	}
)

// labelled writes the labels.
func labelled(img v1.Image, a App, layers map[string]map[string]builderLayer) (v1.Image, error) {
	metadata := builderMetadata{Description: BuilderDescription}
	group := []map[string]string{}
	for _, b := range []Buildpack{a.Java, a.Server} {
		metadata.Buildpacks = append(metadata.Buildpacks, builderBuildpack{ID: b.ID, Version: b.Version, Homepage: b.homepage()})
		group = append(group, map[string]string{"id": b.ID, "version": b.Version})
	}
	offer := runImageOffer{Image: RunImageName, Mirrors: []string{RunImageMirror}}
	metadata.Stack.RunImage, metadata.Images = offer, []runImageOffer{offer}
	metadata.Lifecycle.Version = a.Lifecycle
	// Versions of the specifications that the lifecycle speaks (api/apis.go of 0.21).
	buildpackAPIs := []string{"0.7", "0.8", "0.9", "0.10", "0.11", "0.12"}
	platformAPIs := []string{"0.7", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13", "0.14", "0.15"}
	metadata.Lifecycle.API.Buildpack, metadata.Lifecycle.API.Platform = buildpackAPIs[0], platformAPIs[0]
	metadata.Lifecycle.APIs.Buildpack = apiVersions{Deprecated: []string{}, Supported: buildpackAPIs}
	metadata.Lifecycle.APIs.Platform = apiVersions{Deprecated: []string{}, Supported: platformAPIs}
	metadata.CreatedBy.Name, metadata.CreatedBy.Version = "Pack CLI", "0.39.1+git-6b8c6b8.build-6600"
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Config.Labels = map[string]string{"io.buildpacks.stack.id": stackID}
	for name, value := range map[string]any{
		"io.buildpacks.builder.metadata": metadata,
		"io.buildpacks.buildpack.layers": layers,
		"io.buildpacks.buildpack.order":  []any{map[string]any{"group": group}},
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		file.Config.Labels[name] = string(text)
	}
	return mutate.ConfigFile(img, file)
}

// order is the builder's order.toml.
func (a App) order() string {
	var out strings.Builder
	out.WriteString("[[order]]\n")
	for _, b := range []Buildpack{a.Java, a.Server} {
		fmt.Fprintf(&out, "[[order.group]]\nid = %q\nversion = %q\n", b.ID, b.Version)
	}
	return out.String()
}
