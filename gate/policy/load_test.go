package policy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bootgate/gate/policy"

	"github.com/google/go-cmp/cmp"
)

// tree makes files in a new folder; names that end in a slash are folders.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestGateYAMLIsFoundUpToTheRootOfTheRepository(t *testing.T) {
	for _, test := range []struct {
		name, from, want string
		files            map[string]string
	}{
		{"in the folder itself", "a", "a/gate.yaml", map[string]string{"a/gate.yaml": "", "gate.yaml": "", ".git/": ""}},
		{"two folders above", "a/b", "gate.yaml", map[string]string{"gate.yaml": "", ".git/": "", "a/b/": ""}},
		{"not above the root of the repository", "a/b", "", map[string]string{"gate.yaml": "", "a/.git/": "", "a/b/": ""}},
		{"not above the root of a worktree, whose .git is a file", "a/b", "", map[string]string{"gate.yaml": "", "a/.git": "gitdir: x", "a/b/": ""}},
		{"gate.yml beside it does not matter", ".", "gate.yaml", map[string]string{"gate.yaml": "", "gate.yml": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := tree(t, test.files)
			path, ok, err := policy.Find(filepath.Join(root, test.from))
			if err != nil {
				t.Fatal(err)
			}
			if ok != (test.want != "") {
				t.Fatalf("found: %v, at %s", ok, path)
			}
			if want := filepath.Join(root, test.want); ok && path != want {
				t.Errorf("found %s, want %s", path, want)
			}
		})
	}
}

func TestAGateYMLIsNotPassedOver(t *testing.T) {
	root := tree(t, map[string]string{"gate.yml": "", "a/": "", ".git/": ""})
	_, _, err := policy.Find(filepath.Join(root, "a"))
	var policyError *policy.Error
	if !errors.As(err, &policyError) {
		t.Fatalf("error %v is no *policy.Error", err)
	}
	if want := filepath.Join(root, "gate.yml") + ": the policy has another name: rename it to gate.yaml"; err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
}

func TestLoadReadsEnvFilesBesideGateYAML(t *testing.T) {
	root := tree(t, map[string]string{"conf/gate.yaml": `
images:
  - name: web
    image: web
    boot:
      env-file: [gate.env, ../shared.env, /etc/gate.env]
      needs: [{name: db, image: "postgres:16", env-file: [db.env]}]
`})
	path := filepath.Join(root, "conf", "gate.yaml")
	p, err := policy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(root, "conf", "gate.env"), filepath.Join(root, "shared.env"), "/etc/gate.env", filepath.Join(root, "conf", "db.env")}
	spec := p.Images[0].Boot
	if diff := cmp.Diff(want, append(spec.EnvFile, spec.Needs[0].EnvFile...)); diff != "" {
		t.Errorf("env files (-want +got):\n%s", diff)
	}
	if p.Path != path {
		t.Errorf("the policy is from %s, want %s", p.Path, path)
	}
}

func TestAFileThatCannotBeReadIsAPolicyError(t *testing.T) {
	root := t.TempDir()
	for _, test := range []struct {
		name, path, want string
		is               error
	}{
		{"a missing file", filepath.Join(root, "gate.yaml"), "no such file or directory", fs.ErrNotExist},
		{"a folder", root, "is a directory", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := policy.Load(test.path)
			var policyError *policy.Error
			if !errors.As(err, &policyError) || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("error %v is of the wrong type", err)
			}
			if want := test.path + ": " + test.want; err.Error() != want {
				t.Errorf("error is %q, want %q", err, want)
			}
		})
	}
}

func TestValuesOfFlagsAreReadAsStrictlyAsTheFile(t *testing.T) {
	for _, test := range []struct{ name, text, err string }{
		{"a need", `{name: db, image: "postgres:16", ready: {tcp: 5432}}`, ""},
		{"a key that is misspelt", `{nam: db, image: x}`, `missing key "name"; unknown key "nam" (did you mean "name"?)`},
		{"a value that is wrong", `{name: db, image: x, ready: {tcp: 0}}`, `ready.tcp: "0" is not a port: write a number from 1 to 65535`},
		{"nothing", ``, "there is no value"},
		{"something else", `db=postgres`, "a mapping of keys and values is expected, not text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := policy.ParseNeed(test.text)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.err, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	ready, err := policy.ParseReady("{tcp: 5432, log: ready}")
	if err != nil || len(ready) != 2 {
		t.Errorf("ready is %v, %v", ready, err)
	}
}
