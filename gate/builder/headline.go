package builder

import "slices"

// Headline says in one sentence without a full stop what came of a comparison: "same application, different builder:
// paketo-buildpacks/java 8.2.0 → 8.3.0". Of the builder it says nothing where nothing is known of it.
func (c Changes) Headline() string {
	if !c.Any() {
		return "no difference"
	}
	if c.Unlike != "" {
		return c.Unlike
	}
	built, rest := c.split()
	var verdict string
	said := rest
	switch {
	case c.Builders:
		verdict, said = "different builder", append(built, rest...)
	case len(built) > 0:
		verdict, said = listing(c.told(), "different builder"), built
	case !c.Apps && c.Application != Unknown && len(c.Of(PartBase)) > 0:
		verdict = listing(c.told(), "different base image")
	case c.Builder == Same:
		verdict = listing(c.told(), "same builder")
	default:
		verdict = c.told()
	}
	switch {
	case len(built) > 0 || c.Builders:
	case verdict == "" && len(rest) > 0:
		verdict = "different image"
	case len(rest) == 0 && c.Application != Different:
		verdict = listing(verdict, "different layers")
	case c.Application == Same && len(c.Of(PartBase)) == 0:
		verdict = listing(verdict, "different settings")
	}
	if slices.ContainsFunc(said, func(change Change) bool { return change.Part == PartRunImage && change.Name == "" }) {
		said = slices.DeleteFunc(slices.Clone(said), func(change Change) bool { // its distribution follows
			return change.Part == PartRunImage && change.Name != ""
		})
	}
	if len(said) == 0 {
		return verdict
	}
	return verdict + ": " + Listed(said, inHeadline)
}

// inHeadline is how many changes a headline names.
const inHeadline = 3

// told says in two words whether the application is the same; nothing when that is unknown.
func (c Changes) told() string {
	if c.Application == Unknown {
		return ""
	}
	return string(c.Application) + " application"
}

// listing puts a comma between two texts that are not empty.
func listing(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}
