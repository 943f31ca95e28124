package builder

import (
	"strings"

	"bootgate/gate/image"
)

// Read says what an image tells of how it was made: by its labels, its annotations, its history and its environment. It
// asks nobody, and reads no layer. It reads anything, and never fails: what is wrong or missing is among the problems.
func Read(c *image.Candidate) Origin {
	r := &reading{}
	labels := c.Config.Labels
	o := Origin{Base: baseOf(c)}
	build, lifecycle := r.label(labels, labelBuild), r.label(labels, labelLifecycle)
	var written map[string]Layer
	switch {
	case has(labels, labelBuilder):
		o.Builder = r.builder(c)
	case has(labels, labelBuild), has(labels, labelLifecycle):
		o.App, written = r.app(c, build.members(), lifecycle.members())
		o.JVM = jvmOfLayers(written, build)
	case has(labels, labelBuildpackage):
		o.Buildpackage = r.buildpackage(labels)
	case has(labels, labelLifecycleVersion), has(labels, labelLifecycleAPIs):
		lifecycle := r.lifecycleImage(labels)
		o.Lifecycle = &lifecycle
	case has(labels, labelStackID), has(labels, labelBaseID), has(labels, stackDescription):
		o.Stack = r.stack(labels)
	default:
		o.Maker = makerOf(c)
	}
	if o.JVM == nil {
		o.JVM = r.jvmOfEnv(c.Config.Env)
	}
	if o.App != nil && o.Base == nil && (o.App.RunImage.Name != "" || o.App.RunImage.Digest != "") {
		o.Base = &Base{Name: o.App.RunImage.Name, Digest: o.App.RunImage.Digest, Where: "label " + labelLifecycle}
	}
	o.Layers = r.layers(c.Record, &o, written)
	o.Provenance = provenanceOf(c.Record)
	o.Problems = r.all()
	return o
}

func has(labels map[string]string, name string) bool { _, ok := labels[name]; return ok }

// variable returns the value of an environment variable of an image, without its secrets and cut to maxText bytes.
func variable(env []string, name string) string { return shown(wholeVariable(env, name), maxText) }

// wholeVariable returns the value of an environment variable of an image; the last one of that name counts.
func wholeVariable(env []string, name string) string {
	value := ""
	for _, entry := range env {
		if n, v, ok := strings.Cut(entry, "="); ok && n == name {
			value = v
		}
	}
	return value
}

// first returns the first of texts that is not empty, without its secrets and cut to maxText bytes.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return shown(text, maxText)
		}
	}
	return ""
}

// stack reads what a build or run image says of itself.
func (r *reading) stack(labels map[string]string) *Stack {
	return &Stack{
		Stack: first(labels[labelStackID]), ID: first(labels[labelBaseID]),
		Description: first(labels[labelDescription], labels[stackDescription]),
		DistroName:  first(labels[labelDistroName], labels[stackDistroName]), DistroVersion: first(labels[labelDistroVersion], labels[stackDistroVer]),
		Maintainer: first(labels[labelMaintainer], labels[stackMaintainer]), Released: first(labels[labelReleased], labels[stackReleased]),
		Homepage: first(labels[labelHomepage], labels[stackHomepage]),
		Mixins:   len(r.label(labels, labelMixins).list(1 << 16)),
	}
}

// layers says of each layer of an image what it is for. written are those that the labels of an application image
// describe, by their diff IDs.
func (r *reading) layers(record image.Record, o *Origin, written map[string]Layer) []Layer {
	groups := groupsByHistory(record, o)
	top := -1
	if o.App != nil {
		top = r.topLayer(record, o.App.RunImage.TopLayer)
	}
	var layers []Layer
	for i, stored := range record.Layers {
		layer := Layer{Group: groups[i]}
		described, known := written[stored.DiffID]
		switch {
		case o.App != nil && i <= top:
			layer.Group = GroupRunImage
		case known:
			layer = described
		case o.App != nil && top >= 0:
			layer.Group = GroupBuildpacks // of an image extension, or of a platform
		}
		layer.DiffID, layer.Digest, layer.Size = stored.DiffID, stored.Digest, stored.Size
		layers = append(layers, layer)
		delete(written, stored.DiffID)
	}
	for _, layer := range written {
		if len(record.Layers) > 0 {
			r.problem(labelLifecycle, "describes layers that the image does not have, such as %s", layer.DiffID)
			break
		}
	}
	return layers
}

// topLayer returns the index of the run image's last layer; -1 when it is not there.
func (r *reading) topLayer(record image.Record, diffID string) int {
	top := -1
	for i, layer := range record.Layers {
		if layer.DiffID == diffID && diffID != "" {
			top = i
		}
	}
	if top < 0 && diffID != "" && len(record.Layers) > 0 {
		r.problem(labelLifecycle, "names a top layer of the run image that is not in the image: %s", inQuotes(diffID))
	}
	return top
}
