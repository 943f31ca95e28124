package diagnose

import (
	"strings"

	"bootgate/gate/lazyregexp"
)

// advised are exceptions of which it is known what to do, by the beginning of their headline: the class, and where it
// takes that, some of the message.
var advised = []struct {
	shape  *lazyregexp.Regexp
	advice string
}{
	{lazyregexp.MustCompile(`^java\.lang\.StackOverflowError\b`),
		"Look for the frames that repeat in the trace: a method calls itself without an end. Where it is only deep, give its thread a larger stack (-Xss)."},
	{lazyregexp.MustCompile(`^java\.lang\.(?:NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError|IllegalAccessError)\b`),
		"Two libraries on the class path do not fit together: see which jar the class comes from (mvn dependency:tree, gradle dependencies, or -Xlog:class+load at run time), and align their versions."},
	{lazyregexp.MustCompile(`^java\.lang\.(?:ClassNotFoundException|NoClassDefFoundError)\b`),
		"Put the jar that holds the class into the image and on its class path: look for a dependency that is only there to compile or to test, and for what the image's build leaves out."},
	{lazyregexp.MustCompile(`^java\.(?:io\.FileNotFoundException: .*\(Permission denied\)|nio\.file\.AccessDeniedException\b)`),
		"Let the user the container runs as have the file: check its owner and mode in the image or on the volume, and USER."},
	{lazyregexp.MustCompile(`^java\.(?:io\.FileNotFoundException|nio\.file\.NoSuchFileException)\b`),
		"Put the file into the image or mount it, or correct the path that the application is given."},
	{lazyregexp.MustCompile(`^(?:java\.net\.BindException\b|[\w.$]+: .*\bAddress already in use\b)`),
		"Give the application another port, or end what has this one: another process of the container, or of the host when they share its network."},
	{lazyregexp.MustCompile(`^java\.net\.(?:UnknownHostException|ConnectException|NoRouteToHostException)\b`),
		"Let what it connects to be there before it starts (in the boot test: name it under needs:), and check the address it is configured with."},
}

// innerClass is what a headline ends with that is not that of the innermost cause: the cause's class.
var innerClass = lazyregexp.MustCompile(` \((java\.[\w.$]+)\)$`)

// Advice returns what a person can do about a headline; empty where that is not known.
func Advice(headline string) string {
	texts := []string{headline}
	if m := innerClass.FindStringSubmatch(headline); m != nil {
		texts = []string{m[1], headline}
	}
	for _, text := range texts {
		for _, a := range advised {
			if a.shape.MatchString(strings.TrimSpace(text)) {
				return a.advice
			}
		}
	}
	return ""
}
