package builder

import (
	"context"
	"strings"
	"testing"

	"bootgate/gate/finding"
	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
)

// started is what a scan of layers, given from the lowest to the top, tells of an image with a command and a Java.
func started(t *testing.T, command string, java int, layers ...string) Origin {
	t.Helper()
	o := Origin{JVM: &JVM{Version: "x", Release: java, Where: "JAVA_VERSION"}}
	s := NewScan()
	s.start = startOf(image.Config{Entrypoint: strings.Fields(command)}, o)
	for i := len(layers) - 1; i >= 0; i-- {
		if err := s.Layer(context.Background(), i, strings.NewReader(layers[i]), ForClasses|ForJVMs); err != nil {
			t.Fatal(err)
		}
	}
	return o.WithContents(s.Contents(), nil)
}

func TestAJVMIsTooOldForWhatTheApplicationItselfNeeds(t *testing.T) {
	const java17, java21, java22 = 61, 65, 66
	manifest := func(text string) []string {
		return []string{"META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n" + text + "\r\n\r\n"}
	}
	jar := func(parts ...[]string) string {
		var files []string
		for _, p := range parts {
			files = append(files, p...)
		}
		return zipped(files...)
	}
	class := func(name string, major uint16) []string {
		plain := name
		for _, folder := range classFolders {
			plain = strings.TrimPrefix(plain, folder)
		}
		return []string{name + ".class", classFile(plain, major)}
	}
	loose := func(root, name string, major uint16) []string {
		return []string{root + name + ".class", classFile(name, major)}
	}
	tomcat := jar(class("org/apache/Tomcat", 55), class("org/apache/openssl/Panama", java22))
	for _, test := range []struct {
		name, command string
		layers        [][]string
		// class is what is too new, and libraries where else nothing can be loaded, for Java 17.
		class     string
		libraries []string
	}{
		{"classes in a folder", "java -cp /app/classes com.acme.Shop", [][]string{loose("app/classes/", "com/acme/Shop", java21)}, "com.acme.Shop", nil},
		{"classes that a script starts", "/start.sh", [][]string{loose("app/classes/", "com/acme/Shop", java21)}, "com.acme.Shop", nil},
		{"classes that are old enough", "java -cp /app com.acme.Shop", [][]string{loose("app/", "com/acme/Shop", java17)}, "", nil},
		{"a main class among older ones", "java -cp /app com.acme.Shop", [][]string{loose("app/", "com/acme/Shop", java21), loose("app/", "org/lib/Old", 52)}, "com.acme.Shop", nil},
		{"a class among older ones that nothing starts", "java -cp /app com.acme.Shop", [][]string{loose("app/", "com/acme/Shop", java17), loose("app/", "org/lib/New", java22)}, "", nil},
		{"a word of a shell's command", "sh -c exec\tjava\tcom.acme.Shop", [][]string{loose("app/", "com/acme/Shop", java21), loose("app/", "org/lib/Old", 52)}, "com.acme.Shop", nil},
		{"Spring Boot's layout in folders", "java org.springframework.boot.loader.launch.JarLauncher", [][]string{
			loose("workspace/", "org/springframework/boot/loader/launch/JarLauncher", java17), {"workspace/BOOT-INF/classes/com/acme/Shop.class", classFile("com/acme/Shop", java21)},
		}, "com.acme.Shop", nil},
		{"a library with some classes for a newer Java", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(manifest("Main-Class: com.acme.Shop"), class("BOOT-INF/classes/com/acme/Shop", java17), []string{"BOOT-INF/lib/tomcat.jar", tomcat})}}, "", nil},
		{"the same in a folder of libraries", "java -cp /app/libs/*:/app/classes com.acme.Shop", [][]string{loose("app/classes/", "com/acme/Shop", java17), {"app/libs/tomcat.jar", tomcat}}, "", nil},
		{"the same all in one archive", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(manifest("Main-Class: com.acme.Shop"), class("com/acme/Shop", java17), class("org/apache/openssl/Panama", java22))}}, "", nil},
		{"a main class in an archive", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(manifest("Main-Class: com.acme\r\n .Shop"), class("com/acme/Shop", java21), class("org/lib/Old", 52))}}, "com.acme.Shop", nil},
		{"a start class behind a launcher", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(manifest("Main-Class: org.boot.Launcher\r\nStart-Class: com.acme.Shop"), class("org/boot/Launcher", 52),
			class("BOOT-INF/classes/com/acme/Shop", java21), class("BOOT-INF/classes/com/acme/Old", 52))}}, "com.acme.Shop", nil},
		{"a web archive", "catalina.sh run", [][]string{{"usr/local/tomcat/webapps/shop.war", jar(class("WEB-INF/classes/com/acme/Shop", java21))}}, "com.acme.Shop", nil},
		{"an archive beside the one that is started", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(class("com/acme/Shop", java17))}, {"opt/tool.jar", jar(manifest("Main-Class: org.Tool"), class("org/Tool", java22))}}, "", []string{"/opt/tool.jar"}},
		{"a library that is all for a newer Java", "java -cp /app/libs/*:/app/classes com.acme.Shop", [][]string{loose("app/classes/", "com/acme/Shop", java17), {"app/libs/new.jar", jar(class("org/lib/New", java21))}}, "", []string{"/app/libs/new.jar"}},
		{"another JVM in the image that is new enough", "/opt/jre/bin/java -cp /app com.acme.Shop", [][]string{loose("app/", "com/acme/Shop", java21), {"opt/jre/release", "JAVA_VERSION=\"21.0.9\"\n"}}, "", nil},
		{"classes for newer JVMs alone", "java -jar /app/shop.jar", [][]string{{"app/shop.jar", jar(class("com/acme/Shop", java17), class("META-INF/versions/21/com/acme/Shop", java21))}}, "", nil},
		{"no classes", "/app/server", [][]string{{"app/server", "\x7fELF"}}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var files []string
			for _, l := range test.layers {
				files = append(files, l...)
			}
			o := started(t, test.command, 17, layerOf(files...))
			class := ""
			if c := o.TooNew(); c != nil {
				class = c.Name
			}
			if diff := cmp.Diff(test.class, class); diff != "" {
				t.Errorf("class (-want +got):\n%s", diff)
			}
			var libraries []string
			for _, p := range o.TooNewLibraries() {
				libraries = append(libraries, p.Where)
			}
			if diff := cmp.Diff(test.libraries, libraries); diff != "" {
				t.Errorf("libraries (-want +got):\n%s", diff)
			}
			if newer := started(t, test.command, 22, layerOf(files...)); newer.TooNew() != nil || newer.TooNewLibraries() != nil {
				t.Error("Java 22 is too old")
			}
		})
	}
}

func TestNothingIsTooNewWhereNothingIsKnown(t *testing.T) {
	o := started(t, "java com.acme.Shop", 0, layerOf("app/com/acme/Shop.class", classFile("com/acme/Shop", 65)))
	if o.TooNew() != nil {
		t.Error("a JVM of which nothing is known is too old")
	}
	o.JVM = nil
	if o.TooNew() != nil || (Origin{JVM: &JVM{Release: 17}}).TooNew() != nil || (Origin{JVM: &JVM{Release: 17}}).TooNewLibraries() != nil {
		t.Error("something is too new for an unknown JVM, or in layers that nobody read")
	}
}

func TestWhatIsSaidOfClassesThatAreTooNew(t *testing.T) {
	o := Origin{
		JVM:    &JVM{Name: "BellSoft Liberica JRE", Version: "17.0.9", Release: 17, Where: "layer jre of acme/java"},
		Layers: []Layer{{}, {Digest: "sha256:1234"}},
	}
	shop := Class{Name: "com.acme.Shop", Where: "/app/shop.jar", Major: 65, Release: 21, Layer: 1}
	o.Contents = &Contents{Main: &shop}
	libraries := Contents{}
	for range 7 {
		libraries.Places = append(libraries.Places, Place{Where: "/app/libs/new.jar", Library: true, Lowest: shop})
	}
	for _, test := range []struct {
		name     string
		contents Contents
		want     []string
	}{
		{"the main class", Contents{Main: &shop, Places: libraries.Places}, []string{
			"error: The class com.acme.Shop was compiled for Java 21 (class file version 65), and the image has Java 17.0.9 (BellSoft Liberica JRE).",
			"Use a base image or builder with Java 21 or newer (BP_JVM_VERSION=21 with Paketo), or compile with --release 17.",
			"/app/shop.jar: class file version 65; layer jre of acme/java: Java 17.0.9 (BellSoft Liberica JRE)", "sha256:1234",
		}},
		{"libraries", libraries, []string{
			"warning: No class of 7 libraries can be loaded by the image's Java 17.0.9 (BellSoft Liberica JRE).",
			"Use a base image or builder with a newer Java (BP_JVM_VERSION with Paketo), or compile with --release for the one in the image.",
			strings.Repeat("/app/libs/new.jar: needs Java 21; ", maxLibraries) + "layer jre of acme/java: Java 17.0.9 (BellSoft Liberica JRE)", "",
		}},
		{"two libraries, which may be there for others", Contents{Places: libraries.Places[:2]}, nil},
		{"nothing", Contents{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			o.Contents = &test.contents
			var got []string
			for _, f := range JudgeClasses(o, appRef) {
				layer := ""
				if f.Location != nil {
					layer = f.Location.Layer
				}
				got = append(got, string(f.Severity)+": "+f.Message, f.Remedy, evidenceOf(f), layer)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyWhatIsCertainKeepsAnImageFromBeingBooted(t *testing.T) {
	shop := Class{Name: "com.acme.Shop", Where: "/app/shop.jar", Major: 65, Release: 21, Layer: 1}
	beside := Contents{Places: []Place{{Where: "/usr/share/doc", Lowest: shop}}}
	started := Contents{Main: &shop, Read: []int{3}}
	layers := func(sizes ...int64) (all []Layer) {
		for _, size := range sizes {
			all = append(all, Layer{Size: size << 20})
		}
		return all
	}
	for _, test := range []struct {
		name, where string
		contents    Contents
		layers      []Layer
		want        finding.Severity
	}{
		{"a class that the image starts, and the Java of a buildpack", "layer jre of acme/java", started, layers(30, 50, 50, 1), finding.Error},
		{"the Java of a release file", "/opt/java/release", started, layers(30, 50, 50, 1), finding.Error},
		{"JAVA_VERSION of a base image, and the application above it", "JAVA_VERSION", started, layers(30, 15, 140, 1), finding.Error},
		{"JAVA_VERSION, and a second layer that may hold another Java", "JAVA_VERSION", started, layers(30, 140, 140, 1), finding.Warning},
		{"a large layer that was looked through", "JAVA_VERSION", started, layers(30, 15, 140, 60), finding.Error},
		{"a class that nothing starts", "JAVA_VERSION", beside, layers(1), finding.Warning},
		{"the same with the Java of a buildpack", "layer jre of acme/java", beside, layers(1), finding.Warning},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := Origin{JVM: &JVM{Version: "17.0.9", Release: 17, Where: test.where}, Layers: test.layers, Contents: &test.contents}
			findings := JudgeClasses(o, appRef)
			if len(findings) != 1 || findings[0].Severity != test.want {
				t.Errorf("findings are %+v, want one that is a %s", findings, test.want)
			}
		})
	}
}
