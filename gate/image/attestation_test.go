package image_test

import (
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
)

func TestAttestationsInAnIndexAreReadWhenAskedFor(t *testing.T) {
	noHome(t)
	img := smallImage(t, "x")
	const statement = `{"predicate":{}}`
	attestation, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer: static.NewLayer([]byte(statement), "application/vnd.in-toto+json"), MediaType: "application/vnd.in-toto+json",
		Annotations: map[string]string{"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	about := func(digest string) v1.Descriptor {
		return v1.Descriptor{
			Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
			Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest},
		}
	}
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: attestation, Descriptor: about(digestOf(t, img))},
		mutate.IndexAddendum{Add: smallImage(t, "of another"), Descriptor: about(digestOf(t, attestation))})
	s := newRegistry(t)
	ref, _ := s.push(t, index, "attested:1")
	s.misbehave(nil)
	c, err := resolve(t, ref, image.Options{Platform: "linux/amd64"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Record.Attestations) != 1 || c.Record.Attestations[0].Digest != digestOf(t, attestation) || len(s.requests()) != 3 {
		t.Errorf("attestations %+v after %q", c.Record.Attestations, s.requests())
	}
	got, err := c.ReadAttestations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []image.Statement{{Predicate: "https://slsa.dev/provenance/v0.2", JSON: []byte(statement)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}
