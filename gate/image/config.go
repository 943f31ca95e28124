package image

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Config is what is written on an image about how to run it: the part of its configuration that a boot needs.
type Config struct {
	Entrypoint []string
	Cmd        []string
	// Env holds NAME=VALUE. Values may be secrets: they are never printed.
	Env        []string
	User       string
	WorkingDir string
	// ExposedPorts are sorted, each with its protocol: "8080/tcp".
	ExposedPorts []string
	// Healthcheck is nil when the image says nothing about its health, and when it says there is no check ("NONE").
	Healthcheck *Healthcheck
	// StopSignal is as written, "SIGQUIT" or "3"; empty means SIGTERM.
	StopSignal string
	Labels     map[string]string
}

// Healthcheck is a HEALTHCHECK instruction. Zero durations and retries mean the engine's defaults.
type Healthcheck struct {
	// Test begins with "CMD" or "CMD-SHELL".
	Test          []string
	Interval      time.Duration
	Timeout       time.Duration
	StartPeriod   time.Duration
	StartInterval time.Duration
	Retries       int
}

// configFile is an image's configuration document: OCI config.md, with the additions of the Docker image specification.
// ConfigFile of the registry library does not know StartInterval.
type configFile struct {
	OS           string                          `json:"os"`
	Architecture string                          `json:"architecture"`
	Variant      string                          `json:"variant"`
	RootFS       v1.RootFS                       `json:"rootfs"`
	History      history                         `json:"history"`
	Config       dockerspec.DockerOCIImageConfig `json:"config"`
}

// historyEntry is one step of the history. Its time is left out: what is no time there must not spoil the rest.
type historyEntry struct {
	Author     string `json:"author"`
	CreatedBy  string `json:"created_by"`
	Comment    string `json:"comment"`
	EmptyLayer bool   `json:"empty_layer"`
}

// history is how an image was put together. One that cannot be read is none: nothing depends on it.
type history []historyEntry

// UnmarshalJSON implements json.Unmarshaler.
func (h *history) UnmarshalJSON(raw []byte) error {
	var steps []historyEntry
	if json.Unmarshal(raw, &steps) == nil {
		*h = steps
	}
	return nil
}

// parseConfig reads a configuration document.
func parseConfig(raw []byte) (*configFile, error) {
	var c configFile
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	return &c, nil
}

func (c *configFile) platform() v1.Platform {
	return v1.Platform{OS: c.OS, Architecture: c.Architecture, Variant: c.Variant}
}

// bootConfig takes from a configuration what a boot needs. A nil one is an empty one.
func bootConfig(c *dockerspec.DockerOCIImageConfig) Config {
	if c == nil {
		return Config{}
	}
	return Config{
		Entrypoint: c.Entrypoint, Cmd: c.Cmd, Env: c.Env, User: c.User, WorkingDir: c.WorkingDir,
		ExposedPorts: ports(c.ExposedPorts), Healthcheck: healthcheck(c.Healthcheck),
		StopSignal: c.StopSignal, Labels: c.Labels,
	}
}

func ports(exposed map[string]struct{}) []string {
	var all []string
	for _, port := range slices.Sorted(maps.Keys(exposed)) {
		if !strings.Contains(port, "/") {
			port += "/tcp"
		}
		all = append(all, port)
	}
	return all
}

func healthcheck(h *dockerspec.HealthcheckConfig) *Healthcheck {
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return nil
	}
	return &Healthcheck{
		Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod,
		StartInterval: h.StartInterval, Retries: h.Retries,
	}
}
