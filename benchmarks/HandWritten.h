//===- HandWritten.h - The yardstick in AVX-512 -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_HANDWRITTEN_H
#define QUANTACT_BENCHMARKS_HANDWRITTEN_H

#include "Plain.h"

namespace quant_act::bench {

/// Whether this processor runs what is below, and it is written for tensors of
/// these extents.
bool canRunByHand(const Extents &extents);

/// What quantizePlainly computes, for finite x, scales that are normal in x's
/// type and integral zero points; with intrinsics, without a division per
/// element. x and y are f16, bf16 or f32. `streams` asks for non-temporal
/// stores.
void quantizeByHand(const Quantizer &quantizer, const Extents &extents,
                    ElementType type, const void *x, const float *scale,
                    const float *zeroPoint, void *y, bool streams);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_HANDWRITTEN_H
