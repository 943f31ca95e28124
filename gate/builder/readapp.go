package builder

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"bootgate/gate/image"
	"bootgate/gate/secret"
)

// app reads the labels of an application image, and which of its layers they describe, by their diff IDs.
func (r *reading) app(c *image.Candidate, build, lifecycle map[string]value) (*App, map[string]Layer) {
	labels := c.Config.Labels
	switch {
	case !has(labels, labelBuild):
		r.problem(labelBuild, "is missing: only platform API 0.2 and older leave it out")
	case !has(labels, labelLifecycle):
		r.problem(labelLifecycle, "is missing: the layers and the run image are not known")
	}
	list, unlisted := r.appBuildpacks(labels, build, lifecycle)
	extensions, lost := buildpacks(build["extensions"])
	app := &App{
		Buildpacks: list, Extensions: extensions, Unlisted: first(unlisted, lost),
		Launcher: readLauncher(build["launcher"]), RunImage: readRunImage(labels, lifecycle),
		Rebasable: r.rebasable(labels), Source: readSource(r.label(labels, labelProject)),
		PlatformAPI: variable(c.Config.Env, envPlatformAPI),
		SpringBoot:  r.versionLabel(labels, labelSpringBoot),
		Title:       first(labels[labelTitle]), Version: first(labels[labelVersion]),
	}
	app.Processes = readProcesses(build["processes"])
	app.DefaultProcess = defaultProcess(c.Config, build["buildpack-default-process-type"].text(), app.Processes)
	for i := range app.Processes {
		app.Processes[i].Default = app.DefaultProcess != "" && app.Processes[i].Type == app.DefaultProcess
	}
	app.Builders = guessBuilders(*app)
	return app, writtenLayers(lifecycle)
}

// versionLabel reads a label that is a version.
func (r *reading) versionLabel(labels map[string]string, name string) string {
	if text := labels[name]; !isVersion(text) {
		r.problem(name, "is no version: %s", inQuotes(text))
		return ""
	}
	return labels[name]
}

func (r *reading) rebasable(labels map[string]string) *bool {
	yes, no := true, false
	switch text := labels[labelRebasable]; text {
	case "":
	case "true":
		return &yes
	case "false":
		return &no
	default:
		r.problem(labelRebasable, "is neither true nor false: %s", inQuotes(text))
	}
	return nil
}

func readLauncher(v value) Launcher {
	members := v.members()
	git := members["source"].members()["git"].members()
	return Launcher{
		Version:    members["version"].version(),
		Repository: git["repository"].text(), Commit: git["commit"].text(),
	}
}

// readProcesses reads the ways to start the image. A command is a text before platform API 0.10, a list since.
func readProcesses(v value) []Process {
	var all []Process
	for _, entry := range v.list(maxEntries) {
		members := entry.members()
		if members == nil {
			continue
		}
		direct := members["direct"].truth()
		all = append(all, Process{
			Type: members["type"].text(), Buildpack: members["buildpackID"].text(), WorkDir: members["working-dir"].text(),
			Command: secret.Args(members["command"].texts()), Args: secret.Args(members["args"].texts()),
			// Since platform API 0.10 no shell is ever between (the member is left out).
			Direct: direct != nil && *direct || direct == nil && members["command"].there() && members["command"].raw[0] == '[',
		})
	}
	return all
}

// defaultProcess says which process runs without a choice. What the image starts counts first: its entry point is the
// process's own since platform API 0.4. Before, the launcher asks a variable, and without one it takes "web".
func defaultProcess(config image.Config, written string, processes []Process) string {
	entry := ""
	if len(config.Entrypoint) > 0 {
		entry = strings.ReplaceAll(config.Entrypoint[0], `\`, "/")
	}
	asked := variable(config.Env, envProcessType)
	switch {
	case strings.Contains(entry, "/cnb/process/"):
		return shown(strings.TrimSuffix(path.Base(entry), ".exe"), maxText)
	case asked != "":
		return asked
	case written != "" && entry == "":
		return written
	}
	isWeb := func(p Process) bool { return p.Type == "web" }
	if strings.HasSuffix(entry, "/lifecycle/launcher") && variable(config.Env, envPlatformAPI) == "" && slices.ContainsFunc(processes, isWeb) {
		return "web"
	}
	return ""
}

// readRunImage reads what the application stands on, from the label on its layers and from those it inherited.
func readRunImage(labels map[string]string, lifecycle map[string]value) RunImage {
	members := lifecycle["runImage"].members()
	old := lifecycle["stack"].members()["runImage"].members()
	run := RunImage{
		Name: first(members["image"].text(), old["image"].text()), Reference: members["reference"].text(),
		TopLayer: diffID(members["topLayer"]), Mirrors: members["mirrors"].texts(),
		Stack: first(labels[labelStackID]), ID: first(labels[labelBaseID]),
		DistroName:    first(labels[labelDistroName], labels[stackDistroName]),
		DistroVersion: first(labels[labelDistroVersion], labels[stackDistroVer]),
		Maintainer:    first(labels[labelMaintainer], labels[stackMaintainer]),
		Released:      first(labels[labelReleased], labels[stackReleased]),
	}
	if len(run.Mirrors) == 0 {
		run.Mirrors = old["mirrors"].texts()
	}
	if at := strings.LastIndexByte(run.Reference, '@'); at > 0 && isDigest(run.Reference[at+1:]) {
		run.Digest = run.Reference[at+1:]
	}
	return run
}

// diffID reads the digest of a layer; one that is none is empty.
func diffID(v value) string {
	text := v.text()
	if text == "" || isDigest(text) {
		return text
	}
	v.problem("is no digest: %s", inQuotes(text))
	return ""
}

// maxSource bounds what is taken over of a source: a commit, a branch, some tags.
const maxSource = 64

func readSource(v value) *Source {
	members := v.members()["source"].members()
	if members == nil {
		return nil
	}
	s := &Source{Type: members["type"].text(), Version: map[string]string{}, Metadata: map[string]string{}}
	flatten(members["version"], "", s.Version)
	flatten(members["metadata"], "", s.Metadata)
	return s
}

// flatten puts the members of an object into a map, those of objects within it under names joined by dots.
func flatten(v value, prefix string, into map[string]string) {
	const deepest = 8
	members := v.members()
	for _, name := range v.sorted(members, maxSource) {
		member, key := members[name], prefix+shown(name, maxID)
		switch {
		case len(into) >= maxSource || !member.there():
		case member.raw[0] == '{' && strings.Count(key, ".") < deepest:
			flatten(member, key+".", into)
		case secret.Sounds(key):
			into[key] = secret.Mask
		case member.raw[0] == '"':
			into[key] = member.text()
		case member.raw[0] == '[':
			into[key] = strings.Join(plainTexts(member), ", ")
		default:
			into[key] = shown(string(member.raw), maxText)
		}
	}
}

// plainTexts returns the entries of a list, whatever they are, as texts.
func plainTexts(v value) []string {
	var all []string
	for _, entry := range v.list(maxSource) {
		if entry.there() && entry.raw[0] == '"' {
			all = append(all, entry.text())
		} else {
			all = append(all, shown(string(entry.raw), maxID))
		}
	}
	return all
}

// maxData is how much of what a buildpack wrote down about a layer is kept, in bytes.
const maxData = 16 << 10

// writtenLayers are the layers that the lifecycle wrote down, by their diff IDs.
func writtenLayers(lifecycle map[string]value) map[string]Layer {
	written := map[string]Layer{}
	add := func(sha value, layer Layer) {
		if layer.DiffID = diffID(sha); layer.DiffID != "" {
			if _, known := written[layer.DiffID]; !known {
				written[layer.DiffID] = layer
			}
		}
	}
	for _, app := range oneOrMore(lifecycle["app"]) {
		add(app, Layer{Group: GroupApplication})
	}
	for _, name := range []string{"launcher", "config", "process-types", "sbom"} {
		for _, sha := range oneOrMore(lifecycle[name]) {
			add(sha, Layer{Group: GroupBuildpacks, Name: name})
		}
	}
	for _, entry := range lifecycle["buildpacks"].list(maxBuildpacks) {
		members := entry.members()
		id := members["key"].whole()
		layers := members["layers"].members()
		for _, name := range members["layers"].sorted(layers, maxEntries) {
			layer := layers[name].members()
			if launch := layer["launch"].truth(); launch != nil && !*launch {
				continue // a layer of the build alone
			}
			add(layer["sha"], Layer{Group: GroupBuildpacks, Buildpack: shown(id, maxID), Name: shown(name, maxID), Data: data(layer["data"])})
		}
	}
	return written
}

// oneOrMore reads a layer: {"sha"}, a list of such, or the digest by itself. Lifecycles before 0.6 wrote the application
// as one layer, later ones as a list of slices.
func oneOrMore(v value) []value {
	switch {
	case !v.there():
		return nil
	case v.raw[0] == '"':
		return []value{v}
	case v.raw[0] == '{':
		return []value{v.members()["sha"]}
	}
	var all []value
	for _, entry := range v.list(maxEntries) {
		if entry.there() && entry.raw[0] == '"' {
			all = append(all, entry)
			continue
		}
		all = append(all, entry.members()["sha"])
	}
	return all
}

// data keeps what a buildpack wrote down about a layer, when it is not too long.
func data(v value) json.RawMessage {
	if !v.there() || len(v.raw) > maxData {
		return nil
	}
	return v.raw
}

// sortedLayers are layers in an order that does not change from run to run.
func sortedLayers(written map[string]Layer) []Layer {
	var all []Layer
	for _, layer := range written {
		all = append(all, layer)
	}
	slices.SortFunc(all, func(a, b Layer) int {
		return cmp.Or(strings.Compare(a.Buildpack, b.Buildpack), strings.Compare(a.Name, b.Name), strings.Compare(a.DiffID, b.DiffID))
	})
	return all
}
