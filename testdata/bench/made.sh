#!/usr/bin/env bash
# Measures what gate check finds of images in a registry on the loopback interface before it starts them, and prints lines
# of a Markdown table.
#
#   testdata/bench/made.sh [ROUNDS]      default 7; about 10 s a round
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/gate" ./cmd/gate
CGO_ENABLED=0 go build -o "$work/made" ./testdata/bench/made
"$work/made" "${1:-7}" "$work/gate"
