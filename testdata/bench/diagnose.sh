#!/usr/bin/env bash
# Measures how fast gate diagnose reads the log of a healthy Spring Boot application, against grep -c -F -f with the same
# markers, both on one core, and prints a Markdown report. Progress goes to stderr. The log is made on the spot.
#
#   testdata/bench/diagnose.sh [ROUNDS [BYTES]]      default 9 and 1 GiB
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
finish() { rm -rf -- "$work"; }
trap finish EXIT

for program in go grep taskset; do
  command -v "$program" > /dev/null || { echo "diagnose.sh needs $program" >&2; exit 1; }
done
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/gate" ./cmd/gate
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/scan" ./testdata/bench/scan
go run ./testdata/bench/markers > "$work/markers"
go run ./testdata/bench/springlog "${2:-1073741824}" > "$work/boot.log"
"$work/scan" "${1:-9}" "$work/gate" "$work/markers" "$work/boot.log"
