// Package builder knows what Cloud Native Buildpacks write on the images they make: which buildpacks took part, in which
// versions.
//
// It reads the labels of an image and nothing else; it never asks a registry or an engine. Labels are foreign text of
// any size: what cannot be read is left out, and nothing is read without a bound.
//
// Sources: the platform specification of Cloud Native Buildpacks, versions 0.2 to 0.15 (platform.md, labels of the app
// image), and what the lifecycle writes (platform/labels.go, platform/files).
package builder
