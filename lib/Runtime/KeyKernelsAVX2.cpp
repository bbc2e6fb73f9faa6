//===- KeyKernelsAVX2.cpp - Loops over sort keys with AVX2 ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define QUANT_ACT_KEY_KERNELS avx2KeyKernels
#include "KeyKernels.inc"
