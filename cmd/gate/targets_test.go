package main

import (
	"testing"

	"bootgate/gate/policy"
)

func TestAnEntryThatGateYamlDoesNotHaveIsRefused(t *testing.T) {
	rules := &policy.Policy{Images: []policy.Image{{Name: "shop", Image: "ghcr.io/acme/shop"}}}
	for _, test := range []struct{ name, arg, err string }{
		{"by its name", "ship=shop:1", `"ship=shop:1": gate.yaml has no image named "ship": it has shop`},
		{"by a reference", "shop:1=shop:2", `"shop:1=shop:2": gate.yaml has no image named "shop:1": it has shop`},
		{"by a repository", "acme/shop=shop:2", `"acme/shop=shop:2": gate.yaml has no image named "acme/shop": it has shop`},
		{"a name that there is", "shop=shop:2", ""},
		{"a path with an equals sign", "./shop=2", ""},
		{"an archive with an equals sign", "builds/shop=2.tar", ""},
		{"a path with an equals sign and a scheme", "oci:builds/shop=2", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := targets(rules, []string{test.arg})
			if got := errorText(err); got != test.err {
				t.Errorf("the error is %q, want %q", got, test.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
