//===- HandWritten.h - The yardstick in AVX-512 -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_HANDWRITTEN_H
#define QUANTACT_BENCHMARKS_HANDWRITTEN_H

#include "Plain.h"

namespace quant_act::bench {

/// Whether this processor runs what is below.
bool canRunByHand();

/// What quantizePlainly computes, for finite x, positive scales and integral
/// zero points; with intrinsics, without a division per element. `streams` asks
/// for non-temporal stores.
void quantizeByHand(const Quantizer &quantizer, const Extents &extents,
                    const float *x, const float *scale, const float *zeroPoint,
                    float *y, bool streams);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_HANDWRITTEN_H
