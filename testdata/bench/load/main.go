// Load makes the images that boot.sh measures with, loads them into the Docker engine, and prints a line "NAME REF" for
// each. It is a program of its own because making images takes memory, which would show in what is measured.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/docker/client"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/images"
)

func main() {
	if err := load(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func load(ctx context.Context) error {
	cli, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		return err
	}
	defer cli.Close()
	server := []string{"8080"}
	configs := []images.Config{
		{Name: "now", Args: []string{"http=:8080"}, Expose: server},
		{Name: "crash", Args: []string{"sleep=300ms", "eprint=cannot reach the database", "exit=3"}},
		{Name: "flood", Args: []string{"flood=200MB"}},
	}
	for i := range 8 {
		configs = append(configs, images.Config{
			Name: fmt.Sprintf("slow%d", i+1), Args: []string{"sleep=1s", "http=:8080"}, Expose: server,
			Labels: map[string]string{"bootgate.test.copy": fmt.Sprint(i + 1)}, // makes it an image of its own
		})
	}
	home, err := java17()
	if err != nil {
		return err
	}
	dead, err := dead(ctx, home)
	if err != nil {
		return err
	}
	for _, config := range append(configs, dead...) {
		img, err := images.App(ctx, config)
		if err != nil {
			return err
		}
		if err := put(ctx, cli, config, img); err != nil {
			return err
		}
	}
	java := images.JavaConfig{
		Config: images.Config{Name: "java", Expose: server}, Source: images.HTTPServer,
		Modules: []string{"java.base", "jdk.httpserver"}, Home: home,
	}
	img, err := images.Java(ctx, java)
	if err != nil {
		return err
	}
	return put(ctx, cli, java.Config, img)
}

// dead returns two images that print and write what a JVM does that crashes, of 17. The one ends well all the same, the
// other as a JVM that is process 1.
func dead(ctx context.Context, home string) ([]images.Config, error) {
	file, output, err := images.CrashReport(ctx, home)
	if err != nil {
		return nil, err
	}
	config := func(name, exit string) images.Config {
		return images.Config{
			Name: name, Args: []string{"sleep=300ms", "cat=/output", "copy=/report:/hs_err_pid1.log", exit},
			Files: []image.File{{Path: "/report", Content: file}, {Path: "/output", Content: output}},
		}
	}
	return []images.Config{config("ends", "exit=0"), config("dies", "exit=139")}, nil
}

// java17 returns the home of a JDK 17, so that figures of different machines are of the same thing.
func java17() (string, error) {
	for _, home := range demo.JDKs() {
		release, err := os.ReadFile(filepath.Join(home, "release"))
		if err == nil && strings.Contains(string(release), "JAVA_VERSION=\"17.") {
			return home, nil
		}
	}
	return "", errors.New("no JDK 17 was found: apt-get install openjdk-17-jdk-headless")
}

func put(ctx context.Context, cli *client.Client, config images.Config, img v1.Image) error {
	name := config.Name
	config.Name = "bench-" + name
	ref := config.Tag()
	if _, err := image.Load(ctx, cli, ref, img); err != nil {
		return err
	}
	fmt.Println(name, ref)
	return nil
}
