// Package builder knows what images tell of how they were made: the buildpacks that took part, the Java run-time, the
// launcher, the run image, and what other tools leave. It says what changed between two images (Compare), what is known to
// be bad, and which versions are allowed.
//
// It reads what an image.Candidate holds, and layers only where it is asked to; it never asks a registry or an engine
// itself. Labels are foreign text of any size: what cannot be read is left out and said to be, and nothing is read without
// a bound.
//
// Sources: the platform specification of Cloud Native Buildpacks, versions 0.2 to 0.15 (platform.md, labels of the app
// image), and what the lifecycle writes (platform/labels.go, platform/files).
package builder
