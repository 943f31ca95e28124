package image

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// parsePlatform reads OS/ARCH[/VARIANT]. The names are those of Go (GOOS, GOARCH), as in the OCI specification.
func parsePlatform(arg, text string) (v1.Platform, error) {
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return v1.Platform{}, &ReferenceError{
			Ref: arg, Reason: "platform " + text + " is not OS/ARCH or OS/ARCH/VARIANT",
			Advice: "Write a platform like linux/amd64, linux/arm64 or linux/arm/v7.",
		}
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

// formatPlatform is the reverse of parsePlatform; it leaves out the OS version, which no container cares about.
func formatPlatform(p v1.Platform) string {
	text := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		text += "/" + p.Variant
	}
	return text
}

// normal takes away the variants that say nothing: every arm64 is v8, every amd64 at least v1.
func normal(p v1.Platform) v1.Platform {
	if (p.Architecture == "arm64" && p.Variant == "v8") || (p.Architecture == "amd64" && p.Variant == "v1") {
		p.Variant = ""
	}
	return p
}

// runsOn reports whether an image for have is what somebody means who asks for want. Who names no variant takes any.
func runsOn(have, want v1.Platform) bool {
	have, want = normal(have), normal(want)
	if have.OS != want.OS || have.Architecture != want.Architecture {
		return false
	}
	return want.Variant == "" || have.Variant == "" || have.Variant == want.Variant
}

// child chooses the manifest of an index for a platform: of those that run on it the one with the variant asked for,
// else the plainest, for arm the newest. It returns nil when there is none, and all platforms there are.
func child(index *v1.IndexManifest, want v1.Platform) (chosen *v1.Descriptor, have []string) {
	for i, d := range index.Manifests {
		if !isProgram(d) {
			continue
		}
		have = append(have, formatPlatform(*d.Platform))
		if !runsOn(*d.Platform, want) {
			continue
		}
		if chosen == nil || rank(*d.Platform, want) > rank(*chosen.Platform, want) {
			chosen = &index.Manifests[i]
		}
	}
	return chosen, have
}

// isProgram reports whether a descriptor of an index is for something that runs somewhere, rather than an attestation.
func isProgram(d v1.Descriptor) bool {
	return d.Platform != nil && d.Platform.OS != unknownPlatform && d.Annotations[annotationReferenceType] == ""
}

// rank orders the platforms that run on want. 32-bit arm goes by its variant, whose names happen to sort as they
// should; for others a variant is a demand on the processor, so that none is best.
func rank(have, want v1.Platform) int {
	have, want = normal(have), normal(want)
	switch {
	case have.Variant == want.Variant:
		return 100
	case have.Architecture == "arm" && len(have.Variant) == 2:
		return int(have.Variant[1] - '0')
	case have.Variant == "":
		return 1
	}
	return 0
}
