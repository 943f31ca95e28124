package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	dockerimage "github.com/docker/docker/api/types/image"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"golang.org/x/sync/errgroup"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// Label is "1" on every image of the demo. Its name is part of its interface: cleaners may select by it.
const Label = "bootgate.demo"

// Engine is what the demo needs of a container engine. *client.Client of the Docker library is one.
type Engine interface{ image.Engine }

// Options says how the images are made.
type Options struct {
	Engine Engine
	// Self is the path of the gate's own binary, or of any program that calls App under AppCommand. It need not be a
	// Linux program, nor for the engine's processor, when the gate's source is at hand: then it is built anew.
	Self string
	// Labels are put on the images beside Label: those of a lease, so that a sweep knows whose they are when the demo
	// is killed.
	Labels map[string]string
	// Log is told, line by line, what is done and what is left out; nil is told nothing.
	Log io.Writer
}

// Image is an image of the demo, on the engine and ready to be checked.
type Image struct {
	// Name is a short name for reports.
	Name string
	// Ref is the engine's reference: bootgate-demo/NAME:RANDOM.
	Ref string
	// Spec is what is asked of it.
	Spec boot.Spec
	// Story is what to watch, in a sentence or two.
	Story string
	// Want is the verdict a check must come to.
	Want finding.Verdict
}

// draft is an image before it is made.
type draft struct {
	Image
	entrypoint []string
	ports      []string
}

func duration(d time.Duration) *boot.Duration {
	b := boot.Duration(d)
	return &b
}

// native are the images whose program is the gate itself.
func native() []draft {
	app := func(behaviour string) []string { return []string{"/gate", AppCommand, behaviour} }
	return []draft{
		{
			Image: Image{
				Name: "healthy", Want: finding.Pass,
				Story: "A server that becomes ready, stays up, and ends when it is told to.",
				Spec:  boot.Spec{As: boot.Service, StaysUp: duration(2 * time.Second)},
			},
			entrypoint: app("serve"), ports: []string{"8080/tcp"},
		},
		{
			Image: Image{
				Name: "dies-late", Want: finding.Fail,
				Story: "A server that answers at once and dies a second and a half later. A test that asks once passes it.",
				Spec:  boot.Spec{As: boot.Service, StaysUp: duration(4 * time.Second)},
			},
			entrypoint: app("crash-after-ready"), ports: []string{"8080/tcp"},
		},
		{
			Image: Image{
				Name: "leaks", Want: finding.Fail,
				Story: "A job that needs more than its 64MiB. Its log just stops: only the kernel knows why.",
				Spec:  boot.Spec{As: boot.Job, Memory: 64 << 20, Within: duration(30 * time.Second)},
			},
			entrypoint: app("leak"),
		},
	}
}

// java are the images with a real Java run-time.
func java() []draft {
	run := func(options ...string) []string { return append([]string{JavaRoot + "/bin/java"}, options...) }
	return []draft{
		{
			Image: Image{
				Name: "java-healthy", Want: finding.Pass,
				Story: "A Java server that works.",
				Spec:  boot.Spec{As: boot.Service, StaysUp: duration(2 * time.Second), Memory: 256 << 20},
			},
			entrypoint: run("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", "/app", "Demo", "serve"), ports: []string{"8080/tcp"},
		},
		{
			Image: Image{
				Name: "java-heap", Want: finding.Fail,
				Story: "A Java job whose heap is too small for its work.",
				Spec:  boot.Spec{As: boot.Job, Memory: 256 << 20, Within: duration(30 * time.Second)},
			},
			entrypoint: run("-Xmx64m", "-XX:+ExitOnOutOfMemoryError", "-cp", "/app", "Demo", "import"),
		},
	}
}

// Images makes the demo's images and loads them onto the engine, the first one a pass. Without a JDK there are no Java
// images, and Log is told so.
//
// cleanup removes the images again. It may be called more than once, has a time limit of its own, and works after ctx
// has ended. When Images fails it has cleaned up itself.
//
// Errors are those of the engine, and of reading or building the gate's own binary.
func Images(ctx context.Context, o Options) (images []Image, cleanup func() error, err error) {
	m := &maker{Options: o, tag: strings.ToLower(rand.Text()[:8])}
	if m.Log == nil {
		m.Log = io.Discard
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.cleanup())
			images, cleanup = nil, nil
		}
	}()
	var nativeImages, javaImages []Image
	var group errgroup.Group // without a shared context: the Java images are no reason to give the others up
	group.Go(func() (err error) { nativeImages, err = m.native(ctx); return err })
	group.Go(func() (err error) { javaImages, err = m.java(ctx); return err })
	if err := group.Wait(); err != nil {
		return nil, nil, fmt.Errorf("making the demo's images: %w", err)
	}
	return append(nativeImages, javaImages...), m.cleanup, nil
}

// maker makes the images of one demo.
type maker struct {
	Options
	tag string

	mu   sync.Mutex
	refs []string // on the engine, or about to be
}

func (m *maker) logf(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintf(m.Log, format+"\n", args...)
}

func (m *maker) native(ctx context.Context) ([]Image, error) {
	version, err := m.Engine.ServerVersion(ctx)
	if err != nil {
		return nil, err
	}
	self, done, err := linuxBinary(ctx, m.Self, version.Arch)
	if err != nil {
		return nil, err
	}
	defer done()
	files, err := Closure(self)
	if err != nil {
		return nil, err
	}
	files[0].Path = "/gate"
	return m.load(ctx, native(), files, v1.Platform{OS: "linux", Architecture: version.Arch})
}

// java makes the Java images. What stands in their way is told and no error, unless it is the end of ctx.
func (m *maker) java(ctx context.Context) ([]Image, error) {
	images, err := m.tryJava(ctx)
	if err == nil || ctx.Err() != nil {
		return images, cmp.Or(ctx.Err(), err)
	}
	m.logf("no Java images: %v", err)
	return nil, nil
}

func (m *maker) tryJava(ctx context.Context) ([]Image, error) {
	homes := JDKs()
	if len(homes) == 0 {
		return nil, ErrNoJDK
	}
	version, err := m.Engine.ServerVersion(ctx)
	if err != nil {
		return nil, err
	}
	if version.Arch != runtime.GOARCH {
		return nil, fmt.Errorf("the engine runs linux/%s, the JDK in %s linux/%s", version.Arch, homes[0], runtime.GOARCH)
	}
	m.logf("cutting a Java run-time from %s", homes[0])
	var class []byte
	var files []image.File
	group, cutting := errgroup.WithContext(ctx)
	group.Go(func() (err error) { class, err = compile(cutting, homes[0]); return err })
	group.Go(func() (err error) {
		files, err = JVM(cutting, homes[0], []string{"java.base", "jdk.httpserver"})
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	files = append(files, image.File{Path: "/app/Demo.class", Content: class})
	return m.load(ctx, java(), files, v1.Platform{OS: "linux", Architecture: version.Arch})
}

//go:embed java/Demo.java
var demoSource []byte

// compile returns the class file of the Java images' program.
func compile(ctx context.Context, home string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "bootgate-demo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "Demo.java")
	if err := os.WriteFile(source, demoSource, 0o600); err != nil {
		return nil, err
	}
	if err := run(ctx, filepath.Join(home, "bin", "javac"), "-J-XX:TieredStopAtLevel=1", "-proc:none", "-d", dir, source); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "Demo.class"))
}

// load makes images that share one layer of files and puts them onto the engine.
func (m *maker) load(ctx context.Context, drafts []draft, files []image.File, platform v1.Platform) ([]Image, error) {
	base, err := image.Make(image.Recipe{Files: files, Platform: platform})
	if err != nil {
		return nil, err
	}
	var images []Image
	for _, d := range drafts {
		img, err := m.variant(base, d)
		if err != nil {
			return nil, err
		}
		d.Ref = "bootgate-demo/" + d.Name + ":" + m.tag
		m.mu.Lock()
		m.refs = append(m.refs, d.Ref)
		m.mu.Unlock()
		if _, err := image.Load(ctx, m.Engine, d.Ref, img); err != nil {
			return nil, err
		}
		m.logf("made %s", d.Ref)
		images = append(images, d.Image)
	}
	return images, nil
}

// variant returns base with the configuration of one image.
func (m *maker) variant(base v1.Image, d draft) (v1.Image, error) {
	config, err := base.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Config.Entrypoint = d.entrypoint
	config.Config.Labels = map[string]string{Label: "1"}
	maps.Copy(config.Config.Labels, m.Labels)
	if len(d.ports) > 0 {
		config.Config.ExposedPorts = map[string]struct{}{}
	}
	for _, p := range d.ports {
		config.Config.ExposedPorts[p] = struct{}{}
	}
	return mutate.ConfigFile(base, config)
}

// cleanupLimit bounds the removal of the images.
const cleanupLimit = 30 * time.Second

// cleanup removes what was loaded.
func (m *maker) cleanup() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupLimit)
	defer cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	var left []string
	for _, ref := range m.refs {
		if err := remove(ctx, m.Engine, ref); err != nil {
			errs, left = append(errs, err), append(left, ref)
		}
	}
	m.refs = left
	return errors.Join(errs...)
}

// remove takes an image off the engine; that it is gone already is no error.
func remove(ctx context.Context, engine Engine, ref string) error {
	_, err := engine.ImageRemove(ctx, ref, dockerimage.RemoveOptions{Force: true, PruneChildren: true})
	if err != nil && !cerrdefs.IsNotFound(err) {
		return fmt.Errorf("removing image %q: %w", ref, err)
	}
	return nil
}
