package cnb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Applications are what an application image can run, by the name that Parse knows them by.
func Applications() map[string]string {
	program := func(class, body string) string {
		return "public class " + class + " {\n    public static void main(String[] args) throws Exception {\n" + body + "    }\n}\n"
	}
	return map[string]string{
		"job":   program("Job", "        System.out.println(\"imported 3 orders\");\n"),
		"other": program("Other", "        System.out.println(\"imported 4 orders\");\n"),
		"fails": program("Fails", "        throw new IllegalStateException(\"no orders to import\");\n"),
	}
}

// Parse reads a few words that say what an application image is like, or the images that a builder makes:
//
//	java=VERSION, server=VERSION   versions of the buildpacks; ID@VERSION gives them another id, too
//	crash                          the JVM crashes while it starts
//	jvm=VERSION                    version that the run-time is said to have
//	options=OPTION,…               what the helper adds to JAVA_TOOL_OPTIONS
//	run=N                          version of the run image
//	app=NAME                       one of Applications instead of the server
//	process=TYPE                   the default process: web or task
//	lifecycle=VERSION, api=VERSION versions of the lifecycle and of the platform specification
func Parse(words string) (App, error) {
	var a App
	for word := range strings.FieldsSeq(words) {
		key, value, _ := strings.Cut(word, "=")
		if err := a.set(key, value); err != nil {
			return a, fmt.Errorf("%q in %q: %w", word, words, err)
		}
	}
	return a, nil
}

func (a *App) set(key, value string) (err error) {
	texts := map[string]*string{"jvm": &a.JVM, "process": &a.Process, "lifecycle": &a.Lifecycle, "api": &a.PlatformAPI}
	switch {
	case key == "crash" && value == "":
		a.Crash = true
	case value == "":
		err = fmt.Errorf("it has no value")
	case texts[key] != nil:
		*texts[key] = value
	case key == "java":
		a.Java = parseBuildpack(value)
	case key == "server":
		a.Server = parseBuildpack(value)
	case key == "options":
		a.Options = strings.ReplaceAll(value, ",", " ")
	case key == "run":
		a.Run, err = strconv.Atoi(value)
	case key == "app":
		if a.Source = Applications()[value]; a.Source == "" {
			err = fmt.Errorf("there is no such application")
		}
	default:
		err = fmt.Errorf("it says nothing about an application")
	}
	if err == nil && !slices.Contains([]string{"", "web", "task"}, a.Process) {
		err = fmt.Errorf("there is no such process")
	}
	return err
}

func parseBuildpack(text string) Buildpack {
	if id, version, ok := strings.Cut(text, "@"); ok {
		return Buildpack{ID: id, Version: version}
	}
	return Buildpack{Version: text}
}
