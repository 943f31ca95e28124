// Package image knows where images come from and what is written on them.
//
// Resolve turns one argument into a Candidate: an image of a registry, of the Docker engine, of an archive file or of
// an OCI layout directory, with the digests that identify it and the configuration that a boot needs. Resolving reads
// manifests and configurations only. Candidate.Prepare puts the image on an engine, Release takes away what Prepare
// brought. Make and Load make small images from files.
//
// The package never starts a container, never overwrites a tag of the user's, never prints credentials, and never
// holds a layer in memory.
//
// # What an argument means
//
//	registry:REF    that reference in its registry
//	docker:REF      that image in the Docker engine; an image ID works too
//	tar:FILE        an archive: `docker save`, or a tar of an OCI layout, either also compressed with gzip
//	oci:PATH        an OCI layout: a directory, or an archive of one
//
// An archive or layout with several images needs one to be named: PATH#NAME, where NAME is a tag of a `docker save`
// archive or the org.opencontainers.image.ref.name of an entry of index.json.
//
// Without a prefix, what begins with "/", "./" or "../" or ends in ".tar", ".tar.gz" or ".tgz" is a path. Anything else
// is a path when it exists and holds an image (an OCI layout directory, or a file that is a tar or gzip): a program or
// a directory that only shares its name with the image does not get in the way. Otherwise it is the engine's own image
// of that name, and failing that the registry's. A prefix always wins: `registry:2` is the image named "2"; the image of
// that name on Docker Hub is written `docker.io/library/registry:2`.
//
// # What identifies an image
//
// The manifest digest does; for a multi-platform image that is the digest of the index, with the child's beside it. An
// image that only the engine knows has the digest the engine recorded for the repository that was asked for, when there
// is exactly one; else it has none, and its image ID (the digest of its configuration) is all there is. The same holds
// for an archive of `docker save` before Docker 25: it has no manifest. Newer ones hold an OCI layout, whose manifest
// digest is used; it is that of the archive, not the one a registry knows.
//
// # Sources
//
// OCI image specification 1.1 (manifest, index, image layout, configuration), OCI distribution specification 1.1
// (errors, digests), Docker image specification 1.2 (manifest.json of `docker save`), Docker Engine API 1.41 and newer.
package image
