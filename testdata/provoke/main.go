// Command provoke keeps what dying Java containers leave. It runs each of images.Provocations, or those named, in plain
// Docker, on each JDK found, and writes into FOLDER/JDK/NAME: output (stdout and stderr as they came), exit ("139
// oom=false" and the engine's error), and the error files.
//
//	go run ./testdata/provoke -to FOLDER [NAME...]
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/client"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/images"
)

// limit bounds one provocation.
const limit = 30 * time.Second

func main() {
	to := flag.String("to", "", "folder to write into")
	flag.Parse()
	if err := run(context.Background(), *to, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "provoke:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, to string, names []string) error {
	if to == "" {
		return errors.New("say where to with -to FOLDER")
	}
	homes := demo.JDKs()
	if len(homes) == 0 {
		return demo.ErrNoJDK
	}
	for _, home := range homes {
		if err := each(ctx, filepath.Join(to, filepath.Base(home)), home, names); err != nil {
			return err
		}
	}
	return nil
}

// each runs the provocations on the JDK at home.
func each(ctx context.Context, to, home string, names []string) error {
	cli, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return err
	}
	defer cli.Close()
	img, err := images.Provoke(ctx, home)
	if err != nil {
		return err
	}
	ref := images.Config{Name: "provoke"}.Tag()
	defer func() { _, _ = docker(ctx, "rmi", "--force", ref) }()
	if _, err := image.Load(ctx, cli, ref, img); err != nil {
		return err
	}
	for _, p := range images.Provocations() {
		if len(names) > 0 && !slices.Contains(names, p.Name) || !p.Works(home) {
			continue
		}
		if err := one(ctx, filepath.Join(to, p.Name), ref, p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// one runs one provocation and writes what it leaves.
func one(ctx context.Context, to, ref string, p images.Provocation) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	name := "bootgate-provoke-" + p.Name
	defer func() { _, _ = docker(ctx, "rm", "--force", "--volumes", name) }()
	args, err := createArguments(to, ref, name, p)
	if err != nil {
		return err
	}
	if text, err := docker(ctx, args...); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	killLater(ctx, name, p)
	output, _ := docker(timed, "start", "--attach", name)
	if err := os.WriteFile(filepath.Join(to, "output"), output, 0o644); err != nil {
		return err
	}
	_, _ = docker(ctx, "kill", name)
	exit, err := docker(ctx, "inspect", "--format", "{{.State.ExitCode}} oom={{.State.OOMKilled}} {{.State.Error}}", name)
	if err != nil {
		return err
	}
	fmt.Printf("%-32s %s", p.Name, exit)
	if err := os.WriteFile(filepath.Join(to, "exit"), exit, 0o644); err != nil {
		return err
	}
	return copyReport(ctx, to, name)
}

// createArguments are those that make the container of a provocation.
func createArguments(to, ref, name string, p images.Provocation) ([]string, error) {
	args := []string{"create", "--name", name, "--network", "none", "--security-opt", "no-new-privileges", "--entrypoint", p.Entrypoint[0]}
	for _, pair := range p.Env {
		args = append(args, "--env", pair)
	}
	if p.Memory > 0 {
		args = append(args, fmt.Sprintf("--memory=%d", p.Memory), fmt.Sprintf("--memory-swap=%d", p.Memory))
	}
	if p.Pids > 0 {
		args = append(args, fmt.Sprintf("--pids-limit=%d", p.Pids))
	}
	if p.ReadOnly {
		args = append(args, "--read-only")
	}
	if p.User != "" {
		args = append(args, "--user", p.User)
	}
	if p.Seccomp != "" {
		profile := filepath.Join(to, "seccomp.json")
		if err := os.WriteFile(profile, []byte(p.Seccomp), 0o644); err != nil {
			return nil, err
		}
		args = append(args, "--security-opt", "seccomp="+profile)
	}
	return slices.Concat(args, []string{ref}, p.Entrypoint[1:], p.Command), nil
}

// killLater sends a container the signal that its provocation is about, or ends one that lives on.
func killLater(ctx context.Context, name string, p images.Provocation) {
	if p.Plain && p.Seccomp == "" {
		go func() {
			time.Sleep(2 * time.Second)
			_, _ = docker(ctx, "kill", "--signal", "SEGV", name)
		}()
	}
	if p.Lives {
		go func() {
			time.Sleep(4 * time.Second)
			_, _ = docker(ctx, "kill", name)
		}()
	}
}

// copyReport keeps the error file that a JVM left in its container, and where it was.
func copyReport(ctx context.Context, to, name string) error {
	changed, err := docker(ctx, "diff", name)
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(changed), "\n") {
		path, added := strings.CutPrefix(line, "A ")
		base := filepath.Base(path)
		if !added || !strings.Contains(base, "hs_err") && !strings.HasSuffix(base, ".err") {
			continue
		}
		if _, err := docker(ctx, "cp", name+":"+path, filepath.Join(to, "hs_err.log")); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, "hs_err.path"), []byte(path+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// docker runs the engine's command line and returns what it prints.
func docker(ctx context.Context, args ...string) ([]byte, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.Bytes(), err
}
