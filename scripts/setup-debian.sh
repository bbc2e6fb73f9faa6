#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Makes sure that a Debian machine (12 or later) has what the build needs, and
# says nothing where it does.

set -euo pipefail

readonly llvm_version=22
readonly minimum_cmake=3.20

usage() {
  cat <<END
usage: scripts/setup-debian.sh

Installs the missing ones of the packages that building needs: a C++ compiler,
CMake, Ninja, Python, GoogleTest, and LLVM, MLIR and clang ${llvm_version}. Installing needs
root or sudo; where nothing is missing, neither is used.

environment:
  MLIR_DIR  folder with the MLIRConfig.cmake of an MLIR ${llvm_version} of your own; LLVM's
            packages are then not installed
END
}

fail() {
  printf 'setup-debian.sh: %s\n' "$@" >&2
  exit 1
}

has_recent_cmake() {
  local version
  version=$(cmake --version 2>/dev/null | sed -n '1s/.* //p') || return 1
  [[ -n $version ]] &&
    printf '%s\n' "$minimum_cmake" "$version" | sort --version-sort --check=quiet
}

# A tool may come from anywhere, so it is the command that is looked for.
missing_tools() {
  command -v cc >/dev/null && command -v c++ >/dev/null || echo g++
  command -v ninja >/dev/null || echo ninja-build
  command -v python3 >/dev/null || echo python3
  has_recent_cmake || echo cmake
}

# Libraries are where their packages put them.
missing_libraries() {
  local package packages=(libgtest-dev)
  if [[ -z ${MLIR_DIR:-} ]]; then
    packages+=("llvm-$llvm_version-dev" "llvm-$llvm_version-tools"
      "libmlir-$llvm_version-dev" "mlir-$llvm_version-tools"
      "clang-$llvm_version" "lld-$llvm_version" "libomp-$llvm_version-dev")
  fi
  for package in "${packages[@]}"; do
    # One line for each architecture that the package is known for.
    [[ $'\n'$(dpkg-query --show --showformat='${db:Status-Status}\n' "$package" \
      2>/dev/null)$'\n' == *$'\ninstalled\n'* ]] || echo "$package"
  done
}

# Those of the packages named that no source of this machine offers.
unavailable() {
  local package
  for package in "$@"; do
    [[ -n $(apt-cache madison "$package" 2>/dev/null) ]] || echo "$package"
  done
}

install_packages() {
  local as_root=() absent
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || fail \
      "packages are missing, and installing them needs root or sudo" \
      "as root: apt-get install --no-install-recommends $*"
    as_root=(sudo)
  fi

  printf 'Installing missing Debian packages (a few minutes): %s\n' "$*"
  # One broken source need not matter; what does shows in the next step.
  "${as_root[@]}" apt-get -qq update || true
  mapfile -t absent < <(unavailable "$@")
  if ((${#absent[@]})); then
    fail "this machine's package sources lack: ${absent[*]}" \
      "Debian 12 has LLVM $llvm_version in bookworm-security: enable the security archive" \
      "elsewhere, install MLIR $llvm_version and set MLIR_DIR to its lib/cmake/mlir"
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install --yes --no-install-recommends "$@" || fail \
    "apt-get could not install the packages; its messages above say why" \
    "to see it alone: apt-get install --no-install-recommends $*"
}

case ${1:-} in
'') ;;
-h | --help)
  usage
  exit
  ;;
*) fail "unexpected argument '$1'; see --help" ;;
esac

if [[ -n ${MLIR_DIR:-} && ! -f $MLIR_DIR/MLIRConfig.cmake ]]; then
  fail "MLIR_DIR has no MLIRConfig.cmake: $MLIR_DIR" \
    "set it to the lib/cmake/mlir of an MLIR $llvm_version, or unset it"
fi

mapfile -t missing < <(
  missing_tools
  # Another system has no package database to ask: CMake will find out.
  if command -v dpkg-query >/dev/null || [[ -z ${MLIR_DIR:-} ]]; then
    missing_libraries
  fi
)
if ((${#missing[@]} == 0)); then
  exit
fi
command -v apt-get >/dev/null || fail \
  "this is not a Debian system (no apt-get), and it lacks: ${missing[*]}" \
  "install the like of them; for LLVM, set MLIR_DIR to MLIR $llvm_version's lib/cmake/mlir"
install_packages "${missing[@]}"
hash -r
has_recent_cmake || fail \
  "the cmake in PATH ($(command -v cmake)) is older than $minimum_cmake, or does not run" \
  "put a newer one, such as /usr/bin/cmake, before it in PATH"
