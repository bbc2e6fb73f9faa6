#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds everything and runs every test. The last line is the sum over all
# suites: N passed, N failed, N skipped.

set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/check.sh [--preset NAME] [--jobs N]

Installs what is missing, builds everything, runs every test, and prints what
failed and what was skipped and why. Fails unless tests ran and none failed.

  --preset NAME  CMake preset (default: release; others: dev, asserts, asan)
  --jobs N       compile N files and run N tests at a time (default: one per
                 processor; for compiling, as far as memory allows)

environment:
  MLIR_DIR  lib/cmake/mlir of an MLIR 22 of your own, used instead of Debian's
END
}

fail() {
  printf 'check.sh: %s\n' "$@" >&2
  exit 1
}

# lit as CMake was told, else the one beside the LLVM in use.
find_lit() {
  local lit candidates
  lit=$(sed -n 's/^LLVM_EXTERNAL_LIT:[A-Z]*=//p' "$build/CMakeCache.txt")
  candidates=$(sed -n 's/^MLIR_DIR:[A-Z]*=//p' "$build/CMakeCache.txt")/../../../bin
  for lit in "$lit" "$candidates/lit" "$candidates/llvm-lit"; do
    if [[ -f $lit ]]; then
      echo "$lit"
      return
    fi
  done
  fail "there is no lit beside the MLIR that $build uses" \
    "tell CMake: cmake --preset $preset -DLLVM_EXTERNAL_LIT=<path of lit>"
}

preset=release
jobs=
while (($#)); do
  case $1 in
  -h | --help)
    usage
    exit
    ;;
  --preset | --jobs)
    [[ -n ${2:-} ]] || fail "$1 needs a value; see --help"
    printf -v "${1#--}" %s "$2"
    shift
    ;;
  *) fail "unexpected argument '$1'; see --help" ;;
  esac
  shift
done
root=$(dirname "${BASH_SOURCE[0]}")/..
build=build/$preset

"$root/scripts/build.sh" --preset "$preset" ${jobs:+--jobs "$jobs"}
cd "$root"

lit=$(find_lit)
results=$build/test/results
rm -f "$results".{json,xml}
# lit turns an interrupt into skipped tests and success.
trap 'fail "interrupted"' INT
status=0
# JSON has each test's outcome and output but lacks the tests that did not run,
# such as a GoogleTest that skips itself; the XML has those.
python3 "$lit" --succinct --terse-summary --workers "${jobs:-$(nproc)}" \
  --output "$results.json" --xunit-xml-output "$results.xml" "$build/test" ||
  status=$?
# 1 says that tests failed, which the summary tells better.
if ((status > 1)); then
  printf 'check.sh: lit stopped with status %d; see above\n' "$status" >&2
fi
python3 scripts/summarize-tests.py "$results.json" "$results.xml" || status=1
exit "$status"
