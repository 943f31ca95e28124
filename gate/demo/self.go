package demo

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// mainPackage is the import path of the gate's command.
const mainPackage = "bootgate/cmd/gate"

// elfMachines are the processors the gate's binary is recognized for, by Go's names, which are the engine's, too.
var elfMachines = map[string]elf.Machine{
	"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64, "loong64": elf.EM_LOONGARCH,
	"ppc64le": elf.EM_PPC64, "riscv64": elf.EM_RISCV, "s390x": elf.EM_S390,
}

// linuxBinary returns the path of the gate as a Linux program for the given processor: self if it is one, else one
// built from source. done removes what was built.
func linuxBinary(ctx context.Context, self, arch string) (path string, done func(), err error) {
	f, err := elf.Open(self)
	if err == nil {
		defer f.Close()
		if f.Machine == elfMachines[arch] && (f.OSABI == elf.ELFOSABI_NONE || f.OSABI == elf.ELFOSABI_LINUX) {
			return self, func() {}, nil
		}
	}
	dir, err := os.MkdirTemp("", "bootgate-demo-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "gate")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, mainPackage)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, fmt.Errorf("%q is not a program for linux/%s, as the engine runs, and building one failed (call the gate in its "+
			"source folder, with go in PATH): %w: %s", self, arch, err, output)
	}
	return path, func() { _ = os.RemoveAll(dir) }, nil
}
