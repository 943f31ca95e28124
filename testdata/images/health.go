package images

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Health returns a HEALTHCHECK that runs the fixture with the given script every interval. Three failures in a row make
// the container unhealthy.
func Health(interval time.Duration, script ...string) *v1.HealthConfig {
	return &v1.HealthConfig{
		Test:     append([]string{"CMD", Program}, script...),
		Interval: interval,
		Timeout:  5 * time.Second,
		Retries:  3,
	}
}
