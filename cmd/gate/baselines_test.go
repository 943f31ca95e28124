package main

import (
	"strings"
	"testing"

	"bootgate/gate"

	"github.com/google/go-cmp/cmp"
)

func TestBaselinesAreGivenToTheImagesTheyAreFor(t *testing.T) {
	shop := gate.Target{Name: "shop", Entry: "shop", Image: "ghcr.io/acme/shop", Baseline: "ghcr.io/acme/shop:1"}
	mail := gate.Target{Name: "mail.tar", Image: "mail.tar"}
	web := gate.Target{Name: "web (shop:dev)", Entry: "web", Image: "shop:dev"}
	job := gate.Target{Name: "job (shop:dev)", Entry: "job", Image: "shop:dev"}
	odd := gate.Target{Name: "a=b.tar", Image: "a=b.tar"}
	for _, test := range []struct {
		name    string
		targets []gate.Target
		args    []string
		want    []string
		err     string
	}{
		{"without a flag those of gate.yaml count", []gate.Target{shop, mail}, nil, []string{"ghcr.io/acme/shop:1", ""}, ""},
		{"a flag comes before gate.yaml", []gate.Target{shop}, []string{"shop:2"}, []string{"shop:2"}, ""},
		{"by name and by image", []gate.Target{shop, mail}, []string{"mail.tar=mail:1", "shop=shop:2"}, []string{"shop:2", "mail:1"}, ""},
		{"a reference with a tag is a name, too", []gate.Target{web, mail}, []string{"shop:dev=shop:1"}, []string{"shop:1", ""}, ""},
		{"one image with two entries has one baseline", []gate.Target{web, job}, []string{"shop:1"}, []string{"shop:1", "shop:1"}, ""},
		{"or two", []gate.Target{web, job}, []string{"web=shop:1", "job=shop:2"}, []string{"shop:1", "shop:2"}, ""},
		{"a path with an equals sign", []gate.Target{odd}, []string{"a=b.tar=old=c.tar"}, []string{"old=c.tar"}, ""},
		{"a path with an equals sign that is no name", []gate.Target{mail}, []string{"./old=c.tar"}, []string{"./old=c.tar"}, ""},
		{"for whom, of several", []gate.Target{shop, mail}, []string{"shop:1"}, nil, "several images are checked: write shop=shop:1"},
		{"for nobody", []gate.Target{shop}, []string{"ship=shop:1"}, nil, `no image that is checked is called "ship"`},
		{"twice", []gate.Target{shop}, []string{"shop:1", "shop=shop:2"}, nil, "shop has two: shop:1 and shop:2"},
		{"nothing", []gate.Target{shop}, []string{""}, nil, "is a variable unset?"},
		{"nothing after a name", []gate.Target{shop}, []string{"shop="}, nil, "is a variable unset?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			targets := append([]gate.Target(nil), test.targets...)
			err := baselines(targets, test.args)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("the error is %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, target := range targets {
				got = append(got, target.Baseline)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("baselines (-want +got):\n%s", diff)
			}
		})
	}
}
