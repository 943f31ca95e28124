package image_test

import (
	"testing"

	"bootgate/gate/image"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

func TestGitHubTokenIsForItsOwnRegistryOnly(t *testing.T) {
	for _, tc := range []struct {
		name, repository, config string
		want                     authn.AuthConfig
	}{
		{"ghcr.io", "ghcr.io/acme/a", `{}`, authn.AuthConfig{Username: "someone", Password: "t0ken"}},
		{"another registry", "example.com/acme/a", `{}`, authn.AuthConfig{}},
		{"a name that only looks like it", "ghcr.io.example.com/acme/a", `{}`, authn.AuthConfig{}},
		{"a configuration that has credentials goes first", "ghcr.io/acme/a",
			`{"auths":{"ghcr.io":{"username":"me","password":"mine"}}}`, authn.AuthConfig{Username: "me", Password: "mine"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dockerConfig(t, tc.config)
			t.Setenv("GITHUB_TOKEN", "t0ken")
			t.Setenv("GITHUB_ACTOR", "someone")
			repository, err := name.NewRepository(tc.repository)
			if err != nil {
				t.Fatal(err)
			}
			auth, err := image.DefaultKeychain().Resolve(repository)
			if err != nil {
				t.Fatal(err)
			}
			got, err := auth.Authorization()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, *got); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
		})
	}
}
