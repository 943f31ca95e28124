package report

import (
	"maps"

	"bootgate/gate"
	"bootgate/gate/builder"
)

// The wire form of an inspection; the rules of the report's hold here, too. What an image is not (an application, a
// builder …) is null.
type (
	jsonInspection struct {
		Schema      int           `json:"schema"`
		Verdict     string        `json:"verdict"`
		Name        string        `json:"name"`
		Ref         string        `json:"ref"`
		Source      string        `json:"source"`
		Digest      string        `json:"digest"`
		ChildDigest string        `json:"childDigest"`
		ImageID     string        `json:"imageId"`
		Platform    string        `json:"platform"`
		SizeBytes   int64         `json:"sizeBytes"`
		User        string        `json:"user"`
		Entrypoint  []string      `json:"entrypoint"`
		Cmd         []string      `json:"cmd"`
		Ports       []string      `json:"ports"`
		Findings    []jsonFinding `json:"findings"`
		// Kind is in a few words what kind of image it is.
		Kind         string            `json:"kind"`
		JVM          *jsonJVM          `json:"jvm"`
		App          *jsonApp          `json:"app"`
		Builder      *jsonBuilder      `json:"builder"`
		Buildpackage *jsonBuildpackage `json:"buildpackage"`
		Lifecycle    *jsonLifecycle    `json:"lifecycle"`
		Stack        *jsonStack        `json:"stack"`
		Maker        *jsonMaker        `json:"maker"`
		Base         *jsonBase         `json:"base"`
		Provenance   *jsonProvenance   `json:"provenance"`
		Layers       []jsonLayer       `json:"layers"`
		Contents     *jsonContents     `json:"contents"`
		Problems     []jsonProblem     `json:"problems"`
	}
	jsonJVM struct {
		Name      string `json:"name"`
		Vendor    string `json:"vendor"`
		Version   string `json:"version"`
		Release   *int   `json:"release"`
		Where     string `json:"where"`
		Buildpack string `json:"buildpack"`
	}
	jsonBuildpack struct {
		ID       string `json:"id"`
		Version  string `json:"version"`
		Name     string `json:"name"`
		Homepage string `json:"homepage"`
	}
	jsonApp struct {
		Title          string          `json:"title"`
		Version        string          `json:"version"`
		SpringBoot     string          `json:"springBoot"`
		Buildpacks     []jsonBuildpack `json:"buildpacks"`
		Extensions     []jsonBuildpack `json:"extensions"`
		Processes      []jsonProcess   `json:"processes"`
		DefaultProcess string          `json:"defaultProcess"`
		Launcher       jsonLauncher    `json:"launcher"`
		PlatformAPI    string          `json:"platformApi"`
		RunImage       jsonRunImage    `json:"runImage"`
		Rebasable      *bool           `json:"rebasable"`
		Source         *jsonSource     `json:"source"`
		Builders       []jsonGuess     `json:"builders"`
	}
	jsonProcess struct {
		Type      string   `json:"type"`
		Command   []string `json:"command"`
		Args      []string `json:"args"`
		Direct    bool     `json:"direct"`
		Default   bool     `json:"default"`
		Buildpack string   `json:"buildpack"`
		WorkDir   string   `json:"workDir"`
	}
	jsonLauncher struct {
		Version    string `json:"version"`
		Repository string `json:"repository"`
		Commit     string `json:"commit"`
	}
	jsonRunImage struct {
		Name          string   `json:"name"`
		Reference     string   `json:"reference"`
		Digest        string   `json:"digest"`
		TopLayer      string   `json:"topLayer"`
		Mirrors       []string `json:"mirrors"`
		Stack         string   `json:"stack"`
		ID            string   `json:"id"`
		DistroName    string   `json:"distroName"`
		DistroVersion string   `json:"distroVersion"`
		Maintainer    string   `json:"maintainer"`
		Released      string   `json:"released"`
	}
	jsonSource struct {
		Type     string            `json:"type"`
		Version  map[string]string `json:"version"`
		Metadata map[string]string `json:"metadata"`
	}
	jsonGuess struct {
		Name string `json:"name"`
		Sure string `json:"sure"`
		Why  string `json:"why"`
	}
	jsonBuilder struct {
		Description      string          `json:"description"`
		Buildpacks       []jsonBuildpack `json:"buildpacks"`
		Extensions       []jsonBuildpack `json:"extensions"`
		Order            [][]jsonOrder   `json:"order"`
		OrderExtensions  [][]jsonOrder   `json:"orderExtensions"`
		Lifecycle        jsonLifecycle   `json:"lifecycle"`
		RunImages        []jsonOffer     `json:"runImages"`
		CreatedBy        string          `json:"createdBy"`
		CreatedByVersion string          `json:"createdByVersion"`
		Stack            string          `json:"stack"`
		UserID           string          `json:"userId"`
		GroupID          string          `json:"groupId"`
	}
	jsonOrder struct {
		ID       string `json:"id"`
		Version  string `json:"version"`
		Optional bool   `json:"optional"`
	}
	jsonOffer struct {
		Image   string   `json:"image"`
		Mirrors []string `json:"mirrors"`
	}
	jsonLifecycle struct {
		Version             string   `json:"version"`
		PlatformAPIs        []string `json:"platformApis"`
		PlatformDeprecated  []string `json:"platformDeprecated"`
		BuildpackAPIs       []string `json:"buildpackApis"`
		BuildpackDeprecated []string `json:"buildpackDeprecated"`
	}
	jsonBuildpackage struct {
		Buildpack  jsonBuildpack   `json:"buildpack"`
		Buildpacks []jsonBuildpack `json:"buildpacks"`
		Extensions []jsonBuildpack `json:"extensions"`
		Stacks     []string        `json:"stacks"`
	}
	jsonStack struct {
		Stack         string `json:"stack"`
		ID            string `json:"id"`
		Description   string `json:"description"`
		DistroName    string `json:"distroName"`
		DistroVersion string `json:"distroVersion"`
		Maintainer    string `json:"maintainer"`
		Released      string `json:"released"`
		Homepage      string `json:"homepage"`
		Mixins        int    `json:"mixins"`
	}
	jsonMaker struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Why     string `json:"why"`
	}
	jsonBase struct {
		Name   string `json:"name"`
		Digest string `json:"digest"`
		Where  string `json:"where"`
	}
	jsonProvenance struct {
		Digest string `json:"digest"`
		// Read is false as long as only its digest is known.
		Read    bool       `json:"read"`
		Builder string     `json:"builder"`
		Source  string     `json:"source"`
		Images  []jsonBase `json:"images"`
	}
	jsonLayer struct {
		Group     string `json:"group"`
		Buildpack string `json:"buildpack"`
		Name      string `json:"name"`
		DiffID    string `json:"diffId"`
		Digest    string `json:"digest"`
		SizeBytes *int64 `json:"sizeBytes"`
	}
	// jsonContents is null unless --deep asked for it.
	jsonContents struct {
		JVMs    []jsonJVM  `json:"jvms"`
		Highest *jsonClass `json:"highest"`
		// Main is the class with which the image starts; null when it is not known.
		Main *jsonClass `json:"main"`
		// TooNew is a class of the application that the JVM is too old for; null when it is not.
		TooNew   *jsonClass  `json:"tooNew"`
		Places   []jsonPlace `json:"places"`
		Classes  int         `json:"classes"`
		Archives int         `json:"archives"`
		Read     []int       `json:"read"`
		Skipped  []string    `json:"skipped"`
	}
	// jsonPlace is a folder or archive with classes; lowest is the one that needs the oldest JVM.
	jsonPlace struct {
		Where   string    `json:"where"`
		Library bool      `json:"library"`
		Lowest  jsonClass `json:"lowest"`
	}
	jsonClass struct {
		Name    string `json:"name"`
		Where   string `json:"where"`
		Major   int    `json:"major"`
		Release int    `json:"release"`
		Layer   int    `json:"layer"`
	}
)

func wireInspection(in gate.Inspection) jsonInspection {
	o := in.Origin
	out := jsonInspection{
		Schema: Schema, Verdict: string(in.Verdict), Name: in.Name, Ref: in.Ref, Source: in.Source, Digest: in.Digest,
		ChildDigest: in.ChildDigest, ImageID: in.ImageID, Platform: in.Platform, SizeBytes: in.Size,
		User: in.User, Entrypoint: same(in.Entrypoint), Cmd: same(in.Cmd), Ports: same(in.Ports),
		Findings: each(in.Findings, wireFinding), JVM: maybe(o.JVM, wireJVM), App: maybe(o.App, wireApp),
		Builder: maybe(o.Builder, wireBuilder), Lifecycle: maybe(o.Lifecycle, wireLifecycle),
		Stack: maybe(o.Stack, func(s builder.Stack) jsonStack { return jsonStack(s) }),
		Maker: maybe(o.Maker, func(m builder.Maker) jsonMaker { return jsonMaker(m) }),
		Base:  maybe(o.Base, wireBase), Layers: each(o.Layers, wireLayer),
		Problems: each(o.Problems, func(p builder.Problem) jsonProblem { return jsonProblem(p) }),
		Buildpackage: maybe(o.Buildpackage, func(p builder.Buildpackage) jsonBuildpackage {
			return jsonBuildpackage{
				Buildpack: wireBuildpack(p.Buildpack), Buildpacks: each(p.Buildpacks, wireBuildpack),
				Extensions: each(p.Extensions, wireBuildpack), Stacks: same(p.Stacks),
			}
		}),
		Provenance: maybe(o.Provenance, func(p builder.Provenance) jsonProvenance {
			return jsonProvenance{Digest: p.Digest, Read: p.Read, Builder: p.Builder, Source: p.Source, Images: each(p.Images, wireBase)}
		}),
		Contents: maybe(o.Contents, func(c builder.Contents) jsonContents { return wireContents(c, o.TooNew()) }),
	}
	if len(in.Findings) == 0 {
		out.Kind = kindOf(o)
	}
	return out
}

// same copies a list, so that it is never null.
func same(list []string) []string { return each(list, func(text string) string { return text }) }

// maybe applies f to what is there.
func maybe[A, B any](item *A, f func(A) B) *B {
	if item == nil {
		return nil
	}
	out := f(*item)
	return &out
}

func wireJVM(j builder.JVM) jsonJVM {
	return jsonJVM{Name: j.Name, Vendor: j.Vendor, Version: j.Version, Release: positive(j.Release), Where: j.Where, Buildpack: j.Buildpack}
}

func wireBuildpack(b builder.Buildpack) jsonBuildpack {
	return jsonBuildpack{ID: b.ID, Version: b.Version, Name: b.Name, Homepage: b.Homepage}
}

func wireBase(b builder.Base) jsonBase { return jsonBase(b) }

func wireApp(a builder.App) jsonApp {
	r := a.RunImage
	return jsonApp{
		Title: a.Title, Version: a.Version, SpringBoot: a.SpringBoot, Buildpacks: each(a.Buildpacks, wireBuildpack),
		Extensions: each(a.Extensions, wireBuildpack), DefaultProcess: a.DefaultProcess, Launcher: jsonLauncher(a.Launcher),
		Processes: each(a.Processes, func(p builder.Process) jsonProcess {
			return jsonProcess{
				Type: p.Type, Command: same(p.Command), Args: same(p.Args), Direct: p.Direct, Default: p.Default,
				Buildpack: p.Buildpack, WorkDir: p.WorkDir,
			}
		}),
		PlatformAPI: a.PlatformAPI,
		RunImage: jsonRunImage{
			Name: r.Name, Reference: r.Reference, Digest: r.Digest, TopLayer: r.TopLayer, Mirrors: same(r.Mirrors), Stack: r.Stack,
			ID: r.ID, DistroName: r.DistroName, DistroVersion: r.DistroVersion, Maintainer: r.Maintainer, Released: r.Released,
		},
		Rebasable: a.Rebasable,
		Source: maybe(a.Source, func(s builder.Source) jsonSource {
			return jsonSource{Type: s.Type, Version: sameMap(s.Version), Metadata: sameMap(s.Metadata)}
		}),
		Builders: each(a.Builders, func(g builder.BuilderGuess) jsonGuess { return jsonGuess(g) }),
	}
}

// sameMap copies a map, so that it is never null.
func sameMap(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	maps.Copy(out, m)
	return out
}

func wireBuilder(b builder.Builder) jsonBuilder {
	return jsonBuilder{
		Description: b.Description, Buildpacks: each(b.Buildpacks, wireBuildpack), Extensions: each(b.Extensions, wireBuildpack),
		Order: each(b.Order, wireGroup), OrderExtensions: each(b.OrderExtensions, wireGroup), Lifecycle: wireLifecycle(b.Lifecycle),
		RunImages: each(b.RunImages, func(o builder.RunImageOffer) jsonOffer {
			return jsonOffer{Image: o.Image, Mirrors: same(o.Mirrors)}
		}),
		CreatedBy: b.CreatedBy, CreatedByVersion: b.CreatedByVersion, Stack: b.Stack, UserID: b.UserID, GroupID: b.GroupID,
	}
}

func wireGroup(group []builder.OrderEntry) []jsonOrder {
	return each(group, func(e builder.OrderEntry) jsonOrder { return jsonOrder(e) })
}

func wireLifecycle(l builder.Lifecycle) jsonLifecycle {
	return jsonLifecycle{
		Version: l.Version, PlatformAPIs: same(l.PlatformAPIs), PlatformDeprecated: same(l.PlatformDeprecated),
		BuildpackAPIs: same(l.BuildpackAPIs), BuildpackDeprecated: same(l.BuildpackDeprecated),
	}
}

func wireLayer(l builder.Layer) jsonLayer {
	return jsonLayer{Group: string(l.Group), Buildpack: l.Buildpack, Name: l.Name, DiffID: l.DiffID, Digest: l.Digest, SizeBytes: positive(l.Size)}
}

func wireContents(c builder.Contents, tooNew *builder.Class) jsonContents {
	class := func(c builder.Class) jsonClass { return jsonClass(c) }
	return jsonContents{
		JVMs: each(c.JVMs, wireJVM), TooNew: maybe(tooNew, class), Main: maybe(c.Main, class), Classes: c.Classes, Archives: c.Jars, Skipped: same(c.Skipped),
		Highest: maybe(c.Highest, class),
		Places: each(c.Places, func(p builder.Place) jsonPlace {
			return jsonPlace{Where: p.Where, Library: p.Library, Lowest: jsonClass(p.Lowest)}
		}),
		Read: each(c.Read, func(i int) int { return i }),
	}
}
