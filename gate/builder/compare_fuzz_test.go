package builder

import (
	"testing"

	"bootgate/gate/image"
)

// imageWith is an image with a text in all the places that an origin is read from.
func imageWith(text string) Side {
	labels := map[string]string{"other": text}
	for _, name := range readLabels {
		labels[name] = text
	}
	if len(text)%2 == 0 {
		delete(labels, labelBuilder) // with it the image is a builder
	}
	c := &image.Candidate{Config: image.Config{Env: []string{"JAVA_TOOL_OPTIONS=" + text, text}, Labels: labels, Entrypoint: []string{text}}}
	return Side{Origin: Read(c), Env: c.Config.Env, Entrypoint: c.Config.Entrypoint, Labels: labels}
}

func FuzzCompare(f *testing.F) {
	const build = `{"buildpacks":[{"id":"a/b","version":"1"}],"processes":[{"type":"web","command":["x"]}],"launcher":{"version":"0.21.0"}}`
	f.Add(build, `{"buildpacks":[{"id":"a/b","version":"2"}],"processes":[{"type":"web","command":"x"}]}`)
	f.Add(`{"app":[{"sha":"sha256:1"}],"buildpacks":[{"key":"a/b","layers":{"jre":{"sha":"x","data":{"dependency":{"version":"8u302"}}}}}],"runImage":{"topLayer":"t","reference":"a@sha256:b"}}`, build)
	f.Add(`[{"group":[{"id":"a","version":"1","optional":true}]}]`, `[]`)
	f.Add(`-Xss1m -Dx=y --add-opens a`, "\xff'\"")
	f.Fuzz(func(t *testing.T, old, new string) {
		a, b := imageWith(old), imageWith(new)
		if same := Compare(a, a); len(same.List) > 0 || same.Any() {
			t.Errorf("%q differs from itself: %q", old, told(same))
		}
		there, back := Compare(a, b), Compare(b, a)
		if len(there.List) != len(back.List) || there.Application != back.Application || there.Any() != back.Any() {
			t.Errorf("%q and %q: %d changes, back %d", old, new, len(there.List), len(back.List))
		}
		for _, change := range there.List {
			if len(change.Old) > maxShown+2*len("…") || len(change.Name) > maxShown+2*len("…") {
				t.Errorf("%d bytes are shown", len(change.Old))
			}
		}
	})
}

func TestLabelsOfMegabytesAreCompared(t *testing.T) {
	long := make([]byte, 5<<20)
	for i := range long {
		long[i] = "password=\"x\": -D"[i%16]
	}
	changes := Compare(imageWith(string(long)), imageWith(string(long[1:])))
	if len(changes.List) == 0 {
		t.Error("nothing changed")
	}
}
