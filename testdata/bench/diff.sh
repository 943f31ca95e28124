#!/usr/bin/env bash
# Measures gate diff of two images in a registry on the loopback interface against two calls of crane config, and prints
# a line of a Markdown table.
#
#   testdata/bench/diff.sh [ROUNDS]      default 41; some seconds
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/gate" ./cmd/gate
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/crane" github.com/google/go-containerregistry/cmd/crane
CGO_ENABLED=0 go build -o "$work/twins" ./testdata/bench/twins
"$work/twins" diff "${1:-41}" "$work/gate" "$work/crane"
