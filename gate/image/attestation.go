package image

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// statementLimit bounds a statement that is read into memory. BuildKit's list every file of a base image's packages at
// most, and take some hundred kilobytes.
const statementLimit = 16 << 20

// statementType ends the media type of an in-toto statement (in-toto attestation specification, statement layer).
const statementType types.MediaType = "application/vnd.in-toto+json"

// annotationPredicate says what a statement is about, such as https://slsa.dev/provenance/v1.
const annotationPredicate = "in-toto.io/predicate-type"

// Statement is one statement of an attestation, unverified: it says what whoever pushed the image wrote.
type Statement struct {
	// Predicate is the type of what it says, such as "https://slsa.dev/provenance/v0.2".
	Predicate string
	// JSON is the whole statement.
	JSON []byte
}

// attested is an origin that attestations can be read from.
type attested interface {
	statements(ctx context.Context, attestation Attestation) ([]Statement, error)
}

// ReadAttestations reads the statements in the image's attestations: two requests of a registry or more. An image without
// any has none.
func (c *Candidate) ReadAttestations(ctx context.Context) ([]Statement, error) {
	source, ok := c.origin.(attested)
	if !ok {
		return nil, nil
	}
	var all []Statement
	for _, attestation := range c.Record.Attestations {
		statements, err := source.statements(ctx, attestation)
		if err != nil {
			return nil, err
		}
		all = append(all, statements...)
	}
	return all, nil
}

func (o *registryOrigin) statements(ctx context.Context, attestation Attestation) ([]Statement, error) {
	return readStatements(ctx, o.repo.ref, o.repo, attestation, func(d v1.Descriptor) ([]byte, error) {
		raw, err := o.repo.blob(ctx, d, func(blob io.Reader) ([]byte, error) { return readSmall(d.Digest.String(), blob, statementLimit) })
		if err != nil {
			return nil, o.repo.explain(ctx, "attestation "+d.Digest.String(), err)
		}
		return raw, nil
	})
}

func (o *storedOrigin) statements(ctx context.Context, attestation Attestation) ([]Statement, error) {
	l := layout{ref: o.ref, tree: o.image.tree}
	return readStatements(ctx, o.ref, l, attestation, func(d v1.Descriptor) ([]byte, error) {
		return l.blob(ctx, d, "its attestation", statementLimit)
	})
}

// readStatements reads the statements of an attestation: the layers of its manifest.
func readStatements(ctx context.Context, ref string, docs documents, attestation Attestation, blob func(v1.Descriptor) ([]byte, error)) ([]Statement, error) {
	digest, err := v1.NewHash(attestation.Digest)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "its attestation cannot be used", Err: err}
	}
	doc, err := docs.manifest(ctx, v1.Descriptor{Digest: digest, Size: attestation.Size})
	if err != nil {
		return nil, err
	}
	manifest, err := parseManifest(doc.raw)
	if err != nil {
		return nil, &InvalidError{Ref: ref, Reason: "its attestation cannot be used", Err: err}
	}
	var all []Statement
	for _, d := range manifest.Layers[:min(len(manifest.Layers), maxAttestations)] {
		if d.MediaType != statementType || d.Size > statementLimit {
			continue
		}
		raw, err := blob(d)
		if err != nil {
			return nil, err
		}
		if err := checkBytes(raw, d); err != nil {
			return nil, &InvalidError{Ref: ref, Reason: fmt.Sprintf("its attestation %s is damaged", d.Digest), Err: err}
		}
		all = append(all, Statement{Predicate: d.Annotations[annotationPredicate], JSON: raw})
	}
	return all, nil
}
