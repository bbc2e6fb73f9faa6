//===- Plain.h - The workloads in plain C++ ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The definitions, written without regard to speed and without this project's
// code: what results are compared with, bit by bit.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_BENCHMARKS_PLAIN_H
#define QUANTACT_BENCHMARKS_PLAIN_H

#include "QuantAct/Support/HostTensor.h"

#include <cstdint>
#include <vector>

namespace quant_act::bench {

/// A tensor's dimensions around the channels': element (o, c, i) has the
/// position (o * channels + c) * inner + i.
struct Extents {
  int64_t outer, channels, inner;
};

struct Quantizer {
  float low, high;
  bool hasRelu, hasZeroPoint;
};

/// y = (clamp(round(x / s + z)) - z) * s. `zeroPoint` may be null.
void quantizePlainly(const Quantizer &quantizer, const Extents &extents,
                     const float *x, const float *scale, const float *zeroPoint,
                     float *y);

/// The largest magnitude of each channel.
void findLargest(const Extents &extents, const float *x, float *largest);

/// The k-th smallest magnitude of each channel, k = floor(q n + 0.5) at least
/// 1.
void findPercentile(const Extents &extents, double q, const float *x,
                    float *values);

/// The gradient of x: g where the rounded quotient is within the bounds; and
/// for comparison with a tolerance that of the scale, a sum in f64, with the
/// sum of what is summed without its sign.
void differentiatePlainly(const Quantizer &quantizer, const Extents &extents,
                          const float *g, const float *x, const float *scale,
                          float *dx, double *dscale, double *magnitudes);

/// The values of f16, bf16 or f32 elements.
std::vector<float> widen(ElementType type, const void *elements, int64_t n);

/// The reverse, rounded to nearest even, for values that are no NaN.
void narrow(ElementType type, const std::vector<float> &values, void *elements);

} // namespace quant_act::bench

#endif // QUANTACT_BENCHMARKS_PLAIN_H
