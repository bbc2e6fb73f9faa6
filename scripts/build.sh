#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what is missing, configures a CMake preset and builds it; each step
# does only what is not done yet.

set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/build.sh [--preset NAME] [--jobs N] [TARGET...]

Builds the targets (default: everything) in build/NAME.

  --preset NAME  CMake preset (default: release; cmake --list-presets)
  --jobs N       compile N files at a time (default: one per processor, as far
                 as memory allows)

environment:
  MLIR_DIR  lib/cmake/mlir of an MLIR 22 of your own, used instead of Debian's
END
}

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

# A file that includes MLIR takes a compiler up to 1.5 GB.
default_jobs() {
  local processors fitting
  processors=$(nproc)
  fitting=$(awk '/^MemTotal:/ { print int($2 / 1500000) }' /proc/meminfo)
  echo $((fitting < 1 ? 1 : fitting < processors ? fitting : processors))
}

# The value of a variable in the CMake cache of build/NAME.
cached() {
  sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt" 2>/dev/null || true
}

configure() {
  local arguments=()
  if [[ -n ${MLIR_DIR:-} ]]; then
    arguments+=("-DMLIR_DIR=$MLIR_DIR")
    # What else the cache says would be about the other MLIR.
    if [[ $(cached MLIR_DIR) != "$MLIR_DIR" ]]; then
      rm -f "$build/CMakeCache.txt" "$build/build.ninja"
    fi
  fi
  # Ninja configures again by itself when a CMakeLists.txt has changed.
  if [[ ! -f $build/build.ninja || CMakePresets.json -nt $build/build.ninja ]]; then
    printf 'Configuring %s\n' "$build"
    cmake --preset "$preset" --log-level=WARNING "${arguments[@]}" || fail \
      "configuring preset '$preset' failed; CMake's message above says why" \
      "the presets: cmake --list-presets; to start over, remove $build"
  fi
}

preset=release
jobs=
targets=()
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
  -*) fail "unknown option '$1'; see --help" ;;
  *) targets+=("$1") ;;
  esac
  shift
done
[[ $preset =~ ^[A-Za-z0-9_-]+$ ]] || fail "not the name of a preset: '$preset'"
[[ ${jobs:=$(default_jobs)} =~ ^[1-9][0-9]*$ ]] ||
  fail "--jobs needs a positive number, not '$jobs'"

if [[ -n ${MLIR_DIR:-} ]]; then
  # Absolute, because the build has another working directory.
  MLIR_DIR=$(realpath --canonicalize-missing "$MLIR_DIR")
  export MLIR_DIR
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/$preset

scripts/setup-debian.sh
configure
export NINJA_STATUS=${NINJA_STATUS:-'[%f/%t %es] '}
cmake --build "$build" --parallel "$jobs" --target "${targets[@]:-all}" || fail \
  "building $build failed; the first error above says why" \
  "if the compiler was killed, memory ran out: try --jobs 1"
