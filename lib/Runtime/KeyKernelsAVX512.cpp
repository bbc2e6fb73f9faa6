//===- KeyKernelsAVX512.cpp - Loops over sort keys with AVX-512 -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define QUANT_ACT_KEY_KERNELS avx512KeyKernels
#include "KeyKernels.inc"
