// Package secret knows what sounds like a secret, and takes such values out of text that is going to be shown: option
// lines of Java virtual machines, command lines, connection URLs, settings. It goes by names first, and by how a value looks
// only where that leaves no doubt.
package secret
