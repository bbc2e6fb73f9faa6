#!/usr/bin/env bash
#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# usage: run.sh BINDIR OUTDIR
#
# Compiles the quantizer to an object file and to a shared library in OUTDIR, and
# calls it from C, C++ and Python.

set -euo pipefail

if (($# != 2)); then
  echo "usage: run.sh BINDIR OUTDIR" >&2
  exit 2
fi
bin=$1
out=$2
here=$(dirname "${BASH_SOURCE[0]}")
mkdir -p "$out"

"$bin/quant-compile" "$here/quantize.mlir" -o "$out/quantize.o"
"$bin/quant-compile" "$here/quantize.mlir" -o "$out/quantize.so" --mcpu=native

echo "C, with the object file for any processor"
"${CC:-cc}" -Wall -Wextra -I"$out" "$here/call.c" "$out/quantize.o" -o "$out/call-c"
"$out/call-c"
echo "C++, with the shared library for this processor"
"${CXX:-c++}" -Wall -Wextra -I"$out" "$here/call.cpp" "$out/quantize.so" \
  -Wl,-rpath,"$(realpath "$out")" -o "$out/call-cpp"
"$out/call-cpp"
echo "Python, with the shared library"
python3 "$here/call.py" "$out/quantize.so"
