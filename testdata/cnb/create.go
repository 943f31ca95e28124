package cnb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"bootgate/gate/image"
	"bootgate/testdata/cache"
	"bootgate/testdata/testtool"
)

// The user and group that builds run as, and applications, too.
const (
	UserID  = 1001
	GroupID = 1000
)

// The names of the registry's images. Those of builds get into labels, so they must not have the port of a test in them;
// the creator comes to the registry through a proxy, and speaks HTTP for a name of this kind.
const (
	RunImageName   = "registry.acme.localhost/run-tiny:1"
	RunImageMirror = "mirror.acme.localhost/run-tiny:1"
	appName        = "registry.acme.localhost/shop:1"
)

// runTOML tells the lifecycle of the run image (platform.md, run.toml).
const runTOML = "[[images]]\nimage = \"" + RunImageName + "\"\nmirrors = [\"" + RunImageMirror + "\"]\n"

// create lets the creator make the image, in the registry at address.
func (a App) create(ctx context.Context, address string) (v1.Image, error) {
	program, err := partProgram(ctx)
	if err != nil {
		return nil, err
	}
	java, libraries, err := a.javaLayers(ctx, program)
	if err != nil {
		return nil, err
	}
	base, err := runImage(a.Run, libraries)
	if err != nil {
		return nil, err
	}
	registry := remote.WithTransport(&http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: address})})
	run, err := name.ParseReference(RunImageName)
	if err != nil {
		return nil, err
	}
	if err := remote.Write(run, base, remote.WithContext(ctx), registry); err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "bootgate-cnb-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	files, err := a.root(ctx, program, java)
	if err != nil {
		return nil, err
	}
	if err := prepare(root, files); err != nil {
		return nil, err
	}
	if err := a.run(ctx, root, address); err != nil {
		return nil, err
	}
	app, err := name.ParseReference(appName)
	if err != nil {
		return nil, err
	}
	return remote.Image(app, remote.WithContext(ctx), registry)
}

// root returns everything that the creator finds in its root folder.
func (a App) root(ctx context.Context, program string, java []image.File) ([]image.File, error) {
	lifecycle, err := testtool.Build(ctx, testtool.Lifecycle(a.Lifecycle))
	if err != nil {
		return nil, err
	}
	launcher, err := testtool.Build(ctx, testtool.Launcher(a.Lifecycle))
	if err != nil {
		return nil, err
	}
	workspace, class, err := a.workspace(ctx)
	if err != nil {
		return nil, err
	}
	server, err := a.serverLayers(class)
	if err != nil {
		return nil, err
	}
	files := []image.File{
		{Path: "/cnb/lifecycle/creator", Mode: 0o755, Source: lifecycle},
		{Path: "/cnb/lifecycle/launcher", Mode: 0o755, Source: launcher},
		{Path: "/cnb/order.toml", Content: []byte(a.order())},
		{Path: "/cnb/run.toml", Content: []byte(runTOML)},
		{Path: "/platform/project-metadata.toml", Content: []byte(projectMetadata)},
		{Path: "/platform/env", Mode: fs.ModeDir | 0o755},
		{Path: "/etc/passwd", Content: []byte(passwd)},
		{Path: "/etc/group", Content: []byte(group)},
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{Path: "/layers", Mode: fs.ModeDir | 0o755},
		{Path: "/dev/null", Mode: 0o666}, // a file that nobody looks at does as well, and needs no privileges
	}
	files = append(files, workspace...)
	files = append(files, a.Java.files(program, java)...)
	return append(files, a.Server.files(program, server)...), nil
}

// The accounts of builds and applications.
const (
	passwd = "root:x:0:0:root:/:/sbin/nologin\ncnb:x:1001:1000::/home/cnb:/sbin/nologin\n"
	group  = "root:x:0:\ncnb:x:1000:\n"
)

// projectMetadata says where the source is from (platform.md, project-metadata.toml).
const projectMetadata = `[source]
type = "git"

[source.version]
commit = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

[source.metadata]
repository = "https://git.example.com/acme/shop.git"
refs = ["main"]
`

// prepare writes the root folder, and makes it the user's where root runs the test.
func prepare(root string, files []image.File) error {
	if err := os.Chmod(root, 0o755); err != nil {
		return err
	}
	if err := write(root, files); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	// The lifecycle packs these two with their owner.
	var errs []error
	for _, dir := range []string{"workspace", "layers"} {
		errs = append(errs, filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, UserID, GroupID)
		}))
	}
	return errors.Join(errs...)
}

// run runs the creator in its root folder.
func (a App) run(ctx context.Context, root, address string) error {
	cmd := exec.CommandContext(ctx, "/cnb/lifecycle/creator",
		"-app=/workspace", "-layers=/layers", "-buildpacks=/cnb/buildpacks", "-platform=/platform",
		"-order=/cnb/order.toml", "-run=/cnb/run.toml", "-launcher=/cnb/lifecycle/launcher", "-launcher-sbom=/cnb/lifecycle",
		"-project-metadata=/platform/project-metadata.toml", fmt.Sprintf("-uid=%d", UserID), fmt.Sprintf("-gid=%d", GroupID),
		"-run-image="+RunImageName, "-no-color", appName)
	cmd.Dir = "/"
	cmd.Env = []string{"CNB_PLATFORM_API=" + a.PlatformAPI, "PATH=/bin", "TMPDIR=/tmp", "CNB_REGISTRY_AUTH={}", "HTTP_PROXY=http://" + address}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: UserID, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: GroupID, HostID: os.Getgid(), Size: 1}}
	}
	return cache.Run(cmd)
}
