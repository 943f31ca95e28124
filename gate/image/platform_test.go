package image

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func platform(t *testing.T, text string) v1.Platform {
	t.Helper()
	p, err := parsePlatform("test", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestChildChoosesThePlatform(t *testing.T) {
	for _, tc := range []struct {
		name string
		have []string
		want string
		// chosen is the index in have, -1 for none.
		chosen int
	}{
		{"the same", []string{"linux/arm64", "linux/amd64"}, "linux/amd64", 1},
		{"arm64 is v8", []string{"linux/amd64", "linux/arm64/v8"}, "linux/arm64", 1},
		{"v8 is arm64", []string{"linux/amd64", "linux/arm64"}, "linux/arm64/v8", 1},
		{"the newest of 32-bit arm", []string{"linux/arm/v6", "linux/arm/v7", "linux/arm/v5"}, "linux/arm", 1},
		{"the variant asked for", []string{"linux/arm/v6", "linux/arm/v7"}, "linux/arm/v6", 0},
		{"the plainest amd64", []string{"linux/amd64/v3", "linux/amd64"}, "linux/amd64", 1},
		{"no other variant", []string{"linux/arm/v7"}, "linux/arm/v6", -1},
		{"no other system", []string{"windows/amd64"}, "linux/amd64", -1},
		{"never an attestation", []string{"unknown/unknown"}, "linux/amd64", -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			index := &v1.IndexManifest{}
			for _, text := range tc.have {
				p := platform(t, text)
				index.Manifests = append(index.Manifests, v1.Descriptor{Platform: &p})
			}
			var want *v1.Descriptor
			if tc.chosen >= 0 {
				want = &index.Manifests[tc.chosen]
			}
			got, _ := child(index, platform(t, tc.want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("child (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePlatformRefusesWhatIsNone(t *testing.T) {
	for _, text := range []string{"amd64", "linux/", "/amd64", "linux/arm/v7/x", ""} {
		if p, err := parsePlatform("test", text); err == nil {
			t.Errorf("%q was read as %v", text, p)
		}
	}
}
