package secret

import "testing"

func TestNamesThatSoundSecret(t *testing.T) {
	for _, name := range []string{
		"DB_PASSWORD", "apiToken", "db.pwd", "pwd", "pass", "pw", "jwt.signing.key", "auth", "cookie", "aws.accessKeyId", "AWS_SECRET_ACCESS_KEY",
		"spring.datasource.password", "keyStorePassword", "GITHUB_PAT", "ANSIBLE_VAULT", "SENTRY_DSN", "AZURE_CONNECTION_STRING", "private-key",
	} {
		if !Sounds(name) {
			t.Errorf("%s does not sound secret", name)
		}
	}
	for _, name := range []string{"", "PWD", "OLDPWD", "key", "author", "bypass", "compass", "keyStore", "path", "patch", "name", "vault", "VAULT_ADDR", "spring.profiles.active"} {
		if Sounds(name) {
			t.Errorf("%s sounds secret", name)
		}
	}
}
