//===- KeyKernels.cpp - The choice of loops over sort keys ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define QUANT_ACT_KEY_KERNELS portableKeyKernels
#include "KeyKernels.inc"

#include <atomic>
#ifdef __x86_64__
#include <cpuid.h>
#endif

using namespace quant_act::runtime;

#ifdef __x86_64__
// The compiler's builtin for this takes a library of its own, which a linker
// that no compiler calls does not know of.

/// Which registers the operating system saves, as XCR0 has it.
static unsigned getSavedRegisters() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return 0;
  asm("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  return a;
}

static const KeyKernelTables &chooseTables() {
  constexpr unsigned ymm = 0x6, zmm = 0xe6;
  unsigned saved = getSavedRegisters(), a, b, c, d;
  if ((saved & ymm) != ymm || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return portableKeyKernels;
  // What -march=x86-64-v3 and -v4 take for granted beyond the baseline, as far
  // as compilers make use of it in these loops.
  constexpr unsigned avx2 = bit_AVX2 | bit_BMI | bit_BMI2;
  constexpr unsigned avx512 =
      avx2 | bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  if ((saved & zmm) == zmm && (b & avx512) == avx512)
    return avx512KeyKernels;
  return (b & avx2) == avx2 ? avx2KeyKernels : portableKeyKernels;
}
#else
static const KeyKernelTables &chooseTables() { return portableKeyKernels; }
#endif

const KeyKernelTables &quant_act::runtime::getKeyKernelTables() {
  // Asking the processor may take microseconds in a virtual machine. Threads
  // that ask at once get the same answer.
  static std::atomic<const KeyKernelTables *> chosen{nullptr};
  const KeyKernelTables *tables = chosen.load(std::memory_order_relaxed);
  if (!tables) {
    tables = &chooseTables();
    chosen.store(tables, std::memory_order_relaxed);
  }
  return *tables;
}
