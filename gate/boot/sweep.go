package boot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	gateimage "bootgate/gate/image"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
)

// Swept is what a sweep removed, by name.
type Swept struct {
	Containers []string `json:"containers"`
	Networks   []string `json:"networks"`
	Images     []string `json:"images"`
}

// Count returns how many things were removed.
func (s Swept) Count() int { return len(s.Containers) + len(s.Networks) + len(s.Images) }

// Marker returns a reference, unique within the lease, for an image that is needed for at most the given time. Images
// cannot be labelled after they are made, so the reference itself says whose it is.
func (l *Lease) Marker(number int, needed time.Duration) string {
	return fmt.Sprintf("%s/%s/%s:%d-%d", gateimage.MarkerDomain, l.scope, l.Run, time.Now().Add(needed).Unix(), number)
}

// markerLabels reads a marker back into the labels that other things carry.
func markerLabels(ref string) (map[string]string, bool) {
	path, tag, ok := strings.Cut(strings.TrimPrefix(ref, gateimage.MarkerDomain+"/"), ":")
	if !ok || !strings.HasPrefix(ref, gateimage.MarkerDomain+"/") {
		return nil, false
	}
	_, run, ok := strings.Cut(path, "/")
	expires, _, _ := strings.Cut(tag, "-")
	unix, err := strconv.ParseInt(expires, 10, 64)
	if !ok || err != nil {
		return nil, false
	}
	return map[string]string{LabelRun: run, LabelLock: path, LabelExpires: time.Unix(unix, 0).UTC().Format(time.RFC3339)}, true
}

// Sweep removes from the engine what runs left behind that are no longer alive. It never touches what a live run may
// still need. What it could not remove is in the error; the rest is removed all the same.
func Sweep(ctx context.Context, engine Engine) (Swept, error) {
	now := time.Now()
	return sweep(ctx, engine, func(labels map[string]string) bool { return !alive(labels, now) })
}

// SweepOwn removes what is left of the lease's own run, after something went wrong with the removal on the way out.
func (l *Lease) SweepOwn(ctx context.Context, engine Engine) (Swept, error) {
	return sweep(ctx, engine, func(labels map[string]string) bool { return labels[LabelRun] == l.Run })
}

// sweep removes everything of the gate's for which ours says so: containers first, because networks and images cannot
// go before them.
func sweep(ctx context.Context, engine Engine, ours func(map[string]string) bool) (Swept, error) {
	swept := Swept{Containers: []string{}, Networks: []string{}, Images: []string{}}
	ctx, cancel := context.WithTimeout(ctx, cleanLimit)
	defer cancel()
	labelled := filters.NewArgs(filters.Arg("label", LabelRun))
	containers, err := engine.ContainerList(ctx, container.ListOptions{All: true, Filters: labelled})
	if err != nil {
		return swept, engineErr(ctx, err, "listing containers")
	}
	var errs []error
	for _, c := range containers {
		if ours(c.Labels) {
			name := strings.TrimPrefix(firstOf(c.Names, c.ID), "/")
			err := insist(ctx, "removing container "+name, func(call context.Context) error {
				return engine.ContainerRemove(call, c.ID, container.RemoveOptions{Force: true, RemoveVolumes: true})
			})
			swept.Containers, errs = noteRemoval(swept.Containers, errs, name, err)
		}
	}
	networks, err := engine.NetworkList(ctx, network.ListOptions{Filters: labelled})
	if err != nil {
		return swept, errors.Join(append(errs, engineErr(ctx, err, "listing networks"))...)
	}
	for _, n := range networks {
		if ours(n.Labels) {
			err := removeSweptNetwork(ctx, engine, n)
			swept.Networks, errs = noteRemoval(swept.Networks, errs, n.Name, err)
		}
	}
	images, err := sweepImages(ctx, engine, ours)
	swept.Images = append(swept.Images, images...)
	dropLocks(time.Now())
	return swept, errors.Join(append(errs, err)...)
}

// removeSweptNetwork removes a network, and before that whoever is still on it: a gate that ran in a container.
func removeSweptNetwork(ctx context.Context, engine Engine, n network.Summary) error {
	return insist(ctx, "removing network "+n.Name, func(call context.Context) error {
		if full, err := engine.NetworkInspect(call, n.ID, network.InspectOptions{}); err == nil {
			for id := range full.Containers {
				_ = engine.NetworkDisconnect(call, n.ID, id, true) // the removal tells if it mattered
			}
		}
		return engine.NetworkRemove(call, n.ID)
	})
}

// sweepImages removes the references of images that runs brought or made; an image itself goes with the last of them.
func sweepImages(ctx context.Context, engine Engine, ours func(map[string]string) bool) ([]string, error) {
	var removed []string
	var errs []error
	for _, filter := range []filters.KeyValuePair{
		filters.Arg("reference", gateimage.MarkerDomain+"/*/*"), // brought here
		filters.Arg("label", LabelRun),                          // made here, by a demo
	} {
		images, err := engine.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filter)})
		if err != nil {
			return removed, errors.Join(append(errs, engineErr(ctx, err, "listing images"))...)
		}
		removed, errs = removeImages(ctx, engine, images, ours, removed, errs)
	}
	return removed, errors.Join(errs...)
}

// removeImages removes those references of images that are ours, by their name or by a label of the image.
func removeImages(ctx context.Context, engine Engine, images []image.Summary, ours func(map[string]string) bool, removed []string, errs []error) ([]string, []error) {
	for _, img := range images {
		for _, tag := range img.RepoTags {
			labels, ok := markerLabels(tag)
			if !ok {
				labels, ok = img.Labels, img.Labels[LabelRun] != ""
			}
			if ok && ours(labels) {
				err := insist(ctx, "removing image "+tag, func(call context.Context) error {
					_, err := engine.ImageRemove(call, tag, image.RemoveOptions{PruneChildren: true})
					return err
				})
				removed, errs = noteRemoval(removed, errs, tag, err)
			}
		}
	}
	return removed, errs
}

func noteRemoval(removed []string, errs []error, name string, err error) ([]string, []error) {
	if err != nil {
		return removed, append(errs, err)
	}
	return append(removed, name), errs
}

func firstOf(names []string, otherwise string) string {
	if len(names) > 0 {
		return names[0]
	}
	return otherwise
}
