#!/usr/bin/env bash
# Measures gate inspect of an image in a registry on the loopback interface against crane config and, where it is
# installed, skopeo inspect, and prints lines of a Markdown table.
#
#   testdata/bench/inspect.sh [ROUNDS]      default 41; some seconds
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/gate" ./cmd/gate
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/crane" github.com/google/go-containerregistry/cmd/crane
CGO_ENABLED=0 go build -o "$work/twins" ./testdata/bench/twins
skopeo=$(command -v skopeo || true)
"$work/twins" inspect "${1:-41}" "$work/gate" "$work/crane" ${skopeo:+"$skopeo"}
