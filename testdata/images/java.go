package images

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bootgate/gate/demo"
	"bootgate/gate/image"
	"bootgate/testdata/cache"
)

// classDir is where the classes of a Java image are.
const classDir = "/app"

// JavaConfig says what a Java image is like.
type JavaConfig struct {
	// Config holds the rest of the image. Args are the main class's arguments; Entrypoint is not used.
	Config
	// Home is the home of the JDK that compiles the class and gives the run-time. Default: the first of demo.JDKs.
	Home string
	// Modules are what the run-time holds. Default java.base.
	Modules []string
	// Options are given to the VM, before the class.
	Options []string
	// Source is Java source text with one public class that has a main method.
	Source string
}

// HTTPServer is a Java program that serves HTTP on port 8080 with the JDK's own server: it needs the module
// jdk.httpserver.
const HTTPServer = `import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Server {
    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("ok".getBytes());
            exchange.close();
        });
        server.start();
        System.out.println("Server listening on port 8080");
    }
}
`

// PublicClass returns the name of the public class in a Java source text; empty when there is none.
func PublicClass(source string) string {
	match := publicClass.FindStringSubmatch(source)
	if match == nil {
		return ""
	}
	return match[1]
}

var publicClass = regexp.MustCompile(`(?m)^public\s+(?:final\s+)?class\s+(\w+)`)

// Java makes an image that runs c.Source on a Java run-time of its own, which jlink cuts from a real JDK.
func Java(ctx context.Context, c JavaConfig) (v1.Image, error) {
	if c.Name == "" {
		c.Name = "java"
	}
	if c.Home == "" {
		homes := demo.JDKs()
		if len(homes) == 0 {
			return nil, demo.ErrNoJDK
		}
		c.Home = homes[0]
	}
	if len(c.Modules) == 0 {
		c.Modules = []string{"java.base"}
	}
	class := PublicClass(c.Source)
	if class == "" {
		return nil, fmt.Errorf("making test image %q: the source has no public class", c.Name)
	}
	runtime, err := demo.JVM(ctx, c.Home, c.Modules)
	if err != nil {
		return nil, err
	}
	classes, err := Classes(ctx, c.Home, class, c.Source)
	if err != nil {
		return nil, fmt.Errorf("compiling %s: %w", class, err)
	}
	c.Files = slices.Concat(classes, c.Files)
	c.Entrypoint = slices.Concat([]string{demo.JavaRoot + "/bin/java"}, c.Options, []string{"-cp", classDir, class})
	c.NoFixture = true
	return c.onTopOf(runtime)
}

// Classes returns the class files of a source with the public class of the given name. They are in /app.
func Classes(ctx context.Context, home, class, source string) ([]image.File, error) {
	release, err := os.ReadFile(filepath.Join(home, "release"))
	if err != nil {
		return nil, err
	}
	dir, err := cache.Get("classes-"+cache.NewKey(string(release), class, source).String(), func(path string) error {
		if err := os.Mkdir(path, 0o700); err != nil {
			return err
		}
		file := filepath.Join(path, class+".java")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			return err
		}
		if err := cache.Run(exec.CommandContext(ctx, filepath.Join(home, "bin", "javac"), "-nowarn", "-d", path, file)); err != nil {
			return err
		}
		return os.Remove(file)
	})
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []image.File
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".class") {
			files = append(files, image.File{Path: classDir + "/" + entry.Name(), Mode: 0o644, Source: filepath.Join(dir, entry.Name())})
		}
	}
	return files, nil
}
