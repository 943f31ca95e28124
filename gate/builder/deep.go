package builder

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"bootgate/gate/image"
)

// Deep reads those layers of an image that can matter and says what they tell: which JVMs are in it, and which class needs
// the newest one. The layers of a run image and those that buildpacks contribute are left out where the labels tell them
// apart, except the one that holds the JVM. origin is what Read returned for the same image.
//
// A layer is read whole or not at all, and never by ranges. One compressed with gzip or Zstandard has no place to begin
// reading but its beginning, and nearly all are. One that is stored as it is could be read file by file, a request for each
// header, but then nothing would hold it against its digest: what a registry or its cache gave out damaged would be told as
// true. For the same reason a layer is read to its end when what was looked for has been found. An error is one of package image, about a layer that cannot be had or is damaged; what a layer holds in a
// way that cannot be read is among what was skipped.
func Deep(ctx context.Context, c *image.Candidate, origin Origin) (Contents, error) {
	looks, left := plan(origin)
	return look(ctx, c, origin, looks, left)
}

// DeepApplication is Deep for the layers alone that may hold the classes of the application: those that the labels or the
// history call so, else all from the top down. It reads at most limit bytes as they are stored, in whole layers.
func DeepApplication(ctx context.Context, c *image.Candidate, origin Origin, limit int64) (Contents, error) {
	looks, left := plan(origin)
	known := slices.ContainsFunc(origin.Layers, func(l Layer) bool { return l.Group == GroupApplication })
	for i := len(looks) - 1; i >= 0; i-- {
		layer := origin.Layers[i]
		if looks[i]&ForClasses == 0 || known && layer.Group != GroupApplication {
			looks[i] = 0
			continue
		}
		if limit -= layer.Size; limit < 0 {
			left = append(left, fmt.Sprintf("layer %d and those below, which are too long", i))
			clear(looks[:i+1])
			break
		}
	}
	return look(ctx, c, origin, looks, left)
}

// look looks through layers for what is asked of each. left is what was left out.
func look(ctx context.Context, c *image.Candidate, origin Origin, looks []Look, left []string) (Contents, error) {
	s := NewScan()
	s.start = startOf(c.Config, origin)
	s.contents.Skipped = left
	var which []int
	for i := len(looks) - 1; i >= 0; i-- {
		if looks[i] != 0 {
			which = append(which, i)
		}
	}
	err := c.ReadLayers(ctx, which, func(i int, content io.Reader) error {
		return s.Layer(ctx, i, content, looks[i])
	})
	if err != nil {
		return Contents{}, err
	}
	return s.Contents(), nil
}

// Look says what a layer is looked through for.
type Look int

// What to look for; they can be added.
const (
	ForJVMs Look = 1 << iota
	ForClasses
)

// plan says what to look for in which layer, and which kinds of layers are left out.
func plan(o Origin) (looks []Look, left []string) {
	looks = make([]Look, len(o.Layers))
	skipped := map[string]int{}
	for i, layer := range o.Layers {
		switch {
		case layer.Group == GroupApplication:
			looks[i] = ForJVMs | ForClasses
		case o.App == nil && layer.Group == GroupRunImage:
			looks[i] = ForJVMs // below an application by Jib and the like
		case o.App == nil:
			looks[i] = ForJVMs | ForClasses
		case o.JVM != nil && layer.Buildpack != "" && layer.Buildpack == o.JVM.Buildpack && (layer.Data != nil || layer.Name == "jre" || layer.Name == "jdk"):
			looks[i] = ForJVMs
		case o.JVM == nil && layer.Buildpack != "":
			looks[i] = ForJVMs
		default:
			skipped[whose(layer.Group)]++
		}
	}
	for _, group := range []Group{GroupRunImage, GroupBuildpacks, GroupOther} {
		if n := skipped[whose(group)]; n > 0 {
			left = append(left, plural(n, "layer")+" "+whose(group))
		}
	}
	return looks, left
}

// whose says what the layers are of that were left out.
func whose(g Group) string {
	switch g {
	case GroupRunImage:
		return "of the run image"
	case GroupBuildpacks:
		return "of buildpacks and launcher"
	}
	return "whose use is not known"
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// WithContents adds what the layers told to what the labels did. Where these name no JVM, it is the one in the layers:
// that of JAVA_HOME, or the only one.
func (o Origin) WithContents(c Contents, env []string) Origin {
	o.Contents = &c
	if o.JVM != nil {
		return o
	}
	home := strings.TrimSuffix(variable(env, envJavaHome), "/")
	for _, jvm := range c.JVMs {
		if len(c.JVMs) == 1 || jvm.Where == home+"/"+releaseFile {
			o.JVM = &jvm
			break
		}
	}
	return o
}

// Contents returns what the layers looked through so far tell.
func (s *Scan) Contents() Contents {
	c := s.contents
	c.Read = slices.Clone(c.Read)
	slices.Sort(c.Read)
	c.Skipped = slices.Clone(c.Skipped)
	if s.more > 0 {
		c.Skipped = append(c.Skipped, plural(s.more, "more file")+" that could not be read")
	}
	return c
}
