package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bootgate/gate/boot"
	"bootgate/gate/builder"
	"bootgate/gate/diagnose"
	"bootgate/gate/finding"

	"github.com/google/go-containerregistry/pkg/name"
)

// Policy is what gate.yaml says. The zero value is that of an empty file.
type Policy struct {
	// Path is the file it was read from.
	Path string `json:"-"`
	// Images are in the order of the file; their names differ.
	Images []Image `json:"images,omitempty" jsonschema:"the images to check and what is asked of them"`
	// Builder says what images must not be made with.
	Builder builder.Rules `json:"builder,omitempty" jsonschema:"what images must not be made with"`
	// Diagnose says how deaths are explained, and what is not tolerated of what a process outlives.
	Diagnose diagnose.Rules `json:"diagnose,omitempty" jsonschema:"how deaths are explained"`
	// Suppress lists findings that do not count for a while.
	Suppress Suppressions `json:"suppress,omitempty" jsonschema:"findings that do not count, with a reason and an end"`
}

// Image is an image that is checked, and how.
type Image struct {
	// Name is what the image is called on the command line, in reports and in suppressions.
	Name string `json:"name" jsonschema:"what the image is called on the command line, in reports and in suppressions"`
	// Image is a reference in any form `gate check` takes. Its tag or digest counts only when the image is checked by
	// name: any reference to the same repository is held to the same policy.
	Image string `json:"image" jsonschema:"image reference, such as ghcr.io/acme/etl; any tag of it is held to this policy"`
	// Baseline is the last image that is known to be good, in any form `gate check` takes; empty when there is none.
	Baseline string `json:"baseline,omitempty" jsonschema:"the last image that is known to be good, in any form gate check takes: what a failing image is compared with"`
	// Control says when the baseline is booted, too. Default ControlOnFailure.
	Control Control `json:"control,omitempty" jsonschema:"when the baseline is booted under the same conditions: on-failure of the image (the default), always or never"`
	// Boot says how the image is booted.
	Boot boot.Spec `json:"boot,omitempty" jsonschema:"how the image is booted, and what it must show"`
}

// Suppression keeps findings of one rule from counting, for a reason and for a time.
type Suppression struct {
	// Rule is the id of the rule.
	Rule string `json:"rule" jsonschema:"id of the rule: gate rules lists them"`
	// Known is the id of the only known cause, or entry of what is known to be bad, it holds for; empty means all.
	Known string `json:"known,omitempty" jsonschema:"id of the known cause, or of the entry of what is known to be bad, it holds for (default all)"`
	// Image is the name of the only image it holds for; empty means all.
	Image string `json:"image,omitempty" jsonschema:"name of the image it holds for (default all)"`
	// Reason is a sentence that is shown with every finding it covers.
	Reason string `json:"reason" jsonschema:"why the finding can wait; shown in every report"`
	// Owner is who answers for it.
	Owner string `json:"owner,omitempty" jsonschema:"who answers for it"`
	// Until is the last day it holds.
	Until Date `json:"until" jsonschema:"last day it holds, as YYYY-MM-DD"`
}

// Suppressions are all suppressions of a policy.
type Suppressions []Suppression

// Date is a day in UTC, written as YYYY-MM-DD.
type Date struct{ day time.Time }

// ParseDate reads a day.
func ParseDate(s string) (Date, error) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day: write it as YYYY-MM-DD, such as 2027-01-31", s)
	}
	return Date{day}, nil
}

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// MarshalText writes the form that ParseDate reads.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String returns the day as YYYY-MM-DD.
func (d Date) String() string { return d.day.Format(time.DateOnly) }

// Equal reports whether both are the same day.
func (d Date) Equal(other Date) bool { return d.day.Equal(other.day) }

// Over reports whether the day has ended everywhere in UTC at the given moment.
func (d Date) Over(now time.Time) bool { return !now.Before(d.day.AddDate(0, 0, 1)) }

// ByName returns the image with the given name.
func (p *Policy) ByName(name string) (Image, bool) {
	i := slices.IndexFunc(p.Images, func(image Image) bool { return image.Name == name })
	if i < 0 {
		return Image{}, false
	}
	return p.Images[i], true
}

// ByReference returns the images that a reference belongs to, in the order of the file: those written exactly like
// it if there are any, else those of the same repository, whatever the tag and digest. Names are completed as the
// engine does it: nginx is docker.io/library/nginx. Several images may share a repository, each with a boot of its own.
func (p *Policy) ByReference(ref string) []Image {
	ref = withoutScheme(ref)
	repository, known := repositoryOf(ref)
	var exact, same []Image
	for _, image := range p.Images {
		own := withoutScheme(image.Image)
		if own == ref {
			exact = append(exact, image)
		}
		if r, ok := repositoryOf(own); ok && known && r == repository {
			same = append(same, image)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return same
}

// withoutScheme strips the prefixes under which an image is known by a reference.
func withoutScheme(ref string) string {
	for _, scheme := range []string{"registry:", "docker:"} {
		if rest, found := strings.CutPrefix(ref, scheme); found {
			return rest
		}
	}
	return ref
}

// repositoryOf returns the full name of a reference's repository; ok is false for a path and anything else that is
// not a reference.
func repositoryOf(ref string) (repository string, ok bool) {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return "", false
	}
	return parsed.Context().Name(), true
}

// Apply returns the findings of one image with those marked as suppressed that a suppression covers. imageName is the
// image's name in gate.yaml, or empty when it has none there. What it is given stays as it is.
func (s Suppressions) Apply(findings []finding.Finding, imageName string) []finding.Finding {
	marked := slices.Clone(findings)
	for i, f := range marked {
		if f.Suppressed != nil || !suppressible(f.Rule) {
			continue
		}
		j := slices.IndexFunc(s, func(one Suppression) bool {
			return one.Rule == f.Rule && (one.Image == "" || one.Image == imageName) &&
				(one.Known == "" || f.Known != nil && one.Known == f.Known.ID)
		})
		if j >= 0 {
			marked[i].Suppressed = &finding.Suppression{Reason: s[j].Reason, Owner: s[j].Owner, Until: s[j].Until.String()}
		}
	}
	return marked
}

// suppressible reports whether findings of a rule may be set aside. A gate fails closed: where nothing was learned
// about the image, there is nothing to set aside.
func suppressible(id string) bool {
	rule, ok := finding.Lookup(id)
	return ok && !rule.Inconclusive && id != "image-not-found" && id != "image-invalid"
}
