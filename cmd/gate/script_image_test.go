package main_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types/filters"
	dockerimage "github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"

	"bootgate/gate/image"
	"bootgate/testdata/cnb"
	"bootgate/testdata/faults"
	"bootgate/testdata/images"
)

// scriptLabel is on every image of a script; its value is the lab's name.
const scriptLabel = "bootgate.test.script"

// imageFlags are the flags of the command image.
type imageFlags struct {
	config  images.Config
	java    bool
	other   bool
	index   bool
	to      list
	expose  list
	env     list
	files   list
	labels  list
	health  string
	entry   string
	noEntry bool
	// buildpacks describes an image that buildpacks make, and builder one that makes such images, as cnb.Parse reads it; "-"
	// where nothing is to be said.
	buildpacks, builder string
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// parse reads the arguments of the command image.
func (f *imageFlags) parse(args []string) error {
	fs := flag.NewFlagSet("image", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Var(&f.to, "to", "engine (default), registry:NAME, saved:FILE (as docker save writes it) or oci:DIRECTORY; several in a row")
	fs.Var(&f.expose, "expose", "port of EXPOSE")
	fs.Var(&f.env, "env", "NAME=VALUE of ENV")
	fs.Var(&f.files, "file", "PATH:MODE:TEXT, with escapes as in a Go string")
	fs.Var(&f.labels, "label", "NAME=VALUE of LABEL")
	fs.StringVar(&f.health, "health", "", "HEALTHCHECK: INTERVAL:RETRIES:FIXTURE WORDS")
	fs.StringVar(&f.entry, "entrypoint", "", "words of ENTRYPOINT in place of the fixture")
	fs.BoolVar(&f.noEntry, "no-entrypoint", false, "no ENTRYPOINT at all")
	fs.BoolVar(&f.config.NoFixture, "no-fixture", false, "leave the fixture program out")
	fs.StringVar(&f.config.User, "user", "", "USER")
	fs.StringVar(&f.config.WorkingDir, "workdir", "", "WORKDIR")
	fs.StringVar(&f.config.StopSignal, "stop-signal", "", "STOPSIGNAL")
	fs.BoolVar(&f.other, "other-platform", false, "claim to be for another processor, with a program nobody can run")
	fs.BoolVar(&f.index, "index", false, "put it into an index beside one for another processor")
	fs.BoolVar(&f.java, "java", false, "a Java server on port 8080 in place of the fixture")
	fs.StringVar(&f.buildpacks, "buildpacks", "", "let buildpacks make a Java server: words of cnb.Parse such as 'java=1.1.0 crash', or - for none")
	fs.StringVar(&f.builder, "builder", "", "a builder of such images, with the same words")
	if err := fs.Parse(args); err != nil {
		return err
	}
	f.config.Args = fs.Args()
	return nil
}

// complete fills in what the flags say in a form of their own.
func (f *imageFlags) complete() error {
	f.config.Expose, f.config.Env = f.expose, f.env
	if f.entry != "" || f.noEntry {
		f.config.Entrypoint = append([]string{}, strings.Fields(f.entry)...)
	}
	if f.health != "" {
		interval, rest, _ := strings.Cut(f.health, ":")
		retries, words, _ := strings.Cut(rest, ":")
		every, err := time.ParseDuration(interval)
		if err != nil {
			return err
		}
		f.config.Healthcheck = images.Health(every, strings.Fields(words)...)
		if f.config.Healthcheck.Retries, err = strconv.Atoi(retries); err != nil {
			return err
		}
	}
	for _, file := range f.files {
		parts := strings.SplitN(file, ":", 3)
		if len(parts) != 3 {
			return fmt.Errorf("file %q is not PATH:MODE:TEXT", file)
		}
		mode, err := strconv.ParseUint(parts[1], 8, 32)
		if err != nil {
			return err
		}
		text, err := strconv.Unquote(`"` + parts[2] + `"`)
		if err != nil {
			return fmt.Errorf("text of file %s: %w", parts[0], err)
		}
		f.config.Files = append(f.config.Files, image.File{Path: parts[0], Mode: fs.FileMode(mode), Content: []byte(text)})
	}
	if f.other {
		f.config.Platform = otherPlatform()
		f.config.NoFixture, f.config.Entrypoint = true, []string{images.Program}
		f.config.Files = append(f.config.Files, image.File{Path: images.Program, Mode: 0o755, Content: foreignProgram()})
	}
	return nil
}

// otherPlatform is one that the machine of the test cannot run.
func otherPlatform() v1.Platform {
	return v1.Platform{OS: "linux", Architecture: "s390x"}
}

// foreignProgram is the head of an ELF program for s390 (elf(5)): 64 bits, big-endian, machine 22.
func foreignProgram() []byte {
	return append([]byte("\x7fELF\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16\x00\x00\x00\x01"), make([]byte, 40)...)
}

// imageCommand makes an image and puts it where the flags say. It sets $NAME to what to call it there (with several
// places, the last), $NAME_ID to its image ID, $NAME_DIGEST to its manifest's digest, $NAME_INDEX to that of the index,
// and $NAME_LAYER to the hexadecimal digest of its largest layer.
func imageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: image NAME [flag...] [word...]")
	}
	var f imageFlags
	ts.Check(f.parse(args[1:]))
	ts.Check(f.complete())
	l, variable := labOf(ts), args[0]
	f.config.Name = strings.ReplaceAll(strings.ToLower(variable), "_", "-")
	f.config.Labels = map[string]string{scriptLabel: l.name}
	for _, label := range f.labels {
		name, value, _ := strings.Cut(label, "=")
		f.config.Labels[name] = value
	}
	made, err := f.make(context.Background())
	ts.Check(err)
	set := func(suffix string, value fmt.Stringer, err error) {
		ts.Check(err)
		ts.Setenv(variable+suffix, value.String())
	}
	id, err := made.image.ConfigName()
	set("_ID", id, err)
	digest, err := made.image.Digest()
	set("_DIGEST", digest, err)
	if made.index != nil {
		digest, err := made.index.Digest()
		set("_INDEX", digest, err)
	}
	layer, err := largestLayer(made.image)
	ts.Check(err)
	ts.Setenv(variable+"_LAYER", layer)
	for _, place := range slices.Concat(f.to, f.defaultPlace()) {
		ref, err := l.put(ts, f.config.Name, place, made)
		ts.Check(err)
		ts.Setenv(variable, ref)
	}
}

func (f *imageFlags) defaultPlace() []string {
	if len(f.to) > 0 {
		return nil
	}
	return []string{"engine"}
}

// madeImage is an image, and the index it is in, if it is in one.
type madeImage struct {
	image v1.Image
	index v1.ImageIndex
}

func (f *imageFlags) make(ctx context.Context) (made madeImage, err error) {
	if f.buildpacks+f.builder != "" {
		made.image, err = f.build(ctx)
		return made, err
	}
	if f.java {
		made.image, err = images.Java(ctx, images.JavaConfig{
			Config: f.config, Source: images.HTTPServer, Modules: []string{"java.base", "jdk.httpserver"},
		})
		return made, err
	}
	if made.image, err = images.App(ctx, f.config); err != nil || !f.index {
		return made, err
	}
	foreign := f.config
	foreign.Platform = otherPlatform()
	other, err := images.App(ctx, foreign)
	if err != nil {
		return made, err
	}
	native := v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	made.index = mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &foreign.Platform}},
		mutate.IndexAddendum{Add: made.image, Descriptor: v1.Descriptor{Platform: &native}})
	return made, nil
}

// build lets buildpacks make the image, or makes one of a builder. Of the other flags it heeds -label, -env and -expose, as if somebody had added
// them afterwards.
func (f *imageFlags) build(ctx context.Context) (v1.Image, error) {
	app, err := cnb.Parse(strings.TrimPrefix(f.buildpacks+f.builder, "-"))
	if err != nil {
		return nil, err
	}
	var img v1.Image
	if f.builder != "" {
		img, err = cnb.Builder(app)
	} else {
		img, err = cnb.Image(ctx, app)
	}
	if err != nil {
		return nil, err
	}
	return images.Amend(img, f.config)
}

func largestLayer(img v1.Image) (string, error) {
	manifest, err := img.Manifest()
	if err != nil || len(manifest.Layers) == 0 {
		return "", err
	}
	largest := slices.MaxFunc(manifest.Layers, func(a, b v1.Descriptor) int { return cmp.Compare(a.Size, b.Size) })
	return largest.Digest.Hex, nil
}

// put puts an image into a place and returns what it is called there.
func (l *lab) put(ts *testscript.TestScript, base, place string, made madeImage) (string, error) {
	kind, where, _ := strings.Cut(place, ":")
	tag := fmt.Sprintf("%s/%s:%s", images.Repository, base, strings.ToLower(rand.Text()[:10]))
	switch kind {
	case "engine":
		cli, err := newEngine(context.Background())
		if err != nil {
			return "", err
		}
		defer cli.Close()
		l.tags = append(l.tags, tag)
		_, err = image.Load(context.Background(), cli, tag, made.image)
		return tag, err
	case "registry":
		ref, err := name.ParseReference(ts.Getenv("REGISTRY") + "/" + where)
		if err != nil {
			return "", err
		}
		return ref.String(), l.push(ref, made)
	case "saved":
		ref, err := name.NewTag(tag)
		if err != nil {
			return "", err
		}
		return where, tarball.WriteToFile(ts.MkAbs(where), ref, made.image)
	case "oci":
		return where, writeLayout(ts.MkAbs(where), made)
	}
	return "", fmt.Errorf("no such place: %s", place)
}

func (l *lab) push(ref name.Reference, made madeImage) error {
	auth := authn.Anonymous
	if user, password, ok := strings.Cut(l.credentials, ":"); ok {
		auth = &authn.Basic{Username: user, Password: password}
	}
	if made.index != nil {
		return remote.WriteIndex(ref, made.index, remote.WithAuth(auth))
	}
	return remote.Write(ref, made.image, remote.WithAuth(auth))
}

func writeLayout(dir string, made madeImage) error {
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	if made.index != nil {
		return path.AppendIndex(made.index)
	}
	return path.AppendImage(made.image)
}

// left lists what the gate's runs left, and images of the script that the script itself has not put on the engine.
func (l *lab) left(ctx context.Context, cli *client.Client) ([]string, error) {
	left, err := leftovers(ctx, cli, l.temporary)
	if err != nil {
		return nil, err
	}
	found, err := cli.ImageList(ctx, dockerimage.ListOptions{Filters: filters.NewArgs(filters.Arg("label", scriptLabel+"="+l.name))})
	if err != nil {
		return nil, err
	}
	for _, img := range found {
		own := slices.ContainsFunc(img.RepoTags, func(tag string) bool { return slices.Contains(l.tags, tag) })
		if !own {
			left = append(left, "image "+img.ID)
		}
	}
	return left, nil
}

// registryCommand starts a registry.
func registryCommand(ts *testscript.TestScript, neg bool, args []string) {
	fs := flag.NewFlagSet("registry", flag.ContinueOnError)
	l := labOf(ts)
	fs.StringVar(&l.credentials, "auth", "", "USER:PASSWORD that it asks for")
	fault := fs.String("fault", "", "HARM[:AT[:TIMES]], as faults.ParseHarm reads it")
	if err := fs.Parse(args); err != nil || neg || fs.NArg() > 0 {
		ts.Fatalf("usage: registry [-auth USER:PASSWORD] [-fault HARM[:AT[:TIMES]]]")
	}
	handler := l.counting(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	if *fault != "" {
		harm, err := faults.ParseHarm(*fault)
		ts.Check(err)
		handler = faults.Registry(handler, harm)
	}
	if user, password, ok := strings.Cut(l.credentials, ":"); ok {
		handler = guarded(handler, user, password)
	}
	server := httptest.NewServer(handler)
	ts.Defer(server.Close)
	ts.Setenv("REGISTRY", server.Listener.Addr().String())
}

// counting counts the layers that are given out. A configuration, which is a blob as well, is none.
func (l *lab) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			w = &layerCounter{ResponseWriter: w, layers: &l.layers}
		}
		next.ServeHTTP(w, r)
	})
}

// layerCounter counts an answer that does not begin like JSON.
type layerCounter struct {
	http.ResponseWriter
	layers *atomic.Int64
	begun  bool
}

func (c *layerCounter) Write(b []byte) (int, error) {
	if !c.begun && len(b) > 0 && b[0] != '{' {
		c.layers.Add(1)
	}
	c.begun = c.begun || len(b) > 0
	return c.ResponseWriter.Write(b)
}

// layersCommand holds the number of layers that the script's registry has given out against an expectation.
func layersCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: layers none|some")
	}
	if n := labOf(ts).layers.Load(); (n > 0) != (args[0] == "some") {
		ts.Fatalf("the registry has given out %d layers, want %s", n, args[0])
	}
}

// guarded asks for a name and a password.
func guarded(next http.Handler, user, password string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test registry"`)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintln(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loginCommand writes what docker login does.
func loginCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: login HOST USER PASSWORD")
	}
	type entry struct {
		Auth []byte `json:"auth"`
	}
	config, err := json.Marshal(map[string]any{"auths": map[string]entry{args[0]: {[]byte(args[1] + ":" + args[2])}}})
	ts.Check(err)
	dir := filepath.Join(ts.Getenv("HOME"), ".docker")
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600))
}
