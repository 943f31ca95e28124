// Part is every program of a test buildpack in one, chosen by the name it is called by: detect and build as the
// lifecycle runs them (buildpack specification, sections Detection and Build), and helper, which the launcher runs before
// the process (section exec.d). It knows nothing of what it contributes: that lies in the buildpack's folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "detect":
	case "build":
		err = os.CopyFS(os.Getenv("CNB_LAYERS_DIR"), os.DirFS(filepath.Join(os.Getenv("CNB_BUILDPACK_DIR"), "contribute")))
	case "helper":
		err = help()
	default:
		err = fmt.Errorf("nothing to do for %q", name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// help adds the options in the layer's file "options" to JAVA_TOOL_OPTIONS, which it writes as TOML to file descriptor 3.
func help() error {
	layer := filepath.Dir(filepath.Dir(os.Args[0]))
	options, err := os.ReadFile(filepath.Join(layer, "options"))
	if err != nil {
		return err
	}
	all := strings.TrimSpace(os.Getenv("JAVA_TOOL_OPTIONS") + " " + strings.TrimSpace(string(options)))
	_, err = fmt.Fprintf(os.NewFile(3, "exec.d"), "JAVA_TOOL_OPTIONS = %q\n", all)
	return err
}
