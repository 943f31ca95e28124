package builder

import "strings"

// Degrees of how sure a guess is.
const (
	Certain  = "certain"
	Likely   = "likely"
	Possible = "possible"
)

// familyOf are the public builders that put applications on a run image, by the run image's repository (its tag as well,
// where one repository has many) without registry. Sources: the builder.toml files of Paketo's and Heroku's builders, and
// the documentation of Google's. There are builders of others, and new ones: what the table does not have says nothing.
func familyOf() map[string][]string {
	const paketo = "paketobuildpacks/"
	return map[string][]string{
		paketo + "run-jammy-base":        {paketo + "builder-jammy-base", paketo + "builder-jammy-buildpackless-base"},
		paketo + "run-jammy-full":        {paketo + "builder-jammy-full", paketo + "builder-jammy-buildpackless-full"},
		paketo + "run-jammy-tiny":        {paketo + "builder-jammy-java-tiny", paketo + "builder-jammy-tiny", paketo + "builder-jammy-buildpackless-tiny"},
		paketo + "run-jammy-static":      {paketo + "builder-jammy-static", paketo + "builder-jammy-buildpackless-static"},
		paketo + "ubuntu-noble-run-tiny": {paketo + "builder-noble-java-tiny", paketo + "builder-noble-buildpackless-tiny"},
		paketo + "run-noble-tiny":        {paketo + "builder-noble-java-tiny", paketo + "builder-noble-buildpackless-tiny"},
		paketo + "run-noble-static":      {paketo + "builder-noble-buildpackless-static"},
		paketo + "ubuntu-noble-run":      {paketo + "ubuntu-noble-builder", paketo + "ubuntu-noble-builder-buildpackless"},
		paketo + "run:base-cnb":          {paketo + "builder:base", paketo + "builder:buildpackless-base"},
		paketo + "run:full-cnb":          {paketo + "builder:full", paketo + "builder:buildpackless-full"},
		paketo + "run:tiny-cnb":          {paketo + "builder:tiny", paketo + "builder:buildpackless-tiny"},
		paketo + "run:base":              {paketo + "builder:base"},
		"cloudfoundry/run:base-cnb":      {"cloudfoundry/cnb:bionic"},
		"paketocommunity/run-ubi-base":   {"paketocommunity/builder-ubi-base", "paketocommunity/builder-ubi-buildpackless-base"},
		"heroku/heroku:18-cnb":           {"heroku/buildpacks:18"},
		"heroku/heroku:20-cnb":           {"heroku/builder:20", "heroku/buildpacks:20"},
		"heroku/heroku:22-cnb":           {"heroku/builder:22", "heroku/builder-classic:22"},
		"heroku/heroku:24":               {"heroku/builder:24"},
		"heroku/pack:18":                 {"heroku/buildpacks:18"},
		"heroku/pack:20":                 {"heroku/buildpacks:20"},
		"buildpacks/gcp/run":             {"gcr.io/buildpacks/builder"},
		"buildpacks/google-22/run":       {"gcr.io/buildpacks/builder:google-22"},
		"buildpacks/google-24/run":       {"gcr.io/buildpacks/builder:google-24"},
	}
}

// stackFamilies is familyOf by the stack id, for images that do not name their run image.
func stackFamilies() map[string][]string {
	const paketo = "paketobuildpacks/"
	return map[string][]string{
		"io.buildpacks.stacks.bionic":     {paketo + "builder:base", paketo + "builder:full", "cloudfoundry/cnb:bionic"},
		"io.paketo.stacks.tiny":           {paketo + "builder:tiny"},
		"io.buildpacks.stacks.jammy":      {paketo + "builder-jammy-base", paketo + "builder-jammy-full"},
		"io.buildpacks.stacks.jammy.tiny": {paketo + "builder-jammy-java-tiny", paketo + "builder-jammy-tiny"},
		"heroku-18":                       {"heroku/buildpacks:18"},
		"heroku-20":                       {"heroku/builder:20", "heroku/buildpacks:20"},
		"heroku-22":                       {"heroku/builder:22", "heroku/builder-classic:22"},
		"heroku-24":                       {"heroku/builder:24"},
		"google":                          {"gcr.io/buildpacks/builder"},
		"google.22":                       {"gcr.io/buildpacks/builder:google-22"},
	}
}

// guessBuilders says which public builders may have made an application image. No label names the builder, and anybody
// can make one that uses the same run image: nothing is ever more than likely.
func guessBuilders(app App) []BuilderGuess {
	repository, tagged := withoutRegistry(app.RunImage.Name)
	families := familyOf()
	names, why := families[repository], "the run image "+repository
	if of, ok := families[tagged]; ok {
		names, why = of, "the run image "+tagged
	}
	if len(names) == 0 {
		names, why = stackFamilies()[app.RunImage.Stack], "the stack "+app.RunImage.Stack
	}
	var guesses []BuilderGuess
	sure, only := Possible, " is also that of others"
	if len(names) == 1 {
		sure, only = Likely, " is that of no other builder that the gate knows"
	}
	for _, name := range names {
		guesses = append(guesses, BuilderGuess{Name: name, Sure: sure, Why: why + only})
	}
	return guesses
}

// withoutRegistry returns the repository of a reference without registry, and the same with its tag.
func withoutRegistry(ref string) (repository, tagged string) {
	ref, _, _ = strings.Cut(ref, "@")
	if host, rest, ok := strings.Cut(ref, "/"); ok && (strings.ContainsAny(host, ".:") || host == "localhost") {
		ref = rest
	}
	repository = ref
	if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') {
		repository = ref[:colon]
	}
	return repository, ref
}
