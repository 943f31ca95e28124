#!/usr/bin/env bash
# Measures the gate against doing the same by hand with docker, and prints a Markdown report. Progress goes to stderr.
#
#   testdata/bench/boot.sh [ROUNDS]      default 9; about 20 s a round
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
touch "$work/images"

finish() {
  docker rm -f bootgate-test-flood > /dev/null 2>&1 || true
  while read -r _ ref; do docker rmi -f "$ref" > /dev/null || true; done < "$work/images"
  rm -rf -- "$work"
}
trap finish EXIT

for program in docker curl go; do
  command -v "$program" > /dev/null || { echo "boot.sh needs $program" >&2; exit 1; }
done
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/gate" ./cmd/gate
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/bench" ./testdata/bench
go run ./testdata/bench/load > "$work/images"
"$work/bench" "${1:-9}" "$work/gate" < "$work/images"
