package boot

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// Image is what is booted: an image that the engine has, and what its configuration says.
type Image struct {
	// Ref is what the engine knows it by: an image ID, or a reference by digest.
	Ref string
	// Platform is the image's os/arch[/variant].
	Platform   string
	Env        []string // NAME=value
	Entrypoint []string
	Cmd        []string
	// Ports are the exposed TCP ports in ascending order.
	Ports       []int
	Healthcheck *Healthcheck // nil when the image has none
	// StopSignal is the signal to end it with, by name or number; empty means SIGTERM.
	StopSignal string
	// Buildpacks are those it was built with; none when it was not, or does not tell.
	Buildpacks []Buildpack
	// Size is what the engine says of it in bytes; 0 when that is not known.
	Size int64
}

// Healthcheck is an image's HEALTHCHECK. Zero durations and counts mean the engine's defaults.
type Healthcheck struct {
	Test                           []string
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

// The engine's defaults for a HEALTHCHECK (Dockerfile reference, HEALTHCHECK).
const (
	defaultHealthInterval = 30 * time.Second
	defaultHealthRetries  = 3
	// quickHealth is how often the gate has a HEALTHCHECK run, where the image asks for less.
	quickHealth = time.Second
	// blindStaysUp is how long an image must stay up when nothing tells when it is ready.
	blindStaysUp = 10 * time.Second
)

// plan is a Spec with every default filled in for a certain image.
type plan struct {
	Asked
	spec  Spec
	image Image
	env   []string // NAME=value, sorted: what the gate adds to the image's own
	// signs must all be seen; each is seen when any of its alternatives is.
	signs [][]Probe
	// auto adds the well-known log lines to the alternatives of the only sign, or makes them the only sign.
	auto bool
	// blind is set when no sign is known: it is ready if it is still there after StaysUp.
	blind bool
}

// newPlan fills in what spec leaves open from what is known of the image. lookup finds variables of the gate's own
// environment.
func newPlan(spec Spec, img Image, lookup func(string) (string, bool)) (plan, error) {
	p := plan{spec: spec, image: img}
	mode := spec.As
	if mode == "" {
		mode = Auto
	}
	if mode == Auto && len(spec.Ready) > 0 {
		mode = Service // who says what ready means describes a service
	}
	within := DefaultWithin
	if mode == Job {
		within = DefaultJobWithin
	}
	p.Asked = Asked{
		Mode:        mode,
		Within:      orDuration(spec.Within, within),
		StaysUp:     orDuration(spec.StaysUp, DefaultStaysUp),
		AtLeast:     orDuration(spec.AtLeast, 0),
		StopsWithin: orDuration(spec.StopsWithin, DefaultStopsWithin),
		Command:     argv(spec, img),
		Platform:    img.Platform,
		Buildpacks:  img.Buildpacks,
		ImageSize:   img.Size,
		Once:        spec.Once.String(),
	}
	switch {
	case p.hasHealthcheck():
		p.Server = "a HEALTHCHECK"
	case len(img.Ports) > 0:
		p.Server = "an exposed port"
	}
	if mode != Job {
		p.findSigns()
	}
	env, err := environment(spec, lookup)
	p.env = env
	p.Environment = names(slices.Concat(img.Env, env))
	return p, err
}

// findSigns decides by what it shows that the container is ready.
func (p *plan) findSigns() {
	for _, probe := range p.spec.Ready {
		p.signs = append(p.signs, []Probe{probe})
	}
	if len(p.signs) > 0 {
		return
	}
	if p.hasHealthcheck() {
		p.signs = [][]Probe{{{Kind: ProbeHealthcheck}}}
		return
	}
	p.auto = true
	var ports []Probe
	for _, port := range p.image.Ports {
		ports = append(ports, Probe{Kind: ProbeTCP, Port: port})
	}
	p.blind = len(ports) == 0
	p.signs = [][]Probe{ports}
	if p.blind && (p.spec.StaysUp == nil || *p.spec.StaysUp == 0) {
		// Not to hold a container once it is ready is one thing; to ask nothing of it at all would pass anything.
		p.StaysUp = min(blindStaysUp, p.Within)
	}
}

func (p *plan) hasHealthcheck() bool {
	h := p.image.Healthcheck
	return h != nil && len(h.Test) > 0 && h.Test[0] != "NONE"
}

// asksHealthcheck reports whether readiness depends on a HEALTHCHECK.
func (p *plan) asksHealthcheck() bool {
	return slices.ContainsFunc(p.signs, func(any []Probe) bool {
		return slices.ContainsFunc(any, func(probe Probe) bool { return probe.Kind == ProbeHealthcheck })
	})
}

// healthTiming returns an interval and a number of retries that let the HEALTHCHECK say healthy sooner than its image
// asks, and unhealthy no sooner: the product of the two stays what it was. An engine before API 1.44 knows no start
// interval, so the interval itself is shortened.
func (h Healthcheck) healthTiming() (time.Duration, int) {
	interval, retries := h.Interval, h.Retries
	if interval == 0 {
		interval = defaultHealthInterval
	}
	if retries == 0 {
		retries = defaultHealthRetries
	}
	if interval <= quickHealth {
		return interval, retries
	}
	patience := interval * time.Duration(retries)
	return quickHealth, int((patience + quickHealth - 1) / quickHealth)
}

// Longest returns a bound on the time a boot test of the spec can take, all rounds and needs included, and an hour for
// bringing the images. Another host's sweep goes by it.
func (s Spec) Longest() time.Duration {
	longest := 2 * time.Hour
	for _, need := range s.Needs {
		longest += orDuration(need.Within, DefaultJobWithin)
	}
	const rounds = 3 // the first start, the second start, the restart
	return longest + rounds*(orDuration(s.Within, DefaultJobWithin)+orDuration(s.StaysUp, blindStaysUp)+orDuration(s.StopsWithin, DefaultStopsWithin))
}

// arguments returns the entrypoint and the command a container of the image runs with. As with the engine, another
// entrypoint does away with the image's command, and an empty one does not.
func arguments(spec Spec, img Image) (entrypoint, cmd []string) {
	entrypoint, cmd = img.Entrypoint, img.Cmd
	if spec.Entrypoint != nil {
		entrypoint = spec.Entrypoint
	}
	if len(spec.Entrypoint) > 0 {
		cmd = nil
	}
	if spec.Command != nil {
		cmd = spec.Command
	}
	return entrypoint, cmd
}

// argv returns the whole argument vector a container of the image runs with.
func argv(spec Spec, img Image) []string {
	entrypoint, cmd := arguments(spec, img)
	return slices.Concat(entrypoint, cmd)
}

// environment returns the variables of the env files and of env:, the latter winning, as sorted NAME=value.
func environment(spec Spec, lookup func(string) (string, bool)) ([]string, error) {
	all := Env{}
	for _, path := range spec.EnvFile {
		file, err := ReadEnvFile(path)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, file)
	}
	maps.Copy(all, spec.Env)
	var env []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		if value == nil {
			v, ok := lookup(name)
			if !ok {
				continue // as the engine's own command line does
			}
			value = &v
		}
		env = append(env, name+"="+*value)
	}
	return env, nil
}

// names returns the names of variables given as NAME=value, sorted and each once.
func names(env []string) []string {
	var all []string
	for _, variable := range env {
		if name, _, _ := strings.Cut(variable, "="); name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// stopSignal returns the name of the signal that asks the container to end.
func (p *plan) stopSignal() string {
	if s := strings.ToUpper(p.image.StopSignal); s != "" {
		return s
	}
	return "SIGTERM"
}

func orDuration(d *Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return time.Duration(*d)
}

// needSpec returns the boot spec of something the candidate needs.
func (n Need) needSpec(network Network) Spec {
	zero := Duration(0)
	as := n.As
	if as == "" {
		as = Service
	}
	return Spec{
		As: as, Ready: n.Ready, Within: n.Within, StaysUp: &zero, StopsWithin: &zero, Memory: n.Memory, User: n.User,
		Tmpfs: n.Tmpfs, Env: n.Env, EnvFile: n.EnvFile, Entrypoint: n.Entrypoint, Command: n.Command, Network: network,
	}
}

// Environ is the lookup in the gate's own environment.
func Environ(name string) (string, bool) { return os.LookupEnv(name) }

// describe returns a probe for people.
func describe(any []Probe, auto bool) string {
	var words []string
	for _, p := range any {
		words = append(words, p.String())
	}
	if auto {
		words = append(words, "a log line that says it has started")
	}
	if len(words) == 0 {
		return "nothing"
	}
	return fmt.Sprint(strings.Join(words, " or "))
}
