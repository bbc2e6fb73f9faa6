//===- KeyKernels.cpp - The choice of loops over sort keys ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define QUANT_ACT_KEY_KERNELS portableKeyKernels
#include "KeyKernels.inc"

using namespace quant_act::runtime;

const KeyKernelTables &quant_act::runtime::getKeyKernelTables() {
#ifdef __x86_64__
  // What -march=x86-64-v4 and -v3 take for granted beyond the baseline, as far
  // as compilers make use of it in these loops.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2"))
    return avx512KeyKernels;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
    return avx2KeyKernels;
#endif
  return portableKeyKernels;
}
