package image

import (
	"context"
	"errors"
	"os"

	"github.com/docker/docker/api/types/registry"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// DefaultKeychain finds credentials the way docker does: in the Docker configuration (DOCKER_CONFIG, else ~/.docker) and
// with the credential helpers it names, else in Podman's. When neither has any for ghcr.io, GITHUB_TOKEN is used.
func DefaultKeychain() authn.Keychain { return dockerKeychain{} }

type dockerKeychain struct{}

// Resolve returns the credentials for a registry, or authn.Anonymous.
func (dockerKeychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	auth, err := authn.DefaultKeychain.Resolve(target)
	if err == nil && auth != authn.Anonymous {
		return auth, nil
	}
	if token := os.Getenv(githubTokenVariable); token != "" && target.RegistryStr() == ghcr {
		actor := os.Getenv(githubActorVariable)
		if actor == "" {
			actor = "x-access-token" // any name will do: the token alone counts
		}
		return githubToken{&authn.Basic{Username: actor, Password: token}}, nil
	}
	return auth, err
}

// githubToken is told apart from other credentials so that an error can say where they came from.
type githubToken struct{ authn.Authenticator }

// credentials are what is sent to one registry.
type credentials struct {
	authn.Authenticator
	// config is what they consist of; it goes to the engine for a pull and nowhere else.
	config authn.AuthConfig
	// from says where they came from; empty when there are none.
	from string
	// problem is why there are none, when somebody tried to give some.
	problem error
}

// credentialsFor asks the keychain. A configuration or helper that does not work is not fatal, because most images can
// be read without: should the registry refuse, the error says so.
func credentialsFor(ctx context.Context, keychain authn.Keychain, repository name.Repository) credentials {
	none := credentials{Authenticator: authn.Anonymous}
	from := "the keychain"
	if keychain == nil {
		keychain, from = DefaultKeychain(), "the Docker configuration"
	}
	auth, err := authn.Resolve(ctx, keychain, repository)
	if err != nil {
		none.problem = err
		return none
	}
	if _, ok := auth.(githubToken); ok {
		from = githubTokenVariable
	}
	config, err := authn.Authorization(ctx, auth)
	if err != nil {
		none.problem = err
		return none
	}
	if config == nil || *config == (authn.AuthConfig{}) {
		return none
	}
	return credentials{Authenticator: auth, config: *config, from: from}
}

// encoded returns the credentials as the engine wants them in a header; empty when there are none.
func (c credentials) encoded(repository name.Repository) (string, error) {
	if c.from == "" {
		return "", nil
	}
	server := repository.RegistryStr()
	if server == hubRegistry {
		server = hubServer
	}
	text, err := registry.EncodeAuthConfig(registry.AuthConfig{
		Username: c.config.Username, Password: c.config.Password, Auth: c.config.Auth,
		IdentityToken: c.config.IdentityToken, RegistryToken: c.config.RegistryToken, ServerAddress: server,
	})
	if err != nil {
		return "", errors.New("the credentials cannot be written as JSON") // not err: it might quote them
	}
	return text, nil
}
