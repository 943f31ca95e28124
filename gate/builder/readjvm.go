package builder

import (
	"path"
	"strings"

	"bootgate/gate/version"
)

// jvmOfLayers finds the JVM among what buildpacks wrote down about their layers, or in the bill of materials that images
// had before platform API 0.9. A JRE is what runs the application where there is a JDK as well.
func jvmOfLayers(written map[string]Layer, build value) *JVM {
	var found *JVM
	for _, layer := range sortedLayers(written) {
		if layer.Data == nil {
			continue
		}
		members := value{r: &reading{}, raw: layer.Data}.members()
		jvm := dependency(layer, members["dependency"].members())
		if jvm == nil {
			jvm = ownWords(layer, members)
		}
		if jvm != nil && (found == nil || layer.Name == "jre") {
			found = jvm
		}
	}
	if found != nil {
		return found
	}
	for _, entry := range (value{r: &reading{}, raw: build.raw}).members()["bom"].list(maxEntries) {
		members := entry.members()
		metadata := members["metadata"].members()
		name := members["name"].text()
		if name != "jre" && name != "jdk" {
			continue
		}
		from := shown(members["buildpack"].members()["id"].whole(), maxID)
		jvm := newJVM(first(metadata["name"].text(), name), metadata["version"].text())
		jvm.Where, jvm.Buildpack = "bill of materials of "+labelBuild, from
		if found == nil || name == "jre" {
			found = jvm
		}
	}
	return found
}

// dependency reads what the buildpacks of Paketo and those made with their library write: name and version of what they
// installed.
func dependency(layer Layer, members map[string]value) *JVM {
	name, id := members["name"].text(), members["id"].text()
	if !isJVM(name) && !isJVM(id) || members["version"].text() == "" {
		return nil
	}
	jvm := newJVM(first(name, id), members["version"].text())
	jvm.Where, jvm.Buildpack = "layer "+layer.Name+" of "+layer.Buildpack, layer.Buildpack
	return jvm
}

// isJVM reports whether a name is one of a Java run-time: "jre", "BellSoft Liberica JDK", "native-image-svm" is none.
func isJVM(name string) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return c == ' ' || c == '-' || c == '_' }) {
		if word == "jre" || word == "jdk" {
			return true
		}
	}
	return false
}

// ownWords reads what other vendors' buildpacks write: Google's have a layer "java" with a version, Heroku's a layer
// "openjdk" with the address of what they downloaded.
func ownWords(layer Layer, members map[string]value) *JVM {
	name, version := "", ""
	switch {
	case layer.Name == "java" && strings.HasPrefix(layer.Buildpack, "google.java"):
		name, version = "OpenJDK", first(members["version"].text(), members["runtime_version"].text())
	case layer.Name == "openjdk" || layer.Name == "jdk":
		file := path.Base(members["source_tarball_url"].text())
		stem, ok := strings.CutSuffix(file, ".tar.gz")
		name, version, _ = strings.Cut(stem, "-")
		name = strings.TrimSuffix(name, "jdk")
		if !ok || feature(version) == 0 {
			return nil
		}
		name = map[string]string{"zulu": "Azul Zulu", "open": "OpenJDK", "openjdk": "OpenJDK"}[name]
	}
	if version == "" {
		return nil
	}
	jvm := newJVM(name, version)
	jvm.Where, jvm.Buildpack = "layer "+layer.Name+" of "+layer.Buildpack, layer.Buildpack
	return jvm
}

func newJVM(name, version string) *JVM {
	if len(version) > maxVersion {
		version = "" // a part of one would be another
	}
	return &JVM{Name: name, Vendor: vendor(name), Version: version, Release: feature(version)}
}

// vendor knows the vendors of Java by what their products and folders are called.
func vendor(name string) string {
	name = strings.ToLower(name)
	for _, known := range [...][2]string{
		{"liberica", "BellSoft"}, {"bellsoft", "BellSoft"}, {"zulu", "Azul"}, {"azul", "Azul"}, {"temurin", "Eclipse Adoptium"},
		{"adoptium", "Eclipse Adoptium"}, {"adopt", "AdoptOpenJDK"}, {"corretto", "Amazon"}, {"amazon", "Amazon"},
		{"sapmachine", "SAP"}, {"sap machine", "SAP"}, {"microsoft", "Microsoft"}, {"semeru", "IBM"}, {"openj9", "IBM"}, {"ibm", "IBM"},
		{"dragonwell", "Alibaba"}, {"alibaba", "Alibaba"}, {"graalvm", "Oracle"}, {"oracle", "Oracle"}, {"red hat", "Red Hat"},
		{"redhat", "Red Hat"}, {"debian", "Debian"}, {"ubuntu", "Ubuntu"},
	} {
		if strings.Contains(name, known[0]) {
			return known[1]
		}
	}
	return ""
}

// jvmOfEnv finds the JVM by the variables that images of Java set: JAVA_VERSION is "jdk-21.0.2+13", "jdk8u402-b06",
// "11.0.16" or "17" by vendor.
func (r *reading) jvmOfEnv(env []string) *JVM {
	written := wholeVariable(env, envJavaVersion)
	version, home := barely(written), variable(env, envJavaHome)
	if feature(version) == 0 || len(version) > maxVersion {
		if written != "" {
			r.problem(envJavaVersion, "is no version of Java: %s", inQuotes(written))
		}
		return nil
	}
	jvm := newJVM(home+" "+version, version)
	jvm.Name, jvm.Where = "", envJavaVersion
	return jvm
}

// barely takes the "jdk" and "jdk-" off a version.
func barely(version string) string {
	if bare, ok := strings.CutPrefix(version, "jdk"); ok {
		return strings.TrimPrefix(bare, "-")
	}
	return version
}

// feature returns the number of the feature release in a version of Java: 21 of "21.0.9", 8 of "1.8.0_302", "8.0.302" and
// "8u402-b06"; 0 when it cannot be read.
func feature(text string) int {
	v, ok := version.ParseJava(text)
	if !ok {
		return 0
	}
	return v.Feature()
}
