// Package demo makes small container images on the spot, without a network and without a base image, for `gate demo`:
// some that behave and some that fail in ways worth seeing. Their program is the gate binary itself, called with a
// hidden command (App); where a JDK is found there are images with a real Java run-time, too.
//
// It makes and loads images and removes them again. It runs no container and judges nothing: that is done by the same
// gate.Check that everybody else's images go through.
//
// Closure and JVM, which collect what a program or a Java run-time needs in an otherwise empty image, also serve the
// tests of other packages. They follow ld.so(8) and the System V ABI's chapter on dynamic linking.
package demo
