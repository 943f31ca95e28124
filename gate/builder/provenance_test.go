package builder

import (
	"strings"
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAProvenanceSays(t *testing.T) {
	hex := strings.Repeat("a", 64)
	statement := func(predicate, body string) []image.Statement {
		return []image.Statement{{Predicate: "https://spdx.dev/Document", JSON: []byte(`{}`)}, {Predicate: predicate, JSON: []byte(`{"predicate":` + body + `}`)}}
	}
	for _, test := range []struct {
		name       string
		statements []image.Statement
		want       Provenance
		base       *Base
		problems   []Problem
	}{
		{
			"SLSA 0.2, as BuildKit writes it: one base beside the frontend",
			statement("https://slsa.dev/provenance/v0.2", `{"builder":{"id":"https://me:pw@ci.example/7"},"invocation":{"configSource":{"uri":"https://github.com/acme/shop.git"}},
				"materials":[{"uri":"pkg:docker/docker/dockerfile@1"},{"uri":"pkg:docker/alpine@3.20?platform=linux%2Famd64","digest":{"sha256":"`+hex+`"}},{"uri":"https://github.com/acme/shop.git"}]}`),
			Provenance{Read: true, Builder: "https://***@ci.example/7", Source: "https://github.com/acme/shop.git", Images: []Base{{Name: "docker/dockerfile:1", Where: "provenance"}, {Name: "alpine:3.20", Digest: "sha256:" + hex, Where: "provenance"}}},
			&Base{Name: "alpine:3.20", Digest: "sha256:" + hex, Where: "provenance"}, nil,
		},
		{
			"SLSA 1, with two images that may be the base",
			statement("https://slsa.dev/provenance/v1", `{"runDetails":{"builder":{"id":"x"}},"buildDefinition":{"externalParameters":{"configSource":{"uri":"y"}},"resolvedDependencies":[{"uri":"pkg:docker/a@1"},{"uri":"pkg:docker/b@1","digest":{"sha256":"short"}}]}}`),
			Provenance{Read: true, Builder: "x", Source: "y", Images: []Base{{Name: "a:1", Where: "provenance"}, {Name: "b:1", Where: "provenance"}}}, nil, nil,
		},
		{"no provenance among the statements", statement("https://example.com/other", `{}`), Provenance{}, nil, []Problem{{"attestation", "holds no provenance"}}},
		{"one that is broken", statement("https://slsa.dev/provenance/v1", `[`), Provenance{}, nil, []Problem{{"provenance", "is no JSON: invalid character '}' looking for beginning of value"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Origin{Provenance: &Provenance{Digest: sum("e")}}.WithProvenance(test.statements)
			test.want.Digest = sum("e")
			want := Origin{Provenance: &test.want, Base: test.base, Problems: test.problems}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAProvenanceThatNamesTheBuilder(t *testing.T) {
	o := Origin{App: &App{Builders: []BuilderGuess{{Name: "x", Sure: Possible}}}, Provenance: &Provenance{Digest: sum("e")}}
	got := o.WithProvenance([]image.Statement{{Predicate: "https://slsa.dev/provenance/v1", JSON: []byte(
		`{"predicate":{"buildDefinition":{"resolvedDependencies":[{"name":"builder-image","uri":"registry.example.com/acme/builder","digest":{"sha256":"` + strings.Repeat("a", 64) + `"}}]}}}`)}})
	want := []BuilderGuess{{Name: "registry.example.com/acme/builder@" + sum("a"), Sure: Certain, Why: "the provenance names it"}}
	if diff := cmp.Diff(want, got.App.Builders); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
