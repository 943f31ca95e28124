package gate

import (
	"slices"
	"testing"

	"bootgate/gate/builder"
	"bootgate/gate/image"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
)

// attested is an index with an application and the statement that a builder made it.
func attested(t *testing.T, by string) v1.ImageIndex {
	t.Helper()
	app, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	app, err = mutate.Config(app, v1.Config{Labels: map[string]string{
		"io.buildpacks.build.metadata": `{"buildpacks":[{"id":"acme/java","version":"1.0.0"}],"launcher":{"version":"0.20.11"}}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := app.Digest()
	if err != nil {
		t.Fatal(err)
	}
	statement := `{"predicate":{"buildDefinition":{"resolvedDependencies":[{"uri":"` + by + `","name":"builder-image"}]}}}`
	attestation, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer: static.NewLayer([]byte(statement), "application/vnd.in-toto+json"), MediaType: "application/vnd.in-toto+json",
		Annotations: map[string]string{"in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: app, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: attestation, Descriptor: v1.Descriptor{
			Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
			Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest.String()},
		}})
}

func TestAnImageIsJudgedByItsLabelsWhenItsProvenanceWasLeftBehind(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	asked := newAsked(t)
	ref, err := name.ParseReference(asked.host + "/shop:1")
	if err == nil {
		err = remote.WriteIndex(ref, attested(t, "docker.io/paketobuildpacks/builder-jammy-base:0.4.541"))
	}
	if err != nil {
		t.Fatal(err)
	}
	candidate, err := image.Resolve(t.Context(), "registry:"+ref.String(), image.Options{Platform: "linux/amd64"})
	if err != nil {
		t.Fatal(err)
	}
	attestation, err := name.NewDigest(asked.host + "/shop@" + candidate.Record.Attestations[0].Digest)
	if err == nil {
		err = remote.Delete(attestation)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &subject{checker: &checker{}, candidate: candidate, report: &ImageReport{}}
	fails, err := s.examine(t.Context())
	if err != nil || fails {
		t.Fatalf("fails: %v, findings %+v, error %v", fails, s.remarks, err)
	}
	if !slices.ContainsFunc(s.origin.Problems, func(p builder.Problem) bool { return p.Label == "attestation" }) {
		t.Errorf("nothing is said of the attestation: %+v", s.origin.Problems)
	}
}

func TestTheBuilderThatAProvenanceNamesIsKnownToACheck(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, test := range []struct {
		name, builder string
		fails         bool
	}{
		{"a builder that is known to be bad", "docker.io/paketobuildpacks/builder-jammy-base:0.4.541", true},
		{"the good one before it", "docker.io/paketobuildpacks/builder-jammy-base:0.4.540", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ref, err := name.ParseReference(newAsked(t).host + "/shop:1")
			if err == nil {
				err = remote.WriteIndex(ref, attested(t, test.builder))
			}
			if err != nil {
				t.Fatal(err)
			}
			candidate, err := image.Resolve(t.Context(), "registry:"+ref.String(), image.Options{Platform: "linux/amd64"})
			if err != nil {
				t.Fatal(err)
			}
			s := &subject{checker: &checker{}, candidate: candidate, report: &ImageReport{}}
			fails, err := s.examine(t.Context())
			var known []string
			for _, f := range s.remarks {
				known = append(known, f.Known.ID)
			}
			if err != nil || fails != test.fails || slices.Contains(known, "builder-jammy-base-0.4.541") != test.fails {
				t.Errorf("fails: %v, findings %+v, error %v", fails, s.remarks, err)
			}
		})
	}
}
