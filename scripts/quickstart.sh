#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# From a fresh checkout to a real model's quantized activations in one command.

set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/quickstart.sh [OUTDIR]

Installs what is missing, builds quant-opt and quant-run, runs the example in
examples/espcn with them, and lists the files it wrote to OUTDIR (default:
build/quickstart).

environment:
  MLIR_DIR  lib/cmake/mlir of an MLIR 22 of your own, used instead of Debian's
END
}

fail() {
  printf 'quickstart.sh: %s\n' "$@" >&2
  exit 1
}

case ${1:-} in
-h | --help)
  usage
  exit
  ;;
-*) fail "unknown option '$1'; see --help" ;;
esac
(($# <= 1)) || fail "at most one output folder, not $#; see --help"

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
outdir=${1:-$root/build/quickstart}

"$root/scripts/build.sh" quant-opt quant-run

mkdir -p "$outdir" || fail "cannot create the output folder '$outdir'"
outdir=$(realpath "$outdir")
started=$(date +%s)
"$root/examples/espcn/run.sh" "$root/build/release/bin" "$outdir" || fail \
  "the example failed; its message above says why" \
  "to run it alone: examples/espcn/run.sh build/release/bin $outdir"

printf '\nWritten to %s:\n' "$outdir"
find "$outdir" -type f -newermt "@$started" -printf '%10s bytes  %P\n' |
  sort --key=3
