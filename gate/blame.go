package gate

import (
	"errors"
	"strings"

	"bootgate/gate/boot"
	"bootgate/gate/finding"
	"bootgate/gate/image"
)

// blame turns an error into the finding that says whose fault it is: the image's (it is not there, it is broken), or
// that of the registry or the engine, about which the gate can only say that it could not tell. It reports false for
// errors that are none of these: a mistake of the user or of the gate, an interruption.
func blame(err error) (finding.Finding, bool) {
	rule := rule(err)
	if rule == "" {
		return finding.Finding{}, false
	}
	// Errors that were joined stand on lines of their own; a finding has one sentence.
	f := finding.New(rule, strings.ReplaceAll(err.Error(), "\n", "; "))
	var problem interface{ Remedy() string }
	if errors.As(err, &problem) {
		f.Remedy = problem.Remedy()
	}
	return f, true
}

func rule(err error) string {
	var (
		notFound *image.NotFoundError
		invalid  *image.InvalidError
		registry *image.RegistryError
		platform *image.PlatformError
		engine   *image.EngineError
		booting  *boot.EngineError
		lease    *boot.LeaseError
		need     *needError
	)
	var usage *UsageError
	switch {
	case err == nil, errors.As(err, &usage):
		return ""
	case errors.As(err, &need):
		return "host-needs"
	case errors.As(err, &notFound):
		return "image-not-found"
	case errors.As(err, &invalid):
		return "image-invalid"
	case errors.As(err, &registry):
		return "host-registry"
	case errors.As(err, &platform):
		return "wrong-architecture"
	case errors.As(err, &engine), errors.As(err, &booting), errors.As(err, &lease):
		return "host-engine"
	}
	return ""
}
