// Package version holds the ranges of versions that people write in gate.yaml, and that the gate's own lists have: of
// buildpacks, lifecycles and builders (Range), and of Java (JavaRange), which has versions of its own kind. It matches
// nothing but what it is given.
//
// Sources: github.com/hashicorp/go-version for the operators; JEP 223 and JEP 322 for Java's versions.
package version
