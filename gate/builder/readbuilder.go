package builder

import (
	"cmp"
	"slices"
	"strings"

	"bootgate/gate/image"
)

// builder reads the labels of a builder.
func (r *reading) builder(c *image.Candidate) *Builder {
	labels := c.Config.Labels
	metadata := r.label(labels, labelBuilder).members()
	createdBy := metadata["createdBy"].members()
	description := metadata["description"].text()
	list, unlisted := buildpacks(metadata["buildpacks"])
	extensions, lost := buildpacks(metadata["extensions"])
	b := &Builder{
		Description: description,
		Buildpacks:  list, Extensions: extensions, Unlisted: first(unlisted, lost),
		Order:           readOrder(r.label(labels, labelOrder)),
		OrderExtensions: readOrder(r.label(labels, labelOrderExtensions)),
		Lifecycle:       readLifecycle(metadata["lifecycle"].members()),
		RunImages:       readRunImages(metadata),
		CreatedBy:       createdBy["name"].text(), CreatedByVersion: createdBy["version"].text(),
		Stack:  first(labels[labelStackID], variable(c.Config.Env, envStackID)),
		UserID: variable(c.Config.Env, envUserID), GroupID: variable(c.Config.Env, envGroupID),
	}
	if len(b.Buildpacks) == 0 {
		b.Buildpacks, lost = inLayers(r.label(labels, labelLayers))
		b.Unlisted = first(b.Unlisted, lost)
	}
	if len(b.Order) == 0 {
		b.Order = readGroups(metadata["groups"])
	}
	switch {
	case len(b.Buildpacks) == 0:
		r.problem(labelBuilder, "names no buildpacks")
		b.Unlisted = first(b.Unlisted, "no label names a buildpack")
	case len(b.Order) == 0:
		r.problem(labelOrder, "is missing: the builder does not say which buildpacks it tries")
	}
	if b.Lifecycle.Version == "" {
		r.problem(labelBuilder, "names no lifecycle")
	}
	return b
}

// readOrder reads groups of buildpacks: [{"group":[{"id","version","optional"}]}].
func readOrder(v value) [][]OrderEntry {
	var order [][]OrderEntry
	for _, entry := range v.list(maxOrder) {
		order = append(order, readGroup(entry.members()["group"]))
	}
	return order
}

// readGroups reads what builders of pack before 0.4 have in place of an order: [{"buildpacks":[{"id","version","latest"}]}].
func readGroups(v value) [][]OrderEntry {
	var order [][]OrderEntry
	for _, entry := range v.list(maxOrder) {
		order = append(order, readGroup(entry.members()["buildpacks"]))
	}
	return order
}

func readGroup(v value) []OrderEntry {
	group := []OrderEntry{}
	for _, entry := range v.list(maxEntries) {
		members := entry.members()
		optional := members["optional"].truth()
		group = append(group, OrderEntry{
			ID: members["id"].text(), Version: members["version"].version(), Optional: optional != nil && *optional,
		})
	}
	return group
}

// readLifecycle reads the lifecycle in a builder. Before pack 0.11 it named one version of each API, under api.
func readLifecycle(members map[string]value) Lifecycle {
	l := Lifecycle{Version: members["version"].version()}
	l.readAPIs(members["apis"].members())
	old := members["api"].members()
	if api := old["platform"].version(); api != "" && len(l.PlatformAPIs) == 0 {
		l.PlatformAPIs = []string{api}
	}
	if api := old["buildpack"].version(); api != "" && len(l.BuildpackAPIs) == 0 {
		l.BuildpackAPIs = []string{api}
	}
	return l
}

func (l *Lifecycle) readAPIs(apis map[string]value) {
	platform, buildpack := apis["platform"].members(), apis["buildpack"].members()
	l.PlatformAPIs, l.PlatformDeprecated = versions(platform["supported"]), versions(platform["deprecated"])
	l.BuildpackAPIs, l.BuildpackDeprecated = versions(buildpack["supported"]), versions(buildpack["deprecated"])
}

// versions reads a list of versions; those that are none are left out.
func versions(v value) []string {
	var all []string
	for _, entry := range v.list(maxEntries) {
		if version := entry.version(); version != "" {
			all = append(all, version)
		}
	}
	return all
}

// lifecycleImage reads the labels of an image with a lifecycle.
func (r *reading) lifecycleImage(labels map[string]string) Lifecycle {
	l := Lifecycle{Version: r.versionLabel(labels, labelLifecycleVersion)}
	l.readAPIs(r.label(labels, labelLifecycleAPIs).members())
	return l
}

// readRunImages reads the run images of a builder: many under images, or the one of its stack.
func readRunImages(metadata map[string]value) []RunImageOffer {
	var offers []RunImageOffer
	for _, entry := range metadata["images"].list(maxEntries) {
		if offer := readOffer(entry); offer.Image != "" {
			offers = append(offers, offer)
		}
	}
	if len(offers) > 0 {
		return offers
	}
	for _, place := range []value{metadata["stack"].members()["runImage"], metadata["runImage"]} {
		if offer := readOffer(place); offer.Image != "" && len(offers) == 0 {
			offers = append(offers, offer)
		}
	}
	for _, entry := range metadata["runImages"].list(maxEntries) {
		if offer := readOffer(entry); offer.Image != "" && !slices.ContainsFunc(offers, func(o RunImageOffer) bool { return o.Image == offer.Image }) {
			offers = append(offers, offer)
		}
	}
	return offers
}

func readOffer(v value) RunImageOffer {
	members := v.members()
	return RunImageOffer{Image: members["image"].text(), Mirrors: members["mirrors"].texts()}
}

// buildpackage reads the labels of a buildpackage.
func (r *reading) buildpackage(labels map[string]string) *Buildpackage {
	metadata := r.label(labels, labelBuildpackage)
	members := metadata.members()
	b := &Buildpackage{}
	b.Buildpacks, _ = inLayers(r.label(labels, labelLayers))
	b.Extensions, _ = inLayers(r.label(labels, labelExtensionLayers))
	if members != nil {
		b.Buildpack, _ = buildpack(metadata)
	}
	for _, entry := range members["stacks"].list(maxEntries) {
		if id := entry.members()["id"].text(); id != "" {
			b.Stacks = append(b.Stacks, id)
		}
	}
	return b
}

// inLayers reads which buildpacks the layers of an image hold: {id: {version: {"api","name","homepage",…}}}. unlisted says
// why there may be others; empty when there are none.
func inLayers(v value) (all []Buildpack, unlisted string) {
	cut := v.label + ": has more than can be read"
	ids := v.members()
	names := v.sorted(ids, maxEntries)
	if len(names) < len(ids) {
		unlisted = cut
	}
	for _, id := range names {
		byVersion := ids[id].members()
		for _, version := range ids[id].sorted(byVersion, maxEntries) {
			if len(all) >= maxEntries {
				return all, cut
			}
			if !isID(id) || !isVersion(version) {
				ids[id].problem("is no buildpack: %s %s", inQuotes(id), inQuotes(version))
				unlisted = first(unlisted, v.label+": not all in it are buildpacks")
				continue
			}
			members := byVersion[version].members()
			all = append(all, Buildpack{ID: id, Version: version, Homepage: members["homepage"].text(), Name: members["name"].text()})
		}
	}
	slices.SortFunc(all, func(a, b Buildpack) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Version, b.Version))
	})
	return all, unlisted
}
